//! What README.md shows is what the examples are: its blocks of code stand in the files that the tests run, and what it
//! says they print is what they print. So do the blocks of C and C++ in docs/pools.md; `tests/python/test_docs.py` runs those of Python.

use crate::yard::{read, root};

#[test]
fn every_block_of_code_is_part_of_an_example_that_runs() {
    let mut shown = 0;
    for (page, language, file) in [
        ("README.md", "rust", "examples/rust/quickstart.rs"),
        ("README.md", "c", "examples/c/quickstart.c"),
        ("README.md", "cpp", "examples/cpp/quickstart.cpp"),
        ("README.md", "python", "examples/python/quickstart.py"),
        ("README.md", "text", "examples/quickstart.txt"),
        ("docs/pools.md", "c", "tests/c/clones.c"),
        ("docs/pools.md", "cpp", "tests/cpp/clones.cpp"),
    ] {
        let program = unindented(&read(root().join(file)));
        for block in read(root().join(page)).split(&format!("```{language}\n")).skip(1) {
            let block = unindented(block.split("```").next().unwrap());
            assert!(program.contains(&block), "{page} shows what {file} does not have:\n{block}");
            shown += 1;
        }
    }
    assert_eq!(shown, 7, "one block a language, and what they print");
}

fn unindented(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join("\n")
}
