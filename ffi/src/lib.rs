//! The C face of forescale: what `include/forescale.h` declares, and nothing that the core does not do.
//!
//! Every function translates its arguments, calls the core, and translates the answer; [`guard`] holds the
//! rules that all of them keep. This is the only crate of the project with `unsafe` in it.
//! One file a room, in the order of the header.
#![deny(clippy::undocumented_unsafe_blocks, unsafe_op_in_unsafe_fn)]
#![allow(non_camel_case_types, reason = "these are the names that C sees")]

mod error;
mod guard;
mod library;

mod load;

mod forecast;

mod anomaly;

mod capacity;

mod scaling;

mod energy;

mod choice;

mod policy;

#[path = "engine.rs"]
mod engine_room;

mod simulate;
