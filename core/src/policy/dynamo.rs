//! NVIDIA Dynamo's planner, in its two generations, for one pool of engines (prefill or decode).
//!
//! First: every 180 s `⌈predicted requests · tokens/Δ · min(1, correction)/tokens per second of an engine⌉`. Second: every 180 s a floor
//! `⌈predicted rate/rate that one engine serves within the latency target⌉`, at most 8 more at once; at every decision one more when the
//! predicted latency is over the target, one less when with one less it would stay within 80 % of it, never below the floor, and nothing
//! while a change is under way. Latency, which the planner regresses on what engines report, is that of the queue M/M/c here: a surrogate. Source: Dynamo, `components/planner`.

use super::dynamo_predictor::{DynamoPredictor, Predicted};
use super::reason::Reason;
use super::situation::{Damping, Policy, Proposal, Situation, ceil_count};
use crate::capacity::{Queue, Target};
use crate::error::{Error, Result, positive};
use serde::{Deserialize, Serialize};

/// Which planner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DynamoGeneration {
    /// Up to version 0.9: throughput alone.
    First,
    /// From version 1 on: a floor by throughput, and steps by latency.
    #[default]
    Second,
}

/// Settings of [`Dynamo`]; the defaults are the planner's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DynamoConfig {
    /// Which planner; the second.
    pub generation: DynamoGeneration,
    /// How requests are predicted; by the Kalman filter.
    pub predictor: DynamoPredictor,
    /// Seconds from one adjustment by throughput to the next, above 0; 180.
    pub adjustment_seconds: f64,
    /// Tokens of a request that this pool works on, above 0: of the input for prefill, of the output for decode; 1.
    pub tokens_per_request: f64,
    /// Tokens per second of one engine (of one GPU times the GPUs of an engine), above 0; by default the service rate's.
    pub tokens_per_second: Option<f64>,
    /// Latency observed over latency expected, above 0; the first generation asks for less where it is below 1; 1.
    pub correction: f64,
    /// Fewest engines, at least 1; 1.
    pub min_endpoint: u32,
    /// Engines that one adjustment by throughput may add, at least 1; 8.
    pub max_step: u32,
    /// Share of the latency target that one engine less must keep, above 0 and up to 1; 0.8.
    pub consolidation: f64,
}

impl Default for DynamoConfig {
    fn default() -> Self {
        DynamoConfig {
            generation: DynamoGeneration::default(),
            predictor: DynamoPredictor::default(),
            adjustment_seconds: 180.0,
            tokens_per_request: 1.0,
            tokens_per_second: None,
            correction: 1.0,
            min_endpoint: 1,
            max_step: 8,
            consolidation: 0.8,
        }
    }
}

impl DynamoConfig {
    pub(super) fn check(&self) -> Result<()> {
        let name = |field: &str| format!("policy.dynamo.{field}");
        if !(self.adjustment_seconds > 0.0 && self.adjustment_seconds <= 86_400.0) {
            let problem = format!("must be above 0 and up to 86400, got {}", self.adjustment_seconds);
            return Err(Error::config(name("adjustment_seconds"), problem));
        }
        positive(&name("tokens_per_request"), self.tokens_per_request)?;
        positive(&name("tokens_per_second"), self.tokens_per_second.unwrap_or(1.0))?;
        positive(&name("correction"), self.correction)?;
        for (field, count) in [("min_endpoint", self.min_endpoint), ("max_step", self.max_step)] {
            if count == 0 {
                return Err(Error::config(name(field), "must be at least 1, got 0"));
            }
        }
        if !(self.consolidation > 0.0 && self.consolidation <= 1.0) {
            let problem = format!("must be above 0 and up to 1, got {}", self.consolidation);
            return Err(Error::config(name("consolidation"), problem));
        }
        Ok(())
    }
}

/// A change that takes longer than this is no longer waited for.
const LONGEST_CHANGE: i64 = 1_800_000;

/// A planner for one pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dynamo {
    config: DynamoConfig,
    /// Sum and count of the loads since the last adjustment.
    seen: (f64, f64),
    adjusted: Option<i64>,
    changed: Option<i64>,
    predicted: Predicted,
    /// The count by throughput, and the load that it was made for; none before the first adjustment.
    planned: Option<(u32, f64)>,
}

impl Dynamo {
    /// The law with these settings.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that is out of range.
    pub fn new(config: DynamoConfig) -> Result<Self> {
        config.check()?;
        let predicted = Predicted::new(config.predictor, config.adjustment_seconds);
        Ok(Dynamo { config, seen: (0.0, 0.0), adjusted: None, changed: None, predicted, planned: None })
    }

    /// Makes a plan by throughput, when it is time.
    fn adjust(&mut self, situation: &Situation) -> Result<()> {
        let Situation { now, fleet, service_rate, target, .. } = *situation;
        let every = (self.config.adjustment_seconds * 1000.0) as i64;
        if self.adjusted.is_some_and(|last| now.saturating_sub(last) < every) || self.seen.1 == 0.0 {
            return Ok(());
        }
        let seconds = self.config.adjustment_seconds;
        self.predicted.learn(self.seen.0 / self.seen.1 * seconds);
        self.seen = (0.0, 0.0);
        self.adjusted = Some(now);
        let requests = self.predicted.next();
        let load = requests / seconds;
        let engines = match self.config.generation {
            DynamoGeneration::First => {
                let tokens = self.config.tokens_per_request;
                let speed = self.config.tokens_per_second.unwrap_or(service_rate * tokens);
                ceil_count(requests * tokens / seconds * self.config.correction.min(1.0) / speed)
            }
            DynamoGeneration::Second => {
                let engine_rate = rate_of_one(service_rate, target)?;
                let most = fleet.requested.saturating_add(self.config.max_step);
                ceil_count(load / engine_rate).min(most)
            }
        };
        self.planned = Some((engines.max(self.config.min_endpoint), load));
        Ok(())
    }

    /// One more or one less by latency, never below the floor.
    fn step(&self, situation: &Situation, floor: u32) -> Result<u32> {
        let Situation { fleet, load, service_rate, target, max_replicas, .. } = *situation;
        let current = fleet.requested;
        let queue = |engines: u32| Queue::new(load, service_rate, engines.min(max_replicas).into());
        let engines = if !target.is_met(&queue(current)?) {
            current.saturating_add(1)
        } else if current > 1 && scaled(target, self.config.consolidation).is_met(&queue(current - 1)?) {
            current - 1
        } else {
            current
        };
        Ok(engines.max(floor))
    }

    pub(super) fn is_whole(&self) -> bool {
        let is_load = |load: f64| (0.0..=f64::MAX).contains(&load);
        self.config.check().is_ok()
            && is_load(self.seen.0)
            && is_load(self.seen.1)
            && self.predicted.is_whole(self.config.predictor, self.config.adjustment_seconds)
            && self.planned.is_none_or(|(_, load)| is_load(load))
    }
}

/// The target with its time, or its utilization, times `factor`.
fn scaled(target: Target, factor: f64) -> Target {
    match target {
        Target::Utilization(share) => Target::Utilization(share * factor),
        Target::MeanWait(seconds) => Target::MeanWait(seconds * factor),
        Target::WaitQuantile(p, seconds) => Target::WaitQuantile(p, seconds * factor),
        Target::ResponseQuantile(p, seconds) => Target::ResponseQuantile(p, seconds * factor),
    }
}

/// The largest load per second that one engine serves within the target, by bisection; at least a thousandth of its rate, so that a
/// target that one engine alone hardly meets asks for many and not for infinitely many.
fn rate_of_one(service_rate: f64, target: Target) -> Result<f64> {
    let (mut low, mut high) = (0.001 * service_rate, service_rate);
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if target.is_met(&Queue::new(middle, service_rate, 1)?) { low = middle } else { high = middle }
    }
    Ok(low)
}

impl Policy for Dynamo {
    fn name(&self) -> &str {
        "dynamo"
    }

    fn damping(&self) -> Damping {
        Damping::Own
    }

    fn observe(&mut self, _time: i64, load: f64) -> Result<()> {
        if !load.is_nan() {
            self.seen = (self.seen.0 + load, self.seen.1 + 1.0);
        }
        Ok(())
    }

    fn propose(&mut self, situation: &Situation) -> Result<Proposal> {
        let Situation { now, fleet, load, .. } = *situation;
        let current = fleet.requested;
        let is_changing = fleet.ready != current || fleet.pending > 0;
        let is_waited_for = self.changed.is_some_and(|changed| now.saturating_sub(changed) < LONGEST_CHANGE);
        if !(is_changing && is_waited_for) {
            self.adjust(situation)?;
        }
        let Some((planned, sized)) = self.planned else {
            return Ok(Proposal { replicas: current, reason: Reason::NoData { replicas: current } });
        };
        let is_first = self.config.generation == DynamoGeneration::First;
        let replicas = if is_first {
            planned
        } else if load.is_nan() || is_changing {
            current.max(planned)
        } else {
            self.step(situation, planned)?
        };
        let reason = if replicas == planned {
            Reason::PredictedMinimum { load: sized, replicas }
        } else if load.is_nan() {
            Reason::NoData { replicas }
        } else {
            Reason::ObservedLoad { load, replicas }
        };
        Ok(Proposal { replicas, reason })
    }

    fn applied(&mut self, now: i64, before: u32, after: u32) -> Result<()> {
        if before != after {
            self.changed = Some(now);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::situation;
    use super::*;

    fn first(config: DynamoConfig, load: f64) -> u32 {
        let mut law = Dynamo::new(DynamoConfig { generation: DynamoGeneration::First, ..config }).unwrap();
        law.observe(0, load).unwrap();
        law.propose(&situation(0, 1, load)).unwrap().replicas
    }

    #[test]
    fn the_first_generation_divides_tokens_by_throughput() {
        let tokens = |tokens_per_request, tokens_per_second| DynamoConfig {
            tokens_per_request,
            tokens_per_second: Some(tokens_per_second),
            ..DynamoConfig::default()
        };
        assert_eq!(first(tokens(3000.0, 5000.0), 600.0 / 180.0), 2);
        assert_eq!(first(tokens(300.0, 400.0), 600.0 / 180.0), 3);
        assert_eq!(first(DynamoConfig { correction: 0.5, ..tokens(300.0, 400.0) }, 600.0 / 180.0), 2);
        assert_eq!(first(DynamoConfig { min_endpoint: 4, ..tokens(300.0, 400.0) }, 0.1), 4);
    }

    #[test]
    fn the_second_generation_steps_by_latency_above_its_floor() {
        // A utilization of 0.7 of 100 per second: 310 need ⌈310/70⌉ = 5 engines.
        let mut law = Dynamo::new(DynamoConfig::default()).unwrap();
        law.observe(0, 310.0).unwrap();
        let mut ask =
            |second, requested, load| law.propose(&situation(second, requested, load)).unwrap().replicas;
        assert_eq!(ask(0, 3, 310.0), 5, "the floor");
        assert_eq!(ask(5, 5, 380.0), 6, "0.76 is over the target");
        assert_eq!(ask(10, 7, 310.0), 6, "with six it is 0.52, within 0.8 of the target");
        assert_eq!(ask(15, 7, 350.0), 7, "with six it would be 0.58");
        assert_eq!(ask(20, 5, 100.0), 5, "never below the floor");
    }

    #[test]
    fn the_floor_rises_by_eight_at_most() {
        let mut law = Dynamo::new(DynamoConfig::default()).unwrap();
        law.observe(0, 6900.0).unwrap();
        assert_eq!(law.propose(&situation(0, 3, 60.0)).unwrap().replicas, 11);
    }

    #[test]
    fn a_damaged_state_is_seen() {
        let mut law = Dynamo::new(DynamoConfig::default()).unwrap();
        for second in (0..7200).step_by(60) {
            law.observe(second * 1000, if second % 360 == 0 { 0.0 } else { 900.0 }).unwrap();
            law.propose(&situation(second, 4, 100.0)).unwrap();
            assert!(law.is_whole(), "{law:?}");
        }
        for seen in [(f64::NAN, 1.0), (1.0, -1.0)] {
            law.seen = seen;
            assert!(!law.is_whole(), "{law:?}");
        }
    }

    #[test]
    fn nothing_happens_while_a_change_is_under_way() {
        let mut law = Dynamo::new(DynamoConfig::default()).unwrap();
        law.observe(0, 100.0).unwrap();
        law.propose(&situation(0, 4, 100.0)).unwrap();
        law.applied(0, 4, 5).unwrap();
        let mut starting = situation(5, 5, 900.0);
        (starting.fleet.ready, starting.fleet.pending) = (4, 1);
        assert_eq!(law.propose(&starting).unwrap().replicas, 5);
        assert_eq!(law.propose(&situation(10, 5, 900.0)).unwrap().replicas, 6);
    }
}
