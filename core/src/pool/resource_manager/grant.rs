//! Who gets capacity, where and how soon; and the load that had to be refused, for which more is made.

use super::lease::{Lease, promise};
use super::leases::{Allocation, Held, Ladder, Offer, RefusalReason, best, offer, refusal};
use super::line::Line;
use super::units::Life;
use super::{MOST_LEASES, ResourceManager, ResourceRequest};
use crate::capacity::{Target, servers_for};
use crate::error::{Error, Result};
use crate::pool::tiers::{QosProfile, Tier, Tiers};

impl ResourceManager {
    pub(super) fn answer(&mut self, now: i64, request: &ResourceRequest) -> Result<Allocation> {
        request.check()?;
        let ResourceRequest { id, user, application, load, qos } = request;
        if let Some(Held { lease, .. }) = self.leases.get(id) {
            if (&lease.user, &lease.application, &lease.load, &lease.qos) != (user, application, load, qos) {
                return Err(Error::data("request.id", format!("{id} is that of another lease")));
            }
            let lease = lease.clone();
            self.clock.advance("now", now)?;
            return Ok(Allocation::Granted(lease));
        }
        if self.leases.len() >= MOST_LEASES {
            return Err(Error::data("request", format!("there are {MOST_LEASES} leases already, the most")));
        }
        let (offers, reasons) = self.offers(*load, qos, &self.carried)?;
        self.clock.advance("now", now)?;
        let Some(Offer { tier, is_there, latency, cost, .. }) = best(&self.config, qos, &offers) else {
            if self.refused_requests.len() < MOST_LEASES && self.refused_requests.insert(*id) {
                self.remember_refused(*load, qos);
            }
            return Ok(Allocation::Refused(refusal(request, &reasons)));
        };
        let lease = Lease {
            id: *id,
            user: user.clone(),
            application: application.clone(),
            load: *load,
            qos: *qos,
            tier,
            is_served: is_there,
            expected_latency_seconds: latency,
            cost_per_hour: cost,
            granted: now,
        };
        self.carried.of_mut(tier).add(&lease);
        self.leases.insert(*id, Held { lease: lease.clone(), routed: tier, route: 0, asked: tier });
        Ok(Allocation::Granted(lease))
    }

    /// What a tier can have ready, and when.
    pub(super) fn ladder(&self, tier: Tier) -> Ladder {
        let config = self.config.tiers.of(tier);
        let (warm, cold) = (self.config.tiers.warm.start_up_seconds, self.config.tiers.cold.start_up_seconds);
        let serving = self.units.count(tier, &[Life::Serving]);
        let soon = serving + self.units.count(tier, &[Life::Resting, Life::Waking, Life::Calming]);
        let mut ladder = vec![(serving, 0.0)];
        if soon > serving {
            ladder.push((soon, warm));
        }
        ladder.push((config.max_units.max(soon), cold));
        ladder
    }

    pub(super) fn offers(
        &self,
        load: f64,
        qos: &QosProfile,
        carried: &Tiers<Line>,
    ) -> Result<(Vec<Offer>, Tiers<RefusalReason>)> {
        let latency = RefusalReason::Latency;
        let (mut offers, mut reasons) = (Vec::new(), Tiers { hot: latency, warm: latency, cold: latency });
        for tier in Tier::ALL {
            match offer(&self.config, tier, &self.ladder(tier), carried.of(tier), (load, qos))? {
                Ok(offer) => offers.push(offer),
                Err(reason) => *reasons.of_mut(tier) = reason,
            }
        }
        Ok((offers, reasons))
    }

    /// Load that had to be refused because capacity was not there in time: more is made, warm first.
    pub(super) fn remember_refused(&mut self, load: f64, qos: &QosProfile) {
        for tier in [Tier::Warm, Tier::Hot, Tier::Cold] {
            let is_affordable = qos.cost_limit.is_none_or(|limit| self.config.cost(tier, load) <= limit);
            let target = Target::ResponseQuantile(self.config.response_share, promise(qos).min(1e100));
            let config = self.config.tiers.of(tier);
            let brought = self.carried.of(tier).load() + self.refused.of(tier) + load;
            let units = servers_for(brought, config.service_rate, target);
            // What no count of units up to the limit would serve is worth none.
            if is_affordable && units.is_ok_and(|units| units <= u64::from(config.max_units)) {
                *self.refused.of_mut(tier) += load;
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::resource_manager::ResourceManagerConfig;
    use crate::pool::resource_manager::tests::{granted, manager, obey, refused, request};
    use crate::pool::tiers::tests::tiers;

    #[test]
    fn a_refused_request_that_comes_again_counts_once() {
        let mut manager = manager();
        (0..50).for_each(|_| drop(refused(&mut manager, 0, &request(1, 50.0, Some(0.5), 0))));
        assert_eq!(manager.refused.warm, 50.0);
        refused(&mut manager, 0, &request(2, 10.0, Some(0.5), 0));
        assert_eq!(manager.refused.warm, 60.0);
        manager.rebalance(0).unwrap();
        assert_eq!(manager.refused, Tiers::default());
        refused(&mut manager, 0, &request(1, 50.0, Some(0.5), 0));
        assert_eq!(manager.refused.warm, 50.0);
    }

    #[test]
    fn what_starts_in_no_time_still_has_to_be_there_first() {
        let mut quick = tiers();
        (quick.warm.start_up_seconds, quick.cold.start_up_seconds) = (0.0, 0.0);
        let mut manager = ResourceManager::new(ResourceManagerConfig::new(quick)).unwrap();
        let lease = granted(&mut manager, 0, &request(1, 5.0, None, 0));
        assert!(!lease.is_served, "{lease:?}");
        obey(&mut manager, 0);
        obey(&mut manager, 1);
        assert!(manager.lease(1).unwrap().is_served);
    }
}
