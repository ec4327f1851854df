//! The shared library exports what the header declares, under its SONAME, and nothing else.

use crate::yard::{has, library, root, run, up_to_date};
use std::process::Command;

/// What the shared library exports, sorted.
pub fn exported() -> Vec<String> {
    let printed = run(Command::new("nm").args(["-D", "--defined-only", "-P"]).arg(&library().shared));
    let mut names: Vec<String> =
        printed.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    names.sort();
    names
}

#[test]
fn the_exported_symbols_are_the_expected_ones() {
    if has("nm") {
        let list = exported().iter().map(|name| format!("{name}\n")).collect::<String>();
        up_to_date(&root().join("tests/c/expected_symbols.txt"), &list);
    }
}

#[test]
fn the_library_carries_the_number_of_its_interface_in_its_name() {
    if has("readelf") {
        let printed = run(Command::new("readelf").arg("-d").arg(&library().shared));
        assert!(printed.contains("Library soname: [libforescale.so.1]"), "{printed}");
    }
}
