//! What the multi-tiered virtualization system was asked to do, from the forecast to the unit that serves: hot for high priority, warm for
//! what hot cannot hold, cold for bursts and for what can wait; provisioned before the demand, given back after it.

use super::tests::{MINUTE, granted, known, manager, obey, request, status};
use super::*;
use crate::math::cos;
use crate::pool::load_balancer::{InstanceKind, LoadBalancer, LoadBalancerConfig, UsageRecord};
use crate::pool::tiers::QosProfile;
use crate::pool::tiers::tests::tiers;

const STEP: i64 = 15 * MINUTE;
const DAY: i64 = 96;

/// A kind of instance; a request per second takes one CPU, so that it serves as many as it has CPU.
fn kind(name: &str, tier: Tier, cpu: f64, cost_per_hour: f64) -> InstanceKind {
    let standby_cost_per_hour = if tier == Tier::Warm { 0.2 } else { 0.0 };
    InstanceKind {
        name: name.into(),
        tier,
        cpu,
        memory: 1e6,
        network: 1e6,
        cost_per_hour,
        standby_cost_per_hour,
    }
}

/// A balancer that knows the very kinds that the manager's tiers are made of.
fn balancer(hot: &[InstanceKind]) -> LoadBalancer {
    let mut instances = vec![kind("usual", Tier::Warm, 10.0, 0.8), kind("spot", Tier::Cold, 10.0, 0.6)];
    instances.extend_from_slice(hot);
    let config = LoadBalancerConfig {
        step_seconds: 900.0,
        late_request_cost: 0.01,
        instances,
        ..LoadBalancerConfig::default()
    };
    LoadBalancer::new(config).unwrap()
}

/// What a user brings in a step, at so many requests per second.
fn record(step: i64, user: &str, application: &str, load: f64) -> UsageRecord {
    UsageRecord {
        time: step * STEP + 1,
        user: user.into(),
        application: application.into(),
        requests: load * 900.0,
        cpu: load,
        memory: load,
        network: 0.0,
    }
}

/// A hundred steps of a user with this profile.
fn trained(balancer: &mut LoadBalancer, user: &str, load: f64, qos: QosProfile) {
    balancer.set_profile(Some(user), "search", qos).unwrap();
    balancer.train(&(0..100).map(|step| record(step, user, "search", load)).collect::<Vec<_>>()).unwrap();
}

fn seen(tier: Tier, load: Option<f64>, utilization: Option<f64>) -> TierObservation {
    TierObservation { tier, load, latency_seconds: None, utilization }
}

/// "Dedicated VMs with minimal latency, pre-provisioned based on predictions for high-priority users/applications."
#[test]
fn a_high_priority_user_finds_the_hot_pool_ready() {
    for (priority, hot) in [(5, true), (0, false)] {
        // Given a user who could wait ten minutes, foreseen by the balancer,
        let qos = QosProfile { max_latency_seconds: Some(600.0), cost_limit: None, priority };
        let mut balancer = balancer(&[kind("fast", Tier::Hot, 10.0, 1.0)]);
        trained(&mut balancer, "vip", 30.0, qos);
        let mut manager = manager();
        manager.foresee(0, &balancer.tier_demand().unwrap()).unwrap();
        obey(&mut manager, 0);
        // when it asks for capacity, then with high priority it is served hot at once; without, cold is made for it.
        let lease = granted(&mut manager, 1, &request(1, 30.0, Some(600.0), priority));
        assert_eq!((lease.tier == Tier::Hot, lease.is_served), (hot, hot), "{lease:?}");
    }
}

/// "Resource allocation recommendations (number of VMs to pre-provision per pool, VM instance types) communicated to the Resource Manager."
#[test]
fn what_was_recommended_carries_what_was_foreseen() {
    // Given instances that have the room that the manager's units have; and such as have less than the balancer believes.
    for cpu in [10.0, 40.0] {
        let urgent = QosProfile { max_latency_seconds: Some(0.5), ..QosProfile::default() };
        let mut balancer = balancer(&[kind("fast", Tier::Hot, cpu, 1.0)]);
        trained(&mut balancer, "ann", 100.0, urgent);
        let recommendations = balancer.recommendations().unwrap();
        assert_eq!(recommendations[0].count, (100.0f64 / (0.7 * cpu)).ceil() as u64);
        // When the recommendations are followed, then what was foreseen is served.
        let mut manager = manager();
        manager.follow(0, &recommendations).unwrap();
        obey(&mut manager, 0);
        let lease = granted(&mut manager, 1, &request(1, 100.0, Some(0.5), 0));
        assert!(lease.tier == Tier::Hot && lease.is_served, "{cpu}: {lease:?}");
        assert_eq!(status(&manager, Tier::Hot).serving, 15);
    }
}

#[test]
fn the_kind_that_was_recommended_is_the_kind_that_is_provisioned() {
    // Given two kinds of hot instances, of which four large ones cost less than fifteen small ones, and tiers that name no kind,
    let kinds = [kind("small", Tier::Hot, 10.0, 1.0), kind("large", Tier::Hot, 40.0, 3.0)];
    let mut balancer = balancer(&kinds);
    let urgent = QosProfile { max_latency_seconds: Some(0.5), ..QosProfile::default() };
    trained(&mut balancer, "ann", 100.0, urgent);
    let mut unnamed = tiers();
    Tier::ALL.into_iter().for_each(|tier| unnamed.of_mut(tier).kind.clear());
    (unnamed.hot.service_rate, unnamed.hot.cost_per_hour) = (40.0, 3.0);
    let mut manager = ResourceManager::new(ResourceManagerConfig::new(unnamed)).unwrap();
    manager.follow(0, &balancer.recommendations().unwrap()).unwrap();
    // then four large ones are provisioned, also after the manager was saved and read back,
    let mut manager = ResourceManager::restore(&manager.snapshot().unwrap()).unwrap();
    let provisioned = |asked: Vec<TierAction>, of: Tier| {
        let kind = |action| match action {
            TierAction::Provision { tier, kind, .. } if tier == of => Some(kind),
            _ => None,
        };
        asked.into_iter().filter_map(kind).collect::<Vec<_>>()
    };
    assert_eq!(provisioned(obey(&mut manager, 0), Tier::Hot), ["large"; 4]);
    // and what is made cold on demand is of the kind that was recommended for that.
    granted(&mut manager, 1, &request(1, 5.0, None, 0));
    assert_eq!(provisioned(obey(&mut manager, 1), Tier::Cold), ["spot"]);
}

#[test]
fn a_kind_that_the_tier_does_not_have_is_refused_by_name() {
    let mut balancer = balancer(&[kind("gpu-large", Tier::Hot, 40.0, 3.0)]);
    trained(&mut balancer, "ann", 100.0, QosProfile::default());
    let mut manager = manager();
    let before = manager.clone();
    let refused = manager.follow(0, &balancer.recommendations().unwrap()).unwrap_err().to_string();
    assert_eq!(refused, "recommendations[0].kind: the hot tier is made of fast, not of gpu-large");
    assert_eq!(manager, before);
}

/// The urgent application's requests per second: most at noon, fewest at midnight.
fn noon_peak(step: i64) -> f64 {
    10.0 + 50.0 * (1.0 - cos(std::f64::consts::TAU * step as f64 / DAY as f64))
}

/// "Data Flow & Operation", points 1 to 5.
#[test]
fn the_flow_of_the_document() {
    // Given two applications, one urgent and of high priority with a peak at noon, the other patient,
    let urgent = QosProfile { max_latency_seconds: Some(0.5), cost_limit: None, priority: 5 };
    let patient = QosProfile { max_latency_seconds: Some(600.0), ..QosProfile::default() };
    let mut balancer = balancer(&[kind("fast", Tier::Hot, 10.0, 1.0)]);
    balancer.set_profile(None, "shop", urgent).unwrap();
    balancer.set_profile(None, "report", patient).unwrap();
    let mut manager = manager();
    let (mut hot, mut asked) = (Vec::new(), Vec::new());
    for step in 0..4 * DAY {
        let now = step * STEP;
        // 1, 2: the balancer has learned from all that came, and recommends; 3: the manager provisions and de-provisions.
        if step > 0 {
            manager.follow(now, &balancer.recommendations().unwrap()).unwrap();
        }
        for lease in [2 * step - 2, 2 * step - 1] {
            manager.release(now, lease as u64).unwrap();
        }
        asked.push(obey(&mut manager, now));
        hot.push(status(&manager, Tier::Hot).serving);
        // 4: requests are routed to the appropriate tier.
        let mut ask = |id, user: &str, load, qos| {
            let request = ResourceRequest { id, user: user.into(), application: "any".into(), load, qos };
            let granted = manager.allocate(now, &request).unwrap();
            if step >= 2 * DAY {
                let Allocation::Granted(lease) = granted else { panic!("step {step}: {granted:?}") };
                let is_urgent = user == "ann";
                assert_eq!(lease.tier == Tier::Hot, is_urgent, "step {step}: {lease:?}");
                assert!(lease.is_served || !is_urgent, "step {step}: {lease:?}");
            }
        };
        ask(2 * step as u64, "ann", noon_peak(step), urgent);
        ask(2 * step as u64 + 1, "bob", 40.0, patient);
        obey(&mut manager, now + 1);
        assert!(step < 2 * DAY || manager.leases().all(|lease| lease.is_served), "step {step}");
        // 5: what really comes is observed, and the forecasts are refined.
        balancer.observe(&record(step, "ann", "shop", noon_peak(step))).unwrap();
        balancer.observe(&record(step, "bob", "report", 40.0)).unwrap();
    }
    // Then hot rises before noon, and the units of the peak are given back in the evening,
    let at = |hour: i64| (3 * DAY + 4 * hour) as usize;
    assert!(hot[at(0)] <= 6 && hot[at(9)] > 2 * hot[at(3)] && hot[at(12)] >= 16, "{:?}", &hot[at(0)..]);
    assert!(hot[at(23)] < hot[at(12)] / 2);
    let day = |from: i64, to: i64| asked[at(from)..at(to)].iter().flatten();
    let made = |action: &&TierAction| matches!(action, TierAction::Provision { .. });
    let promoted = |action: &&TierAction| matches!(action, TierAction::Move { to: Tier::Hot, .. });
    let returned = |action: &&TierAction| matches!(action, TierAction::Deprovision { .. });
    let before_noon = (day(0, 12).filter(made).count(), day(0, 12).filter(promoted).count());
    assert!(before_noon.0 >= 10 && before_noon.0 + before_noon.1 >= 12, "{before_noon:?}");
    assert!(day(12, 23).filter(returned).count() >= 10);
    // And when at midnight far more comes than was foreseen, hot rises in the same round, and the next forecast is closer.
    let (step, came) = (4 * DAY, 100.0);
    let foreseen =
        |balancer: &LoadBalancer, step| balancer.predict("ann", "shop", step * STEP).unwrap().requests.mean;
    let before = foreseen(&balancer, step);
    assert!(before < 30.0, "{before}");
    manager.observe(step * STEP, &seen(Tier::Hot, Some(came), None)).unwrap();
    obey(&mut manager, step * STEP);
    assert_eq!(status(&manager, Tier::Hot).serving, 15);
    balancer.observe(&record(step, "ann", "shop", came)).unwrap();
    balancer.observe(&record(step + 1, "ann", "shop", came)).unwrap();
    let after = foreseen(&balancer, step + 2);
    assert!(came - after < 0.8 * (came - before), "{before}, then {after}");
}

/// "if predicted_demand > hot_pool_capacity: scale_warm_pool(...), allocate_from_warm_pool(...), else: allocate_from_hot_pool(...)"; and cold
/// "for burst capacity".
#[test]
fn what_the_hot_pool_cannot_hold_is_allocated_warm_and_the_burst_beyond_cold() {
    // Given five hot units and five warm ones,
    let mut manager = manager();
    manager.foresee(0, &known(35.0, 70.0, 70.0)).unwrap();
    obey(&mut manager, 0);
    // when eleven critical requests of 10 per second come in, whom hot would serve first,
    let got: Vec<(Tier, bool)> = (1..=11)
        .map(|id| granted(&mut manager, 1, &request(id, 10.0, Some(400.0), 5)))
        .map(|lease| (lease.tier, lease.is_served))
        .collect();
    // then hot is allocated while it has capacity, then warm is scaled, and what is beyond both is made.
    let expected = [vec![(Tier::Hot, true); 4], vec![(Tier::Warm, false); 4], vec![(Tier::Cold, false); 3]];
    assert_eq!(got, expected.concat());
    (2..4).for_each(|round| drop(obey(&mut manager, round)));
    assert!(manager.leases().all(|lease| lease.is_served));
}

/// "Dynamically adjusts VM allocations based on predictions and real-time demand."
#[test]
fn real_time_demand_above_the_forecast_scales_the_tier() {
    let mut manager = manager();
    manager.foresee(0, &known(35.0, 35.0, 35.0)).unwrap();
    obey(&mut manager, 0);
    assert_eq!(status(&manager, Tier::Hot).serving, 5);
    manager.observe(1, &seen(Tier::Hot, Some(100.0), None)).unwrap();
    obey(&mut manager, 1);
    assert_eq!(status(&manager, Tier::Hot).serving, 15);
}

/// "System resource utilization metrics (CPU, memory, network I/O per VM & pool)"; "monitors resource utilization across all tiers".
#[test]
fn a_tier_whose_memory_is_full_is_scaled_though_its_load_is_low() {
    // Given five hot units with hardly any load, whose memory is nearly full,
    let mut manager = manager();
    manager.foresee(0, &known(35.0, 35.0, 35.0)).unwrap();
    obey(&mut manager, 0);
    manager.observe(1, &seen(Tier::Hot, Some(5.0), Some(0.98))).unwrap();
    // then as many serve as would bring it to seven tenths, once,
    for round in 1..4 {
        obey(&mut manager, round);
        assert_eq!(status(&manager, Tier::Hot).serving, 7);
    }
    // and they stay for as long as they are needed for that, and no longer.
    for (minute, in_use, serving) in [(6, 0.7, 7), (12, 0.69, 7), (18, 0.35, 5)] {
        manager.observe(minute * MINUTE, &seen(Tier::Hot, Some(5.0), Some(in_use))).unwrap();
        obey(&mut manager, minute * MINUTE);
        obey(&mut manager, minute * MINUTE + 1);
        assert_eq!(status(&manager, Tier::Hot).serving, serving, "at {in_use}");
    }
}

/// "Requests are routed to the appropriate tier based on QoS requirements and available capacity."
#[test]
fn where_capacity_is_short_the_higher_priority_is_served() {
    let mut manager = manager();
    manager.foresee(0, &known(35.0, 35.0, 35.0)).unwrap();
    obey(&mut manager, 0);
    for id in 1..=3 {
        assert!(
            granted(&mut manager, 0, &request(id, 10.0, Some(1.0), i32::try_from(id).unwrap())).is_served
        );
    }
    (1..=2).for_each(|unit| assert!(manager.unit_lost(1, unit).unwrap()));
    let served: Vec<(u64, bool)> = manager.leases().map(|lease| (lease.id, lease.is_served)).collect();
    assert_eq!(served, [(1, false), (2, true), (3, true)]);
}

/// "VMs maintained in a ready state": at rest, and back to rest.
#[test]
fn a_warm_unit_that_is_no_longer_needed_goes_back_to_rest() {
    // Given five warm units, woken for a lease that is over,
    let mut manager = manager();
    manager.foresee(0, &known(0.0, 35.0, 35.0)).unwrap();
    obey(&mut manager, 0);
    granted(&mut manager, 0, &request(1, 30.0, Some(60.0), 0));
    obey(&mut manager, 1);
    assert_eq!(status(&manager, Tier::Warm).serving, 5);
    manager.release(2, 1).unwrap();
    // then they serve on for the time for which capacity is held, and then rest, at 10 W each.
    assert!(obey(&mut manager, 4 * MINUTE).is_empty());
    let mut rested = obey(&mut manager, 6 * MINUTE);
    rested.sort_by_key(|action| if let TierAction::Rest { unit } = action { *unit } else { 0 });
    assert_eq!(rested, (1..=5).map(|unit| TierAction::Rest { unit }).collect::<Vec<_>>());
    let warm = status(&manager, Tier::Warm);
    assert_eq!((warm.serving, warm.resting, warm.watts), (0, 5, 50.0));
}

/// "These VMs utilize high-performance hardware", "moderate performance hardware", "cost-effective".
#[test]
fn tiers_of_different_performance_are_sized_by_what_a_unit_serves() {
    let mut mixed = tiers();
    for (tier, rate) in [(Tier::Hot, 20.0), (Tier::Warm, 10.0), (Tier::Cold, 5.0)] {
        mixed.of_mut(tier).service_rate = rate;
    }
    let mut manager = ResourceManager::new(ResourceManagerConfig::new(mixed)).unwrap();
    manager.foresee(0, &known(70.0, 140.0, 200.0)).unwrap();
    obey(&mut manager, 0);
    // 70 per second hot at 20 each, 70 warm at 10 each, seven tenths busy.
    assert_eq!((status(&manager, Tier::Hot).serving, status(&manager, Tier::Warm).resting), (5, 10));
    // An answer within a quarter of a second comes from the fast hardware alone: from the others it takes 0.3 s and 0.6 s by itself.
    let lease = granted(&mut manager, 1, &request(1, 10.0, Some(0.25), 0));
    assert!(lease.tier == Tier::Hot && lease.cost_per_hour == 0.5, "{lease:?}");
    (1..=5).for_each(|unit| assert!(manager.unit_lost(2, unit).unwrap()));
    assert!(matches!(manager.allocate(2, &request(2, 10.0, Some(0.25), 0)).unwrap(), Allocation::Refused(_)));
}

/// "Cost optimization algorithms (e.g., prioritizing warm/cold pools for non-critical tasks)."
#[test]
fn what_is_not_critical_moves_to_a_cheaper_tier_that_serves() {
    // Given a lease that is not critical but urgent, so that only hot could serve it,
    let mut manager = manager();
    manager.foresee(0, &known(35.0, 35.0, 35.0)).unwrap();
    obey(&mut manager, 0);
    let urgent = granted(&mut manager, 0, &request(1, 5.0, Some(0.5), 0));
    assert_eq!((urgent.tier, urgent.cost_per_hour), (Tier::Hot, 0.5));
    // when cold units serve that were made for another,
    granted(&mut manager, 0, &request(2, 35.0, None, 0));
    obey(&mut manager, 1);
    assert_eq!(status(&manager, Tier::Cold).serving, 5);
    // then it moves to them, for six tenths of the price.
    let asked = obey(&mut manager, 2);
    assert!(asked.contains(&TierAction::Route { lease: 1, tier: Tier::Cold }), "{asked:?}");
    let lease = manager.lease(1).unwrap();
    assert!(lease.tier == Tier::Cold && lease.is_served && lease.cost_per_hour == 0.3, "{lease:?}");
}
