//! The Rust face against the shared vectors, and the check that every language has a dispatch for every file.
//!
//! A dispatch is one function that calls the library with a case's inputs and compares with its outputs;
//! `docs/bindings.md` shows one in each language.

use crate::vectors::{Case, all};
use crate::yard::{ROOMS, read, root};
use forescale::Result;
use std::collections::BTreeSet;

mod anomaly;
mod capacity;
mod choice;
mod energy;
mod engine;
mod forecast;
mod load;
mod policy;
mod pool;
mod pool_tiers;
mod scaling;
mod simulate;

/// The name of a vector file and what is to be done with its cases.
pub type Dispatch = (&'static str, fn(&Case) -> Result<()>);

fn dispatches() -> Vec<Dispatch> {
    [
        load::DISPATCH,
        forecast::DISPATCH,
        anomaly::DISPATCH,
        capacity::DISPATCH,
        scaling::DISPATCH,
        energy::DISPATCH,
        choice::DISPATCH,
        policy::DISPATCH,
        pool::DISPATCH,
        engine::DISPATCH,
        simulate::DISPATCH,
    ]
    .concat()
}

#[test]
fn rust_agrees_with_the_vectors() {
    let dispatches = dispatches();
    let mut checked = 0;
    for file in all() {
        let Some((_, dispatch)) = dispatches.iter().find(|(name, _)| *name == file.name) else { continue };
        for case in &file.cases {
            match (dispatch(case), case.has("error")) {
                (Ok(()), false) => {}
                (Ok(()), true) => panic!("{}: expected an error", case.label),
                (Err(error), true) => assert_eq!(kind(&error), case.text("error"), "{}", case.label),
                (Err(error), false) => panic!("{}: {error}", case.label),
            }
            checked += 1;
        }
        file.update();
    }
    assert!(checked > 0, "there are vectors");
}

fn kind(error: &forescale::Error) -> &'static str {
    forescale::Error::KINDS.iter().find(|kind| kind.code == error.code()).map_or("?", |kind| kind.name)
}

/// A file that one language leaves out, or a dispatch that no file uses, would be a check that checks nothing.
#[test]
fn every_language_dispatches_every_file() {
    let files: BTreeSet<String> = all().into_iter().map(|file| file.name).collect();
    let rust: BTreeSet<String> = dispatches().iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(rust, files, "Rust");
    for (language, folder, end) in [("C", "c", "c"), ("C++", "cpp", "cpp"), ("Python", "python", "py")] {
        let mut names = BTreeSet::new();
        for room in ROOMS {
            let path = root().join(format!("tests/{folder}/conformance/{room}.{end}"));
            let source = read(path);
            let table = source.split("DISPATCH").nth(1).unwrap_or_default();
            names.extend(table.split('"').skip(1).step_by(2).map(str::to_owned));
        }
        assert_eq!(names, files, "{language}");
    }
}
