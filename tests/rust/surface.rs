//! The surface ledger is true: every public function of the core and every C symbol has its row, and no row is made up.
//! Python's side is checked by `tests/python/test_surface.py`.

use crate::symbols::exported;
use crate::yard::{ROOMS, has, read, root};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use syn::{ImplItem, Item, TraitItem, Type, UseTree, Visibility};

struct Row {
    room: String,
    rust: Option<String>,
    c: Vec<String>,
}

fn ledger() -> Vec<Row> {
    let table: toml::Table = read(root().join("tests/surface.toml")).parse().expect("surface.toml is TOML");
    let texts = |value: &toml::Value| -> Vec<String> {
        let text = |value: &toml::Value| value.as_str().expect("a text").to_owned();
        value.as_array().map_or_else(|| vec![text(value)], |items| items.iter().map(text).collect())
    };
    let mut rows = Vec::new();
    for room in ["library"].iter().chain(&ROOMS) {
        for row in table[*room].as_array().expect("a list of rows") {
            let row = row.as_table().expect("a row");
            let unknown = row.keys().find(|key| !["rust", "c", "python", "why"].contains(&key.as_str()));
            assert!(unknown.is_none(), "{room}: {row:?} has {unknown:?}");
            let faces = ["rust", "c", "python"].iter().filter(|face| row.contains_key(**face)).count();
            assert_eq!(
                faces < 3,
                row.contains_key("why"),
                "{room}: {row:?} has either all three names or a why"
            );
            rows.push(Row {
                room: (*room).to_owned(),
                rust: row.get("rust").map(|name| texts(name).concat()),
                c: row.get("c").map(texts).unwrap_or_default(),
            });
        }
    }
    rows
}

#[test]
fn every_symbol_of_the_library_has_its_row() {
    if !has("nm") {
        return;
    }
    let exported: BTreeSet<String> = exported().into_iter().collect();
    let header = read(root().join("include/forescale.h"));
    let handles = header.lines().filter_map(|line| line.strip_prefix("typedef struct ")?.split(' ').next());
    let mut listed: BTreeSet<String> =
        handles.filter(|name| *name != "{").map(|name| format!("{name}_destroy")).collect();
    for row in ledger() {
        for symbol in row.c {
            assert!(listed.insert(symbol.clone()), "{symbol} has two rows");
        }
    }
    let missing: Vec<_> = exported.difference(&listed).collect();
    let made_up: Vec<_> = listed.difference(&exported).collect();
    assert!(
        missing.is_empty() && made_up.is_empty(),
        "without a row: {missing:?}; not exported: {made_up:?}"
    );
}

#[test]
fn every_public_function_of_the_core_has_its_row() {
    let ledger = ledger();
    for room in ["library"].iter().chain(&ROOMS) {
        let surface = Surface::of(room);
        let listed: BTreeSet<String> =
            ledger.iter().filter(|row| row.room == *room).filter_map(|row| row.rust.clone()).collect();
        let made_up: Vec<_> = listed.iter().filter(|name| !surface.names.contains(*name)).collect();
        assert!(made_up.is_empty(), "{room}: not in the core: {made_up:?}");
        let missing: Vec<_> = surface.functions.difference(&listed).collect();
        assert!(missing.is_empty(), "{room}: without a row in tests/surface.toml: {missing:?}");
    }
}

/// What a room of the core makes public.
#[derive(Default)]
struct Surface {
    /// `function`, `Type::method`, `Trait::method`: each needs a row.
    functions: BTreeSet<String>,
    /// These, and what may have a row: types, constants, fields, variants, methods that a trait gives to a type.
    names: BTreeSet<String>,
}

impl Surface {
    fn of(room: &str) -> Surface {
        let source = root().join("core/src");
        let (door, files) = if room == "library" {
            (
                source.join("lib.rs"),
                vec![source.join("lib.rs"), source.join("error.rs"), source.join("rows.rs")],
            )
        } else {
            (source.join(room).join("mod.rs"), rust_files(&source.join(room)))
        };
        let mut surface = Surface::of_files(&door, files);
        // A public module of a room: its names are `module::function`.
        for item in parse(&door).items {
            if let Item::Mod(module) = &item
                && is_public(&module.vis)
                && room != "library"
            {
                let folder = source.join(room).join(module.ident.to_string());
                let inner = Surface::of_files(&folder.join("mod.rs"), rust_files(&folder));
                let named = |name: &String| format!("{}::{name}", module.ident);
                surface.functions.extend(inner.functions.iter().map(named));
                surface.names.extend(inner.names.iter().map(named));
            }
        }
        surface
    }

    fn of_files(door: &Path, files: Vec<PathBuf>) -> Surface {
        let mut public = BTreeSet::new();
        for item in parse(door).items {
            match &item {
                Item::Use(item) if is_public(&item.vis) => leaves(&item.tree, &mut public),
                _ => {
                    public.extend(public_name(&item));
                }
            }
        }
        let mut surface = Surface::default();
        for file in files {
            for item in parse(&file).items {
                surface.take(&item, &public);
            }
        }
        surface.names.extend(surface.functions.iter().cloned());
        surface
    }

    fn take(&mut self, item: &Item, public: &BTreeSet<String>) {
        if let Some(name) = public_name(item).filter(|name| public.contains(name)) {
            match item {
                Item::Fn(_) => {
                    self.functions.insert(name.clone());
                }
                Item::Struct(item) => {
                    let fields = item.fields.iter().filter(|field| is_public(&field.vis));
                    let fields =
                        fields.filter_map(|field| Some(format!("{name}::{}", field.ident.as_ref()?)));
                    self.names.extend(fields);
                }
                Item::Enum(item) => {
                    self.names
                        .extend(item.variants.iter().map(|variant| format!("{name}::{}", variant.ident)));
                }
                Item::Trait(item) => {
                    let methods = item.items.iter().filter_map(|member| match member {
                        TraitItem::Fn(method) => Some(format!("{name}::{}", method.sig.ident)),
                        _ => None,
                    });
                    self.functions.extend(methods);
                }
                _ => {}
            }
            self.names.insert(name);
        }
        let Item::Impl(block) = item else { return };
        let Type::Path(path) = &*block.self_ty else { return };
        let name = path.path.segments.last().map(|part| part.ident.to_string()).unwrap_or_default();
        if !public.contains(&name) {
            return;
        }
        for member in &block.items {
            match member {
                ImplItem::Fn(method) if block.trait_.is_some() => {
                    self.names.insert(format!("{name}::{}", method.sig.ident));
                }
                ImplItem::Fn(method) if is_public(&method.vis) => {
                    self.functions.insert(format!("{name}::{}", method.sig.ident));
                }
                ImplItem::Const(constant) if is_public(&constant.vis) => {
                    self.names.insert(format!("{name}::{}", constant.ident));
                }
                _ => {}
            }
        }
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    files
}

fn parse(path: &Path) -> syn::File {
    syn::parse_file(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn public_name(item: &Item) -> Option<String> {
    let (visibility, name) = match item {
        Item::Fn(item) => (&item.vis, &item.sig.ident),
        Item::Struct(item) => (&item.vis, &item.ident),
        Item::Enum(item) => (&item.vis, &item.ident),
        Item::Trait(item) => (&item.vis, &item.ident),
        Item::Const(item) => (&item.vis, &item.ident),
        Item::Type(item) => (&item.vis, &item.ident),
        _ => return None,
    };
    is_public(visibility).then(|| name.to_string())
}

/// The names that a `use` makes known.
fn leaves(tree: &UseTree, names: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(path) => leaves(&path.tree, names),
        UseTree::Name(name) => {
            names.insert(name.ident.to_string());
        }
        UseTree::Rename(rename) => {
            names.insert(rename.rename.to_string());
        }
        UseTree::Group(group) => group.items.iter().for_each(|item| leaves(item, names)),
        UseTree::Glob(_) => panic!("a room names what it exports, one by one"),
    }
}
