//! Each part against the moments of its law, and the whole against its promises.

use super::*;
use proptest::prelude::*;

const MINUTE: f64 = 60.0;

/// A load of base 1 with one part, without counting noise.
fn factors(part: Part, steps: usize, step_seconds: f64, seed: u64) -> Vec<f64> {
    let config = LoadConfig {
        base: 1.0,
        parts: vec![part],
        steps,
        step_seconds,
        counting_noise: false,
        ..LoadConfig::default()
    };
    generate(&config, seed).unwrap().values().to_vec()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Correlation of the values with those `lag` later.
fn correlation(values: &[f64], lag: usize) -> f64 {
    let average = mean(values);
    let covariance = |lag: usize| {
        values.iter().zip(&values[lag..]).map(|(a, b)| (a - average) * (b - average)).sum::<f64>()
            / (values.len() - lag) as f64
    };
    covariance(lag) / covariance(0)
}

#[test]
fn a_cycle_has_its_peak_where_it_says_and_a_mean_of_one() {
    let day = factors(
        Part::Cycle { period_seconds: 86_400.0, amplitude: 0.4, peak_seconds: 50_400.0 },
        1440,
        MINUTE,
        0,
    );
    let highest = (0..1440).max_by(|&a, &b| day[a].total_cmp(&day[b])).unwrap();
    assert!((839..=840).contains(&highest), "{highest}");
    assert!((mean(&day) - 1.0).abs() < 1e-12 && (day[840] - 1.4).abs() < 1e-5);
}

#[test]
fn weekends_are_saturdays_and_sundays() {
    // 1970-01-01 was a Thursday.
    let week = factors(Part::Weekend { factor: 0.25 }, 7, 86_400.0, 0);
    assert_eq!(week, [1.0, 1.0, 0.25, 0.25, 1.0, 1.0, 1.0]);
}

#[test]
fn a_ramp_is_straight_and_a_level_shift_is_one_without_duration() {
    let ramp = Part::Ramp { start_seconds: 120.0, duration_seconds: 240.0, factor: 3.0 };
    assert_eq!(factors(ramp, 8, MINUTE, 0), [1.0, 1.0, 1.25, 1.75, 2.25, 2.75, 3.0, 3.0]);
    let shift = Part::Ramp { start_seconds: 120.0, duration_seconds: 0.0, factor: 0.5 };
    assert_eq!(factors(shift, 4, MINUTE, 0), [1.0, 1.0, 0.5, 0.5]);
}

#[test]
fn a_batch_job_is_averaged_over_steps_that_it_shares() {
    let batch = Part::Batch { every_seconds: 300.0, duration_seconds: 90.0, factor: 3.0 };
    assert_eq!(factors(batch, 6, MINUTE, 0), [3.0, 2.0, 1.0, 1.0, 1.0, 3.0]);
    assert!((mean(&factors(batch, 30, 10.0, 0)) - 1.6).abs() < 1e-12);
}

#[test]
fn bursts_have_the_mean_and_the_memory_of_their_markov_chain() {
    let (factor, high, low) = (4.0, 120.0, 480.0);
    for step in [5.0, 60.0] {
        let steps = (4e6 / step) as usize;
        let values = factors(Part::Bursts { factor, high_seconds: high, low_seconds: low }, steps, step, 3);
        let share = high / (high + low);
        // Some 6,700 cycles: one standard error is 1.2 % of the share.
        assert!(
            (mean(&values) - 1.0 - share * (factor - 1.0)).abs() < 0.04,
            "step {step}: {}",
            mean(&values)
        );
        if step < 10.0 {
            // The covariance decays with the sum of the two rates.
            let expected = (-(100.0 - step / 3.0) * (1.0 / high + 1.0 / low)).exp();
            let found = correlation(&values, (100.0 / step) as usize);
            assert!((found - expected).abs() < 0.03, "{found} against {expected}");
        }
    }
}

#[test]
fn noise_has_mean_one_and_the_variation_and_correlation_that_were_asked_for() {
    let noise = Part::Noise { variation: 0.3, correlation_seconds: 600.0 };
    let values = factors(noise, 400_000, MINUTE, 9);
    let average = mean(&values);
    let deviation = mean(&values.iter().map(|x| (x - average).powi(2)).collect::<Vec<_>>()).sqrt();
    assert!((average - 1.0).abs() < 0.01 && (deviation - 0.3).abs() < 0.01, "{average} {deviation}");
    let logarithms: Vec<f64> = values.iter().map(|x| x.ln()).collect();
    assert!((correlation(&logarithms, 10) - (-1.0f64).exp()).abs() < 0.02);
}

#[test]
fn drift_spreads_with_the_root_of_time() {
    let after = |days: usize| {
        let ends: Vec<f64> = (0..2000)
            .map(|seed| factors(Part::Drift { per_day: 0.2 }, 24 * days + 1, 3600.0, seed)[24 * days].ln())
            .collect();
        mean(&ends.iter().map(|x| x * x).collect::<Vec<_>>()).sqrt()
    };
    assert!((after(1) / 0.2 - 1.0).abs() < 0.06 && (after(4) / 0.4 - 1.0).abs() < 0.06);
}

#[test]
fn crowds_add_what_their_rate_height_and_length_say() {
    // Campbell's theorem: the mean of shot noise is rate times the area of a shot.
    let (per_day, factor, rise, decay) = (24.0, 3.0, 300.0, 600.0);
    let crowds = Part::FlashCrowds { per_day, factor, rise_seconds: rise, decay_seconds: decay };
    let values = factors(crowds, 1440 * 200, MINUTE, 4);
    let expected = 1.0 + per_day / 86_400.0 * (factor - 1.0) * (0.5 * rise + decay);
    assert!((mean(&values) / expected - 1.0).abs() < 0.02, "{} against {expected}", mean(&values));
    assert!(values.iter().all(|value| *value >= 1.0));
}

#[test]
fn gaps_lose_their_share_of_the_time() {
    let gaps = Part::Gaps { per_day: 4.0, mean_seconds: 1800.0 };
    let values = factors(gaps, 86_400, 10.0 * MINUTE, 2);
    let lost = values.iter().filter(|value| value.is_nan()).count() as f64 / values.len() as f64;
    // A step is lost when any of it is: a gap takes on average one step more than its length.
    let expected = (1800.0 + 600.0) * 4.0 / (86_400.0 + 4.0 * 1800.0);
    assert!((lost / expected - 1.0).abs() < 0.1, "{lost} against {expected}");
}

#[test]
fn counts_scatter_by_their_root() {
    let config = LoadConfig { base: 5.0, steps: 200_000, step_seconds: 10.0, ..LoadConfig::default() };
    let load = generate(&config, 1).unwrap();
    let average = mean(load.values());
    let variance = mean(&load.values().iter().map(|x| (x - average).powi(2)).collect::<Vec<_>>());
    assert!((average - 5.0).abs() < 0.01 && (variance / 0.5 - 1.0).abs() < 0.02, "{average} {variance}");
}

#[test]
fn a_part_more_leaves_the_draws_of_the_others_alone() {
    let bursts = Part::Bursts { factor: 3.0, high_seconds: 60.0, low_seconds: 600.0 };
    let config =
        |parts: Vec<Part>| LoadConfig { base: 1.0, parts, counting_noise: false, ..LoadConfig::default() };
    let alone = generate(&config(vec![bursts]), 5).unwrap();
    let weekend = Part::Weekend { factor: 2.0 };
    let both = generate(&config(vec![bursts, weekend]), 5).unwrap();
    let ratios: Vec<f64> = alone.values().iter().zip(both.values()).map(|(a, b)| b / a).collect();
    assert!(ratios.iter().all(|&ratio| ratio == 1.0 || ratio == 2.0));
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    for (text, field) in [
        (r#"{"base": -1}"#, "base"),
        (r#"{"steps": 0}"#, "steps"),
        (r#"{"step_seconds": 0}"#, "step_seconds"),
        (r#"{"parts": [{"cycle": {"amplitude": 1.5}}]}"#, "cycle.amplitude"),
        (r#"{"parts": [{"bursts": {"high_seconds": 0}}]}"#, "bursts.high_seconds"),
        (r#"{"parts": [{"flash_crowds": {"factor": 0.5}}]}"#, "flash_crowds.factor"),
        (
            r#"{"parts": [{"batch": {"every_seconds": 60, "duration_seconds": 90}}]}"#,
            "batch.duration_seconds",
        ),
        (
            r#"{"step_seconds": 1e9, "parts": [{"bursts": {"high_seconds": 0.001, "low_seconds": 0.001}}]}"#,
            "parts",
        ),
        (r#"{"parts": [{"flash_crowds": {"per_day": 100000, "decay_seconds": 1e14}}]}"#, "parts"),
        (r#"{"parts": [{"tide": {}}]}"#, "tide"),
        (r#"{"parts": [{"noise": {"size": 1}}]}"#, "size"),
    ] {
        let problem = LoadConfig::from_json(text).unwrap_err().to_string();
        assert!(problem.contains(field), "{text}: {problem}");
    }
}

fn any_part() -> impl Strategy<Value = Part> {
    let factor = 0.0f64..20.0;
    let seconds = 1.0f64..100_000.0;
    prop_oneof![
        (seconds.clone(), 0.0f64..=1.0, -1e6f64..1e6).prop_map(
            |(period_seconds, amplitude, peak_seconds)| {
                Part::Cycle { period_seconds, amplitude, peak_seconds }
            }
        ),
        factor.clone().prop_map(|factor| Part::Weekend { factor }),
        (-1e5f64..1e5, 0.0f64..1e5, factor.clone()).prop_map(|(start_seconds, duration_seconds, factor)| {
            Part::Ramp { start_seconds, duration_seconds, factor }
        }),
        (0.0f64..100.0, 1.0f64..20.0, 0.0f64..1e4, seconds.clone()).prop_map(
            |(per_day, factor, rise_seconds, decay_seconds)| {
                Part::FlashCrowds { per_day, factor, rise_seconds, decay_seconds }
            }
        ),
        (seconds.clone(), 0.0f64..1.0, factor.clone()).prop_map(|(every_seconds, share, factor)| {
            Part::Batch { every_seconds, duration_seconds: share * every_seconds, factor }
        }),
        (factor, seconds.clone(), seconds.clone()).prop_map(|(factor, high_seconds, low_seconds)| {
            Part::Bursts { factor, high_seconds, low_seconds }
        }),
        (0.0f64..3.0, 0.0f64..1e5)
            .prop_map(|(variation, correlation_seconds)| Part::Noise { variation, correlation_seconds }),
        (0.0f64..2.0).prop_map(|per_day| Part::Drift { per_day }),
        (0.0f64..50.0, seconds).prop_map(|(per_day, mean_seconds)| Part::Gaps { per_day, mean_seconds }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn loads_are_never_negative_nor_infinite_and_repeat(
        parts in prop::collection::vec(any_part(), 0..6), steps in 1usize..300, seed in any::<u64>(),
        step in prop::sample::select(vec![1.0, 15.0, 60.0, 3600.0]), start in -1i64 << 40..1i64 << 41,
    ) {
        let config = LoadConfig { parts, steps, step_seconds: step, start, ..LoadConfig::default() };
        let text = serde_json::to_string(&config).unwrap();
        let load = generate(&config, seed).unwrap();
        prop_assert!(load.values().iter().all(|value| value.is_nan() || (*value >= 0.0 && value.is_finite())));
        let again = generate(&LoadConfig::from_json(&text).unwrap(), seed).unwrap();
        let bits = |load: &Series| load.values().iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&load), bits(&again));
    }
}
