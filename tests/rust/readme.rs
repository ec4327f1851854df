//! What README.md shows is what the examples are: its blocks of code stand in the files that the tests run, and what it
//! says they print is what they print.

use crate::yard::{read, root};

#[test]
fn every_block_of_code_is_part_of_an_example_that_runs() {
    let readme = read(root().join("README.md"));
    let mut shown = 0;
    for (language, file) in [
        ("rust", "rust/quickstart.rs"),
        ("c", "c/quickstart.c"),
        ("cpp", "cpp/quickstart.cpp"),
        ("python", "python/quickstart.py"),
        ("text", "quickstart.txt"),
    ] {
        let example = unindented(&read(root().join("examples").join(file)));
        for block in readme.split(&format!("```{language}\n")).skip(1) {
            let block = unindented(block.split("```").next().unwrap());
            assert!(example.contains(&block), "README.md shows what {file} does not have:\n{block}");
            shown += 1;
        }
    }
    assert_eq!(shown, 5, "one block a language, and what they print");
}

fn unindented(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join("\n")
}
