//! What all learned models must do, on generated loads.

use super::{
    GradientBoosting, GradientBoostingConfig, Hybrid, HybridConfig, Lstm, LstmConfig, Tcn, TcnConfig,
};
use crate::error::Error;
use crate::forecast::{Forecaster, MovingAverage, SeasonalNaive, restore};
use crate::load::Series;
use crate::random::Random;
use crate::rows::Rows;

const LEVELS: [f64; 2] = [0.8, 0.95];

/// All models, quick to train.
fn quick() -> Vec<Box<dyn Forecaster>> {
    let boosting = GradientBoostingConfig { horizon: 16, trees: 15, ..GradientBoostingConfig::default() };
    let lstm = LstmConfig { horizon: 16, hidden: 5, steps: 20, ..LstmConfig::default() };
    let tcn = TcnConfig { horizon: 16, channels: 4, blocks: 3, steps: 20, ..TcnConfig::default() };
    let hybrid = HybridConfig { horizon: 16, hidden: 5, steps: 20, trees: 15, ..HybridConfig::default() };
    vec![
        Box::new(GradientBoosting::new(boosting).unwrap()),
        Box::new(Lstm::new(lstm).unwrap()),
        Box::new(Tcn::new(tcn).unwrap()),
        Box::new(Hybrid::new(hybrid).unwrap()),
    ]
}

/// A load with a daily shape, a wandering level and Poisson noise, in steps of 30 minutes.
fn daily(length: usize, seed: u64) -> Series {
    let mut random = Random::new(seed);
    let mut wander = 0.0;
    let value = |i: usize| {
        let day = std::f64::consts::TAU * i as f64 / 48.0;
        wander = 0.9 * wander + 0.05 * random.normal();
        random.poisson(200.0 * (1.5 + day.sin() + 0.4 * (2.0 * day).cos()).max(0.1) * (1.0 + wander).max(0.1))
    };
    Series::new((0..length).map(value).collect(), 1_700_000_000_000, 1800.0).unwrap()
}

fn part(series: &Series, length: usize) -> Series {
    Series::new(series.values()[..length].to_vec(), series.start(), series.step_seconds()).unwrap()
}

/// Mean absolute error at some steps ahead over rolling origins, and the coverage of the 80 % interval.
fn rolled(model: &mut dyn Forecaster, series: &Series, from: usize, ahead: &[usize]) -> (Vec<f64>, f64) {
    model.fit(&part(series, from), None).unwrap();
    let (mut errors, mut covered, mut count) = (vec![0.0; ahead.len()], 0.0, 0.0);
    let farthest = ahead.iter().copied().max().unwrap();
    for at in from..series.len() - farthest {
        let forecast = model.forecast(farthest, &LEVELS, None).unwrap();
        let (lower, upper) = (forecast.lower(0.8).unwrap(), forecast.upper(0.8).unwrap());
        for (error, ahead) in errors.iter_mut().zip(ahead) {
            let actual = series.values()[at + ahead - 1];
            *error += (actual - forecast.mean()[ahead - 1]).abs();
            covered += f64::from(lower[ahead - 1] <= actual && actual <= upper[ahead - 1]);
            count += 1.0;
        }
        model.update(series.values()[at], None).unwrap();
    }
    (errors, covered / count)
}

#[test]
fn each_beats_the_plain_models_at_every_horizon_on_a_daily_load() {
    let (series, from, ahead) = (daily(1600, 1), 1200, [1, 4, 16]);
    let (naive, _) = rolled(&mut SeasonalNaive::new(48).unwrap(), &series, from, &ahead);
    let (average, _) = rolled(&mut MovingAverage::new(3).unwrap(), &series, from, &ahead);
    for mut model in quick() {
        let (errors, coverage) = rolled(&mut *model, &series, from, &ahead);
        for ((error, naive), average) in errors.iter().zip(&naive).zip(&average) {
            assert!(*error < 0.85 * naive.min(*average), "{}: {errors:?}, {naive} {average}", model.name());
        }
        assert!((0.7..0.92).contains(&coverage), "{}: coverage {coverage}", model.name());
    }
}

/// A load of which a threshold rules the sequence (it climbs, and falls at once), with sales in the evening of some days and
/// dear hours around noon of others: features are whether there is a sale, and the price.
fn sales(length: usize) -> (Series, Vec<f64>) {
    let mut random = Random::new(9);
    let days: Vec<[f64; 2]> =
        (0..length / 48 + 1).map(|_| [f64::from(random.unit() < 0.3), random.unit()]).collect();
    let (mut state, mut values, mut features) = (0.0, Vec::new(), Vec::new());
    for i in 0..length {
        let (hour, [sale, price]) = (i % 48, days[i / 48]);
        state = if state > 0.6 { -0.8 } else { state + 0.12 + 0.02 * random.normal() };
        let evening = if sale > 0.0 && price > 0.4 && (34..44).contains(&hour) { 250.0 } else { 0.0 };
        let noon = if price < 0.3 && (16..24).contains(&hour) { -150.0 } else { 0.0 };
        let shape = 300.0 + 60.0 * (std::f64::consts::TAU * hour as f64 / 48.0).sin();
        values.push(shape + 100.0 * state + evening + noon + 5.0 * random.normal());
        features.extend([sale, price]);
    }
    (Series::new(values, 1_700_006_400_000, 1800.0).unwrap(), features)
}

#[test]
fn the_hybrid_beats_either_part_where_sequence_and_events_both_matter() {
    let (series, features) = sales(2000);
    let (from, horizon) = (1700, 4);
    let rows = |range: std::ops::Range<usize>| {
        Rows::new("features", &features[2 * range.start..2 * range.end], 2).unwrap()
    };
    let error = |model: &mut dyn Forecaster| {
        model.fit(&part(&series, from), Some(rows(0..from))).unwrap();
        let mut error = 0.0;
        for at in from..series.len() - horizon {
            let forecast = model.forecast(horizon, &LEVELS, Some(rows(at..at + horizon))).unwrap();
            let actual = &series.values()[at..at + horizon];
            error +=
                forecast.mean().iter().zip(actual).map(|(mean, actual)| (mean - actual).abs()).sum::<f64>();
            model.update(series.values()[at], rows(at..at + 1).get(0)).unwrap();
        }
        error
    };
    let boosting = GradientBoostingConfig { horizon, ..GradientBoostingConfig::default() };
    let boosted = error(&mut GradientBoosting::new(boosting).unwrap());
    let lstm = LstmConfig { horizon, hidden: 16, steps: 300, ..LstmConfig::default() };
    let lstm = error(&mut Lstm::new(lstm).unwrap());
    let hybrid = HybridConfig { horizon, hidden: 16, steps: 300, ..HybridConfig::default() };
    let hybrid = error(&mut Hybrid::new(hybrid).unwrap());
    assert!(hybrid < 0.98 * boosted.min(lstm), "hybrid {hybrid}, boosting {boosted}, LSTM {lstm}");
}

#[test]
fn strange_series_are_learned_or_refused_and_never_give_strange_forecasts() {
    let mut random = Random::new(2);
    let mut noise = |i: usize| 50.0 + 10.0 * (i as f64 / 7.6).sin() + random.normal();
    let usual: Vec<f64> = (0..300).map(&mut noise).collect();
    let with = |at: usize, value: f64| {
        let mut values = usual.clone();
        values[at] = value;
        values
    };
    let cases: Vec<(&str, Vec<f64>)> = vec![
        ("zeros", vec![0.0; 300]),
        ("a constant", vec![7.5; 300]),
        ("a huge constant", vec![1e300; 300]),
        ("the largest", vec![f64::MAX; 300]),
        ("wild", (0..300).map(|i| if i % 2 == 0 { f64::MAX } else { f64::MIN }).collect()),
        ("the smallest", (0..300).map(|i| f64::from(i % 5) * f64::MIN_POSITIVE).collect()),
        ("one wild value", with(200, 1e300)),
        ("one at the end", with(299, 1e300)),
        ("one at the start", with(0, -1e300)),
        ("a step", (0..300).map(|i| if i < 250 { 1.0 } else { 1000.0 }).collect()),
        ("negative", usual.iter().map(|value| value - 100.0).collect()),
        ("mostly missing", (0..7000).map(|i| if i % 100 == 3 { usual[i % 300] } else { f64::NAN }).collect()),
        ("half missing", (0..300).map(|i| if i < 150 { usual[i] } else { f64::NAN }).collect()),
        ("short", usual[..64].to_vec()),
    ];
    for (what, values) in cases {
        let series = Series::new(values.clone(), 0, 3600.0).unwrap();
        for mut model in quick() {
            if let Err(error) = model.fit(&series, None) {
                assert!(matches!(error, Error::NotReady { .. }), "{what}, {}: {error}", model.name());
                continue;
            }
            for value in [f64::NAN, values[values.len() / 2], 1e300, 3.0, 3.0, -1e308] {
                model.update(value, None).unwrap();
                let forecast = model.forecast(40, &LEVELS, None).unwrap();
                for q in [0.01, 0.5, 0.99] {
                    let quantile = forecast.quantile(q).unwrap();
                    assert!(
                        quantile.iter().chain(forecast.mean()).all(|x| x.is_finite()),
                        "{what}, {}",
                        model.name()
                    );
                }
            }
        }
    }
}

#[test]
fn one_wild_value_does_no_lasting_harm() {
    let series = daily(800, 6);
    let mut spoiled = series.values().to_vec();
    spoiled[500] = 1e300;
    let spoiled = Series::new(spoiled, series.start(), series.step_seconds()).unwrap();
    for mut model in quick() {
        let (plain, _) = rolled(&mut *model, &series, 600, &[1, 8]);
        let (harmed, _) = rolled(&mut *model, &spoiled, 600, &[1, 8]);
        assert!(
            harmed.iter().zip(&plain).all(|(h, p)| *h < 1.5 * p),
            "{}: {harmed:?} {plain:?}",
            model.name()
        );
    }
}

#[test]
fn too_little_data_says_how_much_is_needed_and_changes_nothing() {
    let series = daily(300, 3);
    for mut model in quick() {
        let unfitted = model.forecast(1, &[], None).unwrap_err().to_string();
        assert!(unfitted.contains("at least 1 known value"), "{unfitted}");
        model.update(3.0, None).unwrap();
        assert!(model.forecast(1, &[], None).unwrap_err().to_string().contains("64"));
        model.fit(&series, None).unwrap();
        let before = model.snapshot().unwrap();
        let error = model.fit(&daily(63, 1), None).unwrap_err();
        assert!(error.to_string().contains("needs at least 64 known values"), "{error}");
        assert!(model.update(f64::INFINITY, None).is_err() && model.update(1.0, Some(&[1.0])).is_err());
        assert!(model.forecast(0, &[], None).is_err() && model.forecast(1, &[1.0], None).is_err());
        assert_eq!(model.snapshot().unwrap(), before);
    }
}

#[test]
fn a_restored_model_goes_on_bit_for_bit_and_a_seed_fixes_everything() {
    let (series, features) = sales(500);
    let rows = Rows::new("features", &features, 2).unwrap();
    for (mut model, mut twin) in quick().into_iter().zip(quick()) {
        model.fit(&series, Some(rows)).unwrap();
        twin.fit(&series, Some(rows)).unwrap();
        assert_eq!(model.snapshot().unwrap(), twin.snapshot().unwrap());
        let bytes = model.snapshot().unwrap();
        let mut restored = restore(&bytes).unwrap();
        assert_eq!((restored.name(), restored.snapshot().unwrap()), (model.name(), bytes.clone()));
        for i in 0..40 {
            let value = if i % 7 == 0 { f64::NAN } else { 300.0 + f64::from(i) };
            for model in [&mut model, &mut restored] {
                model.update(value, Some(&[f64::from(i % 2), 0.5])).unwrap();
                model.skip(u64::from(i == 20) * 10_000).unwrap();
            }
        }
        assert_eq!(model.snapshot().unwrap(), restored.snapshot().unwrap());
        let ahead = Rows::new("features", &[1.0; 40], 2).unwrap();
        assert_eq!(
            model.forecast(20, &LEVELS, Some(ahead)).unwrap(),
            restored.forecast(20, &LEVELS, Some(ahead)).unwrap()
        );
        assert!(model.parameters()["learned"]["columns"].as_array().unwrap().len() > 20);
        assert!(restore(&bytes[..bytes.len() - 1]).is_err());
    }
}

#[test]
fn gaps_keep_the_season() {
    let series = daily(1000, 8);
    let exact: Vec<f64> = (0..48).map(|i| series.values()[1000 - 48 + i]).collect();
    for mut model in quick() {
        model.fit(&series, None).unwrap();
        // Two weeks and a quarter of a day later.
        model.skip(14 * 48 + 12).unwrap();
        let forecast = model.forecast(48, &LEVELS, None).unwrap();
        let (start, step) = (series.start(), 1_800_000);
        assert_eq!(forecast.times()[0], start + (1000 + 14 * 48 + 12) * step);
        let expected = (0..48).map(|i| exact[(i + 12) % 48]);
        let error: f64 = forecast.mean().iter().zip(expected).map(|(mean, e)| (mean - e).abs()).sum();
        assert!(error < 0.4 * exact.iter().sum::<f64>(), "{}: {error}", model.name());
    }
}

#[test]
fn quantiles_never_cross_and_a_load_stays_above_zero() {
    let low: Vec<f64> = {
        let mut random = Random::new(12);
        (0..400).map(|i| random.poisson(0.4 + 0.3 * (f64::from(i) / 4.0).sin())).collect()
    };
    let series = Series::new(low, 0, 3600.0).unwrap();
    for mut model in quick() {
        model.fit(&series, None).unwrap();
        let forecast = model.forecast(30, &LEVELS, None).unwrap();
        let mut before = vec![0.0; 30];
        for i in 1..100 {
            let quantile = forecast.quantile(f64::from(i) / 100.0).unwrap();
            assert!(quantile.iter().zip(&before).all(|(now, before)| now >= before), "{}", model.name());
            before = quantile;
        }
    }
}

#[test]
fn bad_settings_are_refused_by_name() {
    let named = |result: crate::Result<()>, field: &str| {
        let error = result.unwrap_err();
        assert!(matches!(&error, Error::Config { field: named, .. } if named == field), "{field}: {error}");
    };
    let boosting = |config: GradientBoostingConfig| GradientBoosting::new(config).map(|_| ());
    let default = GradientBoostingConfig::default;
    named(boosting(GradientBoostingConfig { horizon: 0, ..default() }), "horizon");
    named(boosting(GradientBoostingConfig { horizon: usize::MAX, ..default() }), "horizon");
    named(boosting(GradientBoostingConfig { periods: Some(vec![24, 1]), ..default() }), "periods");
    named(boosting(GradientBoostingConfig { periods: Some(vec![24; 5]), ..default() }), "periods");
    named(boosting(GradientBoostingConfig { leaves: 1, ..default() }), "leaves");
    named(boosting(GradientBoostingConfig { trees: 10_001, ..default() }), "trees");
    named(boosting(GradientBoostingConfig { rows_in_leaf: 0, ..default() }), "rows_in_leaf");
    named(boosting(GradientBoostingConfig { learning_rate: f64::NAN, ..default() }), "learning_rate");
    named(Lstm::new(LstmConfig { hidden: 0, ..LstmConfig::default() }).map(|_| ()), "hidden");
    named(Lstm::new(LstmConfig { steps: 100_001, ..LstmConfig::default() }).map(|_| ()), "steps");
    named(Tcn::new(TcnConfig { kernel: 1, ..TcnConfig::default() }).map(|_| ()), "kernel");
    named(Tcn::new(TcnConfig { blocks: 9, ..TcnConfig::default() }).map(|_| ()), "blocks");
    named(Tcn::new(TcnConfig { channels: 129, ..TcnConfig::default() }).map(|_| ()), "channels");
    named(Hybrid::new(HybridConfig { hidden: 257, ..HybridConfig::default() }).map(|_| ()), "hidden");
    assert!(serde_json::from_str::<HybridConfig>(r#"{"tree": 1}"#).is_err());
    assert_eq!(serde_json::from_str::<TcnConfig>("{}").unwrap(), TcnConfig::default());
}

/// A load with a daily shape that doubles while exactly one of two events lasts; the events are the features.
fn doubled(length: usize) -> (Series, Vec<f64>) {
    let mut random = Random::new(21);
    let (mut events, mut features, mut values) = ([0.0; 2], Vec::new(), Vec::new());
    for i in 0..length {
        if i % 6 == 0 {
            events = [0; 2].map(|_| f64::from(random.unit() < 0.3));
        }
        let shape = 200.0 + 50.0 * (std::f64::consts::TAU * i as f64 / 48.0).sin();
        let level = if events[0] == events[1] { 1.0 } else { 2.0 };
        values.push(level * shape * (1.0 + 0.03 * random.normal()));
        features.extend(events);
    }
    (Series::new(values, 1_700_006_400_000, 1800.0).unwrap(), features)
}

#[test]
fn the_hybrid_foresees_an_event_that_the_sequence_cannot_tell() {
    let (series, features) = doubled(1500);
    let (from, horizon) = (1200, 6);
    let rows = |range: std::ops::Range<usize>| {
        Rows::new("features", &features[2 * range.start..2 * range.end], 2).unwrap()
    };
    // Mean relative error of forecasts made right before the load doubles.
    let error = |model: &mut dyn Forecaster, told: bool| {
        let own = |range| told.then(|| rows(range));
        model.fit(&part(&series, from), own(0..from)).unwrap();
        let (mut error, mut count) = (0.0, 0.0);
        for at in from..series.len() - horizon {
            // The events change every six steps: these forecasts begin with the change.
            if at % 6 == 0 {
                let forecast = model.forecast(horizon, &LEVELS, own(at..at + horizon)).unwrap();
                let actual = &series.values()[at..at + horizon];
                if features[2 * at] != features[2 * at + 1] {
                    error +=
                        forecast.mean().iter().zip(actual).map(|(m, a)| (m / a - 1.0).abs()).sum::<f64>();
                    count += horizon as f64;
                }
            }
            model.update(series.values()[at], own(at..at + 1).and_then(|rows| rows.get(0))).unwrap();
        }
        error / count
    };
    let lstm = || Lstm::new(LstmConfig { horizon, hidden: 8, steps: 300, ..LstmConfig::default() }).unwrap();
    let hybrid = HybridConfig { horizon, hidden: 8, steps: 300, ..HybridConfig::default() };
    let mut hybrid = Hybrid::new(hybrid).unwrap();
    let (of_hybrid, of_sequence) = (error(&mut hybrid, true), error(&mut lstm(), false));
    let of_lstm = error(&mut lstm(), true);
    let all = format!("hybrid {of_hybrid}, LSTM told of the events {of_lstm}, not told {of_sequence}");
    assert!(of_hybrid < 0.1 && of_hybrid < 0.8 * of_lstm && of_sequence > 0.25, "{all}");
    let learned = &hybrid.parameters()["learned"]["correction"];
    for feature in ["feature_0", "feature_1"] {
        assert!(learned["trees"]["splits"][feature].as_u64() > Some(0), "{learned}");
    }
}

#[test]
fn a_fit_may_be_stopped_and_then_nothing_has_changed() {
    let series = daily(300, 3);
    for mut model in quick() {
        model.fit(&series, None).unwrap();
        let before = model.snapshot().unwrap();
        let mut shares = Vec::new();
        model
            .fit_with_progress(&series, None, &mut |share| {
                shares.push(share);
                true
            })
            .unwrap();
        assert!(
            shares.len() > 10 && shares.is_sorted() && shares.iter().all(|s| (0.0..=1.0).contains(s)),
            "{shares:?}"
        );
        assert_eq!(model.snapshot().unwrap(), before, "the same training");
        for last in [1, shares.len() / 2, shares.len()] {
            let mut asked = 0;
            let stopped = model.fit_with_progress(&daily(200, 1), None, &mut |_| {
                asked += 1;
                asked < last.min(20)
            });
            assert!(matches!(stopped, Err(Error::Stopped { .. })), "{stopped:?}");
            assert_eq!(model.snapshot().unwrap(), before);
        }
    }
}

#[test]
fn sizes_that_no_memory_holds_are_refused() {
    let long = Series::new(vec![1.0; 2_000_000], 0, 60.0).unwrap();
    let series = daily(300, 3);
    let numbers = vec![1.0; 300 * 300];
    for mut model in quick() {
        let error = model.fit(&long, None).unwrap_err().to_string();
        assert!(error.starts_with("series: has 2000000 values, too many"), "{error}");
        let wide = Rows::new("features", &numbers, 300).unwrap();
        let error = model.fit(&series, Some(wide)).unwrap_err().to_string();
        assert!(error.starts_with("features: 300 of them"), "{error}");
        model.fit(&series, None).unwrap();
        let error = model.forecast(1_000_001, &[], None).unwrap_err().to_string();
        assert!(error.starts_with("horizon: must be 1 to 1000000 steps"), "{error}");
        assert_eq!(model.forecast(5000, &[], None).unwrap().mean().len(), 5000);
    }
}

#[test]
fn snapshots_with_flipped_bits_are_refused_even_under_a_right_checksum_or_do_no_harm() {
    let mut random = Random::new(33);
    for mut model in quick() {
        model.fit(&daily(300, 3), None).unwrap();
        let bytes = model.snapshot().unwrap();
        let mut refused = 0;
        for trial in 0..1500 {
            let mut damaged = bytes.clone();
            // The sizes lie at both ends, weights in between.
            let at = match trial {
                0..300 => trial,
                300..600 => bytes.len() - 1 - (trial - 300),
                _ => random.below(bytes.len() as u64) as usize,
            };
            damaged[at] ^= 1 << random.below(8);
            if trial % 3 == 0 {
                damaged[at] = if trial % 2 == 0 { 0xff } else { 0 };
            }
            if damaged != bytes {
                assert!(restore(&damaged).is_err(), "{}: byte {at}", model.name());
            }
            let mut checksum = crc32fast::Hasher::new();
            checksum.update(&damaged[..24]);
            checksum.update(&damaged[28..]);
            damaged[24..28].copy_from_slice(&checksum.finalize().to_le_bytes());
            match restore(&damaged) {
                Ok(mut restored) => {
                    for value in [100.0, f64::NAN, 120.0] {
                        let _ = restored.update(value, None);
                    }
                    let _ = restored.forecast(20, &LEVELS, None);
                    let _ = (restored.skip(100), restored.snapshot(), restored.parameters());
                }
                Err(error) => {
                    assert!(matches!(error, Error::Snapshot { .. }), "{error}");
                    refused += 1;
                }
            }
        }
        assert!(refused > 50, "{}: {refused}", model.name());
    }
}
