//! What one replica serves, learned from what was observed: its service rate, its latency without load, its warm-up.
//!
//! Latency follows `base/(1 − load/service_rate)`, with errors in proportion to it: the fit is of `ln latency`. Throughput after a start follows
//! `full·(1 − (1 − initial)·e^{−age/τ})`. Both are M-estimates with Huber's ψ (c = 1.345), found by reweighted Gauss-Newton steps, with the
//! scale `median|r|/0.6745` and standard errors by formula (6.5) of Huber 1981, "Robust Statistics", section 7.6; they
//! begin at the best of a grid by the median of the absolute errors, which half of the data cannot mislead
//! (Rousseeuw 1984, "Least median of squares regression", JASA 79).

use crate::error::{Error, Result, all_finite, not_negative, positive, same_length};
use crate::math::{exp, ln, log1p};
use serde::{Deserialize, Serialize};

/// Where Huber's ψ stops growing, in standard deviations: 95 % efficient for normal errors.
const HUBER: f64 = 1.345;
/// The median of the absolute value of a standard normal variable.
const NORMAL_MEDIAN: f64 = 0.674_489_750_196_081_7;
const GRID: usize = 400;
const MAX_STEPS: usize = 200;
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
/// [`Error::Data`] for values out of range and unequal lengths; [`Error::NotReady`] for fewer than 4 pairs or fewer than
/// 3 different loads, and when the latency does not rise clearly with the load (by less than twice its standard error): then any
/// large service rate would do, and more load is needed to tell.
pub fn calibrate_load(load: &[f64], latency: &[f64]) -> Result<Calibration> {
    check("load", load, latency)?;
    let largest = load.iter().copied().fold(0.0, f64::max);
    let mut different = load.to_vec();
    different.sort_unstable_by(f64::total_cmp);
    different.dedup();
    if load.len() < 4 || different.len() < 3 {
        let found =
            format!("needs 4 pairs with 3 different loads, got {} with {}", load.len(), different.len());
        return Err(Error::not_ready("load", found));
    }
    // Loads as shares of the largest, so that the inverse service rate is of the order of 1.
    let pairs: Vec<(f64, f64)> =
        load.iter().zip(latency).map(|(load, latency)| (load / largest, ln(*latency))).collect();
    let idle = |load: f64, inverse: f64| (1.0 - inverse * load).max(NEAREST);
    let start = best_of_grid(|share| {
        // Up to ten times as steep as the largest load allows: that load may itself be an outlier.
        let inverse = if share < 0.9 { share / 0.9 } else { 1.0 + (share - 0.9) * 90.0 };
        let levels: Vec<f64> = pairs.iter().map(|(load, log)| log + ln(idle(*load, inverse))).collect();
        let level = median(levels.clone());
        (median(levels.iter().map(|value| (value - level).abs()).collect()), [level, inverse])
    });
    let fit = Fit::from(start, 2, |[level, inverse]| {
        let row = |&(load, log): &(f64, f64)| {
            let left = idle(load, inverse);
            let slope = if left > NEAREST { load / left } else { 0.0 };
            Row { error: log + ln(left) - level, slopes: [1.0, slope] }
        };
        pairs.iter().map(row).collect()
    });
    let [level, inverse] = fit.at;
    if !(inverse > 2.0 * fit.errors[1] && inverse > 1e-9) {
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
    /// O(n) for each of some hundred time constants between the 100th and the fourfold of the largest age.
    ///
    /// # Errors
    /// [`Error::Data`] for values out of range and unequal lengths; [`Error::NotReady`] for fewer than 4 pairs or 3 different ages, and
    /// where no throughput is seen at all.
    pub fn learn(ages: &[f64], throughput: &[f64]) -> Result<Self> {
        same_length("throughput", throughput.len(), "ages", ages.len())?;
        for (name, values) in [("ages", ages), ("throughput", throughput)] {
            all_finite(name, values)?;
            at_least_zero(name, values)?;
        }
        let mut different = ages.to_vec();
        different.sort_unstable_by(f64::total_cmp);
        different.dedup();
        if ages.len() < 4 || different.len() < 3 {
            let found =
                format!("needs 4 pairs with 3 different ages, got {} with {}", ages.len(), different.len());
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
            let fit =
                Fit::from([median(rows.iter().map(|row| row.1).collect()), 0.0], 2, |[full, missing]| {
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

/// One observation at the present parameters: its error, and how the model's value changes with each of them.
struct Row {
    error: f64,
    slopes: [f64; 2],
}

/// Huber's M-estimate of one or two parameters.
struct Fit {
    at: [f64; 2],
    errors: [f64; 2],
    scale: f64,
    /// Huber's loss with the scale estimated along with it (his "proposal 2" in form): comparable between models of the same data.
    loss: f64,
    outliers: usize,
}

impl Fit {
    fn from(start: [f64; 2], parameters: usize, rows_at: impl Fn([f64; 2]) -> Vec<Row>) -> Self {
        let mut at = start;
        let mut rows = rows_at(at);
        let mut scale = scale_of(&rows);
        for _ in 0..MAX_STEPS {
            let Some(step) = solve(&normal(&rows, parameters, |error| weight(error / scale)), parameters)
            else {
                break;
            };
            // Halved until it gains, since far from the end the curve is not its tangent.
            let before = loss(&rows, scale);
            let mut share = 1.0;
            let mut next = None;
            while share > 1e-6 && next.is_none() {
                let tried = [at[0] + share * step[0], at[1] + share * step[1]];
                let rows = rows_at(tried);
                next = (loss(&rows, scale) <= before).then_some((tried, rows));
                share *= 0.5;
            }
            let Some((tried, new_rows)) = next else { break };
            let moved = (tried[0] - at[0]).abs() + (tried[1] - at[1]).abs();
            let new_scale = scale_of(&new_rows);
            let settled = moved <= 1e-13 * (1.0 + at[0].abs() + at[1].abs())
                && (new_scale - scale).abs() <= 1e-12 * scale;
            (at, rows, scale) = (tried, new_rows, new_scale);
            if settled {
                break;
            }
        }
        Fit {
            at,
            errors: standard_errors(&rows, parameters, scale),
            scale,
            loss: scale * (1.0 + loss(&rows, scale) / rows.len() as f64),
            outliers: rows.iter().filter(|row| weight(row.error / scale) < 0.5).count(),
        }
    }
}

/// Huber's weight ψ(u)/u.
fn weight(u: f64) -> f64 {
    if u.abs() <= HUBER { 1.0 } else { HUBER / u.abs() }
}

fn loss(rows: &[Row], scale: f64) -> f64 {
    let one = |row: &Row| {
        let u = (row.error / scale).abs();
        if u <= HUBER { 0.5 * u * u } else { HUBER * (u - 0.5 * HUBER) }
    };
    rows.iter().map(one).sum()
}

fn scale_of(rows: &[Row]) -> f64 {
    let scale = median(rows.iter().map(|row| row.error.abs()).collect()) / NORMAL_MEDIAN;
    // Exact data: what is left is rounding, and a scale of 0 would divide by it.
    scale.max(1e-14)
}

/// The normal equations: the upper half of the matrix, and the right side.
fn normal(rows: &[Row], parameters: usize, weight: impl Fn(f64) -> f64) -> [f64; 5] {
    let mut sums = [0.0; 5];
    for Row { error, slopes: [one, other] } in rows {
        let (w, other) = (weight(*error), if parameters == 1 { 0.0 } else { *other });
        let terms = [one * one, one * other, other * other, one * error, other * error];
        sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += w * term);
    }
    sums
}

/// The step of the normal equations; `None` where they have no single answer.
fn solve(sums: &[f64; 5], parameters: usize) -> Option<[f64; 2]> {
    let inverse = invert(sums, parameters)?;
    let [a, b, c] = inverse;
    Some([a * sums[3] + b * sums[4], b * sums[3] + c * sums[4]])
}

fn invert(sums: &[f64; 5], parameters: usize) -> Option<[f64; 3]> {
    let [a, b, c, ..] = *sums;
    if parameters == 1 {
        return (a > 0.0).then_some([1.0 / a, 0.0, 0.0]);
    }
    let determinant = a * c - b * b;
    (determinant > 1e-12 * a * c).then_some([c / determinant, -b / determinant, a / determinant])
}

fn standard_errors(rows: &[Row], parameters: usize, scale: f64) -> [f64; 2] {
    let count = rows.len() as f64;
    let within = rows.iter().filter(|row| (row.error / scale).abs() <= HUBER).count() as f64 / count;
    let psi = |row: &Row| row.error / scale * weight(row.error / scale);
    let spread = rows.iter().map(|row| psi(row) * psi(row)).sum::<f64>() / (count - parameters as f64);
    let Some([one, _, other]) = invert(&normal(rows, parameters, |_| 1.0), parameters) else {
        return [f64::INFINITY; 2];
    };
    let correction = 1.0 + parameters as f64 / count * (1.0 - within) / within;
    let factor = correction * scale * spread.sqrt() / within;
    [factor * one.sqrt(), factor * other.sqrt()]
}

/// The parameters for which the cost is least, of even steps from 0 to 1.
fn best_of_grid(cost: impl Fn(f64) -> (f64, [f64; 2])) -> [f64; 2] {
    let tried = (0..=GRID).map(|step| cost(step as f64 / GRID as f64));
    tried.min_by(|(one, _), (other, _)| one.total_cmp(other)).map_or([0.0; 2], |(_, at)| at)
}

fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    if values.is_empty() {
        return f64::NAN;
    }
    let even = values.len().is_multiple_of(2);
    let (below, value, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if even { 0.5 * (*value + largest_of_all(below)) } else { *value }
}

fn largest_of_all(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use proptest::prelude::*;

    #[derive(Deserialize)]
    struct Case {
        kind: String,
        load: Vec<f64>,
        latency: Vec<f64>,
        base: f64,
        base_error: f64,
        service_rate: f64,
        service_rate_error: f64,
        spread: f64,
        outliers: usize,
        true_base: f64,
        true_rate: f64,
    }

    #[derive(Deserialize)]
    struct Oracle {
        cases: Vec<Case>,
    }

    #[test]
    fn the_estimates_are_those_of_statsmodels_and_scipy() {
        let text = include_str!("../../../tests/vectors/oracle/calibrate.json");
        let oracle: Oracle = serde_json::from_str(text).unwrap();
        assert_eq!(oracle.cases.len(), 16);
        for (index, case) in oracle.cases.iter().enumerate() {
            let learn = if case.kind == "load" { calibrate_load } else { calibrate };
            let found = learn(&case.load, &case.latency).unwrap();
            for (ours, theirs) in [
                (found.base, case.base),
                (found.base_error, case.base_error),
                (found.service_rate, case.service_rate),
                (found.service_rate_error, case.service_rate_error),
                (found.spread, case.spread),
            ] {
                assert!((ours / theirs - 1.0).abs() < 1e-7, "{index} {}: {ours} {theirs}", case.kind);
            }
            assert_eq!(found.outliers, case.outliers);
            // What the data were drawn from lies within four standard errors, wild values or not.
            assert!((found.base - case.true_base).abs() < 4.0 * found.base_error);
            assert!((found.service_rate - case.true_rate).abs() < 4.0 * found.service_rate_error);
        }
    }

    #[test]
    fn exact_data_give_exact_answers_in_spite_of_wild_ones() {
        let load: Vec<f64> = (0..40).map(|i| 2.0 * f64::from(i)).collect();
        let mut latency: Vec<f64> = load.iter().map(|load| 0.02 / (1.0 - load / 100.0)).collect();
        for (at, value) in [(3, 9.0), (20, 1e-9), (35, 1e12), (11, 1e300), (30, 0.5)] {
            latency[at] = value;
        }
        let found = calibrate_load(&load, &latency).unwrap();
        assert!((found.base - 0.02).abs() < 1e-12 && (found.service_rate - 100.0).abs() < 1e-9, "{found:?}");
        assert_eq!(found.outliers, 5);
        assert!((found.latency(50.0).unwrap() - 0.04).abs() < 1e-12);
        assert_eq!(found.latency(101.0).unwrap(), f64::INFINITY);
        // A load that was misread tenfold does not raise the service rate.
        let mut misread = load.clone();
        misread[38] *= 10.0;
        let found = calibrate_load(&misread, &latency).unwrap();
        assert!((found.service_rate - 100.0).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn what_the_data_cannot_tell_is_refused() {
        let flat =
            calibrate_load(&[1.0, 2.0, 3.0, 4.0, 5.0], &[0.1, 0.1001, 0.0999, 0.1, 0.1001]).unwrap_err();
        assert!(flat.to_string().starts_with("latency: the latency does not rise clearly"), "{flat}");
        let falling = calibrate_load(&[1.0, 2.0, 3.0, 4.0, 5.0], &[0.5, 0.4, 0.3, 0.2, 0.1]).unwrap_err();
        assert_eq!(falling.code(), 60, "{falling}");
        let two = calibrate_load(&[1.0, 2.0, 1.0, 2.0], &[0.5, 0.6, 0.5, 0.6]).unwrap_err();
        assert_eq!(two.to_string(), "load: needs 4 pairs with 3 different loads, got 4 with 2");
        assert_eq!(calibrate(&[0.5, 0.6], &[1.0, 1.0]).unwrap_err().code(), 60);
        for (load, latency) in [
            (vec![0.1, 0.2, 1.0], vec![1.0; 3]),
            (vec![0.1, 0.2, -0.1], vec![1.0; 3]),
            (vec![0.1, 0.2, f64::NAN], vec![1.0; 3]),
            (vec![0.1, 0.2, 0.3], vec![1.0, 0.0, 1.0]),
            (vec![0.1, 0.2, 0.3], vec![1.0, 1.0]),
        ] {
            assert_eq!(calibrate(&load, &latency).unwrap_err().code(), 40);
        }
        assert!(WarmUp::learn(&[1.0, 2.0, 3.0, 4.0], &[0.0; 4]).is_err());
        assert!(WarmUp::learn(&[1.0, 1.0, 2.0, 2.0], &[1.0; 4]).is_err());
        assert!(WarmUp::learn(&[1.0, -1.0, 2.0, 3.0], &[1.0; 4]).is_err());
    }

    #[test]
    fn a_warm_up_is_found_again() {
        let mut random = Random::new(3);
        for (full, initial, seconds) in [(120.0, 0.2, 30.0), (3.5, 0.0, 90.0), (40.0, 0.6, 10.0)] {
            let ages: Vec<f64> = (0..200).map(|i| 1.5 * f64::from(i)).collect();
            let throughput: Vec<f64> = ages
                .iter()
                .enumerate()
                .map(|(i, age)| {
                    let clean = full * (1.0 - (1.0 - initial) * (-age / seconds).exp());
                    if i % 11 == 5 {
                        0.1 * full
                    } else {
                        (clean * (1.0 + 0.04 * random.unit() - 0.02)).max(0.0)
                    }
                })
                .collect();
            let found = WarmUp::learn(&ages, &throughput).unwrap();
            assert!((found.full / full - 1.0).abs() < 0.01, "{found:?}");
            assert!((found.initial - initial).abs() < 0.03, "{found:?}");
            assert!((found.seconds / seconds - 1.0).abs() < 0.1, "{found:?}");
            assert_eq!(found.share(-1.0).unwrap(), found.initial);
            assert_eq!(found.share(f64::INFINITY).unwrap(), 1.0);
            assert!(found.share(f64::NAN).is_err());
        }
        // A replica that is warm at once.
        let found = WarmUp::learn(&[0.0, 5.0, 10.0, 60.0, 120.0], &[7.0; 5]).unwrap();
        assert!((found.full - 7.0).abs() < 1e-9 && found.initial > 0.999, "{found:?}");
    }

    proptest! {
        #[test]
        fn units_change_only_the_units(seed in 0u64..1000, load_unit in 1e-6f64..1e6, latency_unit in 1e-6f64..1e6) {
            let mut random = Random::new(seed);
            let load: Vec<f64> = (0..30).map(|_| 0.9 * random.unit()).collect();
            let latency: Vec<f64> = load.iter().map(|load| (1.0 + 0.2 * random.unit()) / (1.0 - load)).collect();
            let one = calibrate_load(&load, &latency).unwrap();
            let other = calibrate_load(
                &load.iter().map(|load| load * load_unit).collect::<Vec<_>>(),
                &latency.iter().map(|latency| latency * latency_unit).collect::<Vec<_>>(),
            ).unwrap();
            prop_assert!((other.base / one.base / latency_unit - 1.0).abs() < 1e-6);
            prop_assert!((other.service_rate / one.service_rate / load_unit - 1.0).abs() < 1e-6);
        }

        #[test]
        fn any_numbers_give_an_error_or_finite_answers(
            pairs in prop::collection::vec((prop::num::f64::POSITIVE, prop::num::f64::POSITIVE), 0..12),
        ) {
            let (load, latency): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            if let Ok(found) = calibrate_load(&load, &latency) {
                prop_assert!(found.base.is_finite() && found.service_rate.is_finite());
            }
            if let Ok(found) = WarmUp::learn(&load, &latency) {
                prop_assert!((0.0..=1.0).contains(&found.initial) && found.full.is_finite(), "{:?}", found);
            }
        }
    }
}
