//! All that an engine learns and remembers, and how every interval that ended is handed to those who learn from it.

use super::audit::Audit;
use super::config::{EngineConfig, EngineMode};
use super::decision::Decision;
use super::lead_time::{MOST_HORIZON, StartUps};
use super::load_window::{LARGEST_LOAD, LoadWindow};
use super::outlook::Outlook;
use super::performance::Measured;
use super::rails::RailsMemory;
use super::resources::ResourceUse;
use super::reward::{Rewards, Step};
use super::shadow::ShadowFleet;
use super::starting::Starting;
use super::trust::Trust;
use super::value::{Value, Wanted};
use super::watch::Watch;
use crate::error::Result;
use crate::load::whole_milliseconds;
use crate::policy::{AnyPolicy, Damping, Fleet, Policy};
use serde::{Deserialize, Serialize};

/// All that an engine learns and remembers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) window: LoadWindow,
    pub(super) outlook: Outlook,
    pub(super) trust: Trust,
    pub(super) watch: Watch,
    pub(super) policy: AnyPolicy,
    pub(super) rails: RailsMemory,
    /// The fleet as it would be if every decision were applied, in shadow mode.
    pub(super) shadow: Option<ShadowFleet>,
    pub(super) resources: ResourceUse,
    pub(super) starting: Starting,
    pub(super) decided: Option<(Fleet, Decision)>,
    /// When the last decision was made whose time is believed.
    pub(super) clock: Option<i64>,
    pub(super) observed_since: bool,
    /// Requests in flight, and when that was seen.
    pub(super) in_flight: Option<(i64, f64)>,
    pub(super) start_ups: StartUps,
    pub(super) measured: Measured,
    pub(super) value: Value,
    pub(super) rewards: Rewards,
    pub(super) audit: Audit,
    /// Intervals that decisions look ahead.
    pub(super) horizon: usize,
}

impl State {
    pub(super) fn new(config: &EngineConfig, policy: AnyPolicy) -> Result<Self> {
        let interval = whole_milliseconds(config.interval_seconds)?;
        let intervals = |seconds: f64| (seconds / config.interval_seconds).round() as usize;
        let window = intervals(config.metric_window_seconds).max(1);
        let season = intervals(config.season_seconds);
        let outlook = Outlook::new(config, window, season)?;
        let ahead = outlook.ahead();
        Ok(State {
            window: LoadWindow::new(interval, window, (config.late_seconds * 1000.0) as i64),
            trust: Trust::new(config, outlook.ahead())?,
            watch: Watch::new(config)?,
            rails: RailsMemory::new(config, ahead)?,
            outlook,
            policy,
            shadow: None,
            resources: ResourceUse::new(&config.resources),
            starting: Starting::default(),
            decided: None,
            clock: None,
            observed_since: false,
            in_flight: None,
            start_ups: StartUps::new(config),
            measured: Measured::default(),
            value: Value::new(config.cost_ratio, config.interval_seconds, ahead),
            rewards: Rewards::new(config.interval_seconds, ahead),
            audit: Audit::default(),
            horizon: config.horizon(),
        })
    }

    /// A copy to try something on; none where a user's own policy cannot be copied.
    pub(super) fn copied(&self) -> Option<State> {
        let copy = self.clone();
        // A copy that failed has no state.
        let is_whole = match &copy.policy {
            AnyPolicy::Custom(own) => own.check_snapshot().is_ok(),
            _ => true,
        };
        is_whole.then_some(copy)
    }

    /// Takes in the fleet as it is, and follows the lead time that it shows.
    pub(super) fn report(&mut self, config: &EngineConfig, now: i64, fleet: Fleet) -> Result<()> {
        self.start_ups.report(config, now, fleet);
        let horizon = self.start_ups.horizon(config, self.horizon);
        if horizon != self.horizon {
            self.look_ahead(config, horizon)?;
        }
        Ok(())
    }

    /// Follows new settings that were checked, of which those that shape what was learned are as before.
    pub(super) fn reconfigure(&mut self, config: &EngineConfig) -> Result<()> {
        self.start_ups.assume(config);
        self.outlook.reconfigure(config);
        self.trust.reconfigure(config)?;
        self.measured.reconfigure(config);
        self.value.cost_ratio = config.cost_ratio;
        let horizon = self
            .start_ups
            .horizon(config, if self.start_ups.is_learned(config) { self.horizon } else { config.horizon() });
        if horizon != self.horizon {
            self.look_ahead(config, horizon)?;
        }
        self.rails.reconfigure(config, horizon);
        if config.mode != EngineMode::Shadow {
            self.shadow = None;
        }
        self.observed_since = true;
        Ok(())
    }

    fn look_ahead(&mut self, config: &EngineConfig, horizon: usize) -> Result<()> {
        self.horizon = horizon;
        self.outlook.look_ahead(config, horizon)?;
        self.trust.look_ahead(self.outlook.ahead());
        self.value.look_ahead(self.outlook.ahead());
        self.rewards.look_ahead(self.outlook.ahead());
        self.watch.look_ahead(horizon);
        self.rails.look_ahead(config, horizon, self.outlook.ahead());
        Ok(())
    }

    /// Hands every interval that ended by `now` to those who learn from it.
    pub(super) fn close(&mut self, config: &EngineConfig, now: i64) -> Result<()> {
        let skipped = self.window.skip_gap();
        if skipped > 0 {
            self.outlook.skip(skipped)?;
            self.trust.skip();
            self.rails.skip();
            self.value.skip();
            self.rewards.look_ahead(self.outlook.ahead());
        }
        while let Some((end, load)) = self.window.close_next(now) {
            // A user's own policy may fail: the rest has learned by then.
            let told = self.policy.observe(end, load);
            let mean = self.window.mean();
            if self.forecasts() {
                self.watch.observe(end, load)?;
                self.outlook.observe(load, mean, self.watch.is_anomalous())?;
                let peak = self.outlook.peak(false);
                self.trust.observe(end, mean, self.outlook.load_that_came(), peak);
                self.rails.observe(end, load, mean, peak);
                self.account(config, mean)?;
            } else {
                self.outlook.observe(load, mean, false)?;
            }
            told?;
        }
        Ok(())
    }

    /// Accounts for what the forecast buys, and how it is rewarded.
    fn account(&mut self, config: &EngineConfig, load: f64) -> Result<()> {
        if load.is_nan() {
            return Ok(());
        }
        let need = self.outlook.need(load)?;
        let sized = |load: f64| if load.is_nan() { Ok(need) } else { self.outlook.need(load) };
        let peak = self.outlook.peak(self.watch.is_anomalous());
        let wanted = Wanted {
            need,
            ours: sized(peak.map_or(f64::NAN, |peak| peak.upper))?,
            seasonal_naive: sized(self.outlook.season_ahead())?,
        };
        self.value.observe(wanted, self.rewards.gain());
        let step = Step {
            load,
            expected: peak.map_or(f64::NAN, |peak| peak.expected),
            offered: load / config.service_rate,
            need,
            fleet: self.decided.as_ref().map(|(fleet, _)| *fleet),
            serving: self.value.serving(),
        };
        self.rewards.observe(&config.reward, &step);
        Ok(())
    }

    /// Whether the policy follows forecasts, and leaves caution to the engine.
    pub(super) fn forecasts(&self) -> bool {
        self.policy.damping() == Damping::Engine
    }

    /// Whether the state, read from bytes, fits the settings, for which `like` was just made.
    pub(super) fn is_whole(&mut self, config: &EngineConfig, like: &mut State) -> bool {
        if !(1..=MOST_HORIZON).contains(&self.horizon) || !self.start_ups.is_whole(config) {
            return false;
        }
        if like.look_ahead(config, self.horizon).is_err() {
            return false;
        }
        self.window.is_whole(&like.window)
            && self.clock.is_none_or(|clock| self.window.check_time(clock).is_ok())
            && self.outlook.is_whole(&like.outlook)
            && self.trust.is_whole(&like.trust)
            && self.watch.is_restored(&like.watch)
            && self.policy.is_whole()
            && self.rails.is_whole(&like.rails)
            && self.resources.is_whole(&like.resources)
            && self.shadow.as_ref().is_none_or(ShadowFleet::is_whole)
            && self.value.is_whole(&like.value)
            && self.rewards.is_whole(&like.rewards)
            && self.audit.is_whole()
            && self.measured.is_whole(config)
            && self.in_flight.is_none_or(|(_, count)| count.is_nan() || (0.0..=LARGEST_LOAD).contains(&count))
    }

    pub(super) fn reserve(&mut self, config: &EngineConfig) {
        self.window.reserve();
        self.outlook.reserve(config);
        self.rails.reserve();
        if let Some(shadow) = &mut self.shadow {
            shadow.reserve();
        }
        self.start_ups.reserve();
        self.value.reserve();
        self.rewards.reserve();
        if let Some((_, decision)) = &mut self.decided {
            decision.reserve(config.tiers.len());
        }
    }
}
