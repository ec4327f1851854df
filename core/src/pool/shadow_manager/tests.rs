//! What shadows are for, one scenario for each thing that they are to do.

use super::tests_actuator::*;
use super::*;
use crate::load::{Aggregation, CalendarConfig, Event};
use crate::math::sin;
use crate::random::Random;

const DAY: i64 = 1440;

/// A day of the router: quiet at night, three quarters of an overload at noon.
fn wave(minute: i64) -> f64 {
    0.45 + 0.3 * sin(std::f64::consts::TAU * (minute % DAY) as f64 / DAY as f64)
}

/// The host's forecast of so much utilization of all resources, for the next 15 minutes.
fn forecast(start: i64, mean: f64, deviation: f64) -> UtilizationForecast {
    let rows = |value: f64| vec![vec![value, 0.5 * value, 0.3 * value]; 15];
    UtilizationForecast { primary: "router".into(), start, mean: rows(mean), deviation: rows(deviation) }
}

#[test]
fn use_is_logged_by_resource_with_the_tags_of_requests_and_kept_as_long_as_asked() {
    let mut config = ShadowManagerConfig::default();
    config.history.retention = vec![(60.0, 600.0)];
    let mut manager = manager(config);
    for minute in 0..30 {
        for (source, cpu) in [("europe", 1.0), ("america", 3.0)] {
            let tags = BTreeMap::from([("source".into(), source.into()), ("type".into(), "get".into())]);
            manager
                .observe(
                    minute * MINUTE,
                    &ShadowSample { tags, used: vec![cpu, 1.0, f64::NAN], ..sample(0.0) },
                )
                .unwrap();
        }
    }
    let history = manager.history();
    let query = |tags: &[(&str, &str)], start: i64| {
        history
            .query("cpu", start * MINUTE, 30 * MINUTE, 60.0, Aggregation::Mean, tags, None)
            .unwrap()
            .values()
            .to_vec()
    };
    assert_eq!(query(&[("source", "america"), ("primary", "router")], 28), [3.0, 3.0]);
    assert_eq!(query(&[], 29), [2.0]);
    assert!(query(&[], 10)[..5].iter().all(|value| value.is_nan()), "ten minutes are kept");
}

#[test]
fn every_resource_is_forecast_from_current_loading_and_time_of_day() {
    let mut manager =
        manager(ShadowManagerConfig { step_seconds: 300.0, horizon_steps: 3, ..Default::default() });
    for step in 0..5 * DAY / 5 {
        manager.observe(step * 5 * MINUTE, &sample(wave(step * 5))).unwrap();
    }
    let now = 5 * DAY;
    manager.plan(now * MINUTE).unwrap();
    let windows = manager.forecast("router").unwrap();
    assert_eq!(
        windows.iter().map(|window| window.time / MINUTE).collect::<Vec<_>>(),
        [now, now + 5, now + 10]
    );
    for window in &windows {
        let came = wave(window.time / MINUTE);
        for (mean, share) in window.mean.iter().zip([1.0, 0.5, 0.3]) {
            assert!((mean - share * came).abs() < 0.02, "{window:?} for {came}");
        }
        assert!(window.upper.iter().zip(&window.mean).all(|(upper, mean)| upper >= mean));
    }
}

/// Sales at irregular hours double the load: the fifth is foreseen before it begins, by the calendar alone.
#[test]
fn anticipated_events_are_foreseen() {
    let starts = [300, 1700, 3500, 4900, 6200].map(|start: i64| start - start % 5);
    let event = |start: &i64| Event {
        name: "sale".into(),
        start: start * MINUTE,
        end: (start + 120) * MINUTE,
        weight: 1.0,
    };
    let calendar = CalendarConfig { events: starts.iter().map(event).collect(), ..CalendarConfig::default() };
    let mut manager = manager(ShadowManagerConfig {
        step_seconds: 300.0,
        horizon_steps: 3,
        calendar,
        ..Default::default()
    });
    let load = |minute: i64| {
        let is_sale = starts.iter().any(|start| (*start..*start + 120).contains(&minute));
        if is_sale { 0.8 } else { 0.35 }
    };
    for minute in (0..6200).step_by(5) {
        manager.observe(minute * MINUTE, &sample(load(minute))).unwrap();
    }
    manager.plan(6195 * MINUTE + 1000).unwrap();
    let windows = manager.forecast("router").unwrap();
    assert!(windows[0].mean[0] < 0.45 && windows[1].mean[0] > 0.6 && windows[2].mean[0] > 0.6, "{windows:?}");
}

#[test]
fn shadows_are_there_from_the_first_deployment_and_largely_idle() {
    let mut manager = ShadowManager::new(ShadowManagerConfig::default()).unwrap();
    manager.set_primary(Primary { min_shadows: 2, ..router() }).unwrap();
    let asked = obey(&mut manager, 0);
    let idle = vec![0.05 * 8.0, 0.05 * 32.0, 0.05 * 10.0];
    let create = |instance| ShadowAction::Create {
        instance,
        primary: "router".into(),
        size: "base".into(),
        version: "1".into(),
        amounts: idle.clone(),
    };
    assert_eq!(asked, [create(2), create(3)]);
    assert!(run(&mut manager, 1..60, |_| 0.2).is_empty(), "nothing is to do at a low load");
    assert_eq!(shadow_cpu(&manager), 0.8);
}

/// The pseudocode: amounts are predicted utilization times the primary's own allocation, of each resource, and every decision is logged.
#[test]
fn allocations_are_predicted_utilization_times_base() {
    let config =
        ShadowManagerConfig { rule: ShadowRule::Proportional, resize_tolerance: 0.0, ..Default::default() };
    let mut manager = manager(config);
    run(&mut manager, 0..3, |_| 0.3);
    manager.take_journal();
    manager.set_forecast(&forecast(3 * MINUTE, 0.6, 0.05)).unwrap();
    let asked = run(&mut manager, 3..4, |_| 0.3);
    let predicted = vec![0.6, 0.5 * 0.6, 0.3 * 0.6];
    let amounts = vec![predicted[0] * 8.0, predicted[1] * 32.0, predicted[2] * 10.0];
    assert_eq!(asked, [ShadowAction::Resize { instance: 2, amounts: amounts.clone() }]);
    let logged = manager.take_journal().into_iter().find_map(|record| match record {
        ShadowRecord::Allocation { predicted, amounts, .. } => Some((predicted, amounts)),
        _ => None,
    });
    assert_eq!(logged, Some((predicted, amounts)));
    // What came is logged against it.
    run(&mut manager, 4..8, |_| 0.3);
    let came = manager.take_journal().into_iter().find_map(|record| match record {
        ShadowRecord::Came { time, predicted, came, .. } if time == 6 * MINUTE => {
            Some((predicted[0], came[0]))
        }
        _ => None,
    });
    assert_eq!(came, Some((0.6, 0.3)));
}

/// Twelve minutes ahead a peak is forecast: it waits in the queue, and is handed out when warming takes as long.
#[test]
fn what_is_needed_later_waits_in_the_queue_until_its_lead_time() {
    let mut manager = manager(ShadowManagerConfig::default());
    run(&mut manager, 0..5, |_| 0.3);
    let mut peak = forecast(5 * MINUTE, 0.3, 0.01);
    for row in peak.mean.iter_mut().skip(12) {
        *row = vec![1.4, 0.7, 0.42];
    }
    manager.set_forecast(&peak).unwrap();
    let mut handed_out = None;
    for minute in 5..18 {
        let asked = run(&mut manager, minute..minute + 1, |_| 0.3);
        let queue = manager.queue();
        if minute == 5 {
            assert_eq!(
                queue.iter().map(|request| request.needed_at / MINUTE).collect::<Vec<_>>(),
                [17, 18, 19]
            );
        }
        if handed_out.is_none() && asked.iter().any(|action| matches!(action, ShadowAction::Resize { .. })) {
            handed_out = Some(minute);
        }
    }
    assert_eq!(handed_out, Some(14), "two minutes of warming, and one until the next round");
    assert!(shadow_cpu(&manager) > 8.0 * (1.4 - 0.7));
}

#[test]
fn the_host_may_queue_requests_of_its_own() {
    let mut manager = manager(ShadowManagerConfig::default());
    run(&mut manager, 0..5, |_| 0.1);
    let request =
        PrewarmRequest { primary: "router".into(), needed_at: 10 * MINUTE, amounts: vec![4.0, 8.0, 2.0] };
    manager.prewarm(&request).unwrap();
    manager.prewarm(&request).unwrap();
    assert_eq!(manager.queue(), [request]);
    run(&mut manager, 5..7, |_| 0.1);
    assert_eq!(shadow_cpu(&manager), 0.4);
    run(&mut manager, 7..10, |_| 0.1);
    assert_eq!(shadow_cpu(&manager), 4.0);
    assert_eq!(manager.status("router").unwrap().reason, ShadowReason::Requested);
}

/// A ramp to one and a half times what the primary can do, and back: it is never overloaded, and all returns.
#[test]
fn traffic_is_handed_over_before_the_primary_is_overloaded_and_returns() {
    let mut manager = manager(ShadowManagerConfig::default());
    let load = |minute: i64| {
        0.3 + 0.02 * (minute - 60).clamp(0, 60) as f64 - 0.02 * (minute - 200).clamp(0, 60) as f64
    };
    let (mut largest, mut changes, mut tables) = (0.0f64, 0, Vec::new());
    let mut before = 0.0;
    for minute in 0..400 {
        let asked = run(&mut manager, minute..minute + 1, load);
        tables.extend(asked.into_iter().filter(|action| matches!(action, ShadowAction::Route { .. })));
        let share = handed_over(&manager);
        largest = largest.max(load(minute) * (1.0 - share));
        changes += i32::from(share != before);
        before = share;
        if minute == 82 {
            assert!(share > 0.0 && load(minute) < 0.75, "well before it is overloaded: {share}");
        }
    }
    assert!(largest < 0.8, "the primary's own utilization: {largest}");
    assert!(changes < 50 && tables.len() as i32 >= changes, "{changes}");
    assert_eq!(before, 0.0);
    assert!(shadow_cpu(&manager) < 0.5, "and what shadows had is back in the pool");
}

#[test]
fn a_falling_prediction_is_no_signal() {
    let mut manager = manager(ShadowManagerConfig::default());
    run(&mut manager, 0..20, |_| 0.5);
    manager
        .prewarm(&PrewarmRequest {
            primary: "router".into(),
            needed_at: 25 * MINUTE,
            amounts: vec![8.0, 32.0, 10.0],
        })
        .unwrap();
    run(&mut manager, 20..24, |_| 0.5);
    manager.set_forecast(&forecast(24 * MINUTE, 0.5, 0.02)).unwrap();
    run(&mut manager, 24..25, |_| 0.75);
    let comparison = manager.status("router").unwrap().comparison.unwrap();
    assert!(!comparison.signal && comparison.wanted > 0.0 && comparison.share == 0.0, "{comparison:?}");
    manager.set_forecast(&forecast(25 * MINUTE, 0.74, 0.02)).unwrap();
    run(&mut manager, 25..26, |_| 0.75);
    let comparison = manager.status("router").unwrap().comparison.unwrap();
    assert!(comparison.signal && comparison.share > 0.0, "{comparison:?}");
}

/// A peak is forecast and does not come: after some patience the resources go back.
#[test]
fn what_does_not_materialize_is_released() {
    let mut manager = manager(ShadowManagerConfig { patience_steps: 10, ..Default::default() });
    run(&mut manager, 0..20, |_| 0.4);
    manager.set_forecast(&forecast(20 * MINUTE, 1.3, 0.05)).unwrap();
    run(&mut manager, 20..25, |_| 0.4);
    assert!(shadow_cpu(&manager) > 4.0);
    manager.set_forecast(&forecast(25 * MINUTE, 0.4, 0.02)).unwrap();
    run(&mut manager, 25..33, |_| 0.4);
    assert!(shadow_cpu(&manager) > 4.0);
    assert_eq!(manager.status("router").unwrap().reason, ShadowReason::Patience);
    run(&mut manager, 33..50, |_| 0.4);
    assert!((shadow_cpu(&manager) - 0.4).abs() < 1e-9, "{}", shadow_cpu(&manager));
}

/// The same forecast, once where an overload is dear and once where it is cheap.
#[test]
fn holding_ready_must_pay() {
    let cpu = |degradation_cost_per_hour: f64| {
        let mut manager = manager(ShadowManagerConfig { degradation_cost_per_hour, ..Default::default() });
        run(&mut manager, 0..20, |_| 0.6);
        manager.set_forecast(&forecast(20 * MINUTE, 0.75, 0.1)).unwrap();
        run(&mut manager, 20..24, |_| 0.6);
        (shadow_cpu(&manager), manager.status("router").unwrap())
    };
    let (held, dear) = cpu(100.0);
    let worth = dear.worth.unwrap();
    assert!(held > 1.0 && worth.pays && worth.benefit > worth.cost);
    // Φ((0.75 − 0.9)/0.1) of each minute.
    assert!((worth.probability - 0.066_807_201_268_858).abs() < 1e-12);
    // Where it is cheaper, what is expected pays, (0.75 − 0.7)/0.7 of the primary, but no safety.
    let (held, cheaper) = cpu(0.5);
    assert!((held - 8.0 * 0.05 / 0.7).abs() < 1e-9 && cheaper.worth.unwrap().pays);
    let (held, cheap) = cpu(0.05);
    assert_eq!((held, cheap.reason), (0.4, ShadowReason::DoesNotPay));
    assert!(cheap.worth.unwrap().cost > cheap.worth.unwrap().benefit);
}

/// Small and large shadows at once: what covers the need at the least cost.
#[test]
fn shadows_of_different_sizes_are_combined() {
    let size = |name: &str, share: f64, price_per_hour: f64| ShadowSize {
        name: name.into(),
        amounts: vec![8.0 * share, 32.0 * share, 10.0 * share],
        price_per_hour,
    };
    let mut manager = ShadowManager::new(ShadowManagerConfig::default()).unwrap();
    let sizes = vec![size("large", 0.5, 1.0), size("small", 0.125, 0.4)];
    manager.set_primary(Primary { min_shadows: 0, max_shadows: 10, sizes, ..router() }).unwrap();
    run(&mut manager, 0..20, |_| 0.4);
    manager.set_forecast(&forecast(20 * MINUTE, 1.02, 0.0)).unwrap();
    // Beyond 0.7 of the primary at a target of 0.7: 0.457 of it; at 1.15, 0.643.
    let sizes_of = |asked: Vec<ShadowAction>| -> Vec<String> {
        asked
            .into_iter()
            .filter_map(
                |action| if let ShadowAction::Create { size, .. } = action { Some(size) } else { None },
            )
            .collect()
    };
    assert_eq!(sizes_of(run(&mut manager, 20..21, |_| 0.4)), ["large"]);
    manager.set_forecast(&forecast(21 * MINUTE, 1.1, 0.0)).unwrap();
    assert_eq!(sizes_of(run(&mut manager, 21..22, |_| 0.4)), ["small"]);
    assert!((shadow_cpu(&manager) - 8.0 * (1.1 - 0.7) / 0.7).abs() < 0.1);
}

#[test]
fn the_count_of_shadows_follows_policies() {
    let policies = vec![ShadowPolicy { above: 0.5, shadows: 2 }, ShadowPolicy { above: 0.6, shadows: 3 }];
    let mut manager = ShadowManager::new(ShadowManagerConfig::default()).unwrap();
    manager.set_primary(Primary { policies, ..router() }).unwrap();
    let count = |manager: &ShadowManager| manager.status("router").unwrap().instances.len() - 1;
    run(&mut manager, 0..10, |_| 0.3);
    assert_eq!(count(&manager), 1);
    run(&mut manager, 10..20, |_| 0.55);
    assert_eq!(count(&manager), 2);
    run(&mut manager, 20..30, |_| 0.65);
    assert_eq!(count(&manager), 3);
    run(&mut manager, 30..60, |_| 0.3);
    assert_eq!(count(&manager), 1);
}

/// Noise with heavy tails, and a host whose forecasts are too sure of themselves: what resources are sized for holds as often as it should.
#[test]
fn the_quantile_learns_from_what_came() {
    for is_hosts in [false, true] {
        let mut random = Random::stream(7, 0);
        let mut manager = manager(ShadowManagerConfig { cost_ratio: 9.0, ..Default::default() });
        let (mut held, mut judged) = (0.0, 0.0);
        let mut upper = BTreeMap::new();
        for minute in 0..3000i64 {
            let shock = random.normal();
            let value = (0.5 + 0.02 * shock * shock * shock.signum()).max(0.0);
            manager.observe(minute * MINUTE, &sample(value)).unwrap();
            if is_hosts {
                manager.set_forecast(&forecast(minute * MINUTE, 0.5, 0.005)).unwrap();
            }
            manager.plan(minute * MINUTE + 1).unwrap();
            if let Some(limit) = upper.remove(&minute).filter(|_| minute > 500) {
                judged += 1.0;
                held += f64::from(u8::from(value <= limit));
            }
            for window in manager.forecast("router").unwrap().iter().take(4).skip(3) {
                upper.insert(window.time / MINUTE, window.upper[0]);
            }
        }
        let share: f64 = held / judged;
        assert!((0.87..0.93).contains(&share), "host {is_hosts}: {share}");
    }
}

#[test]
fn it_says_why() {
    let mut manager = manager(ShadowManagerConfig::default());
    run(&mut manager, 0..20, |minute| 0.3 + 0.03 * minute as f64);
    let text = manager.explain("router").unwrap();
    for part in ["router: instance 1 is active", "signal to hand over", "pays", "Standby version 1"] {
        assert!(text.contains(part), "{text}");
    }
}
