//! The simulated requests: served as far as the capacity goes, carried over as backlog beyond it, lost where it is too long.
//!
//! The backlog is a fluid: `B' = λ − cμ − B/patience` (without patience `B' = λ − cμ`), never above its limit; what a limited line overflows
//! and impatience takes is lost. Where the line is as long as it gets, and where there is none, a share is lost that no fluid
//! knows of: that of the [`BoundedQueue`] in its steady state.

use super::kept::Kept;
use super::latency::{self, LastExponential, Law, Stretch, promised};
use super::replicas::Serving;
use super::scene::Scene;
use crate::capacity::{BoundedQueue, Target};
use crate::error::Result;
use crate::math::{exp, ln, log1p};

/// A line longer than this loses next to nothing that the fluid does not lose as well.
const LONG_LINE: u64 = 10_000;

/// What happened in one step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// Share of the ready replicas' capacity that was used, 0 to 1.
    pub(super) utilization: f64,
    pub(super) stretch: Stretch,
    /// Requests that came.
    pub(super) arrived: f64,
    /// Requests that were lost.
    pub(super) lost: f64,
    /// Requests that are late: beyond the promised response, or all while another promise is broken, and those that were lost.
    pub(super) late: f64,
    /// Requests that wait on average over the step.
    pub(super) waiting: f64,
    /// Whether the promise was broken.
    pub(super) broken: bool,
}

/// The requests: served as far as the capacity goes, carried over as backlog beyond it.
pub(super) struct Service<'a> {
    scene: &'a Scene<'a>,
    backlog: f64,
    conditions: (f64, Serving),
    kept: Kept,
    last: LastExponential,
    /// The law at the conditions' load, held at saturation and not.
    law: Law,
    unbounded: Law,
    /// What both say while no backlog delays anyone: the share that is late, whether the promise is kept.
    late_share: f64,
    /// Share of those that came last that were late when they came.
    late_before: f64,
    keeps: bool,
    /// Share that is lost in steady state.
    loss: f64,
}

impl<'a> Service<'a> {
    pub(super) fn new(scene: &'a Scene<'a>) -> Result<Self> {
        let (serving, target) = (Serving::all_of(1, scene.world), &scene.target);
        let law = Law::new(scene.world, target, 0.0, serving)?;
        let conditions = (f64::NAN, serving);
        Ok(Service {
            scene,
            backlog: 0.0,
            conditions,
            kept: scene.kept.clone(),
            last: LastExponential::default(),
            law,
            unbounded: law,
            late_share: 0.0,
            late_before: 0.0,
            keeps: true,
            loss: 0.0,
        })
    }

    /// What happens before anything has come.
    pub(super) fn nothing(&self) -> Moment {
        let stretch = Stretch { law: self.law, delay: 0.0, requests: 0.0 };
        Moment { utilization: 0.0, stretch, arrived: 0.0, lost: 0.0, late: 0.0, waiting: 0.0, broken: false }
    }

    /// Moves on by one step.
    #[inline(never)]
    pub(super) fn serve(&mut self, serving: Serving, rate: f64) -> Result<Moment> {
        let seconds = self.scene.clock.step_seconds();
        if self.conditions != (rate, serving) {
            self.conditions = (rate, serving);
            self.settle(serving, rate)?;
        }
        let Serving { ready, capacity, .. } = serving;
        let (requests, before) = (rate * seconds, self.backlog);
        let (served, lost) = self.flow(capacity, rate, seconds);
        let delay = if capacity > 0.0 {
            let line = 0.5 * (before + self.backlog);
            self.scene.world.patience_seconds.map_or(line / capacity, |patience| {
                // Those ahead give up as well.
                patience * log1p(line / (capacity * patience))
            })
        } else {
            f64::INFINITY
        };
        let is_undelayed = delay <= 0.0;
        let keeps = if is_undelayed { self.keeps } else { self.unbounded.keeps(&self.scene.target, delay) };
        let kept = keeps && ready > 0 && self.keeps_enough(lost, requests);
        let stretch = Stretch { law: self.law, delay, requests: (requests - lost).max(0.0) };
        let late = self.late(&stretch, is_undelayed, kept);
        // Those who give up beyond what came now were counted when they came, as far as they were late then.
        let again = (lost - requests).max(0.0) * (1.0 - self.late_before);
        if stretch.requests > 0.0 {
            self.late_before = (late / stretch.requests).min(1.0);
        }
        Ok(Moment {
            utilization: if capacity > 0.0 { (served / (capacity * seconds)).clamp(0.0, 1.0) } else { 0.0 },
            late: lost.min(requests) + again + late,
            stretch,
            arrived: requests,
            lost,
            waiting: 0.5 * (before + self.backlog),
            broken: !kept && requests > 0.0,
        })
    }

    /// What those have of the moment that was served last who are a `share` of its requests, and whose way there and back takes `seconds`.
    pub(super) fn afar(&self, moment: &Moment, share: f64, seconds: f64) -> Moment {
        let Moment { stretch, arrived, lost, .. } = *moment;
        let far = Stretch { delay: stretch.delay + seconds, ..stretch };
        let delay = far.delay;
        let is_undelayed = delay <= 0.0;
        let keeps = if is_undelayed { self.keeps } else { self.unbounded.keeps(&self.scene.target, delay) };
        let kept = keeps && self.conditions.1.ready > 0 && self.keeps_enough(lost, arrived);
        let late = lost.min(arrived) + self.late(&far, is_undelayed, kept);
        Moment {
            stretch: Stretch { requests: share * far.requests, ..far },
            arrived: share * arrived,
            lost: share * lost,
            late: share * late,
            waiting: share * moment.waiting,
            broken: !kept && share * arrived > 0.0,
            ..*moment
        }
    }

    /// Of the requests that are not lost, those that are late.
    fn late(&self, stretch: &Stretch, is_undelayed: bool, kept: bool) -> f64 {
        match promised(&self.scene.target) {
            Some(_) if is_undelayed => stretch.requests * self.late_share,
            Some(seconds) => stretch.requests * stretch.tail(seconds, &mut LastExponential::default()),
            None if kept => 0.0,
            None => stretch.requests,
        }
    }

    /// Requests in the service by Little's law, being served and in line, without the backlog.
    pub(super) fn in_queue(&self, rate: f64) -> f64 {
        rate * self.law.mean()
    }

    /// Requests that wait to be served.
    #[cfg(test)]
    pub(super) fn backlog(&self) -> f64 {
        self.backlog
    }

    /// The laws for new conditions. Without a single replica, as if one were there: the backlog says the rest.
    fn settle(&mut self, serving: Serving, rate: f64) -> Result<()> {
        let Scene { world, target, .. } = self.scene;
        let serving = if serving.capacity > 0.0 { serving } else { Serving::all_of(1, world) };
        let most = latency::most(serving);
        let law = |load: f64| Law::tabled(world, target, load, serving, &self.scene.waits);
        self.law = law(rate.min(most))?;
        self.unbounded = if rate > most { law(rate)? } else { self.law };
        self.late_share = promised(target).map_or(0.0, |seconds| self.law.tail_by(seconds, &mut self.last));
        self.keeps = latency::keeps(world, target, rate, serving, &mut self.kept)?;
        let places = world.backlog_limit.filter(|places| *places <= LONG_LINE);
        if places.is_some() || world.patience_seconds.is_some() {
            let servers = u64::from(serving.ready);
            let patience = world.patience_seconds;
            let queue = BoundedQueue::new(rate, serving.service_rate, servers, places, patience)?;
            self.loss = queue.blocking_probability() + queue.abandonment_probability();
        }
        Ok(())
    }

    /// Moves the backlog on; how many requests are served, and lost.
    fn flow(&mut self, capacity: f64, rate: f64, seconds: f64) -> (f64, f64) {
        let world = self.scene.world;
        let (requests, before) = (rate * seconds, self.backlog);
        let limit = world.backlog_limit.map_or(f64::INFINITY, |limit| limit as f64);
        let (served, left, gave_up) = match world.patience_seconds {
            None => {
                let served = (before + requests).min(capacity * seconds);
                (served, before + requests - served, 0.0)
            }
            Some(patience) => impatient(before, rate, capacity, patience, seconds),
        };
        // What rounding leaves of a backlog that is worked off is none.
        let left = if left < 1e-9 * requests.max(1.0) { 0.0 } else { left };
        self.backlog = left.min(limit);
        let lost = gave_up + (left - self.backlog);
        if self.loss <= 0.0 || capacity <= 0.0 {
            return (served, lost);
        }
        let longest =
            world.patience_seconds.map_or(limit, |patience| limit.min((rate - capacity) * patience));
        let is_steady = if rate < capacity {
            before.max(self.backlog) == 0.0
        } else {
            before.min(self.backlog) >= 0.99 * longest
        };
        let more = if is_steady { (self.loss * requests - lost).max(0.0).min(served) } else { 0.0 };
        (served - more, lost + more)
    }

    /// A promise to a share of the requests is one to those that are lost as well.
    fn keeps_enough(&self, lost: f64, requests: f64) -> bool {
        match self.scene.target {
            Target::WaitQuantile(p, _) | Target::ResponseQuantile(p, _) => lost <= (1.0 - p) * requests,
            _ => true,
        }
    }
}

/// A line that customers leave: how many are served in so many seconds, how many wait then, and how many gave up.
fn impatient(before: f64, rate: f64, capacity: f64, patience: f64, seconds: f64) -> (f64, f64, f64) {
    // Where the line would end; below 0 it is worked off before.
    let end = (rate - capacity) * patience;
    let left = (end + (before - end) * exp(-seconds / patience)).max(0.0);
    let busy = if left > 0.0 || rate > capacity {
        seconds
    } else if before > 0.0 {
        (patience * ln((before - end) / -end)).min(seconds)
    } else {
        0.0
    };
    let gave_up = (before + (rate - capacity) * busy - left).max(0.0);
    (before + rate * seconds - gave_up - left, left, gave_up)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Series;
    use crate::simulate::World;
    use proptest::prelude::*;

    fn served(moment: &Moment, serving: Serving, seconds: f64) -> f64 {
        moment.utilization * serving.capacity * seconds
    }

    #[test]
    fn an_overloaded_line_that_is_left_settles_where_arrivals_and_losses_balance() {
        let world = World { service_rate: 1.0, patience_seconds: Some(20.0), ..World::default() };
        let load = Series::new(vec![12.0; 100], 0, 60.0).unwrap();
        let scene = Scene::new(&load, &world, 0).unwrap();
        let mut service = Service::new(&scene).unwrap();
        let serving = Serving::all_of(10, &world);
        // B' = 2 − B/20: from 0 to 40, with 40·(1 − e^{−t/20}) after t seconds.
        service.serve(serving, 12.0).unwrap();
        assert!((service.backlog() - 40.0 * (1.0 - (-0.75f64).exp())).abs() < 1e-9);
        for _ in 0..100 {
            service.serve(serving, 12.0).unwrap();
        }
        let moment = service.serve(serving, 12.0).unwrap();
        assert!((service.backlog() - 40.0).abs() < 1e-9);
        // Who does not give up waits for those ahead that do not: 20·ln(1 + 40/(10·20)).
        assert!((moment.stretch.delay - 20.0 * 1.2f64.ln()).abs() < 1e-9);
        // Erlang A: a little more than the fluid's 2 of 12 are lost, for a server is idle now and then.
        let exact = BoundedQueue::new(12.0, 1.0, 10, None, Some(20.0)).unwrap().abandonment_probability();
        assert!((moment.lost / moment.arrived - exact).abs() < 1e-12 && exact > 2.0 / 12.0, "{exact}");
        // At 5 the line empties when 40 − (…) does: t = 20·ln((40 + 100)/100).
        let (mut empty, step) = (0.0, scene.clock.step_seconds());
        while service.backlog() > 0.0 {
            let moment = service.serve(serving, 5.0).unwrap();
            empty += if service.backlog() > 0.0 {
                step
            } else {
                (served(&moment, serving, step) - 5.0 * step).max(0.0) / 5.0
            };
        }
        assert!((empty - 20.0 * 1.4f64.ln()).abs() < 1e-9, "{empty}");
    }

    #[test]
    fn a_measured_curve_judges_by_its_points() {
        let curve = Some(vec![[0.2, 1.0], [0.6, 2.0], [0.8, 6.0]]);
        let target = Some(Target::ResponseQuantile(0.9, 4.0));
        let world = World { service_rate: 1.0, response_curve: curve, target, ..World::default() };
        world.check().unwrap();
        let law = |load: f64| Law::new(&world, &world.target(), load, Serving::all_of(10, &world)).unwrap();
        for (load, seconds) in [(1.0, 1.0), (2.0, 1.0), (4.0, 1.5), (7.0, 4.0), (9.5, 6.0)] {
            assert!((law(load).quantile(0.9, 0.0).unwrap() / seconds - 1.0).abs() < 1e-12, "{load}");
            assert!((law(load).tail(seconds) - 0.1).abs() < 1e-12);
            assert_eq!(law(load).keeps(&world.target(), 0.0), seconds <= 4.0);
        }
        assert_eq!(law(10.0).tail(1e9), 1.0);
        let scene = Scene::new(&Series::new(vec![7.0, 7.1, 14.0], 0, 60.0).unwrap(), &world, 0).unwrap();
        assert_eq!([0, 4, 8].map(|step| scene.need(step)), [10, 11, 20]);
    }

    #[test]
    fn other_variability_stretches_the_wait_as_allen_and_cunneen_say() {
        let world = World { service_rate: 1.0, arrival_cv: 2.0, service_cv: 0.5, ..World::default() };
        let serving = Serving::all_of(5, &world);
        let law = Law::new(&world, &world.target(), 4.0, serving).unwrap();
        let plain = Law::new(
            &World { arrival_cv: 1.0, service_cv: 1.0, ..world.clone() },
            &world.target(),
            4.0,
            serving,
        );
        // Wq · (4 + 1/4)/2.
        let wait = plain.unwrap().mean() - 1.0;
        assert!((law.mean() - 1.0 - wait * 2.125).abs() < 1e-12);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// All that arrives is served, waits, or is lost.
        #[test]
        fn no_request_is_lost_from_sight(
            rates in prop::collection::vec(0.0..40.0f64, 1..30), counts in prop::collection::vec(0u32..30, 30),
            limit in prop::option::of(0u64..3000), patience in prop::option::of(0.1..1000.0f64),
        ) {
            let world = World { service_rate: 1.0, backlog_limit: limit, patience_seconds: patience, ..World::default() };
            let scene = Scene::new(&Series::new(vec![1.0; 30], 0, 15.0).unwrap(), &world, 0).unwrap();
            let mut service = Service::new(&scene).unwrap();
            let (mut arrived, mut done, mut lost) = (0.0, 0.0, 0.0);
            for (rate, count) in rates.iter().zip(counts) {
                let serving = Serving::all_of(count, &world);
                let moment = service.serve(serving, *rate).unwrap();
                arrived += moment.arrived;
                done += served(&moment, serving, 15.0);
                lost += moment.lost;
                prop_assert!(moment.lost >= 0.0 && (0.0..=1.0).contains(&moment.utilization));
                prop_assert!(limit.is_none_or(|limit| service.backlog() <= limit as f64));
                prop_assert!((arrived - done - lost - service.backlog()).abs() <= 1e-9 * (1.0 + arrived));
            }
        }
    }
}
