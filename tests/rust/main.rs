//! What crosses rooms or languages. See ARCHITECTURE.md for what lies where in this folder.
//!
//! `FORESCALE_UPDATE=1 cargo test -p forescale-tests` rewrites the generated files (the header, the symbol list)
//! instead of comparing them. A part that needs a tool which is missing prints `SKIPPED` and why.

mod allocation;
mod chaos;
mod conformance;
mod errors;
mod examples;
mod header;
mod imports;
mod install;
mod nulls;
mod programs;
mod readme;
mod surface;
mod symbols;
mod tree;
mod vectors;
mod yard;
