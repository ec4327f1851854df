use super::form::Smoothing;
use super::likelihood::Point;
use super::*;
use crate::random::Random;
use proptest::prelude::*;
use serde_json::{Value, json};

fn ets(config: Value) -> Ets {
    Ets::new(crate::config::from_json("config", &config.to_string()).unwrap()).unwrap()
}

fn series(values: &[f64]) -> Series {
    Series::new(values.to_vec(), 0, 60.0).unwrap()
}

fn fitted(config: Value, values: &[f64]) -> Ets {
    let mut model = ets(config);
    model.fit(&series(values), None).unwrap();
    model
}

fn refusal(config: Value) -> String {
    let read = crate::config::from_json::<EtsConfig>("config", &config.to_string());
    read.and_then(Ets::new).unwrap_err().to_string()
}

fn number(model: &Ets, name: &str) -> f64 {
    model.parameters()[name].as_f64().unwrap()
}

/// Level with a season and noise of the given size.
fn seasonal(length: usize, period: usize, noise: f64, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    let wave = |i: usize| (std::f64::consts::TAU * i as f64 / period as f64).sin();
    (0..length).map(|i| 100.0 + 0.02 * i as f64 + 20.0 * wave(i) + noise * random.normal()).collect()
}

/// A path of the model itself, from random errors.
fn path(
    form: Form,
    smoothing: Smoothing,
    states: (f64, f64, &[f64]),
    sigma: f64,
    values: usize,
    random: &mut Random,
) -> Vec<f64> {
    let (mut level, mut trend) = (states.0, states.1);
    let mut season = states.2.to_vec();
    (0..values)
        .map(|i| {
            let expected = level + smoothing.phi * trend;
            let slot = i % form.period;
            let s = season.get(slot).copied().unwrap_or(0.0);
            let multiplied = form.season == Season::Multiplicative;
            let mean = if multiplied { expected * s } else { expected + s };
            let error = sigma * random.normal() * if form.multiplicative_error { mean } else { 1.0 };
            let (for_level, for_season) =
                if multiplied { (error / s, error / expected) } else { (error, error) };
            level = expected + smoothing.alpha * for_level;
            trend = smoothing.phi * trend + smoothing.beta * for_level;
            if let Some(s) = season.get_mut(slot) {
                *s += smoothing.gamma * for_season;
            }
            mean + error
        })
        .collect()
}

#[test]
fn slopes_are_those_of_the_cost() {
    let mut random = Random::new(4);
    let mut values = seasonal(60, 6, 3.0, 5);
    values.iter_mut().for_each(|value| *value /= 64.0);
    values[17] = f64::NAN;
    for (season, multiplicative_error) in [Season::None, Season::Additive, Season::Multiplicative]
        .into_iter()
        .flat_map(|season| [(season, false), (season, true)])
    {
        let period = if season == Season::None { 1 } else { 6 };
        let form = Form { multiplicative_error, trend: true, damped: true, season, period };
        let neutral = if season == Season::Multiplicative { 1.0 } else { 0.0 };
        let length = if season == Season::None { 0 } else { 6 };
        let point = Point {
            smoothing: Smoothing { alpha: 0.3, beta: 0.1, gamma: 0.2, phi: 0.9 },
            level: 1.5,
            trend: 0.01,
            season: (0..length).map(|_| neutral + 0.1 * random.normal()).collect(),
        };
        let mut pass = Pass::new(&values, form);
        let (_, slopes) = pass.cost_and_slopes(&point);
        let season_slopes = pass.season_slopes().to_vec();
        let mut check = |slope: f64, change: &dyn Fn(&mut Point, f64)| {
            let mut at = |step: f64| {
                let mut moved = point.clone();
                change(&mut moved, step);
                pass.cost(&moved)
            };
            let numeric = (at(1e-6) - at(-1e-6)) / 2e-6;
            assert!(
                (slope - numeric).abs() < 1e-6 * (1.0 + numeric.abs()),
                "{form:?}: {slope} against {numeric}"
            );
        };
        check(slopes.alpha, &|p, step| p.smoothing.alpha += step);
        check(slopes.beta, &|p, step| p.smoothing.beta += step);
        check(slopes.phi, &|p, step| p.smoothing.phi += step);
        check(slopes.level, &|p, step| p.level += step);
        check(slopes.trend, &|p, step| p.trend += step);
        if season != Season::None {
            check(slopes.gamma, &|p, step| p.smoothing.gamma += step);
            for (i, slope) in season_slopes.iter().enumerate() {
                check(*slope, &|p, step| p.season[i] += step);
            }
        }
    }
}

#[test]
fn variances_are_those_of_simulated_paths() {
    let season = [0.9, 1.2, 1.0, 0.9];
    let added = [-5.0, 10.0, 3.0, -8.0];
    for (kind, multiplicative_error, tolerance) in [
        (Season::None, false, 0.03),
        (Season::None, true, 0.03),
        (Season::Additive, false, 0.03),
        (Season::Additive, true, 0.03),
        // Of the first order beyond the first season.
        (Season::Multiplicative, true, 0.03),
        (Season::Multiplicative, false, 0.03),
    ] {
        let period = if kind == Season::None { 1 } else { 4 };
        let form = Form { multiplicative_error, trend: true, damped: true, season: kind, period };
        let smoothing = Smoothing { alpha: 0.4, beta: 0.1, gamma: 0.3, phi: 0.9 };
        let first = match kind {
            Season::None => &[][..],
            Season::Additive => &added,
            Season::Multiplicative => &season,
        };
        let sigma = if multiplicative_error { 0.04 } else { 4.0 };
        let unit = 64.0;
        let scaled: Vec<f64> =
            first.iter().map(|s| if kind == Season::Additive { s / unit } else { *s }).collect();
        let mut model = Model::new(form, smoothing, unit, (100.0 / unit, 1.0 / unit, scaled));
        let scale = if multiplicative_error { 1.0 } else { unit };
        (model.variance, model.weight) = ((sigma / scale).powi(2), 1.0);
        // The first step is missing: its forecast is of two steps ahead.
        model.update(f64::NAN);
        let (means, deviations) = model.forecast(9);
        let mut random = Random::new(7);
        let mut moments = [(0.0, 0.0); 10];
        let paths = 40_000;
        for _ in 0..paths {
            let values = path(form, smoothing, (100.0, 1.0, first), sigma, 10, &mut random);
            for (moment, value) in moments.iter_mut().zip(values) {
                *moment = (moment.0 + value, moment.1 + value * value);
            }
        }
        for (i, (total, squares)) in moments.iter().enumerate().skip(1) {
            let mean = total / f64::from(paths);
            let deviation = (squares / f64::from(paths) - mean * mean).sqrt();
            let (our_mean, ours) = (means[i - 1], deviations[i - 1]);
            assert!(
                (our_mean - mean).abs() < 0.02 * mean,
                "{} step {i}: mean {our_mean} against {mean}",
                form.name()
            );
            assert!(
                (ours / deviation - 1.0).abs() < tolerance,
                "{} step {i}: deviation {ours} against {deviation}",
                form.name()
            );
        }
    }
}

#[test]
fn the_form_and_its_numbers_are_found_again() {
    let form = Form {
        multiplicative_error: false,
        trend: false,
        damped: false,
        season: Season::Additive,
        period: 8,
    };
    let smoothing = Smoothing { alpha: 0.3, beta: 0.0, gamma: 0.1, phi: 0.0 };
    let season = [-30.0, -10.0, 5.0, 20.0, 35.0, 10.0, -10.0, -20.0];
    let values = path(form, smoothing, (200.0, 0.0, &season), 4.0, 1500, &mut Random::new(2));
    let shown = fitted(json!({ "period": 8 }), &values).parameters();
    assert_eq!((&shown["learned"]["error"], &shown["learned"]["seasonal"]), (&json!("A"), &json!("A")));
    let shown = fitted(json!({ "period": 8, "trend": "N" }), &values).parameters();
    let parameters = &shown["learned"]["parameters"];
    assert!((parameters["alpha"].as_f64().unwrap() - 0.3).abs() < 0.05, "{parameters}");
    assert!((parameters["gamma"].as_f64().unwrap() - 0.1).abs() < 0.04, "{parameters}");
    assert!((shown["learned"]["variance"].as_f64().unwrap().sqrt() - 4.0).abs() < 0.2);
    assert_eq!(shown["estimated"], 3 + 1 + 7);
}

#[test]
fn a_day_and_a_week_of_minutes_are_chosen_and_forecast() {
    let turn = std::f64::consts::TAU / 1440.0;
    let day = |i: usize| 1.0 - 0.6 * (turn * i as f64).cos() + 0.2 * (2.0 * turn * i as f64).cos();
    let weekend = |i: usize| if (i / 1440) % 7 >= 5 { 0.5 } else { 1.0 };
    for (period, count, weekly) in [(1440, 14 * 1440, false), (10_080, 4 * 10_080, true)] {
        let mut random = Random::new(6);
        let truth = |i: usize| 50.0 * day(i) * if weekly { weekend(i) } else { 1.0 };
        let values: Vec<f64> = (0..count).map(|i| truth(i) + truth(i).sqrt() * random.normal()).collect();
        let model = fitted(json!({ "period": period }), &values);
        let shown = model.parameters();
        assert_ne!(shown["learned"]["seasonal"], json!("N"), "{shown}");
        assert!(shown["estimated"].as_u64().unwrap() < 90, "{}", shown["estimated"]);
        let forecast = model.forecast(period, &[], None).unwrap();
        let away: f64 = forecast.mean().iter().enumerate().map(|(h, x)| (x - truth(count + h)).abs()).sum();
        let size: f64 = (0..period).map(truth).sum();
        // A weekend has edges that waves round off.
        assert!(away / size < if weekly { 0.15 } else { 0.03 }, "{period}: {}", away / size);
        assert!(model.snapshot().unwrap().len() < 8 * period + 1000);
    }
}

#[test]
fn a_long_season_that_is_not_there_is_not_chosen() {
    let mut random = Random::new(8);
    let mut level = 100.0;
    let values: Vec<f64> = (0..6 * 288)
        .map(|_| {
            level += 0.3 * random.normal();
            level + 2.0 * random.normal()
        })
        .collect();
    assert_eq!(fitted(json!({ "period": 288 }), &values).parameters()["learned"]["seasonal"], json!("N"));
}

#[test]
fn a_long_season_with_edges_keeps_a_number_for_each_step() {
    let mut random = Random::new(9);
    let job = |i: usize| if i % 48 == 17 { 400.0 } else { 100.0 };
    let values: Vec<f64> = (0..48 * 20).map(|i| job(i) + 3.0 * random.normal()).collect();
    let model = fitted(json!({ "period": 48 }), &values);
    assert!(model.parameters()["estimated"].as_u64().unwrap() > 48);
    let forecast = model.forecast(48, &[], None).unwrap();
    for (h, mean) in forecast.mean().iter().enumerate() {
        assert!((mean - job(48 * 20 + h)).abs() < 5.0, "{h}: {mean}");
    }
}

#[test]
fn the_likelihood_is_that_of_the_normal_law() {
    let values = [9.0, 11.0, f64::NAN, 12.0, 10.0];
    let config = json!({ "error": "A", "trend": "N", "seasonal": "N", "parameters": { "alpha": 0.5 }, "initial": { "level": 10.0 } });
    let model = fitted(config, &values);
    // Errors −1, 1.5, 1.75 (after the gap) and −1.125 by hand.
    let variance = (1.0 + 2.25 + 1.5625 + 1.2656) / 4.0;
    let errors: [f64; 4] = [-1.0, 1.5, 1.75, -1.125];
    let variance_of_errors = errors.iter().map(|e| e * e).sum::<f64>() / 4.0;
    assert!(variance > 0.0);
    let expected = -2.0 * ((std::f64::consts::TAU * variance_of_errors).ln() + 1.0);
    assert!((number(&model, "log_likelihood") - expected).abs() < 1e-12);
    assert!((number(&model, "aic") - (2.0 - 2.0 * expected)).abs() < 1e-12);
}

#[test]
fn contradictions_are_refused_by_name() {
    for (config, field) in [
        (json!({ "error": "N" }), "error: "),
        (json!({ "trend": "M" }), "trend: "),
        (json!({ "period": 0 }), "period: "),
        (json!({ "seasonal": "A" }), "period: "),
        (json!({ "trend": "N", "damped": true }), "damped: "),
        (json!({ "parameters": { "alpha": 1.5 } }), "parameters.alpha: "),
        (json!({ "trend": null, "parameters": { "beta": 0.5 } }), "parameters.beta: "),
        (json!({ "parameters": { "gamma": 0.5 } }), "parameters.gamma: "),
        (json!({ "trend": "A", "damped": false, "parameters": { "phi": 0.9 } }), "parameters.phi: "),
        (json!({ "seasonal": "A", "period": 3, "initial": { "seasonal": [1.0] } }), "initial.seasonal: "),
        (
            json!({ "seasonal": "M", "period": 2, "initial": { "seasonal": [1.0, 0.0] } }),
            "initial.seasonal: ",
        ),
        (json!({ "period": 2, "initial": { "seasonal": [1.0, 0.0] } }), "seasonal: "),
        (json!({ "delta": 1 }), "delta: "),
        (json!({ "damped": "often" }), "damped: "),
    ] {
        let problem = refusal(config.clone());
        assert!(problem.starts_with(field), "{config}: {problem}");
    }
    let mut wild = ets(json!({ "error": "A", "trend": "A", "seasonal": "A", "damped": false, "period": 2,
        "parameters": { "alpha": 1.0, "beta": 1.0, "gamma": 1.0 } }));
    let before = wild.clone();
    let problem = wild.fit(&series(&seasonal(30, 2, 1.0, 1)), None).unwrap_err().to_string();
    assert!(problem.starts_with("parameters: "), "{problem}");
    let problem = ets(json!({ "error": "M" })).fit(&series(&[1.0, 0.0, 2.0]), None).unwrap_err().to_string();
    assert!(problem.starts_with("series: "), "{problem}");
    let short = ets(json!({ "seasonal": "A", "period": 24 })).fit(&series(&[1.0; 47]), None).unwrap_err();
    assert!(short.to_string().contains("48"), "{short}");
    assert_eq!(wild, before, "a refused fit changes nothing");
}

#[test]
fn words_of_the_settings_come_back() {
    let config = json!({ "error": "add", "trend": "A", "seasonal": null, "period": 1, "damped": "auto", "parameters": null, "initial": { "level": 3.0 } });
    let model = ets(config);
    let again = ets(model.parameters()["config"].clone());
    assert_eq!(again, model);
    assert_eq!(Ets::restore(&model.snapshot().unwrap()).unwrap(), model);
}

#[test]
fn hard_loads_are_survived() {
    let mut spike = seasonal(400, 24, 2.0, 3);
    spike[200] = 1e300;
    let sparse: Vec<f64> =
        (0..800).map(|i| if i % 100 == 7 { 5.0 + f64::from(i) / 100.0 } else { f64::NAN }).collect();
    let step: Vec<f64> = (0..300).map(|i| if i < 150 { 10.0 } else { 1e6 }).collect();
    let huge: Vec<f64> = (0..50).map(|i| 1e300 * f64::from(1 + i % 3)).collect();
    let tiny: Vec<f64> = (0..50).map(|i| 1e-300 * f64::from(1 + i % 3)).collect();
    let negative: Vec<f64> = seasonal(300, 24, 2.0, 9).iter().map(|value| -value).collect();
    let cases = [
        vec![7.0; 300],
        vec![0.0; 300],
        vec![3.0],
        vec![3.0, 4.0],
        vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        vec![f64::NAN, 3.0, f64::NAN],
        vec![1e300; 60],
        vec![-1e300, 1e300, -1e300, 1e300, 5.0, 6.0, 7.0],
        spike,
        sparse,
        step,
        huge,
        tiny,
        negative,
    ];
    for values in cases {
        for config in [
            json!({}),
            json!({ "period": 24 }),
            json!({ "trend": "A", "damped": true }),
            json!({ "error": "M", "seasonal": "M", "period": 2 }),
        ] {
            let mut model = ets(config.clone());
            if let Err(refused) = model.fit(&series(&values), None) {
                assert!(config["error"] == "M", "{config}: {refused}");
                continue;
            }
            for value in [f64::NAN, 1e300, 2.0, 0.0, f64::NAN, -5.0] {
                model.update(value, None).unwrap();
                let forecast = model.forecast(60, &[0.8], None).unwrap();
                assert!(
                    forecast.mean().iter().all(|mean| mean.is_finite()),
                    "{config}: {:?}",
                    &values[..values.len().min(5)]
                );
                let known = values.iter().filter(|value| !value.is_nan()).count();
                let upper = forecast.upper(0.8).unwrap();
                assert!(known < 3 || upper.iter().all(|bound| !bound.is_nan()), "{config}: {upper:?}");
            }
        }
    }
}

#[test]
fn one_wild_value_leaves_no_trace_and_a_new_level_is_followed() {
    let values = seasonal(480, 24, 2.0, 3);
    let config = json!({ "period": 24 });
    let calm = fitted(config.clone(), &values);
    let mut struck = calm.clone();
    let mut missed = calm.clone();
    struck.update(1e300, None).unwrap();
    missed.update(f64::NAN, None).unwrap();
    let mean = |model: &Ets| model.forecast(24, &[], None).unwrap().mean().to_vec();
    assert_eq!(mean(&struck), mean(&missed));
    let mut spiked = values.clone();
    spiked[100] = 1e300;
    let difference = mean(&fitted(config, &spiked))
        .iter()
        .zip(mean(&calm))
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max);
    assert!(difference < 1.0, "{difference}");
    let mut moved = fitted(json!({ "parameters": { "alpha": 0.3 } }), &values);
    (0..200).for_each(|_| moved.update(1e7, None).unwrap());
    assert!((mean(&moved)[0] / 1e7 - 1.0).abs() < 0.01);
}

#[test]
fn a_trend_ends_within_an_endless_gap() {
    let values: Vec<f64> = (0..100).map(|i| 100.0 + f64::from(i)).collect();
    let mut model = fitted(json!({ "error": "A", "trend": "A", "damped": false }), &values);
    model.skip(1000).unwrap();
    let before = model.forecast(3, &[], None).unwrap();
    assert!((before.mean()[0] - 1200.0).abs() < 1.0, "{:?}", before.mean());
    model.skip(1_000_000).unwrap();
    let after = model.forecast(3, &[], None).unwrap();
    assert_eq!((before.mean(), before.standard_deviation()), (after.mean(), after.standard_deviation()));
}

#[test]
fn a_model_that_was_never_fitted_learns_from_updates() {
    let mut model = ets(json!({}));
    assert!(model.forecast(1, &[], None).is_err());
    model.update(f64::NAN, None).unwrap();
    model.update(10.0, None).unwrap();
    assert_eq!(model.forecast(2, &[], None).unwrap().mean(), [10.0, 10.0]);
    model.update(20.0, None).unwrap();
    assert_eq!(model.forecast(1, &[], None).unwrap().mean(), [13.0]);
    assert!(model.forecast(1, &[0.9], None).unwrap().upper(0.9).unwrap()[0] > 20.0);
}

#[test]
fn a_million_updates_do_not_drift() {
    let values = seasonal(1_000_000, 24, 2.0, 8);
    let config = json!({ "error": "A", "trend": "A", "damped": true, "seasonal": "A", "period": 24,
        "parameters": { "alpha": 0.2, "beta": 0.1, "gamma": 0.1, "phi": 0.9 },
        "initial": { "level": 100.0, "trend": 0.0, "seasonal": vec![0.0; 24] } });
    let mut online = ets(config.clone());
    values.iter().for_each(|value| online.update(*value, None).unwrap());
    let whole = fitted(config, &values);
    let (a, b) = (online.forecast(48, &[], None).unwrap(), whole.forecast(48, &[], None).unwrap());
    for (a, b) in a.mean().iter().zip(b.mean()) {
        assert!((a / b - 1.0).abs() < 1e-12, "{a} against {b}");
    }
}

#[test]
fn features_explain_what_they_can() {
    let mut random = Random::new(6);
    let flags: Vec<f64> = (0..400).map(|i| f64::from(i % 37 < 4)).collect();
    let values: Vec<f64> = flags.iter().map(|flag| 100.0 + 50.0 * flag + random.normal()).collect();
    let mut model = ets(json!({}));
    model.fit(&series(&values), Some(Rows::new("features", &flags, 1).unwrap())).unwrap();
    let ahead = Rows::new("features", &[0.0, 1.0], 1).unwrap();
    let mean = model.forecast(2, &[], Some(ahead)).unwrap().mean().to_vec();
    assert!((mean[1] - mean[0] - 50.0).abs() < 2.0, "{mean:?}");
    assert!(model.forecast(2, &[], None).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn what_is_estimated_is_no_less_likely_than_what_is_given(
        seed in 0u64..1000, alpha in 0.05..0.9f64, share in 0.05..0.9f64, multiplicative: bool,
    ) {
        let values = seasonal(120, 6, 4.0, seed);
        let gamma = (1.0 - alpha) * share;
        let kind = if multiplicative { "M" } else { "A" };
        let free = json!({ "error": kind, "trend": "N", "seasonal": kind, "period": 6 });
        let mut held = free.clone();
        held["parameters"] = json!({ "alpha": alpha, "gamma": gamma });
        prop_assert!(number(&fitted(free, &values), "log_likelihood") >= number(&fitted(held, &values), "log_likelihood") - 0.05);
    }

    #[test]
    fn a_fit_then_updates_are_the_fit_of_all(
        values in prop::collection::vec(prop_oneof![9 => 80.0..130.0f64, 1 => Just(f64::NAN)], 20..60), cut in 1usize..19, season in 0usize..3,
    ) {
        let letter = ["N", "A", "M"][season];
        let mut config = json!({ "error": if season == 2 { "M" } else { "A" }, "trend": "A", "damped": true, "seasonal": letter, "period": 5,
            "parameters": { "alpha": 0.3, "beta": 0.2, "phi": 0.9 }, "initial": { "level": 100.0, "trend": 1.0 } });
        if season > 0 {
            config["parameters"]["gamma"] = json!(0.15);
            config["initial"]["seasonal"] = json!(if season == 2 { [1.1, 0.9, 1.0, 1.05, 0.95] } else { [10.0, -10.0, 5.0, 0.0, -5.0] });
        }
        prop_assume!(values[..cut].iter().any(|value| !value.is_nan()));
        let whole = fitted(config.clone(), &values);
        let mut parts = fitted(config, &values[..cut]);
        values[cut..].iter().for_each(|value| parts.update(*value, None).unwrap());
        let (a, b) = (whole.forecast(12, &[], None).unwrap(), parts.forecast(12, &[], None).unwrap());
        for (a, b) in a.mean().iter().zip(b.mean()) {
            prop_assert!((a - b).abs() < 1e-9 * b.abs());
        }
    }

    #[test]
    fn restored_models_go_on_as_if_nothing_had_happened(seed in 0u64..100, cut in 60usize..120) {
        let values = seasonal(120, 6, 4.0, seed);
        let mut model = fitted(json!({ "period": 6 }), &values[..cut]);
        let mut restored = super::super::restore(&model.snapshot().unwrap()).unwrap();
        for value in values[cut..].iter().chain(&[f64::NAN]) {
            model.update(*value, None).unwrap();
            restored.update(*value, None).unwrap();
        }
        prop_assert_eq!(model.snapshot().unwrap(), restored.snapshot().unwrap());
        prop_assert_eq!(model.forecast(9, &[0.9], None).unwrap(), restored.forecast(9, &[0.9], None).unwrap());
    }

    #[test]
    fn wild_numbers_never_break_it(
        values in prop::collection::vec(prop_oneof![4 => prop::num::f64::ANY, 4 => -10.0..100.0f64], 1..80), period in 1usize..9,
    ) {
        let values: Vec<f64> = values.iter().map(|value| if value.is_infinite() { f64::NAN } else { *value }).collect();
        let mut model = ets(json!({ "period": period }));
        if model.fit(&series(&values), None).is_ok() {
            for value in &values {
                model.update(*value, None).unwrap();
            }
            prop_assert!(model.forecast(20, &[0.5], None).unwrap().mean().iter().all(|mean| mean.is_finite()));
            prop_assert!(Ets::restore(&model.snapshot().unwrap()).is_ok());
        }
    }
}
