//! What the predictive load balancing module was asked to do: forecasts for each user and application, by the model that serves it
//! best, corrected by an agent; and recommendations by what is promised.

use super::tests::{DAY, STEP, config, recommending, record, wave};
use super::*;
use crate::forecast::{Arima, Forecaster};
use crate::load::Series;
use crate::pool::clone_manager::GivenForecast;
use crate::pool::demand::{Demand, Missed, Pace, SharedSeason};
use crate::pool::tiers::{QosProfile, Tier};
use crate::random::Random;

/// Two hundred steps of 1,000 requests per second from each of these users, who have these profiles; the load that each tier is to carry.
fn recommended(users: &[(&str, QosProfile)]) -> [f64; 3] {
    let mut balancer = LoadBalancer::new(recommending()).unwrap();
    for (user, profile) in users {
        balancer.set_profile(Some(user), "search", *profile).unwrap();
    }
    for step in 0..200 {
        for (user, _) in users {
            balancer.observe(&record(step, user, "search", 900_000.0)).unwrap();
        }
    }
    let recommendations = balancer.recommendations().unwrap();
    let load = |tier| recommendations.iter().find(|one| one.tier == tier).unwrap().load;
    Tier::ALL.map(load)
}

fn is_about(loads: [f64; 3], expected: [f64; 3]) -> bool {
    loads.iter().zip(expected).all(|(load, expected)| (load - expected).abs() < 20.0)
}

/// "Pre-provisioned based on predictions for high-priority users/applications."
#[test]
fn hot_is_made_ready_for_users_of_high_priority() {
    // Given two users of the same load and the same patience, one of them of high priority,
    let patient = QosProfile::default();
    let vip = QosProfile { priority: 9, ..patient };
    // then hot holds the load of that one, and the other's is left to cold units.
    let loads = recommended(&[("vip", vip), ("usual", patient)]);
    assert!(is_about(loads, [1000.0, 0.0, 1000.0]), "{loads:?}");
    // What counts as critical is a setting.
    let below = recommended(&[("vip", QosProfile { priority: 0, ..vip }), ("usual", patient)]);
    assert!(is_about(below, [0.0, 0.0, 2000.0]), "{below:?}");
}

/// "User-defined QoS profiles (latency targets, cost constraints)."
#[test]
fn nobody_is_foreseen_in_a_tier_that_costs_more_than_its_limit() {
    // Given 1,000 per second that cannot wait and take 9 CPU each: 900 instances of 10 CPU, for 900 an hour hot, 720 warm, 540 cold.
    let urgent = QosProfile { max_latency_seconds: Some(0.5), ..QosProfile::default() };
    for (limit, expected) in [
        (None, [1000.0, 0.0, 0.0]),
        (Some(901.0), [1000.0, 0.0, 0.0]),
        (Some(899.0), [0.0, 1000.0, 0.0]),
        (Some(719.0), [0.0, 0.0, 1000.0]),
        // Then for what no tier serves at that price nothing is held.
        (Some(0.0001), [0.0, 0.0, 1000.0]),
    ] {
        let loads = recommended(&[("a", QosProfile { cost_limit: limit, ..urgent })]);
        assert!(is_about(loads, expected), "{limit:?}: {loads:?}");
    }
    // A limit holds for high priority too.
    let vip = QosProfile { priority: 9, cost_limit: Some(719.0), ..urgent };
    let loads = recommended(&[("vip", vip)]);
    assert!(is_about(loads, [0.0, 0.0, 1000.0]), "{loads:?}");
}

/// "Time-series forecasting models trained on historical data to predict future resource demands per user/application."
#[test]
fn each_user_is_forecast_by_what_has_served_it_best() {
    // Given thirty days of a random walk, of a wave that comes every day, and of noise around one level,
    let mut balancer = LoadBalancer::new(config()).unwrap();
    let (mut random, mut walk) = (Random::stream(11, 0), 1000.0f64);
    for step in 0..30 * DAY {
        walk = (walk + 100.0 * (random.unit() - 0.5)).clamp(200.0, 5000.0);
        let noise = random.poisson(400.0);
        for (user, requests) in [("walk", walk), ("wave", wave(step, 400.0)), ("noise", noise)] {
            balancer.observe(&record(step, user, "search", requests)).unwrap();
        }
    }
    // then each is forecast by another expert, and it is said by which.
    for (user, expert) in [("walk", "recent level"), ("wave", "own season"), ("noise", "level of a season")] {
        let said = balancer.explain(user, "search");
        let (_, weight) = said.split_once(&format!("{expert} ")).unwrap();
        let percent: f64 = weight.split_whitespace().next().unwrap().parse().unwrap();
        assert!(percent > 60.0, "{expert}: {said}");
    }
}

/// "A reinforcement learning agent dynamically adjusts forecasting model parameters based on prediction accuracy."
#[test]
fn the_agent_changes_the_pace_when_accuracy_falls() {
    const TERM: i64 = 48;
    // Given a key that is calm for twenty days, and then becomes a walk whose steps are large,
    let mut balancer = LoadBalancer::new(config()).unwrap();
    // and beside it the same forecaster at the calm pace for good,
    let mut pinned = Demand::new(0, DAY as usize);
    let (mut shared, mut missed) = (SharedSeason::new(DAY as usize), Missed::default());
    let (mut random, mut value, mut error) = (Random::stream(3, 0), 1000.0f64, 0.0);
    let (mut was_quick, changed) = (None, 20 * DAY);
    for step in 0..changed + 20 * TERM {
        let is_walk = step >= changed;
        value = if is_walk {
            (value * (1.0 + 0.8 * (random.unit() - 0.5))).clamp(100.0, 10_000.0)
        } else {
            random.poisson(1000.0)
        };
        if is_walk {
            error +=
                (balancer.predict("a", "search", step * STEP).unwrap().requests.mean * 900.0 - value).abs();
        }
        balancer.observe(&record(step, "a", "search", value)).unwrap();
        let said = pinned.follow(step, value, Pace::CALM, &mut shared);
        missed.error += if is_walk { said.error } else { 0.0 };
        if is_walk && balancer.explain("a", "search").contains("pace: quick") {
            was_quick = was_quick.or(Some((step - changed) / TERM));
        }
    }
    // then within twenty terms its pace is quick, and its forecasts were better than at the calm one.
    assert!(was_quick.is_some(), "{}", balancer.explain("a", "search"));
    assert!(error < 0.97 * missed.error, "{error} against {} ({was_quick:?})", missed.error);
}

/// A load that swings from step to step, as the balancer's own experts do not know it.
fn swinging(seed: u64, steps: usize) -> Vec<f64> {
    let (mut random, mut off) = (Random::stream(seed, 0), 0.0);
    let mut next = || {
        off = -0.9 * off + 60.0 * (random.unit() - 0.5);
        1000.0 + 5.0 * off
    };
    (0..steps).map(|_| next()).collect()
}

/// "Time-series forecasting models (e.g., ARIMA, LSTM)."
#[test]
fn an_arima_of_ones_own_is_followed_for_one_user() {
    const LEARNED: usize = 400;
    // Given one user whose load an ARIMA knows better, and another who is left to the balancer,
    let loads = swinging(7, LEARNED + 60);
    let mut arima =
        Arima::new(crate::config::from_json("config", r#"{"order": [1, 0, 0]}"#).unwrap()).unwrap();
    arima.fit(&Series::new(loads[..LEARNED].to_vec(), 0, 900.0).unwrap(), None).unwrap();
    let mut balancer = LoadBalancer::new(recommending()).unwrap();
    let urgent = QosProfile { max_latency_seconds: Some(0.5), ..QosProfile::default() };
    balancer.set_profile(None, "search", urgent).unwrap();
    let (mut ours, mut given) = (0.0, 0.0);
    for (step, load) in (0i64..).zip(&loads) {
        if step >= LEARNED as i64 {
            let next = |balancer: &LoadBalancer, user| {
                balancer.predict(user, "search", step * STEP).unwrap().requests
            };
            // (left to the balancer, it would be foreseen so)
            balancer.set_forecast("ann", "search", &[]).unwrap();
            let (own, other) = (next(&balancer, "ann"), next(&balancer, "bob"));
            let hot = balancer.tier_demand().unwrap().cannot_wait.mean;
            // when the host tells what the ARIMA says of the next four steps,
            let said = arima.forecast(4, &[0.9], None).unwrap();
            let (means, upper) = (said.mean(), said.quantile(0.95).unwrap());
            let forecast: Vec<GivenForecast> = (0i64..)
                .zip(means.iter().zip(&upper))
                .map(|(ahead, (mean, upper))| GivenForecast {
                    time: (step + ahead) * STEP,
                    mean: *mean,
                    upper: *upper,
                })
                .collect();
            balancer.set_forecast("ann", "search", &forecast).unwrap();
            // then that user's prediction is the ARIMA's, the other's is what it was, and the totals follow.
            let followed = next(&balancer, "ann");
            assert!((followed.mean * 900.0 - means[0]).abs() < 1e-9 && followed.upper > followed.mean);
            assert!((followed.upper * 900.0 - upper[0]).abs() < 1e-9);
            assert_eq!(next(&balancer, "bob"), other);
            let highest = own.mean.max(means[0] / 900.0);
            let moved = balancer.tier_demand().unwrap().cannot_wait.mean - hot;
            assert!((moved - (highest - own.mean)).abs() < 0.1 * highest, "{moved}, {highest}, {own:?}");
            (ours, given) =
                (ours + (own.mean * 900.0 - load).abs(), given + (followed.mean * 900.0 - load).abs());
        }
        arima.update(*load, None).unwrap();
        balancer.observe(&record(step, "ann", "search", *load)).unwrap();
        balancer.observe(&record(step, "bob", "search", 500.0)).unwrap();
    }
    assert!(given < 0.6 * ours, "{given} against {ours}");
    // What was told of steps that are over is forgotten, but not what was told of the one that runs; an empty forecast leaves the user to the balancer again.
    assert!(balancer.explain("ann", "search").ends_with(" 4 steps are as the host's own forecast has them."));
    let restored = LoadBalancer::restore(&balancer.snapshot().unwrap()).unwrap();
    assert_eq!(restored.tier_demand().unwrap(), balancer.tier_demand().unwrap());
    balancer.set_forecast("ann", "search", &[]).unwrap();
    assert!(balancer.given == 0 && balancer.is_whole());
}

#[test]
fn a_forecast_that_cannot_be_is_refused_and_changes_nothing() {
    let mut balancer = LoadBalancer::new(config()).unwrap();
    let step = |step: i64, mean: f64| GivenForecast { time: step * STEP, mean, upper: 2.0 * mean };
    // Somebody who is not known yet may be foreseen.
    balancer.set_forecast("new", "search", &[step(3, 90.0)]).unwrap();
    balancer.observe(&record(1, "a", "search", 9.0)).unwrap();
    assert!((balancer.predict("new", "search", 3 * STEP).unwrap().requests.mean - 0.1).abs() < 1e-12);
    let before = balancer.snapshot().unwrap();
    let refused = |balancer: &mut LoadBalancer, forecast: &[GivenForecast]| {
        balancer.set_forecast("a", "search", forecast).unwrap_err().to_string()
    };
    assert!(refused(&mut balancer, &[step(2, -1.0)]).starts_with("forecast: [0].mean"));
    assert!(refused(&mut balancer, &[step(2, 1.0), step(2, 1e13)]).starts_with("forecast: [1]"));
    assert!(
        refused(&mut balancer, &[GivenForecast { time: i64::MAX, ..step(1, 1.0) }])
            .starts_with("forecast[0].time")
    );
    let long: Vec<GivenForecast> = (2..2019).map(|at| step(at, 1.0)).collect();
    assert_eq!(refused(&mut balancer, &long), "forecast: has 2017 steps, 2016 at the most");
    assert_eq!(balancer.snapshot().unwrap(), before);
    // Steps that are over are not kept.
    balancer.set_forecast("a", "search", &[step(0, 1.0)]).unwrap();
    assert_eq!(balancer.given, 1);
    for user in 0..496 {
        balancer.set_forecast(&format!("u{user}"), "search", &long[..2016]).unwrap();
    }
    assert!(refused(&mut balancer, &long[..2016]).contains("for all users"));
    balancer.observe(&record(2000, "a", "search", 9.0)).unwrap();
    assert!(balancer.given < 496 * 20 && balancer.is_whole());
}
