//! Whether the forecast is followed: a circuit breaker over forecasts that were worse than none.
//!
//! One forecast at a time is on trial. When the lead time that it was made for is over, it has failed if the load that came lies
//! outside its interval, and the load at the time of the forecast, which is all that the reactive law looks at, was nearer to it by more than
//! one replica serves. Failures in a row open the breaker: the engine follows its reactive law. Once the cooldown is over, forecasts
//! are on trial again without being followed, and as many good ones in a row as the breaker has probes close it.

use super::breaker_config::BreakerConfig;
use super::config::EngineConfig;
use crate::anomaly::{BreakerState, CircuitBreaker};
use crate::error::Result;
use crate::policy::Peak;
use serde::{Deserialize, Serialize};

/// Lead times of cooldown, unless told.
const COOLDOWN: f64 = 10.0;

/// A forecast that waits to be judged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Trial {
    peak: Peak,
    /// The load when it was made.
    load: f64,
    /// Intervals since.
    age: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Trust {
    breaker: Option<CircuitBreaker>,
    trial: Option<Trial>,
    ahead: usize,
    material: f64,
}

impl Trust {
    /// For forecasts of the load `ahead` intervals later.
    pub(super) fn new(config: &EngineConfig, ahead: usize) -> Result<Self> {
        let BreakerConfig { failures, cooldown_seconds, probes } = config.breaker;
        let lead = config.horizon() as f64 * config.interval_seconds;
        let cooldown = cooldown_seconds.unwrap_or(COOLDOWN * lead);
        let breaker = (failures > 0).then(|| CircuitBreaker::new(failures, cooldown, probes)).transpose()?;
        Ok(Trust { breaker, trial: None, ahead, material: config.service_rate })
    }

    /// Takes in the averaged load of the interval that ended at `now`, the load that forecasts of this moment were about, and the forecast
    /// that was made at `now`.
    pub(super) fn observe(&mut self, now: i64, load: f64, came: f64, peak: Option<Peak>) {
        let Some(breaker) = &mut self.breaker else { return };
        if let Some(trial) = &mut self.trial {
            trial.age += 1;
            if trial.age < self.ahead {
                return;
            }
            if !came.is_nan() {
                breaker.record(now, !trial.has_failed(came, self.material));
            }
            self.trial = None;
        }
        if let Some(peak) = peak.filter(|_| !load.is_nan())
            && breaker.allow(now)
        {
            self.trial = Some(Trial { peak, load, age: 0 });
        }
    }

    /// Follows new settings: a breaker that is set otherwise begins closed.
    pub(super) fn reconfigure(&mut self, config: &EngineConfig) -> Result<()> {
        let fresh = Trust::new(config, self.ahead)?;
        if fresh.settings() != self.settings() {
            *self = fresh;
        }
        Ok(())
    }

    /// What is compared of settings.
    fn settings(&self) -> (Option<(u32, u64, u32)>, usize, u64) {
        let breaker = self.breaker.map(|b| (b.failures(), b.cooldown_seconds().to_bits(), b.probes()));
        (breaker, self.ahead, self.material.to_bits())
    }

    /// Looks `ahead` intervals ahead from now on.
    pub(super) fn look_ahead(&mut self, ahead: usize) {
        self.ahead = ahead;
        self.trial = None;
    }

    /// Forgets the forecast on trial: nothing was measured for longer than can be told.
    pub(super) fn skip(&mut self) {
        self.trial = None;
    }

    /// Whether forecasts are followed.
    pub(super) fn is_given(&self, now: i64) -> bool {
        self.breaker.is_none_or(|breaker| breaker.state(now) == BreakerState::Closed)
    }

    pub(super) fn is_whole(&self, like: &Trust) -> bool {
        self.settings() == like.settings()
            && self.breaker.is_none_or(|breaker| breaker.is_whole())
            && self.trial.is_none_or(|trial| trial.age < self.ahead.max(1))
    }
}

impl Trial {
    fn has_failed(&self, came: f64, material: f64) -> bool {
        let Peak { lower, upper, .. } = self.peak;
        let is_outside = came < lower || came > upper;
        is_outside && (came - upper).abs() > (came - self.load).abs() + material
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust() -> Trust {
        let breaker = BreakerConfig { failures: 2, cooldown_seconds: Some(60.0), probes: 2 };
        let config = EngineConfig { service_rate: 10.0, breaker, ..EngineConfig::default() };
        Trust::new(&config, 2).unwrap()
    }

    /// Two intervals of 15 s a forecast, of which `came` is the load of the second.
    fn judge(trust: &mut Trust, from: &mut i64, upper: f64, load: f64, came: f64) {
        let peak = Peak { lower: 0.9 * upper, expected: 0.95 * upper, upper };
        match &mut trust.trial {
            Some(trial) => (trial.peak, trial.load) = (peak, load),
            None => trust.observe(*from, load, load, Some(peak)),
        }
        trust.observe(*from + 15_000, load, load, Some(peak));
        *from += 30_000;
        trust.observe(*from, came, came, Some(peak));
    }

    #[test]
    fn forecasts_worse_than_none_are_no_longer_followed_until_they_are_better() {
        let (mut trust, mut now) = (trust(), 0);
        judge(&mut trust, &mut now, 500.0, 100.0, 110.0);
        judge(&mut trust, &mut now, 100.0, 100.0, 109.0);
        judge(&mut trust, &mut now, 500.0, 100.0, 110.0);
        assert!(trust.is_given(now), "two failures, but not in a row");
        judge(&mut trust, &mut now, 50.0, 100.0, 110.0);
        assert!(!trust.is_given(now), "far too much, then less than the load of now");
        now += 60_000;
        judge(&mut trust, &mut now, 120.0, 100.0, 115.0);
        assert!(!trust.is_given(now), "one good forecast of two");
        judge(&mut trust, &mut now, 120.0, 100.0, 115.0);
        assert!(trust.is_given(now));
    }

    #[test]
    fn misses_that_the_reactive_law_would_share_are_no_failures() {
        let (mut trust, mut now) = (trust(), 0);
        for (upper, load, came) in
            [(120.0, 100.0, 900.0), (105.0, 100.0, 90.0), (100.0, 100.0, 100.0), (100.0, 100.0, f64::NAN)]
        {
            (0..5).for_each(|_| judge(&mut trust, &mut now, upper, load, came));
            assert!(trust.is_given(now), "{upper} {load} {came}");
        }
    }

    /// A load that alternates faster than the metric window: its mean is always 750, the forecasts are about the 900 in the middle.
    #[test]
    fn a_forecast_is_judged_by_the_load_that_it_was_about() {
        let mut trust = trust();
        let peak = Peak { lower: 875.0, expected: 900.0, upper: 986.0 };
        for interval in 0..20 {
            trust.observe(15_000 * interval, 750.0, 900.0, Some(peak));
            assert!(trust.is_given(15_000 * interval));
        }
        (20..26).for_each(|interval| trust.observe(15_000 * interval, 750.0, 750.0, Some(peak)));
        assert!(!trust.is_given(15_000 * 26));
    }
}
