//! The replicas of a simulated service: a count that is asked for, filled tier by tier in the order of the tiers.

use super::clock::Clock;
use super::pool::{Counts, Life, Pool};
use super::tier::Tier;
use super::world::World;
use crate::policy::Fleet;
use crate::random::Random;

/// The generator of the first tier's replicas; the next tier has the next.
const FIRST_STREAM: u64 = 16;

/// The replicas, at the start of a step.
#[derive(Debug, Clone)]
pub(super) struct Replicas {
    requested: u32,
    pools: Vec<Pool>,
    /// The largest count of each tier.
    room: Vec<u32>,
}

/// Those that serve, all tiers together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Serving {
    pub(super) ready: u32,
    /// Load per second that they serve in all.
    pub(super) capacity: f64,
    /// The mean over them.
    pub(super) service_rate: f64,
}

impl Replicas {
    /// `ready` warm replicas to begin with.
    pub(super) fn new(ready: u32, world: &World, clock: &Clock, seed: u64) -> Self {
        let only = [Tier::default()];
        let tiers = if world.tiers.is_empty() { &only[..] } else { &world.tiers };
        let room: Vec<u32> = tiers.iter().map(|tier| tier.max_replicas.unwrap_or(u32::MAX)).collect();
        let pools =
            tiers.iter().zip(split(ready, &room)).zip(FIRST_STREAM..).map(|((tier, ready), stream)| {
                let rate = world.service_rate * tier.service_factor();
                Pool::new(Life::new(world, tier, clock.step), rate, ready, Random::stream(seed, stream))
            });
        Replicas { requested: ready, pools: pools.collect(), room }
    }

    /// One tier in which everything always takes the same number of steps.
    #[cfg(test)]
    pub(super) fn constant(ready: u32, start_up: usize, drain: usize) -> Self {
        let pool = Pool::new(Life::constant(start_up, drain), 1.0, ready, Random::new(0));
        Replicas { requested: ready, pools: vec![pool], room: vec![u32::MAX] }
    }

    /// Moves on by one step, to `step`.
    #[inline]
    pub(super) fn advance(&mut self, step: usize) {
        self.pools.iter_mut().for_each(|pool| pool.advance(step));
    }

    /// Asks for `replicas`: creates what is missing, or stops what is too much, in the last tiers first.
    pub(super) fn request(&mut self, replicas: u32, step: usize) {
        self.requested = replicas;
        let wanted = split(replicas, &self.room);
        self.pools.iter_mut().zip(wanted).for_each(|(pool, wanted)| pool.request(wanted, step));
    }

    /// Takes in ready replicas that were made elsewhere, in the first tier.
    pub(super) fn join(&mut self, count: u32) {
        self.requested += count;
        self.pools.iter_mut().take(1).for_each(|pool| pool.join(count));
    }

    #[inline]
    pub(super) fn serving(&self) -> Serving {
        if let [pool] = self.pools.as_slice()
            && pool.cold == 0.0
        {
            let capacity = f64::from(pool.ready) * pool.rate;
            return Serving { ready: pool.ready, capacity, service_rate: pool.rate };
        }
        let capacity = |pool: &Pool| (f64::from(pool.ready) - pool.cold).max(0.0) * pool.rate;
        Serving::of(self.pools.iter().map(|pool| pool.ready).sum(), self.pools.iter().map(capacity).sum())
    }

    pub(super) fn pools(&self) -> &[Pool] {
        &self.pools
    }

    /// Replicas that start or drain.
    #[inline]
    pub(super) fn moving(&self) -> u32 {
        let of = |pool: &Pool| pool.starting_total.saturating_add(pool.draining_total);
        self.pools.iter().map(of).fold(0, u32::saturating_add)
    }

    pub(super) fn fleet(&self) -> Fleet {
        let mut fleet = Fleet { requested: self.requested, ..Fleet::default() };
        for pool in &self.pools {
            fleet.ready += pool.ready;
            fleet.pending += pool.starting_total;
            fleet.terminating = fleet.terminating.saturating_add(pool.draining_total);
        }
        fleet
    }

    /// What became of all replicas so far.
    pub(super) fn counts(&self) -> Counts {
        self.pools.iter().fold(Counts::default(), |sum, pool| sum.plus(pool.counts))
    }
}

impl Serving {
    pub(super) fn of(ready: u32, capacity: f64) -> Self {
        Serving { ready, capacity, service_rate: if ready > 0 { capacity / f64::from(ready) } else { 0.0 } }
    }

    /// The first `count` replicas of a world, all warm.
    pub(super) fn all_of(count: u32, world: &World) -> Self {
        if world.tiers.is_empty() {
            let capacity = f64::from(count) * world.service_rate;
            return Serving { ready: count, capacity, service_rate: world.service_rate };
        }
        let room: Vec<u32> = world.tiers.iter().map(|tier| tier.max_replicas.unwrap_or(u32::MAX)).collect();
        let rates = world.tiers.iter().map(|tier| world.service_rate * tier.service_factor());
        let capacity = split(count, &room).zip(rates).map(|(count, rate)| f64::from(count) * rate).sum();
        Serving::of(count, capacity)
    }
}

/// A count dealt out to the tiers in their order.
fn split(count: u32, room: &[u32]) -> impl Iterator<Item = u32> {
    let mut left = count;
    room.iter().map(move |most| {
        let here = left.min(*most);
        left -= here;
        here
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::WarmUp;
    use crate::load::Series;
    use proptest::prelude::*;

    #[test]
    fn replicas_start_serve_drain_and_go() {
        let mut replicas = Replicas::constant(2, 8, 2);
        replicas.request(5, 0);
        assert_eq!(replicas.fleet(), Fleet { requested: 5, ready: 2, pending: 3, terminating: 0 });
        replicas.advance(8);
        assert_eq!(replicas.fleet(), Fleet::new(5, 5));
        replicas.request(7, 9);
        replicas.request(4, 10);
        assert_eq!(replicas.fleet(), Fleet { requested: 4, ready: 4, pending: 0, terminating: 1 });
        replicas.advance(12);
        assert_eq!(replicas.fleet().terminating, 0);
    }

    #[test]
    fn without_start_up_or_drain_everything_is_immediate() {
        let mut replicas = Replicas::constant(1, 0, 0);
        replicas.request(3, 5);
        assert_eq!(replicas.fleet(), Fleet::new(3, 3));
        replicas.request(1, 6);
        assert_eq!(replicas.fleet(), Fleet::new(1, 1));
    }

    fn world() -> World {
        World { service_rate: 1.0, ..World::default() }
    }

    /// Replicas on a clock of seconds.
    fn replicas(ready: u32, world: &World, seed: u64) -> Replicas {
        let world = World { interval_seconds: 1.0, ..world.clone() };
        let clock = Clock::new(&Series::new(vec![1.0; 10], 0, 1.0).unwrap(), &world).unwrap();
        Replicas::new(ready, &world, &clock, seed)
    }

    #[test]
    fn start_up_times_have_the_mean_and_median_of_their_law() {
        let world = World { start_up_seconds: 1000.0, start_up_variation: 0.5, ..world() };
        let mut replicas = replicas(0, &world, 3);
        let count = 20_000;
        replicas.request(count, 0);
        let (mut sum, mut median, mut ready) = (0.0, 0, 0);
        for step in 0..20_000 {
            replicas.advance(step);
            let now = replicas.fleet().ready;
            sum += f64::from(now - ready) * step as f64;
            median = if ready < count / 2 { step } else { median };
            ready = now;
        }
        assert_eq!(ready, count);
        // Of a log-normal law: mean = median · √(1 + variation²). Its standard error is 0.35 % here, and rounding up adds half a step.
        let mean = 1000.0 * 1.25f64.sqrt() + 0.5;
        assert!((sum / f64::from(count) / mean - 1.0).abs() < 0.012, "{}", sum / f64::from(count));
        assert!((median as f64 / 1000.0 - 1.0).abs() < 0.015, "{median}");
    }

    #[test]
    fn crashes_come_at_their_rate_and_failed_starts_at_their_share() {
        let world = World { crashes_per_replica_hour: 0.5, start_up_seconds: 60.0, ..world() };
        let mut crashing = replicas(100, &world, 5);
        let mut hours = 0.0;
        for step in 0..400_000 {
            crashing.advance(step);
            hours += f64::from(crashing.fleet().ready) / 3600.0;
        }
        let crashed = crashing.counts().crashed as f64;
        assert!((crashed / (0.5 * hours) - 1.0).abs() < 4.0 / (0.5 * hours).sqrt(), "{crashed} in {hours} h");
        // In the long run a share of 3,600 / (3,600 + 0.5 · 60) of the replicas is ready.
        assert!((hours / (100.0 * 400_000.0 / 3600.0) / (3600.0 / 3630.0) - 1.0).abs() < 1e-3);

        let world = World { start_failure_share: 0.25, start_failure_seconds: 300.0, ..world };
        let mut failing = replicas(0, &World { crashes_per_replica_hour: 0.0, ..world }, 6);
        failing.request(10_000, 0);
        (0..300).for_each(|step| failing.advance(step));
        let ready = f64::from(failing.fleet().ready);
        assert!((ready / 7500.0 - 1.0).abs() < 0.025, "{ready}");
        (300..5000).for_each(|step| failing.advance(step));
        assert_eq!(failing.fleet(), Fleet::new(10_000, 10_000), "what failed was replaced");
        // Each start fails a geometric number of times, p/(1 − p) on average.
        let failed = failing.counts().failed_starts as f64;
        assert!((failed / (10_000.0 / 3.0) - 1.0).abs() < 0.08, "{failed}");
    }

    #[test]
    fn what_is_cold_serves_the_share_of_its_age() {
        let world =
            World { warm_up_seconds: 40.0, warm_up_initial_share: 0.3, start_up_seconds: 5.0, ..world() };
        let mut replicas = replicas(2, &world, 1);
        replicas.request(5, 0);
        let law = WarmUp { full: 1.0, full_error: 0.0, initial: 0.3, seconds: 40.0 };
        for step in 0..2000 {
            replicas.advance(step);
            let young = if step < 5 { 0.0 } else { 3.0 * law.share(step as f64 - 5.0).unwrap() };
            let Serving { capacity, .. } = replicas.serving();
            assert!((capacity - 2.0 - young).abs() < 1e-5, "{step}: {capacity} against {young}");
        }
        assert_eq!(replicas.serving().capacity, 5.0);
    }

    #[test]
    fn tiers_are_filled_in_their_order_and_emptied_in_the_other() {
        let tier = |name: &str, most, factor, start_up| Tier {
            name: name.into(),
            max_replicas: most,
            service_factor: Some(factor),
            start_up_seconds: Some(start_up),
            ..Tier::default()
        };
        let tiers = vec![tier("reserved", Some(4), 1.0, 10.0), tier("spot", None, 2.0, 30.0)];
        let world = World { tiers, drain_seconds: 7.0, ..world() };
        let mut replicas = replicas(1, &world, 1);
        replicas.request(6, 0);
        assert_eq!(replicas.pools.iter().map(|pool| pool.starting_total).collect::<Vec<_>>(), [3, 2]);
        replicas.advance(10);
        assert_eq!(replicas.serving(), Serving { ready: 4, capacity: 4.0, service_rate: 1.0 });
        replicas.advance(30);
        assert_eq!(replicas.serving(), Serving { ready: 6, capacity: 8.0, service_rate: 8.0 / 6.0 });
        assert_eq!(replicas.serving(), Serving::all_of(6, &world));
        replicas.request(3, 31);
        let fleet = Fleet { requested: 3, ready: 3, pending: 0, terminating: 3 };
        assert_eq!((replicas.fleet(), replicas.serving().capacity), (fleet, 3.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Whatever is asked for and whatever fails: nothing is lost, nothing made, and the same seed does the same.
        #[test]
        fn every_replica_is_accounted_for(
            wishes in prop::collection::vec(0u32..60, 1..40), seed: u64, variation in 0.0..1.5f64, fails in 0.0..0.6f64,
            crashes in 0.0..60.0f64, start_up in 0.0..40.0f64, drain in 0.0..20.0f64, most in 0u32..30,
        ) {
            let tiers = vec![
                Tier { name: "a".into(), max_replicas: Some(most), ..Tier::default() },
                Tier { name: "b".into(), crashes_per_replica_hour: Some(0.0), ..Tier::default() },
            ];
            let world = World {
                start_up_seconds: start_up, start_up_variation: variation, drain_seconds: drain, drain_variation: variation,
                start_failure_share: fails, start_failure_seconds: 20.0, crashes_per_replica_hour: crashes, tiers, ..world()
            };
            let (mut one, mut two) = (replicas(5, &world, seed), replicas(5, &world, seed));
            for (i, wish) in wishes.iter().enumerate() {
                for step in i * 10..i * 10 + 10 {
                    one.advance(step);
                    two.advance(step);
                }
                one.request(*wish, i * 10 + 9);
                two.request(*wish, i * 10 + 9);
                let (fleet, counts) = (one.fleet(), one.counts());
                prop_assert_eq!(fleet.ready + fleet.pending, *wish);
                let alive = u64::from(fleet.ready) + u64::from(fleet.pending) + u64::from(fleet.terminating);
                prop_assert_eq!(counts.created, alive + counts.gone + counts.failed_starts + counts.crashed);
                prop_assert!(one.pools()[0].ready + one.pools()[0].starting_total <= most);
                prop_assert_eq!((fleet, counts), (two.fleet(), two.counts()));
            }
        }
    }
}
