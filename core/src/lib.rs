//! forescale decides how much capacity to run before the load arrives.
//!
//! Feed [`engine::Engine`] load samples; it answers with a replica count, when to start moving, and why.
//! Each room of the library answers one question, and may be used alone:
//!
//! | room | question |
//! |---|---|
//! | [`load`] | What came in? |
//! | [`forecast`] | What comes next, and how sure are we? |
//! | [`anomaly`] | Is this normal? |
//! | [`capacity`] | How much is enough? |
//! | [`scaling`] | How do we get there? |
//! | [`energy`] | What does it burn? |
//! | [`choice`] | What is best? |
//! | [`policy`] | Who decides? |
//! | [`pool`] | Where does it run? |
//! | [`engine`] | The loop: observe, decide, learn. |
//! | [`simulate`] | Does it work? |
#![forbid(unsafe_code)]

pub mod anomaly;
pub mod capacity;
pub mod choice;
#[doc(hidden)]
pub mod config;
pub mod energy;
pub mod engine;
pub mod error;
pub mod forecast;
pub mod load;
pub mod policy;
pub mod pool;
pub mod rows;
pub mod scaling;
pub mod simulate;

mod bootstrap;
mod chunks;
mod math;
mod optimise;
mod random;
mod snapshot;

pub use error::{Error, Result};
pub use rows::{Rows, Table};

/// The version of the library, as in `Cargo.toml`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
