//! Gradient boosting of histogram trees, for the mean or for a quantile.
//!
//! Friedman 2001: each tree is grown on the negative gradient of the loss at what was fitted so far, and its leaves take
//! the step that is best for the loss itself: the mean of the residuals for squared loss (section 4.1), their
//! p-quantile for pinball loss (as the median in section 4.2); both times the learning rate. Growth stops early when
//! the rows held out have not gained for a while.

use super::bins::Bins;
use super::tree::{Ground, Shape, Tree};
use crate::error::Result;
use crate::forecast::learned::lesson::Watch;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

/// Trees without a gain on the held-out rows after which growth stops.
const PATIENCE: usize = 10;

/// Trees that gain less than this on the held-out rows are not worth their risk.
const GAIN: f64 = 0.99;

/// What a boosting minimises.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) enum Loss {
    Squared,
    /// Pinball loss of this probability, in (0, 1).
    Quantile(f64),
}

impl Loss {
    fn of(self, residual: f64) -> f64 {
        match self {
            Loss::Squared => residual * residual,
            Loss::Quantile(p) => (p * residual).max((p - 1.0) * residual),
        }
    }

    fn negative_gradient(self, residual: f64) -> f64 {
        match self {
            Loss::Squared => residual,
            Loss::Quantile(p) if residual > 0.0 => p,
            Loss::Quantile(p) => p - 1.0,
        }
    }

    /// The constant that fits the residuals best.
    fn best_constant(self, residuals: &mut [f64], shrinkage: f64) -> f64 {
        match self {
            Loss::Squared => residuals.iter().sum::<f64>() / (residuals.len() as f64 + shrinkage).max(1.0),
            Loss::Quantile(p) => {
                residuals.sort_unstable_by(f64::total_cmp);
                let at = p * (residuals.len().max(1) - 1) as f64;
                let near = |at: f64| residuals.get(at as usize).copied().unwrap_or(0.0);
                let (low, high) = (near(at.floor()), near(at.ceil()));
                low + (at - at.floor()) * (high - low)
            }
        }
    }
}

/// How a boosting learns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Pace {
    pub(in super::super) trees: usize,
    pub(in super::super) learning_rate: f64,
    pub(in super::super) shape: Shape,
}

/// A sum of trees.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Boosting {
    base: f64,
    trees: Vec<Tree>,
}

impl Boosting {
    /// Learns from the first `learn` rows; the others, if any, are held out and say when to stop.
    ///
    /// `codes` are those of `rows` under `bins`. Cost: trees · rows · columns · log2(leaves) additions.
    pub(in super::super) fn fit(
        (bins, codes, rows): (&Bins, &[u8], Rows<'_>),
        targets: &[f64],
        learn: usize,
        loss: Loss,
        pace: Pace,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let (learned_from, held_out) = targets.split_at(learn.min(targets.len()));
        let base = loss.best_constant(&mut learned_from.to_vec(), 0.0);
        let base = if base.is_finite() { base } else { 0.0 };
        let mut boosting = Boosting { base, trees: Vec::new() };
        let mut residuals: Vec<f64> = targets.iter().map(|target| target - base).collect();
        let ground = Ground { bins, codes, shape: pace.shape };
        let lost = |residuals: &[f64]| residuals.iter().map(|residual| loss.of(*residual)).sum::<f64>();
        let without = lost(residuals.split_at(learned_from.len()).1);
        let (mut best, mut keep) = (without, 0);
        let (mut gradient, mut in_leaf) = (Vec::new(), Vec::new());
        for grown in 0..pace.trees {
            watch.tell(grown as f64 / pace.trees as f64)?;
            let (known, _) = residuals.split_at(learned_from.len());
            gradient.clear();
            gradient.extend(known.iter().map(|residual| loss.negative_gradient(*residual)));
            let tree = Tree::grow(ground, &gradient, |rows| {
                in_leaf.clear();
                in_leaf.extend(rows.iter().filter_map(|row| known.get(*row as usize)));
                pace.learning_rate * loss.best_constant(&mut in_leaf, pace.shape.shrinkage)
            });
            residuals.iter_mut().zip(rows.iter()).for_each(|(residual, row)| *residual -= tree.value(row));
            boosting.trees.push(tree);
            if held_out.is_empty() {
                continue;
            }
            let now = lost(residuals.split_at(learned_from.len()).1);
            if now < best {
                (best, keep) = (now, boosting.trees.len());
            } else if boosting.trees.len() >= keep + PATIENCE {
                break;
            }
        }
        if !held_out.is_empty() {
            boosting.trees.truncate(if best < GAIN * without { keep } else { 0 });
        }
        Ok(boosting)
    }

    /// Value for a row of columns. O(trees · depth).
    pub(in super::super) fn value(&self, row: &[f64]) -> f64 {
        self.trees.iter().fold(self.base, |sum, tree| sum + tree.value(row))
    }

    /// Count of trees.
    pub(in super::super) fn trees(&self) -> usize {
        self.trees.len()
    }

    /// How often each of `columns` columns was split on.
    pub(in super::super) fn splits(&self, columns: usize) -> Vec<u64> {
        let mut counts = vec![0; columns];
        self.trees.iter().for_each(|tree| tree.count_splits(&mut counts));
        counts
    }

    /// Whether it may be evaluated on rows of `columns` numbers.
    pub(in super::super) fn is_whole(&self, columns: usize) -> bool {
        self.base.is_finite() && self.trees.iter().all(|tree| tree.is_whole(columns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Friedman's first test function (1991, "Multivariate Adaptive Regression Splines", section 4.3) with unit noise, on
    /// numbers that any program can draw again: rows of 5, then targets.
    fn friedman(count: usize) -> (Vec<f64>, Vec<f64>) {
        let mut state = 12_345u64;
        let mut draw = || {
            state = (1_103_515_245 * state + 12_345) % (1 << 31);
            state as f64 / f64::from(1u32 << 31)
        };
        let (mut rows, mut targets) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let x: Vec<f64> = (0..5).map(|_| draw()).collect();
            let noise = (0..12).map(|_| draw()).sum::<f64>() - 6.0;
            let wave = 10.0 * (std::f64::consts::PI * x[0] * x[1]).sin();
            targets.push(wave + 20.0 * (x[2] - 0.5) * (x[2] - 0.5) + 10.0 * x[3] + 5.0 * x[4] + noise);
            rows.extend(x);
        }
        (rows, targets)
    }

    fn fit(values: &[f64], targets: &[f64], learn: usize, loss: Loss, pace: Pace) -> Boosting {
        let rows = Rows::whole(values, 5);
        let bins = Bins::fit(rows, 64);
        let codes = bins.codes(rows);
        Boosting::fit((&bins, &codes, rows), targets, learn, loss, pace, &mut Watch::new(&mut |_| true))
            .unwrap()
    }

    fn pace(rows_in_leaf: usize, shrinkage: f64) -> Pace {
        Pace { trees: 200, learning_rate: 0.1, shape: Shape { leaves: 16, rows_in_leaf, shrinkage } }
    }

    /// Mean loss on the second half after learning from the first.
    fn lost(loss: Loss) -> f64 {
        let (values, targets) = friedman(2000);
        let rows = Rows::whole(&values, 5);
        let shrinkage = if loss == Loss::Squared { 1.0 } else { 0.0 };
        let boosting = fit(&values[..5000], &targets[..1000], 1000, loss, pace(20, shrinkage));
        assert!(boosting.trees() == 200 && boosting.is_whole(5));
        let tests = rows.iter().zip(&targets).skip(1000);
        tests.map(|(row, target)| loss.of(target - boosting.value(row))).sum::<f64>() / 1000.0
    }

    #[test]
    fn it_is_as_accurate_as_scikit_learn() {
        // HistGradientBoostingRegressor of scikit-learn 1.9.1 on the same numbers: max_iter=200, learning_rate=0.1,
        // max_leaf_nodes=16, min_samples_leaf=20, max_bins=64, early_stopping=False; l2_regularization=1 for the mean.
        for (loss, theirs) in
            [(Loss::Squared, 1.657_875), (Loss::Quantile(0.1), 0.312_466), (Loss::Quantile(0.9), 0.296_368)]
        {
            let ours = lost(loss);
            assert!(ours < 1.03 * theirs, "{loss:?}: {ours}, scikit-learn {theirs}");
        }
    }

    #[test]
    fn held_out_rows_end_the_growth_and_noise_is_not_learned() {
        let (values, targets) = friedman(1000);
        let of_law = fit(&values, &targets, 700, Loss::Squared, pace(20, 1.0));
        assert!((20..200).contains(&of_law.trees()), "{}", of_law.trees());
        assert_eq!(of_law, fit(&values, &targets, 700, Loss::Squared, pace(20, 1.0)));
        let mut random = crate::random::Random::new(4);
        let noise: Vec<f64> = (0..1000).map(|_| random.normal()).collect();
        let of_noise = fit(&values, &noise, 700, Loss::Squared, pace(20, 1.0));
        assert_eq!(of_noise.trees(), 0);
        assert_eq!(of_law.splits(5).iter().map(|count| usize::from(*count > 0)).sum::<usize>(), 5);
    }
}
