use super::Dispatch;
use crate::vectors::Case;
use forescale::Result;
use forescale::anomaly::{IsolationForest, TreeNode, average_path_length};

pub const DISPATCH: &[Dispatch] =
    &[("average_path_length", path_length), ("isolation_forest", fitted), ("isolation_forest_given", given)];

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
