//! The behaviours that the resource manager is for, one scenario each.

use super::*;
use crate::capacity::{Target, servers_for};
use crate::pool::load_balancer::{LoadBalancer, LoadBalancerConfig, UsageRecord};
use crate::pool::orders::Outcome;
use crate::pool::tiers::tests::tiers;
use crate::pool::tiers::{ExpectedLoad, QosProfile};

pub(super) const MINUTE: i64 = 60_000;

pub(super) fn manager() -> ResourceManager {
    ResourceManager::new(ResourceManagerConfig::new(tiers())).unwrap()
}

pub(super) fn request(
    id: u64,
    load: f64,
    max_latency_seconds: Option<f64>,
    priority: i32,
) -> ResourceRequest {
    let qos = QosProfile { max_latency_seconds, cost_limit: None, priority };
    ResourceRequest { id, user: "ann".into(), application: "search".into(), load, qos }
}

/// A load that is known exactly, by how long it can wait.
pub(super) fn known(cannot_wait: f64, can_wait_for_warm: f64, all: f64) -> TierDemand {
    let load = |mean| ExpectedLoad { mean, variance: 0.0 };
    TierDemand { cannot_wait: load(cannot_wait), can_wait_for_warm: load(can_wait_for_warm), all: load(all) }
}

/// Confirms all that is asked for; what was asked.
pub(super) fn obey(manager: &mut ResourceManager, now: i64) -> Vec<TierAction> {
    let asked = manager.rebalance(now).unwrap();
    asked.iter().for_each(|order| manager.report(order.id, Outcome::Confirmed).unwrap());
    asked.into_iter().map(|order| order.action).collect()
}

pub(super) fn granted(manager: &mut ResourceManager, now: i64, request: &ResourceRequest) -> Lease {
    match manager.allocate(now, request).unwrap() {
        Allocation::Granted(lease) => lease,
        Allocation::Refused(refusal) => panic!("{}", refusal.problem),
    }
}

pub(super) fn refused(manager: &mut ResourceManager, now: i64, request: &ResourceRequest) -> Refusal {
    match manager.allocate(now, request).unwrap() {
        Allocation::Granted(lease) => panic!("{lease:?}"),
        Allocation::Refused(refusal) => refusal,
    }
}

pub(super) fn status(manager: &ResourceManager, tier: Tier) -> TierStatus {
    manager.status().unwrap().into_iter().find(|status| status.tier == tier).unwrap()
}

/// The document's own words: the prediction is compared with the hot pool; what is beyond it scales the warm pool and is allocated there;
/// when the latency is above what was asked for, the warm pool gets additional capacity.
#[test]
fn allocate_resources_as_the_document_has_it() {
    let mut balancer = LoadBalancer::new(LoadBalancerConfig::default()).unwrap();
    let urgent = QosProfile { max_latency_seconds: Some(0.5), cost_limit: None, priority: 1 };
    balancer.set_profile(Some("eve"), "search", urgent).unwrap();
    balancer
        .set_profile(None, "search", QosProfile { max_latency_seconds: Some(40.0), ..QosProfile::default() })
        .unwrap();
    let record = |step: i64, user: &str, requests| UsageRecord {
        time: step * 5 * MINUTE,
        user: user.into(),
        application: "search".into(),
        requests,
        cpu: 1.0,
        memory: 1.0,
        network: 1.0,
    };
    let ann = (0..100).map(|step| record(step, "ann", 300.0 * 60.0));
    let eve = (0..100).map(|step| record(step, "eve", 300.0 * 30.0));
    balancer.train(&ann.chain(eve).collect::<Vec<_>>()).unwrap();
    let now = 100 * 5 * MINUTE;
    let predicted_demand = balancer.predict("ann", "search", now).unwrap().requests.mean;
    assert!((predicted_demand - 60.0).abs() < 1.0);

    let mut manager = manager();
    manager.foresee(now, &balancer.tier_demand().unwrap()).unwrap();
    obey(&mut manager, now);
    let hot_pool_capacity = 10.0 * f64::from(status(&manager, Tier::Hot).serving);
    assert!(predicted_demand > hot_pool_capacity && hot_pool_capacity >= 30.0, "{hot_pool_capacity}");
    // scale_warm_pool(predicted_demand - hot_pool_capacity), allocate_from_warm_pool(predicted_demand)
    let lease = granted(&mut manager, now, &request(1, predicted_demand - hot_pool_capacity, Some(40.0), 0));
    assert!(lease.tier == Tier::Warm && !lease.is_served && lease.expected_latency_seconds <= 40.0);
    let woken = obey(&mut manager, now);
    assert!(woken.iter().any(|action| matches!(action, TierAction::Wake { .. })));
    assert!(manager.lease(1).unwrap().is_served);
    // if latency > qos_requirements.max_latency: scale_warm_pool(additional_capacity)
    let before = status(&manager, Tier::Warm).serving;
    let late =
        TierObservation { tier: Tier::Warm, load: None, latency_seconds: Some(60.0), utilization: None };
    manager.observe(now + 1, &late).unwrap();
    (0..2).for_each(|round| drop(obey(&mut manager, now + 1 + round)));
    assert!(status(&manager, Tier::Warm).serving > before);
    // What fits into the hot pool is allocated from it.
    let lease = granted(&mut manager, now + 2, &request(2, 20.0, Some(0.5), 1));
    assert!(lease.tier == Tier::Hot && lease.is_served);
}

#[test]
fn hot_is_made_for_what_cannot_wait_warm_rests_for_the_rest() {
    let mut manager = manager();
    let sizes = manager.foresee(0, &known(70.0, 140.0, 200.0)).unwrap();
    assert_eq!((sizes.hot.load, sizes.warm.load, sizes.cold.load), (70.0, 70.0, 60.0));
    obey(&mut manager, 0);
    let (hot, warm, cold) =
        (status(&manager, Tier::Hot), status(&manager, Tier::Warm), status(&manager, Tier::Cold));
    // 70 per second at 10 each, 7 tenths busy.
    assert_eq!((hot.serving, warm.resting, warm.serving, cold.serving), (10, 10, 0, 0));
    // At rest warm takes the least power and costs the least: 10 W and 0.2 an hour each.
    assert_eq!((warm.watts, warm.cost_per_hour), (100.0, 2.0));
    assert_eq!((hot.watts, hot.cost_per_hour), (1200.0, 10.0));
}

#[test]
fn what_is_not_critical_goes_to_what_costs_least() {
    let mut manager = manager();
    manager.foresee(0, &known(70.0, 140.0, 140.0)).unwrap();
    obey(&mut manager, 0);
    let patient = granted(&mut manager, 0, &request(1, 10.0, Some(3600.0), 0));
    assert_eq!((patient.tier, patient.is_served), (Tier::Cold, false), "it can wait until one is made");
    assert!((patient.cost_per_hour - 0.6).abs() < 1e-12);
    let soon = granted(&mut manager, 0, &request(2, 10.0, Some(60.0), 0));
    assert_eq!((soon.tier, soon.is_served), (Tier::Warm, false), "it can wait until one is awake");
    let critical = granted(&mut manager, 0, &request(3, 10.0, Some(3600.0), 5));
    assert_eq!((critical.tier, critical.is_served), (Tier::Hot, true));
    obey(&mut manager, 1);
    assert!(manager.leases().all(|lease| lease.is_served));
}

#[test]
fn a_refusal_has_a_name() {
    let mut manager = manager();
    let urgent = refused(&mut manager, 0, &request(1, 10.0, Some(0.01), 9));
    assert_eq!(urgent.reason, RefusalReason::Latency, "a service takes longer by itself");
    let mut poor = request(2, 10.0, None, 0);
    poor.qos.cost_limit = Some(0.5);
    assert_eq!(refused(&mut manager, 0, &poor).reason, RefusalReason::Cost);
    let large = refused(&mut manager, 0, &request(3, 5000.0, None, 0));
    assert_eq!(large.reason, RefusalReason::Capacity);
    assert!(
        large.problem.contains("hot has no room, warm has no room, cold has no room"),
        "{}",
        large.problem
    );
}

#[test]
fn what_was_refused_for_want_of_time_has_capacity_when_it_comes_again() {
    let mut manager = manager();
    let urgent = request(1, 50.0, Some(0.5), 0);
    assert_eq!(refused(&mut manager, 0, &urgent).reason, RefusalReason::Latency);
    (0..3).for_each(|round| drop(obey(&mut manager, round)));
    let lease = granted(&mut manager, 10, &urgent);
    assert!(lease.is_served && lease.expected_latency_seconds <= 0.5, "{lease:?}");
    assert!(manager.take_journal().iter().any(|record| record.reason == TierReason::Refused));
}

#[test]
fn hot_is_refilled_from_warm_and_warm_from_nothing() {
    let mut manager = manager();
    manager.foresee(0, &known(70.0, 140.0, 140.0)).unwrap();
    obey(&mut manager, 0);
    manager.foresee(1, &known(105.0, 175.0, 175.0)).unwrap();
    let asked = obey(&mut manager, 1);
    let promoted = |action: &&TierAction| matches!(action, TierAction::Move { to: Tier::Hot, .. });
    let made = |action: &&TierAction| matches!(action, TierAction::Provision { tier: Tier::Warm, .. });
    assert_eq!((asked.iter().filter(promoted).count(), asked.iter().filter(made).count()), (5, 5));
    assert_eq!((status(&manager, Tier::Hot).serving, status(&manager, Tier::Warm).resting), (15, 10));
    // Less is needed hot, more warm: after the time for which capacity is held, hot units are demoted.
    let later = 6 * MINUTE;
    manager.foresee(later, &known(70.0, 175.0, 175.0)).unwrap();
    let asked = obey(&mut manager, later);
    let demoted = |action: &&TierAction| matches!(action, TierAction::Move { to: Tier::Warm, .. });
    assert_eq!(asked.iter().filter(demoted).count(), 5, "{asked:?}");
    assert_eq!((status(&manager, Tier::Hot).serving, status(&manager, Tier::Warm).resting), (10, 15));
}

#[test]
fn capacity_is_given_back_after_it_was_held() {
    let mut manager = manager();
    granted(&mut manager, 0, &request(1, 35.0, None, 0));
    obey(&mut manager, 0);
    assert_eq!(status(&manager, Tier::Cold).serving, 5);
    assert!(manager.release(1, 1).unwrap() && !manager.release(1, 1).unwrap());
    assert!(obey(&mut manager, 4 * MINUTE).is_empty());
    assert_eq!(obey(&mut manager, 6 * MINUTE).len(), 5);
    assert_eq!(status(&manager, Tier::Cold), status(&super::tests::manager(), Tier::Cold));
}

#[test]
fn the_strictest_promise_decides_how_many_serve() {
    let serving = |max_latency_seconds| {
        let mut manager = manager();
        manager.foresee(0, &known(0.0, 700.0, 700.0)).unwrap();
        obey(&mut manager, 0);
        granted(&mut manager, 1, &request(1, 100.0, Some(45.0), 0));
        (1..3).for_each(|round| drop(obey(&mut manager, round)));
        granted(&mut manager, 4, &request(2, 1.0, Some(max_latency_seconds), 0));
        (4..6).for_each(|round| drop(obey(&mut manager, round)));
        assert!(manager.leases().all(|lease| lease.is_served));
        status(&manager, Tier::Warm).serving
    };
    // servers_for says how many keep a response of 0.31 s at 101 per second, which is more than what a utilization of 0.7 asks for.
    let strict = servers_for(101.0, 10.0, Target::ResponseQuantile(0.95, 0.31)).unwrap();
    assert_eq!((serving(40.0), u64::from(serving(0.31))), (15, strict.max(15)));
}

#[test]
fn a_lost_unit_loses_no_lease() {
    let mut manager = manager();
    manager.foresee(0, &known(35.0, 35.0, 35.0)).unwrap();
    obey(&mut manager, 0);
    for id in 1..=3 {
        granted(&mut manager, 0, &request(id, 10.0, Some(1.0), i32::try_from(id).unwrap()));
    }
    (1..=4).for_each(|unit| assert!(manager.unit_lost(1, unit).unwrap()));
    let served: Vec<bool> = manager.leases().map(|lease| lease.is_served).collect();
    assert_eq!(
        served.iter().filter(|served| **served).count(),
        0,
        "one unit keeps no promise of 10 per second"
    );
    obey(&mut manager, 2);
    assert!(manager.leases().all(|lease| lease.is_served));
    assert!(!manager.unit_lost(3, 1).unwrap());
}

#[test]
fn a_lease_whose_tier_has_no_room_left_is_moved() {
    let mut limited = tiers();
    limited.hot.max_units = 5;
    let mut manager = ResourceManager::new(ResourceManagerConfig::new(limited)).unwrap();
    manager.foresee(0, &known(35.0, 140.0, 140.0)).unwrap();
    obey(&mut manager, 0);
    granted(&mut manager, 0, &request(1, 30.0, Some(60.0), 3));
    // All hot units fail, and so does whatever would make new ones.
    (1..=5).for_each(|unit| assert!(manager.unit_lost(1, unit).unwrap()));
    let moved = obey(&mut manager, 2);
    assert!(moved.contains(&TierAction::Route { lease: 1, tier: Tier::Warm }), "{moved:?}");
    obey(&mut manager, 3);
    let lease = manager.lease(1).unwrap();
    assert!(lease.is_served && lease.tier == Tier::Warm);
}

#[test]
fn an_actuator_that_lies_is_found_out() {
    let mut manager = manager();
    manager.foresee(0, &known(35.0, 70.0, 70.0)).unwrap();
    obey(&mut manager, 0);
    // Hot unit 1 is not there, warm unit 6 is awake, hot unit 2 is warm, and 77 is nobody's.
    let unit = |unit, tier| InventoryUnit { unit, tier, is_awake: None };
    let mut inventory: Vec<InventoryUnit> =
        (2..=10).map(|id| unit(id, if (3..=5).contains(&id) { Tier::Hot } else { Tier::Warm })).collect();
    inventory.iter_mut().filter(|unit| unit.unit == 6).for_each(|unit| unit.is_awake = Some(true));
    inventory.push(unit(77, Tier::Cold));
    (0..2).for_each(|_| manager.reconcile(1, &inventory).unwrap());
    let (hot, warm) = (status(&manager, Tier::Hot), status(&manager, Tier::Warm));
    assert_eq!((hot.serving, warm.serving, warm.resting), (3, 1, 5));
    let asked = obey(&mut manager, 2);
    let stopped = asked.iter().filter(|action| **action == TierAction::Deprovision { unit: 77 }).count();
    assert_eq!(stopped, 1, "once, however often it is seen");
    obey(&mut manager, 3);
    assert_eq!((status(&manager, Tier::Hot).serving, status(&manager, Tier::Warm).resting), (5, 5));
}

#[test]
fn a_unit_that_does_not_wake_is_replaced() {
    let mut manager = manager();
    manager.foresee(0, &known(0.0, 7.0, 7.0)).unwrap();
    obey(&mut manager, 0);
    granted(&mut manager, 1, &request(1, 5.0, Some(60.0), 0));
    let mut failed = Vec::new();
    for round in 1..4 {
        for order in manager.rebalance(round).unwrap() {
            assert_eq!(order.action, TierAction::Wake { unit: 1 });
            manager.report(order.id, Outcome::Failed).unwrap();
            failed.push(order.id);
        }
    }
    assert_eq!(failed.len(), 3);
    let asked = obey(&mut manager, 5);
    assert!(asked.contains(&TierAction::Deprovision { unit: 1 }), "{asked:?}");
    (6..8).for_each(|round| drop(obey(&mut manager, round)));
    assert!(manager.lease(1).unwrap().is_served);
}

#[test]
fn recommendations_are_followed() {
    let mut manager = manager();
    let recommended = |tier, count| Recommendation {
        tier,
        kind: tiers().of(tier).kind.clone(),
        count,
        lower: 0,
        upper: count,
        load: 10.0,
        quantile: 0.9,
        cost_per_hour: 1.0,
    };
    let all = [recommended(Tier::Hot, 3), recommended(Tier::Warm, 4), recommended(Tier::Cold, 5)];
    manager.follow(0, &all).unwrap();
    obey(&mut manager, 0);
    let units = |tier| status(&manager, tier);
    assert_eq!((units(Tier::Hot).serving, units(Tier::Warm).resting, units(Tier::Cold).serving), (3, 4, 0));
    assert!(Tier::ALL.into_iter().all(|tier| manager.sizes().of(tier).load == 10.0));
    // Of what was recommended before nothing is left.
    manager.follow(1, &all[..1]).unwrap();
    assert_eq!(*manager.sizes(), Tiers { hot: manager.sizes().hot, ..Tiers::default() });
}

#[test]
fn bad_input_is_refused_and_changes_nothing() {
    let mut manager = manager();
    manager.rebalance(1000).unwrap();
    let before = manager.clone();
    assert!(manager.rebalance(999).is_err());
    assert!(manager.allocate(1000, &request(1, f64::NAN, None, 0)).is_err());
    assert!(manager.allocate(1000, &request(1, 0.0, None, 0)).is_err());
    assert!(manager.allocate(1000, &request(1, 1.0, Some(0.0), 0)).is_err());
    assert!(manager.allocate(999, &request(1, 1.0, None, 0)).is_err());
    assert!(manager.foresee(1000, &known(-1.0, 0.0, 0.0)).is_err());
    assert!(manager.foresee(999, &known(1.0, 1.0, 1.0)).is_err());
    assert!(manager.release(999, 1).is_err());
    let observation =
        |load, utilization| TierObservation { tier: Tier::Hot, load, latency_seconds: None, utilization };
    assert!(manager.observe(1000, &observation(Some(f64::INFINITY), None)).is_err());
    assert!(manager.observe(1000, &observation(None, Some(-0.1))).is_err());
    assert!(manager.report(1, Outcome::Confirmed).is_err());
    assert_eq!(manager, before);
    granted(&mut manager, 1000, &request(1, 1.0, None, 0));
    let other = manager.allocate(1000, &request(1, 2.0, None, 0)).unwrap_err().to_string();
    assert_eq!(other, "request.id: 1 is that of another lease");
    assert_eq!(granted(&mut manager, 1000, &request(1, 1.0, None, 0)), *manager.lease(1).unwrap());
    assert!(manager.allocate(999, &request(1, 1.0, None, 0)).is_err(), "the same again, but earlier");
    for number in [0, u64::MAX] {
        let before = manager.clone();
        let unit = InventoryUnit { unit: number, tier: Tier::Hot, is_awake: None };
        assert!(manager.reconcile(2000, &[unit]).unwrap_err().to_string().starts_with("inventory: unit"));
        assert_eq!(manager, before);
    }
}

#[test]
fn a_unit_that_never_was_and_cannot_be_given_back_is_no_capacity() {
    let mut manager = manager();
    manager.foresee(0, &known(35.0, 35.0, 35.0)).unwrap();
    assert_eq!(manager.rebalance(0).unwrap().len(), 5);
    manager.foresee(6 * MINUTE, &known(0.0, 0.0, 0.0)).unwrap();
    for round in 0..3 {
        for order in manager.rebalance(6 * MINUTE + round).unwrap() {
            assert!(matches!(order.action, TierAction::Deprovision { .. }));
            manager.report(order.id, Outcome::Failed).unwrap();
        }
    }
    assert_eq!(status(&manager, Tier::Hot).serving, 0);
    assert_eq!(
        refused(&mut manager, 7 * MINUTE, &request(1, 1.0, Some(0.5), 0)).reason,
        RefusalReason::Latency
    );
}

/// As after an older snapshot was read back: the actuator has units that the manager has not made yet.
#[test]
fn a_number_that_was_seen_is_given_to_no_other_unit() {
    let mut manager = manager();
    manager.reconcile(0, &[InventoryUnit { unit: 2, tier: Tier::Hot, is_awake: None }]).unwrap();
    manager.foresee(0, &known(35.0, 35.0, 35.0)).unwrap();
    let asked = obey(&mut manager, 0);
    assert!(asked.contains(&TierAction::Deprovision { unit: 2 }), "{asked:?}");
    assert_eq!(status(&manager, Tier::Hot).serving, 5);
}
