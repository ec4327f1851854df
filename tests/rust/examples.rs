//! The same example prints the same in Rust, C and C++; `tests/python/test_examples.py` does it for Python.

use crate::programs::{C, CPP};
use crate::yard::{has, read, root, run, up_to_date, workshop};
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

/// On a small load, since it is built without optimization here.
#[test]
fn the_backtest_prints_its_table_and_writes_its_page() {
    let folder = workshop("backtest");
    let (load, page) = (folder.join("load.csv"), folder.join("report.html"));
    let rows: String = (0..240).map(|minute| format!("{},{}\n", 60 * minute, 100 + minute % 120)).collect();
    std::fs::write(&load, format!("time,load\n{rows}")).unwrap();
    let _ = std::fs::remove_file(&page);
    let rust = ["run", "--quiet", "-p", "forescale-examples", "--example", "backtest", "--"];
    let printed =
        run(Command::new(env!("CARGO")).args(rust).arg(load).arg("--html").arg(&page).current_dir(root()));
    for policy in ["static", "hpa", "seasonal_max", "predictive", "oracle"] {
        assert!(printed.lines().any(|line| line.starts_with(policy)), "no row of {policy}:\n{printed}");
    }
    assert!(read(&page).contains("</svg>"));
}
