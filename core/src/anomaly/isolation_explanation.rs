//! Which column pushed a score: each cut on a point's way is credited with what it changed of the expected path.
//!
//! A node expects the mean path length of the sample's points below it. A cut takes a point from the expectation of a node to
//! that of a child, and the sum of these changes over a path is its length less the mean (Saabas 2014, "Interpreting random forests";
//! for isolation trees the prediction is the path length). The score is a convex function of the mean path; the changes are turned
//! into parts of the score by its mean slope between the two, so that they add up to score − base (the Aumann-Shapley value
//! of a function of a sum). A plane's change is shared by its columns in proportion to |weight · (value − through)|.

use super::average_path_length::anomaly_score;
use super::isolation_forest::IsolationForest;
use super::points::{LANES, Points};
use crate::error::Result;
use crate::math;

impl IsolationForest {
    /// Why points score as they do: the base score, that of the mean path of the trees' own samples, and for each point and column
    /// (row after row) what it adds to the base. The sum over the columns is score − base, up to rounding.
    ///
    /// A positive contribution makes a point rarer. Columns that a tree could not cut, because of `max_features` or because
    /// they are constant, get nothing of it. O(points · trees · log ψ), and O(nodes) once.
    ///
    /// # Errors
    /// As [`score`](Self::score).
    #[allow(clippy::indexing_slicing, reason = "a tree's columns are among those of the points")]
    pub fn explain<'a>(&self, points: impl Into<Points<'a>>) -> Result<(f64, Vec<f64>)> {
        let (fitted, points) = self.checked(points.into())?;
        let (trees, columns) = (fitted.trees.len() as f64, points.columns());
        let expectations: Vec<Vec<f64>> = fitted.trees.iter().map(|tree| tree.expectations()).collect();
        let expected: f64 = expectations.iter().filter_map(|tree| tree.first()).sum();
        let base = anomaly_score(expected / trees, fitted.path_length);
        let mut contributions = vec![0.0; points.len() * columns];
        let mut lanes = vec![[0.0; LANES]; columns];
        let mut shares: Vec<f64> = Vec::new();
        for (row, changes) in contributions.chunks_exact_mut(columns).enumerate() {
            points.copy_columns(row, 1, |value| value, &mut lanes);
            let value = |column: usize| lanes[column][0];
            let mut change = 0.0;
            for (tree, expectations) in fitted.trees.iter().zip(&expectations) {
                let (mean, length) = tree.follow(expectations, &value, |feature, step| match tree.planes() {
                    None => changes[feature] += step,
                    Some(planes) => {
                        let terms = planes.plane(feature);
                        let part = |term: &super::planes::Term| {
                            (term.weight * (value(term.column as usize) - term.through)).abs().min(f64::MAX)
                        };
                        shares.clear();
                        shares.extend(terms.iter().map(part));
                        let most = shares.iter().copied().fold(0.0, f64::max);
                        shares
                            .iter_mut()
                            .for_each(|share| *share = if most > 0.0 { *share / most } else { 1.0 });
                        let all: f64 = shares.iter().sum();
                        for (term, share) in terms.iter().zip(&shares) {
                            changes[term.column as usize] += step * share / all;
                        }
                    }
                });
                change += length - mean;
            }
            // base·(2^(−x) − 1)/x, x the change of the mean path in units of c(ψ).
            let x = change / trees / fitted.path_length;
            let ln2 = std::f64::consts::LN_2;
            let slope = if x == 0.0 { -base * ln2 } else { base * math::expm1(-x * ln2) / x };
            changes.iter_mut().for_each(|part| *part *= slope / trees / fitted.path_length);
        }
        Ok((base, contributions))
    }
}

#[cfg(test)]
mod tests {
    use super::super::IsolationForestConfig;
    use super::*;
    use crate::random::Random;

    fn cloud(columns: usize) -> Vec<f64> {
        let mut random = Random::new(8);
        (0..600 * columns).map(|_| random.normal()).collect()
    }

    fn fitted(columns: usize, extension_level: usize) -> IsolationForest {
        let config = IsolationForestConfig { extension_level, ..Default::default() };
        let mut forest = IsolationForest::new(config).unwrap();
        forest.fit(Points::by_row(&cloud(columns)[..], 600, columns).unwrap()).unwrap();
        forest
    }

    #[test]
    fn contributions_add_up_to_the_score() {
        let values: Vec<f64> = cloud(4).into_iter().map(|value| 2.0 * value).collect();
        let points = Points::by_row(&values[..], 600, 4).unwrap();
        for level in [0, 1, 3] {
            let forest = fitted(4, level);
            let (base, contributions) = forest.explain(points).unwrap();
            for (parts, score) in contributions.chunks(4).zip(forest.score(points).unwrap()) {
                let sum: f64 = parts.iter().sum();
                assert!((base + sum - score).abs() < 1e-13, "level {level}: {base} + {sum} is not {score}");
            }
        }
    }

    #[test]
    fn the_column_that_is_rare_is_blamed() {
        for level in [0, 1, 4] {
            let forest = fitted(5, level);
            for rare in 0..5 {
                let mut point = [0.1, -0.2, 0.0, 0.3, -0.1];
                point[rare] = 5.0;
                let (_, parts) = forest.explain(Points::by_row(&point[..], 1, 5).unwrap()).unwrap();
                let others = parts.iter().enumerate().filter(|&(at, _)| at != rare);
                assert!(
                    others.map(|(_, part)| 3.0 * part).all(|part| part < parts[rare]),
                    "{level}, {rare}: {parts:?}"
                );
            }
        }
    }

    #[test]
    fn a_given_tree_is_explained_by_hand() {
        // Four points: column 1 parts one of them, then column 0 parts one of three. Means: 1 at the left leaf; 1 + (1 + 2·(1 + 1))/3.
        use super::super::{TreeNode, average_path_length};
        let inner = |feature, left, right| TreeNode { feature, threshold: 0.5, left, right, points: 0 };
        let leaf = |points| TreeNode { feature: -1, threshold: 0.0, left: -1, right: -1, points };
        let trees = [vec![inner(1, 1, 2), leaf(1), inner(0, 3, 4), leaf(1), leaf(2)]];
        let forest = IsolationForest::from_trees(&trees, 4).unwrap();
        let below = (2.0 + 2.0 * 3.0) / 3.0;
        let root = (1.0 + 3.0 * below) / 4.0;
        let score = |path: f64| (-path / average_path_length(4)).exp2();
        let (base, parts) = forest.explain(Points::by_row(&[1.0, 1.0, 9.0][..], 1, 3).unwrap()).unwrap();
        let slope = (score(3.0) - score(root)) / (3.0 - root);
        assert!((base - score(root)).abs() < 1e-15);
        for (part, expected) in parts.into_iter().zip([slope * (3.0 - below), slope * (below - root), 0.0]) {
            assert!((part - expected).abs() < 1e-15, "{part}, not {expected}");
        }
    }
}
