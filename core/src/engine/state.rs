//! All that an engine learns and remembers, and how every interval that ended is handed to those who learn from it.

use super::config::EngineConfig;
use super::decision::{Decision, MOST_REASONS};
use super::load_window::{LARGEST_LOAD, LoadWindow};
use super::outlook::Outlook;
use super::rails::{RecentChanges, RecentProposals};
use super::trust::Trust;
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
    pub(super) proposals: RecentProposals,
    pub(super) changes: RecentChanges,
    pub(super) decided: Option<(Fleet, Decision)>,
    pub(super) observed_since: bool,
    /// Requests in flight, and when that was seen.
    pub(super) in_flight: Option<(i64, f64)>,
}

impl State {
    pub(super) fn new(config: &EngineConfig, policy: AnyPolicy) -> Result<Self> {
        let interval = whole_milliseconds(config.interval_seconds)?;
        let intervals = |seconds: f64| (seconds / config.interval_seconds).round() as usize;
        let down = config.scale_in_window();
        let window = intervals(config.metric_window_seconds).max(1);
        let season = intervals(config.season_seconds);
        let outlook = Outlook::new(config.quantile(), config.horizon(), window, season)?;
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
    pub(super) fn close(&mut self, now: i64) -> Result<()> {
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
                self.outlook.observe(mean, self.watch.is_anomalous())?;
                self.trust.observe(end, mean, self.outlook.peak(0.0));
            } else {
                self.outlook.observe(mean, false)?;
            }
            told?;
        }
        Ok(())
    }

    /// Whether the policy follows forecasts, and leaves caution to the engine.
    pub(super) fn forecasts(&self) -> bool {
        self.policy.damping() == Damping::Engine
    }

    pub(super) fn is_whole(&mut self, like: &State) -> bool {
        self.window.is_whole(&like.window)
            && self.outlook.is_whole(&like.outlook)
            && self.trust.is_whole(&like.trust)
            && self.watch.is_restored(&like.watch)
            && self.policy.is_whole()
            && self.proposals.is_whole(&like.proposals)
            && self.changes.is_whole()
            && self.in_flight.is_none_or(|(_, count)| count.is_nan() || (0.0..=LARGEST_LOAD).contains(&count))
    }

    pub(super) fn reserve(&mut self) {
        self.outlook.reserve();
        self.proposals.reserve();
        if let Some((_, decision)) = &mut self.decided {
            decision.reasons.reserve(MOST_REASONS.saturating_sub(decision.reasons.len()));
        }
    }
}
