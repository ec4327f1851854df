//! The engine: samples in, decisions out, state as a value.

use super::config::EngineConfig;
use super::decision::{Decision, MOST_REASONS, Mode, Rail};
use super::load_window::{LARGEST_LOAD, LoadWindow};
use super::outlook::Outlook;
use super::rails::{RecentChanges, RecentProposals};
use super::trust::Trust;
use super::watch::Watch;
use crate::anomaly::response;
use crate::error::{Error, Result};
use crate::load::whole_milliseconds;
use crate::policy::{
    AnyPolicy, CustomPolicy, Damping, Fleet, Policy, PolicyConfig, Predictive, QTable, Reason, Situation,
    replicas_for,
};
use crate::snapshot;
use serde::{Deserialize, Serialize};

/// Decides how many replicas to run, from a stream of load samples.
///
/// One engine serves one service; engines share nothing. Calls on one engine must not overlap. [`Engine::observe`] and
/// [`Engine::decide`] do not allocate once the engine has been used for a while.
#[derive(Debug, Clone)]
pub struct Engine {
    config: EngineConfig,
    state: State,
}

/// All that an engine learns and remembers.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct State {
    window: LoadWindow,
    outlook: Outlook,
    trust: Trust,
    watch: Watch,
    policy: AnyPolicy,
    proposals: RecentProposals,
    changes: RecentChanges,
    decided: Option<(Fleet, Decision)>,
    observed_since: bool,
    /// Requests in flight, and when that was seen.
    in_flight: Option<(i64, f64)>,
}

impl Engine {
    /// An engine with these settings that has seen nothing yet.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that is out of range; [`Error::Infeasible`] when no count meets the target.
    pub fn new(config: EngineConfig) -> Result<Self> {
        config.check()?;
        let policy = config.policy.build(config.interval_seconds)?;
        Engine::with_policy(config, policy)
    }

    /// An engine around a policy that is already built.
    pub(crate) fn with_policy(config: EngineConfig, policy: AnyPolicy) -> Result<Self> {
        let state = State::new(&config, policy)?;
        Ok(Engine { config, state })
    }

    /// The settings.
    pub fn config(&self) -> &EngineConfig {
        &self.config
    }

    /// Takes in the mean load per second over the interval that ends at `now` (Unix milliseconds); NaN = missing.
    ///
    /// Several samples of one interval are averaged; of two with the same time the later call counts. Samples may come
    /// late within the configured bound; the forecast does not revise what it learned before they came.
    ///
    /// # Errors
    /// [`Error::Data`] for a load that is negative or above 10¹⁰⁰, or a sample that is too late.
    pub fn observe(&mut self, now: i64, load: f64) -> Result<()> {
        self.state.window.check(now, load)?;
        // Intervals that ended before this sample are handed on first: a long gap would push them out of the window.
        self.state.close(now.saturating_sub(1))?;
        self.state.window.observe(now, load);
        self.state.observed_since = true;
        Ok(())
    }

    /// Takes in many samples, in any order within the late bound. All of them, or none when one is refused.
    ///
    /// # Errors
    /// As [`Engine::observe`], naming the position of the sample; [`Error::Data`] for unequal lengths.
    pub fn observe_batch(&mut self, times: &[i64], loads: &[f64]) -> Result<()> {
        crate::error::same_length("loads", loads.len(), "times", times.len())?;
        // Whether a sample is refused depends on the window alone.
        let mut window = self.state.window.clone();
        for (i, (now, load)) in times.iter().zip(loads).enumerate() {
            let refused =
                |error: Error| Error::data(format!("sample {i} of {}", times.len()), error.to_string());
            window.check(*now, *load).map_err(refused)?;
            window.observe(*now, *load);
        }
        times.iter().zip(loads).try_for_each(|(now, load)| self.observe(*now, *load))
    }

    /// Takes in the requests in the service at `now` (Unix milliseconds), being served and waiting, as a mean over the interval that ends
    /// then; NaN = missing. Only policies that scale by concurrency look at it; without, they estimate it from the load.
    ///
    /// # Errors
    /// [`Error::Data`] for a count that is negative or above 10¹⁰⁰, or a time that is too late.
    pub fn observe_in_flight(&mut self, now: i64, in_flight: f64) -> Result<()> {
        self.state.window.check(now, f64::NAN)?;
        if !(in_flight.is_nan() || (0.0..=LARGEST_LOAD).contains(&in_flight)) {
            let problem = format!("must be 0 to {LARGEST_LOAD:e}, or NaN for missing; got {in_flight}");
            return Err(Error::data("in_flight", problem));
        }
        if self.state.in_flight.is_none_or(|(time, _)| time <= now) {
            self.state.in_flight = Some((now, in_flight));
            self.state.observed_since = true;
        }
        Ok(())
    }

    /// Decides how many replicas to ask for at `now` (Unix milliseconds), given the fleet as it is.
    ///
    /// Asked again with the same moment and fleet, it gives the same decision and learns nothing new.
    ///
    /// # Errors
    /// [`Error::Data`] when `now` lies before the last decision; the state is then as before.
    pub fn decide(&mut self, now: i64, fleet: Fleet) -> Result<&Decision> {
        self.state.window.check(now, f64::NAN)?;
        if let Some((same_fleet, last)) = &self.state.decided {
            if now < last.now {
                return Err(Error::data(
                    "now",
                    format!("{now} ms lies before the last decision at {} ms", last.now),
                ));
            }
            if now == last.now && *same_fleet == fleet && !self.state.observed_since {
                return self.last();
            }
        }
        self.state.close(now)?;
        self.state.window.advance(now);
        self.state.close(now)?;
        let mut decision = match self.state.decided.take() {
            Some((_, decision)) => decision,
            None => Decision::new(now, fleet.requested),
        };
        decision.reasons.clear();
        let decided = self.fill(&mut decision, now, fleet);
        self.state.decided = Some((fleet, decision));
        self.state.observed_since = false;
        decided?;
        self.last()
    }

    /// Learns that the request was changed at `now` to `replicas`: rate limits count what was done, not what was wished.
    ///
    /// # Errors
    /// [`Error::Data`] for a time beyond all bounds.
    pub fn applied(&mut self, now: i64, replicas: u32) -> Result<()> {
        self.state.window.check(now, f64::NAN)?;
        let before = self.state.decided.as_ref().map_or(replicas, |(fleet, _)| fleet.requested);
        let told = self.state.policy.applied(now, before, replicas);
        let anomalous = self.config.anomaly.rate.unwrap_or_default();
        self.state.changes.applied([&self.config.rails.rate, &anomalous], now, before, replicas);
        told
    }

    /// The last decision in words; says so when there is none.
    pub fn explain(&self) -> String {
        match &self.state.decided {
            Some((_, decision)) => decision.explain(),
            None => "no decision was asked for yet\n".into(),
        }
    }

    /// The last decision, none before the first.
    pub fn last_decision(&self) -> Option<&Decision> {
        self.state.decided.as_ref().map(|(_, decision)| decision)
    }

    /// What the policy `q_learning` has learned so far; none with another policy.
    pub fn q_table(&self) -> Option<&QTable> {
        self.state.policy.q_table()
    }

    /// Writes settings and state as bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] only, and what a user's own policy says of its state.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        if let AnyPolicy::Custom(own) = &self.state.policy {
            own.check_snapshot()?;
        }
        let config =
            serde_json::to_string(&self.config).map_err(|error| Error::internal(error.to_string()))?;
        snapshot::save(snapshot::Kind::Engine, &(config, &self.state))
    }

    /// Reads an engine back: it goes on exactly as if it had never stopped.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of an engine, or one with a policy of the user's own.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let (config, state): (String, State) = snapshot::load(snapshot::Kind::Engine, bytes)?;
        if let Some(name) = state.policy.absent() {
            let problem =
                format!("of an engine with a user's own policy, {name}: restore it with that policy");
            return Err(Error::Snapshot { problem });
        }
        Engine::of_snapshot(&config, state)
    }

    /// Reads an engine back whose policy is the user's own: a new one is made, and its `restore` is handed its state.
    ///
    /// # Errors
    /// [`Error::Snapshot`] as [`Engine::restore`], or for an engine with another policy; what the policy itself says.
    pub fn restore_with(bytes: &[u8], policy: &CustomPolicy) -> Result<Self> {
        let (config, mut state): (String, State) = snapshot::load(snapshot::Kind::Engine, bytes)?;
        state.policy = state.policy.remade(policy)?;
        let mut engine = Engine::of_snapshot(&config, state)?;
        engine.config.policy = PolicyConfig::Custom(policy.clone());
        Ok(engine)
    }

    fn of_snapshot(config: &str, mut state: State) -> Result<Self> {
        let inconsistent =
            |problem: String| Error::Snapshot { problem: format!("the engine is inconsistent: {problem}") };
        let config = EngineConfig::from_json(config).map_err(|error| inconsistent(error.to_string()))?;
        let like = State::new(&config, AnyPolicy::Predictive(Predictive {}))?;
        if !state.is_whole(&like) {
            return Err(inconsistent("its state does not fit its settings".into()));
        }
        state.reserve(&config);
        Ok(Engine { config, state })
    }

    fn last(&self) -> Result<&Decision> {
        self.last_decision().ok_or_else(|| Error::internal("a decision was made and lost"))
    }

    /// Fills in the decision for a moment whose samples are all taken in.
    fn fill(&mut self, decision: &mut Decision, now: i64, fleet: Fleet) -> Result<()> {
        let EngineConfig { service_rate, min_replicas, max_replicas, .. } = self.config;
        let target = self.config.target();
        let load = self.state.window.mean();
        let blind = self.state.window.is_blind() || load.is_nan();
        let is_anomalous = self.state.watch.is_anomalous();
        let peak = self.state.outlook.peak(is_anomalous).filter(|_| !blind);
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
            (false, Some(_)) if !self.state.outlook.is_judged() => Mode::ColdStart,
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

impl State {
    fn new(config: &EngineConfig, policy: AnyPolicy) -> Result<Self> {
        let interval = whole_milliseconds(config.interval_seconds)?;
        let intervals = |seconds: f64| (seconds / config.interval_seconds).round() as usize;
        let down = config.scale_in_window();
        let window = intervals(config.metric_window_seconds).max(1);
        let season = intervals(config.season_seconds);
        let outlook = Outlook::new(config, window, season)?;
        Ok(State {
            window: LoadWindow::new(interval, window, (config.late_seconds * 1000.0) as i64),
            trust: Trust::new(config, window, outlook.delay())?,
            watch: Watch::new(config)?,
            outlook,
            policy,
            proposals: RecentProposals::new(interval, config.rails.stabilization.up_seconds, down),
            changes: RecentChanges::default(),
            decided: None,
            observed_since: false,
            in_flight: None,
        })
    }

    /// Hands every interval that ended by `now` to those who learn from it.
    fn close(&mut self, now: i64) -> Result<()> {
        let skipped = self.window.skip_gap();
        if skipped > 0 {
            self.outlook.skip(skipped)?;
            self.trust.skip();
        }
        while let Some((end, load)) = self.window.close_next(now) {
            // A user's own policy may fail: the rest has learned by then.
            let told = self.policy.observe(end, load);
            let mean = self.window.mean();
            if self.forecasts() {
                self.watch.observe(end, load)?;
                self.outlook.observe(load, mean, self.watch.is_anomalous())?;
                self.trust.observe(end, mean, self.outlook.peak(false));
            } else {
                self.outlook.observe(load, mean, false)?;
            }
            told?;
        }
        Ok(())
    }

    /// Whether the policy follows forecasts, and leaves caution to the engine.
    fn forecasts(&self) -> bool {
        self.policy.damping() == Damping::Engine
    }

    fn is_whole(&mut self, like: &State) -> bool {
        self.window.is_whole(&like.window)
            && self.outlook.is_whole(&like.outlook)
            && self.trust.is_whole(&like.trust)
            && self.watch.is_restored(&like.watch)
            && self.policy.is_whole()
            && self.proposals.is_whole(&like.proposals)
            && self.changes.is_whole()
            && self.in_flight.is_none_or(|(_, count)| count.is_nan() || (0.0..=LARGEST_LOAD).contains(&count))
    }

    fn reserve(&mut self, config: &EngineConfig) {
        self.outlook.reserve(config);
        self.proposals.reserve();
        if let Some((_, decision)) = &mut self.decided {
            decision.reasons.reserve(MOST_REASONS.saturating_sub(decision.reasons.len()));
        }
    }
}
