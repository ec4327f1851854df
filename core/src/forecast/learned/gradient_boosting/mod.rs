//! Boosted trees as a correction of the linear model: one boosting for the mean, one for each side of the law.

mod bins;
mod boosting;
mod tree;

use super::lesson::{Correction, Lesson, NARROWEST, TAIL, Watch, check_size};
use crate::error::{Result, strictly_between};
use bins::Bins;
use boosting::{Boosting, Loss, Pace};
use serde::{Deserialize, Serialize};
use tree::Shape;

const MOST_BINS: usize = 64;
const SHRINKAGE: f64 = 1.0;
/// The sides of the law are simpler than the mean, and their loss is noisier.
const SIDE_TREES: usize = 40;
const SIDE_LEAVES: usize = 8;

/// How the trees are grown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TreeSettings {
    pub(super) trees: usize,
    pub(super) leaves: usize,
    pub(super) rows_in_leaf: usize,
    pub(super) learning_rate: f64,
}

impl TreeSettings {
    pub(super) fn check(&self) -> Result<()> {
        check_size("trees", self.trees, 0, 10_000)?;
        check_size("leaves", self.leaves, 2, 256)?;
        check_size("rows_in_leaf", self.rows_in_leaf, 1, 1_000_000)?;
        strictly_between("learning_rate", self.learning_rate, 0.0, 1.0)?;
        Ok(())
    }

    fn pace(&self) -> Pace {
        let shape = Shape { leaves: self.leaves, rows_in_leaf: self.rows_in_leaf, shrinkage: SHRINKAGE };
        Pace { trees: self.trees, learning_rate: self.learning_rate, shape }
    }

    fn pace_of_sides(&self) -> Pace {
        let pace = self.pace();
        let shape = Shape { leaves: self.leaves.min(SIDE_LEAVES), ..pace.shape };
        Pace { trees: self.trees.min(SIDE_TREES), shape, ..pace }
    }
}

/// The trees: the mean of what the linear model leaves, and the quantiles of what then is left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Trees {
    mean: Boosting,
    below: Boosting,
    above: Boosting,
}

impl Trees {
    /// From the first `learn` samples, where `targets` stand for the residuals; what those held out say ends the growth.
    fn learn(
        lesson: &Lesson<'_>,
        targets: &[f64],
        learn: usize,
        paces: [Pace; 3],
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let [of_mean, of_below, of_above] = paces;
        let bins = Bins::fit(lesson.rows, MOST_BINS);
        let codes = bins.codes(lesson.rows);
        let ground = (&bins, codes.as_slice(), lesson.rows);
        let mean = Boosting::fit(ground, targets, learn, Loss::Squared, of_mean, &mut watch.part(0.0, 0.8))?;
        let rows = targets.iter().zip(lesson.rows.iter());
        let left: Vec<f64> = rows.map(|(target, row)| target - mean.value(row)).collect();
        let mut side = |p: f64, pace: Pace, from: f64| {
            Boosting::fit(ground, &left, learn, Loss::Quantile(p), pace, &mut watch.part(from, from + 0.1))
        };
        let (below, above) = (side(TAIL, of_below, 0.8)?, side(1.0 - TAIL, of_above, 0.9)?);
        Ok(Trees { mean, below, above })
    }

    /// As [`Corrector::fit`](super::lesson::Corrector::fit), for other targets than the lesson's.
    pub(super) fn fit_to(
        settings: &TreeSettings,
        lesson: &Lesson<'_>,
        targets: &[f64],
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let sides = settings.pace_of_sides();
        Trees::learn(lesson, targets, lesson.learn, [settings.pace(), sides, sides], watch)
    }

    /// As [`Trees::fit_to`] without learning the sides of the law.
    pub(super) fn fit_mean_to(
        settings: &TreeSettings,
        lesson: &Lesson<'_>,
        targets: &[f64],
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let none = Pace { trees: 0, ..settings.pace() };
        Trees::learn(lesson, targets, lesson.learn, [settings.pace(), none, none], watch)
    }

    /// As [`Corrector::settle`](super::lesson::Corrector::settle), for other targets than the lesson's.
    pub(super) fn settle_on(
        &mut self,
        settings: &TreeSettings,
        lesson: &Lesson<'_>,
        targets: &[f64],
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        let sides = settings.pace_of_sides();
        let paces = [
            Pace { trees: self.mean.trees(), ..settings.pace() },
            Pace { trees: self.below.trees(), ..sides },
            Pace { trees: self.above.trees(), ..sides },
        ];
        *self = Trees::learn(lesson, targets, targets.len(), paces, watch)?;
        Ok(())
    }

    pub(super) fn of_row(&self, row: &[f64]) -> Correction {
        Correction {
            shift: self.mean.value(row),
            below: (-self.below.value(row)).max(NARROWEST),
            above: self.above.value(row).max(NARROWEST),
        }
    }

    pub(super) fn fits(&self, columns: usize) -> bool {
        [&self.mean, &self.below, &self.above].iter().all(|boosting| boosting.is_whole(columns))
    }

    /// How many trees, and how often each column was split on.
    pub(super) fn splits(&self, names: &[String]) -> serde_json::Value {
        let splits = self.mean.splits(names.len());
        let mut used: Vec<_> = names.iter().zip(splits).filter(|(_, count)| *count > 0).collect();
        used.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let splits: serde_json::Map<_, _> =
            used.into_iter().map(|(name, count)| (name.clone(), count.into())).collect();
        serde_json::json!({ "trees": self.mean.trees(), "splits": splits })
    }
}
