use super::*;
use crate::random::Random;
use proptest::prelude::*;

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect()
}

fn arima(config: &str) -> Arima {
    Arima::new(crate::config::from_json("config", config).unwrap()).unwrap()
}

fn series(values: &[f64]) -> Series {
    Series::new(values.to_vec(), 0, 60.0).unwrap()
}

/// Values of a process that begins at 0, with innovations of variance 1.
fn simulated(seed: u64, count: usize, ar: &[f64], ma: &[f64], differences: usize) -> Vec<f64> {
    let mut random = Random::new(seed);
    let (mut values, mut shocks): (Vec<f64>, Vec<f64>) = (vec![], vec![]);
    for t in 0..count + 200 {
        shocks.push(random.normal());
        let past = |coefficients: &[f64], source: &[f64]| -> f64 {
            coefficients.iter().enumerate().filter(|(i, _)| *i < t).map(|(i, c)| c * source[t - 1 - i]).sum()
        };
        values.push(past(ar, &values) + shocks[t] + past(ma, &shocks));
    }
    values.drain(..200);
    for _ in 0..differences {
        let mut sum = 0.0;
        values.iter_mut().for_each(|value| {
            sum += *value;
            *value = sum;
        });
    }
    values
}

#[test]
fn given_parameters_give_the_forecasts_and_likelihoods_of_statsmodels() {
    let text = include_str!("../../../../tests/vectors/oracle/arima.json");
    let vectors: serde_json::Value = serde_json::from_str(text).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    assert!(cases.len() >= 15);
    for (i, case) in cases.iter().enumerate() {
        let mut model = arima(&case["config"].to_string());
        model.fit(&series(&numbers(&case["values"])), None).unwrap();
        let (mean, deviation) = model.learned.forecast(case["horizon"].as_u64().unwrap() as usize);
        for (found, wanted) in [(mean, &case["mean"]), (deviation, &case["standard_deviation"])] {
            for (found, wanted) in found.iter().zip(numbers(wanted)) {
                assert!((found - wanted).abs() <= 1e-8 * (1.0 + wanted.abs()), "case {i}: {found} {wanted}");
            }
        }
        if let Some(wanted) = case["log_likelihood"].as_f64() {
            let found = model.parameters()["log_likelihood"].as_f64().unwrap();
            assert!((found - wanted).abs() < 1e-8 * wanted.abs(), "case {i}: {found} {wanted}");
        }
    }
}

#[test]
fn a_fit_finds_the_process_that_made_the_values() {
    let values = simulated(5, 3000, &[0.7], &[-0.4], 1);
    let mut model = arima(r#"{"order": [1, 1, 1]}"#);
    model.fit(&series(&values), None).unwrap();
    let c = &model.learned.coefficients;
    assert!((c.ar[0] - 0.7).abs() < 0.1 && (c.ma[0] + 0.4).abs() < 0.12, "{c:?}");
    assert!((model.learned.sigma2 - 1.0).abs() < 0.1);
    let mut automatic = Arima::new(ArimaConfig::default()).unwrap();
    automatic.fit(&series(&values), None).unwrap();
    assert_eq!(automatic.parameters()["order"][1], 1);
    assert!(automatic.learned.criteria().1 <= model.learned.criteria().1 + 1e-6);
    assert!(automatic.parameters()["seasonal_order"].is_null());
}

#[test]
fn missing_values_take_little_from_the_estimates() {
    let values = simulated(8, 1500, &[0.8], &[], 0);
    let holes: Vec<f64> = values
        .iter()
        .enumerate()
        .map(|(i, v)| if i % 7 == 3 || i / 40 == 11 { f64::NAN } else { v + 50.0 })
        .collect();
    let mut model = arima(r#"{"order": [1, 0, 0]}"#);
    model.fit(&series(&holes), None).unwrap();
    let c = &model.learned.coefficients;
    assert!((c.ar[0] - 0.8).abs() < 0.05 && (c.mean - 50.0).abs() < 1.0, "{c:?}");
    assert!((model.learned.sigma2 - 1.0).abs() < 0.15);
    // Conditional expectation of a first-order autoregression across a gap: a power of the coefficient.
    let last = holes[1499] - c.mean;
    let phi = c.ar[0];
    let mean = c.mean;
    (0..3).for_each(|_| model.update(f64::NAN, None).unwrap());
    let (ahead, deviation) = model.learned.forecast(1);
    assert!((ahead[0] - mean - phi.powi(4) * last).abs() < 1e-9);
    let variance = model.learned.sigma2 * (0..4).map(|i| phi.powi(2 * i)).sum::<f64>();
    assert!((deviation[0] * deviation[0] - variance).abs() < 1e-9);
}

#[test]
fn a_strong_season_is_differenced_and_forecast() {
    let mut random = Random::new(2);
    let values: Vec<f64> = (0..24 * 30)
        .map(|hour| {
            100.0 + 40.0 * (f64::from(hour % 24) * std::f64::consts::TAU / 24.0).sin() + random.normal()
        })
        .collect();
    let mut model = arima(r#"{"seasonal_order": ["auto", 24]}"#);
    model.fit(&series(&values), None).unwrap();
    assert_eq!(model.parameters()["seasonal_order"][1], 1);
    let forecast = model.forecast(24, &[0.8], None).unwrap();
    for (hour, mean) in forecast.mean().iter().enumerate() {
        let truth = 100.0 + 40.0 * (hour as f64 * std::f64::consts::TAU / 24.0).sin();
        assert!((mean - truth).abs() < 1.5, "{hour}: {mean} {truth}");
    }
    assert!(forecast.standard_deviation().iter().all(|deviation| (0.9..1.6).contains(deviation)));
}

#[test]
fn a_million_updates_end_where_a_fit_with_the_same_parameters_does() {
    let values = simulated(3, 1_000_000, &[0.6], &[0.3], 1);
    let given = r#"{"order": [1, 1, 1], "parameters": {"ar": [0.6], "ma": [0.3]}}"#;
    let (mut online, mut fitted) = (arima(given), arima(given));
    values.iter().for_each(|value| online.update(*value, None).unwrap());
    fitted.fit(&series(&values), None).unwrap();
    let (ours, theirs) = (online.learned.forecast(12), fitted.learned.forecast(12));
    for (a, b) in ours.0.iter().chain(&ours.1).zip(theirs.0.iter().chain(&theirs.1)) {
        assert!((a - b).abs() <= 1e-9 * b.abs(), "{a} {b}");
    }
}

#[test]
fn odd_series_give_finite_forecasts() {
    let nan = f64::NAN;
    let mut spike = simulated(4, 300, &[0.5], &[], 0);
    spike[150] = 1e300;
    let mut sparse = vec![nan; 1000];
    (0..10).for_each(|i| sparse[17 + 97 * i] = i as f64);
    let steps: Vec<f64> = (0..200).map(|i| if i < 100 { 5.0 } else { 500.0 }).collect();
    let odd = [
        vec![7.0],
        vec![nan, 7.0, nan],
        vec![1.0, 2.0],
        vec![3.0; 100],
        vec![0.0; 100],
        vec![-1e-300; 50],
        (0..100).map(f64::from).collect(),
        (0..100).map(|i| f64::from(i % 2)).collect(),
        (0..100).map(|i| -1e140 * f64::from(i % 7)).collect(),
        (0..60).map(|i| 1e9 + 1e-7 * f64::from(i % 3)).collect(),
        steps,
        spike,
        sparse,
    ];
    let orders = [
        r#"{}"#,
        r#"{"seasonal_order": ["auto", 12]}"#,
        r#"{"order": [2, 1, 2]}"#,
        r#"{"order": [1, 0, 1], "seasonal_order": [1, 1, 1, 12]}"#,
        r#"{"order": [1, 1, 0], "parameters": {"ar": [0.5]}}"#,
        r#"{"order": [0, 2, 2], "seasonal_order": [0, 1, 1, 7]}"#,
    ];
    for (i, values) in odd.iter().enumerate() {
        for config in orders {
            let mut model = arima(config);
            if let Err(error) = model.fit(&series(values), None) {
                assert_eq!(error.code(), 60, "{i} {config}: {error}");
                continue;
            }
            for value in [nan, values[values.len() - 1], 1e300, 3.0, nan] {
                let forecast = model.forecast(30, &[0.9], None).unwrap();
                assert!(
                    forecast.mean().iter().all(|mean| mean.is_finite()),
                    "{i} {config} {:?}",
                    forecast.mean()
                );
                assert!(
                    forecast.standard_deviation().iter().all(|d| d.is_nan() || d.is_finite()),
                    "{i} {config}"
                );
                model.update(value, None).unwrap();
            }
        }
    }
    let mut constant = arima("{}");
    constant.fit(&series(&[4.0; 30]), None).unwrap();
    let forecast = constant.forecast(3, &[], None).unwrap();
    assert_eq!((forecast.mean(), forecast.standard_deviation()), (&[4.0; 3][..], &[0.0; 3][..]));
}

#[test]
fn settings_and_data_that_cannot_be_are_refused() {
    let refused = |config: &str| {
        let config = crate::config::from_json::<ArimaConfig>("config", config);
        config.and_then(Arima::new).unwrap_err().to_string()
    };
    for (config, start) in [
        (r#"{"order": "best"}"#, "order: "),
        (r#"{"order": [1, 3, 0]}"#, "order: "),
        (r#"{"order": [1, 0]}"#, "order: "),
        (r#"{"seasonal_order": [1, 0, 0, 12]}"#, "order: "),
        (r#"{"order": [1, 0, 0], "seasonal_order": ["auto", 12]}"#, "seasonal_order: "),
        (r#"{"seasonal_order": ["auto", 1]}"#, "seasonal_order: "),
        (r#"{"order": [0, 0, 0], "seasonal_order": [3, 0, 0, 1440]}"#, "seasonal_order: "),
        (r#"{"order": [0, 0, 0], "seasonal_order": [1, 2, 0, 7]}"#, "seasonal_order: "),
        (r#"{"parameters": {"ar": [0.5]}}"#, "parameters: "),
        (r#"{"order": [1, 0, 0], "parameters": {"ar": [1.0]}}"#, "parameters.ar: "),
        (r#"{"order": [1, 0, 0], "parameters": {"ar": []}}"#, "parameters.ar: "),
        (r#"{"order": [0, 0, 1], "parameters": {"ma": [1e300]}}"#, "parameters.ma: "),
        (r#"{"order": [0, 0, 0], "parameters": {"sigma2": -1}}"#, "parameters.sigma2: "),
        (r#"{"order": [0, 0, 0], "parameters": {"mu": 1}}"#, "parameters.mu: "),
    ] {
        let message = refused(config);
        assert!(message.starts_with(start), "{config}: {message}");
    }
    let mut model = arima(r#"{"order": [2, 1, 1]}"#);
    let message = model.fit(&series(&[1.0, 2.0, 3.0]), None).unwrap_err().to_string();
    assert_eq!(message, "Arima: needs at least 6 known values, the series of 3 has 3");
    assert!(model.fit(&series(&[f64::NAN; 20]), None).is_err());
    assert!(model.forecast(1, &[], None).is_err());
    assert!(model.update(f64::INFINITY, None).is_err());
}

#[test]
fn the_largest_orders_end() {
    let values = simulated(12, 400, &[0.5, 0.2], &[0.4], 0);
    let mut model = arima(r#"{"order": [70, 0, 70]}"#);
    model.fit(&series(&values), None).unwrap();
    assert!(model.forecast(5, &[], None).unwrap().mean().iter().all(|mean| mean.is_finite()));
}

#[test]
fn nearly_cancelling_roots_are_found() {
    // A pair of roots of modulus 0.99 over one of 0.93: without it the log-likelihood is 30 lower.
    let (ar, ma) = oscillation::with_pair(&[0.6], &[], 2.0);
    let (ar, ma): (Vec<f64>, Vec<f64>) = (ar, ma.iter().zip([0.96, 0.92]).map(|(c, by)| c * by).collect());
    let values = simulated(31, 1500, &ar, &ma, 0);
    let fit = |config: &str| {
        let mut model = arima(config);
        model.fit(&series(&values), None).unwrap();
        model.learned.log_likelihood
    };
    let narrow = fit(r#"{"order": [1, 0, 0]}"#);
    let wide = fit(r#"{"order": [3, 0, 2]}"#);
    assert!(wide > narrow + 10.0, "{wide} {narrow}");
    let given = format!(r#"{{"order": [3, 0, 2], "parameters": {{"ar": {ar:?}, "ma": {ma:?}}}}}"#);
    assert!(wide > fit(&given), "{wide}");
}

#[test]
fn features_are_taken_out_and_put_back() {
    let noise = simulated(6, 400, &[0.6], &[], 0);
    let event: Vec<f64> = (0..400).map(|i| f64::from(i % 40 == 5)).collect();
    let values: Vec<f64> = noise.iter().zip(&event).map(|(n, e)| 100.0 + n + 30.0 * e).collect();
    let mut model = arima(r#"{"order": [1, 0, 0]}"#);
    model.fit(&series(&values), Some(Rows::new("features", &event, 1).unwrap())).unwrap();
    let ahead = [0.0, 1.0, 0.0];
    let forecast = model.forecast(3, &[], Some(Rows::new("features", &ahead, 1).unwrap())).unwrap();
    assert!((forecast.mean()[1] - forecast.mean()[2] - 30.0).abs() < 2.0, "{:?}", forecast.mean());
}

#[test]
fn a_season_of_a_day_of_minutes_stays_bounded() {
    let mut random = Random::new(9);
    let values: Vec<f64> =
        (0..1440 * 3).map(|i| 100.0 + f64::from(i % 1440) / 20.0 + random.normal()).collect();
    let mut model = arima(
        r#"{"order": [0, 1, 1], "seasonal_order": [0, 1, 1, 1440], "parameters": {"ma": [-0.9], "seasonal_ma": [-0.5]}}"#,
    );
    model.fit(&series(&values), None).unwrap();
    let forecast = model.forecast(3, &[], None).unwrap();
    assert!(forecast.mean().iter().all(|mean| (mean - 100.0).abs() < 3.0), "{:?}", forecast.mean());
    (0..600).for_each(|_| model.update(f64::NAN, None).unwrap());
    assert!(model.snapshot().unwrap().len() < 5_000_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Two filters that share no code: in O(r) a step for complete series, and by the covariance's factor.
    #[test]
    fn both_filters_give_the_same_likelihood(
        seed in 0u64..1000, ar in prop::collection::vec(-0.95..0.95f64, 0..4), ma in prop::collection::vec(-0.95..0.95f64, 0..4),
        seasonal in prop::collection::vec(-0.9..0.9f64, 0..2), d in 0usize..3,
    ) {
        let coefficients = shape::Coefficients {
            ar: polynomial::stationary(&ar), ma: polynomial::stationary(&ma), seasonal_ma: seasonal, ..Default::default()
        };
        let process = filter::Process {
            ar: coefficients.ar_product(5), ma: coefficients.ma_product(5),
            differencing: polynomial::Lags::differencing(d, 0, 5), mean: 0.3,
        };
        let values = simulated(seed, 120, &[0.3], &[0.2], d);
        let (errors, determinant, filter) = filter::run(&process, &values).unwrap();
        let differenced = (0..d).fold(values.clone(), |w, _| w.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>());
        let centred: Vec<f64> = differenced.iter().map(|w| w - 0.3).collect();
        let (fast, fast_determinant) = likelihood::standardized_errors(&centred, &process.ar, &process.ma).unwrap();
        prop_assert!((determinant - fast_determinant).abs() < 1e-7 * (1.0 + determinant.abs()));
        for (a, b) in errors.iter().zip(&fast) {
            prop_assert!((a - b).abs() < 1e-6 * (1.0 + a.abs()), "{} {}", a, b);
        }
        let (other, _, _) = estimate::filtered(&process, &values, 1).unwrap();
        let (mean, variance) = filter.forecast(&process, 6, 1.0);
        let (other_mean, other_variance) = other.forecast(&process, 6, 1.0);
        for (a, b) in mean.iter().chain(&variance).zip(other_mean.iter().chain(&other_variance)) {
            prop_assert!((a - b).abs() < 1e-6 * (1.0 + a.abs()), "{} {}", a, b);
        }
    }

    #[test]
    fn restored_models_go_on_as_if_nothing_had_happened(
        values in prop::collection::vec(prop_oneof![4 => 0.0..100.0f64, 1 => Just(f64::NAN)], 20..60), cut in 0usize..60, which in 0usize..4,
    ) {
        let config = [
            r#"{"order": [1, 1, 1], "parameters": {"ar": [0.5], "ma": [0.4]}}"#,
            r#"{"order": [1, 0, 0], "seasonal_order": [0, 1, 1, 7], "parameters": {"ar": [0.5], "seasonal_ma": [-0.4], "sigma2": 2}}"#,
            r#"{}"#,
            r#"{"order": [1, 0, 1]}"#,
        ][which];
        let cut = cut.min(values.len());
        let mut model = arima(config);
        if cut >= 15 {
            let _too_few = model.fit(&series(&values[..cut]), None);
        } else {
            values[..cut].iter().for_each(|value| model.update(*value, None).unwrap());
        }
        let mut restored = super::super::restore(&model.snapshot().unwrap()).unwrap();
        for value in &values[cut..] {
            model.update(*value, None).unwrap();
            restored.update(*value, None).unwrap();
        }
        prop_assert_eq!(model.snapshot().unwrap(), restored.snapshot().unwrap());
        let mut skipped = model.clone();
        skipped.skip(9).unwrap();
        (0..9).for_each(|_| model.update(f64::NAN, None).unwrap());
        prop_assert_eq!(model.snapshot().unwrap(), skipped.snapshot().unwrap());
    }
}
