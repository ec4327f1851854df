use super::*;
use crate::capacity::{Queue, erlang_b};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    arrival_rate: f64,
    service_rate: f64,
    servers: u64,
    places: Option<u64>,
    patience_seconds: Option<f64>,
    blocking: f64,
    abandonment: f64,
    wait_probability: f64,
    mean_wait: f64,
    seconds: f64,
    wait_tail: Option<f64>,
    response_tail: Option<f64>,
}

#[derive(Deserialize)]
struct Oracle {
    cases: Vec<Case>,
}

#[test]
fn the_law_is_that_of_exact_fractions() {
    let text = include_str!("../../../../tests/vectors/oracle/bounded_queue.json");
    let oracle: Oracle = serde_json::from_str(text).unwrap();
    assert!(oracle.cases.len() >= 12);
    for (index, case) in oracle.cases.iter().enumerate() {
        let queue = BoundedQueue::new(
            case.arrival_rate,
            case.service_rate,
            case.servers,
            case.places,
            case.patience_seconds,
        )
        .unwrap();
        let mut pairs = vec![
            (queue.blocking_probability(), case.blocking),
            (queue.abandonment_probability(), case.abandonment),
            (queue.wait_probability(), case.wait_probability),
            (queue.mean_wait(), case.mean_wait),
        ];
        match case.wait_tail {
            Some(tail) => pairs.push((queue.wait_tail(case.seconds).unwrap(), tail)),
            None => assert!(queue.wait_tail(case.seconds).is_err() && queue.wait_quantile(0.5).is_err()),
        }
        if let Some(tail) = case.response_tail {
            pairs.push((queue.response_tail(case.seconds).unwrap(), tail));
        }
        for (at, (ours, theirs)) in pairs.into_iter().enumerate() {
            assert!((ours - theirs).abs() <= 1e-12 * theirs + 1e-18, "{index} {at}: {ours} {theirs}");
        }
    }
}

#[test]
fn the_neighbours_are_met() {
    // No place: Erlang B. As patient as can be, or with places without end: M/M/c.
    for (servers, offered) in [(1, 0.5), (10, 12.0), (1000, 990.0), (1_000_000, 1_000_500.0)] {
        let queue = BoundedQueue::new(offered, 1.0, servers, Some(0), None).unwrap();
        let lost = erlang_b(servers, offered).unwrap();
        assert!((queue.blocking_probability() / lost - 1.0).abs() < 1e-12, "{servers}");
        assert_eq!((queue.wait_probability(), queue.mean_wait()), (0.0, 0.0));
    }
    for (servers, offered) in [(1, 0.5), (10, 9.0), (1000, 970.0), (1_000_000, 999_000.0)] {
        let endless = Queue::new(offered, 1.0, servers).unwrap();
        let long = BoundedQueue::new(offered, 1.0, servers, Some(1_000_000), None).unwrap();
        assert!((long.wait_probability() / endless.wait_probability() - 1.0).abs() < 1e-11);
        assert!((long.mean_wait() / endless.mean_wait() - 1.0).abs() < 1e-10);
        let (ours, theirs) = (long.wait_quantile(0.9).unwrap(), endless.wait_quantile(0.9).unwrap());
        assert!((ours - theirs).abs() <= 1e-9 * theirs, "{ours} {theirs}");
        // With patience the line is shorter, but never empty.
        let impatient = BoundedQueue::new(offered, 1.0, servers, None, Some(1.0)).unwrap();
        assert!(impatient.mean_wait() < endless.mean_wait() && impatient.abandonment_probability() > 0.0);
    }
    // Far above capacity almost all of the excess gives up.
    let flooded = BoundedQueue::new(2e6, 1.0, 1_000_000, None, Some(100.0)).unwrap();
    assert!((flooded.abandonment_probability() - 0.5).abs() < 1e-9);
    assert!((flooded.utilization() - 1.0).abs() < 1e-9);
    assert_eq!(BoundedQueue::new(0.0, 1.0, 3, Some(5), None).unwrap().wait_probability(), 0.0);
}

#[test]
fn nothing_cancels_where_almost_nobody_is_served() {
    let close = |ours: f64, theirs: f64| assert!((ours / theirs - 1.0).abs() < 1e-9, "{ours} {theirs}");
    for arrivals in [1e15, 1e17, 1e30, 1e200] {
        // The server is never idle, and whoever gets the place that has come free has five services ahead.
        let places = BoundedQueue::new(arrivals, 1.0, 1, Some(5), None).unwrap();
        close(places.utilization(), 1.0);
        close(places.mean_wait(), 5.0);
        let both = BoundedQueue::new(arrivals, 1.0, 1, Some(5), Some(1e9 / arrivals)).unwrap();
        close(both.utilization(), 1.0);
        // With a mean patience of one time between arrivals the line has the Poisson law of mean 1, and is empty to 1/e for
        // the next who is served: he finds the server free, or waits.
        let patience = BoundedQueue::new(arrivals, 1.0, 1, None, Some(1.0 / arrivals)).unwrap();
        close(patience.utilization(), 1.0);
        close(patience.wait_tail(0.0).unwrap(), 1.0 - (-1.0_f64).exp());
        close(patience.response_tail(0.0).unwrap(), 1.0);
        close(patience.response_tail(1.0).unwrap(), (-1.0_f64).exp());
    }
    for arrivals in [1e15, 1e17] {
        let patience = BoundedQueue::new(arrivals, 1.0, 1, None, Some(1e-8)).unwrap();
        close(patience.utilization(), 1.0);
        close(patience.wait_tail(0.0).unwrap(), 1.0);
        // A line of λ/θ, less what is served of it.
        close(patience.mean_wait(), 1e-8);
    }
}

#[test]
fn bad_arguments_are_refused_by_name() {
    let refused = |arrivals, rate, servers, places, patience| {
        BoundedQueue::new(arrivals, rate, servers, places, patience).unwrap_err().to_string()
    };
    assert!(refused(-1.0, 1.0, 1, Some(1), None).starts_with("arrival_rate:"));
    assert!(refused(1.0, 0.0, 1, Some(1), None).starts_with("service_rate:"));
    assert!(refused(1.0, 1.0, 0, Some(1), None).starts_with("servers:"));
    assert!(refused(1.0, 1.0, 1, Some(u64::MAX), None).starts_with("places:"));
    assert!(refused(1.0, 1.0, 1, None, None).starts_with("places:"));
    assert!(refused(1.0, 1.0, 1, None, Some(0.0)).starts_with("patience_seconds:"));
    assert!(refused(1e6, 1.0, 1, None, Some(1e9)).starts_with("patience_seconds:"));
}

proptest! {
    #[test]
    fn shares_are_shares_and_flows_balance(
        servers in 1u64..300, rho in 0.0f64..3.0, places in prop::option::of(0u64..500), patience in 1e-3f64..1e3,
    ) {
        let queue = BoundedQueue::new(rho * servers as f64, 1.0, servers, places, Some(patience)).unwrap();
        for share in [
            queue.blocking_probability(), queue.abandonment_probability(), queue.wait_probability(), queue.utilization(),
        ] {
            prop_assert!((0.0..=1.0 + 1e-12).contains(&share), "{}", share);
        }
        // What gives up does so at the rate of patience: P(give up) = θ·E[wait]·P(enter).
        let given_up = queue.mean_wait() * (1.0 - queue.blocking_probability()) / patience;
        prop_assert!((queue.abandonment_probability() - given_up).abs() < 1e-12);
    }

    #[test]
    fn the_quantiles_invert_the_tails(
        servers in 1u64..100, rho in 0.1f64..2.0, places in 1u64..200, patience in prop::option::of(1e-3f64..1e3), p in 0.01f64..0.999,
    ) {
        let places = if patience.is_none() { Some(places) } else { None };
        let queue = BoundedQueue::new(rho * servers as f64, 1.0, servers, places, patience).unwrap();
        let seconds = queue.wait_quantile(p).unwrap();
        let tail = queue.wait_tail(seconds).unwrap();
        prop_assert!(tail <= 1.0 - p && (seconds == 0.0 || (tail / (1.0 - p) - 1.0).abs() < 1e-9), "{} {}", tail, p);
        let response = queue.response_quantile(p).unwrap();
        let tail = queue.response_tail(response).unwrap();
        prop_assert!((tail / (1.0 - p) - 1.0).abs() < 1e-9, "{} {}", tail, p);
        prop_assert!(response >= seconds && response >= -(1.0 - p).ln() * (1.0 - 1e-9));
    }

    #[test]
    fn those_who_are_served_waited_or_did_not(servers in 1u64..1000, rho in 0.01f64..3.0, patience in 1e-6f64..1e6) {
        // The integral against the chain: served at once and served after a wait make up all who do not give up.
        let queue = BoundedQueue::new(rho * servers as f64, 1.0, servers, None, Some(patience)).unwrap();
        let served = 1.0 - queue.abandonment_probability();
        let at_once = (1.0 - queue.wait_probability()) / served;
        prop_assert!((at_once + queue.wait_tail(0.0).unwrap() - 1.0).abs() < 1e-11);
        prop_assert!((queue.response_tail(0.0).unwrap() - 1.0).abs() < 1e-11);
    }

    #[test]
    fn the_answer_is_the_fewest(
        offered in 0.0f64..300.0, places in 0u64..50, patience in prop::option::of(1e-2f64..1e2), target in 0usize..4, lost in 1e-4f64..1.0,
    ) {
        let places = if patience.is_none() { Some(places) } else { None };
        let target = [
            Target::Utilization(0.8), Target::MeanWait(0.1), Target::WaitQuantile(0.9, 0.2), Target::ResponseQuantile(0.9, 3.0),
        ][target];
        let found = servers_for_bounded(offered, 1.0, places, patience, target, lost).unwrap();
        let meets = |servers| BoundedQueue::new(offered, 1.0, servers, places, patience).unwrap().meets(target, lost).unwrap();
        prop_assert!(meets(found) && (1..found).all(|fewer| !meets(fewer)), "{}", found);
    }

    #[test]
    fn nothing_is_nan_at_the_edges_of_the_numbers(
        arrivals in prop::num::f64::POSITIVE | prop::num::f64::ZERO, rate in prop::num::f64::POSITIVE, servers in 1u64..100,
        patience in prop::num::f64::POSITIVE, places in prop::option::of(0u64..100), seconds in prop::num::f64::POSITIVE,
    ) {
        let bounds = if places.is_some() { (places, None) } else { (None, Some(patience)) };
        if let Ok(queue) = BoundedQueue::new(arrivals.abs(), rate, servers, bounds.0, bounds.1) {
            for share in [
                queue.utilization(), queue.wait_probability(), queue.blocking_probability(), queue.abandonment_probability(),
                queue.wait_tail(seconds).unwrap(), queue.response_tail(seconds).unwrap(),
            ] {
                prop_assert!((0.0..=1.0 + 1e-9).contains(&share), "{:?} {}", queue, share);
            }
            prop_assert!(queue.wait_quantile(0.5).unwrap() >= 0.0 && queue.response_quantile(0.5).unwrap() >= 0.0);
        }
    }
}

#[test]
fn the_fewest_servers_are_those_of_the_unbounded_queue_where_nothing_is_lost() {
    for target in
        [Target::WaitQuantile(0.95, 0.1), Target::ResponseQuantile(0.95, 4.0), Target::MeanWait(0.01)]
    {
        let endless = crate::capacity::servers_for(1000.0, 1.0, target).unwrap();
        assert_eq!(servers_for_bounded(1000.0, 1.0, Some(100_000), None, target, 1e-3).unwrap(), endless);
    }
    // The share lost alone: Erlang B.
    let none = Target::MeanWait(1.0);
    let servers = servers_for_bounded(100.0, 1.0, Some(0), None, none, 0.01).unwrap();
    assert!(erlang_b(servers, 100.0).unwrap() <= 0.01 && erlang_b(servers - 1, 100.0).unwrap() > 0.01);
    let refused = |target, lost| {
        servers_for_bounded(1.0, 1.0, Some(1), Some(1.0), target, lost).unwrap_err().to_string()
    };
    assert!(refused(none, 0.0).starts_with("most_lost:"));
    assert!(refused(Target::ResponseQuantile(0.9, 1.0), 1.0).starts_with("target: the service time alone"));
    assert!(refused(Target::WaitQuantile(0.9, 1.0), 1.0).starts_with("patience_seconds: the law"));
}
