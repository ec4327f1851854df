//! New settings for a running engine, without forgetting what it learned.

use super::audit::Input;
use super::config::EngineConfig;
use super::engine_loop::Engine;
use crate::config::to_json;
use crate::error::{Error, Result};

impl Engine {
    /// Changes settings at once: bounds, rails, promise, costs, and all else that does not shape what was learned. The next decision follows them.
    ///
    /// Fixed are `service_rate`, `interval_seconds`, `metric_window_seconds`, `season_seconds`, `late_seconds`, `policy`, `anomaly.alarm_rate`,
    /// `resources` and `audit`.
    ///
    /// # Errors
    /// [`Error::Config`] names a setting that is out of range, or fixed; [`Error::Infeasible`] when no count meets the target. The
    /// engine then stays as it was.
    pub fn reconfigure(&mut self, config: EngineConfig) -> Result<()> {
        config.check()?;
        let before = &self.config;
        let same = |field: &str, is_same: bool| {
            let problem = "is fixed while the engine runs: what was learned depends on it";
            if is_same { Ok(()) } else { Err(Error::config(field, problem)) }
        };
        same("service_rate", config.service_rate == before.service_rate)?;
        same("interval_seconds", config.interval_seconds == before.interval_seconds)?;
        same("metric_window_seconds", config.metric_window_seconds == before.metric_window_seconds)?;
        same("season_seconds", config.season_seconds == before.season_seconds)?;
        same("late_seconds", config.late_seconds == before.late_seconds)?;
        same("policy", config.policy == before.policy)?;
        same("anomaly.alarm_rate", config.anomaly.alarm_rate == before.anomaly.alarm_rate)?;
        same("resources", config.resources == before.resources)?;
        same("audit", config.audit == before.audit)?;
        let told = to_json(&config)?;
        self.state.reconfigure(&config)?;
        self.config = config;
        self.record(|| Input::Settings(told));
        Ok(())
    }
}
