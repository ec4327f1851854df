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
            coefficients.iter().enumerate().filter(|(i, _)| i + 1 <= t).map(|(i, c)| c * source[t - 1 - i]).sum()
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
