//! The tree in ARCHITECTURE.md is the tree there is, and no program lies about unused.

use crate::yard::{has, read, root, run};
use std::collections::BTreeSet;
use std::process::Command;

/// A path in the first column of a table of ARCHITECTURE.md, in backquotes, is a file or folder; every folder that git
/// knows on the first two levels is in such a table.
#[test]
fn the_tree_in_architecture_is_true() {
    let text = read(root().join("ARCHITECTURE.md"));
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let named: BTreeSet<String> = rows.map(|path| path.trim_end_matches('/').to_owned()).collect();
    assert!(named.len() > 10, "ARCHITECTURE.md has a table of paths");
    for path in &named {
        assert!(root().join(path).exists(), "ARCHITECTURE.md names {path}, which does not exist");
    }
    if !root().join(".git").exists() || !has("git") {
        return;
    }
    for path in run(Command::new("git").args(["ls-files"]).current_dir(root())).lines() {
        let folder: Vec<&str> = path.split('/').collect();
        for depth in 1..folder.len().min(3) {
            let folder = folder[..depth].join("/");
            assert!(named.contains(&folder), "ARCHITECTURE.md does not say what {folder}/ is");
        }
    }
}

/// Programs and their parts are listed by hand: a file that is not would never be compiled.
#[test]
fn every_file_of_a_program_is_listed() {
    for (folder, list, entry) in [
        ("examples/rust", "examples/Cargo.toml", "path = \"rust/NAME.rs\""),
        ("benches/rust", "benches/rust/main.rs", "mod NAME;"),
        ("tests/rust", "tests/rust/main.rs", "mod NAME;"),
    ] {
        let listed = read(root().join(list));
        for file in std::fs::read_dir(root().join(folder)).unwrap() {
            let name = file.unwrap().file_name().to_string_lossy().into_owned();
            if let Some(name) = name.strip_suffix(".rs").filter(|name| *name != "main") {
                assert!(
                    listed.contains(&entry.replace("NAME", name)),
                    "{list} does not list {folder}/{name}.rs"
                );
            }
        }
    }
}
