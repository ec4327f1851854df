//! The behaviours that the clone manager is for, one scenario each, and what must hold whatever the actuator does.

use super::*;
use crate::math::sin;
use crate::random::Random;
use proptest::prelude::*;

pub(super) const STEP: i64 = 300_000;

pub(super) fn code(name: &str, zone: &str) -> ProgramCode {
    ProgramCode { zone: zone.into(), ..ProgramCode::new(name, 1.0, vec![1.0, 2.0]) }
}

pub(super) fn machine(name: &str, zone: &str, clones: f64) -> Machine {
    Machine { name: name.into(), zone: zone.into(), room: vec![clones, 2.0 * clones] }
}

/// A manager of programs `a` (from Europe) and `b` (from America) with a machine of 100 clones in each.
pub(super) fn manager(config: CloneManagerConfig) -> CloneManager {
    let mut manager = CloneManager::new(config).unwrap();
    manager.set_code(code("a", "europe")).unwrap();
    manager.set_code(code("b", "america")).unwrap();
    manager.set_machine(machine("e", "europe", 100.0)).unwrap();
    manager.set_machine(machine("u", "america", 100.0)).unwrap();
    manager
}

/// Confirms all that is asked for; what was asked.
pub(super) fn obey(manager: &mut CloneManager, now: i64) -> Vec<CloneAction> {
    let asked = manager.plan(now).unwrap();
    asked.iter().for_each(|order| manager.report(order.id, Outcome::Confirmed).unwrap());
    asked.into_iter().map(|order| order.action).collect()
}

/// Requests of `rate` clones' worth in each step up to `until`, a round at the end of each.
pub(super) fn steady(
    manager: &mut CloneManager,
    steps: std::ops::Range<i64>,
    code: &str,
    rate: impl Fn(i64) -> f64,
) {
    for step in steps {
        manager.observe(step * STEP + 1, code, rate(step) * 300.0).unwrap();
        obey(manager, (step + 1) * STEP);
    }
}

#[test]
fn clones_are_made_before_the_requests_come() {
    let mut manager = manager(CloneManagerConfig::default());
    // A step function of the day: 10 clones' worth, 30 from noon to six.
    let rate = |step: i64| if (144..216).contains(&(step % 288)) { 30.0 } else { 10.0 };
    steady(&mut manager, 0..288 * 4 + 143, "a", rate);
    assert!(manager.running("a").unwrap() >= 30, "before the first request of the afternoon");
    let next = manager.forecast("a").unwrap();
    assert_eq!(next.len(), 12);
    assert!(next[3].mean > 25.0 * 300.0 && next[3].lower < next[3].mean && next[3].mean < next[3].upper);
    assert_eq!(next[1].time - next[0].time, STEP);
}

#[test]
fn a_program_that_is_new_today_has_no_past_of_nothing() {
    let mut manager = manager(CloneManagerConfig::default());
    let first = 1_700_000_000_000 / STEP;
    steady(&mut manager, first..first + 2, "a", |_| 10.0);
    assert!(manager.running("a").unwrap() >= 10);
}

#[test]
fn those_with_the_most_to_do_and_the_least_sure_come_first() {
    let mut manager = CloneManager::new(CloneManagerConfig::default()).unwrap();
    let mut random = Random::stream(2, 0);
    manager.set_machine(machine("m", "", 50.0)).unwrap();
    ["calm", "wild", "small"].iter().for_each(|name| manager.set_code(code(name, "")).unwrap());
    for step in 0..200 {
        manager.observe(step * STEP + 1, "small", 2.0 * 300.0).unwrap();
        manager.observe(step * STEP + 2, "calm", 20.0 * 300.0).unwrap();
        manager.observe(step * STEP + 3, "wild", 20.0 * 300.0 * (0.3 + 1.4 * random.unit())).unwrap();
    }
    obey(&mut manager, 200 * STEP);
    let records: Vec<CloneRecord> = manager.journal().records().iter().cloned().collect();
    let created = |name: &str| {
        records.iter().find(|record| record.code == name).map(|record| (record.created, record.wanted))
    };
    let (wild, calm, small) = (created("wild").unwrap(), created("calm").unwrap(), created("small").unwrap());
    assert!(wild.1 > calm.1 + 4 && wild.0 == wild.1, "{wild:?} {calm:?}");
    assert!(calm.0 == 50 - wild.0 && small.0 == 0, "{calm:?} {small:?}");
}

#[test]
fn a_campaign_that_is_announced_is_made_ready_for_and_forgotten_after() {
    let mut manager = manager(CloneManagerConfig::default());
    steady(&mut manager, 0..100, "a", |_| 10.0);
    let usual = manager.running("a").unwrap();
    let (start, end) = (103 * STEP, 106 * STEP);
    manager.announce(&DemandEvent { code: "a".into(), start, end, factor: 3.0 }).unwrap();
    steady(&mut manager, 100..103, "a", |_| 10.0);
    assert!(manager.running("a").unwrap() >= 30, "before it begins");
    steady(&mut manager, 103..106, "a", |_| 30.0);
    steady(&mut manager, 106..112, "a", |_| 10.0);
    assert!(manager.running("a").unwrap() <= usual + 1, "it was no new usual");
    let event = |factor, end| DemandEvent { code: String::new(), start: 0, end, factor };
    assert!(manager.announce(&event(f64::NAN, 1)).unwrap_err().to_string().starts_with("factor"));
    assert!(manager.announce(&event(2.0, 0)).unwrap_err().to_string().starts_with("end"));
}

/// For the few programs that are worth it: a model that is fitted to one alone.
#[test]
fn a_forecast_of_a_model_of_ones_own_is_followed() {
    use crate::forecast::{Forecaster, SeasonalNaive};
    use crate::load::Series;
    let mut manager = manager(CloneManagerConfig::default());
    let rate = |step: i64| if step % 12 < 6 { 5.0 } else { 25.0 };
    let past: Vec<f64> = (0..48).map(|step| rate(step) * 300.0).collect();
    let mut model = SeasonalNaive::new(12).unwrap();
    model.fit(&Series::new(past, 0, 300.0).unwrap(), None).unwrap();
    let said = model.forecast(12, &[], None).unwrap();
    let steps = said.mean().iter().zip(48..);
    let forecast: Vec<GivenForecast> = steps
        .map(|(mean, step)| GivenForecast { time: step * STEP, mean: *mean, upper: 1.1 * mean })
        .collect();
    manager.observe(48 * STEP, "a", 0.0).unwrap();
    manager.set_forecast("a", &forecast).unwrap();
    manager.plan(52 * STEP).unwrap();
    let next = manager.forecast("a").unwrap();
    assert!((next[0].mean - 1500.0).abs() < 1.0 && (next[3].mean - 7500.0).abs() < 1.0, "{next:?}");
    assert_eq!((next[3].clones, &next[3].resources), (28, &vec![28.0, 56.0]));
    assert!(manager.explain("a").unwrap().contains("the forecast asks for them"));
}

#[test]
fn a_new_clone_is_copied_from_one_that_runs_where_it_can_be() {
    let mut manager = manager(CloneManagerConfig::default());
    steady(&mut manager, 0..20, "a", |_| 3.0);
    let first = manager.clones.iter().next().unwrap().0;
    manager.observe(20 * STEP + 1, "a", 6000.0).unwrap();
    let asked = obey(&mut manager, 20 * STEP + 150_000);
    let copied =
        |action: &CloneAction| matches!(action, CloneAction::Create { source, .. } if *source == Some(first));
    assert!(!asked.is_empty() && asked.iter().all(copied), "{asked:?}");
}

#[test]
fn a_confirmation_that_was_lost_is_made_up_for_by_the_inventory() {
    let mut manager = manager(CloneManagerConfig::default());
    manager.observe(1, "a", 900.0).unwrap();
    let asked = manager.plan(STEP).unwrap();
    let there: Vec<u64> = manager.clones.iter().map(|(id, _)| id).collect();
    manager.reconcile(STEP + 1, &there).unwrap();
    assert_eq!(manager.running("a").unwrap() as usize, asked.len());
    assert!(manager.plan(STEP + 2).unwrap().is_empty());
    assert!(manager.explain("a").unwrap().starts_with("a: 4 clones run, 0 are being created"));
}

#[test]
fn where_the_interval_is_wide_there_are_more_clones() {
    let clones = |noise: f64| {
        let mut manager = manager(CloneManagerConfig::default());
        let mut random = Random::stream(1, 0);
        let noisy: Vec<f64> = (0..300).map(|_| 20.0 * (1.0 + noise * (random.unit() - 0.5))).collect();
        steady(&mut manager, 0..300, "a", |step| noisy[step as usize]);
        manager.running("a").unwrap()
    };
    let (calm, wild) = (clones(0.1), clones(1.2));
    assert!((20..=24).contains(&calm) && wild >= calm + 4, "{calm} {wild}");
}

#[test]
fn the_fixed_margin_is_a_fifth_where_confidence_is_low() {
    let config = CloneManagerConfig { rule: CloneRule::FixedMargin, ..CloneManagerConfig::default() };
    let mut calm = manager(config);
    steady(&mut calm, 0..50, "a", |_| 20.0);
    assert_eq!(calm.running("a").unwrap(), 20);
    let mut wild = manager(config);
    steady(&mut wild, 0..200, "a", |step| if step % 2 == 0 { 10.0 } else { 30.0 });
    let next = wild.forecast("a").unwrap();
    let mean = next.iter().take(3).map(|next| next.mean).fold(0.0, f64::max);
    assert!(wild.running("a").unwrap() >= (1.2 * mean / 300.0).floor() as u32);
}

#[test]
fn clones_are_placed_near_the_source_of_their_requests() {
    let mut manager = manager(CloneManagerConfig::default());
    manager.observe(1, "a", 0.0).unwrap();
    for step in 0..5 {
        manager.observe(step * STEP + 1, "a", 3000.0).unwrap();
        manager.observe(step * STEP + 2, "b", 600.0).unwrap();
    }
    let homes: BTreeSet<(String, String)> = obey(&mut manager, 5 * STEP)
        .into_iter()
        .filter_map(|action| match action {
            CloneAction::Create { code, machine, .. } => Some((code, machine)),
            CloneAction::Remove { .. } => None,
        })
        .collect();
    let pair = |a: &str, b: &str| (a.to_string(), b.to_string());
    assert_eq!(homes, BTreeSet::from([pair("a", "e"), pair("b", "u")]));
}

#[test]
fn under_prediction_clones_at_once_within_a_limit() {
    let config = CloneManagerConfig { burst_clones: 15, ..CloneManagerConfig::default() };
    let mut manager = manager(config);
    steady(&mut manager, 0..50, "a", |_| 5.0);
    let before = manager.running("a").unwrap();
    // Within half a step, as much as 60 clones serve in it.
    manager.observe(50 * STEP + 1, "a", 60.0 * 150.0).unwrap();
    obey(&mut manager, 50 * STEP + 150_000);
    let after = manager.running("a").unwrap();
    assert!(after > before + 8 && after <= before + 15, "{before} {after}");
    let reasons: Vec<CloneReason> = manager.journal().records().iter().map(|record| record.reason).collect();
    assert_eq!(reasons.last(), Some(&CloneReason::UnderPrediction));
}

#[test]
fn over_prediction_gives_clones_back() {
    let wave = |step: i64| 30.0 + 20.0 * sin(std::f64::consts::TAU * step as f64 / 288.0);
    let given_back = |over_prediction_steps: u32| {
        let mut manager =
            manager(CloneManagerConfig { over_prediction_steps, ..CloneManagerConfig::default() });
        steady(&mut manager, 0..288 * 3, "a", wave);
        let before = manager.running("a").unwrap();
        manager.clear_journal();
        steady(&mut manager, 288 * 3..288 * 3 + 12, "a", |_| 2.0);
        let is_over = |record: &CloneRecord| record.reason == CloneReason::OverPrediction;
        (before, manager.running("a").unwrap(), manager.journal().records().iter().any(is_over))
    };
    let (before, after, is_said) = given_back(3);
    assert!(before > 25 && after <= before / 3 && is_said, "{before} {after}");
    let (_, without, is_said) = given_back(0);
    assert!(without >= 2 * after && !is_said, "{without} {after}");
}

#[test]
fn failing_clones_are_replaced() {
    let mut manager = manager(CloneManagerConfig::default());
    steady(&mut manager, 0..20, "a", |_| 3.0);
    let running = manager.running("a").unwrap();
    let sick = manager.clones.iter().next().unwrap().0;
    (0..3).for_each(|_| manager.observe_health(sick, false).unwrap());
    manager.observe(20 * STEP + 1, "a", 900.0).unwrap();
    let asked = obey(&mut manager, 21 * STEP);
    assert!(asked.contains(&CloneAction::Remove { clone: sick }), "{asked:?}");
    assert!(asked.iter().any(|action| matches!(action, CloneAction::Create { .. })));
    assert!(manager.running("a").unwrap() >= running && manager.clones.get(sick).is_none());
    manager.observe_health(sick, false).unwrap();
    assert!(manager.observe_health(10_000, false).is_err());
}

#[test]
fn a_clone_that_is_being_created_fails_no_check_yet() {
    let mut manager = manager(CloneManagerConfig::default());
    manager.observe(1, "a", 900.0).unwrap();
    let asked = manager.plan(STEP).unwrap();
    let new: Vec<u64> = manager.clones.iter().map(|(id, _)| id).collect();
    new.iter().for_each(|id| (0..3).for_each(|_| manager.observe_health(*id, false).unwrap()));
    asked.iter().for_each(|order| manager.report(order.id, Outcome::Confirmed).unwrap());
    assert_eq!(obey(&mut manager, STEP + 30_000), []);
    assert_eq!(manager.running("a").unwrap() as usize, new.len());
}

/// A checker that is broken says of all that they fail: most stay, and those that go come back first.
#[test]
fn health_checks_that_all_fail_do_not_end_a_fleet() {
    let mut manager = manager(CloneManagerConfig::default());
    steady(&mut manager, 0..20, "a", |_| 40.0);
    let before = manager.running("a").unwrap();
    let fail = |manager: &mut CloneManager| {
        let all: Vec<u64> = manager.clones.iter().map(|(id, _)| id).collect();
        all.iter().for_each(|id| (0..3).for_each(|_| manager.observe_health(*id, false).unwrap()));
    };
    let mut creating = Vec::new();
    for round in 1..20 {
        fail(&mut manager);
        // Removed at once, but nothing new is ready yet.
        for order in manager.plan(20 * STEP + round * 10_000).unwrap() {
            match order.action {
                CloneAction::Remove { .. } => manager.report(order.id, Outcome::Confirmed).unwrap(),
                CloneAction::Create { .. } => creating.push(order.id),
            }
        }
        let running = manager.running("a").unwrap();
        assert!(running < before && running >= 3 * (before / 4), "{running} of {before}");
    }
    creating.into_iter().for_each(|order| manager.report(order, Outcome::Confirmed).unwrap());
    assert!(manager.running("a").unwrap() >= before - 1);
    // One alone is replaced too.
    let mut manager = self::manager(CloneManagerConfig::default());
    steady(&mut manager, 0..20, "b", |_| 0.5);
    let alone = manager.running("b").unwrap();
    fail(&mut manager);
    let asked = obey(&mut manager, 20 * STEP + 1);
    assert!(
        alone <= 2 && matches!(asked[..], [CloneAction::Remove { .. }, CloneAction::Create { .. }]),
        "{asked:?}"
    );
}

/// The window of what was wanted is a time, not a number of rounds.
#[test]
fn clones_are_held_for_a_lead_time_however_often_it_is_planned() {
    let mut manager = manager(CloneManagerConfig::default());
    steady(&mut manager, 0..20, "a", |_| 5.0);
    manager.observe(20 * STEP + 1, "a", 60.0 * 150.0).unwrap();
    obey(&mut manager, 20 * STEP + 150_000);
    let most = manager.running("a").unwrap();
    assert!(most >= 50, "{most}");
    // What came is no more than usual after all.
    let nothing = GivenForecast { time: 0, mean: 5.0 * 300.0, upper: 6.0 * 300.0 };
    let usual: Vec<GivenForecast> =
        (20..40).map(|step| GivenForecast { time: step * STEP, ..nothing }).collect();
    manager.set_forecast("a", &usual).unwrap();
    for round in 0..10 {
        obey(&mut manager, 21 * STEP + round * 15_000);
        assert_eq!(manager.running("a").unwrap(), most, "round {round}");
    }
    obey(&mut manager, 22 * STEP);
    obey(&mut manager, 23 * STEP);
    assert!(manager.running("a").unwrap() <= 10, "a lead time later");
}

#[test]
fn a_burst_is_what_one_round_adds() {
    let mut manager = manager(CloneManagerConfig { burst_clones: 15, ..CloneManagerConfig::default() });
    steady(&mut manager, 0..50, "a", |_| 5.0);
    manager.observe(50 * STEP + 1, "a", 60.0 * 150.0).unwrap();
    for round in 0..4 {
        let before = manager.running("a").unwrap();
        obey(&mut manager, 50 * STEP + 150_000 + round * 15_000);
        let added = manager.running("a").unwrap() - before;
        assert!(added <= 15);
    }
    assert!(manager.running("a").unwrap() >= 50, "the load is met within its step");
}

#[test]
fn many_events_at_once_are_a_number() {
    let mut manager = manager(CloneManagerConfig::default());
    manager.observe(1, "a", 300.0).unwrap();
    manager.plan(STEP).unwrap();
    let event = |factor| DemandEvent { code: "a".into(), start: STEP, end: 100 * STEP, factor };
    (0..200).for_each(|_| manager.announce(&event(1000.0)).unwrap());
    manager.announce(&event(0.0)).unwrap();
    let next = manager.forecast("a").unwrap();
    assert!(next.iter().all(|next| next.mean == 0.0 && next.clones == 0), "{next:?}");
}

/// One that is never ready does not keep a sick one in its place.
#[test]
fn a_failing_clone_is_replaced_while_others_are_being_created() {
    let mut manager = manager(CloneManagerConfig::default());
    steady(&mut manager, 0..20, "a", |_| 3.0);
    let sick = manager.clones.iter().next().unwrap().0;
    manager.observe(20 * STEP + 1, "a", 1500.0).unwrap();
    let asked = manager.plan(20 * STEP + 150_000).unwrap();
    assert!(!asked.is_empty());
    (0..3).for_each(|_| manager.observe_health(sick, false).unwrap());
    let asked = manager.plan(20 * STEP + 160_000).unwrap();
    assert!(asked.iter().any(|order| order.action == CloneAction::Remove { clone: sick }), "{asked:?}");
}

#[test]
fn a_lost_machine_loses_its_clones_and_they_are_made_elsewhere() {
    let mut manager = manager(CloneManagerConfig::default());
    steady(&mut manager, 0..20, "a", |_| 5.0);
    let before = manager.running("a").unwrap();
    manager.machine_lost("e").unwrap();
    assert_eq!(manager.running("a").unwrap(), 0);
    manager.observe(20 * STEP + 1, "a", 1500.0).unwrap();
    let asked = obey(&mut manager, 21 * STEP);
    assert!(
        asked.iter().all(|action| matches!(action, CloneAction::Create { machine, .. } if machine == "u"))
    );
    assert!(manager.running("a").unwrap() >= before);
}

/// Clones on each machine, those that are being removed not counted.
fn held(manager: &CloneManager) -> Vec<usize> {
    let mut held = vec![0; manager.machines.len()];
    let staying = manager.clones.iter().filter(|(_, clone)| clone.life != Life::Removing);
    staying.for_each(|(_, clone)| held[clone.machine] += 1);
    held
}

#[test]
fn the_clones_of_a_machine_that_shrinks_move_once_others_run() {
    let mut manager = manager(CloneManagerConfig::default());
    steady(&mut manager, 0..20, "a", |_| 5.0);
    let running = manager.running("a").unwrap();
    assert_eq!(held(&manager), [running as usize, 0]);
    manager.set_machine(machine("e", "europe", 2.0)).unwrap();
    manager.observe(20 * STEP + 1, "a", 1500.0).unwrap();
    // First others are made, and nothing goes until they run.
    let asked = manager.plan(21 * STEP).unwrap();
    let is_made =
        |action: &CloneAction| matches!(action, CloneAction::Create { machine, .. } if machine == "u");
    assert_eq!(asked.iter().filter(|order| is_made(&order.action)).count() as u32, running - 2);
    assert_eq!(asked.len() as u32, running - 2);
    assert!(manager.plan(21 * STEP + 1).unwrap().is_empty());
    let record = manager.journal().records().back().unwrap();
    assert_eq!((record.reason, record.wanted), (CloneReason::Moved, running));
    asked.iter().for_each(|order| manager.report(order.id, Outcome::Confirmed).unwrap());
    let asked = obey(&mut manager, 21 * STEP + 30_000);
    assert!(asked.iter().all(|action| matches!(action, CloneAction::Remove { .. })), "{asked:?}");
    assert_eq!((held(&manager), manager.running("a").unwrap()), (vec![2, running as usize - 2], running));
    assert!(obey(&mut manager, 21 * STEP + 60_000).is_empty());
}

#[test]
fn clones_that_find_no_other_room_stay_and_it_is_said() {
    let mut manager = manager(CloneManagerConfig::default());
    manager.set_machine(machine("u", "america", 1.0)).unwrap();
    steady(&mut manager, 0..20, "a", |_| 5.0);
    let running = manager.running("a").unwrap();
    manager.set_machine(machine("e", "europe", 2.0)).unwrap();
    steady(&mut manager, 20..30, "a", |_| 5.0);
    assert_eq!((held(&manager), manager.running("a").unwrap()), (vec![running as usize - 1, 1], running));
    let said = manager.journal().records().iter().filter(|record| record.reason == CloneReason::Overfull);
    assert!((1..4).contains(&said.count()), "once, and not in each round");
    assert!(manager.explain("a").unwrap().contains("and there is none elsewhere"));
    // Some room comes free.
    manager.set_machine(machine("u", "america", 100.0)).unwrap();
    steady(&mut manager, 30..32, "a", |_| 5.0);
    assert_eq!((held(&manager)[0], manager.running("a").unwrap()), (2, running));
}

#[test]
fn what_is_too_much_goes_first_from_a_machine_that_is_too_full() {
    let mut manager = manager(CloneManagerConfig::default());
    manager.set_code(ProgramCode { min_clones: 6, ..code("a", "europe") }).unwrap();
    manager.set_machine(machine("e", "europe", 3.0)).unwrap();
    steady(&mut manager, 0..20, "a", |_| 0.0);
    assert_eq!(held(&manager), [3, 3]);
    manager.set_code(ProgramCode { min_clones: 4, ..code("a", "europe") }).unwrap();
    manager.set_machine(machine("e", "europe", 1.0)).unwrap();
    let asked = obey(&mut manager, 20 * STEP + 1);
    assert_eq!((asked.len(), held(&manager)), (2, vec![1, 3]));
}

#[test]
fn explain_tells_of_the_last_round_whether_it_changed_anything_or_not() {
    let mut manager = manager(CloneManagerConfig::default());
    assert!(manager.explain("a").unwrap().contains("No round was planned"));
    steady(&mut manager, 0..20, "a", |_| 5.0);
    let (first, last) = (manager.programs[0].round.unwrap(), 20 * STEP);
    assert!(first.time == last && first.since < last, "{first:?}");
    obey(&mut manager, last + 1);
    let said = manager.explain("a").unwrap();
    assert!(said.contains(&format!("The round at {} ms wanted {}", last + 1, first.wanted)), "{said}");
    assert!(said.ends_with(&format!("for the same reason since {} ms.", first.since)), "{said}");
}

/// A count that comes in just after a step has begun tells of the minute before, and of no burst.
#[test]
fn a_constant_load_gets_what_its_quantile_needs_whenever_a_step_begins() {
    for offset in [0, 20_000, 100_000, 200_000, 299_999] {
        let mut manager = CloneManager::new(CloneManagerConfig::default()).unwrap();
        manager.set_code(ProgramCode::new("c", 5.0, vec![1.0])).unwrap();
        manager.set_machine(Machine { name: "m".into(), zone: String::new(), room: vec![500.0] }).unwrap();
        for minute in 0..1440 {
            let now = offset + minute * 60_000;
            manager.observe(now, "c", 6000.0).unwrap();
            obey(&mut manager, now);
            let running = manager.running("c").unwrap();
            assert!(minute < 10 || (20..=22).contains(&running), "{offset} {minute}: {running}");
        }
    }
}

#[test]
fn what_was_confirmed_but_is_not_there_is_made_again_and_strangers_are_removed() {
    let mut manager = manager(CloneManagerConfig::default());
    steady(&mut manager, 0..20, "a", |_| 5.0);
    let mut there: Vec<u64> = manager.clones.iter().map(|(id, _)| id).collect();
    let lied_about = there.pop().unwrap();
    there.push(77_777);
    manager.reconcile(20 * STEP, &there).unwrap();
    assert!(manager.clones.get(lied_about).is_none());
    let asked = obey(&mut manager, 20 * STEP + 1);
    assert!(asked.contains(&CloneAction::Remove { clone: 77_777 }));
    assert!(asked.iter().any(|action| matches!(action, CloneAction::Create { .. })));
}

/// An inventory that is ahead of the manager, as after an older snapshot was read back: the stranger goes, and no new clone with it.
#[test]
fn numbers_of_strangers_are_given_to_no_other() {
    let mut manager = manager(CloneManagerConfig::default());
    steady(&mut manager, 0..20, "a", |_| 5.0);
    let mut there: Vec<u64> = manager.clones.iter().map(|(id, _)| id).collect();
    there.pop();
    let next = (1..).find(|id| !manager.clones.was_created(*id)).unwrap();
    let before = manager.snapshot().unwrap();
    for wrong in [0, u64::MAX / 2, u64::MAX] {
        assert!(manager.reconcile(20 * STEP, &[wrong]).unwrap_err().to_string().starts_with("clone: "));
    }
    assert!(manager.snapshot().unwrap() == before);
    there.push(next);
    manager.reconcile(20 * STEP, &there).unwrap();
    let asked = obey(&mut manager, 20 * STEP + 1);
    assert!(asked.contains(&CloneAction::Remove { clone: next }));
    assert!(
        asked.iter().any(|action| matches!(action, CloneAction::Create { clone, .. } if *clone == next + 1))
    );
    assert!(manager.clones.get(next + 1).is_some() && manager.clones.get(next).is_none());
    manager.clones.skip(std::iter::once(u64::MAX - 1));
    assert!(CloneManager::restore(&manager.snapshot().unwrap()).is_err(), "its numbers are used up");
}

/// The creation was given up, the clone was found and removed, and then the word of its creation comes.
#[test]
fn a_late_word_of_a_clone_that_was_removed_since_brings_nothing_back() {
    let retry = crate::pool::RetryConfig { timeout_seconds: 100.0, attempts: 1, backoff: 1.0 };
    let mut manager = manager(CloneManagerConfig { retry, ..CloneManagerConfig::default() });
    manager.observe(1, "a", 300.0).unwrap();
    let made: Vec<(u64, CloneAction)> =
        manager.plan(STEP).unwrap().into_iter().map(|order| (order.id, order.action)).collect();
    let CloneAction::Create { clone, .. } = made[0].1 else { panic!("{made:?}") };
    manager.plan(STEP + 200_000).unwrap();
    manager.reconcile(STEP + 200_001, &[clone]).unwrap();
    assert!(obey(&mut manager, STEP + 200_002).contains(&CloneAction::Remove { clone }));
    manager.report(made[0].0, Outcome::Confirmed).unwrap();
    assert!(manager.clones.get(clone).is_none());
}

/// A machine is lost before the word of a creation on it comes, and is back when it does.
#[test]
fn a_word_of_a_time_before_a_loss_makes_no_clone() {
    let mut manager = manager(CloneManagerConfig::default());
    manager.observe(1, "a", 300.0).unwrap();
    let made: Vec<u64> = manager.plan(STEP).unwrap().iter().map(|order| order.id).collect();
    manager.machine_lost("e").unwrap();
    manager.set_machine(machine("e", "europe", 100.0)).unwrap();
    made.iter().for_each(|id| manager.report(*id, Outcome::Confirmed).unwrap());
    assert_eq!((made.is_empty(), manager.running("a").unwrap()), (false, 0));
}

#[test]
fn where_room_is_short_the_journal_says_so() {
    let mut manager = CloneManager::new(CloneManagerConfig::default()).unwrap();
    manager.set_code(code("a", "")).unwrap();
    manager.set_machine(machine("only", "", 4.0)).unwrap();
    steady(&mut manager, 0..10, "a", |_| 9.0);
    assert_eq!(manager.running("a").unwrap(), 4);
    assert_eq!(manager.journal().records().back().unwrap().reason, CloneReason::NoRoom);
}

#[test]
fn it_goes_on_after_a_restore_as_if_it_had_never_stopped() {
    let mut manager = manager(CloneManagerConfig::default());
    steady(&mut manager, 0..100, "a", |step| 5.0 + (step % 7) as f64);
    let mut again = CloneManager::restore(&manager.snapshot().unwrap()).unwrap();
    for manager in [&mut manager, &mut again] {
        steady(manager, 100..130, "a", |step| 5.0 + (step % 5) as f64);
    }
    let bytes = manager.snapshot().unwrap();
    assert!(bytes == again.snapshot().unwrap());
    (0..bytes.len()).step_by(97).for_each(|length| assert!(CloneManager::restore(&bytes[..length]).is_err()));
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let mut manager = manager(CloneManagerConfig::default());
    let said = |result: Result<()>| result.unwrap_err().to_string();
    assert!(said(manager.observe(0, "z", 1.0)).starts_with("code: \"z\" is not known"));
    assert!(said(manager.observe(0, "a", f64::NAN)).starts_with("requests"));
    manager.observe(10, "a", 1.0).unwrap();
    assert!(said(manager.observe(9, "a", 1.0)).starts_with("now"));
    assert!(manager.plan(9).is_err());
    assert!(said(manager.set_machine(machine("x", "", f64::INFINITY))).starts_with("machine x: room"));
    assert!(
        said(manager.set_code(ProgramCode { resources: vec![1.0], ..code("c", "") })).contains("dimensions")
    );
    assert!(
        said(manager.set_code(ProgramCode { service_rate: 0.0, ..code("c", "") })).contains("service_rate")
    );
    let config = CloneManagerConfig { step_seconds: 0.0, ..CloneManagerConfig::default() };
    assert!(CloneManager::new(config).unwrap_err().to_string().starts_with("step_seconds"));
    for cost_ratio in [1e-17, 1e17, f64::NAN] {
        let config = CloneManagerConfig { cost_ratio, ..CloneManagerConfig::default() };
        assert!(CloneManager::new(config).unwrap_err().to_string().starts_with("cost_ratio"));
    }
    for cost_ratio in [1e-9, 1e9] {
        let mut manager = self::manager(CloneManagerConfig { cost_ratio, ..CloneManagerConfig::default() });
        steady(&mut manager, 0..5, "a", |step| step as f64);
        assert_eq!(manager.forecast("a").unwrap().len(), 12);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// An actuator that fails, is slow, lies and repeats itself: no clone is created twice, no machine is given more than it holds, and
    /// once it is honest again the fleet is what is needed.
    #[test]
    fn an_unreliable_actuator_does_no_lasting_harm(seed in 0u64..10_000, failing in 0.0f64..0.6, slow in 0.0f64..0.6) {
        let mut random = Random::stream(seed, 0);
        let retry = crate::pool::RetryConfig { timeout_seconds: 400.0, attempts: 2, backoff: 1.0 };
        let mut manager = manager(CloneManagerConfig { retry, ..CloneManagerConfig::default() });
        let (mut there, mut made) = (BTreeSet::new(), BTreeSet::new());
        let mut unanswered = Vec::new();
        for step in 0..80i64 {
            let is_honest = step >= 60;
            let load = if is_honest { 10.0 } else { 20.0 * random.unit() };
            manager.observe(step * STEP + 1, "a", load * 300.0).unwrap();
            let now = (step + 1) * STEP;
            for order in manager.plan(now).unwrap() {
                let fails = !is_honest && random.unit() < failing;
                if !fails {
                    match &order.action {
                        CloneAction::Create { clone, .. } => {
                            prop_assert!(made.insert((*clone, order.id)) || order.attempt > 1);
                            there.insert(*clone);
                        }
                        CloneAction::Remove { clone } => drop(there.remove(clone)),
                    }
                }
                let outcome = if fails { Outcome::Failed } else { Outcome::Confirmed };
                if !is_honest && random.unit() < slow {
                    unanswered.push((order.id, outcome));
                } else {
                    manager.report(order.id, outcome).unwrap();
                    manager.report(order.id, outcome).unwrap();
                }
            }
            if random.unit() < 0.2 {
                unanswered.drain(..).for_each(|(id, outcome)| manager.report(id, outcome).unwrap());
            }
            let mut used = [0.0; 2];
            for (_, clone) in manager.clones.iter() {
                used[clone.machine] += 1.0;
            }
            prop_assert!(used.iter().all(|used| *used <= 100.0));
            prop_assert!(manager.is_whole());
            if is_honest && step % 4 == 0 {
                let list: Vec<u64> = there.iter().copied().collect();
                manager.reconcile(now, &list).unwrap();
            }
        }
        let running: BTreeSet<u64> = manager.clones.iter().filter(|(_, clone)| clone.life == Life::Running).map(|(id, _)| id).collect();
        prop_assert_eq!(&running, &there, "what it thinks is there is there");
        prop_assert!((10..=40).contains(&running.len()), "{}", running.len());
    }
}
