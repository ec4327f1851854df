//! Resource shadowing for predictive scaling, as it was asked for: scenarios of what the forecasts know, and of what is held ready for a failure.

use super::tests_actuator::*;
use super::*;
use crate::forecast::{Forecaster, Lstm, LstmConfig};
use crate::load::Series;
use crate::math::sin;
use crate::random::Random;

const DAY: i64 = 1440;

/// Windows of five minutes, three of which are forecast.
fn five_minutes() -> ShadowManagerConfig {
    ShadowManagerConfig { step_seconds: 300.0, horizon_steps: 3, ..Default::default() }
}

/// Input of the predictive model: day of week.
#[test]
fn weekdays_are_told_apart() {
    // Given two weeks of a router that is busy at weekends; the first of January 1970 was a Thursday.
    let load = |minute: i64| if matches!((minute / DAY) % 7, 2 | 3) { 0.8 } else { 0.3 };
    let saturday = 16 * DAY;
    let mut manager = manager(five_minutes());
    for minute in (0..saturday - 5).step_by(5) {
        manager.observe(minute * MINUTE, &sample(load(minute))).unwrap();
    }
    // When it is Friday, five to twelve.
    manager.observe((saturday - 5) * MINUTE, &sample(load(saturday - 5))).unwrap();
    manager.plan((saturday - 5) * MINUTE + 1).unwrap();
    // Then Saturday's windows are foreseen.
    let windows = manager.forecast("router").unwrap();
    let saturdays: Vec<f64> = windows
        .iter()
        .filter(|window| window.time >= saturday * MINUTE)
        .map(|window| window.mean[0])
        .collect();
    assert!(windows[0].mean[0] < 0.35, "{windows:?}");
    assert!(saturdays.len() == 2 && saturdays.iter().all(|mean| *mean > 0.75), "{saturdays:?}");
}

/// "Continuously refine the predictive model based on actual performance data, improving prediction accuracy over time."
#[test]
fn forecasts_become_more_accurate() {
    // Given a day that repeats itself, with a busy hour that begins at once, and a little noise.
    let mut random = Random::stream(5, 0);
    let mut load = |minute: i64| {
        let hour = (minute % DAY) / 60;
        let busy = if matches!(hour, 9 | 14 | 20) { 0.4 } else { 0.0 };
        0.3 + busy
            + 0.1 * sin(std::f64::consts::TAU * (minute % DAY) as f64 / DAY as f64)
            + 0.01 * random.normal()
    };
    let mut manager = manager(five_minutes());
    let mut said = BTreeMap::new();
    let mut errors = [0.0; 3];
    for minute in (0..3 * DAY).step_by(5) {
        let came = load(minute);
        if let Some(mean) = said.remove(&minute) {
            errors[(minute / DAY) as usize] += f64::abs(came - mean);
        }
        manager.observe(minute * MINUTE, &sample(came)).unwrap();
        manager.plan(minute * MINUTE + 1).unwrap();
        // When each window is forecast ten minutes before.
        let windows = manager.forecast("router").unwrap();
        said.extend(windows.get(2).map(|window| (window.time / MINUTE, window.mean[0])));
    }
    // Then the third day's errors are less than half of the first's.
    assert!(errors[2] < 0.5 * errors[0], "{errors:?}");
}

/// "Implement a machine learning model (e.g., LSTM recurrent neural network)": the host's own, in place of the manager's forecast.
#[test]
fn an_lstm_of_ones_own_is_followed() {
    const CYCLE: i64 = 31;
    // Given a job that comes every 155 minutes, which no clock on the wall knows of.
    let load = |step: i64| if step % CYCLE >= 24 { 1.1 } else { 0.4 };
    let now = 20 * CYCLE + 20;
    let past: Vec<f64> = (0..now).map(load).collect();
    let settings = LstmConfig {
        horizon: 8,
        periods: Some(vec![CYCLE as usize]),
        hidden: 4,
        steps: 60,
        ..LstmConfig::default()
    };
    let mut model = Lstm::new(settings).unwrap();
    model.fit(&Series::new(past, 0, 300.0).unwrap(), None).unwrap();
    let said = model.forecast(8, &[0.9], None).unwrap();
    let shares = |value: &f64| [1.0, 0.5, 0.3].map(|share| share * value.max(0.0)).to_vec();
    let forecast = UtilizationForecast {
        primary: "router".into(),
        start: now * 5 * MINUTE,
        mean: said.mean().iter().map(shares).collect(),
        deviation: said.standard_deviation().iter().map(shares).collect(),
    };
    let before_the_job = |forecast: Option<&UtilizationForecast>| {
        let mut manager = manager(five_minutes());
        for step in 0..now + 4 {
            if step == now {
                forecast.iter().for_each(|forecast| manager.set_forecast(forecast).unwrap());
            }
            manager.observe(step * 5 * MINUTE, &sample(load(step))).unwrap();
            if step >= now {
                obey(&mut manager, step * 5 * MINUTE + 1);
            }
        }
        shadow_cpu(&manager)
    };
    // When the host hands in what its LSTM says, then shadows have what keeps the job from overloading the primary before it comes; else they do not.
    let (with, without) = (before_the_job(Some(&forecast)), before_the_job(None));
    assert!(with > 8.0 * (1.1 / 0.9 - 1.0) && without < 1.0, "{with} {without}: {:?}", said.mean());
}

/// A shadow's share of a load that does not change, held for the failure of the primary.
fn held_for_failover(standby_share: f64, load: f64) -> ShadowManager {
    let mut manager = manager(ShadowManagerConfig { standby_share, ..Default::default() });
    run(&mut manager, 0..30, |_| load);
    manager
}

/// Whether something was held for a failure.
fn was_standby(manager: &ShadowManager) -> bool {
    let is_standby = |record: &ShadowRecord| {
        matches!(record, ShadowRecord::Allocation { reason: ShadowReason::Standby, .. })
    };
    manager.journal().records().iter().any(is_standby)
}

/// "Active-standby configuration": an overload is not to be feared, and yet the shadows hold what a failure will need.
#[test]
fn what_is_held_ready_for_failover_is_there_whatever_the_overload_test_says() {
    // Given half an hour of a load that the primary carries with ease, and shadows that are to be able to carry all of it.
    let mut manager = held_for_failover(1.0, 0.3);
    let quantile = manager.forecast("router").unwrap()[0].upper[0];
    assert!(shadow_cpu(&manager) >= 0.98 * quantile * 8.0, "{} {quantile}", shadow_cpu(&manager));
    assert!(was_standby(&manager) && !was_standby(&held_for_failover(0.0, 0.3)));
    // When the primary fails.
    manager.instance_failed(1).unwrap();
    manager.plan(30 * MINUTE).unwrap();
    // Then what takes its place carries all of it, before anything else is done for it.
    let status = manager.status("router").unwrap();
    let active = status.instances.iter().find(|instance| instance.instance == status.active).unwrap();
    assert!(active.instance != 1);
    let needed = [8.0, 16.0, 3.0].map(|base| 0.3 * base);
    assert!(active.amounts.iter().zip(needed).all(|(has, needs)| *has >= needs), "{active:?}");
}

#[test]
fn holding_more_for_failover_never_holds_less_for_a_peak() {
    // Given steady loads from an idle primary to one that is overloaded.
    for load in [0.3, 0.5, 0.6, 0.65, 0.69, 0.75, 0.85, 1.1] {
        // When more is to be held for a failure, then shadows never have less.
        let held = [0.0, 0.25, 0.5, 1.0].map(|share| shadow_cpu(&held_for_failover(share, load)));
        assert!(held.windows(2).all(|pair| pair[1] >= pair[0] - 0.02 * 8.0), "{load}: {held:?}");
        assert!(held[3] >= 0.98 * load * 8.0, "{load}: {held:?}");
    }
}

/// "The potential cost of performance degradation or service outages."
#[test]
fn an_outage_has_a_price_too() {
    // Given a primary that fails once in ten days, at a load that never overloads it; shadows that carry all of it cost some 0.2 an hour.
    let held = |outage_cost_per_hour: f64| {
        let failures_per_hour = 1.0 / 240.0;
        let config = ShadowManagerConfig { failures_per_hour, outage_cost_per_hour, ..Default::default() };
        let mut manager = manager(config);
        run(&mut manager, 0..30, |_| 0.5);
        (shadow_cpu(&manager), was_standby(&manager), manager.status("router").unwrap().worth.unwrap())
    };
    // When an hour of outage is dear, then they hold all of the load; two minutes of warming in 240 hours are a risk of 1 in 7,200.
    let (cpu, is_standby, worth) = held(10_000.0);
    assert!(cpu >= 4.0 && is_standby && worth.pays, "{cpu} {worth:?}");
    assert!(
        (worth.benefit / (worth.hours_without - worth.hours_with) - 10_000.0 / 7200.0).abs() < 1e-9,
        "{worth:?}"
    );
    // When it is cheap, then they idle.
    let (cpu, is_standby, worth) = held(100.0);
    assert!(cpu == 0.4 && !is_standby, "{cpu} {worth:?}");
}
