//! Predicts the requests of the planner's next adjustment, one step ahead, from those of the last.
//!
//! As many as in the last; a Kalman filter of the local linear trend; ARIMA of automatic order, which is tried again on `ln(1 + value)`
//! where the order comes out as (0, d, 0); or Prophet's model. Zeros before the first other value do not count; below five values, and
//! whenever a model fails, the last value is the answer; what never changed stays. Source: Dynamo, `components/planner/utils/load_predictor.py`.

use crate::error::Result;
use crate::forecast::{Additive, AdditiveConfig, Arima, ArimaConfig, Forecaster};
use crate::load::Series;
use crate::math;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// How the requests of the next adjustment are predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DynamoPredictor {
    /// As many as in the last.
    Constant,
    /// A Kalman filter of level and trend.
    #[default]
    Kalman,
    /// ARIMA of automatic order, fitted to the last 50 adjustments anew at each: some milliseconds.
    Arima,
    /// Prophet's model, likewise.
    Prophet,
}

/// Fewer values are too few for any model.
const LEAST: usize = 5;
/// Adjustments that ARIMA and Prophet's model are fitted to.
const MOST: usize = 50;

/// The requests so far, as far as the predictor looks back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Predicted {
    kind: DynamoPredictor,
    step_seconds: f64,
    seen: usize,
    last: f64,
    is_constant: bool,
    trend: Trend,
    recent: VecDeque<f64>,
}

impl Predicted {
    pub(super) fn new(kind: DynamoPredictor, step_seconds: f64) -> Self {
        Predicted {
            kind,
            step_seconds,
            seen: 0,
            last: 0.0,
            is_constant: true,
            trend: Trend::default(),
            recent: VecDeque::new(),
        }
    }

    /// Takes in the requests of an adjustment.
    pub(super) fn learn(&mut self, value: f64) {
        if self.seen == 0 && value <= 0.0 {
            return;
        }
        self.is_constant = self.seen == 0 || (self.is_constant && value == self.last);
        if self.seen == 0 {
            self.trend = Trend::at(value)
        } else {
            self.trend.learn(value)
        }
        (self.seen, self.last) = (self.seen.saturating_add(1), value);
        if matches!(self.kind, DynamoPredictor::Arima | DynamoPredictor::Prophet) {
            if self.recent.len() >= MOST {
                self.recent.pop_front();
            }
            self.recent.push_back(value);
        }
    }

    /// The requests of the next adjustment.
    pub(super) fn next(&self) -> f64 {
        if self.seen < LEAST || self.is_constant {
            return self.last;
        }
        let values = || self.recent.iter().copied().collect::<Vec<f64>>();
        let next = match self.kind {
            DynamoPredictor::Constant => Ok(self.last),
            DynamoPredictor::Kalman => Ok(self.trend.level + self.trend.trend),
            DynamoPredictor::Arima => self.arima(values()),
            DynamoPredictor::Prophet => self.prophet(values()),
        };
        next.ok().filter(|next| next.is_finite()).map_or(self.last, |next| next.max(0.0))
    }

    fn arima(&self, values: Vec<f64>) -> Result<f64> {
        let fitted = |values: Vec<f64>| -> Result<(f64, bool)> {
            let mut model = Arima::new(ArimaConfig::default())?;
            let next = one_step(&mut model, Series::new(values, 0, self.step_seconds)?)?;
            Ok((next, model.is_differences_alone()))
        };
        let logarithms = values.iter().map(|value| math::log1p(*value)).collect();
        let (next, is_collapsed) = fitted(values)?;
        if !is_collapsed {
            return Ok(next);
        }
        Ok(fitted(logarithms).map_or(next, |(next, _)| math::expm1(next)))
    }

    fn prophet(&self, values: Vec<f64>) -> Result<f64> {
        let config = AdditiveConfig { autoregressive: false, ..AdditiveConfig::default() };
        one_step(&mut Additive::new(config)?, Series::new(values, 0, self.step_seconds)?)
    }

    pub(super) fn is_whole(&self, kind: DynamoPredictor, step_seconds: f64) -> bool {
        let is_load = |value: &f64| (0.0..=f64::MAX).contains(value);
        (self.kind, self.step_seconds) == (kind, step_seconds)
            && self.recent.len() <= MOST
            && self.recent.iter().chain([&self.last]).all(is_load)
            && self.trend.is_whole()
    }
}

fn one_step(model: &mut dyn Forecaster, series: Series) -> Result<f64> {
    model.fit(&series, None)?;
    Ok(model.forecast(1, &[], None)?.mean().first().copied().unwrap_or(f64::NAN))
}

/// Variances of the level's and the trend's change and of the noise, as the planner has them.
const LEVEL: f64 = 1.0;
const TREND: f64 = 0.1;
const NOISE: f64 = 10.0;

/// A Kalman filter of the local linear trend: level += trend + noise, trend += noise, value = level + noise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Trend {
    level: f64,
    trend: f64,
    /// The covariance: of the level, of both, of the trend.
    covariance: (f64, f64, f64),
}

impl Trend {
    fn at(value: f64) -> Self {
        Trend { level: value, trend: 0.0, covariance: (NOISE, 0.0, 1.0) }
    }

    fn learn(&mut self, value: f64) {
        let (a, b, c) = self.covariance;
        let (a, b, c) = (a + 2.0 * b + c + LEVEL, b + c, c + TREND);
        let expected = self.level + self.trend;
        let (gain_level, gain_trend) = (a / (a + NOISE), b / (a + NOISE));
        self.level = expected + gain_level * (value - expected);
        self.trend += gain_trend * (value - expected);
        self.covariance = (a * (1.0 - gain_level), b * (1.0 - gain_level), c - gain_trend * b);
    }

    fn is_whole(&self) -> bool {
        let (of_level, of_both, of_trend) = self.covariance;
        [of_level, of_trend].iter().all(|value| (0.0..=f64::MAX).contains(value))
            && [self.level, self.trend, of_both].iter().all(|value| value.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KINDS: [DynamoPredictor; 4] = [
        DynamoPredictor::Constant,
        DynamoPredictor::Kalman,
        DynamoPredictor::Arima,
        DynamoPredictor::Prophet,
    ];

    fn after(kind: DynamoPredictor, values: impl IntoIterator<Item = f64>) -> Predicted {
        let mut predicted = Predicted::new(kind, 180.0);
        values.into_iter().for_each(|value| predicted.learn(value));
        predicted
    }

    #[test]
    fn leading_zeros_do_not_count_and_what_never_changed_stays() {
        for kind in KINDS {
            let zeros = after(kind, [0.0; 7]);
            assert_eq!((zeros.seen, zeros.next()), (0, 0.0));
            assert_eq!(after(kind, [0.0, 0.0, 40.0, 10.0, 70.0, 30.0]).next(), 30.0, "four are too few");
            assert_eq!(after(kind, [0.0; 3].into_iter().chain([50.0; 60])).next(), 50.0);
        }
    }

    #[test]
    fn a_straight_line_goes_on() {
        let line = (1..=200).map(|i| 50.0 + 3.0 * f64::from(i));
        assert_eq!(after(DynamoPredictor::Constant, line.clone()).next(), 650.0);
        for (kind, tolerance) in
            [(DynamoPredictor::Kalman, 0.5), (DynamoPredictor::Arima, 0.5), (DynamoPredictor::Prophet, 3.0)]
        {
            let next = after(kind, line.clone()).next();
            assert!((next - 653.0).abs() < tolerance, "{kind:?}: {next}");
        }
    }

    /// An alternating load is an autoregression of −1 or so: only a model of the past's shape foresees the next turn.
    #[test]
    fn an_order_is_found() {
        let mut value = 0.0;
        let mut noise = crate::random::Random::new(3);
        let values: Vec<f64> = (0..50)
            .map(|_| {
                value = -0.8 * value + 10.0 * (noise.unit() - 0.5);
                100.0 + value
            })
            .collect();
        let next = after(DynamoPredictor::Arima, values.clone()).next();
        let expected = 100.0 - 0.8 * value;
        let last = values[values.len() - 1];
        assert!((next - expected).abs() < 0.4 * (last - expected).abs(), "{next} {expected} {last}");
    }

    /// A random walk of the logarithm has the order (0, 1, 0) either way: the answer is then near the last value.
    #[test]
    fn an_order_of_differences_alone_is_tried_again_on_logarithms() {
        let mut noise = crate::random::Random::new(5);
        let mut value = 100.0;
        let values: Vec<f64> = (0..50)
            .map(|_| {
                value *= math::exp(0.2 * (noise.unit() - 0.5));
                value
            })
            .collect();
        let predicted = after(DynamoPredictor::Arima, values);
        assert!((predicted.next() / predicted.last - 1.0).abs() < 0.1, "{predicted:?}");
    }

    #[test]
    fn a_damaged_state_is_seen() {
        for kind in KINDS {
            let whole = after(kind, (0..80).map(|i| f64::from(i % 7)));
            assert!(whole.is_whole(kind, 180.0));
            assert!(!whole.is_whole(kind, 60.0), "another step");
            for damaged in [
                Predicted { last: -1.0, ..whole.clone() },
                Predicted { recent: [f64::NAN].into(), ..whole.clone() },
                Predicted { trend: Trend { level: f64::INFINITY, ..whole.trend }, ..whole.clone() },
                Predicted { trend: Trend { covariance: (-NOISE, 0.0, 1.0), ..whole.trend }, ..whole.clone() },
            ] {
                assert!(!damaged.is_whole(kind, 180.0), "{damaged:?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn no_load_leads_to_a_prediction_that_is_none(values in prop::collection::vec(0.0..1e100_f64, 0..60), kind in 0usize..4) {
            let next = after(KINDS[kind], values).next();
            prop_assert!(next.is_finite() && next >= 0.0, "{next}");
        }
    }
}
