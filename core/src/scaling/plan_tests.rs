use super::*;
use proptest::prelude::*;

fn instant() -> TransitionPlanConfig {
    TransitionPlanConfig {
        step_seconds: 1.0,
        start_up_seconds: 0.0,
        min_replicas: 0,
        max_replicas: 4,
        ..Default::default()
    }
}

/// The slow twin: replicas one by one with their ages, the newest let go first.
fn simulate(replicas: &[u64], initial: u64, config: &TransitionPlanConfig) -> (Vec<f64>, f64) {
    let start_up = (config.start_up_seconds / config.step_seconds).ceil() as usize;
    let mut fleet = vec![usize::MAX; initial as usize];
    let (mut capacity, mut cost) = (Vec::new(), 0.0);
    for &count in replicas {
        while fleet.len() > count as usize {
            fleet.pop();
            cost += config.running_cost * config.drain_seconds;
        }
        while fleet.len() < count as usize {
            fleet.push(0);
            cost += config.start_cost;
        }
        let share = |age: &usize| {
            age.checked_sub(start_up).map_or(0.0, |since| config.warm_up.get(since).copied().unwrap_or(1.0))
        };
        capacity.push(fleet.iter().map(share).sum());
        cost += config.running_cost * config.step_seconds * fleet.len() as f64;
        fleet.iter_mut().for_each(|age| *age = age.saturating_add(1));
    }
    (capacity, cost)
}

/// The least cost of all permitted counts, tried one after the other.
fn brute_force(demand: &[f64], initial: u64, config: &TransitionPlanConfig) -> Option<f64> {
    let choices = config.max_replicas + 1;
    let mut least: Option<f64> = None;
    for code in 0..choices.pow(demand.len() as u32) {
        let replicas: Vec<u64> = (0..demand.len() as u32).map(|i| code / choices.pow(i) % choices).collect();
        let mut before = initial;
        let permitted = replicas.iter().all(|&count| {
            let (up, down) = (count.saturating_sub(before), before.saturating_sub(count));
            before = count;
            count >= config.min_replicas
                && config.max_up_per_step.is_none_or(|most| up <= most)
                && config.max_down_per_step.is_none_or(|most| down <= most)
        });
        let (capacity, cost) = simulate(&replicas, initial, config);
        if permitted && capacity.iter().zip(demand).all(|(capacity, demand)| *capacity >= demand - 1e-12) {
            least = Some(least.map_or(cost, |least| least.min(cost)));
        }
    }
    least
}

#[test]
fn a_rise_is_begun_one_start_up_before_and_spread_by_its_limit() {
    let mut demand = vec![2.0; 20];
    demand[12..].fill(8.0);
    let config = TransitionPlanConfig { start_up_seconds: 4.0, max_replicas: 10, ..instant() };
    let plan = plan_transition(&demand, 2, &config).unwrap();
    assert_eq!(plan.replicas, [[2; 8].as_slice(), &[8; 12]].concat());
    // Six replicas, four steps each, before they serve.
    assert_eq!((plan.transition_cost, plan.shortfall, plan.least_cost), (24.0, 0.0, plan.cost));
    let config = TransitionPlanConfig { max_up_per_step: Some(2), ..config };
    let plan = plan_transition(&demand, 2, &config).unwrap();
    assert_eq!(plan.replicas, [[2; 6].as_slice(), &[4, 6], &[8; 12]].concat());
    assert_eq!(plan.transition_cost, 24.0 + 2.0 + 4.0);
}

#[test]
fn a_valley_is_bridged_exactly_as_long_as_that_is_cheaper() {
    // Ski rental with a known future: idling for `gap` steps, or a start, a drain and the running while starting.
    let config = TransitionPlanConfig {
        start_up_seconds: 2.0,
        drain_seconds: 1.0,
        start_cost: 3.5,
        max_replicas: 10,
        ..instant()
    };
    for gap in 1..15 {
        let demand = [vec![5.0; 5], vec![1.0; gap], vec![5.0; 5]].concat();
        let plan = plan_transition(&demand, 5, &config).unwrap();
        let apart = 4.0 * (3.5 + 1.0 + 2.0f64.min(gap as f64));
        assert_eq!(plan.transition_cost, apart.min(4.0 * gap as f64), "{gap}");
    }
}

#[test]
fn what_cannot_be_is_named() {
    let config = TransitionPlanConfig { start_up_seconds: 3.0, ..instant() };
    let error = plan_transition(&[1.0, 2.0, 2.0], 1, &config).unwrap_err();
    assert_eq!(error.to_string(), "demand: step 1 needs 2 replicas, and at most 1 can serve by then");
    assert_eq!(error.code(), 61);
    let refused = |config: TransitionPlanConfig| plan_transition(&[1.0], 1, &config).unwrap_err().to_string();
    assert!(refused(TransitionPlanConfig { warm_up: vec![0.5, 0.4], ..instant() }).starts_with("warm_up:"));
    assert!(refused(TransitionPlanConfig { warm_up: vec![f64::NAN], ..instant() }).starts_with("warm_up:"));
    assert!(
        refused(TransitionPlanConfig { max_up_per_step: Some(0), ..instant() })
            .starts_with("max_up_per_step:")
    );
    assert!(
        refused(TransitionPlanConfig { max_replicas: u64::MAX, ..instant() }).starts_with("max_replicas:")
    );
    assert!(refused(TransitionPlanConfig { max_replicas: 0, ..instant() }).starts_with("initial:"));
    assert!(refused(TransitionPlanConfig { step_seconds: 0.0, ..instant() }).starts_with("step_seconds:"));
    assert!(refused(TransitionPlanConfig { start_up_seconds: 1e300, ..instant() }).starts_with("demand:"));
    assert!(refused(TransitionPlanConfig { warm_up: vec![0.5; 20_000], ..instant() }).starts_with("demand:"));
    let far = TransitionPlanConfig { min_replicas: 1_000_000, max_replicas: 1_000_000, ..instant() };
    let error = plan_transition(&[1.0; 200], 0, &far).unwrap_err();
    assert!(
        error.to_string().starts_with("demand: 200"),
        "the way up to the least count is work too: {error}"
    );
    assert!(refused(TransitionPlanConfig { running_cost: 1e308, ..instant() }).starts_with("running_cost:"));
    for demand in [&[][..], &[f64::NAN], &[-1.0], &[1e300]] {
        assert!(plan_transition(demand, 1, &instant()).unwrap_err().to_string().starts_with("demand:"));
    }
    assert!(
        assess_transition(&[1.0], 1, &[1, 1], &instant()).unwrap_err().to_string().starts_with("replicas:")
    );
    assert!(
        assess_transition(&[1.0], 1, &[u64::MAX], &instant())
            .unwrap_err()
            .to_string()
            .starts_with("replicas:")
    );
}

#[test]
fn shares_that_are_no_binary_numbers_lose_nothing_of_a_full_replica() {
    for warm_up in [vec![0.1], vec![0.3, 0.7], vec![0.05, 0.49, 0.9]] {
        let config = TransitionPlanConfig { warm_up, ..instant() };
        let plan = plan_transition(&[4.0; 9], 4, &config).unwrap();
        assert_eq!((plan.replicas, plan.capacity), (vec![4; 9], vec![4.0; 9]));
    }
}

/// Those that run already serve in full, and a demand that comes before a new one is warm needs no more than a mix of both.
#[test]
fn a_demand_that_comes_early_does_not_take_all_there_is() {
    let mut demand = vec![6.0; 30];
    demand[6..12].fill(12.0);
    let config = TransitionPlanConfig {
        step_seconds: 15.0,
        start_up_seconds: 60.0,
        warm_up: vec![0.17, 0.79, 0.86],
        max_down_per_step: Some(1),
        max_replicas: 40,
        ..TransitionPlanConfig::default()
    };
    let plan = plan_transition(&demand, 6, &config).unwrap();
    assert_eq!(plan.replicas.iter().max(), Some(&13));
}

prop_compose! {
    fn small(warm: bool)(
        demand in prop::collection::vec(0f64..4.0, 1..7), initial in 0u64..5, start_up in 0u8..3, drain in 0f64..3.0,
        start_cost in 0f64..4.0, up in prop::option::of(1u64..4), down in prop::option::of(1u64..4), min_replicas in 0u64..2,
        warm_up in prop::collection::vec(0f64..1.0, 0..3),
    ) -> (Vec<f64>, u64, TransitionPlanConfig) {
        let mut warm_up = if warm { warm_up } else { Vec::new() };
        warm_up.sort_by(f64::total_cmp);
        (demand, initial, TransitionPlanConfig {
            start_up_seconds: f64::from(start_up), drain_seconds: drain, start_cost, warm_up,
            max_up_per_step: up, max_down_per_step: down, min_replicas, ..instant()
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn no_other_counts_cost_less((demand, initial, config) in small(false)) {
        match (plan_transition(&demand, initial, &config), brute_force(&demand, initial, &config)) {
            (Ok(plan), Some(least)) => {
                prop_assert!((plan.cost - least).abs() < 1e-9, "{} {least} {:?}", plan.cost, plan.replicas);
                prop_assert!((plan.least_cost - least).abs() < 1e-9 && plan.shortfall == 0.0);
            }
            (Err(_), None) => (),
            (plan, least) => prop_assert!(false, "{plan:?} {least:?}"),
        }
    }

    #[test]
    fn with_a_warm_up_curve_the_optimum_lies_between_bound_and_plan((demand, initial, config) in small(true)) {
        match (plan_transition(&demand, initial, &config), brute_force(&demand, initial, &config)) {
            (Ok(plan), Some(least)) => {
                let (capacity, cost) = simulate(&plan.replicas, initial, &config);
                prop_assert!((cost - plan.cost).abs() < 1e-9 && plan.shortfall == 0.0);
                prop_assert!(capacity.iter().zip(&plan.capacity).all(|(a, b)| (a - b).abs() < 1e-9));
                prop_assert!(plan.least_cost <= least + 1e-9 && least <= plan.cost + 1e-9);
            }
            (Err(_), None) => (),
            (plan, least) => prop_assert!(false, "{plan:?} {least:?}"),
        }
    }

    /// A demand so little above what whole replicas serve that their quotient is rounded to the same count.
    #[test]
    fn a_plan_never_falls_short_by_rounding(
        percent in 1u32..100, later in 0u32..3, count in 1u32..40, start_up in 0u8..4, up in prop::option::of(20u64..40),
    ) {
        let share = f64::from(percent) / 100.0;
        let mut warm_up = vec![share; 1 + later as usize];
        warm_up.push(1.0);
        let start_up_seconds = f64::from(start_up);
        let mut demand = vec![0.0; start_up.into()];
        demand.push((f64::from(count) * share).next_up());
        let config = TransitionPlanConfig { start_up_seconds, warm_up, max_up_per_step: up, max_replicas: 100, ..instant() };
        if let Ok(plan) = plan_transition(&demand, 0, &config) {
            prop_assert!(plan.capacity.iter().zip(&demand).all(|(capacity, demand)| capacity >= demand));
            prop_assert_eq!(plan.shortfall, 0.0);
            prop_assert_eq!(plan.replicas.last(), Some(&(u64::from(count) + 1)));
        }
    }

    #[test]
    fn given_counts_cost_what_their_replicas_cost(
        (demand, initial, config) in small(true), replicas in prop::collection::vec(0u64..5, 6),
    ) {
        let replicas = &replicas[..demand.len()];
        let assessed = assess_transition(&demand, initial, replicas, &config).unwrap();
        let (capacity, cost) = simulate(replicas, initial, &config);
        prop_assert!((assessed.cost - cost).abs() < 1e-9);
        prop_assert!(capacity.iter().zip(&assessed.capacity).all(|(a, b)| (a - b).abs() < 1e-9));
    }
}
