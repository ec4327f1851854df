//! What users and operators say by hand: pause, resume, and the share of a common budget.

use super::audit::Input;
use super::config::EngineMode;
use super::decision::{Decision, Rail};
use super::engine_loop::Engine;
use super::rails::PauseDirection;
use super::tiers::spread;
use crate::error::{Error, Result};
use crate::policy::Reason;

impl Engine {
    /// Pauses scaling in, out, or both, until [`Engine::resume`]; saved with the state. The smallest and the largest count still hold.
    /// What was paused before is replaced.
    pub fn pause(&mut self, direction: PauseDirection) {
        self.record(|| Input::Pause(Some(direction)));
        self.state.rails.paused = Some(direction);
        self.state.observed_since = true;
    }

    /// Ends a pause.
    pub fn resume(&mut self) {
        self.record(|| Input::Pause(None));
        self.state.rails.paused = None;
        self.state.observed_since = true;
    }

    /// The direction in which scaling is paused, if it is.
    pub fn paused(&self) -> Option<PauseDirection> {
        self.state.rails.paused
    }

    /// Lowers the last decision to its share of a budget that several engines have in common (see [`super::JointBudget`]), and names that
    /// rail in it. A share that is no smaller changes nothing; in advisory and shadow mode it lowers what is advised.
    ///
    /// # Errors
    /// [`Error::NotReady`] before the first decision.
    pub fn limit_to_share(&mut self, share: u32) -> Result<&Decision> {
        let none = || Error::not_ready("the engine's last decision", "none was asked for yet");
        let (_, decision) = self.state.decided.as_mut().ok_or_else(none)?;
        let from = decision.advised;
        if share < from {
            decision.advised = share;
            if self.config.mode == EngineMode::Active {
                decision.replicas = share;
                decision.active = share > 0;
            }
            if let Some(shadow) = &mut self.state.shadow {
                shadow.apply(decision.now, share);
            }
            let missing = decision.reactive.saturating_sub(share);
            match decision.reasons.last_mut() {
                Some(Reason::LoweredToShare { to, missing: lacks, .. }) => (*to, *lacks) = (share, missing),
                _ => decision.reasons.push(Reason::LoweredToShare { from, to: share, missing }),
            }
            decision.limited_by = Some(Rail::SharedBudget);
            self.state.audit.share = Some(share);
            spread(&self.config.tiers, &mut decision.tiers, share, 0, 0.0);
        }
        Ok(decision)
    }
}
