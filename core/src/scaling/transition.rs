//! A smooth way from one scale to another: `initial + (target − initial)·σ(k(t − t₀))`, σ the logistic
//! function.
//!
//! The logistic curve begins and ends only at infinity. [`Transition::over`] takes its middle, where the
//! exponent runs from −6 to 6, and stretches it by 0.5 % so that it reaches both ends exactly.

use super::sigmoid::{bell, logistic};
use crate::error::{Error, Result, finite, positive};

/// The exponent at which a transition of limited duration ends; it begins at the negative.
const REACH: f64 = 6.0;
/// Counts up to here are exact as floats.
const MOST_REPLICAS: u64 = 1 << 53;

/// A smooth way from `initial` to `target`, half done at `t0`. Times are in any one unit, `k` in 1 over that
/// unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transition {
    initial: f64,
    target: f64,
    k: f64,
    t0: f64,
    /// When it leaves `initial` and reaches `target`: infinite for the whole logistic curve.
    start: f64,
    end: f64,
    /// What the logistic curve has done before `start`, and has not done at `end`.
    outside: f64,
}

impl Transition {
    /// The whole logistic curve: near `initial` long before `t0` and near `target` long after it, reaching
    /// neither.
    ///
    /// `k > 0`; the middle 90 % of the way take `5.9/k`. Refuses numbers that are not finite, and ends
    /// further apart than the largest float.
    pub fn new(initial: f64, target: f64, k: f64, t0: f64) -> Result<Self> {
        finite("initial", initial)?;
        finite("target", target)?;
        positive("k", k)?;
        finite("t0", t0)?;
        if !(target - initial).is_finite() {
            return Err(Error::config("target", format!("{target} is too far from initial, {initial}")));
        }
        Ok(Self { initial, target, k, t0, start: f64::NEG_INFINITY, end: f64::INFINITY, outside: 0.0 })
    }

    /// From one count of replicas to another within `duration_seconds > 0` from `start` (in seconds, from any
    /// origin).
    ///
    /// Up to `start` it is `initial`, exactly, and from `start + duration_seconds` on it is `target`,
    /// exactly.
    pub fn over(initial: u64, target: u64, start: f64, duration_seconds: f64) -> Result<Self> {
        for (name, count) in [("initial", initial), ("target", target)] {
            if count > MOST_REPLICAS {
                return Err(Error::config(name, format!("must be at most {MOST_REPLICAS}, got {count}")));
            }
        }
        finite("start", start)?;
        positive("duration_seconds", duration_seconds)?;
        let end = start + duration_seconds;
        if end == start || !end.is_finite() {
            let problem = format!("must be in proportion to start, {start}; got {duration_seconds}");
            return Err(Error::config("duration_seconds", problem));
        }
        let k = 2.0 * REACH / duration_seconds;
        let curve = Self::new(initial as f64, target as f64, k, start + 0.5 * duration_seconds)?;
        Ok(Self { start, end, outside: logistic(-REACH), ..curve })
    }

    /// The scale at time `t`, between both ends. Refuses a time that is not finite.
    pub fn value(&self, t: f64) -> Result<f64> {
        let x = self.exponent(t)?;
        let way = self.target - self.initial;
        Ok(if t <= self.start {
            self.initial
        } else if t >= self.end {
            self.target
        } else if x < 0.0 {
            self.initial + way * self.share(x)
        } else {
            // From the nearer end, so that what is left to go keeps its precision.
            self.target - way * self.share(-x)
        })
    }

    /// The change of the scale per unit of time at `t`. Refuses a time that is not finite.
    pub fn slope(&self, t: f64) -> Result<f64> {
        let x = self.exponent(t)?;
        let moving = t > self.start && t < self.end;
        Ok(if moving { (self.target - self.initial) * (self.k * bell(x) / self.inside()) } else { 0.0 })
    }

    /// The count of replicas at time `t`: the integer nearest to [`value`](Self::value), halves upwards, at
    /// least 0.
    ///
    /// Along a transition made by [`over`](Self::over) it moves one way only, and is exact at both ends.
    pub fn replicas(&self, t: f64) -> Result<u64> {
        Ok(self.value(t)?.round() as u64)
    }

    fn exponent(&self, t: f64) -> Result<f64> {
        finite("t", t)?;
        Ok(2.0 * (self.k * (0.5 * t - 0.5 * self.t0)))
    }

    /// The share of the way that is done at an exponent of at most 0.
    fn share(&self, x: f64) -> f64 {
        ((logistic(x) - self.outside) / self.inside()).clamp(0.0, 0.5)
    }

    fn inside(&self) -> f64 {
        1.0 - 2.0 * self.outside
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Case {
        k: f64,
        t0: f64,
        from: f64,
        to: f64,
        t: f64,
        value: f64,
        slope: f64,
    }

    #[derive(Deserialize)]
    struct Oracle {
        cases: Vec<Case>,
    }

    #[test]
    fn value_and_slope_agree_with_fifty_digits() {
        let text = include_str!("../../../tests/vectors/oracle/sigmoid_transition.json");
        let oracle: Oracle = serde_json::from_str(text).unwrap();
        assert_eq!(oracle.cases.len(), 26);
        for case in oracle.cases {
            let transition = Transition::new(case.from, case.to, case.k, case.t0).unwrap();
            let (value, slope) = (transition.value(case.t).unwrap(), transition.slope(case.t).unwrap());
            assert!(
                (value / case.value - 1.0).abs() <= 1e-13,
                "value({}) = {value} not {}",
                case.t,
                case.value
            );
            assert!(
                (slope / case.slope - 1.0).abs() <= 1e-13,
                "slope({}) = {slope} not {}",
                case.t,
                case.slope
            );
        }
    }

    #[test]
    fn counts_are_symmetric_about_the_middle() {
        let out = Transition::over(2, 10, 0.0, 60.0).unwrap();
        let counts: Vec<u64> = (0..=6).map(|i| out.replicas(10.0 * f64::from(i)).unwrap()).collect();
        // σ(−4) = 0.018, σ(−2) = 0.119: 2.1, 2.9, 6, 9.1, 9.9.
        assert_eq!(counts, [2, 2, 3, 6, 9, 10, 10]);
    }

    #[test]
    fn bad_arguments_are_refused_by_name() {
        let starts = |error: Error, name: &str| assert!(error.to_string().starts_with(name), "{error}");
        starts(Transition::new(f64::NAN, 1.0, 1.0, 0.0).unwrap_err(), "initial:");
        starts(Transition::new(-f64::MAX, f64::MAX, 1.0, 0.0).unwrap_err(), "target:");
        starts(Transition::new(0.0, 1.0, 0.0, 0.0).unwrap_err(), "k:");
        starts(Transition::over(u64::MAX, 1, 0.0, 1.0).unwrap_err(), "initial:");
        starts(Transition::over(1, 2, 0.0, -1.0).unwrap_err(), "duration_seconds:");
        starts(Transition::over(1, 2, 1e18, 1.0).unwrap_err(), "duration_seconds:");
        starts(Transition::over(1, 2, 0.0, 1e-310).unwrap_err(), "k:");
        let transition = Transition::new(0.0, 1.0, 1.0, 0.0).unwrap();
        starts(transition.value(f64::NAN).unwrap_err(), "t:");
        starts(transition.slope(f64::INFINITY).unwrap_err(), "t:");
    }

    proptest! {
        #[test]
        fn over_is_monotone_and_exact_at_both_ends(
            initial in 0u64..100_000, target in 0u64..100_000, start in -2e9f64..2e9, duration in 0.1f64..1e6,
        ) {
            let way = Transition::over(initial, target, start, duration).unwrap();
            let end = start + duration;
            for (t, count) in [(-1e300, initial), (start, initial), (end, target), (1e300, target)] {
                prop_assert_eq!(way.value(t).unwrap(), count as f64);
                prop_assert_eq!(way.replicas(t).unwrap(), count);
            }
            let mut last = initial;
            for i in 0..=300 {
                let count = way.replicas(start + duration * f64::from(i) / 300.0).unwrap();
                let onward = if target >= initial { count >= last } else { count <= last };
                prop_assert!(onward);
                last = count;
            }
            prop_assert_eq!(last, target);
        }

        #[test]
        fn the_slope_is_the_derivative(
            initial in -50f64..50.0, way in 1f64..100.0, k in 0.1f64..3.0, x in -5f64..5.0, limited in any::<bool>(),
        ) {
            let curve = if limited {
                Transition::over(3, 40, 0.0, 12.0 / k).unwrap()
            } else {
                Transition::new(initial, initial + way, k, 6.0 / k).unwrap()
            };
            let (t, step) = (6.0 / k + x / k, 1e-4 / k);
            let numeric = (curve.value(t + step).unwrap() - curve.value(t - step).unwrap()) / (2.0 * step);
            prop_assert!((numeric / curve.slope(t).unwrap() - 1.0).abs() < 1e-6);
        }
    }
}
