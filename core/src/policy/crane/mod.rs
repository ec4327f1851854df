//! Crane's effective horizontal pod autoscaler: the HPA with the forecast peak of the coming hour as a second metric.
//!
//! Every 12 h the load of the last 15 days, in steps of a minute, is cleaned, searched for a period of exactly a day or a week, and, if there
//! is one, forecast by the low-passed last period ([`wave`]); without one the law is purely reactive. The forecast's maximum
//! over `[now, now + 1 h]` goes to the HPA as a value with a target for each pod, and the larger proposal wins. Crane's metric server
//! cuts that value to a whole number (0.6 cores become none); `truncate_to_integer` builds that defect, otherwise the documented
//! intent is built. Source: Crane, `pkg/prediction/dsp` and `pkg/metricprovider`.

mod clean;
mod wave;

use super::hpa::{Hpa, HpaConfig, Metric};
use super::reason::Reason;
use super::situation::{Damping, Policy, Proposal, Situation};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Settings of [`Crane`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CraneConfig {
    /// The autoscaler that the forecast is a second metric of.
    pub hpa: HpaConfig,
    /// How far ahead the peak is looked for, in seconds, 1 to 86,400; 3,600.
    pub prediction_window_seconds: f64,
    /// Whether the forecast is cut to a whole number, as Crane's code does; false.
    pub truncate_to_integer: bool,
}

impl Default for CraneConfig {
    fn default() -> Self {
        CraneConfig {
            hpa: HpaConfig::default(),
            prediction_window_seconds: 3600.0,
            truncate_to_integer: false,
        }
    }
}

impl CraneConfig {
    pub(super) fn check(&self) -> Result<()> {
        let window = self.prediction_window_seconds;
        if !(1.0..=86_400.0).contains(&window) {
            let problem = format!("must be 1 to 86400, got {window}");
            return Err(Error::config("policy.crane.prediction_window_seconds", problem));
        }
        Hpa::new(self.hpa.clone()).map(|_| ())
    }
}

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const MEMORY: i64 = 15 * 24 * HOUR + HOUR;
const LEAST: i64 = 48 * HOUR;
const REFIT: i64 = 12 * HOUR;

/// An autoscaler that also sees the peak of a periodic forecast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Crane {
    config: CraneConfig,
    hpa: Hpa,
    /// Milliseconds of a step: a divisor of the hour, at least a minute and at least the interval.
    step: i64,
    /// Means of the steps that are over, NaN where nothing was measured; the last ends at `newest · step`.
    loads: VecDeque<f64>,
    newest: Option<i64>,
    /// Sum and count of the step at hand.
    current: (f64, f64),
    fitted: Option<i64>,
    /// One period, and the step that its first value is of; empty without a forecast. In single precision, so that the last bits of
    /// the transform, which differ between processors, are not kept.
    period: Vec<f32>,
    first: i64,
}

impl Crane {
    /// The law, fed once per `interval_seconds`.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that is out of range; samples more than an hour apart are too few.
    pub fn new(config: CraneConfig, interval_seconds: f64) -> Result<Self> {
        config.check()?;
        let interval = crate::load::whole_milliseconds(interval_seconds)?;
        let Some(step) = (interval.max(MINUTE)..=HOUR).find(|step| HOUR % step == 0 && step % 1000 == 0)
        else {
            let problem = format!("must be at most 3600 with the policy crane, got {interval_seconds}");
            return Err(Error::config("interval_seconds", problem));
        };
        Ok(Crane {
            hpa: Hpa::new(config.hpa.clone())?,
            config,
            step,
            loads: VecDeque::new(),
            newest: None,
            current: (0.0, 0.0),
            fitted: None,
            period: Vec::new(),
            first: 0,
        })
    }

    /// Ends the steps before `step`, and forecasts anew when it is time.
    fn close(&mut self, newest: i64, step: i64) -> Result<()> {
        let most = usize::try_from(MEMORY / self.step).unwrap_or(usize::MAX);
        self.loads.push_back(self.current.0 / self.current.1);
        self.current = (0.0, 0.0);
        // After a gap longer than the memory nothing of what was before is left.
        let gap = usize::try_from(step - newest - 1).unwrap_or(usize::MAX).min(most);
        self.loads.extend(std::iter::repeat_n(f64::NAN, gap));
        let surplus = self.loads.len().saturating_sub(most);
        self.loads.drain(..surplus);
        self.newest = Some(step);
        let is_due = self.fitted.is_none_or(|fitted| (step - fitted).saturating_mul(self.step) >= REFIT);
        if is_due && self.loads.len() as i64 * self.step >= LEAST {
            self.fitted = Some(step);
            self.fit(step)?;
        }
        Ok(())
    }

    fn fit(&mut self, step: i64) -> Result<()> {
        let hour = usize::try_from(HOUR / self.step).unwrap_or(1);
        let cleaned = clean::clean(self.loads.iter().copied(), hour);
        let forecast = wave::forecast(&cleaned.values, hour)?;
        // Single precision ends long before the largest load; beyond its end no count makes a difference.
        self.period = forecast.iter().map(|load| load.min(f64::from(f32::MAX)) as f32).collect();
        self.first = step - cleaned.steps_since as i64 - self.period.len() as i64;
        Ok(())
    }

    /// Largest forecast in the coming window; none without a forecast, or when none is above 0.
    fn peak(&self, now: i64) -> Option<f64> {
        let length = i64::try_from(self.period.len()).ok().filter(|length| *length > 0)?;
        let window = (self.config.prediction_window_seconds * 1000.0) as i64;
        let steps = now.div_euclid(self.step)..=now.saturating_add(window).div_euclid(self.step);
        let at = |step: i64| {
            let place = step.saturating_sub(self.first).rem_euclid(length);
            usize::try_from(place).ok().and_then(|place| self.period.get(place)).map(|load| f64::from(*load))
        };
        let peak = steps.filter_map(at).fold(0.0, f64::max);
        let peak = if self.config.truncate_to_integer { peak.trunc() } else { peak };
        (peak > 0.0).then_some(peak)
    }

    pub(super) fn is_whole(&self) -> bool {
        self.config.check().is_ok()
            && self.hpa.is_whole()
            && self.step >= MINUTE
            && HOUR % self.step == 0
            && self.loads.iter().all(|load| !load.is_infinite())
            && self.current.0.is_finite()
            && self.loads.len() as i64 <= MEMORY / self.step
            && self.newest.is_none_or(|newest| newest.checked_mul(self.step).is_some())
            && self.fitted.is_none_or(|fitted| fitted.checked_mul(self.step).is_some())
            && self.period.iter().all(|load| load.is_finite())
    }
}

impl Policy for Crane {
    fn name(&self) -> &str {
        "crane"
    }

    fn damping(&self) -> Damping {
        Damping::Own
    }

    fn observe(&mut self, time: i64, load: f64) -> Result<()> {
        // The interval that ends with a step belongs to it.
        let step = time.saturating_sub(1).div_euclid(self.step);
        match self.newest {
            Some(newest) if step > newest => self.close(newest, step)?,
            Some(_) => {}
            None => self.newest = Some(step),
        }
        if !load.is_nan() {
            self.current.0 += load;
            self.current.1 += 1.0;
        }
        Ok(())
    }

    fn propose(&mut self, situation: &Situation) -> Result<Proposal> {
        let target = self.hpa.target_utilization() * situation.service_rate;
        let observed = Hpa::observed(situation, target);
        let current = situation.fleet.requested;
        let Some(sum) = self.peak(situation.now) else {
            return Ok(self.hpa.recommend(situation, &[observed]));
        };
        let forecast = Metric::AverageValue { sum, target, replicas: current };
        let proposal = self.hpa.recommend(situation, &[observed, Some(forecast)]);
        match forecast.proposal(current, &self.hpa.tolerance()) {
            Some(replicas) if replicas >= proposal.replicas => {
                Ok(Proposal { reason: Reason::PredictedMinimum { load: sum, replicas }, ..proposal })
            }
            _ => Ok(proposal),
        }
    }

    fn applied(&mut self, now: i64, before: u32, after: u32) -> Result<()> {
        self.hpa.applied(now, before, after)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::situation;
    use super::*;
    use crate::{math, snapshot};

    fn law(truncate_to_integer: bool) -> Crane {
        let hpa = HpaConfig { target_utilization: 0.5, ..HpaConfig::default() };
        Crane::new(CraneConfig { hpa, truncate_to_integer, ..CraneConfig::default() }, 300.0).unwrap()
    }

    /// A daily wave between 100 and 900, in five-minute steps.
    fn wave(step: i64) -> f64 {
        500.0 - 400.0 * math::cos(std::f64::consts::TAU * (step % 288) as f64 / 288.0)
    }

    #[test]
    fn the_integer_truncation_is_an_option() {
        for (truncated, replicas) in [(true, 14), (false, 16)] {
            let mut law = law(truncated);
            (law.period, law.first) = (vec![7.9], 0);
            // 0.5 of a service rate of 1 is the target of one pod; ten are right for the load now.
            let at = Situation { service_rate: 1.0, ..situation(0, 10, 5.0) };
            assert_eq!(law.propose(&at).unwrap().replicas, replicas);
        }
    }

    #[test]
    fn a_daily_wave_is_seen_an_hour_ahead() {
        let mut law = law(false);
        (1..=5 * 288 + 1).for_each(|step| law.observe(step * 300_000, wave(step - 1)).unwrap());
        assert_eq!(law.period.len(), 288);
        for hour in 0..24 {
            let now = (5 * 288 + 12 * hour) * 300_000;
            let came = (0..=12).map(|ahead| wave(12 * hour + ahead)).fold(0.0, f64::max);
            let peak = law.peak(now).unwrap();
            assert!((peak / came - 1.0).abs() < 0.03, "{hour}: {peak} against {came}");
        }
    }

    #[test]
    fn a_load_beyond_single_precision_is_kept_and_comes_back() {
        for scale in [1e47, 1e97] {
            let mut law = law(false);
            (1..=5 * 288 + 1).for_each(|step| law.observe(step * 300_000, scale * wave(step - 1)).unwrap());
            assert!(law.peak(5 * 288 * 300_000).unwrap().is_finite() && law.is_whole());
            let bytes = snapshot::save(snapshot::Kind::Engine, &law).unwrap();
            let again: Crane = snapshot::load(snapshot::Kind::Engine, &bytes).unwrap();
            assert!(again == law && again.is_whole());
        }
    }

    #[test]
    fn without_a_day_or_a_week_it_is_the_autoscaler() {
        let mut law = law(false);
        let mut random = crate::random::Random::new(7);
        for step in 1..=5 * 288 {
            // Seven hours, and noise.
            let load = 500.0
                + 300.0 * math::cos(step as f64 / 84.0 * std::f64::consts::TAU)
                + 10.0 * random.normal();
            law.observe(step * 300_000, load).unwrap();
        }
        assert!(law.fitted.is_some() && law.period.is_empty());
        let at = situation(0, 4, 320.0);
        let plain = Hpa::new(law.config.hpa.clone()).unwrap().recommend(&at, &[Hpa::observed(&at, 50.0)]);
        assert_eq!(law.propose(&at).unwrap(), plain);
    }

    #[test]
    fn a_long_gap_forgets_and_a_wild_clock_does_no_harm() {
        let mut law = law(false);
        (1..=5 * 288).for_each(|step| law.observe(step * 300_000, wave(step - 1)).unwrap());
        law.observe(i64::MAX / 4, 1.0).unwrap();
        law.observe(0, 1.0).unwrap();
        assert!(law.loads.len() as i64 <= MEMORY / law.step && law.is_whole());
        assert!(Crane::new(CraneConfig::default(), 7200.0).is_err());
    }
}
