//! A random sample of a table, and the random cuts that split it part by part.
//!
//! The values that one isolation tree sees are copied column after column, so that a cut reads one short run of memory.
//! The columns to cut are drawn from those in which the points of a part still differ.

use crate::random::Random;
use std::collections::BTreeSet;

/// The chosen values of a sample, column after column, and its points in the order of the leaves found so far.
pub(super) struct Sample {
    values: Vec<f64>,
    order: Vec<usize>,
    candidates: Vec<usize>,
}

/// A part cut in two: the points before `middle` have at most `threshold` in `column`.
pub(super) struct Cut {
    pub(super) column: usize,
    pub(super) threshold: f64,
    pub(super) middle: usize,
}

impl Sample {
    pub(super) fn new(rows: &[&[f64]], columns: &[usize]) -> Self {
        let column = |&column: &usize| rows.iter().filter_map(move |row| row.get(column).copied());
        Sample {
            values: columns.iter().flat_map(column).collect(),
            order: (0..rows.len()).collect(),
            candidates: (0..columns.len()).collect(),
        }
    }

    /// Cuts a part at random, or finds no column in which its points differ.
    ///
    /// A column that is found constant moves behind the `varying` ones: it is constant in every part of this part.
    #[allow(clippy::indexing_slicing, reason = "parts lie in 0..n, and columns in the candidates")]
    pub(super) fn cut(
        &mut self,
        part: std::ops::Range<usize>,
        varying: &mut usize,
        random: &mut Random,
    ) -> Option<Cut> {
        let count = self.order.len();
        let first = part.start;
        let points = &mut self.order[part];
        if points.len() < 2 {
            return None;
        }
        while *varying > 0 {
            let pick = random.below(*varying as u64) as usize;
            let column = self.candidates[pick];
            let values = &self.values[column * count..][..count];
            let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
            for &point in points.iter() {
                let value = values[point];
                low = if value < low { value } else { low };
                high = if value > high { value } else { high };
            }
            if low < high {
                let threshold = between(low, high, random.unit());
                let mut left = 0;
                for at in 0..points.len() {
                    if values[points[at]] <= threshold {
                        points.swap(at, left);
                        left += 1;
                    }
                }
                return Some(Cut { column, threshold, middle: first + left });
            }
            *varying -= 1;
            self.candidates.swap(pick, *varying);
        }
        None
    }
}

/// The number at the share `u` in [0, 1) of the way from `low` to `high`, never `high` itself, so that both sides of a
/// cut have a point. The halves keep the difference of huge values from overflowing.
fn between(low: f64, high: f64, u: f64) -> f64 {
    let step = u * (0.5 * high - 0.5 * low);
    let value = low + step + step;
    if value < high { value } else { low }
}

/// `count` of the numbers 0..n without replacement, every set as likely as another (Floyd's algorithm: Bentley and Floyd
/// 1987, "A sample of brilliance", Communications of the ACM 30).
pub(super) fn draw(count: usize, n: usize, random: &mut Random) -> BTreeSet<usize> {
    let mut drawn = BTreeSet::new();
    for last in n - count.min(n)..n {
        let number = random.below(last as u64 + 1) as usize;
        if !drawn.insert(number) {
            drawn.insert(last);
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_is_as_likely_as_another() {
        let mut random = Random::new(1);
        let mut counts = std::collections::BTreeMap::new();
        (0..20_000).for_each(|_| *counts.entry(draw(3, 6, &mut random)).or_insert(0) += 1);
        // 20 sets, 1000 each: χ² with 19 degrees of freedom exceeds 43.8 once in a thousand.
        let chi_square: f64 = counts.values().map(|&count| f64::from(count - 1000).powi(2) / 1000.0).sum();
        assert!(counts.len() == 20 && chi_square < 43.8, "{} sets, {chi_square}", counts.len());
        assert_eq!(draw(9, 4, &mut random), BTreeSet::from([0, 1, 2, 3]));
    }

    #[test]
    fn a_cut_leaves_a_point_on_both_sides() {
        let above = f64::from_bits(1.0f64.to_bits() + 1);
        for (low, high) in
            [(1.0, above), (0.0, 5e-324), (-f64::MAX, f64::MAX), (-1.0, 1e-300), (1e308, f64::MAX)]
        {
            for u in [0.0, 0.25, 0.5, 1.0 - f64::EPSILON / 2.0] {
                let value = between(low, high, u);
                assert!(value >= low && value < high, "{value} of {low}..{high} at {u}");
            }
        }
        assert_eq!(between(-f64::MAX, f64::MAX, 0.5), 0.0);
        assert_eq!(between(10.0, 20.0, 0.25), 12.5);
    }
}
