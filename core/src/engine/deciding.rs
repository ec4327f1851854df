//! One decision: what the policy is shown, what it proposes, and what the rails make of it.

use super::config::EngineConfig;
use super::decision::{Decision, MOST_REASONS, Mode, Rail};
use super::engine_loop::Engine;
use crate::anomaly::response;
use crate::error::Result;
use crate::policy::{Damping, Fleet, Policy, Reason, Situation, replicas_for};

impl Engine {
    /// Fills in the decision for a moment whose samples are all taken in.
    pub(super) fn fill(&mut self, decision: &mut Decision, now: i64, fleet: Fleet) -> Result<()> {
        let EngineConfig { service_rate, min_replicas, max_replicas, .. } = self.config;
        let target = self.config.target();
        let load = self.state.window.mean();
        let blind = self.state.window.is_blind() || load.is_nan();
        let is_anomalous = self.state.watch.is_anomalous();
        let quantile = if is_anomalous { self.config.anomaly.quantile() } else { self.config.quantile() };
        let peak = self.state.outlook.peak(quantile).filter(|_| !blind);
        let is_trusted = !self.state.forecasts() || self.state.trust.is_given(now);
        let reactive =
            if blind { fleet.ordered() } else { replicas_for(load, service_rate, target, max_replicas)? };
        let situation = Situation {
            now,
            fleet,
            load: if blind { f64::NAN } else { load },
            in_flight: self.in_flight(now),
            reactive,
            peak: peak.filter(|_| is_trusted),
            lead_seconds: self.config.horizon() as f64 * self.config.interval_seconds,
            service_rate,
            target,
            min_replicas,
            max_replicas,
        };
        let proposal = self.state.policy.propose(&situation)?;
        decision.now = now;
        decision.mode = match (blind, peak) {
            (true, _) => Mode::Hold,
            (false, None) => Mode::ColdStart,
            (false, Some(_)) if !is_trusted => Mode::Fallback,
            (false, Some(_)) if is_anomalous => Mode::Anomalous,
            (false, Some(_)) => Mode::Normal,
        };
        decision.forecast = peak;
        decision.reactive = reactive;
        decision.predicted = proposal.replicas;
        decision.reasons.push(proposal.reason);
        decision.limited_by = None;
        if let Some(peak) = peak.filter(|_| !is_trusted) {
            let failures = self.config.breaker.failures;
            decision.reasons.push(Reason::ForecastDistrusted { load: peak.upper, failures });
            decision.limited_by = Some(Rail::Breaker);
        }
        let horizon = self.config.horizon() as f64 * self.config.interval_seconds * 1000.0;
        decision.valid_until = now.saturating_add(horizon as i64);
        let railed = match self.state.policy.damping() {
            Damping::Own => proposal.replicas,
            Damping::Engine => self.rails(decision, &situation, proposal.replicas, reactive, blind)?,
        };
        decision.replicas = self.within_bounds(decision, railed);
        decision.active = decision.replicas > 0;
        debug_assert!(decision.reasons.len() <= MOST_REASONS);
        Ok(())
    }

    /// Requests in flight, when they were seen within the last two intervals.
    fn in_flight(&self, now: i64) -> f64 {
        let since = now.saturating_sub((2000.0 * self.config.interval_seconds) as i64);
        let recent = self.state.in_flight.filter(|(time, _)| *time > since && *time <= now);
        recent.map_or(f64::NAN, |(_, in_flight)| in_flight)
    }

    fn rails(
        &mut self,
        decision: &mut Decision,
        situation: &Situation,
        proposed: u32,
        reactive: u32,
        blind: bool,
    ) -> Result<u32> {
        let Situation { now, fleet, max_replicas, .. } = *situation;
        let current = fleet.ordered();
        let (rails, anomaly) = (self.config.rails, self.config.anomaly);
        let is_anomalous = self.state.watch.is_anomalous();
        let severity = self.state.watch.severity().min(anomaly.most_severity);
        let answered = if severity > 0.0 && !blind {
            // The cast saturates, whatever the severity.
            (response(f64::from(reactive), severity)?.ceil() as u32).min(max_replicas.max(reactive))
        } else {
            reactive
        };
        let tolerated = if is_anomalous { proposed } else { rails.tolerance.apply(current, proposed) };
        bind(decision, Rail::Tolerance, proposed, tolerated, |from, to| Reason::Tolerated { from, to });
        self.state.proposals.remember(now, proposed.max(answered));
        let stable = self.state.proposals.apply(now, current, tolerated);
        bind(decision, Rail::Stabilization, tolerated, stable, |from, to| Reason::Stabilized { from, to });
        let safe = stable.max(reactive);
        bind(decision, Rail::Reactive, stable, safe, |from, to| Reason::RaisedToReactive { from, to });
        let raised = safe.max(answered);
        bind(decision, Rail::Anomaly, safe, raised, |from, to| Reason::RaisedForAnomaly {
            from,
            to,
            severity,
        });
        let kept = if is_anomalous { raised.max(current) } else { raised };
        bind(decision, Rail::Anomaly, raised, kept, |from, to| Reason::HeldForAnomaly { from, to });
        let held = if blind { kept.max(current) } else { kept };
        bind(decision, Rail::MissingData, kept, held, |from, to| Reason::HeldForMissingData { from, to });
        if fleet.pending > 0 && held <= current && held > fleet.ready {
            decision.reasons.push(Reason::PendingCounted { pending: fleet.pending, replicas: held });
            decision.limited_by = Some(Rail::Pending);
        }
        let rate = anomaly.rate.filter(|_| is_anomalous).unwrap_or(rails.rate);
        let limited = self.state.changes.apply(&rate, now, current, held);
        bind(decision, Rail::Rate, held, limited, |from, to| Reason::RateLimited { from, to });
        Ok(limited)
    }

    fn within_bounds(&self, decision: &mut Decision, proposed: u32) -> u32 {
        let EngineConfig { min_replicas, max_replicas, .. } = self.config;
        let raised = proposed.max(min_replicas);
        bind(decision, Rail::Min, proposed, raised, |from, to| Reason::RaisedToMin { from, to });
        let lowered = raised.min(max_replicas);
        bind(decision, Rail::Max, raised, lowered, |from, to| Reason::LoweredToMax { from, to });
        lowered
    }
}

fn bind(decision: &mut Decision, rail: Rail, from: u32, to: u32, reason: impl Fn(u32, u32) -> Reason) {
    if from != to {
        decision.reasons.push(reason(from, to));
        decision.limited_by = Some(rail);
    }
}
