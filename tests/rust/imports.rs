//! Imports of the core run one way: down the floors of ARCHITECTURE.md, and never in a circle within a room.
//!
//! Every path of a file that begins with `crate`, `super` or `self` is followed through the `use` lines of `mod.rs` to the file
//! that has the item. A folder's `mod.rs` and the files below it count as one there. Tests may import what they like.

use crate::yard::{read, root};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use syn::visit::{self, Visit};

/// The floors, highest first. A room imports from lower floors and from itself; what is in no room is on the ground.
const FLOORS: [&[&str]; 6] = [
    &["simulate"],
    &["engine"],
    &["policy", "pool"],
    &["capacity"],
    &["forecast", "scaling"],
    &["load", "anomaly", "energy", "choice"],
];

type Module = Vec<String>;

/// What a file names and what it makes known under another place.
#[derive(Default)]
struct Names {
    module: Module,
    paths: BTreeSet<Module>,
    exports: BTreeMap<String, Module>,
}

impl Names {
    fn of(module: &Module, text: &str) -> Self {
        let mut names = Names { module: module.clone(), ..Names::default() };
        names.visit_file(&syn::parse_file(text).unwrap());
        names
    }

    /// A path from the top of the crate; none when it begins elsewhere.
    fn absolute(&self, path: &[String]) -> Option<Module> {
        let mut at = match path.first()?.as_str() {
            "crate" => Module::new(),
            "super" | "self" => self.module.clone(),
            _ => return None,
        };
        for name in path {
            match name.as_str() {
                "crate" | "self" => {}
                "super" => drop(at.pop()),
                _ => at.push(name.clone()),
            }
        }
        Some(at)
    }

    fn tree(&mut self, tree: &syn::UseTree, before: &Module, is_public: bool) {
        let with = |name: &syn::Ident| [before.as_slice(), &[name.to_string()]].concat();
        let (path, known_as) = match tree {
            syn::UseTree::Path(path) => return self.tree(&path.tree, &with(&path.ident), is_public),
            syn::UseTree::Group(group) => {
                return group.items.iter().for_each(|item| self.tree(item, before, is_public));
            }
            syn::UseTree::Name(name) => (with(&name.ident), name.ident.to_string()),
            syn::UseTree::Rename(rename) => (with(&rename.ident), rename.rename.to_string()),
            syn::UseTree::Glob(_) => (before.clone(), String::new()),
        };
        if is_public {
            let child = || [self.module.as_slice(), &path].concat();
            let target = self.absolute(&path).unwrap_or_else(child);
            self.exports.insert(known_as, target);
        } else if let Some(path) = self.absolute(&path) {
            self.paths.insert(path);
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Mod(item) => &item.attrs,
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            syn::Item::Use(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        let for_tests = attributes.iter().any(|attribute| match &attribute.meta {
            syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
            _ => false,
        });
        if !for_tests {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, &Module::new(), !matches!(item.vis, syn::Visibility::Inherited));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Module = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.paths.extend(self.absolute(&names));
        visit::visit_path(self, path);
    }
}

/// All files of the core but those of tests, by their module.
fn core() -> BTreeMap<Module, Names> {
    fn walk(folder: &Path, module: &Module, found: &mut BTreeMap<Module, Names>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let inner = match name.as_str() {
                "lib" | "mod" => module.clone(),
                name => [module.as_slice(), &[name.to_owned()]].concat(),
            };
            if path.is_dir() {
                walk(&path, &inner, found);
            } else if path.extension().is_some_and(|kind| kind == "rs") && !name.ends_with("tests") {
                found.insert(inner.clone(), Names::of(&inner, &read(&path)));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(&root().join("core/src"), &Module::new(), &mut found);
    found
}

/// The file that has the item of a path: the longest module that the path begins with, through re-exports.
fn home(files: &BTreeMap<Module, Names>, path: &[String]) -> Module {
    let length = (0..=path.len()).rev().find(|&length| files.contains_key(&path[..length])).unwrap_or(0);
    let module = path[..length].to_vec();
    let export = path.get(length).and_then(|name| files[&module].exports.get(name));
    match export {
        Some(target) if target[..] != path[..=length] => {
            home(files, &[target.as_slice(), &path[length + 1..]].concat())
        }
        _ => module,
    }
}

/// What each file imports, by file. A file of its own folder's `mod.rs` is no import.
fn imports() -> BTreeMap<Module, BTreeSet<Module>> {
    let files = core();
    assert!(files.len() > 100, "the core has more than {} files", files.len());
    let of = |(module, names): (&Module, &Names)| {
        let homes: BTreeSet<Module> = names.paths.iter().map(|path| home(&files, path)).collect();
        let others =
            homes.into_iter().filter(|other| !module.starts_with(other) && !other.starts_with(module));
        (module.clone(), others.collect())
    };
    files.iter().map(of).collect()
}

/// How high a room is; 0 for what is in none.
fn floor(module: &Module) -> usize {
    let room = module.first().map(String::as_str).unwrap_or_default();
    FLOORS.iter().position(|rooms| rooms.contains(&room)).map_or(0, |from_top| FLOORS.len() - from_top)
}

#[test]
fn a_file_imports_from_its_own_room_or_a_lower_floor() {
    for (module, others) in imports() {
        for other in others.iter().filter(|_| !module.is_empty()) {
            let fits = floor(other) < floor(&module)
                || (other.first() == module.first() || floor(&module) + floor(other) == 0);
            assert!(fits, "{} imports {}: not from a lower floor", module.join("/"), other.join("/"));
        }
    }
}

#[test]
fn no_file_imports_itself_by_way_of_others() {
    let mut imports = imports();
    // A file that imports nothing that is left, or that nothing left imports, is on no circle.
    loop {
        let left: BTreeSet<Module> = imports.keys().cloned().collect();
        let imported: BTreeSet<Module> = imports.values().flatten().cloned().collect();
        imports.retain(|module, others| {
            others.retain(|other| left.contains(other));
            !others.is_empty() && imported.contains(module)
        });
        if imports.len() == left.len() {
            break;
        }
    }
    let lines = imports.iter().map(|(module, others)| {
        let others: Vec<String> = others.iter().map(|other| other.join("/")).collect();
        format!("{} imports {}", module.join("/"), others.join(", "))
    });
    let lines: Vec<String> = lines.collect();
    assert!(lines.is_empty(), "files on a circle:\n{}", lines.join("\n"));
}
