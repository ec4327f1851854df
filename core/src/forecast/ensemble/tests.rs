use super::*;
use crate::forecast::{Custom, CustomForecast, CustomModel, MovingAverage, SeasonalNaive, normal_quantile};
use crate::random::Random;

fn daily(days: usize, noise: f64, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    let shape = |i: usize| 100.0 + 60.0 * (std::f64::consts::TAU * (i % 288) as f64 / 288.0).sin();
    (0..days * 288).map(|i| (shape(i) + noise * random.normal()).max(0.0)).collect()
}

fn fed(values: &[f64], step_seconds: f64) -> Ensemble {
    let mut ensemble = Ensemble::default();
    ensemble.fit(&Series::new(values.to_vec(), 0, step_seconds).unwrap(), None).unwrap();
    ensemble
}

#[test]
fn scores_are_those_of_the_probabilities() {
    for (score, p) in SCORES.iter().zip(PROBABILITIES) {
        assert!((score - normal_quantile(p).unwrap()).abs() < 1e-12, "{p}");
    }
}

#[test]
fn a_day_is_learned_and_followed() {
    let values = daily(8, 3.0, 1);
    let (past, future) = values.split_at(7 * 288);
    let forecast = fed(past, 300.0).forecast(288, &[0.8], None).unwrap();
    let error: f64 = forecast.mean().iter().zip(future).map(|(f, y)| (f - y).abs()).sum::<f64>() / 288.0;
    assert!(error < 1.25 * 3.0 * 0.8, "{error}");
    let (low, high) = (forecast.lower(0.8).unwrap(), forecast.upper(0.8).unwrap());
    let covered = (0..288).filter(|i| low[*i] <= future[*i] && future[*i] <= high[*i]).count();
    assert!((180..=275).contains(&covered), "{covered}");
}

#[test]
fn updates_and_a_fit_come_to_the_same_bits_and_go_on_from_a_snapshot() {
    let values = daily(3, 5.0, 2);
    let mut streamed = Ensemble::default();
    streamed.fit(&Series::new(values[..1].to_vec(), 0, 300.0).unwrap(), None).unwrap();
    values[1..].iter().for_each(|value| streamed.update(*value, None).unwrap());
    let fitted = fed(&values, 300.0);
    assert_eq!(streamed.snapshot().unwrap(), fitted.snapshot().unwrap());
    let mut restored = Ensemble::restore(&fitted.snapshot().unwrap()).unwrap();
    let mut going_on = fitted;
    for value in daily(1, 5.0, 3) {
        restored.update(value, None).unwrap();
        going_on.update(value, None).unwrap();
    }
    assert_eq!(restored.forecast(100, &[0.5], None).unwrap(), going_on.forecast(100, &[0.5], None).unwrap());
}

#[test]
fn coverage_is_as_promised_also_after_a_shift_of_level() {
    let mut random = Random::new(4);
    let mut ensemble = Ensemble::default();
    let (mut covered, mut count) = ([0.0; 2], 0.0);
    for i in 0..12_000 {
        let level = if (i / 3_000) % 2 == 0 { 50.0 } else { 400.0 };
        let value = random.poisson(level);
        if i > 300 {
            let forecast = ensemble.forecast(1, &[], None).unwrap();
            for (sum, interval) in covered.iter_mut().zip([0.8, 0.95]) {
                let inside = forecast.lower(interval).unwrap()[0] <= value
                    && value <= forecast.upper(interval).unwrap()[0];
                *sum += f64::from(inside);
            }
            count += 1.0;
        }
        ensemble.update(value, None).unwrap();
    }
    assert!((covered[0] / count - 0.8).abs() < 0.02, "{covered:?} of {count}");
    assert!((covered[1] / count - 0.95).abs() < 0.02, "{covered:?} of {count}");
}

#[test]
fn a_new_service_knows_its_day_from_others() {
    let others: Vec<Series> =
        (0..3).map(|seed| Series::new(daily(4, 8.0, 10 + seed), 0, 300.0).unwrap()).collect();
    let shape = pooled_shape(&others.iter().collect::<Vec<_>>(), 86_400.0).unwrap();
    let values = daily(1, 3.0, 20);
    let error = |warm: bool| {
        let mut ensemble = Ensemble::default();
        if warm {
            ensemble.warm_start(&shape, 86_400.0).unwrap();
        }
        ensemble.fit(&Series::new(values[..72].to_vec(), 0, 300.0).unwrap(), None).unwrap();
        let forecast = ensemble.forecast(72, &[], None).unwrap();
        let medians = forecast.quantile(0.5).unwrap();
        medians.iter().zip(&values[72..]).map(|(f, y)| (f - y).abs()).sum::<f64>() / 72.0
    };
    assert!(error(true) < 0.5 * error(false), "{} {}", error(true), error(false));
    assert!(Ensemble::default().warm_start(&[1.0], 60.0).is_err());
    assert!(Ensemble::default().warm_start(&[1.0, -1.0], 60.0).is_err());
}

#[test]
fn a_member_that_knows_better_is_listened_to_and_refits_stay_within_budget() {
    let period = 37;
    let mut random = Random::new(7);
    let shape: Vec<f64> = (0..period).map(|_| 100.0 * random.unit()).collect();
    let values: Vec<f64> = (0..2_000).map(|i| shape[i % period] + random.unit()).collect();
    let member: Box<dyn Forecaster> = Box::new(SeasonalNaive::new(period).unwrap());
    let mut ensemble = Ensemble::new(EnsembleConfig::default(), vec![member.clone(), member]).unwrap();
    ensemble.fit(&Series::new(values[..1_960].to_vec(), 0, 60.0).unwrap(), None).unwrap();
    let forecast = ensemble.forecast(40, &[], None).unwrap();
    let error: f64 =
        forecast.mean().iter().zip(&values[1_960..]).map(|(f, y)| (f - y).abs()).sum::<f64>() / 40.0;
    assert!(error < 3.0, "{error}");
    let mut seconds = 0.0;
    let mut clock = || {
        seconds += 0.5;
        seconds
    };
    assert_eq!(ensemble.refit(100.0, &mut clock).unwrap().len(), 2);
    assert!(ensemble.refit(1.1, &mut clock).unwrap().len() <= 1);
    assert!(ensemble.refit(-1.0, &mut clock).is_err());
    let restored = Ensemble::restore(&ensemble.snapshot().unwrap()).unwrap();
    assert_eq!(restored.forecast(9, &[], None).unwrap(), ensemble.forecast(9, &[], None).unwrap());
}

#[test]
fn the_first_values_give_wide_intervals() {
    let mut ensemble = Ensemble::default();
    assert!(ensemble.forecast(1, &[], None).is_err());
    for value in [100.0, 104.0, 97.0] {
        ensemble.update(value, None).unwrap();
    }
    let forecast = ensemble.forecast(12, &[], None).unwrap();
    for i in 0..12 {
        assert!((80.0..120.0).contains(&forecast.mean()[i]), "{:?}", forecast.mean());
        assert!(forecast.upper(0.95).unwrap()[i] - forecast.lower(0.95).unwrap()[i] > 7.0);
    }
}

#[test]
fn a_job_every_twenty_minutes_is_found_and_foreseen_hours_ahead() {
    let mut random = Random::new(8);
    let rate = |i: usize| if i % 20 < 3 { 33.0 } else { 8.0 };
    let values: Vec<f64> = (0..1_500).map(|i| random.poisson(rate(i) * 60.0)).collect();
    let error = |ensemble: &Ensemble| {
        let forecast = ensemble.forecast(240, &[], None).unwrap();
        let truth = (1_500..).map(|i| rate(i) * 60.0);
        forecast.mean().iter().zip(truth).map(|(f, y)| (f - y).abs()).sum::<f64>() / 240.0
    };
    let found = fed(&values, 60.0);
    assert!(error(&found) < 15.0, "{}", error(&found));
    assert_eq!(found.parameters()["found_seasons_seconds"], serde_json::json!([1_200.0]));
    let config = EnsembleConfig { seasons_seconds: Some(vec![86_400.0]), ..EnsembleConfig::default() };
    let mut told = Ensemble::new(config, Vec::new()).unwrap();
    told.fit(&Series::new(values.clone(), 0, 60.0).unwrap(), None).unwrap();
    assert!(error(&told) > 10.0 * error(&found));
    let noise: Vec<f64> = (0..1_500).map(|_| random.poisson(100.0)).collect();
    assert_eq!(fed(&noise, 60.0).parameters()["found_seasons_seconds"], serde_json::json!([]));
    let restored = Ensemble::restore(&found.snapshot().unwrap()).unwrap();
    assert_eq!(restored.forecast(30, &[], None).unwrap(), found.forecast(30, &[], None).unwrap());
}

#[test]
fn memory_is_bounded_and_bad_settings_are_refused() {
    let values: Vec<f64> = (0..16 * 1_440).map(|i| f64::from(i % 1_440)).collect();
    let bytes = fed(&values, 60.0).snapshot().unwrap().len();
    assert!(bytes <= 48 * 1024, "{bytes}");
    for seasons_seconds in [vec![0.0], vec![5.0, 4.0], vec![f64::NAN], vec![1.0, 2.0, 3.0, 4.0]] {
        let config = EnsembleConfig { seasons_seconds: Some(seasons_seconds), ..EnsembleConfig::default() };
        assert!(Ensemble::new(config, Vec::new()).is_err());
    }
}

/// Forecasts the mean of what it was fitted to, whatever comes later, or the square of the first feature.
#[derive(Debug, Clone)]
struct Stubborn {
    mean: f64,
    squares: bool,
}

impl CustomModel for Stubborn {
    fn name(&self) -> &str {
        "stubborn"
    }

    fn fit(&mut self, series: &Series, _: Option<Rows<'_>>) -> Result<()> {
        let known = || series.values().iter().filter(|value| !value.is_nan());
        self.mean = known().sum::<f64>() / known().count() as f64;
        Ok(())
    }

    fn update(&mut self, _: f64, _: Option<&[f64]>) -> Result<()> {
        Ok(())
    }

    fn forecast(&self, horizon: usize, features: Option<Rows<'_>>) -> Result<CustomForecast> {
        let square = |i: usize| features.and_then(|rows| rows.get(i)).map_or(f64::NAN, |row| row[0] * row[0]);
        let mean = (0..horizon).map(|i| if self.squares { square(i) } else { self.mean }).collect();
        Ok(CustomForecast::Normal { mean, standard_deviation: vec![1.0; horizon] })
    }

    fn snapshot(&self) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn copy(&self) -> Result<Box<dyn CustomModel>> {
        Ok(Box::new(self.clone()))
    }
}

fn with_member(member: impl Forecaster + 'static) -> Ensemble {
    Ensemble::new(EnsembleConfig::default(), vec![Box::new(member)]).unwrap()
}

fn stubborn(squares: bool) -> Ensemble {
    with_member(Custom::new(Stubborn { mean: 0.0, squares }))
}

/// Feeds noise around a level.
fn feed(ensemble: &mut Ensemble, random: &mut Random, level: f64, count: usize) {
    (0..count).for_each(|_| ensemble.update(level + 5.0 * random.normal(), None).unwrap());
}

#[test]
fn a_member_sees_the_features_and_is_judged_with_them_at_every_horizon() {
    let mut random = Random::new(21);
    let features: Vec<f64> = (0..912).map(|_| 20.0 * random.unit() - 10.0).collect();
    let values: Vec<f64> = features[..900].iter().map(|x| x * x + 0.5 * random.normal()).collect();
    let rows = |from: usize, to: usize| Rows::new("features", &features[from..to], 1).unwrap();
    let mut ensemble = stubborn(true);
    let head = Series::new(values[..400].to_vec(), 0, 60.0).unwrap();
    ensemble.fit(&head, Some(rows(0, 400))).unwrap();
    for i in 400..900 {
        ensemble.update(values[i], Some(&features[i..=i])).unwrap();
    }
    let forecast = ensemble.forecast(12, &[], Some(rows(900, 912))).unwrap();
    for (mean, x) in forecast.mean().iter().zip(&features[900..]) {
        assert!((mean - x * x).abs() < 2.0 + 0.1 * x * x, "{mean} for {}", x * x);
    }
    assert!(ensemble.update(1.0, None).is_err());
}

#[test]
fn copies_that_wait_for_their_features_are_saved() {
    let mut random = Random::new(22);
    let mut ensemble = with_member(MovingAverage::new(5).unwrap());
    let mut next = |ensembles: &mut [&mut Ensemble]| {
        let (x, noise) = (random.unit(), random.normal());
        let value = if noise > 2.0 { f64::NAN } else { 50.0 + 20.0 * x + noise };
        let row = [x];
        ensembles.iter_mut().for_each(|one| one.update(value, (noise < 2.5).then_some(&row)).unwrap());
    };
    (0..300).for_each(|_| next(&mut [&mut ensemble]));
    let mut restored = Ensemble::restore(&ensemble.snapshot().unwrap()).unwrap();
    (0..300).for_each(|_| next(&mut [&mut ensemble, &mut restored]));
    assert!(ensemble.snapshot().unwrap() == restored.snapshot().unwrap());
    let rows = Rows::new("features", &[0.5; 40], 1).unwrap();
    assert_eq!(ensemble.forecast(40, &[], Some(rows)), restored.forecast(40, &[], Some(rows)));
}

#[test]
fn a_change_makes_a_refit_due_and_the_refit_follows_it() {
    let mut random = Random::new(23);
    let mut ensemble = stubborn(false);
    let values = (0..600).map(|_| 100.0 + 5.0 * random.normal()).collect();
    ensemble.fit(&Series::new(values, 0, 60.0).unwrap(), None).unwrap();
    feed(&mut ensemble, &mut random, 100.0, 300);
    assert!(ensemble.refits_due().is_empty());
    feed(&mut ensemble, &mut random, 300.0, 300);
    assert_eq!(ensemble.refits_due(), [0]);
    let loss = |ensemble: &Ensemble| ensemble.parameters()["members"][0]["loss"].as_f64().unwrap();
    let before = loss(&ensemble);
    assert_eq!(ensemble.refit(1.0, &mut || 0.0).unwrap(), [0]);
    assert!(ensemble.refits_due().is_empty());
    assert_eq!(ensemble.parameters()["members"][0]["refit_interval"], 512);
    feed(&mut ensemble, &mut random, 300.0, 300);
    assert!(loss(&ensemble) < 0.05 * before, "{} after {before}", loss(&ensemble));
}

#[test]
fn where_nothing_changes_no_refit_is_due_and_one_that_does_not_pay_is_rarer() {
    let mut due = 0;
    for seed in 0..30 {
        let mut random = Random::new(100 + seed);
        let mut ensemble = stubborn(false);
        let values = (0..300).map(|_| 100.0 + 5.0 * random.normal()).collect();
        ensemble.fit(&Series::new(values, 0, 60.0).unwrap(), None).unwrap();
        feed(&mut ensemble, &mut random, 100.0, 1_000);
        due += ensemble.refits_due().len();
    }
    assert_eq!(due, 0);
    let mut random = Random::new(24);
    let mut ensemble = with_member(MovingAverage::new(5).unwrap());
    feed(&mut ensemble, &mut random, 100.0, 1_100);
    assert_eq!(ensemble.refits_due(), [0], "the first interval has passed");
    ensemble.refit(1.0, &mut || 0.0).unwrap();
    assert_eq!(ensemble.parameters()["members"][0]["refit_interval"], 2_048);
}

#[test]
fn a_refitted_copy_is_taken_over_after_what_came_since() {
    let mut random = Random::new(25);
    let mut ensemble = stubborn(false);
    feed(&mut ensemble, &mut random, 100.0, 500);
    let mut copy = ensemble.clone();
    copy.refit(1.0, &mut || 0.0).unwrap();
    feed(&mut ensemble, &mut random, 100.0, 20);
    ensemble.adopt(copy.clone()).unwrap();
    assert_eq!(ensemble.parameters()["members"][0]["replaced"], 1);
    assert!(ensemble.adopt(Ensemble::default()).is_err());
    let mut other = ensemble.clone();
    let series = Series::new((0..ensemble.experts.steps() + 9).map(|i| i as f64).collect(), 0, 60.0).unwrap();
    other.fit(&series, None).unwrap();
    let before = other.snapshot();
    assert!(other.adopt(copy.clone()).is_err(), "one that was fitted to something else since");
    assert_eq!(other.snapshot(), before);
    feed(&mut copy, &mut random, 100.0, 40);
    assert!(ensemble.adopt(copy).is_err(), "one from the future");
}

#[test]
fn a_million_updates_end_where_a_fit_to_the_last_of_them_does() {
    let mut random = Random::new(26);
    let mut value = |i: usize| {
        let phase = std::f64::consts::TAU * (i % 288) as f64 / 288.0;
        random.poisson(200.0 + 100.0 * phase.sin())
    };
    let mut ensemble = Ensemble::default();
    ensemble.fit(&Series::new(vec![value(0)], 0, 300.0).unwrap(), None).unwrap();
    let mut last = Vec::new();
    for i in 1..1_000_000 {
        let value = value(i);
        ensemble.update(value, None).unwrap();
        if i >= 960_000 {
            last.push(value);
        }
    }
    let mut fitted = Ensemble::default();
    fitted.fit(&Series::new(last, 960_000 * 300_000, 300.0).unwrap(), None).unwrap();
    let mut losses = [0.0; 2];
    let later: Vec<f64> = (1_000_000..1_003_000).map(value).collect();
    for (i, (now, then)) in later.iter().zip(&later[11..]).enumerate() {
        for (model, loss) in [&mut ensemble, &mut fitted].into_iter().zip(&mut losses) {
            if i % 3 == 0 {
                let forecast = model.forecast(12, &[], None).unwrap();
                let pinball = |q: f64| {
                    (then - forecast.quantile(q).unwrap()[11])
                        * (q - f64::from(*then < forecast.quantile(q).unwrap()[11]))
                };
                *loss += [0.05, 0.25, 0.5, 0.75, 0.95].map(pinball).iter().sum::<f64>();
            }
            model.update(*now, None).unwrap();
        }
    }
    assert!((losses[0] / losses[1] - 1.0).abs() < 0.02, "{losses:?}");
}

#[test]
fn doubt_beyond_the_horizons_judged_widens_the_law_and_leaves_its_mean() {
    let mut random = Random::new(31);
    let values: Vec<f64> = (0..60).map(|_| random.poisson(5.0)).collect();
    let forecast = fed(&values, 60.0).forecast(2_000, &[], None).unwrap();
    let (mean, upper) = (forecast.mean(), forecast.upper(0.9).unwrap());
    assert!((mean[1_999] / mean[9] - 1.0).abs() < 0.1, "{} {}", mean[9], mean[1_999]);
    assert!(upper[1_999] > 1.3 * upper[9], "{} {}", upper[9], upper[1_999]);
}

#[test]
fn wild_first_values_and_endless_gaps_leave_a_model_that_goes_on() {
    for wild in [1e78, 1e300, -1e300] {
        let mut ensemble = fed(&[wild, 5.0, wild, 6.0], 3_600.0);
        Ensemble::restore(&ensemble.snapshot().unwrap()).unwrap();
        (0..500).for_each(|i| ensemble.update(f64::from(i % 24), None).unwrap());
        assert!(ensemble.forecast(50, &[], None).unwrap().mean().iter().all(|mean| mean.is_finite()));
    }
    let mut ensemble = fed(&[5.0, 6.0, 7.0], 60.0);
    ensemble.skip(u64::MAX).unwrap();
    (0..5).for_each(|_| ensemble.update(6.0, None).unwrap());
    assert!(ensemble.forecast(3, &[], None).unwrap().mean().iter().all(|mean| mean.is_finite()));
}

/// What an ensemble that learned `values` times `unit` says of the next 48 steps: means and ends of the 95 % interval, over the unit.
fn said_in_unit(values: &[f64], unit: f64) -> Vec<f64> {
    let scaled: Vec<f64> = values.iter().map(|value| value * unit).collect();
    let forecast = fed(&scaled, 1800.0).forecast(48, &[0.95], None).unwrap();
    let (low, high) = (forecast.lower(0.95).unwrap(), forecast.upper(0.95).unwrap());
    forecast.mean().iter().chain(&low).chain(&high).map(|value| value / unit).collect()
}

#[test]
fn forecasts_do_not_depend_on_the_unit() {
    let mut random = Random::new(6);
    let shape = |i: usize| 1.0 + 0.3 * (std::f64::consts::TAU * i as f64 / 48.0).sin();
    let rough: Vec<f64> = (0..580).map(|i| shape(i) + 0.03 * random.normal()).collect();
    let counted: Vec<f64> = (0..580).map(|i| random.poisson(4.0 * shape(i))).collect();
    for values in [&rough, &counted] {
        let plain = said_in_unit(values, 1.0);
        for power in [-40, -10, 2, 20] {
            assert!(plain == said_in_unit(values, 2.0f64.powi(power)), "roots of 2^{power} are exact");
        }
        for unit in [0.002, 0.125, 1000.0] {
            let other = said_in_unit(values, unit);
            let differs = plain.iter().zip(&other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(differs < 0.01, "{unit}: {differs}");
        }
        let [low, high] = [96..144, 48..96].map(|part| plain[part].to_vec());
        assert!(low.iter().zip(&high).all(|(high, low)| high > low));
    }
}

#[test]
fn a_load_that_never_changes_is_forecast_as_it_is() {
    for value in [0.0, 7.0, 0.7, 1e-9, 1e9] {
        for (name, steps) in [("few", 3), ("many", 600)] {
            let forecast = fed(&vec![value; steps], 60.0).forecast(20, &[0.95], None).unwrap();
            let upper = forecast.upper(0.95).unwrap();
            for said in forecast.mean().iter().chain(&upper) {
                assert!((said - value).abs() <= 1e-9 * value + 1e-100, "{name} of {value}: {said}");
            }
        }
    }
}
