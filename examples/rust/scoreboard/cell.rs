//! One load at one start-up time: what every policy came to, with the counting noise of each seed.

use crate::Options;
use forescale::capacity::servers_for;
use forescale::load::Series;
use forescale::policy::{HpaConfig, PolicyConfig, Static};
use forescale::simulate::{BacktestConfig, FrontierPoint, PolicyResult, Report, Sweep, World, backtest_many};
use std::error::Error;

/// Those that run besides `static`, `hpa`, `predictive` and `oracle`: name and configuration.
pub const OTHERS: [(&str, &str); 8] = [
    ("seasonal_max", "seasonal_max"),
    ("target_tracking", "target_tracking"),
    ("aws_predictive", "aws_predictive"),
    ("kpa", "kpa"),
    ("crane", "crane"),
    ("aibrix_apa", "aibrix_apa"),
    ("ray_serve", "ray_serve"),
    ("q_learning", "q_learning"),
];

/// What a run came to.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    pub cost: f64,
    /// Share of the time in which the promise was broken.
    pub violations: f64,
    /// Share of the requests that arrived while it was.
    pub late: f64,
    /// Replica-hours beyond what the promise needed.
    pub over: f64,
    pub energy: f64,
    pub transitions: f64,
}

impl From<&PolicyResult> for Figures {
    fn from(result: &PolicyResult) -> Self {
        Figures {
            cost: result.cost,
            violations: result.violation_share(),
            late: result.violation_request_share(),
            over: result.over_provisioned_hours,
            energy: result.energy_kwh,
            transitions: result.transition_energy_kwh,
        }
    }
}

impl From<&FrontierPoint> for Figures {
    fn from(point: &FrontierPoint) -> Self {
        Figures {
            cost: point.cost,
            violations: point.violation_share,
            late: point.violation_request_share,
            over: point.over_provisioned_hours,
            energy: point.energy_kwh,
            transitions: point.transition_energy_kwh,
        }
    }
}

/// All runs with one seed.
#[derive(Debug)]
pub struct Run {
    pub predictive: Figures,
    /// The HPA at its defaults.
    pub hpa: Figures,
    pub oracle: Figures,
    /// The cheapest HPA setting of all with no more violation time.
    pub tuned: Option<Figures>,
    pub gap_closed: Option<f64>,
    /// The cheapest HPA setting with its default scale-in window and no more violation time.
    pub reactive: Option<Figures>,
    /// Whether the HPA broke the promise less often at some setting that cost no more.
    pub hpa_serves_better: bool,
    /// The smallest share of requests in broken time of any HPA setting.
    pub least_late_hpa: f64,
}

/// One load at one start-up time.
#[derive(Debug)]
pub struct Cell {
    pub load: String,
    pub start_up_seconds: f64,
    /// One a seed.
    pub runs: Vec<Run>,
    /// The static fleet that always keeps the promise.
    pub peak: Figures,
    /// The smallest static fleet tried with no more violation time.
    pub fixed: Option<Figures>,
    /// The other policies at their defaults, with the first seed.
    pub others: Vec<Figures>,
}

impl Cell {
    /// Also gives the frontier of every policy as SVG text where it is to be drawn.
    pub fn measure(
        load: &Series,
        name: &str,
        start_up_seconds: f64,
        options: &Options,
        is_drawn: bool,
    ) -> Result<(Self, Option<String>), Box<dyn Error>> {
        let usual = [0.95, 1.0].map(|share| quantile(load, share)).into_iter().find(|rate| *rate > 0.0);
        let usual = usual.ok_or("the load is 0 throughout, or all of it is missing")?;
        let world = World { service_rate: usual / options.replicas, start_up_seconds, ..World::default() };
        world.check()?;
        let peak = servers_for(quantile(load, 1.0), world.service_rate, world.target())?;
        let fixed = PolicyConfig::Static(Static { replicas: peak.min(world.max_replicas.into()) as u32 });
        let ours = ["predictive", "hpa", "oracle"].map(PolicyConfig::from_text);
        let ours: Vec<PolicyConfig> = ours.into_iter().collect::<Result<_, _>>()?;
        let others: Vec<PolicyConfig> =
            OTHERS.iter().map(|(_, text)| PolicyConfig::from_text(text)).collect::<Result<_, _>>()?;
        let all = [&ours[..], &others, std::slice::from_ref(&fixed)].concat();
        let one = |policies: &[PolicyConfig], sweep, seed| -> Result<Report, Box<dyn Error>> {
            let config = BacktestConfig { seed, sweep, threads: options.threads };
            Ok(backtest_many(&[load], policies, &world, &config)?.remove(0))
        };
        let first = one(&all, if is_drawn { Sweep::Full } else { Sweep::Hpa }, 0)?;
        let fleets = if is_drawn { None } else { Some(one(&[fixed], Sweep::Targets, 0)?) };
        let fleets = fleets.as_ref().unwrap_or(&first);
        let result = |name: &str| {
            first.policy(name).map(Figures::from).ok_or_else(|| format!("{name} is not in the report"))
        };
        let mut cell = Cell {
            load: name.into(),
            start_up_seconds,
            peak: result("static")?,
            fixed: cheapest(fleets, "static", result("predictive")?.violations, |_| true),
            others: OTHERS.iter().map(|(name, _)| result(name)).collect::<Result<_, _>>()?,
            runs: vec![Run::of(&first)?],
        };
        for seed in 1..options.seeds {
            cell.runs.push(Run::of(&one(&ours, Sweep::Hpa, seed)?)?);
        }
        Ok((cell, if is_drawn { Some(first.frontier_svg()?) } else { None }))
    }

    /// The mean over the seeds of what every run has; none when one run has it not.
    pub fn mean(&self, of: impl Fn(&Run) -> Option<f64>) -> Option<f64> {
        let values: Option<Vec<f64>> = self.runs.iter().map(of).collect();
        values.map(|values| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// Smallest and largest over the seeds.
    pub fn range(&self, of: impl Fn(&Run) -> Option<f64>) -> Option<(f64, f64)> {
        let values: Option<Vec<f64>> = self.runs.iter().map(of).collect();
        let ends = (f64::INFINITY, f64::NEG_INFINITY);
        values
            .map(|values| values.iter().fold(ends, |(low, high), value| (low.min(*value), high.max(*value))))
    }

    pub fn gap_closed(&self) -> Option<f64> {
        self.mean(|run| run.gap_closed)
    }
}

impl Run {
    fn of(report: &Report) -> Result<Self, Box<dyn Error>> {
        let result = |name: &str| report.policy(name).ok_or_else(|| format!("{name} is not in the report"));
        let (predictive, hpa, oracle) = (result("predictive")?, result("hpa")?, result("oracle")?);
        let violations = predictive.violation_share();
        let window = HpaConfig::default().downscale_stabilization_seconds;
        let usual_window = format!("downscale_stabilization_seconds={window}");
        let mut settings = report.frontier.iter().filter(|point| point.policy == "hpa");
        Ok(Run {
            tuned: cheapest(report, "hpa", violations, |_| true),
            gap_closed: predictive.gap_closed,
            reactive: cheapest(report, "hpa", violations, |point| point.setting.ends_with(&usual_window)),
            least_late_hpa: settings.clone().map(|point| point.violation_request_share).fold(1.0, f64::min),
            hpa_serves_better: settings
                .any(|point| point.cost <= predictive.cost && point.violation_share < violations),
            predictive: predictive.into(),
            hpa: hpa.into(),
            oracle: oracle.into(),
        })
    }
}

/// The cheapest setting of a policy with no more violation time.
fn cheapest(
    report: &Report,
    policy: &str,
    violations: f64,
    counts: impl Fn(&FrontierPoint) -> bool,
) -> Option<Figures> {
    let points = report.frontier.iter().filter(|point| point.policy == policy && counts(point));
    let no_worse = points.filter(|point| point.violation_share <= violations);
    no_worse.min_by(|a, b| a.cost.total_cmp(&b.cost)).map(Figures::from)
}

/// The value that a share of the known ones does not exceed; NaN when none is known.
fn quantile(load: &Series, share: f64) -> f64 {
    let mut known: Vec<f64> = load.values().iter().copied().filter(|value| !value.is_nan()).collect();
    known.sort_by(f64::total_cmp);
    let last = known.len().saturating_sub(1) as f64;
    known.get((share * last) as usize).copied().unwrap_or(f64::NAN)
}
