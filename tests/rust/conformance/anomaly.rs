use super::Dispatch;
use crate::vectors::Case;
use forescale::Result;
use forescale::anomaly::{Detector, IsolationForest, Severity, TreeNode, average_path_length, response};
use forescale::config::from_json;

pub const DISPATCH: &[Dispatch] = &[
    ("average_path_length", path_length),
    ("isolation_forest", fitted),
    ("isolation_forest_given", given),
    ("response", responded),
    ("detector", detected),
];

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
    let forest = IsolationForest::from_trees(&trees, case.count("sample_size"))?;
    case.expect_array("scores", &forest.score(case.table("points"))?);
    assert_eq!(forest.to_trees()?, trees, "{}", case.label);
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
