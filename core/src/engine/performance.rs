//! Whether the promise really held, and what a replica really serves: learned from response times and utilizations, where the host measures them.
//!
//! A utilization gives the service rate by the utilization law, load = utilization · replicas · rate (Denning & Buzen 1978, ACM Computing
//! Surveys 10). A response time is held against that of the queue at the rate believed so far: near an idle service it is inversely proportional
//! to the rate. Both move ln(rate) by a share of the error, bounded per sample and in all, so that no wild value counts for much.

use super::config::EngineConfig;
use super::rails::fewest;
use crate::capacity::{Queue, Target, servers_for};
use crate::error::{Error, Result};
use crate::math::{exp, ln};
use serde::{Deserialize, Serialize};

/// Samples before the correction counts.
const FEWEST: u64 = 20;
/// The least share of an error that is followed.
const SHARE: f64 = 0.02;
/// The largest error of one sample, and the largest correction, on the logarithmic scale: a factor of two.
const MOST: f64 = std::f64::consts::LN_2;
/// Utilizations outside of this range say too little.
const TELLING: std::ops::RangeInclusive<f64> = 0.05..=0.98;
/// Weight of the past in the share of promises kept.
const DISCOUNT: f64 = 0.999;

/// How the service really did, as far as it was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Performance {
    /// What one replica serves, in load per second, as it is sized for now.
    pub service_rate: f64,
    /// The share of response times within the promise lately; NaN while none was measured, or another thing was promised.
    pub kept: f64,
    /// Samples that were learned from.
    pub samples: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Measured {
    /// ln of the service rate over the configured one.
    correction: f64,
    samples: u64,
    kept: f64,
    judged: f64,
}

impl Measured {
    pub(super) fn check(response_seconds: f64, utilization: f64) -> Result<()> {
        if !(response_seconds.is_nan() || (response_seconds > 0.0 && response_seconds.is_finite())) {
            let problem = format!("must be finite and above 0, or NaN for missing; got {response_seconds}");
            return Err(Error::data("response_seconds", problem));
        }
        if utilization.is_nan() || (0.0..=1.0).contains(&utilization) {
            return Ok(());
        }
        Err(Error::data("utilization", format!("must be 0 to 1, or NaN for missing; got {utilization}")))
    }

    /// Takes in what was measured while `ready` replicas served a load; of one that is not known (NaN) no rate is learned.
    pub(super) fn observe(
        &mut self,
        config: &EngineConfig,
        load: f64,
        ready: u32,
        response: f64,
        utilization: f64,
    ) -> Result<()> {
        let promised = match config.target() {
            Target::ResponseQuantile(share, seconds) => Some((share, seconds)),
            _ => None,
        };
        if let Some((_, seconds)) = promised.filter(|_| !response.is_nan()) {
            self.kept = DISCOUNT * self.kept + if response <= seconds { 1.0 } else { 0.0 };
            self.judged = DISCOUNT * self.judged + 1.0;
        }
        if !(load > 0.0 && ready > 0) {
            return Ok(());
        }
        let believed = config.service_rate * exp(self.correction);
        if TELLING.contains(&utilization) {
            self.follow(config, ln(load / (f64::from(ready) * utilization * believed)));
        } else if let Some((share, _)) = promised.filter(|_| !response.is_nan()) {
            let queue = Queue::new(load, believed, u64::from(ready))?;
            if TELLING.contains(&queue.utilization()) {
                self.follow(config, ln(queue.response_quantile(share)? / response));
            }
        }
        Ok(())
    }

    fn follow(&mut self, config: &EngineConfig, error: f64) {
        if error.is_nan() {
            return;
        }
        self.samples = self.samples.saturating_add(1);
        let share = (1.0 / self.samples as f64).clamp(SHARE, 0.25);
        let correction = (self.correction + share * error.clamp(-MOST, MOST)).clamp(-MOST, MOST);
        // No further down than where some count still meets the target.
        if correction >= self.correction || is_feasible(config, correction) {
            self.correction = correction;
        }
    }

    /// Follows new settings: a correction with which no count meets the target is forgotten.
    pub(super) fn reconfigure(&mut self, config: &EngineConfig) {
        if !is_feasible(config, self.correction) {
            self.correction = 0.0;
        }
    }

    /// What one replica serves, as far as it is known.
    pub(super) fn service_rate(&self, configured: f64) -> f64 {
        if self.samples < FEWEST { configured } else { configured * exp(self.correction) }
    }

    pub(super) fn performance(&self, configured: f64) -> Performance {
        Performance {
            service_rate: self.service_rate(configured),
            kept: self.kept / self.judged,
            samples: self.samples,
        }
    }

    pub(super) fn is_whole(&self, config: &EngineConfig) -> bool {
        (-MOST..=MOST).contains(&self.correction)
            && (self.correction == 0.0 || is_feasible(config, self.correction))
            && [self.kept, self.judged].iter().all(|sum| sum.is_finite() && *sum >= 0.0)
    }
}

fn is_feasible(config: &EngineConfig, correction: f64) -> bool {
    let rate = config.service_rate * exp(correction);
    let (load, target, most) = (0.5 * rate, config.target(), config.max_replicas);
    // A rail tightens the target: a rate at which it has no count would make every decision fail.
    let is_met = |share: f64| fewest(share, load, rate, target, most).is_ok();
    servers_for(load, rate, target).is_ok() && config.rails.consolidation.is_none_or(is_met)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::policy::Fleet;
    use crate::random::Random;
    use proptest::prelude::*;

    fn config() -> EngineConfig {
        EngineConfig { service_rate: 10.0, ..EngineConfig::default() }
    }

    #[test]
    fn the_service_rate_is_found_from_either() {
        for by_response in [false, true] {
            let (config, mut measured, mut random) = (config(), Measured::default(), Random::stream(1, 0));
            for i in 0..2000 {
                let load = 100.0 + f64::from(i % 50);
                let queue = Queue::new(load, 8.0, 25).unwrap();
                let noise = exp(0.1 * random.normal());
                let (response, utilization) = if by_response {
                    (queue.response_quantile(0.95).unwrap() * noise, f64::NAN)
                } else {
                    (f64::NAN, (queue.utilization() * noise).min(1.0))
                };
                measured.observe(&config, load, 25, response, utilization).unwrap();
            }
            let rate = measured.service_rate(10.0);
            assert!((rate / 8.0 - 1.0).abs() < 0.03, "{rate} by response: {by_response}");
            assert_eq!(measured.performance(10.0).kept.is_nan(), !by_response);
        }
    }

    /// Busier while they warm up: nothing of that is learned, but the promise is judged, and a start that never ends hides nothing.
    #[test]
    fn what_is_measured_while_replicas_start_says_nothing_about_the_rate() {
        for (ends, expected) in [(true, 10.0), (false, 8.0)] {
            let mut engine = Engine::new(config()).unwrap();
            for step in 1..400 {
                let now = 15_000 * step;
                engine.observe(now, 40.0).unwrap();
                let is_starting = !ends || step % 20 < 8;
                let busy = if is_starting { 0.5 } else { 0.4 };
                engine.observe_performance(now, if is_starting { 1.0 } else { 0.2 }, busy).unwrap();
                // What is measured until the next report is of this fleet.
                let will_start = !ends || (step + 1) % 20 < 8;
                engine.decide(now, Fleet::new(if will_start { 12 } else { 10 }, 10)).unwrap();
            }
            let Performance { service_rate, kept, .. } = engine.performance();
            assert!((service_rate / expected - 1.0).abs() < 0.02, "{service_rate} for {expected}");
            assert!((kept - if ends { 0.6 } else { 0.0 }).abs() < 0.05, "{kept}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_measured_the_rate_stays_within_a_factor_of_two(
            samples in prop::collection::vec((0.0..1e4f64, 0u32..100, prop_oneof![Just(f64::NAN), Just(1e-300), Just(1e300), 0.01..10.0f64], prop_oneof![Just(f64::NAN), 0.0..=1.0f64]), 1..200),
        ) {
            let (config, mut measured) = (config(), Measured::default());
            for (load, ready, response, utilization) in samples {
                Measured::check(response, utilization).unwrap();
                measured.observe(&config, load, ready, response, utilization).unwrap();
                prop_assert!(measured.is_whole(&config));
                // Below 7.49 a second the service alone takes longer than is promised.
                prop_assert!((7.48..=20.001).contains(&measured.service_rate(10.0)));
            }
        }
    }
}
