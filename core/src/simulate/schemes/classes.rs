//! Requests that can wait beside those that cannot, on the same replicas.
//!
//! A class is served in the order of arrival. Where classes take turns, who can wait less long goes first, without interrupting what is
//! being served: of class k the wait behind all is M/M/c's with priorities (Davis 1966, Operations Research 14; Kella & Yechiali 1985):
//! who finds all busy, as Erlang C of the whole load has it, waits 1/(cμ·(1 − σₖ₋₁)·(1 − σₖ)) in the mean, where σₖ is the share of the
//! capacity that classes up to k use; taken as exponential. Without turns they are one queue. What exceeds the capacity is a fluid that
//! waits in line, and each part of it is judged when it is served, by what it has waited and what its own class was promised.

use crate::capacity::Queue;
use crate::error::{Error, Result};
use crate::simulate::latency::{LastExponential, Law, Stretch, most, promised, quantile_of};
use crate::simulate::replicas::Serving;
use crate::simulate::scene::Scene;
use crate::simulate::service::Moment;
use std::collections::VecDeque;

/// Rows of the loads that can wait for equally long.
pub(super) struct Class {
    /// Seconds that its requests can wait beyond the promise.
    pub(super) seconds: f64,
    pub(super) rows: Vec<usize>,
    /// Load per second, one for each value of the loads.
    rates: Vec<f64>,
}

/// All classes, those that can wait least first.
pub(super) struct Classes(Vec<Class>);

impl Classes {
    /// The classes of rows that can wait so many seconds each, again from the first where there are more rows; none where nobody can wait.
    pub(super) fn new(seconds: &[f64], scenes: &[Scene<'_>]) -> Result<Option<Self>> {
        let Some(scene) = scenes.first().filter(|_| seconds.iter().any(|seconds| *seconds > 0.0)) else {
            return Ok(None);
        };
        let world = scene.world;
        if promised(&scene.target).is_none() {
            return Err(Error::config("world.target", "must promise seconds where requests can wait"));
        }
        if world.backlog_limit.is_some() || world.patience_seconds.is_some() || world.response_curve.is_some()
        {
            let problem = "must come with a world without backlog_limit, patience_seconds and response_curve";
            return Err(Error::config("can_wait_seconds", problem));
        }
        let values = scene.clock.steps / scene.clock.per_value;
        let mut classes: Vec<Class> = Vec::new();
        for ((row, scene), seconds) in scenes.iter().enumerate().zip(seconds.iter().cycle()) {
            let place = classes.iter().position(|class| class.seconds == *seconds).unwrap_or(classes.len());
            if place == classes.len() {
                classes.push(Class { seconds: *seconds, rows: Vec::new(), rates: vec![0.0; values] });
            }
            if let Some(class) = classes.get_mut(place) {
                class.rows.push(row);
                class.rates.iter_mut().enumerate().for_each(|(value, rate)| *rate += scene.rate_of(value));
            }
        }
        classes.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
        Ok(Some(Classes(classes)))
    }

    pub(super) fn each(&self) -> &[Class] {
        &self.0
    }

    fn rows(&self) -> f64 {
        self.0.iter().map(|class| class.rows.len() as f64).sum()
    }
}

/// What came together and waits.
#[derive(Debug, Clone, Copy)]
struct Parcel {
    /// Seconds from the beginning until it came, in the mean.
    came: f64,
    value: usize,
    requests: f64,
}

/// One line, of one class or of all.
#[derive(Debug, Clone, Default)]
struct Line {
    parcels: VecDeque<Parcel>,
    waiting: f64,
}

/// What a class came to in a step.
#[derive(Debug, Clone, Copy, Default)]
struct Served {
    requests: f64,
    late: f64,
    waited: f64,
    /// Whether somebody in line has waited for longer than was promised.
    is_overdue: bool,
}

/// How the classes are served on one lane's replicas.
pub(super) struct Queues<'a> {
    classes: &'a Classes,
    take_turns: bool,
    lines: Vec<Line>,
}

impl<'a> Queues<'a> {
    /// Nobody waits yet.
    pub(super) fn new(classes: &'a Classes, take_turns: bool) -> Self {
        let lines = if take_turns { classes.0.len() } else { 1 };
        Queues { classes, take_turns, lines: vec![Line::default(); lines] }
    }

    /// Requests of a class that wait in its line.
    pub(super) fn waiting(&self, class: usize) -> f64 {
        self.lines.get(class).map_or(0.0, |line| line.waiting)
    }

    /// Moves on by one step; the share of the rows whose promise is broken, and their requests. The response of the moment is that of the
    /// class that can wait least.
    pub(super) fn serve(
        &mut self,
        scene: &Scene<'_>,
        step: usize,
        serving: Serving,
    ) -> Result<(Moment, f64, f64)> {
        let (seconds, value) = (scene.clock.step_seconds(), step / scene.clock.per_value);
        let rates: Vec<f64> =
            self.classes.0.iter().map(|class| class.rates.get(value).copied().unwrap_or(0.0)).collect();
        let laws = self.laws(scene, &rates, serving)?;
        let promise = promised(&scene.target).unwrap_or(f64::INFINITY);
        let mut served = vec![Served::default(); rates.len()];
        let (mut left, mut waiting) = (serving.capacity, 0.0);
        for (place, line) in self.lines.iter_mut().enumerate() {
            let members = if self.take_turns { place..place + 1 } else { 0..rates.len() };
            let of = |value: usize| -> Vec<(usize, f64)> {
                let classes = self.classes.0.iter().enumerate().skip(members.start).take(members.len());
                let rates =
                    classes.map(|(place, class)| (place, class.rates.get(value).copied().unwrap_or(0.0)));
                let rates: Vec<(usize, f64)> = rates.collect();
                let sum: f64 = rates.iter().map(|(_, rate)| rate).sum();
                rates
                    .into_iter()
                    .filter(|(_, rate)| *rate > 0.0)
                    .map(|(place, rate)| (place, rate / sum))
                    .collect()
            };
            // The part of a line that is served now, after so many seconds.
            let mut judge = |value: usize, requests: f64, waited: f64| {
                for (place, share) in of(value) {
                    if let (Some(served), Some(class), Some(law)) =
                        (served.get_mut(place), self.classes.0.get(place), laws.get(place))
                    {
                        let stretch = Stretch { law: *law, delay: waited, requests: 0.0 };
                        let late = stretch.tail(promise + class.seconds, &mut LastExponential::default());
                        served.requests += share * requests;
                        served.late += share * requests * late;
                        served.waited += share * requests * waited;
                    }
                }
            };
            let came: f64 = members.clone().filter_map(|place| rates.get(place)).sum::<f64>() * seconds;
            left -= line.move_on(left, step, value, came, seconds, &mut judge) / seconds;
            waiting += line.waiting;
            let now = (step + 1) as f64 * seconds;
            for parcel in line.parcels.iter().take(1) {
                for (place, _) in of(parcel.value) {
                    if let (Some(served), Some(class)) = (served.get_mut(place), self.classes.0.get(place)) {
                        served.is_overdue = now - parcel.came > promise + class.seconds;
                    }
                }
            }
        }
        let most_late = (1.0 - quantile_of(&scene.target)) * (1.0 + 1e-9);
        let (mut broken_share, mut broken_requests) = (0.0, 0.0);
        for ((class, served), rate) in self.classes.0.iter().zip(&served).zip(&rates) {
            if served.is_overdue || served.late > most_late * served.requests {
                broken_share += class.rows.len() as f64 / self.classes.rows();
                broken_requests += rate * seconds;
            }
        }
        let first = served.first().copied().unwrap_or_default();
        let law = laws.first().copied().ok_or_else(|| Error::internal("there is no class"))?;
        let delay = if first.requests > 0.0 { first.waited / first.requests } else { 0.0 };
        let moment = Moment {
            utilization: if serving.capacity > 0.0 {
                (1.0 - left / serving.capacity).clamp(0.0, 1.0)
            } else {
                0.0
            },
            stretch: Stretch { law, delay, requests: first.requests },
            arrived: rates.iter().sum::<f64>() * seconds,
            lost: 0.0,
            late: served.iter().map(|served| served.late).sum(),
            waiting,
            broken: false,
        };
        Ok((moment, broken_share, broken_requests))
    }

    /// The law of each class's responses while it does not wait in line.
    fn laws(&self, scene: &Scene<'_>, rates: &[f64], serving: Serving) -> Result<Vec<Law>> {
        let serving = if serving.capacity > 0.0 { serving } else { Serving::all_of(1, scene.world) };
        let most = most(serving);
        let all: f64 = rates.iter().sum();
        let is_late = self.lines.iter().any(|line| line.waiting > 0.0);
        let busy = if is_late { most } else { all.min(most) };
        let (arrivals, services) = (scene.world.arrival_cv, scene.world.service_cv);
        let variability = 0.5 * (arrivals * arrivals + services * services);
        let (mut before, mut laws) = (0.0, Vec::with_capacity(rates.len()));
        for rate in rates {
            let with = if self.take_turns { (before + rate).min(most) } else { busy };
            let waits = |servers: u64, _: f64| scene.waits.probability(servers, busy / serving.service_rate);
            let queue = Queue::with_waits(with, serving.service_rate, u64::from(serving.ready), waits)?;
            let used = if self.take_turns { before / serving.capacity } else { 0.0 };
            let stretch = (variability / (1.0 - used)).sqrt();
            laws.push(Law::Queue(queue.with_variability(stretch, stretch)?));
            before = with;
        }
        Ok(laws)
    }
}

impl Line {
    /// Serves what waits and then what comes, as far as `capacity` goes; how many requests that were.
    fn move_on(
        &mut self,
        capacity: f64,
        step: usize,
        value: usize,
        came: f64,
        seconds: f64,
        judge: &mut dyn FnMut(usize, f64, f64),
    ) -> f64 {
        let (begin, room, before) = (step as f64 * seconds, (capacity * seconds).max(0.0), self.waiting);
        // What rounding leaves of a backlog that is worked off.
        let nothing = 1e-9 * came.max(room);
        let mut used = 0.0;
        while let Some(parcel) = self.parcels.front_mut().filter(|_| used < room) {
            let part = parcel.requests.min(room - used);
            judge(parcel.value, part, (begin + (used + 0.5 * part) / capacity - parcel.came).max(0.0));
            used += part;
            parcel.requests -= part;
            if parcel.requests <= nothing {
                self.parcels.pop_front();
            }
        }
        let part = came.min(room - used);
        let left = came - part;
        let waits = if self.parcels.is_empty() { 0.0 } else { (before - used).max(0.0) };
        self.waiting = waits + left;
        if part > 0.0 {
            judge(value, part, 0.5 * (before + self.waiting) / capacity);
        }
        if left > nothing {
            let share = left / came;
            self.parcels.push_back(Parcel {
                came: begin + (1.0 - 0.5 * share) * seconds,
                value,
                requests: left,
            });
        } else if self.parcels.is_empty() {
            self.waiting = 0.0;
        }
        used + part
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Series;
    use crate::simulate::World;
    use crate::simulate::service::Service;

    fn scenes<'a>(world: &'a World, loads: &[Vec<f64>]) -> Vec<Scene<'a>> {
        let scene =
            |load: &Vec<f64>| Scene::new(&Series::new(load.clone(), 0, 60.0).unwrap(), world, 0).unwrap();
        loads.iter().map(scene).collect()
    }

    /// Kleinrock's conservation law (1965, Naval Research Logistics Quarterly 12): turns only shift waits from one class to another.
    #[test]
    fn turns_keep_the_sum_of_all_waits() {
        let world = World { service_rate: 1.0, interval_seconds: 60.0, ..World::default() };
        let rows = scenes(&world, &[vec![4.0; 10], vec![3.0; 10], vec![1.5; 10]]);
        let classes = Classes::new(&[0.0, 60.0, 600.0], &rows).unwrap().unwrap();
        let serving = Serving::all_of(10, &world);
        let waits = |take_turns: bool| {
            let laws = Queues::new(&classes, take_turns).laws(&rows[0], &[4.0, 3.0, 1.5], serving).unwrap();
            laws.iter().map(|law| law.mean() - 1.0).collect::<Vec<f64>>()
        };
        let sum =
            |waits: &[f64]| waits.iter().zip([4.0, 3.0, 1.5]).map(|(wait, rate)| wait * rate).sum::<f64>();
        let (turns, line) = (waits(true), waits(false));
        assert!((sum(&turns) / sum(&line) - 1.0).abs() < 1e-9, "{turns:?} {line:?}");
        assert!(turns.is_sorted() && turns[0] < line[0] && turns[2] > line[2]);
        // Who goes first waits as if only those before it were there, but for whom it finds: C(10, 8.5)/(10 − 4).
        let alone = crate::capacity::erlang_c(10, 8.5).unwrap() / 6.0;
        assert!((turns[0] / alone - 1.0).abs() < 1e-9);
    }

    /// While nobody waits in line, one line of several classes is a backtest's queue.
    #[test]
    fn one_line_is_late_as_a_backtest_has_it() {
        let world = World { service_rate: 1.0, interval_seconds: 60.0, ..World::default() };
        let rows = scenes(&world, &[vec![4.0; 10], vec![4.5; 10]]);
        let classes = Classes::new(&[0.0, 1e-9], &rows).unwrap().unwrap();
        let serving = Serving::all_of(10, &world);
        let (moment, broken, _) = Queues::new(&classes, false).serve(&rows[0], 0, serving).unwrap();
        let alone = Service::new(&rows[0]).unwrap().serve(serving, 8.5).unwrap();
        assert!((moment.late / alone.late - 1.0).abs() < 1e-6, "{} for {}", moment.late, alone.late);
        assert_eq!((moment.utilization, broken > 0.0), (alone.utilization, alone.broken));
    }

    /// 8 and 6 a second on 10: the first never wait in line, of the second 4 a second are left. Once the first are gone, these are worked
    /// off, and who waited for longer than its class can is late.
    #[test]
    fn what_is_left_waits_its_turn_and_is_judged_when_it_is_served() {
        let world = World { service_rate: 1.0, interval_seconds: 60.0, ..World::default() };
        let first: Vec<f64> = [vec![8.0; 5], vec![0.0; 15]].concat();
        let second: Vec<f64> = [vec![6.0; 5], vec![0.0; 15]].concat();
        let rows = scenes(&world, &[first, second]);
        let serving = Serving::all_of(10, &world);
        let late = |can_wait: f64| {
            let classes = Classes::new(&[0.0, can_wait], &rows).unwrap().unwrap();
            let mut queues = Queues::new(&classes, true);
            let (mut late, mut served, mut most) = (0.0, 0.0, 0.0f64);
            for step in 0..20 {
                let (moment, ..) = queues.serve(&rows[0], step, serving).unwrap();
                assert_eq!(queues.waiting(0), 0.0);
                (late, served) = (late + moment.late, served + moment.utilization * 600.0);
                most = most.max(queues.waiting(1));
            }
            assert!(
                (most - 4.0 * 300.0).abs() < 1e-6 && (served - 14.0 * 300.0).abs() < 1e-6,
                "{most} {served}"
            );
            late
        };
        // Of the second class who comes at a seconds waits in line for 2a, and from 100 s on for 240 − 0.4·a: 89 % for more than 64 s, and the
        // queue behind the line is to be added. Of the first a share of 0.9·(2e⁻⁴ − e⁻⁸) + 0.1·e⁻⁴ takes longer than 4 s.
        let (patient, hasty) = (late(600.0), late(60.0));
        assert!((patient / (0.0345 * 2400.0) - 1.0).abs() < 0.1, "{patient}");
        assert!((0.89..1.0).contains(&((hasty - patient) / 1800.0)), "{hasty}");
    }
}
