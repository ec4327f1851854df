//! The tree in ARCHITECTURE.md is the tree there is, and no program lies about unused.

use crate::yard::{read, root, run};
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
    if !root().join(".git").exists() {
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

/// Examples and benches are listed by hand in their manifests: a file that is not listed would never be compiled.
#[test]
fn every_program_is_listed_in_its_manifest() {
    for (member, folder) in [("examples", "rust"), ("benches", "benches")] {
        let manifest = read(root().join(member).join("Cargo.toml"));
        let Ok(entries) = std::fs::read_dir(root().join(member).join(folder)) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.ends_with(".rs") {
                assert!(
                    manifest.contains(&format!("path = \"{folder}/{name}\"")),
                    "{member}/Cargo.toml does not list {name}"
                );
            }
        }
    }
}
