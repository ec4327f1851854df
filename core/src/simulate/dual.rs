//! Two worlds under the same random load: one of a fixed size, safe at the peak, and one that a policy scales.
//!
//! The fixed world has what the promise needs at the largest load of all, known in hindsight, and a buffer on request: no count that is
//! smaller keeps the promise throughout. What the elastic world saves against it is the area between peak and need, and what its policy
//! makes of that.

use super::backtest::backtest_with_progress;
use super::compare::{Comparison, ComparisonConfig, compare};
use super::report::Report;
use super::scene::Scene;
use super::synthetic::{LoadConfig, Part, generate};
use super::world::World;
use crate::config::from_json;
use crate::error::{Error, Result, not_negative};
use crate::policy::{PolicyConfig, Static};
use serde::{Deserialize, Serialize};

/// What the two worlds are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DualConfig {
    /// The load of both; by default two days of minutes around 200 a second with a daily cycle, bursts and noise.
    pub load: LoadConfig,
    /// Who scales the elastic world; `predictive`.
    pub elastic: PolicyConfig,
    /// Share of the largest need that the fixed world has beyond it; 0.
    pub buffer: f64,
    /// How the two are compared.
    pub comparison: ComparisonConfig,
}

impl Default for DualConfig {
    fn default() -> Self {
        let parts = vec![
            Part::Cycle { period_seconds: 86_400.0, amplitude: 0.6, peak_seconds: 50_400.0 },
            Part::Bursts { factor: 1.5, high_seconds: 300.0, low_seconds: 7_200.0 },
            Part::Noise { variation: 0.05, correlation_seconds: 600.0 },
        ];
        let load =
            LoadConfig { base: 200.0, parts, steps: 2880, counting_noise: false, ..LoadConfig::default() };
        DualConfig {
            load,
            elastic: PolicyConfig::default(),
            buffer: 0.0,
            comparison: ComparisonConfig::default(),
        }
    }
}

impl DualConfig {
    /// Reads settings from JSON text, such as `{"elastic": "hpa", "buffer": 0.1}`.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is unknown, of the wrong type, or out of range.
    pub fn from_json(text: &str) -> Result<Self> {
        let config: DualConfig = from_json("config", text)?;
        config.check()?;
        Ok(config)
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::Config`] names the field and its value.
    pub fn check(&self) -> Result<()> {
        self.load.check()?;
        self.elastic.check()?;
        self.comparison.check()?;
        not_negative("buffer", self.buffer).map(|_| ())
    }
}

/// What the two worlds came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dual {
    /// Replicas of the fixed world.
    pub static_replicas: u32,
    /// Share of the fixed world's cost that the elastic one saves; below 0 it costs more.
    pub cost_saving: f64,
    /// Share of the fixed world's energy that the elastic one saves.
    pub energy_saving: f64,
    /// Elastic less static, with intervals.
    pub comparison: Comparison,
    /// Both worlds: the policy `static` first.
    pub report: Report,
}

impl Dual {
    /// The two worlds as JSON text, without the timelines.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Runs the same generated load, with the same noise, through a world of fixed size and an elastic one, and compares them.
///
/// # Errors
/// [`Error::Config`] for settings or a world out of range; [`Error::Data`] when the load has fewer than 20 decisions.
pub fn dual(config: &DualConfig, world: &World, seed: u64) -> Result<Dual> {
    dual_with_progress(config, world, seed, &mut |_| true)
}

/// As [`dual`], telling `progress` the share of the work done, 0 to 1; when that answers `false`, it stops.
///
/// # Errors
/// As [`dual`]; [`Error::Stopped`] when asked to stop.
pub fn dual_with_progress(
    config: &DualConfig,
    world: &World,
    seed: u64,
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<Dual> {
    config.check()?;
    world.check()?;
    let load = generate(&config.load, seed)?;
    let peak = f64::from(Scene::new(&load, world, seed)?.largest_need());
    let static_replicas = ((peak * (1.0 + config.buffer)).ceil() as u32).clamp(1, world.max_replicas);
    let policies = [PolicyConfig::Static(Static { replicas: static_replicas }), config.elastic.clone()];
    let report = backtest_with_progress(&load, &policies, world, seed, progress)?;
    let [fixed, elastic] = report.policies.as_slice() else {
        return Err(Error::internal("two policies were run"));
    };
    let saving = |ours: f64, theirs: f64| if theirs > 0.0 { 1.0 - ours / theirs } else { 0.0 };
    let cost_saving = saving(elastic.cost, fixed.cost);
    let energy_saving = saving(elastic.energy_kwh, fixed.energy_kwh);
    let comparison = compare(&report, &elastic.policy, &fixed.policy, &config.comparison)?;
    Ok(Dual { static_replicas, cost_saving, energy_saving, comparison, report })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> World {
        World { service_rate: 10.0, ..World::default() }
    }

    #[test]
    fn the_fixed_world_never_breaks_the_promise_and_its_cost_is_known() {
        let config = DualConfig {
            load: LoadConfig { steps: 720, ..DualConfig::default().load },
            ..DualConfig::default()
        };
        let dual = dual(&config, &world(), 3).unwrap();
        let [fixed, elastic] = &dual.report.policies[..] else { panic!("two") };
        let hours = 12.0 * f64::from(dual.static_replicas);
        // It begins with what the load needs then, and has its size from the first decision on.
        assert!((fixed.replica_hours / hours - 1.0).abs() < 0.01, "{} of {hours}", fixed.replica_hours);
        assert!(fixed.violation_share() < 1e-3 && fixed.flips == 0);
        assert!(elastic.cost < fixed.cost && dual.cost_saving > 0.2, "{}", dual.cost_saving);
        assert_eq!(dual.cost_saving, 1.0 - elastic.cost / fixed.cost);
        assert!((dual.comparison.cost.difference - (elastic.cost - fixed.cost)).abs() < 1e-6);
        assert!(dual.comparison.cost.upper < 0.0 && dual.comparison.cost.p_value < 0.01);
        let replicas = |buffer| {
            let config = DualConfig { buffer, ..config.clone() };
            super::dual(&config, &world(), 3).unwrap().static_replicas
        };
        assert_eq!(replicas(0.5), (f64::from(dual.static_replicas) * 1.5).ceil() as u32);
    }

    #[test]
    fn two_fixed_worlds_do_not_differ_and_bad_input_is_named() {
        let load = LoadConfig { steps: 60, counting_noise: false, ..LoadConfig::default() };
        let same = DualConfig {
            load: load.clone(),
            elastic: PolicyConfig::from_text(r#"{"static": {"replicas": 12}}"#).unwrap(),
            ..DualConfig::default()
        };
        let found = dual(&same, &world(), 1).unwrap();
        assert_eq!(
            (found.static_replicas, found.cost_saving, found.comparison.cost.difference),
            (12, 0.0, 0.0)
        );
        assert_eq!(found.comparison.first, "static 2");
        let refused = |text: &str| DualConfig::from_json(text).unwrap_err().to_string();
        assert!(refused(r#"{"buffer": -1}"#).starts_with("buffer: "));
        assert!(refused(r#"{"load": {"steps": 0}}"#).starts_with("steps: "));
        let stopped = dual_with_progress(&same, &world(), 1, &mut |_| false).unwrap_err();
        assert!(matches!(stopped, Error::Stopped { .. }));
    }
}
