//! What goes wrong, as data: scenarios of faults and hostile loads, run against an engine whose every decision is checked.
//!
//! A [`Scenario`] follows from one seed. [`run`] plays it with the engine under test and, for comparison, without the faults and with the
//! reactive law in place of the policy; [`Findings`] names every [`Rule`] that was broken. [`survey`] runs many. The idea: Basiri et al.
//! 2016, "Chaos Engineering", IEEE Software 33(3); that one seed makes a failure come again: MacIver & Hatfield-Dodds 2019, JOSS 4(43).
//!
//! ```
//! use forescale::engine::EngineConfig;
//! use forescale::simulate::chaos;
//! let findings = chaos::run(&chaos::scenario(7), &EngineConfig::default())?;
//! assert!(findings.breaches.is_empty(), "{}", findings.to_json());
//! # Ok::<(), forescale::Error>(())
//! ```

mod findings;
mod fleet;
mod metrics;
mod recovery;
mod rules;
mod run;
mod scenario;
mod shape;
mod survey;
#[cfg(test)]
mod tests;
mod trial;

pub use findings::{Breach, Findings, Rule};
pub use run::run;
pub use scenario::{Fault, FaultKind, Scenario, scenario};
pub use shape::LoadShape;
pub use survey::{Survey, SurveyRow, survey, survey_with_progress};
