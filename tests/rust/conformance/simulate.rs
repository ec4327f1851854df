use super::Dispatch;
use crate::vectors::Case;
use forescale::Result;
use forescale::Rows;
use forescale::engine::EngineConfig;
use forescale::load::Series;
use forescale::policy::PolicyConfig;
use forescale::simulate::synthetic::{LoadConfig, generate};
use forescale::simulate::{
    BacktestConfig, ComparisonConfig, DualConfig, Rollout, RolloutConfig, TuneConfig, World, backtest,
    backtest_many, chaos, compare, dual, rollout, schemes, tune,
};

pub const DISPATCH: &[Dispatch] = &[
    ("backtest", small_backtest),
    ("backtest_many", two_backtests),
    ("rough_world", rough_world),
    ("synthetic", made_load),
    ("chaos", a_scenario),
    ("tune", tuned),
    ("dual", two_worlds),
    ("rollout", rolled),
    ("schemes", a_scheme),
];

fn policies(case: &Case) -> Result<Vec<PolicyConfig>> {
    let policies: Vec<serde_json::Value> = serde_json::from_str(case.text("policies")).unwrap();
    policies.iter().map(|policy| PolicyConfig::from_text(&policy.to_string())).collect()
}

fn small_backtest(case: &Case) -> Result<()> {
    let load = Series::new(case.numbers("load").to_vec(), 0, 60.0)?;
    let report =
        backtest(&load, &policies(case)?, &World::from_json(case.text("world"))?, case.count("seed"))?;
    for result in &report.policies {
        let totals = [
            result.replica_hours,
            result.cost,
            result.energy_kwh,
            result.transition_energy_kwh,
            result.violation_seconds,
            result.late_requests,
            result.p50_seconds,
            result.p95_seconds,
            result.p99_seconds,
            result.over_provisioned_hours,
            result.under_provisioned_hours,
            result.scale_events as f64,
            result.flips as f64,
            result.cold_start_decisions as f64,
            result.equal_service_hpa_cost.unwrap_or(f64::NAN),
            result.gap_closed.unwrap_or(f64::NAN),
        ];
        case.expect_array(&result.policy, &totals);
    }
    let timeline = &report.policy("predictive").unwrap().timeline;
    let most = |counts: &[u32]| f64::from(counts.iter().copied().max().unwrap_or(0));
    let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::NAN, f64::max);
    let peaks = [
        most(&timeline.requested),
        most(&timeline.ready),
        most(&timeline.charged),
        largest(&mut timeline.response_seconds.iter().copied()),
        largest(&mut timeline.forecast.iter().map(|peak| peak[0])),
        largest(&mut timeline.forecast.iter().map(|peak| peak[1])),
        largest(&mut timeline.forecast.iter().map(|peak| peak[2])),
        largest(&mut report.load.iter().copied()),
    ];
    case.expect_array("peaks", &peaks);
    let cost =
        compare(&report, "hpa", "predictive", &ComparisonConfig { level: 0.9, ..Default::default() })?.cost;
    case.expect_array(
        "hpa_less_predictive",
        &[cost.first, cost.second, cost.difference, cost.lower, cost.upper, cost.p_value, cost.block_seconds],
    );
    Ok(())
}

fn two_backtests(case: &Case) -> Result<()> {
    let load = |name: &str| Series::new(case.numbers(name).to_vec(), 0, 3600.0);
    let (first, second) = (load("first")?, load("second")?);
    let config = BacktestConfig::from_json(case.text("config"))?;
    let world = World::from_json(case.text("world"))?;
    let reports = backtest_many(&[&first, &second], &policies(case)?, &world, &config)?;
    let policies = reports.iter().flat_map(|report| &report.policies);
    let totals = policies
        .flat_map(|result| [result.cost, result.violation_requests, result.gap_closed.unwrap_or(f64::NAN)]);
    case.expect_array("totals", &totals.collect::<Vec<_>>());
    let points = reports.iter().flat_map(|report| &report.frontier);
    case.expect_array(
        "frontier",
        &points.flat_map(|point| [point.cost, point.violation_request_share]).collect::<Vec<_>>(),
    );
    let days = reports[1].per_day();
    let days = days.iter().flat_map(|day| {
        let sums =
            [day.cost, day.energy_kwh, day.violation_seconds, day.late_requests, day.over_provisioned_hours];
        [day.start as f64, day.seconds].into_iter().chain(sums)
    });
    case.expect_array("days", &days.collect::<Vec<_>>());
    let means = reports[1].daily_means(&ComparisonConfig { level: 0.9, ..Default::default() })?;
    let means = means.iter().flat_map(|row| [row.days as f64, row.cost.mean, row.cost.lower, row.cost.upper]);
    case.expect_array("means", &means.collect::<Vec<_>>());
    Ok(())
}

fn made_load(case: &Case) -> Result<()> {
    let load = generate(&LoadConfig::from_json(case.text("config"))?, case.count("seed"))?;
    case.expect_array("load", load.values());
    Ok(())
}

fn rough_world(case: &Case) -> Result<()> {
    let load = Series::new(case.numbers("load").to_vec(), 0, 60.0)?;
    let policies = [r#"{"static": {"replicas": 9}}"#, "hpa"].map(PolicyConfig::from_text);
    let policies = policies.into_iter().collect::<Result<Vec<_>>>()?;
    let report = backtest(&load, &policies, &World::from_json(case.text("world"))?, case.count("seed"))?;
    for result in &report.policies {
        let totals = [
            result.requests,
            result.replica_hours,
            result.cost,
            result.energy_kwh,
            result.violation_seconds,
            result.violation_requests,
            result.late_requests,
            result.dropped_requests,
            result.p95_seconds,
            result.failed_starts as f64,
            result.crashes as f64,
        ];
        case.expect_array(&result.policy, &totals);
    }
    Ok(())
}

fn a_scenario(case: &Case) -> Result<()> {
    let settings: EngineConfig = serde_json::from_str(case.text("settings")).unwrap();
    let found = match case.has("scenario") {
        true => chaos::run(&chaos::Scenario::from_json(case.text("scenario"))?, &settings)?,
        false => chaos::run(&chaos::scenario(case.count("seed")), &settings)?,
    };
    let numbers = [found.decisions as f64, found.refusals as f64, found.flips as f64, found.lead_seconds];
    case.expect_array("found", &numbers);
    case.expect("recovery_seconds", found.recovery_seconds.unwrap_or(f64::NAN));
    let survey = chaos::survey(case.count("seed"), 2, &settings, 2)?;
    case.expect_array("survey", &[survey.decisions as f64, survey.refusals as f64]);
    Ok(())
}

fn tuned(case: &Case) -> Result<()> {
    let load = Series::new(case.numbers("load").to_vec(), 0, 60.0)?;
    let policy = PolicyConfig::from_text(case.text("policy"))?;
    let config = TuneConfig::from_json(case.text("config"))?;
    let found = tune(&policy, &load, &World::from_json(case.text("world"))?, &config, case.count("seed"))?;
    case.expect("target_utilization", found.settings["target_utilization"]);
    case.expect_array(
        "objectives",
        &[
            found.training.objective,
            found.training_given.objective,
            found.holdout.objective,
            found.holdout_given.objective,
        ],
    );
    Ok(())
}

fn two_worlds(case: &Case) -> Result<()> {
    let config = DualConfig::from_json(case.text("config"))?;
    let found = dual(&config, &World::from_json(case.text("world"))?, case.count("seed"))?;
    case.expect_array("found", &[f64::from(found.static_replicas), found.cost_saving, found.energy_saving]);
    Ok(())
}

fn rolled(case: &Case) -> Result<()> {
    let config = RolloutConfig::from_json(case.text("config"))?;
    let mut online = Rollout::new(config.clone())?;
    let mut verdicts = Vec::new();
    for (i, (old, new)) in case.numbers("old").iter().zip(case.numbers("new")).enumerate() {
        if i % 30 == 15 {
            online = Rollout::restore(&online.snapshot()?)?;
        }
        verdicts.push(f64::from(online.observe(*old, 0.0, *new, 1.0)?.number()));
    }
    case.expect_array("verdicts", &verdicts);
    case.expect("share", online.share());
    let load = Series::new(case.numbers("load").to_vec(), 0, 60.0)?;
    let policy = |name: &str| PolicyConfig::from_text(case.text(name));
    let world = World::from_json(case.text("world"))?;
    let end =
        rollout(&load, &policy("old_policy")?, &policy("new_policy")?, &world, &config, case.count("seed"))?;
    case.expect("simulated_share", end.share());
    Ok(())
}

fn a_scheme(case: &Case) -> Result<()> {
    let config = schemes::SchemeConfig::from_json(case.text("config"))?;
    let loads = Rows::new("loads", case.numbers("loads"), case.count("columns") as usize)?;
    let found = schemes::run(loads, &config, case.count("seed"))?;
    for (name, arm) in [("scheme", &found.scheme), ("baseline", &found.baseline)] {
        let totals = [arm.cost, arm.energy_kwh, arm.violation_seconds, arm.late_requests, arm.p99_seconds];
        case.expect_array(name, &totals);
    }
    let cost = found.comparison.cost;
    case.expect_array("comparison", &[cost.difference, cost.lower, cost.upper, cost.p_value]);
    case.expect("slow_requests", found.slow_requests.difference);
    case.expect("picture", schemes::picture(&found).len() as f64);
    Ok(())
}
