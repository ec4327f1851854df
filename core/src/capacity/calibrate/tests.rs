use super::*;
use crate::random::Random;
use proptest::prelude::*;

#[derive(Deserialize)]
struct Case {
    kind: String,
    load: Vec<f64>,
    latency: Vec<f64>,
    base: f64,
    base_error: f64,
    service_rate: f64,
    service_rate_error: f64,
    spread: f64,
    outliers: usize,
    true_base: f64,
    true_rate: f64,
}

#[derive(Deserialize)]
struct Oracle {
    cases: Vec<Case>,
}

#[test]
fn the_estimates_are_those_of_statsmodels_and_scipy() {
    let text = include_str!("../../../../tests/vectors/oracle/calibrate.json");
    let oracle: Oracle = serde_json::from_str(text).unwrap();
    assert_eq!(oracle.cases.len(), 16);
    for (index, case) in oracle.cases.iter().enumerate() {
        let learn = if case.kind == "load" { calibrate_load } else { calibrate };
        let found = learn(&case.load, &case.latency).unwrap();
        for (ours, theirs) in [
            (found.base, case.base),
            (found.base_error, case.base_error),
            (found.service_rate, case.service_rate),
            (found.service_rate_error, case.service_rate_error),
            (found.spread, case.spread),
        ] {
            assert!((ours / theirs - 1.0).abs() < 1e-7, "{index} {}: {ours} {theirs}", case.kind);
        }
        assert_eq!(found.outliers, case.outliers);
        // What the data were drawn from lies within four standard errors, wild values or not.
        assert!((found.base - case.true_base).abs() < 4.0 * found.base_error);
        assert!((found.service_rate - case.true_rate).abs() < 4.0 * found.service_rate_error);
    }
}

#[test]
fn exact_data_give_exact_answers_in_spite_of_wild_ones() {
    let load: Vec<f64> = (0..40).map(|i| 2.0 * f64::from(i)).collect();
    let mut latency: Vec<f64> = load.iter().map(|load| 0.02 / (1.0 - load / 100.0)).collect();
    for (at, value) in [(3, 9.0), (20, 1e-9), (35, 1e12), (11, 1e300), (30, 0.5)] {
        latency[at] = value;
    }
    let found = calibrate_load(&load, &latency).unwrap();
    assert!((found.base - 0.02).abs() < 1e-12 && (found.service_rate - 100.0).abs() < 1e-9, "{found:?}");
    assert_eq!(found.outliers, 5);
    assert!((found.latency(50.0).unwrap() - 0.04).abs() < 1e-12);
    assert_eq!(found.latency(101.0).unwrap(), f64::INFINITY);
    // A load that was misread tenfold does not raise the service rate.
    let mut misread = load.clone();
    misread[38] *= 10.0;
    let found = calibrate_load(&misread, &latency).unwrap();
    assert!((found.service_rate - 100.0).abs() < 1e-6, "{found:?}");
}

#[test]
fn two_fifths_of_wild_values_on_one_side_mislead_nobody() {
    let mut random = Random::new(5);
    let (load, latency): (Vec<f64>, Vec<f64>) = (0..200)
        .map(|i| {
            let load = 90.0 * random.unit();
            let wild = if i % 5 < 2 { 2.0 + 48.0 * random.unit() } else { 1.0 };
            (load, 0.02 / (1.0 - load / 100.0) * (1.0 + 0.1 * random.unit() - 0.05) * wild)
        })
        .unzip();
    let found = calibrate_load(&load, &latency).unwrap();
    assert!(
        (found.base / 0.02 - 1.0).abs() < 0.02 && (found.service_rate / 100.0 - 1.0).abs() < 0.02,
        "{found:?}"
    );
    assert!((78..=90).contains(&found.outliers), "{found:?}");
    let utilization: Vec<f64> = load.iter().map(|load| load / 100.0).collect();
    let found = calibrate(&utilization, &latency).unwrap();
    assert!((found.base / 0.02 - 1.0).abs() < 0.02, "{found:?}");
}

#[test]
fn what_the_data_cannot_tell_is_refused() {
    let rising = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 9.5, 9.7, 9.8];
    let flat = [0.1, 0.1001, 0.0999, 0.1002, 0.1001, 0.0998, 0.0999, 0.1001, 0.1, 0.1001, 0.0997, 0.1];
    let flat = calibrate_load(&rising, &flat).unwrap_err();
    assert!(flat.to_string().starts_with("latency: the latency does not rise clearly"), "{flat}");
    let falling = calibrate_load(&rising, &rising.map(|load| 1.0 - 0.1 * load)).unwrap_err();
    assert_eq!(falling.code(), 60, "{falling}");
    let two = calibrate_load(&[1.0, 2.0].repeat(6), &[0.5, 0.6].repeat(6)).unwrap_err();
    assert_eq!(two.to_string(), "load: needs 12 pairs with 3 different loads, got 12 with 2");
    assert_eq!(calibrate(&[0.5, 0.6], &[1.0, 1.0]).unwrap_err().code(), 60);
    for (load, latency) in [
        (vec![0.1, 0.2, 1.0], vec![1.0; 3]),
        (vec![0.1, 0.2, -0.1], vec![1.0; 3]),
        (vec![0.1, 0.2, f64::NAN], vec![1.0; 3]),
        (vec![0.1, 0.2, 0.3], vec![1.0, 0.0, 1.0]),
        (vec![0.1, 0.2, 0.3], vec![1.0, 1.0]),
    ] {
        assert_eq!(calibrate(&load, &latency).unwrap_err().code(), 40);
    }
    assert!(WarmUp::learn(&rising, &[0.0; 12]).is_err());
    assert!(WarmUp::learn(&[1.0, 2.0].repeat(6), &[1.0; 12]).is_err());
    assert!(WarmUp::learn(&rising.map(|age| age - 2.0), &[1.0; 12]).is_err());
    let too_many = vec![1.0; 10_001];
    let many = WarmUp::learn(&too_many, &too_many).unwrap_err();
    assert!(many.code() == 40 && many.to_string().starts_with("ages: must be at most 10000 pairs"), "{many}");
}

#[test]
fn a_warm_up_is_found_again() {
    let mut random = Random::new(3);
    for (full, initial, seconds) in [(120.0, 0.2, 30.0), (3.5, 0.0, 90.0), (40.0, 0.6, 10.0)] {
        let ages: Vec<f64> = (0..200).map(|i| 1.5 * f64::from(i)).collect();
        let throughput: Vec<f64> = ages
            .iter()
            .enumerate()
            .map(|(i, age)| {
                let clean = full * (1.0 - (1.0 - initial) * (-age / seconds).exp());
                if i % 11 == 5 { 0.1 * full } else { (clean * (1.0 + 0.04 * random.unit() - 0.02)).max(0.0) }
            })
            .collect();
        let found = WarmUp::learn(&ages, &throughput).unwrap();
        assert!((found.full / full - 1.0).abs() < 0.01, "{found:?}");
        assert!((found.initial - initial).abs() < 0.03, "{found:?}");
        assert!((found.seconds / seconds - 1.0).abs() < 0.1, "{found:?}");
        assert_eq!(found.share(-1.0).unwrap(), found.initial);
        assert_eq!(found.share(f64::INFINITY).unwrap(), 1.0);
        assert!(found.share(f64::NAN).is_err());
    }
    // A replica that is warm at once.
    let ages: Vec<f64> = (0..12).map(|i| 10.0 * f64::from(i)).collect();
    let found = WarmUp::learn(&ages, &[7.0; 12]).unwrap();
    assert!((found.full - 7.0).abs() < 1e-9 && found.initial > 0.999, "{found:?}");
}

#[test]
fn noise_alone_is_seldom_taken_for_a_rise() {
    for (count, most) in [(12, 20), (30, 4)] {
        let told = (0..400_u64)
            .filter(|seed| {
                let mut random = Random::new(*seed);
                let load: Vec<f64> = (0..count).map(|_| random.unit()).collect();
                let latency: Vec<f64> = (0..count).map(|_| exp(0.1 * random.normal())).collect();
                calibrate_load(&load, &latency).is_ok()
            })
            .count();
        assert!(told <= most, "{count}: {told} of 400");
    }
}

proptest! {
    #[test]
    fn units_change_only_the_units(seed in 0u64..1000, load_unit in 1e-6f64..1e6, latency_unit in 1e-6f64..1e6) {
        let mut random = Random::new(seed);
        let load: Vec<f64> = (0..30).map(|_| 0.9 * random.unit()).collect();
        let latency: Vec<f64> = load.iter().map(|load| (1.0 + 0.2 * random.unit()) / (1.0 - load)).collect();
        let one = calibrate_load(&load, &latency).unwrap();
        let other = calibrate_load(
            &load.iter().map(|load| load * load_unit).collect::<Vec<_>>(),
            &latency.iter().map(|latency| latency * latency_unit).collect::<Vec<_>>(),
        ).unwrap();
        prop_assert!((other.base / one.base / latency_unit - 1.0).abs() < 1e-6);
        prop_assert!((other.service_rate / one.service_rate / load_unit - 1.0).abs() < 1e-6);
    }

    #[test]
    fn any_numbers_give_an_error_or_finite_answers(
        pairs in prop::collection::vec((prop::num::f64::POSITIVE, prop::num::f64::POSITIVE), 0..24),
    ) {
        let (load, latency): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        if let Ok(found) = calibrate_load(&load, &latency) {
            prop_assert!(found.base.is_finite() && found.service_rate.is_finite());
        }
        if let Ok(found) = WarmUp::learn(&load, &latency) {
            prop_assert!((0.0..=1.0).contains(&found.initial) && found.full.is_finite(), "{:?}", found);
        }
    }
}
