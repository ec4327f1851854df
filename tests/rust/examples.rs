//! The same example prints the same in Rust, C and C++; `tests/python/test_examples.py` does it for Python.

use crate::programs::{C, CPP};
use crate::yard::{has, root, run, up_to_date, workshop};
use std::process::Command;

#[test]
fn the_quickstart_prints_the_same_everywhere() {
    let rust = ["run", "--quiet", "-p", "forescale-examples", "--example", "quickstart"];
    let wanted = run(Command::new(env!("CARGO")).args(rust).current_dir(root()));
    up_to_date(&root().join("examples/quickstart.txt"), &wanted);
    for language in [C, CPP] {
        if has(language.compiler) {
            let source = root().join(format!("examples/{}/quickstart.{}", language.folder, language.end));
            let program = workshop("examples").join(format!("quickstart-{}", language.end));
            language.compile(&program, &[source], &[]);
            assert_eq!(run(&mut Command::new(program)), wanted, "{}", language.folder);
        }
    }
}
