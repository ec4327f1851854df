use super::*;
use crate::simulate::schemes::lane::{play, starting};
use crate::simulate::schemes::reactive::ReactiveArm;
use crate::simulate::schemes::report::{SimpleArm, equal};

fn world() -> World {
    World { service_rate: 1.0, interval_seconds: 60.0, ..World::default() }
}

fn config(scheme: Scheme) -> SchemeConfig {
    SchemeConfig { scheme, world: world(), step_seconds: 300.0, sweep: false, ..SchemeConfig::default() }
}

/// Tenants whose days are shifted against each other, some days of 5 minutes.
fn tenants(rows: usize, days: usize) -> Vec<f64> {
    let steps = days * 288;
    let load = |row: usize, step: usize| {
        let phase = std::f64::consts::TAU * (step as f64 / 288.0 + row as f64 / rows as f64);
        12.0 * (1.0 + 0.9 * phase.sin())
    };
    (0..rows).flat_map(|row| (0..steps).map(move |step| load(row, step))).collect()
}

fn tried(values: &[f64], columns: usize, config: &SchemeConfig) -> SchemeReport {
    run(Rows::new("loads", values, columns).unwrap(), config, 5).unwrap()
}

/// One row alone is a backtest: the simple arm comes to what the same policy comes to there.
#[test]
fn the_simple_arm_is_a_backtest() {
    let load = tenants(1, 2);
    let config = SchemeConfig { learn_share: 0.0, ..config(Scheme::Clones(CloneManagerConfig::default())) };
    let found = tried(&load, load.len(), &config);
    let series = Series::new(load, 0, 300.0).unwrap();
    let seed = Random::stream(5, 0).next_u64();
    let alone =
        crate::simulate::single::run_single(&series, &config.baseline, None, &world(), seed, &mut |_| true)
            .unwrap();
    let totals = |result: &crate::simulate::PolicyResult| {
        [
            result.cost,
            result.energy_kwh,
            result.violation_seconds,
            result.late_requests,
            result.requests,
            result.seconds,
        ]
    };
    for (ours, theirs) in totals(&found.baseline).into_iter().zip(totals(&alone)) {
        assert!((ours / theirs - 1.0).abs() < 1e-9 || ours == theirs, "{ours} against {theirs}");
    }
    for (ours, theirs) in
        [(found.baseline.p50_seconds, alone.p50_seconds), (found.baseline.p99_seconds, alone.p99_seconds)]
    {
        assert!((ours / theirs - 1.0).abs() < 2e-3, "{ours} against {theirs}");
    }
}

#[test]
fn clones_of_a_load_that_comes_back_every_day_are_there_before_it() {
    let load = tenants(3, 6);
    let config = SchemeConfig { learn_share: 0.5, ..config(Scheme::Clones(CloneManagerConfig::default())) };
    let found = tried(&load, load.len() / 3, &config);
    assert_eq!((found.scheme.policy.as_str(), found.baseline.policy.as_str()), ("clones", "hpa"));
    assert!(found.scheme.late_requests < found.baseline.late_requests, "{}", found.table());
    assert!(
        found.comparison.late_requests.upper < 0.0 && found.slow_requests.difference < 0.0,
        "{}",
        found.table()
    );
    assert_eq!(found.timeline.load.len(), 3 * 288);
    assert_eq!(found.timeline.scheme_capacity.len(), 3 * 288);
    assert_eq!(found.timeline.start, 3 * 86_400_000);
}

/// Tenants that take turns need together what their sum needs: the mean of each, not the peak.
#[test]
fn tenants_that_take_turns_share_their_peaks() {
    let load = tenants(4, 4);
    let sharing = SharingConfig { most_tenants: 4, ..SharingConfig::default() };
    let found =
        tried(&load, load.len() / 4, &SchemeConfig { sweep: true, ..config(Scheme::Sharing(sharing)) });
    // 48 a second always, and 22.8 at each one's peak.
    let hours = 3.0 * 24.0;
    let count =
        |load: f64| f64::from(crate::policy::replicas_for(load, 1.0, world().target(), 1000).unwrap());
    assert!((found.scheme.cost / (count(48.0) * hours) - 1.0).abs() < 0.02, "{}", found.table());
    assert!((found.baseline.cost / (4.0 * count(22.8) * hours) - 1.0).abs() < 0.02, "{}", found.table());
    assert!(found.comparison.cost.upper < 0.0 && found.comparison.energy_kwh.upper < 0.0);
    assert!(found.equal_violations.as_ref().unwrap().saved > 0.3, "{}", found.table());
    assert_eq!(found.scheme.seconds, found.baseline.seconds, "a row's time counts as a row's in both arms");
}

/// A level that doubles for an hour every four hours, days of 5 minutes.
fn surges(days: usize) -> Vec<f64> {
    (0..days * 288).map(|step| if step % 48 < 12 { 40.0 } else { 20.0 }).collect()
}

#[test]
fn units_at_rest_serve_sooner_than_those_that_are_made_and_are_paid_for() {
    let (load, world) = (surges(4), World { start_up_seconds: 300.0, ..world() });
    let tiers = TiersConfig { late_request_cost: 0.01, ..TiersConfig::default() };
    let config = SchemeConfig { world, learn_share: 0.5, ..config(Scheme::Tiers(tiers.clone())) };
    let found = tried(&load, load.len(), &config);
    assert!(found.scheme.late_requests < found.baseline.late_requests, "{}", found.table());
    assert!((found.scheme.requests / found.baseline.requests - 1.0).abs() < 1e-9);
    let free = Scheme::Tiers(TiersConfig { standby_share: 0.0, ..tiers });
    let free = tried(&load, load.len(), &SchemeConfig { scheme: free, ..config });
    assert!(free.scheme.cost < found.scheme.cost, "{}\n{}", free.table(), found.table());
}

/// Two rows, of which the second can wait for ten minutes: it has what the first leaves, both arms serve all, and nobody waits too long.
#[test]
fn who_can_wait_has_what_is_left() {
    let load: Vec<f64> = [surges(4), surges(4)].concat();
    let tried_with = |can_wait_seconds: Vec<f64>| {
        let tiers = TiersConfig { can_wait_seconds, ..TiersConfig::default() };
        let config = SchemeConfig { learn_share: 0.5, ..config(Scheme::Tiers(tiers)) };
        tried(&load, load.len() / 2, &config)
    };
    let (patient, urgent) = (tried_with(vec![0.0, 600.0]), tried_with(Vec::new()));
    assert!((patient.scheme.requests / patient.baseline.requests - 1.0).abs() < 1e-9);
    assert_eq!(tried_with(vec![0.0]), urgent, "nobody can wait");
    assert!(patient.scheme.cost < 0.9 * urgent.scheme.cost, "{}\n{}", patient.table(), urgent.table());
    assert!(patient.scheme.late_share() < 1.05 * urgent.scheme.late_share(), "{}", patient.table());
    // The simple arm does what it did: only its lateness is judged by what each row can wait for.
    assert!((patient.baseline.cost / urgent.baseline.cost - 1.0).abs() < 1e-9);
    assert!(patient.baseline.late_requests < urgent.baseline.late_requests);
}

#[test]
fn rows_can_wait_only_where_a_promise_is_in_seconds() {
    let load = surges(2);
    let refused = |world: World, can_wait_seconds: Vec<f64>| {
        let tiers = TiersConfig { can_wait_seconds, ..TiersConfig::default() };
        let config = SchemeConfig { world, ..config(Scheme::Tiers(tiers)) };
        run(Rows::new("loads", &load, load.len()).unwrap(), &config, 1).unwrap_err().to_string()
    };
    assert!(refused(world(), vec![f64::NAN]).starts_with("can_wait_seconds"));
    assert!(refused(world(), vec![0.0, -1.0]).starts_with("can_wait_seconds"));
    let left = World { patience_seconds: Some(5.0), ..world() };
    assert!(refused(left, vec![60.0]).starts_with("can_wait_seconds"));
}

#[test]
fn all_traffic_is_served_by_the_primary_or_its_shadows() {
    let load = surges(4);
    let config = SchemeConfig { learn_share: 0.5, ..config(Scheme::Shadows(ShadowsConfig::default())) };
    let found = tried(&load, load.len(), &config);
    assert!((found.scheme.requests / found.baseline.requests - 1.0).abs() < 1e-9);
    assert!((found.scheme.seconds / found.baseline.seconds - 1.0).abs() < 1e-9);
    // The primary has what 20 a second needs; what 40 need comes and goes.
    let (hours, primary) = (48.0, (20.0f64 / 0.7).ceil());
    assert!(found.scheme.cost > primary * hours, "{}", found.table());
    assert!(found.scheme.cost < (40.0f64 / 0.7).ceil() * hours, "{}", found.table());
    assert!(found.scheme.late_share() < 0.5, "{}", found.table());
}

/// With a policy that follows each load, next to nothing is left to share: that is said.
#[test]
fn where_capacity_follows_the_load_sharing_saves_little() {
    let load = tenants(4, 2);
    let columns = load.len() / 4;
    let sharing =
        |elastic| Scheme::Sharing(SharingConfig { elastic, most_tenants: 4, ..SharingConfig::default() });
    let fixed = tried(&load, columns, &config(sharing(false)));
    let elastic = tried(&load, columns, &config(sharing(true)));
    let saved = |found: &SchemeReport| 1.0 - found.scheme.cost / found.baseline.cost;
    assert!(saved(&elastic) < 0.5 * saved(&fixed), "{} {}", elastic.table(), fixed.table());
}

#[test]
fn the_same_seed_is_the_same_report_and_its_text_comes_back() {
    let load = tenants(2, 1);
    let rough = World {
        start_up_variation: 0.5,
        start_failure_share: 0.1,
        crashes_per_replica_hour: 0.05,
        ..world()
    };
    let config = SchemeConfig { world: rough, ..config(Scheme::Clones(CloneManagerConfig::default())) };
    let found = tried(&load, load.len() / 2, &config);
    assert_eq!(found, tried(&load, load.len() / 2, &config));
    assert!(found.scheme.failed_starts > 0 && found.scheme.crashes > 0);
    let again: SchemeReport = serde_json::from_str(&found.to_json()).unwrap();
    assert_eq!(again.to_json(), found.to_json());
    let drawn = picture(&again);
    assert!(drawn.contains("</svg>") && drawn.contains("clones") && drawn.contains("late requests"));
    assert!(found.table().lines().count() >= 8, "{}", found.table());
}

#[test]
fn what_is_slower_is_counted_where_it_was() {
    let load = tenants(1, 1);
    let config = config(Scheme::Clones(CloneManagerConfig::default()));
    let trial = Trial { rows: &[load], config: &config, seed: 1 };
    let scenes = trial.scenes(trial.rows).unwrap();
    let arm = ReactiveArm::new(&trial, &scenes);
    assert_eq!(arm.settings(), [""]);
    let played = arm.play(0, true, &mut |_| Ok(())).unwrap();
    let (p99, requests) = (played.result.p99_seconds, played.result.requests);
    assert!((played.slower(p99).iter().sum::<f64>() / (0.01 * requests) - 1.0).abs() < 0.02);
    assert!((played.slower(0.0).iter().sum::<f64>() / requests - 1.0).abs() < 1e-9);
    assert_eq!(played.slower(1.0).len(), played.result.timeline.cost.len());
}

#[test]
fn an_arm_stops_when_it_is_asked_to() {
    let config = config(Scheme::Clones(CloneManagerConfig::default()));
    let load = vec![1.0; 50_000];
    let trial = Trial { rows: &[load], config: &config, seed: 1 };
    let scenes = trial.scenes(trial.rows).unwrap();
    let stopped = play("x", starting(&scenes).unwrap(), &mut reactive::Fixed, 0, false, &mut |_| {
        Err(Error::Stopped { percent: 1 })
    });
    assert!(matches!(stopped, Err(Error::Stopped { percent: 1 })));
}

/// What fails while the arms learn is not counted, as nothing else of that time is; what fails before a unit of a tier comes is.
#[test]
fn failed_starts_are_those_of_the_time_that_counts() {
    let load = tenants(1, 2);
    let half = load.len() / 2;
    // In the half that counts nothing is asked for.
    let load: Vec<f64> =
        load.iter().enumerate().map(|(step, load)| if step < half { *load } else { 1.0 }).collect();
    let world = World { start_failure_share: 0.5, ..world() };
    let config = |learn_share, scheme| SchemeConfig { world: world.clone(), learn_share, ..config(scheme) };
    for scheme in [Scheme::Clones(CloneManagerConfig::default()), Scheme::Tiers(TiersConfig::default())] {
        let all = tried(&load, load.len(), &config(0.0, scheme.clone()));
        let counted = tried(&load, load.len(), &config(0.5, scheme));
        for (all, counted) in [(&all.scheme, &counted.scheme), (&all.baseline, &counted.baseline)] {
            assert!(
                all.failed_starts > 5 && counted.failed_starts < all.failed_starts / 4,
                "{}: {} of {}",
                all.policy,
                counted.failed_starts,
                all.failed_starts
            );
        }
    }
}

/// Between two settings of a grid: what time shared between them costs.
#[test]
fn equal_service_is_between_the_settings_that_were_tried() {
    let at = |setting: &str, cost, late_share| EqualService {
        setting: setting.into(),
        cost,
        energy_kwh: 2.0 * cost,
        violation_share: 0.0,
        late_share,
        saved: 0.0,
        carbon_kg: None,
    };
    let grid = [at("", 100.0, 0.05), at("x=1", 130.0, 0.01), at("x=2", 80.0, 0.2), at("x=3", 150.0, 0.02)];
    let found = equal(&grid, 90.0, 0.03, |at| at.late_share).unwrap();
    assert_eq!((found.cost, found.energy_kwh, found.late_share), (115.0, 230.0, 0.03));
    assert_eq!(found.setting, "between x=1 and as given");
    assert!((found.saved - (1.0 - 90.0 / 115.0)).abs() < 1e-15);
    let found = |share| equal(&grid, 90.0, share, |at| at.late_share);
    assert_eq!(found(0.01).unwrap().setting, "x=1");
    assert_eq!(found(0.5).unwrap().setting, "x=2", "the cheapest of all serves no worse");
    assert_eq!(found(0.005), None);
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let text = |text: &str| SchemeConfig::from_json(text).unwrap_err().to_string();
    assert!(text("{}").starts_with("service_rate"), "{}", text("{}"));
    assert!(text(r#"{"world": {"service_rate": 1}, "learn_share": 1}"#).starts_with("learn_share"));
    assert!(
        text(r#"{"world": {"service_rate": 1}, "scheme": {"sharing": {"quantile": 0}}}"#)
            .starts_with("quantile")
    );
    assert!(text(r#"{"world": {"service_rate": 1}, "scheme": {"nothing": {}}}"#).contains("nothing"));
    assert!(text(r#"{"world": {"service_rate": 1}, "baseline": "oracle"}"#).starts_with("baseline"));
    let config = config(Scheme::Clones(CloneManagerConfig::default()));
    let said = |values: &[f64], columns| {
        run(Rows::new("loads", values, columns).unwrap(), &config, 0).unwrap_err().to_string()
    };
    assert!(said(&[1.0, -1.0], 2).starts_with("loads: row 0, column 1"));
    assert!(said(&[1.0; 4], 2).contains("intervals"));
    assert!(said(&[], 1).starts_with("loads"));
    let load = tenants(1, 1);
    let stopped =
        run_with_progress(Rows::new("loads", &load, load.len()).unwrap(), &config, 0, &mut |_| false);
    assert!(matches!(stopped, Err(Error::Stopped { .. })));
}
