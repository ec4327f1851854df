use super::Dispatch;
use crate::vectors::Case;
use forescale::Result;
use forescale::anomaly::{IsolationForest, Normalizer, Points, TreeNode, average_path_length};

pub const DISPATCH: &[Dispatch] = &[
    ("average_path_length", path_length),
    ("isolation_forest", fitted),
    ("isolation_forest_given", given),
    ("isolation_forest_logarithmic", given),
    ("isolation_forest_operations", operations),
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
