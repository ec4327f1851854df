//! Leases that go to another tier: because they would wait too long where they are, or because it costs less.

use super::ResourceManager;
use super::leases::{Held, Ladder, Lease, Offer, best, offer, promise, response};
use crate::error::Result;
use crate::pool::tiers::{Tier, Tiers};

impl ResourceManager {
    /// Moves leases that would wait longer than was promised to where they are served sooner, and what is not critical to where it is served for less.
    pub(super) fn move_leases(&mut self) -> Result<()> {
        let mut order: Vec<(bool, i32, u64)> = self
            .leases
            .values()
            .map(|held| &held.lease)
            .filter(|lease| !lease.is_served || !self.config.is_critical(&lease.qos))
            .map(|lease| (lease.is_served, lease.qos.priority.saturating_neg(), lease.id))
            .collect();
        order.sort_unstable();
        let ladders = Tiers {
            hot: self.ladder(Tier::Hot),
            warm: self.ladder(Tier::Warm),
            cold: self.ladder(Tier::Cold),
        };
        for (_, _, id) in order {
            let Some(held) = self.leases.get(&id) else { continue };
            let lease = held.lease.clone();
            let mut better: Vec<Offer> = Vec::new();
            for tier in Tier::ALL.into_iter().filter(|tier| *tier != lease.tier) {
                let ladder = ladders.of(tier);
                // The wait until now is over: what counts is how soon it can be served, and for how much.
                let Ok(offer) =
                    offer(&self.config, tier, ladder, self.carried.of(tier), (lease.load, &lease.qos))?
                else {
                    continue;
                };
                let is_better = if lease.is_served {
                    offer.is_there && offer.cost < lease.cost_per_hour * (1.0 - 1e-9)
                } else {
                    let wait = self.wait_of(&lease, &ladders)?;
                    let waited = self.now.saturating_sub(lease.granted) as f64 / 1000.0;
                    (wait == f64::INFINITY || waited + wait > promise(&lease.qos)) && offer.wait < wait
                };
                if is_better {
                    better.push(offer);
                }
            }
            let Some(chosen) = best(&self.config, &lease.qos, &better) else { continue };
            self.carried.of_mut(lease.tier).remove(&lease);
            if let Some(Held { lease, .. }) = self.leases.get_mut(&id) {
                lease.tier = chosen.tier;
                lease.is_served = chosen.is_there;
                lease.cost_per_hour = chosen.cost;
                lease.expected_latency_seconds = chosen.latency;
                self.carried.of_mut(chosen.tier).add(lease);
            }
        }
        Ok(())
    }

    /// Seconds that a lease which waits goes on waiting where it is.
    pub(super) fn wait_of(&self, lease: &Lease, ladders: &Tiers<Ladder>) -> Result<f64> {
        let carried = self.carried.of(lease.tier);
        for (units, wait) in ladders.of(lease.tier) {
            if response(&self.config, lease.tier, carried.load, *units)? <= carried.strictest().min(f64::MAX)
            {
                return Ok(wait.max(f64::MIN_POSITIVE));
            }
        }
        Ok(f64::INFINITY)
    }
}
