//! Primaries come, change and go, and instances fail and come back.

use super::fleet::{Instance, Life};
use super::group::Group;
use super::records::ShadowAction;
use super::utilization::Utilization;
use super::{MOST_PRIMARIES, Primary, ShadowManager};
use crate::error::{Error, Result};

/// Bytes of all forecasts at the most.
const MOST_BYTES: f64 = 4e9;

impl ShadowManager {
    /// Adds a primary, which runs and serves all of its traffic; or changes what one has, its sizes, limits and prices from the next round on. What
    /// was learned goes on in units of what it has now. Gives the number of the active instance.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is out of range, or says that the resources of a known primary are others, or have changed by more than a
    /// million times; [`Error::Data`] for more than 10,000 primaries, or more than 4 GB of forecasts.
    pub fn set_primary(&mut self, primary: Primary) -> Result<u64> {
        primary.check()?;
        let base: Vec<f64> = primary.base().collect();
        if let Some(group) = self.group_of.get(&primary.name).and_then(|place| self.groups.get_mut(*place)) {
            group.check_change(&primary)?;
            if let Some(origin) = self.fleet.instances.get_mut(&group.origin) {
                origin.ceiling = base;
            }
            group.change(primary);
            return Ok(group.active);
        }
        self.check_size(base.len())?;
        let place = self.groups.len();
        let resources = base.len();
        let day = (86_400.0 / self.config.step_seconds).round() as i64;
        let config = &self.config;
        let model = Utilization::new(
            self.features.columns(),
            resources,
            day,
            config.horizon_steps,
            config.lead_steps(),
            config.quantile(),
        )?;
        let origin = self.fleet.add(Instance {
            primary: place,
            life: Life::Running,
            version: primary.version.clone(),
            size: String::new(),
            ceiling: base.clone(),
            amounts: base.clone(),
            asked: base,
            price_per_hour: 0.0,
            order: 0,
            resizing: 0,
        });
        self.group_of.insert(primary.name.clone(), place);
        let (epoch, table) = self.retired;
        self.groups.push(Group { epoch: epoch + 1, table, ..Group::new(primary, model, origin) });
        Ok(origin)
    }

    /// Forgets a primary. What is open about it is withdrawn; if others serve, its active instance is sent all of its traffic; then all other instances are
    /// released, for which the next rounds ask. The active one is the host's from now on, and no longer one to be listed in
    /// [`ShadowManager::reconcile`]. What was used and decided stays in the history and the journal; a shadow whose creation is confirmed only now is released.
    ///
    /// # Errors
    /// [`Error::Data`] for a primary that is not known.
    pub fn remove_primary(&mut self, primary: &str) -> Result<()> {
        let place = self.place(primary)?;
        let now = self.now();
        let group = self.groups.remove(place);
        self.group_of.remove(primary);
        self.group_of.values_mut().filter(|other| **other > place).for_each(|other| *other -= 1);
        self.queue.forget(place);
        let orders = &mut self.fleet.orders;
        let concerns = |action: &ShadowAction| match action {
            ShadowAction::Create { instance, .. }
            | ShadowAction::Resize { instance, .. }
            | ShadowAction::Mirror { instance, .. }
            | ShadowAction::Promote { instance, .. }
            | ShadowAction::Demote { instance, .. }
            | ShadowAction::Release { instance } => group.members.contains(instance),
            ShadowAction::Route { primary: other, .. } => other == primary,
        };
        let open: Vec<u64> =
            orders.open().filter(|open| concerns(&open.action)).map(|open| open.id).collect();
        open.into_iter().for_each(|id| drop(orders.withdraw(id)));
        let all = vec![(group.active, 1.0)];
        let table = group.table + 1;
        if group.routed != all || group.asked != all {
            orders.issue(now, ShadowAction::Route { primary: primary.into(), version: table, shares: all });
        }
        for instance in &group.members {
            self.fleet.instances.remove(instance);
            if *instance != group.active {
                self.fleet.orders.issue(now, ShadowAction::Release { instance: *instance });
            }
        }
        let later = self.fleet.instances.values_mut().filter(|instance| instance.primary > place);
        later.for_each(|instance| instance.primary -= 1);
        // Above the table that is on its way: what is confirmed of it is not taken for another's.
        self.retired = (self.retired.0.max(group.epoch), self.retired.1.max(table + 1));
        Ok(())
    }

    /// An instance does not answer any more. If it was active, the next round promotes the best shadow; a shadow is replaced.
    ///
    /// # Errors
    /// [`Error::Data`] for a number that no instance ever had.
    pub fn instance_failed(&mut self, instance: u64) -> Result<()> {
        self.check_instance(instance)?;
        if let Some(failed) = self.fleet.instances.get_mut(&instance) {
            failed.life = match failed.life {
                Life::Releasing => Life::Releasing,
                _ => Life::Failed,
            };
        }
        Ok(())
    }

    /// An instance that had failed answers again: it is told that it is standby, unless nothing has taken its place.
    ///
    /// # Errors
    /// [`Error::Data`] for a number that no instance ever had.
    pub fn instance_recovered(&mut self, instance: u64) -> Result<()> {
        self.check_instance(instance)?;
        let now = self.now();
        let Some(back) = self.fleet.instances.get(&instance).filter(|back| back.life == Life::Failed) else {
            return Ok(());
        };
        let Some(group) = self.groups.get_mut(back.primary) else { return Ok(()) };
        let is_active = group.active == instance;
        let order =
            if is_active { 0 } else { self.fleet.demote(now, instance, &group.primary.name, group.epoch) };
        if group.fallen == Some(instance) {
            group.fallen = None;
        }
        if let Some(back) = self.fleet.instances.get_mut(&instance) {
            (back.life, back.order) = if is_active { (Life::Running, 0) } else { (Life::Rejoining, order) };
        }
        Ok(())
    }

    /// Refuses a primary more, of so many resources, where there are too many.
    fn check_size(&self, resources: usize) -> Result<()> {
        let primaries = self.groups.len() + 1;
        if primaries > MOST_PRIMARIES {
            return Err(Error::data(
                "primary",
                format!("there are {MOST_PRIMARIES} primaries, the most there may be"),
            ));
        }
        let known = self.groups.iter().map(|group| group.primary.resources.len());
        let resources = resources + known.sum::<usize>();
        let bytes = self.config.bytes(primaries, resources, self.features.columns());
        if bytes > MOST_BYTES {
            let problem = format!(
                "forecasts of {resources} resources take {bytes:e} bytes, {MOST_BYTES:e} at the most"
            );
            return Err(Error::data("primary", problem));
        }
        Ok(())
    }

    fn check_instance(&self, instance: u64) -> Result<()> {
        if instance == 0 || instance >= self.fleet.next {
            return Err(Error::data("instance", format!("{instance} was never created")));
        }
        Ok(())
    }
}
