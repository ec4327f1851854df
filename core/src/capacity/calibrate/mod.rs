//! What one replica serves, learned from what was observed: its service rate, its latency without load, its warm-up.
//!
//! Latency follows `base/(1 − load/service_rate)`, with errors in proportion to it: the fit is of `ln latency`. Throughput after a start follows
//! `full·(1 − (1 − initial)·e^{−age/τ})`. Both are fitted by robust regression, see `robust`: two fifths of the values may be wild.

mod robust;
#[cfg(test)]
mod tests;

use crate::error::{Error, Result, all_finite, not_negative, positive, same_length};
use crate::math::{exp, ln, log1p};
use robust::{Fit, Row, WILD, best_of_grid, median};
use serde::{Deserialize, Serialize};

const GRID: usize = 400;
/// With two parameters fewer points might lie on a curve by chance, and the others would count as wild.
const FEWEST: usize = 12;
const WARM_GRID: usize = 40;
/// The most pairs of a warm-up: some seconds of work.
const MOST_WARM: usize = 10_000;
/// The least `1 − load/service_rate` that is told apart: a latency of a thousand times the base.
const NEAREST: f64 = 1e-3;

/// What [`calibrate`] and [`calibrate_load`] learn, with standard errors.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// What one replica serves: in the unit of the load, or `1/base` per second when utilizations were given.
    pub service_rate: f64,
    /// Standard error of the service rate.
    pub service_rate_error: f64,
    /// Latency without load, in the unit of the latencies.
    pub base: f64,
    /// Standard error of the base.
    pub base_error: f64,
    /// Robust standard deviation of the latencies around the curve, as a share of it.
    pub spread: f64,
    /// Pairs that lie so far off that they were weighted down to less than a half.
    pub outliers: usize,
}

impl Calibration {
    /// The latency expected under a load; infinite from the service rate on. Refuses a negative or infinite load.
    pub fn latency(&self, load: f64) -> Result<f64> {
        not_negative("load", load)?;
        super::latency(self.base, load / self.service_rate)
    }
}

/// Base latency and service rate of one server from pairs of utilization and latency, by `latency = base/(1 − utilization)`.
///
/// Utilizations lie in [0, 1), latencies are above 0, in seconds; the service rate is `1/base` per second. O(n).
///
/// # Errors
/// [`Error::Data`] for values out of range and unequal lengths; [`Error::NotReady`] for fewer than 3 pairs.
pub fn calibrate(utilization: &[f64], latency: &[f64]) -> Result<Calibration> {
    check("utilization", utilization, latency)?;
    if let Some(at) = utilization.iter().position(|share| *share >= 1.0) {
        return Err(Error::data("utilization", format!("value {at} is not below 1")));
    }
    let rows = || utilization.iter().zip(latency).map(|(share, latency)| ln(*latency) + log1p(-share));
    let start = median(rows().collect());
    let fit = Fit::from([start, 0.0], 1, |[level, _]| {
        rows().map(|value| Row { error: value - level, slopes: [1.0, 0.0] }).collect()
    });
    let base = exp(fit.at[0]);
    let answer = Calibration {
        service_rate: 1.0 / base,
        service_rate_error: fit.errors[0] / base,
        base,
        base_error: fit.errors[0] * base,
        spread: fit.scale,
        outliers: fit.outliers,
    };
    finite(answer)
}

/// Base latency and service rate of one replica from pairs of its load and latency.
///
/// The load is what one replica got, in load units per second, at least 0; the latencies are above 0. The service rate is the load at
/// which the latency would grow without end. O(n).
///
/// # Errors
/// [`Error::Data`] for values out of range and unequal lengths; [`Error::NotReady`] for fewer than 12 pairs or fewer than
/// 3 different loads, and when the latency does not rise clearly with the load (by less than three standard errors): then any
/// large service rate would do, and more load is needed to tell.
pub fn calibrate_load(load: &[f64], latency: &[f64]) -> Result<Calibration> {
    check("load", load, latency)?;
    let largest = load.iter().copied().fold(0.0, f64::max);
    let mut different = load.to_vec();
    different.sort_unstable_by(f64::total_cmp);
    different.dedup();
    if load.len() < FEWEST || different.len() < 3 {
        let found = format!(
            "needs {FEWEST} pairs with 3 different loads, got {} with {}",
            load.len(),
            different.len()
        );
        return Err(Error::not_ready("load", found));
    }
    // Loads as shares of the largest, so that the inverse service rate is of the order of 1.
    let pairs: Vec<(f64, f64)> =
        load.iter().zip(latency).map(|(load, latency)| (load / largest, ln(*latency))).collect();
    // A load beyond the service rate cannot be, so its pair counts as wild, whatever its latency.
    let idle = |load: f64, inverse: f64| Some(1.0 - inverse * load).filter(|left| *left >= NEAREST);
    let start = best_of_grid(GRID, |share| {
        // Up to ten times as steep as the largest load allows: that load may itself be an outlier.
        let inverse = if share < 0.9 { share / 0.9 } else { 1.0 + (share - 0.9) * 90.0 };
        let levels: Vec<f64> =
            pairs.iter().filter_map(|(load, log)| Some(log + ln(idle(*load, inverse)?))).collect();
        let level = median(levels.clone());
        let mut errors: Vec<f64> = levels.iter().map(|value| (value - level).abs()).collect();
        errors.resize(pairs.len(), f64::INFINITY);
        (median(errors), [level, inverse])
    });
    let fit = Fit::from(start, 2, |[level, inverse]| {
        let row = |&(load, log): &(f64, f64)| match idle(load, inverse) {
            Some(left) => Row { error: log + ln(left) - level, slopes: [1.0, load / left] },
            None => Row { error: WILD, slopes: [1.0, 0.0] },
        };
        pairs.iter().map(row).collect()
    });
    let [level, inverse] = fit.at;
    if !(inverse > 3.0 * fit.errors[1] && inverse > 1e-9) {
        let problem = format!(
            "the latency does not rise clearly with the load: up to {largest} the service rate cannot be told; more load is needed"
        );
        return Err(Error::not_ready("latency", problem));
    }
    let (base, service_rate) = (exp(level), largest / inverse);
    finite(Calibration {
        service_rate,
        service_rate_error: service_rate * fit.errors[1] / inverse,
        base,
        base_error: base * fit.errors[0],
        spread: fit.scale,
        outliers: fit.outliers,
    })
}

/// How a replica's throughput grows after its start.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WarmUp {
    /// Throughput of a warm replica, in the unit of what was observed.
    pub full: f64,
    /// Standard error of the full throughput, for the given time constant.
    pub full_error: f64,
    /// The share of it that a replica serves at once, from 0 to 1.
    pub initial: f64,
    /// The seconds in which the missing share falls to 1/e.
    pub seconds: f64,
}

impl WarmUp {
    /// From the greatest throughput that replicas reached at ages in seconds since they were ready, both at least 0.
    ///
    /// O(n) for each of some hundred time constants between the 100th and the fourfold of the largest age; at most 10 000 pairs, of
    /// which the first minutes of some dozen starts are far fewer.
    ///
    /// # Errors
    /// [`Error::Data`] for values out of range, unequal lengths and more pairs; [`Error::NotReady`] for fewer than 12 pairs or 3 different ages, and
    /// where no throughput is seen at all.
    pub fn learn(ages: &[f64], throughput: &[f64]) -> Result<Self> {
        same_length("throughput", throughput.len(), "ages", ages.len())?;
        if ages.len() > MOST_WARM {
            let problem = format!(
                "must be at most {MOST_WARM} pairs, got {}: take every other, or fewer starts",
                ages.len()
            );
            return Err(Error::data("ages", problem));
        }
        for (name, values) in [("ages", ages), ("throughput", throughput)] {
            all_finite(name, values)?;
            at_least_zero(name, values)?;
        }
        let mut different = ages.to_vec();
        different.sort_unstable_by(f64::total_cmp);
        different.dedup();
        if ages.len() < FEWEST || different.len() < 3 {
            let found = format!(
                "needs {FEWEST} pairs with 3 different ages, got {} with {}",
                ages.len(),
                different.len()
            );
            return Err(Error::not_ready("ages", found));
        }
        let (oldest, most) = (largest(ages), largest(throughput));
        if oldest < 1e-300 {
            return Err(Error::data("ages", format!("are too small to be seconds: at most {oldest}")));
        }
        if most == 0.0 {
            return Err(Error::not_ready("throughput", "is 0 at every age"));
        }
        let fit_of = |step: usize| {
            // From a 100th of the largest age to four times it, evenly on the logarithm.
            let seconds = oldest * 0.01 * exp(step as f64 / 120.0 * ln(400.0));
            let rows: Vec<(f64, f64)> =
                ages.iter().zip(throughput).map(|(age, value)| (exp(-age / seconds), value / most)).collect();
            let start = best_of_grid(WARM_GRID, |share| {
                let levels: Vec<f64> =
                    rows.iter().map(|(cold, value)| value / (1.0 - share * cold).max(NEAREST)).collect();
                let full = median(levels);
                let errors = rows.iter().map(|(cold, value)| (value - full * (1.0 - share * cold)).abs());
                (median(errors.collect()), [full, full * share])
            });
            let fit = Fit::from(start, 2, |[full, missing]| {
                let row = |&(cold, value): &(f64, f64)| Row {
                    error: value - full + missing * cold,
                    slopes: [1.0, -cold],
                };
                rows.iter().map(row).collect()
            });
            (seconds, fit)
        };
        let Some((seconds, fit)) = (0..=120)
            .map(fit_of)
            .filter(|(_, fit)| fit.at[0] > 0.0)
            .min_by(|(_, one), (_, other)| one.loss.total_cmp(&other.loss))
        else {
            return Err(Error::not_ready("throughput", "does not settle at any level above 0"));
        };
        let [full, missing] = fit.at;
        Ok(WarmUp {
            full: full * most,
            full_error: fit.errors[0] * most,
            initial: (1.0 - missing / full).clamp(0.0, 1.0),
            seconds,
        })
    }

    /// The share of its full throughput that a replica of this age serves, from `initial` to 1. A negative age counts as 0.
    ///
    /// # Errors
    /// [`Error::Config`] for an age of NaN, an `initial` beyond 0 to 1 and a time constant that is not above 0.
    pub fn share(&self, age_seconds: f64) -> Result<f64> {
        if !(0.0..=1.0).contains(&self.initial) {
            return Err(Error::config("initial", format!("must lie within 0 and 1, got {}", self.initial)));
        }
        positive("seconds", self.seconds)?;
        if age_seconds.is_nan() {
            return Err(Error::config("age_seconds", "must be a number, got NaN"));
        }
        Ok(1.0 - (1.0 - self.initial) * exp(-age_seconds.max(0.0) / self.seconds))
    }
}

fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

fn check(name: &str, load: &[f64], latency: &[f64]) -> Result<()> {
    same_length("latency", latency.len(), name, load.len())?;
    all_finite(name, load)?;
    all_finite("latency", latency)?;
    at_least_zero(name, load)?;
    if let Some(at) = latency.iter().position(|value| *value <= 0.0) {
        return Err(Error::data("latency", format!("value {at} is not above 0")));
    }
    if load.len() < 3 {
        return Err(Error::not_ready(name, format!("needs at least 3 pairs, got {}", load.len())));
    }
    Ok(())
}

fn at_least_zero(name: &str, values: &[f64]) -> Result<()> {
    match values.iter().position(|value| *value < 0.0) {
        None => Ok(()),
        Some(at) => Err(Error::data(name, format!("value {at} is negative"))),
    }
}

/// Refuses an answer beyond the numbers.
fn finite(answer: Calibration) -> Result<Calibration> {
    let numbers = [answer.service_rate, answer.service_rate_error, answer.base, answer.base_error];
    if numbers.iter().all(|number| number.is_finite()) {
        Ok(answer)
    } else {
        Err(Error::data("latency", format!("gives no finite answer: {answer:?}")))
    }
}
