//! The same load, the same seed, every policy; and each policy swept over its target, so that cost is compared at equal service.

use super::report::{FrontierPoint, PolicyResult, Report};
use super::run::run;
use super::scene::Scene;
use super::sweep::{Candidate, Sweep, candidates};
use super::world::World;
use crate::chunks::{check_threads, map};
use crate::config::from_json;
use crate::error::{Error, Result};
use crate::load::Series;
use crate::policy::PolicyConfig;
use serde::{Deserialize, Serialize};

/// How a backtest is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BacktestConfig {
    /// Seed of the counting noise; 0.
    pub seed: u64,
    /// Which settings are tried besides the policies as given; every policy over its target.
    pub sweep: Sweep,
    /// Threads that share the runs, 1 to 1,024; 1. The report is the same for any count. A policy of the user's own is never called by several
    /// threads: with one, all runs are on one thread.
    pub threads: usize,
}

impl Default for BacktestConfig {
    fn default() -> Self {
        BacktestConfig { seed: 0, sweep: Sweep::default(), threads: 1 }
    }
}

impl BacktestConfig {
    /// Reads settings from JSON text, such as `{"sweep": "full", "threads": 2}`.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is unknown, of the wrong type, or out of range.
    pub fn from_json(text: &str) -> Result<Self> {
        let config: BacktestConfig = from_json("config", text)?;
        config.check()?;
        Ok(config)
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::Config`] names the field and its value.
    pub fn check(&self) -> Result<()> {
        check_threads(self.threads)
    }
}

/// Runs every policy in `world` over `load` (load per second), with the noise of `seed`. A load that is finer than
/// the decision interval is averaged over it.
///
/// Begins with as many ready replicas as the first lead time needs. Always adds the HPA's sweep and the oracle, which the
/// comparison at equal service needs.
///
/// # Errors
/// [`Error::Data`] for a load that is empty, negative or infinite, or no policy at all; [`Error::Config`] for a bad world or policy.
pub fn backtest(load: &Series, policies: &[PolicyConfig], world: &World, seed: u64) -> Result<Report> {
    backtest_with_progress(load, policies, world, seed, &mut |_| true)
}

/// As [`backtest`], telling `progress` the share of the work done, 0 to 1, after each run and now and then in a long one; when that
/// answers `false`, it stops.
///
/// # Errors
/// As [`backtest`]; [`Error::Stopped`] when asked to stop.
pub fn backtest_with_progress(
    load: &Series,
    policies: &[PolicyConfig],
    world: &World,
    seed: u64,
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<Report> {
    let config = BacktestConfig { seed, ..BacktestConfig::default() };
    let reports = backtest_many_with_progress(&[load], policies, world, &config, progress)?;
    reports.into_iter().next().ok_or_else(|| Error::internal("a load has no report"))
}

/// [`backtest`] of the same policies over any number of loads, a report for each, in their order; which settings are swept, and
/// over how many threads the runs are shared, is set in `config`.
///
/// # Errors
/// As [`backtest`], [`Error::Data`] also for no loads at all.
pub fn backtest_many(
    loads: &[&Series],
    policies: &[PolicyConfig],
    world: &World,
    config: &BacktestConfig,
) -> Result<Vec<Report>> {
    backtest_many_with_progress(loads, policies, world, config, &mut |_| true)
}

/// As [`backtest_many`], telling `progress` as [`backtest_with_progress`] does, always on the calling thread.
///
/// # Errors
/// As [`backtest_many`]; [`Error::Stopped`] when asked to stop.
pub fn backtest_many_with_progress(
    loads: &[&Series],
    policies: &[PolicyConfig],
    world: &World,
    config: &BacktestConfig,
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<Vec<Report>> {
    world.check()?;
    config.check()?;
    if policies.is_empty() {
        return Err(Error::data("policies", "is empty: name at least one"));
    }
    if loads.is_empty() {
        return Err(Error::data("loads", "is empty: give at least one"));
    }
    for (index, load) in loads.iter().enumerate() {
        check_load(load).map_err(|error| numbered(error, index, loads.len()))?;
    }
    let has_own = policies.iter().any(|policy| matches!(policy, PolicyConfig::Custom(_)));
    let threads = if has_own { 1 } else { config.threads };
    let scenes = map(loads.len(), threads, &mut |_| true, |index, _| {
        let load = loads.get(index).ok_or_else(|| Error::internal("a load is missing"))?;
        Scene::new(load, world, config.seed).map_err(|error| numbered(error, index, loads.len()))
    })?;
    let names = names(policies);
    let jobs: Vec<Job<'_>> =
        scenes.iter().flat_map(|scene| jobs_of(scene, policies, &names, config.sweep)).collect();
    let results = map(jobs.len(), threads, progress, |index, tell| {
        let job = jobs.get(index).ok_or_else(|| Error::internal("a run is missing"))?;
        job.run(tell)
    })?;
    let mut done = jobs.iter().zip(results);
    let reports = loads.iter().zip(&scenes).map(|(load, scene)| {
        let mut report = Report {
            world: world.clone(),
            seed: config.seed,
            start: load.start(),
            interval_seconds: world.interval_seconds,
            policies: Vec::with_capacity(policies.len()),
            load: scene.mean_rates(),
            frontier: Vec::new(),
        };
        for (job, result) in done.by_ref() {
            match job.part {
                Part::Given => report.policies.push(result),
                Part::Swept => report.frontier.push(FrontierPoint::new(&result, &job.candidate.setting)),
                Part::Oracle => {
                    for policy in &mut report.policies {
                        compare_at_equal_service(policy, &report.frontier, result.cost);
                    }
                    break;
                }
            }
        }
        report
    });
    Ok(reports.collect())
}

/// Names the load of several that an error is about.
fn numbered(error: Error, index: usize, count: usize) -> Error {
    match error {
        Error::Data { name, problem } if count > 1 && name == "load" => {
            Error::Data { name: format!("loads[{index}]"), problem }
        }
        other => other,
    }
}

/// Refuses a load that nothing can be run over.
pub(super) fn check_load(load: &Series) -> Result<()> {
    if load.is_empty() {
        return Err(Error::data("load", "is empty"));
    }
    if let Some((i, value)) = load.values().iter().enumerate().find(|(_, value)| **value < 0.0) {
        return Err(Error::data("load", format!("value {i} of {} is {value}, below 0", load.len())));
    }
    Ok(())
}

/// What a run is for.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Given,
    Swept,
    /// The last of each load.
    Oracle,
}

struct Job<'a> {
    scene: &'a Scene<'a>,
    candidate: Candidate,
    name: String,
    part: Part,
}

impl Job<'_> {
    fn run(&self, tell: &mut dyn FnMut(f64) -> Result<()>) -> Result<PolicyResult> {
        let mut engine = self.candidate.engine(self.scene)?;
        run(
            self.scene,
            &mut engine,
            &self.name,
            self.scene.initial_replicas(),
            self.part == Part::Given,
            tell,
        )
    }
}

fn jobs_of<'a>(
    scene: &'a Scene<'a>,
    policies: &[PolicyConfig],
    names: &[String],
    sweep: Sweep,
) -> Vec<Job<'a>> {
    let job = |candidate: Candidate, name: &str, part| Job { scene, candidate, name: name.into(), part };
    let given =
        policies.iter().zip(names).map(|(policy, name)| job(Candidate::of(policy), name, Part::Given));
    let swept = candidates(scene, policies, sweep).into_iter().map(|candidate| {
        let name = candidate.policy.name().to_string();
        job(candidate, &name, Part::Swept)
    });
    let oracle = job(Candidate::of(&PolicyConfig::Oracle {}), "oracle", Part::Oracle);
    given.chain(swept).chain([oracle]).collect()
}

fn compare_at_equal_service(result: &mut PolicyResult, frontier: &[FrontierPoint], oracle_cost: f64) {
    let share = result.violation_share();
    let no_worse = |point: &&FrontierPoint| point.policy == "hpa" && point.violation_share <= share;
    let cheapest = frontier.iter().filter(no_worse).map(|point| point.cost).min_by(f64::total_cmp);
    result.equal_service_hpa_cost = cheapest;
    result.gap_closed =
        cheapest.filter(|cost| *cost > oracle_cost).map(|cost| (cost - result.cost) / (cost - oracle_cost));
}

/// The policies' names in the report: a second one of the same kind has a number appended.
fn names(policies: &[PolicyConfig]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(policies.len());
    for policy in policies {
        let name = policy.name();
        let numbered =
            |number: usize| if number == 1 { name.to_string() } else { format!("{name} {number}") };
        let unused = (1..).map(numbered).find(|candidate| !names.contains(candidate));
        names.push(unused.unwrap_or_default());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loads() -> Vec<Series> {
        let made = |shift: usize| (0..80).map(|i| 20.0 + ((i + shift) % 60) as f64).collect();
        [0, 17, 30].map(|shift| Series::new(made(shift), 0, 60.0).unwrap()).into()
    }

    fn policies(names: &[&str]) -> Vec<PolicyConfig> {
        names.iter().map(|name| PolicyConfig::from_text(name).unwrap()).collect()
    }

    fn world() -> World {
        World { service_rate: 3.0, season_seconds: 3600.0, ..World::default() }
    }

    #[test]
    fn any_count_of_threads_and_one_load_at_a_time_give_the_same_reports() {
        let loads = loads();
        let loads: Vec<&Series> = loads.iter().collect();
        let policies = policies(&["hpa", "predictive", "q_learning", r#"{"static": {"replicas": 20}}"#]);
        let of = |threads| {
            let config = BacktestConfig { seed: 3, threads, ..BacktestConfig::default() };
            backtest_many(&loads, &policies, &world(), &config).unwrap()
        };
        let one = of(1);
        // As text, in which a forecast that is missing is as missing as another.
        let text = |reports: &[Report]| format!("{reports:?}");
        assert!([2, 16].map(of).iter().all(|reports| text(reports) == text(&one)), "timelines and all");
        for (load, report) in loads.iter().zip(&one) {
            let alone = backtest(load, &policies, &world(), 3).unwrap();
            assert_eq!(text(&[alone]), text(std::slice::from_ref(report)));
        }
        assert_ne!(one[0].policies, one[1].policies);
    }

    #[test]
    fn a_sweep_tries_what_it_says() {
        let load = &loads()[0];
        let policies = policies(&["predictive", "kpa"]);
        let frontier = |sweep| {
            let config = BacktestConfig { sweep, ..BacktestConfig::default() };
            let mut report = backtest_many(&[load], &policies, &world(), &config).unwrap().remove(0);
            assert_eq!(report.policies[0].equal_service_hpa_cost.is_none(), sweep == Sweep::None);
            std::mem::take(&mut report.frontier)
        };
        let count =
            |points: &[FrontierPoint], name: &str| points.iter().filter(|point| point.policy == name).count();
        let of = |sweep| {
            let points = frontier(sweep);
            ["hpa", "predictive", "kpa"].map(|name| count(&points, name))
        };
        assert_eq!(of(Sweep::None), [0, 0, 0]);
        assert_eq!(of(Sweep::Hpa), [80, 0, 0]);
        assert_eq!(of(Sweep::Targets), [10, 9, 10]);
        assert_eq!(of(Sweep::Full), [80, 9, 10]);
        // The targets are the grid at the window that the HPA has.
        let (targets, grid) = (frontier(Sweep::Targets), frontier(Sweep::Hpa));
        let hpa = targets.iter().filter(|point| point.policy == "hpa");
        for point in hpa {
            let setting = format!("{}, downscale_stabilization_seconds=300", point.setting);
            let same = grid.iter().find(|other| other.setting == setting).unwrap();
            assert_eq!((same.cost, same.violation_share), (point.cost, point.violation_share));
        }
    }

    #[test]
    fn the_gap_is_that_from_the_cheapest_hpa_of_equal_service_to_the_oracle() {
        let point = |policy: &str, cost, violations| {
            let result = PolicyResult {
                policy: policy.into(),
                cost,
                seconds: 100.0,
                violation_seconds: violations,
                ..PolicyResult::default()
            };
            FrontierPoint::new(&result, "")
        };
        let frontier = [
            point("hpa", 200.0, 1.0),
            point("hpa", 150.0, 3.0),
            point("hpa", 120.0, 9.0),
            point("kpa", 101.0, 0.0),
        ];
        let gap = |cost, violation_seconds, oracle| {
            let mut result =
                PolicyResult { cost, seconds: 100.0, violation_seconds, ..PolicyResult::default() };
            compare_at_equal_service(&mut result, &frontier, oracle);
            (result.equal_service_hpa_cost, result.gap_closed)
        };
        // Of those with no more than 3 s the one at 150: (150 − 125)/(150 − 100).
        assert_eq!(gap(125.0, 3.0, 100.0), (Some(150.0), Some(0.5)));
        assert_eq!(gap(125.0, 2.9, 100.0), (Some(200.0), Some(0.75)));
        assert_eq!(gap(170.0, 3.0, 100.0), (Some(150.0), Some(-0.4)));
        // No setting serves as well; and one that is cheaper than the oracle, which never breaks the promise.
        assert_eq!(gap(125.0, 0.5, 100.0), (None, None));
        assert_eq!(gap(110.0, 20.0, 120.0), (Some(120.0), None));
    }

    #[test]
    fn bad_loads_are_named_and_a_stop_ends_all_threads() {
        let (good, empty) = (loads().remove(0), Series::new(Vec::new(), 0, 60.0).unwrap());
        let policies = policies(&["hpa"]);
        let error = |loads: &[&Series], threads| {
            let config = BacktestConfig { threads, ..BacktestConfig::default() };
            backtest_many(loads, &policies, &world(), &config).unwrap_err().to_string()
        };
        assert!(error(&[], 1).starts_with("loads: "));
        assert!(error(&[&good, &empty], 1).starts_with("loads[1]: is empty"));
        assert!(error(&[&good], 0).starts_with("threads: "));
        for threads in [1, 3] {
            let config = BacktestConfig { threads, ..BacktestConfig::default() };
            let mut calls = 0;
            let mut impatient = |_| {
                calls += 1;
                calls < 4
            };
            let stopped = backtest_many_with_progress(&[&good], &policies, &world(), &config, &mut impatient);
            assert!(matches!(stopped, Err(Error::Stopped { .. })));
            assert_eq!(calls, 4, "nobody is told after a stop");
        }
    }
}
