//! One decision: what the policy is shown, what it proposes, what the rails make of it, and what it would have been otherwise.

use super::config::{EngineConfig, EngineMode};
use super::decision::{Decision, MOST_REASONS, Mode, Rail};
use super::engine_loop::Engine;
use super::rails::{Chain, fewest};
use super::resources::ResourceNeed;
use super::shadow::ShadowFleet;
use super::tiers::spread;
use super::value::ForecastValue;
use crate::anomaly::response;
use crate::error::Result;
use crate::policy::{AnyPolicy, Damping, Fleet, Peak, Policy, Reason, Situation, replicas_for};

/// What a policy said, and what it would have said otherwise.
struct Proposals {
    proposed: u32,
    /// Had it followed no forecast.
    without_forecast: u32,
    /// Had it followed the forecast that no rail lets it see; else the same as `proposed`.
    with_forecast: u32,
}

impl Engine {
    /// Fills in the decision for a moment whose samples are all taken in.
    pub(super) fn fill(&mut self, decision: &mut Decision, now: i64, reported: Fleet) -> Result<()> {
        let EngineConfig { min_replicas, max_replicas, .. } = self.config;
        let service_rate = self.state.measured.service_rate(self.config.service_rate);
        let target = self.config.target();
        let fleet = self.fleet(now, reported);
        self.state.rails.begin(now, fleet.ordered());
        let load = self.state.window.mean();
        let is_blind = self.state.window.is_blind() || load.is_nan();
        let is_anomalous = self.state.watch.is_anomalous();
        let peak = if is_blind { self.last_peak() } else { self.state.outlook.peak(is_anomalous) };
        let distrust = peak.and_then(|peak| self.distrust(now, is_blind, peak));
        let of_load =
            if is_blind { fleet.ordered() } else { replicas_for(load, service_rate, target, max_replicas)? };
        // A stamp of the future must not hide what comes in time.
        let latest = now.saturating_add(now.saturating_sub(self.recent(now)));
        self.state.resources.forget_after(latest);
        self.state.in_flight = self.state.in_flight.filter(|(time, _)| *time <= latest);
        self.state.starting.report(now, reported);
        let (resource, misses_resource) = self.state.resources.need(&self.config.resources, self.recent(now));
        let resource = resource.filter(|need| need.replicas > of_load);
        let reactive = resource.map_or(of_load, |need| need.replicas);
        let situation = Situation {
            now,
            fleet,
            load: if is_blind { f64::NAN } else { load },
            in_flight: self.in_flight(now),
            reactive,
            peak: peak.filter(|_| distrust.is_none()),
            lead_seconds: self.state.horizon as f64 * self.config.interval_seconds,
            service_rate,
            target,
            min_replicas,
            max_replicas,
        };
        decision.now = now;
        decision.forecast = peak;
        decision.reactive = reactive;
        decision.limited_by = None;
        decision.counterfactuals.without_rail.clear();
        let proposals = self.propose(decision, &situation, peak)?;
        decision.predicted = proposals.proposed;
        decision.mode = match (is_blind, peak, distrust) {
            (true, ..) => Mode::Hold,
            (false, None, _) => Mode::ColdStart,
            (false, Some(_), _) if !self.state.outlook.is_judged() => Mode::ColdStart,
            (false, _, Some((Rail::Breaker, _))) => Mode::Fallback,
            (false, _, Some(_)) => Mode::ReactiveOnly,
            (false, ..) if is_anomalous => Mode::Anomalous,
            (false, ..) => Mode::Normal,
        };
        if self.state.rails.paused.is_some() {
            decision.mode = Mode::Paused;
        }
        if let Some((rail, reason)) = distrust {
            decision.bind(rail, reason);
        }
        let horizon = self.horizon_seconds() * 1000.0;
        decision.valid_until = now.saturating_add(horizon as i64);
        self.pass_rails(decision, &situation, &proposals, (is_blind, resource, misses_resource))?;
        self.conclude(decision, fleet, reported)?;
        debug_assert!(decision.reasons.len() <= MOST_REASONS);
        Ok(())
    }

    /// The fleet that the decision is for: as reported, or in shadow mode as it would be.
    fn fleet(&mut self, now: i64, reported: Fleet) -> Fleet {
        if self.config.mode != EngineMode::Shadow {
            return reported;
        }
        let start_up = self.config.start_up_seconds;
        self.state.shadow.get_or_insert_with(|| ShadowFleet::new(now, reported, start_up)).at(now)
    }

    /// While nothing is measured: the forecast that was made last, where such forecasts are followed at all.
    fn last_peak(&self) -> Option<Peak> {
        self.config.rails.forecast.expiry_seconds.and(self.state.rails.sight?.peak)
    }

    /// What was seen by then is no longer known: two intervals ago.
    fn recent(&self, now: i64) -> i64 {
        now.saturating_sub((2000.0 * self.config.interval_seconds) as i64)
    }

    /// Requests in flight, when they were seen within the last two intervals.
    fn in_flight(&self, now: i64) -> f64 {
        let since = self.recent(now);
        let recent = self.state.in_flight.filter(|(time, _)| *time > since && *time <= now);
        recent.map_or(f64::NAN, |(_, in_flight)| in_flight)
    }

    /// The rail for which a forecast is not followed, if any.
    fn distrust(&self, now: i64, is_blind: bool, peak: Peak) -> Option<(Rail, Reason)> {
        if !self.state.forecasts() {
            return None;
        }
        let (load, limits) = (peak.upper, self.config.rails.forecast);
        let seconds = self.state.rails.blind_seconds(now);
        if is_blind && limits.expiry_seconds.is_none_or(|most| seconds > most) {
            return Some((Rail::ForecastExpiry, Reason::ForecastExpired { load, seconds }));
        }
        if !self.state.trust.is_given(now) {
            let failures = self.config.breaker.failures;
            return Some((Rail::Breaker, Reason::ForecastDistrusted { load, failures }));
        }
        if let Some(error) = self.state.rails.errors.relative()
            && limits.most_error.is_some_and(|most| error > most)
        {
            return Some((Rail::ForecastQuality, Reason::ForecastPoor { load, error }));
        }
        if self.state.value.is_followed() {
            return None;
        }
        let ForecastValue { ours, reactive, .. } = self.state.value.forecast_value();
        Some((Rail::ForecastValue, Reason::ForecastWorthless { load, ours, reactive }))
    }

    /// Asks the policy; and `predictive` what it would have said otherwise.
    fn propose(
        &mut self,
        decision: &mut Decision,
        situation: &Situation,
        peak: Option<Peak>,
    ) -> Result<Proposals> {
        // A copy is asked, as an answer may begin a plan.
        let otherwise = match (&self.state.policy, situation.peak) {
            (AnyPolicy::Predictive(policy), Some(_)) => {
                Some(policy.clone().propose(&Situation { peak: None, ..*situation })?.replicas)
            }
            (AnyPolicy::Predictive(policy), None) if peak.is_some() => {
                Some(policy.clone().propose(&Situation { peak, ..*situation })?.replicas)
            }
            _ => None,
        };
        let proposal = self.state.policy.propose(situation)?;
        decision.reasons.push(proposal.reason);
        let proposed = proposal.replicas;
        let otherwise = otherwise.unwrap_or(proposed);
        Ok(if situation.peak.is_some() {
            Proposals { proposed, without_forecast: otherwise, with_forecast: proposed }
        } else {
            Proposals { proposed, without_forecast: proposed, with_forecast: otherwise }
        })
    }

    /// Takes the proposal through the rails, and then through all but each that bound.
    fn pass_rails(
        &mut self,
        decision: &mut Decision,
        situation: &Situation,
        proposals: &Proposals,
        (is_blind, resource, misses_resource): (bool, Option<ResourceNeed>, bool),
    ) -> Result<()> {
        let EngineConfig { min_replicas, max_replicas, rails, anomaly, .. } = self.config;
        let Situation { now, fleet, load, reactive, service_rate, target, .. } = *situation;
        let sized = |load: f64| replicas_for(load, service_rate, target, max_replicas);
        let is_anomalous = self.state.watch.is_anomalous();
        let severity = self.state.watch.severity().min(anomaly.most_severity);
        let answered = if severity > 0.0 && !is_blind {
            // The cast saturates, whatever the severity.
            (response(f64::from(reactive), severity)?.ceil() as u32).min(max_replicas.max(reactive))
        } else {
            reactive
        };
        let last_known = match self.state.rails.sight {
            Some(sight) if is_blind => sized(sight.load)?,
            _ => 0,
        };
        let fewest = match rails.consolidation {
            Some(share) if !is_blind => fewest(share, load, service_rate, target, max_replicas)?,
            _ => 0,
        };
        let is_own = !matches!(self.state.policy, AnyPolicy::Predictive(_));
        let need = if is_own { proposals.proposed } else { proposals.without_forecast };
        let memory = &self.state.rails;
        let chain = Chain {
            rails: &rails,
            memory,
            rate: anomaly.rate.filter(|_| is_anomalous).unwrap_or(rails.rate),
            now,
            fleet,
            min: min_replicas,
            max: max_replicas,
            damps_itself: self.state.policy.damping() == Damping::Own,
            reactive,
            resource,
            misses_resource,
            is_anomalous,
            severity,
            answered,
            is_blind,
            last_known,
            fewest,
        };
        let Proposals { proposed, with_forecast, .. } = *proposals;
        let advised =
            chain.run(proposed, &memory.proposals, None, |rail, reason| decision.bind(rail, reason));
        decision.advised = advised;
        let told = &mut decision.counterfactuals;
        for without in &mut told.without_rail {
            let is_gate = matches!(
                without.rail,
                Rail::Breaker | Rail::ForecastExpiry | Rail::ForecastQuality | Rail::ForecastValue
            );
            let proposed = if is_gate { with_forecast } else { proposed };
            without.replicas = chain.run(proposed, &memory.proposals, Some(without.rail), |_, _| ());
        }
        told.without_forecast = chain.run(need, &memory.needs, None, |_, _| ());
        // Only now: the windows look at the proposal of this moment anyway, whichever it is.
        self.state.rails.proposals.remember(now, proposed.max(answered));
        self.state.rails.needs.remember(now, need.max(answered));
        Ok(())
    }

    /// What is asked for, and in shadow mode what becomes of it.
    fn conclude(&mut self, decision: &mut Decision, fleet: Fleet, reported: Fleet) -> Result<()> {
        let Decision { now, advised, .. } = *decision;
        decision.replicas = advised;
        if self.config.mode != EngineMode::Active {
            decision.mode = Mode::Advisory;
            decision.replicas = reported.requested;
        }
        decision.active = decision.replicas > 0;
        let coming = fleet.ready.saturating_add(fleet.pending);
        let urgent = decision.reactive.saturating_sub(coming);
        spread(&self.config.tiers, &mut decision.tiers, advised, urgent, self.config.start_up_seconds);
        if let Some(shadow) = &mut self.state.shadow
            && advised != fleet.requested
        {
            shadow.apply(now, advised);
            self.state.rails.applied(&self.config, now, fleet.requested, advised);
            self.state.policy.applied(now, fleet.requested, advised)?;
        }
        Ok(())
    }
}
