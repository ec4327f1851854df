//! What a trial found: both arms, their differences with intervals, and what the simple arm costs at equal service.

use super::Trial;
use super::lane::{Played, Progress};
use crate::error::Result;
use crate::simulate::compare::{Comparison, Difference, compare_results, difference};
use crate::simulate::report::PolicyResult;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// The simple arm where it serves as the scheme does: between two settings, as if it ran a share of the time at each, or at the cheapest
/// one where that still serves no worse.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EqualService {
    /// The setting, such as `target_utilization=0.5`, or the two that it lies between, the one that serves as well first; empty: as given.
    pub setting: String,
    /// What it costs, in the user's currency.
    pub cost: f64,
    /// What it burns, in kWh.
    pub energy_kwh: f64,
    /// Share of the rows' time in which the promise is broken, 0 to 1.
    pub violation_share: f64,
    /// Share of the requests that are late, 0 to 1.
    pub late_share: f64,
    /// Share of this cost that the scheme saves; below 0 it costs more.
    pub saved: f64,
    /// What it emits, in kg of CO₂, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carbon_kg: Option<f64>,
}

/// What charts show: all rows together, one value for each column of the loads that counts, or for each interval where these are longer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SchemeTimeline {
    /// Unix milliseconds at which counting begins.
    pub start: i64,
    /// Seconds from value to value.
    pub step_seconds: f64,
    /// True load per second.
    pub load: Vec<f64>,
    /// Load per second that the scheme's ready replicas serve at the most.
    pub scheme_capacity: Vec<f64>,
    /// The same of the simple arm.
    pub baseline_capacity: Vec<f64>,
    /// Late requests per second with the scheme.
    pub scheme_late: Vec<f64>,
    /// The same in the simple arm.
    pub baseline_late: Vec<f64>,
    /// The regions of a trial of regions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<RegionTimeline>,
}

/// What charts show of one region, as in [`SchemeTimeline`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RegionTimeline {
    /// Its name.
    pub name: String,
    /// True load per second that arises in it.
    pub load: Vec<f64>,
    /// Load per second that the scheme's ready replicas in it serve at the most.
    pub scheme_capacity: Vec<f64>,
    /// The same of the simple arm.
    pub baseline_capacity: Vec<f64>,
    /// Grams of CO₂ for a kilowatt-hour of its power; empty: not given.
    pub carbon_grams: Vec<f64>,
}

/// A scheme and the simple thing in its place over the same loads. Times add up over the rows: an hour of ten rows is ten hours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SchemeReport {
    /// Seed of the noise.
    pub seed: u64,
    /// The arm with the scheme.
    pub scheme: PolicyResult,
    /// The simple arm.
    pub baseline: PolicyResult,
    /// Scheme less baseline, with intervals.
    pub comparison: Comparison,
    /// Requests that take longer than 99 % of the baseline's do, scheme less baseline: whether the tail is shorter.
    pub slow_requests: Difference,
    /// Kilograms of CO₂, scheme less baseline, where the intensities of regions' power are given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carbon_kg: Option<Difference>,
    /// What the simple arm costs when it breaks the promise for no longer; none when no setting that was tried does.
    pub equal_violations: Option<EqualService>,
    /// What the simple arm costs when no more of its requests are late; none when no setting that was tried does.
    pub equal_late: Option<EqualService>,
    /// What charts show.
    pub timeline: SchemeTimeline,
}

impl SchemeReport {
    /// Everything as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Both arms and their differences as a text table.
    pub fn table(&self) -> String {
        let SchemeReport { scheme, baseline, comparison, slow_requests, .. } = self;
        let mut text = format!(
            "{:<12} {:>10} {:>10} {:>9} {:>9} {:>9} {:>9} {:>9}\n",
            "arm", "cost", "kWh", "over tgt", "late", "p50 s", "p95 s", "p99 s"
        );
        for arm in [scheme, baseline] {
            let _ = writeln!(
                text,
                "{:<12} {:>10.1} {:>10.1} {:>8.2}% {:>8.3}% {:>9.3} {:>9.3} {:>9.3}",
                arm.policy,
                arm.cost,
                arm.energy_kwh,
                100.0 * arm.violation_share(),
                100.0 * arm.late_share(),
                arm.p50_seconds,
                arm.p95_seconds,
                arm.p99_seconds,
            );
        }
        if let Some(Difference { first, second, .. }) = self.carbon_kg {
            let _ = writeln!(
                text,
                "{} emits {first:.1} kg of CO₂, {} {second:.1} kg",
                scheme.policy, baseline.policy
            );
        }
        for (what, found) in [
            ("cost", comparison.cost),
            ("energy, kWh", comparison.energy_kwh),
            ("hours over target", comparison.violation_seconds.times(1.0 / 3600.0)),
            ("late requests", comparison.late_requests),
            ("beyond p99", *slow_requests),
        ]
        .into_iter()
        .chain(self.carbon_kg.map(|carbon| ("CO₂, kg", carbon)))
        {
            let Difference { difference, lower, upper, p_value, .. } = found;
            let _ =
                writeln!(text, "{what:<18} {difference:>12.1} [{lower:.1}, {upper:.1}], p = {p_value:.4}");
        }
        for (what, equal) in [("violations", &self.equal_violations), ("late requests", &self.equal_late)] {
            let _ = match equal {
                Some(EqualService { setting, cost, saved, carbon_kg, .. }) => {
                    let emits = carbon_kg.map_or(String::new(), |kg| format!(" and emits {kg:.1} kg"));
                    let setting = if setting.is_empty() { "as given" } else { setting };
                    let verdict = if *saved > 0.0 { "saves" } else { "does not pay: saves" };
                    let saved = 100.0 * saved;
                    writeln!(
                        text,
                        "at equal {what} the {} costs {cost:.1}{emits} ({setting}): the scheme {verdict} {saved:.1}%",
                        baseline.policy
                    )
                }
                None => writeln!(
                    text,
                    "at equal {what}: no setting of the {} that was tried serves as well",
                    baseline.policy
                ),
            };
        }
        text
    }
}

/// A simple arm that can be played at several settings, the first of which is the one that is compared.
pub(super) trait SimpleArm {
    fn settings(&self) -> Vec<String>;
    fn play(&self, setting: usize, detailed: bool, progress: Progress<'_>) -> Result<Played>;
}

/// Plays the scheme's arm and all settings of the simple one, and compares them.
pub(super) fn judge(
    trial: &Trial<'_>,
    simple: &dyn SimpleArm,
    progress: Progress<'_>,
    play: impl FnOnce(Progress<'_>) -> Result<Played>,
) -> Result<SchemeReport> {
    let config = trial.config;
    let settings = simple.settings();
    let plays = 1.0 + settings.len() as f64;
    let with = play(&mut |share| progress(share / plays))?;
    let without = simple.play(0, true, &mut |share| progress((1.0 + share) / plays))?;
    let interval = config.world.interval_seconds;
    let comparison = compare_results(&with.result, &without.result, interval, &config.comparison)?;
    let slow = without.result.p99_seconds;
    let slower =
        |arm: &Played| if slow.is_finite() { arm.slower(slow) } else { vec![0.0; arm.capacity.len()] };
    let slow_requests = difference(&slower(&with), &slower(&without), interval, &config.comparison);
    let carbon_kg = with.carbon.as_ref().zip(without.carbon.as_ref());
    let carbon_kg = carbon_kg.map(|(with, without)| difference(with, without, interval, &config.comparison));
    let mut tried = vec![at_setting(settings.first(), &without, &with.result)];
    for (place, setting) in settings.iter().enumerate().skip(1) {
        let other = simple.play(place, false, &mut |share| progress((1.0 + place as f64 + share) / plays))?;
        tried.push(at_setting(Some(setting), &other, &with.result));
    }
    let scheme = &with.result;
    Ok(SchemeReport {
        seed: trial.seed,
        equal_violations: equal(&tried, scheme.cost, scheme.violation_share(), |at| at.violation_share),
        equal_late: equal(&tried, scheme.cost, scheme.late_share(), |at| at.late_share),
        timeline: timeline(trial, &with, &without),
        comparison,
        slow_requests,
        carbon_kg,
        scheme: with.result,
        baseline: without.result,
    })
}

fn at_setting(setting: Option<&String>, played: &Played, scheme: &PolicyResult) -> EqualService {
    let result = &played.result;
    EqualService {
        setting: setting.cloned().unwrap_or_default(),
        cost: result.cost,
        energy_kwh: result.energy_kwh,
        violation_share: result.violation_share(),
        late_share: result.late_share(),
        saved: saved(scheme.cost, result.cost),
        carbon_kg: played.carbon.as_ref().map(|rounds| rounds.iter().sum()),
    }
}

/// Share of `cost` that a scheme which costs `scheme` saves.
fn saved(scheme: f64, cost: f64) -> f64 {
    if cost > 0.0 { 1.0 - scheme / cost } else { 0.0 }
}

/// Where the simple arm is as bad as `scheme_share`: between the cheapest setting that is no worse and the next cheaper one, which is. Time
/// shared between two settings costs and breaks in proportion.
pub(super) fn equal(
    tried: &[EqualService],
    scheme_cost: f64,
    scheme_share: f64,
    share: fn(&EqualService) -> f64,
) -> Option<EqualService> {
    let by_cost = |a: &&EqualService, b: &&EqualService| a.cost.total_cmp(&b.cost);
    let serves = tried.iter().filter(|at| share(at) <= scheme_share).min_by(by_cost)?;
    let Some(fails) = tried.iter().filter(|at| at.cost < serves.cost).max_by(by_cost) else {
        return Some(serves.clone());
    };
    let part = (scheme_share - share(serves)) / (share(fails) - share(serves));
    if part <= 0.0 {
        return Some(serves.clone());
    }
    let between = |of: fn(&EqualService) -> f64| of(serves) + part * (of(fails) - of(serves));
    let name = |at: &EqualService| if at.setting.is_empty() { "as given".into() } else { at.setting.clone() };
    let cost = between(|at| at.cost);
    Some(EqualService {
        setting: format!("between {} and {}", name(serves), name(fails)),
        cost,
        energy_kwh: between(|at| at.energy_kwh),
        violation_share: between(|at| at.violation_share),
        late_share: between(|at| at.late_share),
        saved: saved(scheme_cost, cost),
        carbon_kg: serves
            .carbon_kg
            .zip(fails.carbon_kg)
            .map(|(serves, fails)| serves + part * (fails - serves)),
    })
}

fn timeline(trial: &Trial<'_>, with: &Played, without: &Played) -> SchemeTimeline {
    let interval = trial.config.world.interval_seconds;
    let grid = Grid::new(trial, with.first_round());
    let late = |arm: &Played| {
        grid.rounds(&arm.result.timeline.late_requests).iter().map(|late| late / interval).collect()
    };
    let nothing = vec![0.0; without.capacity.len()];
    let sites = with.sites.iter().enumerate().map(|(site, with)| RegionTimeline {
        scheme_capacity: grid.rounds(with),
        // Where nothing arises nothing runs.
        baseline_capacity: grid.rounds(without.sites.get(site).unwrap_or(&nothing)),
        ..RegionTimeline::default()
    });
    let regions = if with.sites.len() > 1 { sites.collect() } else { Vec::new() };
    SchemeTimeline {
        start: trial.config.start.saturating_add((grid.first as f64 * grid.step_seconds * 1000.0) as i64),
        step_seconds: grid.step_seconds,
        load: grid.columns(trial.rows),
        scheme_capacity: grid.rounds(&with.capacity),
        baseline_capacity: grid.rounds(&without.capacity),
        scheme_late: late(with),
        baseline_late: late(without),
        regions,
    }
}

/// The values of a timeline: columns shorter than an interval are averaged over it, as the scenes have them, and rounds over a column.
pub(super) struct Grid {
    columns: usize,
    rounds: usize,
    /// Values that do not count.
    first: usize,
    step_seconds: f64,
}

impl Grid {
    pub(super) fn new(trial: &Trial<'_>, first_round: usize) -> Self {
        let (step, interval) = (trial.config.step_seconds, trial.config.world.interval_seconds);
        let (columns, rounds) = if step < interval {
            ((interval / step).round().max(1.0) as usize, 1)
        } else {
            (1, (step / interval).round().max(1.0) as usize)
        };
        Grid { columns, rounds, first: first_round / rounds, step_seconds: rounds as f64 * interval }
    }

    /// The sum of rows of the loads.
    pub(super) fn columns(&self, rows: &[Vec<f64>]) -> Vec<f64> {
        let mut load = vec![0.0; rows.first().map_or(0, Vec::len)];
        for row in rows {
            load.iter_mut().zip(row).for_each(|(sum, load)| *sum += load);
        }
        let mut load = means(&load, self.columns);
        load.split_off(self.first.min(load.len()))
    }

    /// Values of the rounds that count.
    pub(super) fn rounds(&self, values: &[f64]) -> Vec<f64> {
        means(values, self.rounds)
    }
}

fn means(values: &[f64], count: usize) -> Vec<f64> {
    values.chunks(count).map(|chunk| chunk.iter().sum::<f64>() / chunk.len() as f64).collect()
}
