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
    // When the host hands in what its LSTM says, then shadows have what the job needs before it comes; else they do not.
    let (with, without) = (before_the_job(Some(&forecast)), before_the_job(None));
    assert!(with > 8.0 * (1.1 - 0.7) && without < 1.0, "{with} {without}: {:?}", said.mean());
}
