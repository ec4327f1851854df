//! What must hold of a manager that was read from bytes, so that nothing it does later fails.

use super::config::LARGEST;
use super::lease::Lease;
use super::leases::Held;
use super::needs::{Seen, Told};
use super::{MOST_LEASES, MOST_ROUNDS, ResourceManager};
use crate::pool::tiers::Tier;

impl ResourceManager {
    pub(super) fn is_whole(&self) -> bool {
        let possible = |(id, held): (&u64, &Held)| {
            let Lease { id: own, load, qos, .. } = &held.lease;
            id == own && *load > 0.0 && *load <= LARGEST && qos.check("qos").is_ok()
        };
        let told = |told: &Told| (0.0..=LARGEST).contains(&told.value);
        let seen = |seen: &Seen| told(&seen.load) && told(&seen.latency_seconds) && told(&seen.utilization);
        let most_refused = MOST_LEASES as f64 * LARGEST;
        self.config.check().is_ok()
            && self.units.is_whole()
            && self.orders.is_whole()
            && self.journal.is_whole()
            && self.clock.is_whole()
            && self.decided.len() <= Tier::ALL.len()
            && self.rounds.len() <= MOST_ROUNDS
            && self.leases.len() <= MOST_LEASES
            && self.refused_requests.len() <= MOST_LEASES
            && self.leases.iter().all(possible)
            && Tier::ALL.into_iter().all(|tier| {
                seen(self.observed.of(tier)) && (0.0..=most_refused).contains(self.refused.of(tier))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::resource_manager::tests::{granted, known, manager, obey, request};

    #[test]
    fn what_would_fail_later_is_not_whole() {
        let mut manager = manager();
        manager.foresee(0, &known(35.0, 35.0, 35.0)).unwrap();
        obey(&mut manager, 0);
        granted(&mut manager, 0, &request(1, 5.0, Some(0.5), 0));
        assert!(manager.is_whole());
        let spoiled = |spoil: &dyn Fn(&mut ResourceManager)| {
            let mut bad = manager.clone();
            spoil(&mut bad);
            ResourceManager::restore(&bad.snapshot().unwrap()).is_err()
        };
        assert!(!spoiled(&|_| ()));
        assert!(spoiled(&|manager| manager.leases.get_mut(&1).unwrap().lease.load = f64::NAN));
        assert!(spoiled(&|manager| manager.leases.get_mut(&1).unwrap().lease.id = 2));
        assert!(spoiled(&|manager| manager.refused.warm = f64::INFINITY));
        assert!(spoiled(&|manager| manager.refused.warm = f64::NAN));
        let told = Told { time: 0, value: -1.0, serving: 1 };
        assert!(spoiled(&|manager| manager.observed.cold.utilization = told));
    }
}
