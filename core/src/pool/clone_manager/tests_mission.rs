//! Adaptive resource allocation by predictive container cloning, as it was asked for: a scenario for each thing that the clone manager is to do.

use super::tests::*;
use super::*;
use crate::forecast::{Forecaster, Hybrid, HybridConfig};
use crate::load::Series;
use crate::math::sin;
use crate::random::Random;
use crate::rows::Rows;

const DAY: i64 = 288;

/// Clones of program `a` that run.
fn running(manager: &CloneManager) -> u32 {
    manager.running("a").unwrap()
}

/// Input of the demand prediction: day of the week, where the season is told to be a week.
#[test]
fn weekends_are_foreseen_with_a_season_of_a_week() {
    // Given two weeks and five days of a program that is asked for three times as much at weekends.
    let rate = |step: i64| if (step / DAY) % 7 >= 5 { 30.0 } else { 10.0 };
    let saturday = 19 * DAY;
    let before_saturday = |season_seconds: f64| {
        let mut manager = manager(CloneManagerConfig { season_seconds, ..CloneManagerConfig::default() });
        steady(&mut manager, 0..saturday, "a", rate);
        running(&manager)
    };
    // When the third Saturday is about to begin, then its clones run.
    let clones = before_saturday(604_800.0);
    assert!((30..=40).contains(&clones), "{clones}");
    // With a season of a day they do not: that knows of no weekends.
    assert!(before_saturday(86_400.0) < 20);
}

/// The model of the document: LSTM for what the requests' own past says, gradient boosting for events, fitted by the host for a program that is worth it.
#[test]
fn a_hybrid_of_lstm_and_boosting_with_event_features_is_followed() {
    const HALF_HOUR: i64 = 1_800_000;
    const DAY: usize = 48;
    let config = CloneManagerConfig { step_seconds: 1800.0, ..CloneManagerConfig::default() };
    let now = 28 * DAY;
    // Given four weeks in which marketing campaigns, of six hours at any time of day, tripled what was asked for.
    let mut random = Random::stream(11, 0);
    let starts: Vec<usize> = (0..14).map(|two| 2 * two * DAY + random.below(DAY as u64) as usize).collect();
    let is_campaign = |step: usize| starts.iter().any(|start| (*start..*start + 12).contains(&step));
    let events: Vec<f64> = (0..now).map(|step| f64::from(u8::from(is_campaign(step)))).collect();
    let volume = |event: &f64| 18_000.0 * (1.0 + 2.0 * event) * (0.95 + 0.1 * random.unit());
    let past: Vec<f64> = events.iter().map(volume).collect();
    let settings = HybridConfig {
        horizon: 12,
        periods: Some(vec![DAY]),
        hidden: 4,
        steps: 60,
        trees: 30,
        ..HybridConfig::default()
    };
    let mut model = Hybrid::new(settings).unwrap();
    let features = Rows::new("features", &events, 1).unwrap();
    model.fit(&Series::new(past.clone(), 0, 1800.0).unwrap(), Some(features)).unwrap();
    // When its forecast of the next six hours is handed in, with a campaign from the fourth step on, or with none.
    let before_campaign = |campaign: f64| {
        let mut manager = manager(config);
        for (step, requests) in past.iter().enumerate() {
            manager.observe(step as i64 * HALF_HOUR + 1, "a", *requests).unwrap();
        }
        obey(&mut manager, now as i64 * HALF_HOUR);
        let coming: Vec<f64> = (0..12).map(|step| if step >= 4 { campaign } else { 0.0 }).collect();
        let said = model.forecast(12, &[0.9], Some(Rows::new("features", &coming, 1).unwrap())).unwrap();
        let steps = said.times().into_iter().zip(said.mean()).zip(said.upper(0.9).unwrap());
        let given = |((time, mean), upper): ((i64, &f64), f64)| GivenForecast { time, mean: *mean, upper };
        manager.set_forecast("a", &steps.map(given).collect::<Vec<_>>()).unwrap();
        let mut clones = Vec::new();
        for step in now as i64..now as i64 + 4 {
            manager.observe(step * HALF_HOUR + 1, "a", 18_000.0).unwrap();
            obey(&mut manager, (step + 1) * HALF_HOUR - 1);
            clones.push(running(&manager));
        }
        clones
    };
    // Then the campaign's clones run before it begins, and none more where there is no campaign.
    let (with, without) = (before_campaign(1.0), before_campaign(0.0));
    assert!(with[0] < 20 && with[3] >= 30, "{with:?}");
    assert!(without.iter().all(|clones| (10..20).contains(clones)), "{without:?}");
}

/// "Deallocate resources from idle containers."
#[test]
fn idle_clones_go_first() {
    // Given ten clones and more, of which one is idle since long, one since now, one fails, and one is idle no more.
    let mut manager = manager(CloneManagerConfig::default());
    steady(&mut manager, 0..20, "a", |_| 10.0);
    let all: Vec<u64> = manager.clones.iter().map(|(id, _)| id).collect();
    assert!(all.len() >= 10);
    manager.observe_use(all[5], 0.0).unwrap();
    manager.observe_use(all[2], 0.0).unwrap();
    manager.observe_use(all[2], 7.0).unwrap();
    manager.observe_health(all[1], false).unwrap();
    manager.observe(20 * STEP + 1, "a", 0.0).unwrap();
    manager.observe_use(all[3], 0.0).unwrap();
    manager.observe_use(all[5], 0.0).unwrap();
    // When less and less is asked for.
    let mut gone = Vec::new();
    for step in 20..40 {
        let given = GivenForecast { time: 0, mean: 0.0, upper: 300.0 * (30 - step).clamp(2, 10) as f64 };
        let forecast: Vec<GivenForecast> =
            (step..step + 4).map(|step| GivenForecast { time: step * STEP, ..given }).collect();
        manager.set_forecast("a", &forecast).unwrap();
        for action in obey(&mut manager, step * STEP + 2) {
            if let CloneAction::Remove { clone } = action {
                gone.push(clone);
            }
        }
    }
    // Then what fails goes, then what is idle, longest first, and then the newest; clones that are in use count as those nothing is said of.
    let first = [all[1], all[5], all[3]];
    let newest = all.iter().rev().copied().filter(|id| !first.contains(id));
    let expected: Vec<u64> = first.into_iter().chain(newest).collect();
    assert!(gone.len() > 6);
    assert_eq!(gone, expected[..gone.len()]);
    // What cannot be is refused, what is gone no matter.
    manager.observe_use(gone[0], 1.0).unwrap();
    let said = |result: Result<()>| result.unwrap_err().to_string();
    assert!(said(manager.observe_use(999, 1.0)).starts_with("clone: 999 was never created"));
    assert!(said(manager.observe_use(all[0], -1.0)).starts_with("requests: must be 0 to"));
    assert!(manager.is_whole());
}

/// "If predicted demand significantly exceeds actual demand, reduce the number of cloned containers": for good.
#[test]
fn what_over_prediction_gave_back_is_not_made_again() {
    // Given three days of a wave, and a forecast of the fourth.
    let wave = |step: i64| 30.0 + 20.0 * sin(std::f64::consts::TAU * step as f64 / DAY as f64);
    let mut manager = manager(CloneManagerConfig::default());
    steady(&mut manager, 0..3 * DAY, "a", wave);
    // When hardly anything comes.
    let mut counts = vec![running(&manager)];
    for step in 3 * DAY..3 * DAY + 36 {
        steady(&mut manager, step..step + 1, "a", |_| 2.0);
        counts.push(running(&manager));
    }
    // Then clones go, and none of them comes back.
    assert!(counts.is_sorted_by(|before, after| before >= after) && counts[36] <= 5, "{counts:?}");
    let reasons: Vec<CloneReason> = manager.journal().records().iter().map(|record| record.reason).collect();
    assert_eq!(reasons.last(), Some(&CloneReason::OverPrediction));
}

/// "Continuous retraining of the model using new request data ... to adapt to changing patterns."
#[test]
fn a_pattern_that_changes_is_learned_anew() {
    // Given six days with a peak from noon to six.
    let rate = |step: i64| match (step / DAY, step % DAY) {
        (..6, 144..216) | (6.., ..72) => 30.0,
        _ => 10.0,
    };
    let mut manager = manager(CloneManagerConfig::default());
    // When the peak comes at midnight instead for four days.
    steady(&mut manager, 0..9 * DAY + 143, "a", rate);
    let before_noon = running(&manager);
    steady(&mut manager, 9 * DAY + 143..10 * DAY - 1, "a", rate);
    let before_midnight = running(&manager);
    // Then its clones run before the next midnight, and none are there for the old peak at noon.
    assert!(before_midnight >= 30 && before_noon <= 14, "{before_midnight} {before_noon}");
}
