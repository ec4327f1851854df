//! The golden vectors of the controller, computed by hand from its documented algorithm, and its edges.

use super::*;
use crate::capacity::Target;
use crate::policy::situation::Fleet;

const TOLERANCE: MetricTolerance = MetricTolerance { up: 0.1, down: 0.1 };

fn pods(sum: f64, ready: u32, missing: u32, unready: u32) -> PodMetrics {
    PodMetrics { sum, ready, missing, unready }
}

fn resource(sum: f64, ready: u32, missing: u32, unready: u32, target: f64, current: u32) -> Option<u32> {
    Metric::Resource { pods: pods(sum, ready, missing, unready), target }.proposal(current, &TOLERANCE)
}

fn situation(now_seconds: i64, requested: u32, load: f64) -> Situation {
    Situation {
        now: now_seconds * 1000,
        fleet: Fleet::new(requested, requested),
        load,
        in_flight: f64::NAN,
        reactive: 1,
        peak: None,
        lead_seconds: 135.0,
        service_rate: 100.0,
        target: Target::Utilization(0.7),
        min_replicas: 1,
        max_replicas: 100,
    }
}

fn hpa(behavior: Option<HpaBehavior>) -> Hpa {
    Hpa::new(HpaConfig { target_utilization: 0.5, behavior, ..HpaConfig::default() }).unwrap()
}

#[test]
fn four_ready_at_80_percent_of_50_become_seven() {
    assert_eq!(resource(320.0, 4, 0, 0, 50.0, 4), Some(7));
}

#[test]
fn a_ratio_of_1_05_is_tolerated() {
    assert_eq!(resource(10.0 * 52.5, 10, 0, 0, 50.0, 10), Some(10));
}

#[test]
fn an_unready_pod_damps_scaling_up() {
    assert_eq!(resource(225.0, 3, 0, 1, 50.0, 4), Some(5));
}

#[test]
fn a_missing_pod_counts_as_at_target_on_the_way_down() {
    let metric = Metric::Pods { pods: pods(150.0, 3, 1, 0), target: 100.0 };
    assert_eq!(metric.proposal(4, &TOLERANCE), Some(3));
    assert_eq!(resource(75.0, 3, 1, 0, 50.0, 4), Some(4));
}

#[test]
fn average_values_are_tolerated_against_the_status_count() {
    let average = |sum| Metric::AverageValue { sum, target: 1.0, replicas: 40 }.proposal(40, &TOLERANCE);
    assert_eq!((average(43.0), average(45.0)), (Some(40), Some(45)));
    assert_eq!((average(44.0), average(36.0)), (Some(40), Some(40)), "both edges lie inside");
}

#[test]
fn a_value_scales_the_ready_pods_and_wakes_from_zero() {
    let value =
        |value, ready, current| Metric::Value { value, target: 10.0, ready }.proposal(current, &TOLERANCE);
    assert_eq!((value(25.0, 4, 4), value(25.0, 0, 0), value(10.5, 4, 4)), (Some(10), Some(3), Some(4)));
}

#[test]
fn no_sample_means_no_proposal() {
    assert_eq!(resource(0.0, 0, 3, 0, 50.0, 3), None);
    let proposal = hpa(None).recommend(&situation(0, 4, f64::NAN), &[None]);
    assert_eq!((proposal.replicas, proposal.reason), (4, Reason::NoData { replicas: 4 }));
}

#[test]
fn a_blind_metric_may_not_scale_in_but_may_scale_out() {
    let metric = |load| Some(Metric::Pods { pods: pods(load, 4, 0, 0), target: 50.0 });
    assert_eq!(hpa(None).recommend(&situation(0, 4, 0.0), &[metric(50.0), None]).replicas, 4);
    assert_eq!(hpa(None).recommend(&situation(0, 4, 0.0), &[metric(300.0), None]).replicas, 6);
}

#[test]
fn the_larger_of_pods_and_percent_caps_scaling_up() {
    let mut from_three = hpa(Some(HpaBehavior::default()));
    assert_eq!(from_three.propose(&situation(0, 3, 2_500.0)).unwrap().replicas, 7);
    let mut pods_added = hpa(Some(HpaBehavior::default()));
    pods_added.applied(0, 6, 10).unwrap();
    assert_eq!(pods_added.propose(&situation(10, 10, 2_500.0)).unwrap().replicas, 12);
    let percent = ScalingPolicy { kind: ScalingPolicyKind::Percent, value: 100, period_seconds: 15 };
    let mut rules = HpaBehavior::default();
    rules.scale_up.policies = vec![percent];
    assert_eq!(hpa(Some(rules)).propose(&situation(0, 3, 2_500.0)).unwrap().replicas, 6);
}

#[test]
fn the_largest_recent_recommendation_holds_on_the_way_down() {
    for behavior in [None, Some(HpaBehavior::default())] {
        let mut law = hpa(behavior);
        let recommendations: Vec<u32> = [400.0, 300.0, 250.0]
            .iter()
            .zip([0, 60, 120])
            .map(|(load, now)| law.propose(&situation(now, 8, *load)).unwrap().replicas)
            .collect();
        assert_eq!(recommendations, [8, 8, 8]);
        assert_eq!(
            law.propose(&situation(301, 8, 250.0)).unwrap().replicas,
            6,
            "the first 8 has left the window"
        );
    }
}

#[test]
fn without_behavior_growth_is_capped_at_twice_or_four() {
    assert_eq!(hpa(None).propose(&situation(0, 1, 5_000.0)).unwrap().replicas, 4);
    assert_eq!(hpa(None).propose(&situation(0, 10, 5_000.0)).unwrap().replicas, 20);
}

#[test]
fn bounds_bypass_the_metrics_and_zero_is_never_woken() {
    assert_eq!(hpa(None).propose(&situation(0, 0, 5_000.0)).unwrap().replicas, 0);
    assert_eq!(hpa(None).propose(&situation(0, 200, 1.0)).unwrap().replicas, 100);
    let raised = Situation { min_replicas: 5, ..situation(0, 2, 5_000.0) };
    assert_eq!(hpa(None).propose(&raised).unwrap().replicas, 5);
}

#[test]
fn a_disabled_direction_does_not_move() {
    let mut rules = HpaBehavior::default();
    rules.scale_up.select_policy = SelectPolicy::Disabled;
    rules.scale_down.select_policy = SelectPolicy::Disabled;
    let mut law = hpa(Some(rules));
    assert_eq!(law.propose(&situation(0, 4, 5_000.0)).unwrap().replicas, 4);
    assert_eq!(law.propose(&situation(900, 4, 0.0)).unwrap().replicas, 4);
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |config| Hpa::new(config).unwrap_err().to_string();
    let zero = HpaConfig { target_utilization: 0.0, ..HpaConfig::default() };
    assert!(refused(zero).starts_with("policy.hpa.target_utilization: "));
    let long = HpaConfig { downscale_stabilization_seconds: 1e9, ..HpaConfig::default() };
    assert!(refused(long).starts_with("policy.hpa.downscale_stabilization_seconds: "));
    let mut behavior = HpaBehavior::default();
    behavior.scale_up.policies.clear();
    let empty = HpaConfig { behavior: Some(behavior), ..HpaConfig::default() };
    assert!(refused(empty).starts_with("policy.hpa.behavior.scale_up.policies: "));
}

#[test]
fn changes_of_one_moment_are_one_event() {
    let (mut often, mut once) = (hpa(None), hpa(None));
    (0..1000).for_each(|before| often.applied(5, before, before + 1).unwrap());
    once.applied(5, 0, 1000).unwrap();
    assert_eq!(often, once);
}
