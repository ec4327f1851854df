//! A report day by day: what each policy came to on every day (UTC), and the mean day with its interval.
//!
//! Days that follow each other are alike, so the intervals come from the stationary bootstrap over days (see the module `bootstrap`).

use super::compare::ComparisonConfig;
use super::report::{PolicyResult, Report};
use crate::bootstrap::bootstrap_mean;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

const DAY: i64 = 86_400_000;
/// Fewer whole days than this say nothing about a mean day.
const FEWEST: usize = 7;

/// What one policy came to on one day (UTC).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DayResult {
    /// The policy's name in the report.
    pub policy: String,
    /// Unix milliseconds at which the day's first decision was made.
    pub start: i64,
    /// Seconds of the run that fall on the day: fewer than 86,400 on the first and last.
    pub seconds: f64,
    /// Cost in the user's currency.
    pub cost: f64,
    /// Energy in kWh, that of starting and draining included.
    pub energy_kwh: f64,
    /// Seconds in which the promise was broken.
    pub violation_seconds: f64,
    /// Requests answered later than promised.
    pub late_requests: f64,
    /// Ready replica-hours beyond what the promise needed.
    pub over_provisioned_hours: f64,
}

/// The mean of one quantity over days, and its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DailyMean {
    /// The mean.
    pub mean: f64,
    /// The interval's lower end.
    pub lower: f64,
    /// The interval's upper end.
    pub upper: f64,
}

/// The mean day of one policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DailyMeans {
    /// The policy's name in the report.
    pub policy: String,
    /// Whole days that the means are over.
    pub days: usize,
    /// Cost in the user's currency.
    pub cost: DailyMean,
    /// Energy in kWh.
    pub energy_kwh: DailyMean,
    /// Seconds in which the promise was broken.
    pub violation_seconds: DailyMean,
    /// Requests answered later than promised.
    pub late_requests: DailyMean,
    /// Ready replica-hours beyond what the promise needed.
    pub over_provisioned_hours: DailyMean,
}

impl Report {
    /// Each policy's days, policy by policy in the report's order; what falls between two decisions counts for the day of the first. Their sums
    /// are the totals. None for a report read from JSON, which has no timelines.
    pub fn per_day(&self) -> Vec<DayResult> {
        self.policies.iter().flat_map(|result| days_of(self, result)).collect()
    }

    /// Each policy's mean day with its interval, over the whole days of the run; the settings are those of a comparison.
    ///
    /// # Errors
    /// [`Error::Data`] for a run of fewer than 7 whole days; [`Error::Config`] for settings out of range.
    pub fn daily_means(&self, config: &ComparisonConfig) -> Result<Vec<DailyMeans>> {
        config.check()?;
        let means = self.policies.iter().map(|result| {
            let mut days = days_of(self, result);
            days.retain(|day| day.seconds > DAY as f64 / 1000.0 - self.interval_seconds);
            if days.len() < FEWEST {
                let problem = format!("has {} whole days, but the mean of a day needs {FEWEST}", days.len());
                return Err(Error::data("report", problem));
            }
            let mean = |of: fn(&DayResult) -> f64| {
                let values: Vec<f64> = days.iter().map(of).collect();
                let block = config.block_seconds.map(|seconds| 1000.0 * seconds / DAY as f64);
                let found = bootstrap_mean(&values, config.level, config.resamples, block, config.seed);
                DailyMean {
                    mean: found.mean,
                    lower: found.mean - found.margin,
                    upper: found.mean + found.margin,
                }
            };
            Ok(DailyMeans {
                policy: result.policy.clone(),
                days: days.len(),
                cost: mean(|day| day.cost),
                energy_kwh: mean(|day| day.energy_kwh),
                violation_seconds: mean(|day| day.violation_seconds),
                late_requests: mean(|day| day.late_requests),
                over_provisioned_hours: mean(|day| day.over_provisioned_hours),
            })
        });
        means.collect()
    }
}

fn days_of(report: &Report, result: &PolicyResult) -> Vec<DayResult> {
    let interval = (1000.0 * report.interval_seconds).round() as i64;
    let time = |decision: usize| report.start.saturating_add(interval.saturating_mul(decision as i64));
    let timeline = &result.timeline;
    let decisions: Vec<usize> = (0..timeline.cost.len()).collect();
    let day = |decision: &usize| time(*decision).div_euclid(DAY);
    let chunks = decisions.chunk_by(|a, b| day(a) == day(b));
    let days = chunks.filter_map(|chunk| {
        let (first, last) = (*chunk.first()?, *chunk.last()?);
        let sum = |values: &[f64]| values.get(first..=last).unwrap_or_default().iter().sum();
        // The run may end before the next decision would have been due.
        let end = (report.interval_seconds * (last + 1) as f64).min(result.seconds);
        Some(DayResult {
            policy: result.policy.clone(),
            start: time(first),
            seconds: end - report.interval_seconds * first as f64,
            cost: sum(&timeline.cost),
            energy_kwh: sum(&timeline.energy_kwh),
            violation_seconds: sum(&timeline.violation_seconds),
            late_requests: sum(&timeline.late_requests),
            over_provisioned_hours: sum(&timeline.over_provisioned_hours),
        })
    });
    days.collect()
}

#[cfg(test)]
mod tests {
    use super::super::{World, backtest};
    use super::*;
    use crate::load::Series;
    use crate::policy::PolicyConfig;

    /// One replica an erlang, a promise that 7 erlang on 8 replicas break and 5 do not; a static fleet.
    fn report(hours: usize, load: impl Fn(usize) -> f64, start: i64, policies: &[&str]) -> Report {
        let load = Series::new((0..hours).map(load).collect(), start, 3600.0).unwrap();
        let policies: Vec<_> = policies.iter().map(|text| PolicyConfig::from_text(text).unwrap()).collect();
        let world = World {
            service_rate: 1.0,
            counting_noise: false,
            interval_seconds: 60.0,
            cost_per_replica_hour: 2.0,
            ..World::default()
        };
        backtest(&load, &policies, &world, 0).unwrap()
    }

    #[test]
    fn days_are_those_of_the_calendar_and_hand_worked() {
        // From 20:00 for 30 hours: 4 hours, a day, 2 hours. The load breaks the promise in the last hour of each day.
        let broken = |hour: usize| (hour + 20) % 24 == 23;
        let start = 10 * DAY + 20 * 3_600_000;
        let fixed = r#"{"static": {"replicas": 8}}"#;
        let report = report(30, |hour| if broken(hour) { 7.8 } else { 2.0 }, start, &[fixed]);
        let days = report.per_day();
        let column = |of: fn(&DayResult) -> f64| days.iter().map(of).collect::<Vec<_>>();
        assert_eq!(column(|day| day.seconds), [14_400.0, 86_400.0, 7_200.0]);
        assert_eq!(days.iter().map(|day| day.start).collect::<Vec<_>>(), [start, 11 * DAY, 12 * DAY]);
        let near = |found: Vec<f64>, exact: [f64; 3]| {
            found
                .iter()
                .zip(exact)
                .for_each(|(found, exact)| assert!((found - exact).abs() < 1e-6, "{found} for {exact}"));
        };
        // The fleet begins with the 4 replicas that 2 erlang need, and has 8 after its start-up of two minutes.
        let need = crate::capacity::servers_for(2.0, 1.0, report.world.target()).unwrap() as f64;
        let spare = 8.0 - need;
        near(column(|day| day.cost), [8.0 * 8.0, 16.0 * 24.0, 16.0 * 2.0]);
        near(
            column(|day| day.over_provisioned_hours),
            [spare * (3.0 - 2.0 / 60.0), spare * 23.0, spare * 2.0],
        );
        near(column(|day| day.violation_seconds), [3600.0, 3600.0, 0.0]);
    }

    #[test]
    fn days_add_up_to_the_totals() {
        let report = report(50, |hour| 20.0 + (hour * 7 % 13) as f64, 3_600_000, &["hpa", "predictive"]);
        let days = report.per_day();
        assert_eq!(days.len(), 2 * 3);
        for result in &report.policies {
            let total = |of: fn(&DayResult) -> f64| -> f64 {
                days.iter().filter(|day| day.policy == result.policy).map(of).sum()
            };
            for (sum, exact) in [
                (total(|day| day.seconds), result.seconds),
                (total(|day| day.cost), result.cost),
                (total(|day| day.energy_kwh), result.energy_kwh),
                (total(|day| day.violation_seconds), result.violation_seconds),
                (total(|day| day.late_requests), result.late_requests),
                (total(|day| day.over_provisioned_hours), result.over_provisioned_hours),
            ] {
                assert!((sum - exact).abs() <= 1e-9 * exact.abs().max(1.0), "{sum} for {exact}");
            }
        }
    }

    #[test]
    fn the_mean_day_is_over_whole_days_and_a_few_are_refused() {
        let settings = ComparisonConfig::default();
        let fixed = r#"{"static": {"replicas": 8}}"#;
        let of = |hours| report(hours, |_| 5.0, 12 * 3_600_000, &[fixed]);
        assert!(of(24 * 7).daily_means(&settings).unwrap_err().to_string().contains("6 whole days"));
        let report = of(24 * 8);
        let means = report.daily_means(&settings).unwrap();
        let DailyMean { mean, lower, upper } = means[0].cost;
        assert_eq!(means[0].days, 7);
        assert!(
            (mean - 24.0 * 16.0).abs() < 1e-9 && (lower - mean).abs() < 1e-9 && (upper - mean).abs() < 1e-9
        );
        let bad = ComparisonConfig { level: 2.0, ..settings };
        assert!(report.daily_means(&bad).unwrap_err().to_string().starts_with("level: "));
    }
}
