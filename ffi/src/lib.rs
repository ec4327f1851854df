//! The C face of forescale: what `include/forescale.h` declares, and nothing that the core does not do.
//!
//! Every function translates its arguments, calls the core, and translates the answer; [`guard`] holds the
//! rules that all of them keep. This is the only crate of the project with `unsafe` in it.
//! One file a room, in the order of the header; a long room has a second file, named after both.
#![deny(clippy::undocumented_unsafe_blocks, unsafe_op_in_unsafe_fn)]
#![allow(non_camel_case_types, reason = "these are the names that C sees")]
#![allow(clippy::missing_safety_doc, reason = "the header says in its first comment what pointers must be")]

pub mod error;
mod guard;
pub mod library;

pub mod load;
pub mod load_calendar;
pub mod load_history;
pub mod load_structure;

pub mod forecast;
pub mod forecast_intervals;
pub mod forecast_models;
pub mod forecast_models_custom;
pub mod forecast_models_ensemble;
pub mod forecast_models_learned;
pub mod forecast_panel;
pub mod forecast_scores;

pub mod anomaly;
pub mod anomaly_breaker;
pub mod anomaly_detector;

pub mod capacity;
pub mod capacity_bounded;
pub mod capacity_pack;

pub mod scaling;
pub mod scaling_law;

pub mod energy;
pub mod energy_power;
pub mod energy_schedule;

pub mod choice;
pub mod choice_plans;

pub mod policy;

pub mod pool_clones;
pub mod pool_load_balancer;
pub mod pool_regions;
pub mod pool_resource_manager;
pub mod pool_shadows;
pub mod pool_share;

pub mod engine_learning;
pub mod engine_rails;
#[path = "engine.rs"]
pub mod engine_room;

pub mod simulate;
pub mod simulate_trials;
pub mod simulate_trials_schemes;
