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
#[path = "isolation_forest_tests.rs"]
mod tests;
