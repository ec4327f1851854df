//! What the rails remember, as one value.

use super::super::config::EngineConfig;
use super::activation::{Activation, Idleness};
use super::flips::RecentFlips;
use super::forecast_limits::RecentErrors;
use super::pause::PauseDirection;
use super::rate::RecentChanges;
use super::stabilization::RecentProposals;
use crate::error::Result;
use crate::load::whole_milliseconds;
use crate::policy::Peak;
use serde::{Deserialize, Serialize};

/// The load seen last.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(in crate::engine) struct Sight {
    pub(in crate::engine) time: i64,
    /// Averaged over the metric window.
    pub(in crate::engine) load: f64,
    /// The forecast that was made then.
    pub(in crate::engine) peak: Option<Peak>,
}

/// What the rails remember.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::engine) struct RailsMemory {
    pub(in crate::engine) proposals: RecentProposals,
    /// What would have been proposed without forecasts.
    pub(in crate::engine) needs: RecentProposals,
    pub(in crate::engine) changes: RecentChanges,
    pub(in crate::engine) flips: RecentFlips,
    pub(in crate::engine) errors: RecentErrors,
    pub(in crate::engine) idleness: Idleness,
    pub(in crate::engine) sight: Option<Sight>,
    /// When the first decision was asked for.
    began: Option<i64>,
    pub(in crate::engine) paused: Option<PauseDirection>,
}

impl RailsMemory {
    /// For forecasts of the load `ahead` intervals later.
    pub(in crate::engine) fn new(config: &EngineConfig, ahead: usize) -> Result<Self> {
        let interval = whole_milliseconds(config.interval_seconds)?;
        let up = config.rails.stabilization.up_seconds;
        let proposals = RecentProposals::new(interval, up, config.scale_in_window(config.horizon()));
        Ok(RailsMemory {
            needs: proposals.clone(),
            proposals,
            changes: RecentChanges::default(),
            flips: RecentFlips::new(config.rails.flips),
            errors: RecentErrors::new(ahead),
            idleness: Idleness::default(),
            sight: None,
            began: None,
            paused: None,
        })
    }

    /// Decisions look `horizon` intervals ahead from now on, and forecasts `ahead`.
    pub(in crate::engine) fn look_ahead(&mut self, config: &EngineConfig, horizon: usize, ahead: usize) {
        self.errors.look_ahead(ahead);
        self.wait(config, horizon);
    }

    /// Follows new settings.
    pub(in crate::engine) fn reconfigure(&mut self, config: &EngineConfig, horizon: usize) {
        self.flips.reconfigure(config.rails.flips);
        self.wait(config, horizon);
    }

    fn wait(&mut self, config: &EngineConfig, horizon: usize) {
        let (up, down) = (config.rails.stabilization.up_seconds, config.scale_in_window(horizon));
        self.proposals.wait(up, down);
        self.needs.wait(up, down);
    }

    /// Takes in a sample as it comes.
    pub(in crate::engine) fn sample(&mut self, config: &EngineConfig, now: i64, load: f64) {
        if !load.is_nan() {
            self.idleness.observe(now, load, &config.rails.activation);
        }
    }

    /// Takes in an interval that ended: its load, the load averaged over the metric window, and the forecast that was made then.
    pub(in crate::engine) fn observe(&mut self, end: i64, load: f64, mean: f64, peak: Option<Peak>) {
        if load.is_nan() {
            self.idleness.observe(end, load, &Activation::default());
        } else {
            self.sight = Some(Sight { time: end, load: mean, peak });
        }
        self.errors.observe(mean, peak);
    }

    /// Passes over a gap of many intervals without a sample.
    pub(in crate::engine) fn skip(&mut self) {
        self.errors.skip();
    }

    /// Learns of a change that was applied.
    pub(in crate::engine) fn applied(&mut self, config: &EngineConfig, now: i64, before: u32, after: u32) {
        let anomalous = config.anomaly.rate.unwrap_or_default();
        self.changes.applied([&config.rails.rate, &anomalous], now, before, after);
        self.flips.applied(now, before, after);
    }

    /// Takes in that a decision is asked for, while so many replicas are ordered.
    pub(in crate::engine) fn begin(&mut self, now: i64, ordered: u32) {
        if self.began.is_none() {
            self.began = Some(now);
            // What runs was wanted until now: scale-in waits for its whole window from the start.
            self.proposals.remember(now, ordered);
            self.needs.remember(now, ordered);
        }
    }

    /// Seconds since anything was measured; since the first decision when nothing ever was.
    pub(in crate::engine) fn blind_seconds(&self, now: i64) -> f64 {
        let since = self.sight.map(|sight| sight.time).or(self.began).unwrap_or(now);
        now.saturating_sub(since).max(0) as f64 / 1000.0
    }

    /// Checks state that was read from bytes.
    pub(in crate::engine) fn is_whole(&self, like: &RailsMemory) -> bool {
        self.proposals.is_whole(&like.proposals)
            && self.needs.is_whole(&like.needs)
            && self.changes.is_whole()
            && self.flips.is_whole(&like.flips)
            && self.errors.is_whole(&like.errors)
            && self.sight.is_none_or(|sight| (0.0..=f64::MAX).contains(&sight.load))
    }

    /// Makes room for all that will be kept.
    pub(in crate::engine) fn reserve(&mut self) {
        self.proposals.reserve();
        self.needs.reserve();
        self.flips.reserve();
    }
}
