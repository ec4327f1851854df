//! Random samples without replacement, every row with the same chance or with a weight of its own.
//!
//! Without weights: Floyd's algorithm (Bentley and Floyd 1987, "A sample of brilliance", Communications of the ACM 30), so
//! that every set is as likely as another. With weights: rows are drawn one after another, each with the share that its weight has
//! in the weights of the rows not drawn yet (successive sampling; Efraimidis and Spirakis 2006, "Weighted random sampling
//! with a reservoir", Information Processing Letters 97, have the same law). The weights are the leaves of a tree of sums, so
//! that a draw costs the logarithm of the count of rows.

use crate::error::{Error, Result};
use crate::random::Random;

/// Draws of different rows of a table; reused from tree to tree.
#[derive(Debug, Clone)]
pub(super) enum Draw {
    /// The rows drawn so far as bits.
    Equal { rows: usize, taken: Vec<u64> },
    /// `sums[1]` is the whole, `sums[k]` the sum of `sums[2k]` and `sums[2k + 1]`; the second half are the weights.
    Weighted { sums: Vec<f64>, undone: Vec<(usize, f64)> },
}

impl Draw {
    pub(super) fn equal(rows: usize) -> Self {
        Draw::Equal { rows, taken: vec![0; rows.div_ceil(64)] }
    }

    /// Weights, one a row, and the count of rows that can be drawn: those whose weight is not 0 beside the greatest.
    ///
    /// Refuses weights that are negative, NaN or infinite, and another count of them than of rows.
    pub(super) fn weighted(rows: usize, weights: &[f64]) -> Result<(Self, usize)> {
        crate::error::same_length("sample_weights", weights.len(), "points", rows)?;
        if let Some((at, weight)) =
            weights.iter().enumerate().find(|(_, weight)| !(weight.is_finite() && **weight >= 0.0))
        {
            let problem = format!("value {at} is {weight}, where finite weights of at least 0 are needed");
            return Err(Error::data("sample_weights", problem));
        }
        let most = weights.iter().copied().fold(0.0, f64::max);
        let leaves = rows.next_power_of_two();
        let mut sums = vec![0.0; 2 * leaves];
        let (inner, outer) = sums.split_at_mut(leaves);
        for (leaf, weight) in outer.iter_mut().zip(weights) {
            *leaf = if most > 0.0 { weight / most } else { 0.0 };
        }
        let possible = outer.iter().filter(|&&weight| weight > 0.0).count();
        let mut below: Vec<f64> = outer.to_vec();
        let mut first = leaves;
        while first > 1 {
            first /= 2;
            below = below.chunks(2).map(|pair| pair.iter().sum()).collect();
            inner.iter_mut().skip(first).zip(&below).for_each(|(sum, value)| *sum = *value);
        }
        Ok((Draw::Weighted { sums, undone: Vec::new() }, possible))
    }

    /// Draws `count` different rows into `out`, in the order of the draws; no more than there are.
    #[allow(
        clippy::indexing_slicing,
        reason = "rows drawn lie below the count of rows, and sums have two places a row"
    )]
    pub(super) fn draw(&mut self, count: usize, random: &mut Random, out: &mut Vec<u32>) {
        out.clear();
        match self {
            Draw::Equal { rows, taken } => {
                for last in *rows - count.min(*rows)..*rows {
                    let mut row = random.below(last as u64 + 1) as usize;
                    if taken[row / 64] >> (row % 64) & 1 == 1 {
                        row = last;
                    }
                    taken[row / 64] |= 1 << (row % 64);
                    out.push(row as u32);
                }
                out.iter().for_each(|&row| taken[row as usize / 64] = 0);
            }
            Draw::Weighted { sums, undone } => {
                let leaves = sums.len() / 2;
                for _ in 0..count {
                    let mut rest = random.unit() * sums[1];
                    let mut at = 1;
                    while at < leaves {
                        at *= 2;
                        // Rounding must not lead to a side on which nothing is left.
                        if (rest >= sums[at] && sums[at + 1] > 0.0) || sums[at] <= 0.0 {
                            rest -= sums[at];
                            at += 1;
                        }
                    }
                    out.push((at - leaves) as u32);
                    undone.push((at, sums[at]));
                    put(sums, at, 0.0);
                }
                while let Some((at, weight)) = undone.pop() {
                    put(sums, at, weight);
                }
            }
        }
    }
}

/// Sets a weight, and adds anew the sums above it: the bits depend on the weights alone, and not on what was drawn before.
#[allow(clippy::indexing_slicing, reason = "the place is a leaf, and those above it are half of it")]
fn put(sums: &mut [f64], mut at: usize, weight: f64) {
    sums[at] = weight;
    while at > 1 {
        at /= 2;
        sums[at] = sums[2 * at] + sums[2 * at + 1];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn draw(from: &mut Draw, count: usize, random: &mut Random) -> Vec<u32> {
        let mut out = vec![9; 3];
        from.draw(count, random, &mut out);
        out
    }

    #[test]
    fn every_set_is_as_likely_as_another() {
        let (mut random, mut from, mut counts) = (Random::new(1), Draw::equal(6), BTreeMap::new());
        for _ in 0..20_000 {
            let set: BTreeSet<u32> = draw(&mut from, 3, &mut random).into_iter().collect();
            *counts.entry(set).or_insert(0) += 1;
        }
        // 20 sets, 1000 each: χ² with 19 degrees of freedom exceeds 43.8 once in a thousand.
        let chi_square: f64 = counts.values().map(|&count| f64::from(count - 1000).powi(2) / 1000.0).sum();
        assert!(counts.len() == 20 && chi_square < 43.8, "{} sets, {chi_square}", counts.len());
        let all: BTreeSet<u32> = draw(&mut Draw::equal(70), 99, &mut random).into_iter().collect();
        assert_eq!(all, (0..70).collect());
    }

    #[test]
    fn weights_are_the_shares_of_successive_draws() {
        let weights = [3.0, 0.0, 1.0, 2.0];
        let (mut from, possible) = Draw::weighted(4, &weights).unwrap();
        assert_eq!(possible, 3);
        let (mut random, mut counts) = (Random::new(2), BTreeMap::new());
        for _ in 0..60_000 {
            *counts.entry(draw(&mut from, 2, &mut random)).or_insert(0) += 1;
        }
        // Six ordered pairs of chance (w/6)·(w'/(6 − w)): χ² with 5 degrees of freedom exceeds 20.5 once in a thousand.
        let mut chi_square = 0.0;
        for (pair, &count) in &counts {
            let (first, second) = (weights[pair[0] as usize], weights[pair[1] as usize]);
            let expected = 60_000.0 * first / 6.0 * second / (6.0 - first);
            chi_square += (f64::from(count) - expected).powi(2) / expected;
        }
        assert!(counts.len() == 6 && chi_square < 20.5, "{counts:?}: {chi_square}");
    }

    proptest! {
        #[test]
        fn what_has_no_weight_is_not_drawn_and_nothing_twice(
            weights in prop::collection::vec(prop_oneof![Just(0.0), Just(1e-300), 0.0..1e300f64, Just(f64::MAX)], 1..40), seed: u64,
        ) {
            let (mut from, possible) = Draw::weighted(weights.len(), &weights).unwrap();
            let (mut random, before) = (Random::new(seed), format!("{from:?}"));
            for _ in 0..3 {
                let rows = draw(&mut from, possible, &mut random);
                let different: BTreeSet<u32> = rows.iter().copied().collect();
                prop_assert_eq!(different.len(), possible);
                prop_assert!(rows.iter().all(|&row| weights[row as usize] > 0.0));
                prop_assert_eq!(&format!("{from:?}"), &before);
            }
        }
    }

    #[test]
    fn bad_weights_are_refused_by_place() {
        let refused = |weights: &[f64]| Draw::weighted(2, weights).unwrap_err().to_string();
        assert_eq!(refused(&[1.0]), "sample_weights: has 1 values, but points has 2");
        assert!(refused(&[1.0, -1.0]).starts_with("sample_weights: value 1 is -1"));
        assert!(refused(&[f64::NAN, 1.0]).starts_with("sample_weights: value 0 is NaN"));
        assert_eq!(Draw::weighted(2, &[0.0, 0.0]).unwrap().1, 0);
    }
}
