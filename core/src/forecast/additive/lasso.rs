//! The exact minimum of ½·θᵀHθ − bᵀθ + Σ λⱼ|θⱼ|, where λⱼ is 0 for most θ.
//!
//! Between the kinks the cost is quadratic: an active-set search goes to the minimum of the piece that it is in, stops at
//! the first coefficient that would change its sign, and lets the coefficient in whose slope is steepest against its
//! λ (Lee, Battle, Raina & Ng 2006, "Efficient sparse coding algorithms", NIPS 19; Osborne, Presnell & Turlach 2000,
//! IMA J. Numer. Anal. 20). Each step lowers the cost, so that it ends, and it ends at the minimum itself.

use super::gram::Gram;

pub(super) struct Lasso<'a> {
    pub(super) gram: &'a Gram,
    /// b.
    pub(super) moment: &'a [f64],
    /// H is the Gram matrix plus this diagonal.
    pub(super) ridge: &'a [f64],
    /// λ.
    pub(super) threshold: &'a [f64],
    /// Coefficients that may differ from 0.
    pub(super) allowed: &'a [bool],
}

impl Lasso<'_> {
    /// Takes `theta` to the minimum, from wherever it is.
    pub(super) fn minimise(&self, theta: &mut [f64]) {
        theta.iter_mut().zip(self.allowed).for_each(|(x, allowed)| *x = if *allowed { *x } else { 0.0 });
        let mut active = Active { lasso: self, columns: Vec::new(), signs: Vec::new(), factor: Vec::new() };
        let usable = || (0..theta.len()).filter(|j| self.allowed.get(*j) == Some(&true));
        let at = |j: usize| theta.get(j).copied().unwrap_or(0.0);
        usable().filter(|j| self.lambda(*j) == 0.0).for_each(|j| active.enter(j, 0.0));
        usable()
            .filter(|j| self.lambda(*j) > 0.0 && at(*j) != 0.0)
            .for_each(|j| active.enter(j, at(j).signum()));
        let mut refused = vec![false; theta.len()];
        for _ in 0..100 + 20 * theta.len() {
            let target = active.minimum();
            if let Some((position, share)) = active.first_crossing(theta, &target) {
                active.walk(theta, &target, share);
                let newest = position + 1 == active.columns.len();
                if let Some(j) = active.leave(position, theta)
                    && newest
                    && share == 0.0
                {
                    // Let in by rounding alone: it would come and go for ever.
                    refused.iter_mut().skip(j).take(1).for_each(|refused| *refused = true);
                }
                continue;
            }
            active.walk(theta, &target, 1.0);
            match self.steepest(theta, &active.columns, &refused) {
                Some((j, sign)) => active.enter(j, sign),
                None => return,
            }
        }
    }

    fn lambda(&self, j: usize) -> f64 {
        self.threshold.get(j).copied().unwrap_or(0.0)
    }

    /// The coefficient at 0 that lowers the cost fastest when it leaves 0, and in which direction.
    fn steepest(&self, theta: &[f64], active: &[usize], refused: &[bool]) -> Option<(usize, f64)> {
        let pull = self.gram.times(theta);
        let candidates = pull.iter().zip(self.moment).zip(self.allowed).zip(refused).enumerate();
        let slopes = candidates
            .filter(|(j, ((_, allowed), refused))| **allowed && !**refused && !active.contains(j))
            .map(|(j, (((pull, moment), _), _))| (j, moment - pull));
        let excess =
            slopes.map(|(j, slope)| (j, slope.signum(), slope.abs() - self.lambda(j) * (1.0 + 1e-9)));
        excess
            .filter(|(_, _, excess)| *excess > 0.0)
            .max_by(|a, b| a.2.total_cmp(&b.2))
            .map(|(j, sign, _)| (j, sign))
    }
}

/// The coefficients that are not 0, with their signs (0 where λ is) and the Cholesky factor of their part of H.
struct Active<'a> {
    lasso: &'a Lasso<'a>,
    columns: Vec<usize>,
    signs: Vec<f64>,
    factor: Vec<Vec<f64>>,
}

impl Active<'_> {
    fn enter(&mut self, j: usize, sign: f64) {
        let mut row: Vec<f64> = Vec::with_capacity(self.columns.len() + 1);
        for (other, line) in self.columns.iter().zip(&self.factor) {
            let dot = line.iter().zip(&row).map(|(a, b)| a * b).sum::<f64>();
            let pivot = line.last().copied().unwrap_or(f64::INFINITY);
            row.push((self.lasso.gram.at(j, *other) - dot) / pivot);
        }
        let diagonal = self.lasso.gram.at(j, j) + self.lasso.ridge.get(j).copied().unwrap_or(0.0);
        let rest = diagonal - row.iter().map(|a| a * a).sum::<f64>();
        // A column that the others span already gets the coefficient 0.
        row.push(if rest > 1e-13 * diagonal { rest.sqrt() } else { f64::INFINITY });
        self.columns.push(j);
        self.signs.push(sign);
        self.factor.push(row);
    }

    fn leave(&mut self, position: usize, theta: &mut [f64]) -> Option<usize> {
        let column = self.columns.get(position).copied()?;
        theta.iter_mut().skip(column).take(1).for_each(|x| *x = 0.0);
        self.factor.truncate(position);
        let later = self.columns.split_off(position);
        let signs = self.signs.split_off(position);
        later.into_iter().zip(signs).skip(1).for_each(|(j, sign)| self.enter(j, sign));
        Some(column)
    }

    /// The minimum if the signs stay as they are: the solution of H·x = b − λ·sign, for the active columns in their order.
    fn minimum(&self) -> Vec<f64> {
        let mut x: Vec<f64> = Vec::with_capacity(self.columns.len());
        for ((j, sign), line) in self.columns.iter().zip(&self.signs).zip(&self.factor) {
            let moment = self.lasso.moment.get(*j).copied().unwrap_or(0.0);
            let dot = line.iter().zip(&x).map(|(a, b)| a * b).sum::<f64>();
            x.push(
                (moment - self.lasso.lambda(*j) * sign - dot) / line.last().copied().unwrap_or(f64::INFINITY),
            );
        }
        for (i, line) in self.factor.iter().enumerate().rev() {
            let Some((pivot, line)) = line.split_last() else { continue };
            let Some((last, before)) = x.get_mut(..=i).and_then(<[f64]>::split_last_mut) else { continue };
            *last /= pivot;
            before.iter_mut().zip(line).for_each(|(cell, a)| *cell -= a * *last);
        }
        x
    }

    /// Which coefficient is the first to change its sign on the straight way to `target`, and after what share of it.
    fn first_crossing(&self, theta: &[f64], target: &[f64]) -> Option<(usize, f64)> {
        let ways = self.columns.iter().zip(&self.signs).zip(target).enumerate();
        ways.filter(|(_, ((_, sign), target))| **sign * **target < 0.0)
            .map(|(position, ((j, _), target))| {
                let from = theta.get(*j).copied().unwrap_or(0.0);
                (position, if from == 0.0 { 0.0 } else { from / (from - target) })
            })
            .min_by(|a, b| a.1.total_cmp(&b.1))
    }

    fn walk(&self, theta: &mut [f64], target: &[f64], share: f64) {
        for (j, target) in self.columns.iter().zip(target) {
            if let Some(x) = theta.get_mut(*j) {
                *x = if share == 1.0 { *target } else { *x + share * (target - *x) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The conditions of Karush, Kuhn and Tucker are necessary and sufficient: the cost is convex.
        #[test]
        fn no_coefficient_can_be_bettered(
            rows in prop::collection::vec(prop::collection::vec(-2.0..2.0f64, 8), 3..40),
            targets in prop::collection::vec(-3.0..3.0f64, 40), lambda in 0.01..20.0f64, start in prop::collection::vec(-1.0..1.0f64, 8),
        ) {
            let mut gram = Gram::new(8);
            let mut moment = vec![0.0; 8];
            for (row, y) in rows.iter().zip(&targets) {
                // A ramp like column, strongly correlated with its neighbour.
                let mut row = row.clone();
                row[7] = row[6] + 0.01 * row[7];
                gram.add(&row);
                moment.iter_mut().zip(&row).for_each(|(b, x)| *b += x * y);
            }
            let threshold: Vec<f64> = (0..8).map(|j| if j < 3 { 0.0 } else { lambda }).collect();
            let allowed = [true, true, true, true, true, false, true, true];
            let lasso = Lasso { gram: &gram, moment: &moment, ridge: &[0.01; 8], threshold: &threshold, allowed: &allowed };
            let mut theta = start;
            lasso.minimise(&mut theta);
            let pull = gram.times(&theta);
            for j in 0..8 {
                let slope = moment[j] - pull[j] - 0.01 * theta[j];
                let tolerance = 1e-7 * (1.0 + gram.at(j, j));
                if !allowed[j] {
                    prop_assert_eq!(theta[j], 0.0);
                } else if threshold[j] > 0.0 && theta[j] == 0.0 {
                    prop_assert!(slope.abs() <= lambda + tolerance, "{j}: {slope}");
                } else {
                    prop_assert!((slope - threshold[j] * theta[j].signum()).abs() <= tolerance, "{j}: {slope}");
                }
            }
        }
    }

    #[test]
    fn one_coefficient_is_the_soft_threshold() {
        let mut gram = Gram::new(1);
        gram.add(&[2.0]);
        for (moment, wanted) in [(10.0, 2.25), (-10.0, -2.25), (0.9, 0.0)] {
            let mut theta = [0.7];
            Lasso { gram: &gram, moment: &[moment], ridge: &[0.0], threshold: &[1.0], allowed: &[true] }
                .minimise(&mut theta);
            assert_eq!(theta, [wanted]);
        }
    }
}
