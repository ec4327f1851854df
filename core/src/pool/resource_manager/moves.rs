//! Leases that go to another tier: because they would wait too long where they are, or because it costs less.

use super::ResourceManager;
use super::lease::promise;
use super::leases::{Held, Ladder, Offer, best, offer, response};
use super::summary::{FIRST, Place, Summary, behind};
use crate::error::Result;
use crate::pool::tiers::{Tier, Tiers};
use std::cmp::Reverse;
use std::collections::BTreeSet;

impl ResourceManager {
    /// Moves leases that would wait longer than was promised to where they are served sooner, and what is not critical to where it is served
    /// for less. O(log leases) for each that could move.
    pub(super) fn move_leases(&mut self) -> Result<()> {
        let ladders = Tiers {
            hot: self.ladder(Tier::Hot),
            warm: self.ladder(Tier::Warm),
            cold: self.ladder(Tier::Cold),
        };
        let mut moved = BTreeSet::new();
        self.move_some(&ladders, false, Some(FIRST), &mut moved)?;
        // Behind those that are critical.
        let critical = (Reverse(self.config.critical_priority), u64::MAX);
        self.move_some(&ladders, true, behind(critical), &mut moved)
    }

    /// Moves those that wait, or those that are served, from a place on; but none twice.
    fn move_some(
        &mut self,
        ladders: &Tiers<Ladder>,
        is_served: bool,
        mut from: Option<Place>,
        moved: &mut BTreeSet<u64>,
    ) -> Result<()> {
        while let Some(begin) = from {
            let mut next: Option<Place> = None;
            for tier in Tier::ALL {
                let found = if is_served {
                    self.first_cheaper(tier, ladders, begin)?
                } else {
                    self.first_sooner(tier, ladders, begin)?
                };
                next = [next, found].into_iter().flatten().min();
            }
            let Some(place) = next else { break };
            if !moved.contains(&place.1) && self.move_lease(place.1, ladders)? {
                moved.insert(place.1);
            }
            from = behind(place);
        }
        Ok(())
    }

    /// The first lease of a tier that is served and could be served elsewhere for less.
    fn first_cheaper(&self, tier: Tier, ladders: &Tiers<Ladder>, from: Place) -> Result<Option<Place>> {
        let cost = |tier| self.config.cost(tier, 1.0);
        let cheaper = |other: &Tier| cost(*other) < cost(tier);
        self.carried.of(tier).first(from, &mut |some| {
            if some.waiting == some.count {
                return Ok(false);
            }
            self.could_go(Tier::ALL.into_iter().filter(cheaper), ladders, some, 0.0)
        })
    }

    /// The first lease of a tier that waits longer there than was promised, and could be served elsewhere sooner.
    fn first_sooner(&self, tier: Tier, ladders: &Tiers<Ladder>, from: Place) -> Result<Option<Place>> {
        if self.carried.of(tier).all().waiting == 0 {
            return Ok(None);
        }
        let wait = self.wait_of(tier, ladders)?;
        let ready = self.now().saturating_add((wait * 1000.0) as i64).saturating_add(2);
        self.carried.of(tier).first(from, &mut |some| {
            if some.waiting == 0 || (wait < f64::INFINITY && ready <= some.due) {
                return Ok(false);
            }
            self.could_go(Tier::ALL.into_iter().filter(|other| *other != tier), ladders, some, wait)
        })
    }

    /// Whether one of these leases could have an offer of one of these tiers that it waits for less long than `wait`, or not at all.
    fn could_go(
        &self,
        tiers: impl Iterator<Item = Tier>,
        ladders: &Tiers<Ladder>,
        some: &Summary,
        wait: f64,
    ) -> Result<bool> {
        // Their limits are for all of a lease: divided by its load, they are rounded.
        let is_affordable = |tier: &Tier| self.config.cost(*tier, 1.0) <= some.dearest * (1.0 + 1e-9);
        tiers.filter(is_affordable).try_fold(false, |could, tier| {
            let carried = self.carried.of(tier).all();
            let (load, most) = (carried.load() + some.least_load(), some.laxest);
            ladders.of(tier).iter().enumerate().try_fold(could, |could, (rung, (units, later))| {
                if could || (rung > 0 && *later >= wait) {
                    return Ok(could);
                }
                let response = response(&self.config, tier, load, *units)?;
                Ok(response.is_finite() && later + response <= most && response <= carried.strictest)
            })
        })
    }

    /// Moves a lease to where it is better off; whether there is such a tier.
    fn move_lease(&mut self, id: u64, ladders: &Tiers<Ladder>) -> Result<bool> {
        let Some(held) = self.leases.get(&id) else { return Ok(false) };
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
                let wait = self.wait_of(lease.tier, ladders)?;
                let waited = self.now().saturating_sub(lease.granted) as f64 / 1000.0;
                (wait == f64::INFINITY || waited + wait > promise(&lease.qos)) && offer.wait < wait
            };
            if is_better {
                better.push(offer);
            }
        }
        let Some(chosen) = best(&self.config, &lease.qos, &better) else { return Ok(false) };
        self.carried.of_mut(lease.tier).remove(&lease);
        if let Some(Held { lease, .. }) = self.leases.get_mut(&id) {
            lease.tier = chosen.tier;
            lease.is_served = chosen.is_there;
            lease.cost_per_hour = chosen.cost;
            lease.expected_latency_seconds = chosen.latency;
            self.carried.of_mut(chosen.tier).add(lease);
        }
        self.note_route(id);
        Ok(true)
    }

    /// Seconds that the leases which wait in a tier go on waiting.
    fn wait_of(&self, tier: Tier, ladders: &Tiers<Ladder>) -> Result<f64> {
        let carried = self.carried.of(tier).all();
        for (units, wait) in ladders.of(tier) {
            if response(&self.config, tier, carried.load(), *units)? <= carried.strictest.min(f64::MAX) {
                return Ok(wait.max(f64::MIN_POSITIVE));
            }
        }
        Ok(f64::INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::resource_manager::tests::{granted, known, manager, obey, request};

    /// A lease that will be late cold would be served hot at once, but not for what it may cost.
    #[test]
    fn who_is_held_back_by_its_price_is_not_found() {
        let is_found = |limit| {
            let mut manager = manager();
            manager.foresee(0, &known(70.0, 70.0, 70.0)).unwrap();
            obey(&mut manager, 0);
            let mut asked = request(1, 10.0, Some(310.0), 0);
            asked.qos.cost_limit = limit;
            assert_eq!(granted(&mut manager, 0, &asked).tier, Tier::Cold);
            manager.clock.advance("now", 100_000).unwrap();
            let ladders = Tiers {
                hot: manager.ladder(Tier::Hot),
                warm: manager.ladder(Tier::Warm),
                cold: manager.ladder(Tier::Cold),
            };
            manager.first_sooner(Tier::Cold, &ladders, FIRST).unwrap().is_some()
        };
        assert_eq!([None, Some(1.0), Some(0.7)].map(is_found), [true, true, false]);
    }
}
