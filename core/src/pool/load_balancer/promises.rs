//! What users are promised, and the tier in which the balancer makes their capacity ready for that.

use super::LoadBalancer;
use super::recommend::hourly_cost;
use super::stream::{Tally, Usage};
use crate::error::{Error, Result};
use crate::pool::tiers::{QosProfile, Tier};

impl LoadBalancer {
    /// Says what is promised to the users of an application, or, with a `user`, to that one alone. To be said before their requests are
    /// counted: what was counted before stays with the tier that it was counted for. Nothing is held hot or warm for a user where its load,
    /// in the mean over a season, would cost more than the limit in the cheapest kind of that tier.
    ///
    /// # Errors
    /// [`Error::Config`] names what is out of range; [`Error::Data`] for more profiles of users, or of applications that nobody uses, than keys are
    /// kept.
    pub fn set_profile(&mut self, user: Option<&str>, application: &str, profile: QosProfile) -> Result<()> {
        profile.check("profile")?;
        let most = self.config.most_keys;
        self.check_application(application)?;
        let Some(user) = user else {
            self.application(application).profile = Some(profile);
            return Ok(());
        };
        let known = self.applications.get(application);
        let is_new = !known.is_some_and(|known| known.user_profiles.contains_key(user));
        if is_new && self.profiles >= most {
            return Err(Error::data("user", format!("there are {most} profiles of users already, the most")));
        }
        self.application(application).user_profiles.insert(user.into(), profile);
        self.profiles += usize::from(is_new);
        Ok(())
    }

    /// What is promised to a user of an application.
    pub fn profile(&self, user: &str, application: &str) -> QosProfile {
        let known = self.applications.get(application).and_then(|application| application.profile(user));
        known.unwrap_or(self.config.profile)
    }

    /// Refuses one application more than are kept; each that is used has a key.
    pub(super) fn check_application(&self, name: &str) -> Result<()> {
        let count = self.applications.len();
        if self.applications.contains_key(name) || count < self.config.most_keys.saturating_mul(2) {
            return Ok(());
        }
        Err(Error::data("application", format!("{count} are known already, the most")))
    }

    /// The slowest tier that a user's requests wait for. Nothing is ever held cold: what no tier serves for the limit counts there.
    pub(super) fn slowest(&self, user: &str, application: &str, asked: &Tally) -> Tier {
        let profile = self.profile(user, application);
        let patience = profile.slowest(self.config.warm_start_up_seconds, self.config.cold_start_up_seconds);
        let slowest = if profile.priority >= self.config.critical_priority { Tier::Hot } else { patience };
        let Some(limit) = profile.cost_limit else { return slowest };
        let known = self.applications.get(application).and_then(|known| known.users.get(user));
        let known = known.map(|key| &key.stream).filter(|stream| stream.usage.is_known());
        let (requests, usage) = known.map_or_else(
            || (asked.requests, Usage::of(asked)),
            |stream| (stream.demand.level(), stream.usage),
        );
        let load = requests / self.config.step_seconds;
        let is_affordable =
            |tier: &Tier| hourly_cost(*tier, load, &usage, &self.config).is_none_or(|cost| cost <= limit);
        let slower = Tier::ALL.into_iter().filter(|tier| *tier >= slowest);
        slower.into_iter().find(is_affordable).unwrap_or(Tier::Cold)
    }
}
