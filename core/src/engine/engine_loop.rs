//! The engine: samples in, decisions out, state as a value.

use super::audit::{Input, optional};
use super::config::{EngineConfig, EngineMode};
use super::decision::Decision;
use super::load_window::LARGEST_LOAD;
use super::state::State;
use crate::error::{Error, Result};
use crate::policy::{AnyPolicy, CustomPolicy, Fleet, Policy, PolicyConfig, Predictive, QTable};
use crate::snapshot;

/// Decides how many replicas to run, from a stream of load samples.
///
/// One engine serves one service; engines share nothing. Calls on one engine must not overlap. [`Engine::observe`] and
/// [`Engine::decide`] do not allocate once the engine has been used for a while, but when the lead time that was learned changes the horizon.
#[derive(Debug, Clone)]
pub struct Engine {
    pub(super) config: EngineConfig,
    pub(super) state: State,
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
    /// late within the configured bound; the forecast does not revise what it learned before they came. Once decisions are made, they
    /// tell the time: samples that run ahead of all others by more than four intervals and the late bound wait for the next decision,
    /// the newest 256 of them, and are forgotten unless their time has come by then.
    ///
    /// # Errors
    /// [`Error::Data`] for a load that is negative or above 10¹⁰⁰, or a sample that is too late.
    pub fn observe(&mut self, now: i64, load: f64) -> Result<()> {
        self.state.window.check(now, load)?;
        self.record(|| Input::Load(now, optional(load)));
        if self.state.decided.is_some() && self.state.window.put_aside(now, load) {
            return Ok(());
        }
        self.take_in(now, load)
    }

    fn take_in(&mut self, now: i64, load: f64) -> Result<()> {
        // Intervals that ended before this sample are handed on first: a long gap would push them out of the window.
        let told = self.state.close(&self.config, now.saturating_sub(1));
        // A user's own policy may fail: the sample is taken in all the same.
        self.state.window.observe(now, load);
        self.state.rails.sample(&self.config, now, load);
        self.state.observed_since = true;
        told
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
            if self.state.decided.is_none() || !window.put_aside(*now, *load) {
                window.observe(*now, *load);
            }
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
        self.record(|| Input::InFlight(now, optional(in_flight)));
        if self.state.in_flight.is_none_or(|(time, _)| time <= now) {
            self.state.in_flight = Some((now, in_flight));
            self.state.observed_since = true;
        }
        Ok(())
    }

    /// Takes in how much of a resource of the settings all replicas together use at `now` (Unix milliseconds); NaN = missing.
    ///
    /// # Errors
    /// [`Error::Data`] for a name that the settings do not have, a use that is negative or above 10¹⁰⁰, or a time that is too late.
    pub fn observe_resource(&mut self, now: i64, name: &str, value: f64) -> Result<()> {
        self.state.window.check(now, f64::NAN)?;
        let is_starting = self.state.starting.is_on(now, self.config.start_up_seconds);
        self.state.resources.observe(&self.config.resources, is_starting, now, (name, value))?;
        self.record(|| Input::Resource(now, name.into(), optional(value)));
        self.state.observed_since = true;
        Ok(())
    }

    /// Decides how many replicas to ask for at `now` (Unix milliseconds), given the fleet as it is.
    ///
    /// Asked again with the same moment and fleet, it gives the same decision and learns nothing new. A time more than an hour ahead of all samples
    /// and of the last decision is answered, as one at which nothing is measured, but not believed: until a sample comes from near it, the engine stays
    /// as it was, and one wrong clock costs one decision. With a user's own policy that has no snapshots, and so cannot be copied, every time is believed.
    ///
    /// # Errors
    /// [`Error::Data`] when `now` lies before the last decision; the state is then as before.
    pub fn decide(&mut self, now: i64, fleet: Fleet) -> Result<&Decision> {
        self.state.window.check_time(now)?;
        if let Some(before) = self.state.clock.filter(|before| now < *before) {
            return Err(Error::data("now", format!("{now} ms lies before the last decision at {before} ms")));
        }
        if let Some((same_fleet, last)) = &self.state.decided
            && now == last.now
            && *same_fleet == fleet
            && !self.state.observed_since
        {
            return self.last();
        }
        let is_believed = self.state.window.believed(now, self.state.clock) == now;
        if let Some(copy) = if is_believed { None } else { self.state.copied() } {
            let before = std::mem::replace(&mut self.state, copy);
            let decided = self.decide_at(now, fleet);
            let answered = std::mem::replace(&mut self.state, before);
            (self.state.decided, self.state.observed_since) = (answered.decided, answered.observed_since);
            decided?;
        } else {
            self.decide_at(now, fleet)?;
        }
        if self.config.audit {
            self.state.audit.close();
        }
        self.last()
    }

    /// Makes the decision, and learns what came until then.
    fn decide_at(&mut self, now: i64, fleet: Fleet) -> Result<()> {
        while let Some((time, load)) = self.state.window.confirm(now) {
            self.take_in(time, load)?;
        }
        self.state.close(&self.config, now)?;
        self.state.window.advance(now);
        self.state.close(&self.config, now)?;
        let mut decision = match self.state.decided.take() {
            Some((_, decision)) => decision,
            None => Decision::new(now, fleet.requested),
        };
        decision.reasons.clear();
        self.state.clock = Some(now);
        self.state.report(&self.config, now, fleet)?;
        let decided = self.fill(&mut decision, now, fleet);
        self.state.decided = Some((fleet, decision));
        // A decision that failed is made anew when it is asked for again.
        self.state.observed_since = decided.is_err();
        decided
    }

    /// Learns that the request was changed at `now` to `replicas`: rate limits count what was done, not what was wished. In shadow mode
    /// the engine applies its decisions itself, and this is passed over.
    ///
    /// # Errors
    /// [`Error::Data`] for a time beyond all bounds.
    pub fn applied(&mut self, now: i64, replicas: u32) -> Result<()> {
        self.state.window.check_time(now)?;
        self.record(|| Input::Applied(now, replicas));
        let now = self.state.window.believed(now, self.state.clock);
        let before = self.state.start_ups.requested().unwrap_or(replicas);
        self.state.start_ups.applied(now, replicas);
        if self.config.mode == EngineMode::Shadow {
            return Ok(());
        }
        let told = self.state.policy.applied(now, before, replicas);
        self.state.rails.applied(&self.config, now, before, replicas);
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

    /// The policy with its state.
    pub(crate) fn policy(&self) -> &AnyPolicy {
        &self.state.policy
    }

    /// Takes the policy back, with what it has learned, from where it ran without the engine.
    pub(crate) fn set_policy(&mut self, policy: AnyPolicy) {
        self.state.policy = policy;
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
        let mut like = State::new(&config, AnyPolicy::Predictive(Predictive::default()))?;
        if !state.is_whole(&config, &mut like) {
            return Err(inconsistent("its state does not fit its settings".into()));
        }
        state.reserve(&config);
        Ok(Engine { config, state })
    }

    fn last(&self) -> Result<&Decision> {
        self.last_decision().ok_or_else(|| Error::internal("a decision was made and lost"))
    }
}
