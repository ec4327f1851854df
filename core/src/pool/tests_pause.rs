//! A pause in which nobody calls a manager is no time without requests: what the load needs runs on.

use super::*;
use crate::math::sin;
use crate::random::Random;
use proptest::prelude::*;

const MINUTE: i64 = 60_000;
const DAY: i64 = 1440;
/// Requests that a clone, or a replica, serves in a minute.
const EACH: f64 = 300.0;

/// Counts the requests of a minute and plans; how many run when all that is asked for is done.
trait Fleet: Sized {
    fn new() -> Self;
    fn step(&mut self, now: i64, requests: f64) -> u32;
    /// Gives it a forecast of so many requests in each of the coming steps.
    fn foresee(&mut self, now: i64, requests: f64);
    fn restored(&self) -> Self;
    fn is_held(&self) -> bool;
}

impl Fleet for CloneManager {
    fn new() -> Self {
        let mut manager = CloneManager::new(CloneManagerConfig::default()).unwrap();
        manager.set_machine(Machine { name: "m".into(), zone: String::new(), room: vec![500.0] }).unwrap();
        manager.set_code(ProgramCode::new("c", EACH / 60.0, vec![1.0])).unwrap();
        manager
    }

    fn step(&mut self, now: i64, requests: f64) -> u32 {
        self.observe(now, "c", requests).unwrap();
        for order in self.plan(now).unwrap() {
            self.report(order.id, Outcome::Confirmed).unwrap();
        }
        self.running("c").unwrap()
    }

    fn foresee(&mut self, now: i64, requests: f64) {
        self.set_forecast("c", &forecast(now, requests)).unwrap();
    }

    fn restored(&self) -> Self {
        CloneManager::restore(&self.snapshot().unwrap()).unwrap()
    }

    fn is_held(&self) -> bool {
        self.explain("c").unwrap().contains("after a pause in which nothing was seen")
    }
}

impl Fleet for Regions {
    fn new() -> Self {
        let mut regions = Regions::new(RegionsConfig::default()).unwrap();
        let region = Region { name: "here".into(), capacity: 500, cost: 1.0, watts: 1.0 };
        regions.set_region(region).unwrap();
        regions.set_application(Application::new("c", EACH / 60.0)).unwrap();
        regions
    }

    fn step(&mut self, now: i64, requests: f64) -> u32 {
        self.observe(now, "here", "c", requests).unwrap();
        for order in self.plan(now).unwrap() {
            self.report(order.id, Outcome::Confirmed).unwrap();
        }
        self.replicas()[0].running
    }

    fn foresee(&mut self, now: i64, requests: f64) {
        self.set_forecast("here", "c", &forecast(now, requests)).unwrap();
    }

    fn restored(&self) -> Self {
        Regions::restore(&self.snapshot().unwrap()).unwrap()
    }

    fn is_held(&self) -> bool {
        self.explain("c").unwrap().contains("after a pause in which nothing was seen")
    }
}

fn forecast(now: i64, requests: f64) -> Vec<GivenForecast> {
    let at = |step: i64| GivenForecast { time: now + step * 5 * MINUTE, mean: requests, upper: requests };
    (0..100).map(at).collect()
}

/// A constant load before and after a pause: never less than it needs, and no more for good.
fn constant<F: Fleet>(start: i64, minutes: i64, pause: i64, clones: f64) {
    let mut fleet = F::new();
    let needed = clones.ceil() as u32;
    let mut before = 0;
    for minute in 0..minutes {
        before = fleet.step(start + minute * MINUTE, clones * EACH);
    }
    assert!(before >= needed, "{before} before the pause");
    let mut fleet = fleet.restored();
    let resumed = start + (minutes + pause) * MINUTE;
    let mut last = 0;
    for minute in 0..180 {
        last = fleet.step(resumed + minute * MINUTE, clones * EACH);
        assert!(
            last >= needed,
            "{last} of {needed}, {minute} minutes after a pause of {pause} after {minutes}"
        );
    }
    assert!(last <= before.max(needed + needed / 10 + 2), "{before} before the pause, {last} long after");
}

/// A load that runs through the day, with pauses at random places: never less than it needs where there are enough without pauses.
fn daily<F: Fleet>(seed: u64, start: i64) {
    let mut random = Random::stream(seed, 0);
    let load = |minute: i64| {
        let angle = std::f64::consts::TAU * minute as f64 / DAY as f64;
        EACH * (30.0 + 20.0 * sin(angle))
    };
    let (mut paused, mut steady) = (F::new(), F::new());
    let (mut next, mut until) = (3 * DAY + random.below(300) as i64, 0);
    for minute in 0..5 * DAY {
        let (now, requests) = (start + minute * MINUTE, load(minute));
        let enough = steady.step(now, requests);
        if minute == next {
            until = minute + if random.unit() < 0.5 { 16 } else { 180 };
            next = until + 120 + random.below(300) as i64;
        }
        if minute < until {
            continue;
        }
        let running = paused.step(now, requests);
        if f64::from(enough) * EACH >= requests {
            assert!(
                f64::from(running) * EACH >= requests,
                "{running} where {enough} are enough, at {minute}"
            );
        }
    }
}

#[test]
fn a_pause_of_any_length_takes_nothing_from_a_constant_load() {
    for pause in [2, 3, 4, 5, 6, 7, 11, 16, 30, 60, DAY, 8 * DAY] {
        for minutes in [DAY, DAY + 3, 40] {
            constant::<CloneManager>(1_760_000_000_000, minutes, pause, 20.0);
            constant::<Regions>(1_760_000_000_000, minutes, pause, 20.0);
        }
    }
}

#[test]
fn what_is_held_after_a_pause_is_said_to_be() {
    fn said<F: Fleet>() {
        let mut fleet = F::new();
        for minute in 0..120 {
            fleet.step(minute * MINUTE, 20.0 * EACH);
        }
        assert!(!fleet.is_held());
        // Little is expected after the pause and little comes, and yet all stay until a lead time of three steps was seen.
        fleet.foresee(150 * MINUTE, 5.0 * EACH);
        for minute in 150..180 {
            let running = fleet.step(minute * MINUTE, EACH);
            assert_eq!(
                (running >= 20, fleet.is_held()),
                (minute < 165, minute < 165),
                "{running} at {minute}"
            );
        }
    }
    said::<CloneManager>();
    said::<Regions>();
}

/// Calls once a step, around its very end: some steps have no call, and the ones after them two.
#[test]
fn calls_at_the_edge_of_steps_say_what_calls_within_them_say() {
    fn counted<F: Fleet>() {
        let mut fleet = F::new();
        let late = |step: i64| if step % 2 == 0 { 1 } else { -1 };
        let runs = (1..=200).map(|step| fleet.step(step * 5 * MINUTE + late(step), 5.0 * 20.0 * EACH));
        let last: Vec<u32> = runs.skip(100).collect();
        assert!(last.iter().all(|run| (20..=23).contains(run)), "{last:?}");
    }
    counted::<CloneManager>();
    counted::<Regions>();
}

/// A load that falls every evening, but not today: a forecast takes nothing from what is needed.
#[test]
fn a_fall_that_was_foreseen_and_does_not_come_takes_nothing() {
    fn stays<F: Fleet>() {
        let mut fleet = F::new();
        for minute in 0..4 * DAY + 1440 {
            let is_evening = minute % DAY >= 1200 && minute < 4 * DAY;
            let running = fleet.step(minute * MINUTE, EACH * if is_evening { 10.0 } else { 30.0 });
            assert!(minute < 4 * DAY + 600 || running >= 30, "{running} at {minute}");
        }
    }
    stays::<CloneManager>();
    stays::<Regions>();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn pauses_take_nothing_from_a_constant_load(offset in 0i64..300_000, minutes in 15i64..600, pause in 2i64..4000, clones in 1.0f64..60.0) {
        constant::<CloneManager>(offset, minutes, pause, clones);
        constant::<Regions>(offset, minutes, pause, clones);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]
    #[test]
    fn pauses_take_nothing_from_a_daily_load(seed in 0u64..1000, offset in 0i64..300_000) {
        daily::<CloneManager>(seed, offset);
        daily::<Regions>(seed, offset);
    }
}
