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

#[test]
fn the_pools_come_to_the_same_everywhere() {
    let rust = ["run", "--quiet", "-p", "forescale-examples", "--example", "pools", "--"];
    let folder = workshop("pools");
    let mut command = Command::new(env!("CARGO"));
    let printed = run(command.args(rust).arg("--svg-dir").arg(&folder).current_dir(root()));
    let last = printed.lines().last().map(|line| format!("{line}\n"));
    up_to_date(&root().join("examples/pools.txt"), last.as_deref().unwrap_or_default());
    assert!(read(folder.join("pool_clones.svg")).contains("</svg>"), "{printed}");
    for language in [C, CPP] {
        if has(language.compiler) {
            let source = root().join(format!("examples/{}/pools.{}", language.folder, language.end));
            let program = workshop("examples").join(format!("pools-{}", language.end));
            language.compile(&program, &[source], &[]);
            assert_eq!(Some(run(&mut Command::new(program))), last, "{}", language.folder);
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

/// On small loads too: one that runs, one with a gap, and one that cannot be run, which the others must not suffer from.
#[test]
fn the_scoreboard_prints_its_tables_and_writes_its_charts() {
    let folder = workshop("scoreboard");
    let path = |name: &str| folder.join(name);
    let rows = |load: &dyn Fn(u32) -> String| -> String {
        (0..120).map(|minute| format!("{},{}\n", 60 * minute, load(minute))).collect()
    };
    let write = |name: &str, rows: String| std::fs::write(path(name), format!("time,load\n{rows}")).unwrap();
    write("saw.csv", rows(&|minute| (100 + minute % 60).to_string()));
    write(
        "gap|&.csv",
        rows(&|minute| if minute % 50 == 7 { String::new() } else { (20 + minute % 30).to_string() }),
    );
    write("nothing.csv", rows(&|_| "0".into()));
    let rust = ["run", "--quiet", "-p", "forescale-examples", "--example", "scoreboard", "--"];
    let options = ["--start-up-seconds", "30", "--seeds", "2", "--threads", "2", "--svg-dir"];
    let mut command = Command::new(env!("CARGO"));
    command
        .args(rust)
        .args(["saw.csv", "gap|&.csv", "nothing.csv"].map(path))
        .args(options)
        .arg(path("charts"));
    let output = command.arg("--markdown").arg(path("page.md")).current_dir(root()).output().unwrap();
    let (printed, told) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(2), "one file cannot be run: {told}");
    assert!(told.contains("nothing.csv: the load is 0 throughout"), "{told}");
    assert!(
        printed.starts_with("### In short\n\n2 combinations of load and start-up time, 2 seeds each."),
        "{printed}"
    );
    assert!(printed.contains("| gap\\|& | 30 s |"), "{printed}");
    assert_eq!(read(path("page.md")), printed);
    let chart = read(path("charts").join("gap_closed.svg"));
    assert!(chart.contains(">gap|&amp;<") && chart.ends_with("</svg>\n"));
    assert!(read(path("charts").join("frontier_saw.svg")).contains("predictive"));
}
