//! Isolation forest: points that few random cuts set apart from the others are rare, and score high.
//!
//! The score of a point is 2^(−E[h]/c(ψ)): h is the length of its path through a tree, averaged over the trees, and c(ψ)
//! its mean in a tree of ψ points ([`average_path_length`]). Near 1 is an anomaly, 0.5 is ordinary, below it is dense.
//! Liu, Ting, Zhou 2008, "Isolation Forest", ICDM; 2012, "Isolation-Based Anomaly Detection", ACM TKDD 6.
//!
//! [`average_path_length`]: super::average_path_length()

use super::average_path_length::anomaly_score;
use super::isolation_forest_config::{IsolationForestConfig, MAX_NODES, MAX_TREES, check_sample_size};
use super::isolation_tree::{Growth, Tree, TreeNode};
use crate::chunks;
use crate::error::{Error, Result};
use crate::random::Random;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

/// Points that walk through a tree before the next tree is read: the tree stays in the nearest cache.
const BLOCK: usize = 256;

/// Scores how easily a point is set apart from those that the forest was fitted on.
///
/// ```
/// use forescale::{Rows, anomaly::{IsolationForest, IsolationForestConfig}};
/// let usual: Vec<f64> = (0..200).map(|i| f64::from(i % 20)).collect();
/// let mut forest = IsolationForest::new(IsolationForestConfig::default())?;
/// forest.fit(Rows::new("points", &usual, 2)?)?;
/// assert!(forest.score_point(&[90.0, 90.0])? > forest.score_point(&[10.0, 11.0])?);
/// # Ok::<(), forescale::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct IsolationForest {
    pub(super) config: IsolationForestConfig,
    pub(super) fitted: Option<Fitted>,
}

/// What `fit` learns.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fitted {
    pub(super) trees: Vec<Tree>,
    pub(super) sample_size: u64,
    pub(super) dimensions: Dimensions,
}

/// How many values a point must have.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) enum Dimensions {
    /// As many as the points of `fit`.
    Exactly(u64),
    /// As many as the greatest column of given trees asks for: more columns may exist that no tree cuts.
    AtLeast(u64),
}

impl Dimensions {
    pub(super) fn check(self, found: usize) -> Result<()> {
        match self {
            Dimensions::Exactly(count) if found as u64 != count => Err(Error::data(
                "points",
                format!("have {found} dimensions, but the forest was fitted on {count}"),
            )),
            Dimensions::AtLeast(count) if (found as u64) < count => {
                Err(Error::data("points", format!("have {found} dimensions, but the trees compare {count}")))
            }
            _ => Ok(()),
        }
    }
}

impl IsolationForest {
    /// An unfitted forest.
    ///
    /// # Errors
    /// [`Error::Config`] names a setting out of its range.
    pub fn new(config: IsolationForestConfig) -> Result<Self> {
        config.check()?;
        Ok(IsolationForest { config, fitted: None })
    }

    /// The settings.
    pub fn config(&self) -> &IsolationForestConfig {
        &self.config
    }

    /// Grows the trees on `points` of shape (points, dimensions), in place of those there were.
    ///
    /// O(trees · ψ · (log ψ + dimensions)) time; memory of at most 32 bytes · trees · ψ.
    ///
    /// # Errors
    /// [`Error::Data`] for fewer than 2 points, a value that is NaN or infinite (with its row and column), or more trees
    /// and points than 2 GiB hold; the forest is then as it was.
    pub fn fit(&mut self, points: Rows<'_>) -> Result<()> {
        points.all_finite("points")?;
        if points.len() < 2 {
            return Err(Error::data("points", format!("has {} rows, but a forest needs 2", points.len())));
        }
        let config = &self.config;
        let sample_size = config.sample_size.min(points.len());
        if sample_size > MAX_NODES / config.trees / 2 || points.columns() > i32::MAX as usize {
            return Err(Error::data(
                "points",
                format!("{} trees of {sample_size} points would not fit into 2 GiB", config.trees),
            ));
        }
        let growth = Growth {
            sample_size,
            columns: ((config.max_features * points.columns() as f64) as usize).max(1),
            max_depth: config.max_depth.unwrap_or(balanced_depth(sample_size)),
        };
        let mut trees = vec![Tree::default(); config.trees];
        chunks::fill(&mut trees, config.threads, |first, chunk| {
            for (index, tree) in chunk.iter_mut().enumerate() {
                *tree = Tree::grow(points, growth, &mut Random::stream(config.seed, (first + index) as u64));
            }
        })?;
        let dimensions = Dimensions::Exactly(points.columns() as u64);
        self.fitted = Some(Fitted { trees, sample_size: sample_size as u64, dimensions });
        Ok(())
    }

    /// The score of each point, between 0 and 1: the higher the rarer. `points` has the dimensions that were fitted.
    ///
    /// O(points · trees · log ψ).
    ///
    /// # Errors
    /// [`Error::NotReady`] before `fit`; [`Error::Data`] for other dimensions or a value that is NaN or infinite.
    pub fn score(&self, points: Rows<'_>) -> Result<Vec<f64>> {
        let fitted = self.fitted()?;
        fitted.dimensions.check(points.columns())?;
        points.all_finite("points")?;
        let mut scores = vec![0.0; points.len()];
        chunks::fill(&mut scores, self.config.threads, |first, chunk| {
            let mut rows = points.iter().skip(first);
            for block in chunk.chunks_mut(BLOCK) {
                fitted.score_block(rows.by_ref(), block);
            }
        })?;
        Ok(scores)
    }

    /// The score of one point: see [`score`](Self::score).
    ///
    /// # Errors
    /// As [`score`](Self::score).
    pub fn score_point(&self, point: &[f64]) -> Result<f64> {
        let fitted = self.fitted()?;
        fitted.dimensions.check(point.len())?;
        crate::error::all_finite("point", point)?;
        Ok(fitted.anomaly_score(fitted.trees.iter().map(|tree| tree.path_length(point)).sum()))
    }

    /// A forest from trees as data, grown on samples of `sample_size` points. They may come from another program.
    ///
    /// Points to score must have at least as many dimensions as the trees compare.
    ///
    /// # Errors
    /// [`Error::Data`] names the tree and node for no tree or too many, no node, a column or child out of range, a node reached twice
    /// or never, a threshold that is not finite, leaves with more points than the sample; [`Error::Config`] for a
    /// `sample_size` outside 2 to 2³² − 1.
    pub fn from_trees(trees: &[Vec<TreeNode>], sample_size: u64) -> Result<Self> {
        check_sample_size(sample_size)?;
        if trees.is_empty() || trees.len() > MAX_TREES {
            return Err(Error::data(
                "trees",
                format!("has {} trees, where 1 to {MAX_TREES} may be", trees.len()),
            ));
        }
        let nodes = trees.iter().map(Vec::len).fold(0, usize::saturating_add);
        if nodes > MAX_NODES {
            return Err(Error::data("trees", format!("has {nodes} nodes, more than {MAX_NODES}")));
        }
        let trees: Vec<Tree> = trees
            .iter()
            .enumerate()
            .map(|(index, nodes)| Tree::from_nodes(&format!("trees: tree {index}"), nodes, sample_size))
            .collect::<Result<_>>()?;
        let dimensions = Dimensions::AtLeast(trees.iter().map(Tree::columns).max().unwrap_or(0) as u64);
        let config = IsolationForestConfig {
            trees: trees.len(),
            sample_size: usize::try_from(sample_size).unwrap_or(usize::MAX),
            ..IsolationForestConfig::default()
        };
        Ok(IsolationForest { config, fitted: Some(Fitted { trees, sample_size, dimensions }) })
    }

    /// The trees as data, nodes in pre-order; the points of an inner node are those below it.
    ///
    /// # Errors
    /// [`Error::NotReady`] before `fit`.
    pub fn to_trees(&self) -> Result<Vec<Vec<TreeNode>>> {
        Ok(self.fitted()?.trees.iter().map(Tree::to_nodes).collect())
    }

    fn fitted(&self) -> Result<&Fitted> {
        self.fitted.as_ref().ok_or_else(|| Error::not_ready("IsolationForest", "call fit first"))
    }
}

impl Fitted {
    /// Scores as many rows as `scores` has places; the order of the additions is that of `score_point`.
    fn score_block<'a>(&self, rows: impl Iterator<Item = &'a [f64]>, scores: &mut [f64]) {
        let rows: Vec<&[f64]> = rows.take(scores.len()).collect();
        for tree in &self.trees {
            for (sum, row) in scores.iter_mut().zip(&rows) {
                *sum += tree.path_length(row);
            }
        }
        scores.iter_mut().for_each(|sum| *sum = self.anomaly_score(*sum));
    }

    fn anomaly_score(&self, sum_of_paths: f64) -> f64 {
        anomaly_score(sum_of_paths / self.trees.len() as f64, self.sample_size)
    }
}

/// ⌈log2 ψ⌉: the depth of a balanced tree of ψ points.
fn balanced_depth(sample_size: usize) -> usize {
    sample_size.next_power_of_two().ilog2() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn fitted(config: IsolationForestConfig, values: &[f64], columns: usize) -> IsolationForest {
        let mut forest = IsolationForest::new(config).unwrap();
        forest.fit(Rows::new("points", values, columns).unwrap()).unwrap();
        forest
    }

    /// 300 points of a normal cloud in 3 dimensions.
    fn cloud() -> Vec<f64> {
        let mut random = Random::new(5);
        (0..900).map(|_| random.normal()).collect()
    }

    #[test]
    fn a_given_forest_gives_the_reference_scores() {
        let oracle: Value =
            serde_json::from_str(include_str!("../../../tests/vectors/oracle/isolation_forest_given.json"))
                .unwrap();
        let tolerance = oracle["tolerance"].as_f64().unwrap();
        for case in oracle["cases"].as_array().unwrap().iter().filter(|case| case["error"].is_null()) {
            let mut nodes =
                serde_json::from_value::<Vec<TreeNode>>(case["nodes"].clone()).unwrap().into_iter();
            let lengths: Vec<usize> = serde_json::from_value(case["lengths"].clone()).unwrap();
            let trees: Vec<Vec<TreeNode>> =
                lengths.into_iter().map(|length| nodes.by_ref().take(length).collect()).collect();
            let points: Vec<Vec<f64>> = serde_json::from_value(case["points"].clone()).unwrap();
            let scores: Vec<f64> = serde_json::from_value(case["scores"].clone()).unwrap();
            let forest = IsolationForest::from_trees(&trees, case["sample_size"].as_u64().unwrap()).unwrap();
            let all = forest.score(Rows::new("points", &points.concat(), 2).unwrap()).unwrap();
            assert_eq!(all.len(), scores.len());
            for ((point, score), expected) in points.iter().zip(all).zip(scores) {
                assert!(
                    (score - expected).abs() <= tolerance * expected,
                    "{point:?}: {score}, not {expected}"
                );
                assert_eq!(forest.score_point(point).unwrap(), score);
            }
            assert_eq!(forest.to_trees().unwrap(), trees, "in and out again");
        }
    }

    #[test]
    fn threads_do_not_change_a_bit_and_seeds_do() {
        let values = cloud();
        let rows = Rows::new("points", &values, 3).unwrap();
        let forest =
            |seed, threads| fitted(IsolationForestConfig { seed, threads, ..Default::default() }, &values, 3);
        let one = forest(3, 1);
        let scores = one.score(rows).unwrap();
        for threads in [2, 3, 7, 1024] {
            let other = forest(3, threads);
            assert_eq!(one.to_trees().unwrap(), other.to_trees().unwrap(), "{threads} threads");
            assert_eq!(scores, other.score(rows).unwrap(), "{threads} threads");
        }
        assert_eq!(scores, rows.iter().map(|point| one.score_point(point).unwrap()).collect::<Vec<_>>());
        assert_ne!(scores, forest(4, 1).score(rows).unwrap());
    }

    #[test]
    fn what_lies_apart_scores_highest_and_what_is_equal_one_half() {
        let mut values = cloud();
        values.extend([6.0, -6.0, 6.0]);
        let forest = fitted(IsolationForestConfig::default(), &values, 3);
        let scores = forest.score(Rows::new("points", &values, 3).unwrap()).unwrap();
        let (apart, others) = scores.split_last().unwrap();
        assert!(*apart > 0.7 && others.iter().all(|score| score < apart), "{apart}");
        let forest = fitted(IsolationForestConfig::default(), &[4.0; 20], 2);
        for point in [[4.0, 4.0], [-1e300, 9.0]] {
            assert!(
                (forest.score_point(&point).unwrap() - 0.5).abs() < 1e-14,
                "no cut, no opinion of {point:?}"
            );
        }
    }

    #[test]
    fn settings_mean_what_they_say() {
        let values = cloud();
        let trees = |config| fitted(config, &values, 3).to_trees().unwrap();
        let depth = |nodes: &[TreeNode]| {
            let mut depths = vec![0; nodes.len()];
            for (at, node) in nodes.iter().enumerate().filter(|(_, node)| node.feature >= 0) {
                (depths[node.left as usize], depths[node.right as usize]) = (depths[at] + 1, depths[at] + 1);
            }
            depths.into_iter().max().unwrap()
        };
        let default = trees(IsolationForestConfig::default());
        assert!(default.len() == 100 && default.iter().all(|tree| tree[0].points == 256 && depth(tree) == 8));
        let deep = trees(IsolationForestConfig { max_depth: Some(256), ..Default::default() });
        assert!(deep.iter().all(|tree| tree.iter().all(|node| node.feature >= 0 || node.points == 1)));
        let narrow = trees(IsolationForestConfig { max_features: 0.4, ..Default::default() });
        let only =
            |tree: &[TreeNode], feature| tree.iter().all(|node| node.feature == feature || node.feature < 0);
        assert!(narrow.iter().all(|tree| (0..3).any(|feature| only(tree, feature))));
        assert!((0..3).all(|feature| narrow.iter().any(|tree| only(tree, feature))));
        assert_eq!([2, 3, 4, 5, 255, 256, 257].map(balanced_depth), [1, 2, 2, 3, 8, 8, 9]);
    }

    #[test]
    fn bad_data_is_refused_and_changes_nothing() {
        let mut forest = IsolationForest::new(IsolationForestConfig::default()).unwrap();
        assert!(matches!(forest.score_point(&[1.0]), Err(Error::NotReady { .. })));
        assert!(matches!(forest.to_trees(), Err(Error::NotReady { .. })));
        assert!(matches!(IsolationForest::from_trees(&[], 2), Err(Error::Data { .. })));
        assert!(matches!(IsolationForest::from_trees(&[vec![]], 2), Err(Error::Data { .. })));
        assert!(matches!(IsolationForest::from_trees(&[vec![]], 1), Err(Error::Config { .. })));
        let values = cloud();
        forest.fit(Rows::new("points", &values, 3).unwrap()).unwrap();
        let before = forest.clone();
        let refused = |values: &[f64], columns| {
            forest.clone().fit(Rows::new("points", values, columns).unwrap()).unwrap_err()
        };
        assert_eq!(refused(&[1.0, 2.0, 3.0, f64::NAN], 2).to_string(), "points: row 1, column 1 is NaN");
        assert_eq!(refused(&[1.0, f64::NEG_INFINITY], 1).to_string(), "points: row 1, column 0 is -inf");
        assert_eq!(refused(&[1.0], 1).to_string(), "points: has 1 rows, but a forest needs 2");
        assert!(matches!(refused(&[], 3), Error::Data { .. }));
        assert_eq!(forest.fit(Rows::new("points", &[f64::NAN; 6], 3).unwrap()).unwrap_err().code(), 40);
        assert_eq!(forest, before);
        let many = IsolationForestConfig { trees: MAX_TREES, ..Default::default() };
        let refused =
            IsolationForest::new(many).unwrap().fit(Rows::new("points", &values, 3).unwrap()).unwrap_err();
        assert!(refused.to_string().contains("2 GiB"), "{refused}");
        let message = forest.score(Rows::new("points", &values, 2).unwrap()).unwrap_err().to_string();
        assert_eq!(message, "points: have 2 dimensions, but the forest was fitted on 3");
        assert!(
            forest.score_point(&[1.0, 2.0]).is_err() && forest.score_point(&[1.0, 2.0, f64::NAN]).is_err()
        );
        assert_eq!(forest.score(Rows::new("points", &[], 3).unwrap()).unwrap(), [0.0; 0]);
        let given = IsolationForest::from_trees(&forest.to_trees().unwrap(), 256).unwrap();
        assert!(given.score_point(&[1.0, 2.0]).is_err() && given.score_point(&[1.0, 2.0, 3.0, 4.0]).is_ok());
    }

    proptest! {
        #[test]
        fn scores_follow_the_data_and_not_its_unit(
            values in prop::collection::vec(-1e6..1e6f64, 4..200), columns in 1usize..3, seed: u64, exponent in -20i32..20,
        ) {
            let values = &values[..values.len() / columns * columns];
            let rows = Rows::new("points", values, columns).unwrap();
            let config = IsolationForestConfig { trees: 5, sample_size: 32, seed, ..Default::default() };
            let scores = fitted(config.clone(), values, columns).score(rows).unwrap();
            prop_assert!(scores.iter().all(|&score| score > 0.0 && score < 1.0), "{:?}", scores);
            // A power of two scales every value, cut and comparison without rounding.
            let scaled: Vec<f64> = values.iter().map(|value| value * 2f64.powi(exponent)).collect();
            let forest = fitted(config, &scaled, columns);
            prop_assert_eq!(&forest.score(Rows::new("points", &scaled, columns).unwrap()).unwrap(), &scores);
            let given = IsolationForest::from_trees(&forest.to_trees().unwrap(), forest.fitted.as_ref().unwrap().sample_size).unwrap();
            prop_assert_eq!(&given.score(Rows::new("points", &scaled, columns).unwrap()).unwrap(), &scores);
        }
    }
}
