//! What no model may break on: each one, with its defaults (or less training), is given the loads that break forecasters.

use super::*;
use crate::error::Error;
use crate::load::Series;
use crate::random::Random;
use crate::rows::Rows;

const NAN: f64 = f64::NAN;
const STEP: f64 = 300.0;

/// Every model, each line the business of one file.
fn models() -> Vec<Box<dyn Forecaster>> {
    vec![
        Box::new(MovingAverage::new(12).unwrap()),
        Box::new(SeasonalNaive::new(12).unwrap()),
        Box::new(Additive::new(AdditiveConfig::default()).unwrap()),
        Box::new(Ets::new(EtsConfig::default()).unwrap()),
        Box::new(Arima::new(ArimaConfig::default()).unwrap()),
        Box::new(Spectral::new(SpectralConfig::default()).unwrap()),
        Box::new(Ensemble::default()),
        Box::new(GradientBoosting::new(GradientBoostingConfig { trees: 20, ..Default::default() }).unwrap()),
        Box::new(Lstm::new(LstmConfig { hidden: 4, steps: 20, ..Default::default() }).unwrap()),
        Box::new(Tcn::new(TcnConfig { channels: 4, steps: 20, ..Default::default() }).unwrap()),
        Box::new(
            Hybrid::new(HybridConfig { hidden: 4, steps: 20, trees: 20, ..Default::default() }).unwrap(),
        ),
    ]
}

/// Loads with a name: five minutes a step, as long as a test can bear.
fn loads() -> Vec<(&'static str, Vec<f64>)> {
    let mut random = Random::new(11);
    let day = |i: usize| 100.0 + 50.0 * (2.0 * std::f64::consts::PI * (i % 288) as f64 / 288.0).sin();
    let regular: Vec<f64> = (0..400).map(|i| day(i) + 3.0 * random.normal()).collect();
    let changed = |change: &dyn Fn(usize, f64) -> f64| {
        regular.iter().enumerate().map(|(i, value)| change(i, *value)).collect::<Vec<f64>>()
    };
    let mut gaps = Random::new(12);
    let sparse = regular.iter().map(|value| if gaps.unit() < 0.99 { NAN } else { *value });
    vec![
        ("a day", regular.clone()),
        ("constant", vec![42.0; 150]),
        ("zeros only", vec![0.0; 150]),
        ("a single value", vec![7.0]),
        ("a single known value", [vec![NAN; 40], vec![7.0], vec![NAN; 40]].concat()),
        ("three values", vec![7.0, 8.0, 7.5]),
        ("99 % missing", sparse.chain([5.0, NAN]).collect()),
        ("one value of 1e300", changed(&|i, value| if i == 250 { 1e300 } else { value })),
        ("a first value of 1e300", changed(&|i, value| if i == 0 { 1e300 } else { value })),
        ("a last value of -1e300", changed(&|i, value| if i == 399 { -1e300 } else { value })),
        ("nothing but 1e300", vec![1e300; 50]),
        ("values near the least float", changed(&|_, value| value * 1e-310)),
        ("steps", changed(&|i, value| value + if i > 200 { 1e4 } else { 0.0 })),
        ("negative", changed(&|_, value| value - 200.0)),
        ("an hour of duplicates", changed(&|i, value| if (300..312).contains(&i) { 55.5 } else { value })),
        ("one spike among zeros", (0..150).map(|i| f64::from(i == 70) * 1e6).collect()),
        ("on and off", (0..150).map(|i| f64::from(i % 2) * 1e3).collect()),
        ("a steep ramp", (0..150).map(|i| f64::from(i) * 1e6).collect()),
        ("white noise", (0..150).map(|_| 1e3 + 300.0 * random.normal()).collect()),
    ]
}

fn series(values: &[f64]) -> Series {
    Series::new(values.to_vec(), 0, STEP).unwrap()
}

/// A forecast of which everything that is promised holds; `None` where the model says that it needs more data.
fn forecast(model: &dyn Forecaster, load: &str, known: &[f64]) -> Option<Forecast> {
    let name = model.name();
    let forecast = match model.forecast(24, &[0.5, 0.95], None) {
        Ok(forecast) => forecast,
        Err(Error::NotReady { .. }) => return None,
        Err(error) => panic!("{name}, {load}: {error}"),
    };
    assert_eq!(forecast.mean().len(), 24);
    assert!(forecast.mean().iter().all(|mean| mean.is_finite()), "{name}, {load}: {:?}", forecast.mean());
    let probabilities = [0.001, 0.025, 0.25, 0.5, 0.75, 0.975, 0.999];
    let quantiles: Vec<Vec<f64>> = probabilities.iter().map(|q| forecast.quantile(*q).unwrap()).collect();
    for pair in quantiles.windows(2) {
        for (low, high) in pair[0].iter().zip(&pair[1]) {
            // Before the first error of a model its law is not known: NaN.
            assert!(low <= high || low.is_nan(), "{name}, {load}: quantiles cross, {low} {high}");
            assert!(!low.is_infinite() && !high.is_infinite(), "{name}, {load}: {low} {high}");
        }
    }
    if known.iter().all(|value| value.is_nan() || *value >= 0.0) {
        let least =
            quantiles[0].iter().chain(forecast.mean()).fold(0.0, |least: f64, value| least.min(*value));
        assert!(least >= 0.0, "{name}, {load}: {least} for a load that was never negative");
    }
    Some(forecast)
}

/// What comes after the fit, so that a model shows whether it goes on.
const LATER: [f64; 9] = [90.0, NAN, 120.0, 120.0, NAN, NAN, 0.0, 100.0, 101.0];

#[test]
fn forecasts_are_finite_ordered_and_not_negative() {
    for (load, values) in loads() {
        for mut model in models() {
            match model.fit(&series(&values), None) {
                Ok(()) => {}
                Err(Error::NotReady { .. }) => continue,
                Err(error) => panic!("{}, {load}: {error}", model.name()),
            }
            forecast(model.as_ref(), load, &values);
            for value in LATER {
                model.update(value, None).unwrap();
            }
            forecast(model.as_ref(), load, &values);
            model.skip(100).unwrap();
            forecast(model.as_ref(), load, &values);
        }
    }
}

#[test]
fn value_by_value_without_a_fit() {
    for (load, values) in loads() {
        for mut model in models() {
            for (i, value) in values.iter().enumerate() {
                model
                    .update(*value, None)
                    .unwrap_or_else(|error| panic!("{}, {load}: {error}", model.name()));
                if i < 5 || i % 97 == 0 {
                    forecast(model.as_ref(), load, &values[..=i]);
                }
            }
            forecast(model.as_ref(), load, &values);
        }
    }
}

#[test]
fn one_absurd_value_is_forgotten() {
    let loads = loads();
    let load = |name: &str| loads.iter().find(|(load, _)| *load == name).unwrap().1.clone();
    let usual = load("a day");
    for absurd in ["one value of 1e300"] {
        for mut model in models() {
            model.fit(&series(&load(absurd)), None).unwrap();
            let Some(forecast) = forecast(model.as_ref(), absurd, &usual) else { continue };
            let mean = forecast.mean().iter().sum::<f64>() / 24.0;
            assert!((0.0..1e4).contains(&mean), "{}, {absurd}: {mean}", model.name());
        }
    }
    for mut model in models() {
        model.fit(&series(&usual), None).unwrap();
        model.update(1e300, None).unwrap();
        usual.iter().for_each(|value| model.update(*value, None).unwrap());
        let Some(forecast) = forecast(model.as_ref(), "an update of 1e300", &usual) else { continue };
        let mean = forecast.mean().iter().sum::<f64>() / 24.0;
        assert!((0.0..1e4).contains(&mean), "{}, a day after 1e300: {mean}", model.name());
    }
}

#[test]
fn a_restored_model_goes_on_bit_for_bit() {
    // Every third load: automatic models take long to fit without optimisation.
    for (load, values) in loads().into_iter().step_by(3) {
        for mut model in models() {
            if model.fit(&series(&values), None).is_err() {
                continue;
            }
            let name = model.name();
            let mut restored =
                restore(&model.snapshot().unwrap()).unwrap_or_else(|error| panic!("{name}, {load}: {error}"));
            let mut copy = model.clone();
            for value in LATER.into_iter().chain(values.iter().take(50).copied()) {
                for model in [&mut model, &mut restored, &mut copy] {
                    model.update(value, None).unwrap();
                }
            }
            let bytes = model.snapshot().unwrap();
            assert!(restored.snapshot().unwrap() == bytes, "{name}, {load}: restored");
            assert!(copy.snapshot().unwrap() == bytes, "{name}, {load}: copied");
            let answers = [&model, &restored, &copy]
                .map(|model| format!("{:?}", forecast(model.as_ref(), load, &[-1.0])));
            assert!(answers[0] == answers[1] && answers[0] == answers[2], "{name}, {load}");
        }
    }
}

#[test]
fn a_fit_forgets_what_was_before() {
    let loads = loads();
    for mut model in models() {
        let mut fresh = model.clone();
        model.fit(&series(&loads[0].1), None).unwrap();
        LATER.iter().for_each(|value| model.update(*value, None).unwrap());
        let noise = series(&loads.last().unwrap().1);
        model.fit(&noise, None).unwrap();
        fresh.fit(&noise, None).unwrap();
        assert_eq!(
            model.forecast(24, &[], None).unwrap(),
            fresh.forecast(24, &[], None).unwrap(),
            "{}",
            model.name()
        );
    }
}

#[test]
fn bad_calls_are_refused_and_change_nothing() {
    let usual = series(&loads()[0].1);
    let numbers = vec![1.0; 2 * usual.len()];
    for mut model in models() {
        let name = model.name();
        assert!(
            matches!(model.forecast(1, &[], None), Err(Error::NotReady { .. })),
            "{name}: before any data"
        );
        for nothing in [vec![], vec![NAN; 100]] {
            assert!(
                matches!(model.fit(&series(&nothing), None), Err(Error::NotReady { .. })),
                "{name}: {}",
                nothing.len()
            );
        }
        model.fit(&usual, None).unwrap();
        let before = model.snapshot().unwrap();
        let rows = |values: &'static [f64], columns| Some(Rows::new("features", values, columns).unwrap());
        assert!(
            matches!(
                model.fit(&usual, Some(Rows::new("features", &numbers[2..], 2).unwrap())),
                Err(Error::Data { .. })
            ),
            "{name}"
        );
        assert!(matches!(model.fit(&series(&[NAN; 10]), None), Err(Error::NotReady { .. })), "{name}");
        for value in [f64::INFINITY, f64::NEG_INFINITY] {
            assert!(matches!(model.update(value, None), Err(Error::Data { .. })), "{name}");
        }
        assert!(
            matches!(model.update(1.0, Some(&[1.0])), Err(Error::Data { .. })),
            "{name}: features it never had"
        );
        assert!(matches!(model.forecast(0, &[], None), Err(Error::Config { .. })), "{name}: horizon 0");
        assert!(
            matches!(model.forecast(usize::MAX, &[], None), Err(Error::Config { .. })),
            "{name}: endless horizon"
        );
        for level in [0.0, 1.0, -0.5, NAN] {
            assert!(
                matches!(model.forecast(1, &[level], None), Err(Error::Config { .. })),
                "{name}: level {level}"
            );
        }
        assert!(matches!(model.forecast(2, &[], rows(&[1.0, 1.0], 1)), Err(Error::Data { .. })), "{name}");
        assert!(model.snapshot().unwrap() == before, "{name} was changed by a call that failed");

        let with = Rows::new("features", &numbers, 2).unwrap();
        model.fit(&usual, Some(with)).unwrap();
        let before = model.snapshot().unwrap();
        for row in [&[1.0][..], &[1.0, 2.0, 3.0], &[1.0, NAN], &[f64::INFINITY, 0.0]] {
            assert!(matches!(model.update(1.0, Some(row)), Err(Error::Data { .. })), "{name}: {row:?}");
        }
        assert!(matches!(model.update(1.0, None), Err(Error::Data { .. })), "{name}: without features");
        assert!(matches!(model.forecast(2, &[], None), Err(Error::Data { .. })), "{name}: without features");
        assert!(
            matches!(model.forecast(2, &[], rows(&[1.0, 1.0], 2)), Err(Error::Data { .. })),
            "{name}: a row for two steps"
        );
        assert!(
            matches!(model.forecast(2, &[], rows(&[1.0; 6], 3)), Err(Error::Data { .. })),
            "{name}: three columns"
        );
        assert!(model.snapshot().unwrap() == before, "{name} was changed by a call that failed");
        model.update(NAN, None).unwrap();
        model.update(100.0, Some(&[1.0, 1e300])).unwrap();
        let answer = model.forecast(2, &[0.9], rows(&[0.0, -1e300, 1.0, 1.0], 2)).unwrap();
        assert!(answer.mean().iter().all(|mean| mean.is_finite()), "{name}: {:?}", answer.mean());
    }
}

#[test]
fn damaged_snapshots_are_errors() {
    let usual = series(&loads()[0].1);
    for mut model in models() {
        model.fit(&usual, None).unwrap();
        let bytes = model.snapshot().unwrap();
        for cut in (0..bytes.len()).step_by(1 + bytes.len() / 40) {
            assert!(restore(&bytes[..cut]).is_err(), "{}: {cut} bytes", model.name());
        }
    }
}

#[test]
fn a_load_of_any_size_is_forecast_or_refused() {
    let usual = loads().into_iter().find(|(load, _)| *load == "a day").unwrap().1;
    for mut model in models() {
        let said = |model: &mut Box<dyn Forecaster>, size: f64| {
            let values: Vec<f64> = usual.iter().map(|value| value * size).collect();
            match model.fit(&series(&values), None) {
                Ok(()) => Some(model.forecast(2, &[], None).unwrap().mean()[0] / size),
                Err(Error::NotReady { problem, .. }) => {
                    assert!(problem.starts_with("needs values of a size of "), "{problem}");
                    None
                }
                Err(error) => panic!("{}, {size:e}: {error}", model.name()),
            }
        };
        let plain = said(&mut model, 1.0).unwrap();
        for size in [1e-290, 1e-200, 1e-150, 1e-90, 1e-50, 1e50, 1e90, 1e150, 1e200, 1e290] {
            let differs = said(&mut model, size).map_or(0.0, |other| (other / plain - 1.0).abs());
            assert!(differs < 0.02, "{}, {size:e}: {differs}", model.name());
        }
    }
}
