use super::Dispatch;
use crate::vectors::Case;
use forescale::Result;
use forescale::anomaly::{CircuitBreaker, dbscan, spillover};
use forescale::anomaly::{Detector, Severity, response};
use forescale::anomaly::{IsolationForest, Normalizer, Points, TreeNode, average_path_length};
use forescale::config::from_json;

pub const DISPATCH: &[Dispatch] = &[
    ("average_path_length", path_length),
    ("circuit_breaker", breaker),
    ("dbscan", clusters),
    ("isolation_forest", fitted),
    ("isolation_forest_given", given),
    ("isolation_forest_logarithmic", given),
    ("isolation_forest_operations", operations),
    ("spillover", spilled),
    ("response", responded),
    ("detector", detected),
];

fn clusters(case: &Case) -> Result<()> {
    let labels = dbscan(case.table("points"), case.number("eps"), case.count("min_points") as usize)?;
    case.expect_array("labels", &labels.into_iter().map(|label| label as f64).collect::<Vec<_>>());
    Ok(())
}

/// Events are 0: may a call be made; 1: one succeeded; 2: one failed. The state after each, and all counts, are compared.
fn breaker(case: &Case) -> Result<()> {
    let (failures, probes) = (case.count("failures") as u32, case.count("probes") as u32);
    let mut breaker = CircuitBreaker::new(failures, case.number("cooldown_seconds"), probes)?;
    let (mut allowed, mut states, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    for (&time, &event) in case.numbers("times").iter().zip(case.numbers("events")) {
        let now = time as i64;
        if event == 0.0 {
            allowed.push(f64::from(u8::from(breaker.allow(now))));
        } else {
            breaker.record(now, event == 1.0);
        }
        breaker = CircuitBreaker::restore(&breaker.snapshot()?)?;
        states.push(f64::from(breaker.state(now).number()));
        let retry_at = breaker.retry_at().map_or(-1.0, |time| time as f64);
        counts.extend([breaker.failed().into(), breaker.succeeded().into(), breaker.openings() as f64]);
        counts.extend([breaker.rejected() as f64, retry_at]);
    }
    case.expect_array("allowed", &allowed);
    case.expect_array("states", &states);
    case.expect_array("counts", &counts);
    Ok(())
}

fn spilled(case: &Case) -> Result<()> {
    let available: Vec<bool> = case.numbers("available").iter().map(|flag| *flag != 0.0).collect();
    let spilled =
        spillover(case.number("load"), case.numbers("capacities"), case.numbers("loads"), &available)?;
    case.expect_array("taken", &spilled.taken);
    case.expect("shed", spilled.shed);
    Ok(())
}

fn path_length(case: &Case) -> Result<()> {
    case.expect("average_path_length", average_path_length(case.count("n")));
    Ok(())
}

fn fitted(case: &Case) -> Result<()> {
    let mut forest = IsolationForest::new(serde_json::from_str(case.text("config")).unwrap())?;
    forest.fit(case.table("points"))?;
    let probes = case.table("probes");
    case.expect_array("scores", &forest.score(probes)?);
    case.expect_array("scores", &IsolationForest::restore(&forest.snapshot()?)?.score(probes)?);
    for (point, &score) in probes.iter().zip(case.numbers("scores")) {
        assert_eq!(forest.score_point(point)?, score, "{}", case.label);
    }
    Ok(())
}

fn given(case: &Case) -> Result<()> {
    let node = |node: &[f64]| match *node {
        [feature, threshold, left, right, points] => TreeNode {
            feature: feature as i64,
            threshold,
            left: left as i64,
            right: right as i64,
            points: points as u64,
        },
        _ => panic!("{}: a node has five fields", case.label),
    };
    let mut nodes = case.table("nodes").iter().map(node);
    let trees: Vec<Vec<TreeNode>> = case
        .numbers("lengths")
        .iter()
        .map(|&length| nodes.by_ref().take(length as usize).collect())
        .collect();
    let sample_size = case.count("sample_size");
    let forest = if case.has("normalizer") {
        let normalizer = Normalizer::from_name(case.text("normalizer"))?;
        IsolationForest::from_trees_with(&trees, sample_size, normalizer)?
    } else {
        IsolationForest::from_trees(&trees, sample_size)?
    };
    case.expect_array("scores", &forest.score(case.table("points"))?);
    assert_eq!(forest.to_trees()?, trees, "{}", case.label);
    Ok(())
}

/// A weighted fit of points in single precision, column after column; threshold, explanation and stream.
fn operations(case: &Case) -> Result<()> {
    let mut forest = IsolationForest::new(serde_json::from_str(case.text("config")).unwrap())?;
    let (points, probes) = (case.table("points"), case.table("probes"));
    let columns: Vec<f32> = (0..points.columns())
        .flat_map(|column| points.iter().map(move |point| point[column] as f32))
        .collect();
    let columns = Points::by_column(&columns[..], points.len(), points.columns())?;
    forest.fit_with(columns, Some(case.numbers("sample_weights")), &mut |_| true)?;
    case.expect("threshold", forest.threshold()?);
    case.expect_array("scores", &forest.score(probes)?);
    let outliers: Vec<f64> =
        forest.is_outlier(probes)?.into_iter().map(|outlier| f64::from(u8::from(outlier))).collect();
    case.expect_array("outliers", &outliers);
    let (base, contributions) = forest.explain(probes)?;
    case.expect("base", base);
    case.expect_array("contributions", &contributions);
    let stream: Vec<f64> = points.iter().map(|point| forest.update(point)).collect::<Result<_>>()?;
    case.expect_array("stream", &stream);
    case.expect_array("scores_after", &forest.score(probes)?);
    Ok(())
}

fn responded(case: &Case) -> Result<()> {
    case.expect("response", response(case.number("base"), case.number("severity"))?);
    case.expect("level", f64::from(Severity::of(case.number("severity"))?.number()));
    Ok(())
}

/// The answers to a stream, with a detector that is saved and restored half way.
fn detected(case: &Case) -> Result<()> {
    let mut detector = Detector::new(from_json("config", case.text("config"))?)?;
    let (times, values) = (case.numbers("times"), case.numbers("values"));
    let (mut scores, mut severities, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
    for (at, (&time, &value)) in times.iter().zip(values).enumerate() {
        if at == times.len() / 2 {
            detector = Detector::restore(&detector.snapshot()?)?;
        }
        let anomaly = detector.observe(time as i64, value)?;
        scores.push(anomaly.score);
        severities.push(anomaly.severity);
        kinds.push(f64::from(anomaly.kind.number()));
    }
    case.expect_array("scores", &scores);
    case.expect_array("severities", &severities);
    case.expect_array("kinds", &kinds);
    Ok(())
}
