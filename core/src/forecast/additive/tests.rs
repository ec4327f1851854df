use super::*;
use crate::load::{CalendarConfig, Event};
use crate::random::Random;
use proptest::prelude::*;

const HOUR: f64 = 3600.0;

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
}

fn far(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Hours of a service with a day, a week and a trend that bends.
fn service(hours: usize, noise: f64, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    let wave = |t: f64, period: f64| (2.0 * std::f64::consts::PI * t / period).sin();
    let clean =
        |t: f64| 300.0 + 0.1 * t - 0.2 * (t - 400.0).max(0.0) + 80.0 * wave(t, 24.0) + 40.0 * wave(t, 168.0);
    (0..hours).map(|i| clean(i as f64) + noise * random.normal()).collect()
}

fn model() -> Additive {
    Additive::new(AdditiveConfig { autoregressive: false, ..AdditiveConfig::default() }).unwrap()
}

fn learned(model: &Additive, key: &str) -> f64 {
    model.parameters()["learned"][key].as_f64().unwrap()
}

#[test]
fn as_probable_as_prophets_answer_and_the_same_forecast() {
    let text = include_str!("../../../../tests/vectors/oracle/additive.json");
    let vectors: serde_json::Value = serde_json::from_str(text).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    assert!(cases.len() >= 6);
    for case in cases {
        let name = case["about"].as_str().unwrap();
        let config: AdditiveConfig = serde_json::from_str(case["config"].as_str().unwrap()).unwrap();
        let growth = config.growth;
        let start = case["start"].as_i64().unwrap();
        let series =
            Series::new(numbers(&case["values"]), start, case["step_seconds"].as_f64().unwrap()).unwrap();
        let features: Vec<f64> =
            case["features"].as_array().into_iter().flatten().flat_map(numbers).collect();
        let (past, ahead) = features.split_at(features.len().min(2 * series.len()));
        let mut model = Additive::new(config).unwrap();
        model.fit(&series, (!past.is_empty()).then(|| Rows::whole(past, 2))).unwrap();
        let horizon = case["horizon"].as_u64().unwrap() as usize;
        let ahead = (!ahead.is_empty()).then(|| Rows::whole(ahead, 2));
        let forecast = model.forecast(horizon, &[0.8], ahead).unwrap();

        let scale = learned(&model, "scale");
        let apart = far(forecast.mean(), &numbers(&case["mean"]));
        assert!(apart < 1e-3 * scale, "{name}: {apart} of {scale}");
        let (ours, theirs) = (learned(&model, "log_posterior"), case["log_posterior"].as_f64().unwrap());
        assert!(ours > theirs - 1e-6, "{name}: log posterior {ours} against {theirs}");
        // The prior of the offset is another one for logistic growth, and Prophet itself stops a little early.
        assert!(growth == Growth::Logistic || ours < theirs + 1.0, "{name}: {ours} against {theirs}");
        let noise = learned(&model, "noise") / case["noise"].as_f64().unwrap();
        assert!((noise - 1.0).abs() < 0.015, "{name}: noise {noise}");
        let width = |upper: &[f64], lower: &[f64]| upper.iter().zip(lower).map(|(u, l)| u - l).sum::<f64>();
        let theirs = width(&numbers(&case["prophet_upper"]), &numbers(&case["prophet_lower"]));
        let ours = width(&forecast.upper(0.8).unwrap(), &forecast.lower(0.8).unwrap());
        // Ours counts the coefficients that were fitted, theirs is a sample.
        assert!(ours / theirs > 0.98 && ours / theirs < 1.12, "{name}: width {}", ours / theirs);
    }
}

#[test]
fn a_trend_with_one_bend_and_no_noise_is_found() {
    let line = |t: f64| 100.0 + 2.0 * t - 1.5 * (t - 150.0).max(0.0);
    let values = (0..400).map(|i| line(f64::from(i))).collect();
    let mut model = model();
    model.fit(&Series::new(values, 0, 60.0).unwrap(), None).unwrap();
    let wanted: Vec<f64> = (400..430).map(|i| line(f64::from(i))).collect();
    let forecast = model.forecast(30, &[0.8], None).unwrap();
    assert!(far(forecast.mean(), &wanted) < 1.0, "{:?}", forecast.mean());
    let bends = model.parameters()["learned"]["changepoints"].as_array().unwrap().len();
    assert!((1..=12).contains(&bends), "{bends} of 25");
}

#[test]
fn values_one_by_one_teach_what_a_fit_learns() {
    let values = service(24 * 42, 8.0, 3);
    let mut fitted = model();
    fitted.fit(&Series::new(values.clone(), 0, HOUR).unwrap(), None).unwrap();
    let mut online = model();
    online.fit(&Series::new(values[..240].to_vec(), 0, HOUR).unwrap(), None).unwrap();
    values[240..].iter().for_each(|value| online.update(*value, None).unwrap());
    let (a, b) = (fitted.forecast(168, &[0.8], None).unwrap(), online.forecast(168, &[0.8], None).unwrap());
    assert_eq!(a.times(), b.times());
    // Changepoints lie elsewhere, so that the trends differ by a little.
    assert!(far(a.mean(), b.mean()) < 12.0, "{}", far(a.mean(), b.mean()));
    let ratio = learned(&online, "error_deviation") / learned(&fitted, "error_deviation");
    assert!((ratio - 1.0).abs() < 0.1, "{ratio}");
    let mut scratch =
        Additive::new(AdditiveConfig { autoregressive: false, ..AdditiveConfig::default() }).unwrap();
    values.iter().for_each(|value| scratch.update(*value, None).unwrap());
    // Its clock begins at time 0 with minutes, so that the hours are taken for minutes: only the level can be right.
    let level = scratch.forecast(1, &[0.8], None).unwrap().mean()[0];
    assert!((level - values[1007]).abs() < 150.0, "{level}");
}

#[test]
fn without_new_changepoints_updates_are_the_fit_itself() {
    let config = AdditiveConfig { changepoints: 0, autoregressive: false, ..AdditiveConfig::default() };
    for mode in [Mode::Additive, Mode::Multiplicative] {
        let values = service(24 * 40, 5.0, 4);
        let mut fitted = Additive::new(AdditiveConfig { mode, ..config.clone() }).unwrap();
        let mut online = fitted.clone();
        fitted.fit(&Series::new(values.clone(), 0, HOUR).unwrap(), None).unwrap();
        online.fit(&Series::new(values[..480].to_vec(), 0, HOUR).unwrap(), None).unwrap();
        values[480..].iter().for_each(|value| online.update(*value, None).unwrap());
        let (a, b) = (fitted.forecast(48, &[], None).unwrap(), online.forecast(48, &[], None).unwrap());
        // The prior counts in another unit of time, and the last values came after the last solution.
        let tolerance = if mode == Mode::Additive { 1.0 } else { 2.0 };
        assert!(far(a.mean(), b.mean()) < tolerance, "{mode:?}: {}", far(a.mean(), b.mean()));
    }
}

#[test]
fn a_hundred_thousand_updates_do_not_drift() {
    let mut random = Random::new(9);
    let season = |i: u64| 500.0 + 200.0 * (2.0 * std::f64::consts::PI * (i % 1440) as f64 / 1440.0).sin();
    let mut model = model();
    (0..100_000).for_each(|i| model.update(season(i) + 20.0 * random.normal(), None).unwrap());
    let forecast = model.forecast(1440, &[0.8], None).unwrap();
    let wanted: Vec<f64> = (100_000..101_440).map(season).collect();
    assert!(far(forecast.mean(), &wanted) < 8.0, "{}", far(forecast.mean(), &wanted));
    assert!((learned(&model, "error_deviation") / 20.0 - 1.0).abs() < 0.05);
    let bytes = model.snapshot().unwrap().len();
    assert!(bytes < 40_000, "{bytes} bytes");
}

#[test]
fn a_level_shift_is_followed_by_the_error_that_is_carried_on() {
    let mut values = service(24 * 21, 4.0, 6);
    values.iter_mut().skip(24 * 21 - 6).for_each(|value| *value += 100.0);
    let series = Series::new(values.clone(), 0, HOUR).unwrap();
    let next = |autoregressive: bool| {
        let mut model =
            Additive::new(AdditiveConfig { autoregressive, ..AdditiveConfig::default() }).unwrap();
        model.fit(&series, None).unwrap();
        model.forecast(1, &[], None).unwrap().mean()[0]
    };
    let truth = service(24 * 22, 0.0, 6)[24 * 21] + 100.0;
    assert!(
        (next(true) - truth).abs() < 0.5 * (next(false) - truth).abs(),
        "{} {} {truth}",
        next(true),
        next(false)
    );
}

#[test]
fn events_are_learned_in_local_time() {
    let day = 86_400_000i64;
    let events: Vec<Event> = [10i64, 25, 42, 61]
        .map(|d| Event { name: "sale".into(), start: d * day, end: (d + 1) * day, weight: 1.0 })
        .to_vec();
    let calendar = CalendarConfig { events, time_zone: "Europe/Berlin".into(), ..CalendarConfig::default() };
    let mut model =
        Additive::new(AdditiveConfig { calendar: Some(calendar), ..AdditiveConfig::default() }).unwrap();
    let mut values = service(24 * 60, 3.0, 8);
    for d in [10, 25, 42] {
        values[24 * d..24 * (d + 1)].iter_mut().for_each(|value| *value += 150.0);
    }
    model.fit(&Series::new(values, 0, HOUR).unwrap(), None).unwrap();
    let mean = model.forecast(72, &[], None).unwrap().mean().to_vec();
    let on = mean[24..48].iter().sum::<f64>() - mean[..24].iter().sum::<f64>();
    assert!((on / 24.0 - 150.0).abs() < 40.0, "{}", on / 24.0);
    let restored = crate::forecast::restore(&model.snapshot().unwrap()).unwrap();
    assert_eq!(restored.forecast(72, &[], None).unwrap().mean(), mean);
}

#[test]
fn a_long_forecast_begins_as_a_short_one() {
    let values = service(24 * 20, 8.0, 5);
    let features: Vec<f64> = (0..24 * 20 + 10_000).map(|i| f64::from(i % 7)).collect();
    let rows = |values| Some(Rows::whole(values, 1));
    let mut model =
        Additive::new(AdditiveConfig { changepoint_range: 0.1, ..AdditiveConfig::default() }).unwrap();
    model.fit(&Series::new(values, 0, HOUR).unwrap(), rows(&features[..480])).unwrap();
    model.skip(3).unwrap();
    let long = model.forecast(10_000, &[0.8], rows(&features[480..])).unwrap();
    let short = model.forecast(5000, &[0.8], rows(&features[480..5480])).unwrap();
    assert_eq!(long.mean()[..5000], *short.mean());
    assert!(long.mean()[4090..4110].windows(2).all(|pair| (pair[0] - pair[1]).abs() < 60.0));
}

#[test]
fn bad_settings_are_named() {
    for (config, field) in [
        (r#"{"changepoints": 201}"#, "changepoints"),
        (r#"{"changepoint_range": 0}"#, "changepoint_range"),
        (r#"{"changepoint_prior": -1}"#, "changepoint_prior"),
        (r#"{"growth": "logistic"}"#, "cap"),
        (r#"{"cap": 5}"#, "cap"),
        (r#"{"growth": "logistic", "cap": 0}"#, "cap"),
        (r#"{"seasonalities": [{"period_seconds": 0, "pairs": 1}]}"#, "seasonalities[0].period_seconds"),
        (r#"{"seasonalities": [{"period_seconds": 60, "pairs": 0}]}"#, "seasonalities[0].pairs"),
        (r#"{"calendar": {"time_zone": "Moon"}}"#, "time_zone"),
    ] {
        let error = Additive::new(serde_json::from_str(config).unwrap()).unwrap_err();
        assert!(error.to_string().starts_with(field), "{config}: {error}");
    }
}

/// What may come in.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![8 => 0.0..100.0f64, 1 => Just(f64::NAN), 1 => -50.0..50.0f64, 1 => prop_oneof![Just(0.0), Just(1e300), Just(-1e300), Just(1e-300), Just(5.0)]]
}

fn settings() -> impl Strategy<Value = AdditiveConfig> {
    (0usize..3, any::<bool>(), any::<bool>(), 0usize..30).prop_map(
        |(growth, multiplicative, autoregressive, changepoints)| {
            let growth = [Growth::Linear, Growth::Logistic, Growth::Flat][growth];
            AdditiveConfig {
                growth,
                cap: (growth == Growth::Logistic).then_some(120.0),
                mode: if multiplicative { Mode::Multiplicative } else { Mode::Additive },
                autoregressive,
                changepoints,
                seasonalities: Some(vec![Seasonality { period_seconds: 600.0, pairs: 2 }]),
                ..AdditiveConfig::default()
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn anything_goes_in_and_numbers_come_out(
        config in settings(), past in prop::collection::vec(value(), 0..60), later in prop::collection::vec(value(), 0..60), gap in 0u64..10_000_000,
    ) {
        let mut model = Additive::new(config).unwrap();
        let fitted = model.fit(&Series::new(past.clone(), 0, 60.0).unwrap(), None);
        prop_assert_eq!(fitted.is_ok(), past.iter().any(|value| !value.is_nan()));
        for value in &later {
            model.update(*value, None).unwrap();
        }
        let mut restored = crate::forecast::restore(&model.snapshot().unwrap()).unwrap();
        for model in [&mut model as &mut dyn Forecaster, restored.as_mut()] {
            model.skip(gap).unwrap();
            model.update(7.0, None).unwrap();
        }
        let forecast = model.forecast(20, &[0.5, 0.95], None).unwrap();
        prop_assert_eq!(&restored.forecast(20, &[0.5, 0.95], None).unwrap(), &forecast);
        prop_assert!(forecast.mean().iter().all(|mean| mean.is_finite()), "{:?}", forecast);
        let (low, middle, high) = (forecast.lower(0.95).unwrap(), forecast.quantile(0.5).unwrap(), forecast.upper(0.95).unwrap());
        for i in 0..20 {
            prop_assert!(low[i] <= middle[i] && middle[i] <= high[i] && low[i].is_finite() && high[i].is_finite());
        }
    }

    #[test]
    fn the_unit_of_the_load_does_not_matter(factor in 1e-3..1e6f64, seed in 0u64..50) {
        let values = service(120, 20.0, seed);
        let forecast = |factor: f64| {
            let mut model = Additive::new(AdditiveConfig::default()).unwrap();
            let scaled: Vec<f64> = values.iter().map(|value| value * factor).collect();
            model.fit(&Series::new(scaled[..100].to_vec(), 0, HOUR).unwrap(), None).unwrap();
            scaled[100..].iter().for_each(|value| model.update(*value, None).unwrap());
            model.forecast(12, &[], None).unwrap()
        };
        let (plain, scaled) = (forecast(1.0), forecast(factor));
        let back: Vec<f64> = scaled.mean().iter().map(|mean| mean / factor).collect();
        prop_assert!(far(plain.mean(), &back) < 1e-5);
    }
}
