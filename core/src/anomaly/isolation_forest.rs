//! Isolation forest: points that few random cuts set apart from the others are rare, and score high.
//!
//! The score of a point is 2^(−E[h]/c(ψ)): h is the length of its path through a tree, averaged over the trees, and c(ψ)
//! its mean in a tree of ψ points ([`average_path_length`]). Near 1 is an anomaly, 0.5 is ordinary, below it is dense.
//! Liu, Ting, Zhou 2008, "Isolation Forest", ICDM; 2012, "Isolation-Based Anomaly Detection", ACM TKDD 6.
//!
//! [`average_path_length`]: super::average_path_length()

use super::average_path_length::{Normalizer, anomaly_score};
use super::isolation_forest_config::{IsolationForestConfig, MAX_NODES, MAX_TREES, check_sample_size};
use super::isolation_growth::{Growing, Growth};
use super::isolation_stream::Stream;
use super::isolation_threshold::{EVEN, quantile_from_top};
use super::isolation_tree::{Tree, TreeNode, WINDOW, Walk, add_paths_of_one};
use super::ordered::ordered;
use super::points::{LANES, Points};
use super::sample::Draw;
use crate::chunks;
use crate::error::{Error, Result};
use crate::random::Random;
use serde::{Deserialize, Serialize};

/// Most points that walk through a tree before the next tree is read, and values that they may have: both stay in the nearest cache.
const BLOCK: usize = 256;
const BLOCK_VALUES: usize = 8192;
/// So few points are scored one by one.
const FEW: usize = 4;
/// Values looked at, or steps of a walk, between two reports of progress: some milliseconds for each thread.
const WORK_PER_REPORT: usize = 1 << 21;

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
    pub(super) stream: Option<Stream>,
}

/// The trees, and what belongs to them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fitted {
    pub(super) trees: Vec<Tree>,
    pub(super) sample_size: u64,
    pub(super) dimensions: Dimensions,
    /// c(ψ).
    pub(super) path_length: f64,
    pub(super) threshold: f64,
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

    /// How many columns the trees may compare.
    fn compared(self) -> usize {
        let (Dimensions::Exactly(count) | Dimensions::AtLeast(count)) = self;
        count as usize
    }
}

impl IsolationForest {
    /// An unfitted forest.
    ///
    /// # Errors
    /// [`Error::Config`] names a setting out of its range.
    pub fn new(config: IsolationForestConfig) -> Result<Self> {
        config.check()?;
        Ok(IsolationForest { config, fitted: None, stream: None })
    }

    /// The settings.
    pub fn config(&self) -> &IsolationForestConfig {
        &self.config
    }

    /// Grows the trees on `points` of shape (points, dimensions), in place of those there were.
    ///
    /// O(trees · ψ · log ψ) time, and for a `contamination` that of scoring all points; memory of at most 32 bytes · trees · ψ.
    ///
    /// # Errors
    /// [`Error::Data`] for fewer than 2 points, a value that is NaN or infinite (with its row and column), or more trees
    /// and points than 2 GiB hold; the forest is then as it was.
    pub fn fit<'a>(&mut self, points: impl Into<Points<'a>>) -> Result<()> {
        self.fit_with(points, None, &mut |_| true)
    }

    /// As [`fit`](Self::fit), with a weight for each point, telling `progress` the share of the work done, 0 to 1, every few
    /// milliseconds.
    ///
    /// Each tree draws its sample point by point, every time with the share that a point's weight has in the weights of the
    /// points not drawn yet: a point of weight 0 is never drawn, one of twice the weight about twice as often. The weights have no
    /// unit.
    ///
    /// # Errors
    /// As `fit`; [`Error::Data`] also for weights that are negative, not finite, not one for each point, or for fewer than 2
    /// points not 0; [`Error::Stopped`] when `progress` says `false`.
    pub fn fit_with<'a>(
        &mut self,
        points: impl Into<Points<'a>>,
        sample_weights: Option<&[f64]>,
        progress: &mut dyn FnMut(f64) -> bool,
    ) -> Result<()> {
        let points = points.into();
        points.all_finite()?;
        if points.len() < 2 {
            return Err(Error::data("points", format!("has {} rows, but a forest needs 2", points.len())));
        }
        if points.len() > u32::MAX as usize || points.columns() > i32::MAX as usize {
            let problem = format!("has {} rows of {} columns: too many", points.len(), points.columns());
            return Err(Error::data("points", problem));
        }
        let (draw, possible) = match sample_weights {
            None => (Draw::equal(points.len()), points.len()),
            Some(weights) => Draw::weighted(points.len(), weights)?,
        };
        if possible < 2 {
            return Err(Error::data(
                "sample_weights",
                format!("leave {possible} points, but a forest needs 2"),
            ));
        }
        let config = &self.config;
        let growth = self.growth(config.sample_size.min(possible), points.columns());
        if growth.sample_size > MAX_NODES / config.trees / (1 + growth.slopes) {
            return Err(Error::data(
                "points",
                format!("{} trees of {} points would not fit into 2 GiB", config.trees, growth.sample_size),
            ));
        }
        let mut trees = vec![Tree::default(); config.trees];
        let work = growth.sample_size * (growth.max_depth.min(growth.sample_size) + 1) * growth.slopes;
        let batch = config.threads * (WORK_PER_REPORT / work).max(1);
        for (index, trees) in trees.chunks_mut(batch).enumerate() {
            chunks::fill(trees, config.threads, |first, chunk| {
                let (mut growing, mut draw) = (Growing::new(growth), draw.clone());
                for (at, tree) in chunk.iter_mut().enumerate() {
                    let number = index * batch + first + at;
                    growing.begin(Random::stream(config.seed, number as u64), points.columns(), &mut draw);
                    *tree = growing.finish(&points).clone();
                }
            })?;
            let share = ((index + 1) * batch).min(config.trees) as f64 / config.trees as f64;
            tell(progress, if config.contamination.is_some() { 0.5 * share } else { share })?;
        }
        let mut fitted = Fitted {
            trees,
            sample_size: growth.sample_size as u64,
            dimensions: Dimensions::Exactly(points.columns() as u64),
            path_length: config.normalizer.path_length(growth.sample_size as u64),
            threshold: EVEN,
        };
        if let Some(share) = config.contamination {
            let scores =
                fitted.score(&points, config.threads, &mut |done| tell(progress, 0.5 + 0.5 * done))?;
            fitted.threshold = quantile_from_top(scores, share);
        }
        self.fitted = Some(fitted);
        self.stream = None;
        Ok(())
    }

    /// How trees are grown on samples of points of `columns` columns.
    pub(super) fn growth(&self, sample_size: usize, columns: usize) -> Growth {
        let config = &self.config;
        let chosen = ((config.max_features * columns as f64) as usize).max(1);
        Growth {
            sample_size,
            columns: chosen,
            slopes: config.extension_level.saturating_add(1).min(chosen),
            max_depth: config.max_depth.unwrap_or(balanced_depth(sample_size)),
            normalizer: config.normalizer,
        }
    }

    /// The score of each point, between 0 and 1: the higher the rarer. `points` has the dimensions that were fitted.
    ///
    /// O(points · trees · log ψ).
    ///
    /// # Errors
    /// [`Error::NotReady`] before `fit`; [`Error::Data`] for other dimensions or a value that is NaN or infinite.
    pub fn score<'a>(&self, points: impl Into<Points<'a>>) -> Result<Vec<f64>> {
        let (fitted, points) = self.checked(points.into())?;
        fitted.score(&points, self.config.threads, &mut |_| Ok(()))
    }

    /// The score of one point: see [`score`](Self::score).
    ///
    /// # Errors
    /// As [`score`](Self::score).
    pub fn score_point(&self, point: &[f64]) -> Result<f64> {
        let fitted = self.fitted()?;
        fitted.dimensions.check(point.len())?;
        crate::error::all_finite("point", point)?;
        Ok(fitted.score_point(point))
    }

    /// The score above which a point counts as an outlier: 0.5, or what sets the share `contamination` of the fitted points apart.
    ///
    /// On a stream with a `contamination` it follows the scores, so that in the long run this share of them is above it.
    ///
    /// # Errors
    /// [`Error::NotReady`] before `fit`.
    pub fn threshold(&self) -> Result<f64> {
        Ok(self.fitted()?.threshold)
    }

    /// Points that each tree was grown on, ψ.
    ///
    /// # Errors
    /// [`Error::NotReady`] before `fit`.
    pub fn sample_size(&self) -> Result<u64> {
        Ok(self.fitted()?.sample_size)
    }

    /// How many values a point has; of given trees, the least that it may have.
    ///
    /// # Errors
    /// [`Error::NotReady`] before `fit`.
    pub fn dimensions(&self) -> Result<usize> {
        Ok(self.fitted()?.dimensions.compared())
    }

    /// Whether each point scores above the [`threshold`](Self::threshold). Score − threshold is the decision function.
    ///
    /// # Errors
    /// As [`score`](Self::score).
    pub fn is_outlier<'a>(&self, points: impl Into<Points<'a>>) -> Result<Vec<bool>> {
        let threshold = self.threshold()?;
        Ok(self.score(points)?.into_iter().map(|score| score > threshold).collect())
    }

    /// A forest from trees as data, grown on samples of `sample_size` points. They may come from another program.
    ///
    /// Points to score must have at least as many dimensions as the trees compare. The other settings are the defaults.
    ///
    /// # Errors
    /// [`Error::Data`] names the tree and node for no tree or too many, no node, a column or child out of range, a node reached twice
    /// or never, a threshold that is not finite, leaves with more points than the sample; [`Error::Config`] for a
    /// `sample_size` outside 2 to 2³² − 1.
    pub fn from_trees(trees: &[Vec<TreeNode>], sample_size: u64) -> Result<Self> {
        IsolationForest::from_trees_with(trees, sample_size, Normalizer::Harmonic)
    }

    /// As [`from_trees`](Self::from_trees), with the choice of c(n).
    ///
    /// # Errors
    /// As `from_trees`.
    pub fn from_trees_with(
        trees: &[Vec<TreeNode>],
        sample_size: u64,
        normalizer: Normalizer,
    ) -> Result<Self> {
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
        let tree = |(index, nodes): (usize, &Vec<TreeNode>)| {
            Tree::from_nodes(&format!("trees: tree {index}"), nodes, sample_size, normalizer)
        };
        let trees: Vec<Tree> = trees.iter().enumerate().map(tree).collect::<Result<_>>()?;
        let config = IsolationForestConfig {
            trees: trees.len(),
            sample_size: usize::try_from(sample_size).unwrap_or(usize::MAX),
            normalizer,
            ..IsolationForestConfig::default()
        };
        let fitted = Fitted {
            dimensions: Dimensions::AtLeast(trees.iter().map(Tree::columns).max().unwrap_or(0) as u64),
            path_length: normalizer.path_length(sample_size),
            trees,
            sample_size,
            threshold: EVEN,
        };
        Ok(IsolationForest { config, fitted: Some(fitted), stream: None })
    }

    /// The trees as data, nodes in pre-order; the points of an inner node are those below it.
    ///
    /// # Errors
    /// [`Error::NotReady`] before `fit`; [`Error::Config`] for oblique cuts, which compare no single column.
    pub fn to_trees(&self) -> Result<Vec<Vec<TreeNode>>> {
        let oblique =
            || Error::config("extension_level", "must be 0 for trees whose cuts are data: they are oblique");
        self.fitted()?.trees.iter().map(|tree| tree.to_nodes().ok_or_else(oblique)).collect()
    }

    pub(super) fn fitted(&self) -> Result<&Fitted> {
        self.fitted.as_ref().ok_or_else(|| {
            let problem = match &self.stream {
                None => "call fit first".into(),
                Some(stream) => format!("{} points were seen, and no tree is grown yet", stream.seen()),
            };
            Error::not_ready("IsolationForest", problem)
        })
    }

    /// The trees, and points that they can judge.
    pub(super) fn checked<'a>(&self, points: Points<'a>) -> Result<(&Fitted, Points<'a>)> {
        let fitted = self.fitted()?;
        fitted.dimensions.check(points.columns())?;
        points.all_finite()?;
        Ok((fitted, points))
    }
}

/// Tells `progress`, and stops when it says so.
fn tell(progress: &mut dyn FnMut(f64) -> bool, share: f64) -> Result<()> {
    if progress(share) { Ok(()) } else { Err(Error::Stopped { percent: (100.0 * share) as u8 }) }
}

impl Fitted {
    /// Scores all points; `progress` is told the share done, and may stop it.
    fn score(
        &self,
        points: &Points<'_>,
        threads: usize,
        progress: &mut dyn FnMut(f64) -> Result<()>,
    ) -> Result<Vec<f64>> {
        let mut scores = vec![0.0; points.len()];
        if points.len() < FEW {
            let mut lanes = vec![[0.0; LANES]; points.columns()];
            for (row, score) in scores.iter_mut().enumerate() {
                points.copy_columns(row, 1, |value| value, &mut lanes);
                *score = self.score_point(&lanes.iter().map(|&[value, ..]| value).collect::<Vec<f64>>());
            }
            return Ok(scores);
        }
        let batch = threads * (WORK_PER_REPORT / self.trees.len()).next_multiple_of(BLOCK).max(BLOCK);
        let (count, compared) = (points.len(), self.dimensions.compared());
        let block = (BLOCK_VALUES / (compared + 1) / LANES * LANES).clamp(LANES, BLOCK);
        for (index, scores) in scores.chunks_mut(batch).enumerate() {
            chunks::fill(scores, threads, |first, chunk| {
                let mut table = vec![[0; LANES]; (compared + 1) * (block / LANES) + WINDOW];
                for (at, scores) in chunk.chunks_mut(block).enumerate() {
                    self.score_block(
                        points,
                        index * batch + first + at * block,
                        compared,
                        &mut table,
                        scores,
                    );
                }
            })?;
            progress(((index + 1) * batch).min(count) as f64 / count as f64)?;
        }
        Ok(scores)
    }

    /// Scores the points from number `first` on, as many as `scores` has places, by way of `table`: [`LANES`] points side by
    /// side, their columns behind one of 0. The order of the additions is that of `score_point`.
    fn score_block(
        &self,
        points: &Points<'_>,
        first: usize,
        compared: usize,
        table: &mut [[u64; LANES]],
        scores: &mut [f64],
    ) {
        let mut sums = [[0.0; LANES]; BLOCK / LANES];
        let groups = scores.len().div_ceil(LANES);
        for (group, lanes) in table.chunks_exact_mut(compared + 1).take(groups).enumerate() {
            let count = LANES.min(scores.len() - group * LANES);
            points.copy_columns(
                first + group * LANES,
                count,
                ordered,
                lanes.get_mut(1..).unwrap_or_default(),
            );
        }
        let mut walk = Walk::default();
        for tree in &self.trees {
            walk.add_paths(tree, table, compared + 1, sums.get_mut(..groups).unwrap_or_default());
        }
        for (score, sum) in scores.iter_mut().zip(sums.as_flattened()) {
            *score = self.anomaly_score(*sum);
        }
    }

    /// The score of a point that was checked.
    pub(super) fn score_point(&self, point: &[f64]) -> f64 {
        let behind = std::iter::once(0).chain(point.iter().copied().map(ordered));
        // Few columns need no memory of their own.
        let mut few = [0; 32];
        let sum = match few.get_mut(..=point.len()) {
            Some(columns) => {
                columns.iter_mut().zip(behind).for_each(|(column, value)| *column = value);
                add_paths_of_one(&self.trees, columns, 0.0)
            }
            None => add_paths_of_one(&self.trees, &behind.collect::<Vec<u64>>(), 0.0),
        };
        self.anomaly_score(sum)
    }

    pub(super) fn anomaly_score(&self, sum_of_paths: f64) -> f64 {
        anomaly_score(sum_of_paths / self.trees.len() as f64, self.path_length)
    }
}

/// ⌈log2 ψ⌉: the depth of a balanced tree of ψ points.
pub(super) fn balanced_depth(sample_size: usize) -> usize {
    sample_size.next_power_of_two().ilog2() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Rows;
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
    fn a_forest_of_scikit_learn_scores_as_there() {
        let oracle: Value = serde_json::from_str(include_str!(
            "../../../tests/vectors/oracle/isolation_forest_logarithmic.json"
        ))
        .unwrap();
        let case = &oracle["cases"][0];
        let mut nodes = serde_json::from_value::<Vec<TreeNode>>(case["nodes"].clone()).unwrap().into_iter();
        let lengths: Vec<usize> = serde_json::from_value(case["lengths"].clone()).unwrap();
        let trees: Vec<Vec<TreeNode>> =
            lengths.into_iter().map(|length| nodes.by_ref().take(length).collect()).collect();
        let points: Vec<Vec<f64>> = serde_json::from_value(case["points"].clone()).unwrap();
        let forest = IsolationForest::from_trees_with(&trees, 32, Normalizer::Logarithmic).unwrap();
        for (point, expected) in points.iter().zip(case["scores"].as_array().unwrap()) {
            let expected = expected.as_f64().unwrap();
            assert!((forest.score_point(point).unwrap() - expected).abs() < 1e-15 + 1e-12 * expected);
        }
        let restored = IsolationForest::restore(&forest.snapshot().unwrap()).unwrap();
        assert_eq!(restored, forest);
    }

    #[test]
    fn every_layout_and_any_count_of_points_gives_the_same_bits() {
        let values: Vec<f64> = cloud().iter().map(|&value| f64::from(value as f32)).collect();
        let single: Vec<f32> = values.iter().map(|&value| value as f32).collect();
        let turn = |values: &[f64]| {
            (0..3).flat_map(|c| values[c..].iter().step_by(3).copied().collect::<Vec<_>>()).collect()
        };
        let columns: Vec<f64> = turn(&values);
        let single_columns: Vec<f32> = columns.iter().map(|&value| value as f32).collect();
        for extension_level in [0, 1] {
            let config = IsolationForestConfig { trees: 30, extension_level, ..Default::default() };
            let expected =
                fitted(config.clone(), &values, 3).score(Rows::new("points", &values, 3).unwrap()).unwrap();
            for points in [
                Points::by_row(&single[..], 300, 3).unwrap(),
                Points::by_column(&columns[..], 300, 3).unwrap(),
                Points::by_column(&single_columns[..], 300, 3).unwrap(),
            ] {
                let mut forest = IsolationForest::new(config.clone()).unwrap();
                forest.fit(points).unwrap();
                assert_eq!(forest.score(points).unwrap(), expected);
                for count in (0..20).chain([255, 257]) {
                    let few = Points::by_row(&values[..3 * count], count, 3).unwrap();
                    assert_eq!(forest.score(few).unwrap(), expected[..count], "{count}");
                }
            }
        }
    }

    #[test]
    fn the_threshold_sets_the_contamination_apart() {
        let values = cloud();
        let rows = Rows::new("points", &values, 3).unwrap();
        for share in [0.01, 0.1, 0.5] {
            let forest = fitted(
                IsolationForestConfig { contamination: Some(share), ..Default::default() },
                &values,
                3,
            );
            let outliers = forest.is_outlier(rows).unwrap().into_iter().filter(|&outlier| outlier).count();
            assert_eq!(outliers, (300.0 * share) as usize, "{share}");
        }
        let forest = fitted(IsolationForestConfig::default(), &values, 3);
        assert_eq!(forest.threshold().unwrap(), 0.5);
        let above: Vec<bool> = forest.score(rows).unwrap().into_iter().map(|score| score > 0.5).collect();
        assert_eq!(forest.is_outlier(rows).unwrap(), above);
    }

    #[test]
    fn weights_say_which_points_are_drawn() {
        // A second cloud far away, of weight 0: no tree knows of it. Of weight 1, the first cloud's trees do.
        let mut values = cloud();
        values.extend(cloud().iter().map(|value| value + 50.0));
        let rows = Rows::new("points", &values, 3).unwrap();
        let mut weights = vec![1.0; 600];
        weights[300..].fill(0.0);
        let mut forest = IsolationForest::new(IsolationForestConfig::default()).unwrap();
        forest.fit_with(rows, Some(&weights), &mut |_| true).unwrap();
        assert!(forest.to_trees().unwrap().iter().flatten().all(|node| node.threshold < 10.0));
        assert!(forest.score_point(&[50.0; 3]).unwrap() > 0.6);
        forest.fit(rows).unwrap();
        assert!(forest.score_point(&[50.0; 3]).unwrap() < 0.5);
        // Fewer weights than the sample asks for: a smaller sample.
        weights.fill(0.0);
        weights[..40].fill(1e-200);
        forest.fit_with(rows, Some(&weights), &mut |_| true).unwrap();
        assert_eq!(forest.sample_size().unwrap(), 40);
        let before = forest.clone();
        weights[1..].fill(0.0);
        assert!(
            forest
                .fit_with(rows, Some(&weights), &mut |_| true)
                .unwrap_err()
                .to_string()
                .contains("leave 1 points")
        );
        assert!(forest.fit_with(rows, Some(&weights[1..]), &mut |_| true).is_err() && forest == before);
    }

    #[test]
    fn progress_goes_up_and_stops_the_fit() {
        let values: Vec<f64> = (0..60_000).map(f64::from).collect();
        let rows = Rows::new("points", &values, 1).unwrap();
        let config = IsolationForestConfig {
            sample_size: 60_000,
            trees: 8,
            contamination: Some(0.1),
            ..Default::default()
        };
        let mut forest = IsolationForest::new(config).unwrap();
        let mut shares = vec![];
        forest
            .fit_with(rows, None, &mut |share| {
                shares.push(share);
                true
            })
            .unwrap();
        assert!(shares.len() > 4 && shares.is_sorted() && shares.last() == Some(&1.0), "{shares:?}");
        let before = forest.clone();
        for last in [0.0, 0.7] {
            let stopped = forest.fit_with(rows, None, &mut |share| share < last).unwrap_err();
            assert!(matches!(stopped, Error::Stopped { .. }), "{stopped}");
            assert_eq!(forest, before);
        }
    }

    #[test]
    fn oblique_cuts_do_not_see_the_axes() {
        // A round cloud: along a circle around it all points are alike, which cuts along the axes do not see. Two clouds: where
        // their bands cross there is nothing, and yet cuts along the axes take it for ordinary (Hariri et al. 2019, figures 1 to 4).
        let values = cloud();
        let round: Vec<f64> = values.chunks(3).flat_map(|row| [row[0], row[1]]).collect();
        let two: Vec<f64> = values
            .chunks(3)
            .enumerate()
            .flat_map(|(at, row)| if at % 2 == 0 { [row[0], row[1] + 10.0] } else { [row[0] + 10.0, row[1]] })
            .collect();
        let score = |values: &[f64], extension_level, point: [f64; 2]| {
            fitted(IsolationForestConfig { trees: 400, extension_level, ..Default::default() }, values, 2)
                .score_point(&point)
                .unwrap()
        };
        let spread = |level| {
            let scores = (0..16).map(|step| {
                score(
                    &round,
                    level,
                    [
                        4.0 * (f64::from(step) / 8.0 * std::f64::consts::PI).cos(),
                        4.0 * (f64::from(step) / 8.0 * std::f64::consts::PI).sin(),
                    ],
                )
            });
            let scores: Vec<f64> = scores.collect();
            scores.iter().copied().fold(0.0, f64::max) - scores.iter().copied().fold(1.0, f64::min)
        };
        let (axes, oblique) = (spread(0), spread(1));
        assert!(oblique < 0.5 * axes, "spread along a circle: {oblique}, and {axes} along the axes");
        // Beside the ghost at the origin, a point as far from both clouds that lies in no band.
        let ghost = |level| score(&two, level, [0.0, 0.0]) - score(&two, level, [5.0, 5.0]);
        let (axes, oblique) = (ghost(0), ghost(1));
        assert!(
            axes < -0.02 && oblique > 0.0,
            "ghost above the middle: {oblique}, and {axes} along the axes"
        );
        let forest = fitted(IsolationForestConfig { extension_level: 1, ..Default::default() }, &two, 2);
        assert!(forest.to_trees().unwrap_err().to_string().starts_with("extension_level"));
    }

    #[test]
    fn strange_data_is_data() {
        let config = || IsolationForestConfig { trees: 10, ..Default::default() };
        // Two points; a thousand dimensions; only duplicates; numbers of any size.
        for extension_level in [0, 5, 2000] {
            let config = || IsolationForestConfig { extension_level, ..config() };
            let wide: Vec<f64> = (0..20_000).map(|at| f64::from(at * at % 1009)).collect();
            let forest = fitted(config(), &wide, 1000);
            assert!(
                forest
                    .score(Points::by_row(&wide[..], 20, 1000).unwrap())
                    .unwrap()
                    .iter()
                    .all(|score| (0.3..0.7).contains(score))
            );
            assert!((fitted(config(), &[1.0, 2.0], 1).score_point(&[1.0]).unwrap() - 0.5).abs() < 1e-12);
            let huge = [f64::MAX, -f64::MAX, 0.0, f64::MIN_POSITIVE, 1e300, -1e-300];
            let scores = fitted(config(), &huge, 2).score(Points::by_row(&huge[..], 3, 2).unwrap()).unwrap();
            assert!(scores.iter().all(|score| *score > 0.0 && *score < 1.0), "{scores:?}");
            assert!((fitted(config(), &[3.0; 50], 5).score_point(&[7.0; 5]).unwrap() - 0.5).abs() < 1e-14);
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
    fn forests_of_neighbouring_seeds_share_no_tree() {
        let values = cloud();
        let mut roots = std::collections::BTreeSet::new();
        for seed in 0..30 {
            let trees =
                fitted(IsolationForestConfig { seed, ..Default::default() }, &values, 3).to_trees().unwrap();
            roots.extend(trees.iter().map(|tree| tree[0].threshold.to_bits()));
        }
        assert_eq!(roots.len(), 3000);
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
