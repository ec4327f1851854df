use super::Dispatch;
use crate::vectors::Case;
use forescale::Result;
use forescale::load::Series;
use forescale::policy::PolicyConfig;
use forescale::simulate::synthetic::{LoadConfig, generate};
use forescale::simulate::{ComparisonConfig, World, backtest, compare};

pub const DISPATCH: &[Dispatch] =
    &[("backtest", small_backtest), ("rough_world", rough_world), ("synthetic", made_load)];

fn small_backtest(case: &Case) -> Result<()> {
    let load = Series::new(case.numbers("load").to_vec(), 0, 60.0)?;
    let policies: Vec<serde_json::Value> = serde_json::from_str(case.text("policies")).unwrap();
    let policies: Vec<_> =
        policies.iter().map(|policy| PolicyConfig::from_text(&policy.to_string())).collect::<Result<_>>()?;
    let report = backtest(&load, &policies, &World::from_json(case.text("world"))?, case.count("seed"))?;
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
