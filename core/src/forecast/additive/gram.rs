//! XᵀX of regression rows, kept as its lower triangle, row after row, so that a new column is a new row at the end.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Gram {
    triangle: Vec<f64>,
    size: usize,
}

fn start(row: usize) -> usize {
    row * (row + 1) / 2
}

impl Gram {
    pub(super) fn new(size: usize) -> Self {
        Gram { triangle: vec![0.0; start(size)], size }
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Row `i` up to the diagonal.
    pub(super) fn row(&self, i: usize) -> &[f64] {
        self.triangle.get(start(i)..start(i + 1)).unwrap_or_default()
    }

    pub(super) fn at(&self, i: usize, j: usize) -> f64 {
        self.row(i.max(j)).get(i.min(j)).copied().unwrap_or(0.0)
    }

    /// Takes in a row of X; columns beyond its end are 0.
    pub(super) fn add(&mut self, x: &[f64]) {
        let mut rest = self.triangle.as_mut_slice();
        for (i, xi) in x.iter().enumerate() {
            let Some((row, after)) = std::mem::take(&mut rest).split_at_mut_checked(i + 1) else { return };
            row.iter_mut().zip(x).for_each(|(cell, xj)| *cell += xi * xj);
            rest = after;
        }
    }

    /// A new last column that was 0 so far.
    pub(super) fn grow(&mut self) {
        self.size += 1;
        self.triangle.resize(start(self.size), 0.0);
    }

    /// Multiplies column `i` of X by `factors[i]`.
    pub(super) fn scale(&mut self, factors: &[f64]) {
        let mut cells = self.triangle.iter_mut();
        for (i, a) in factors.iter().enumerate() {
            cells.by_ref().take(i + 1).zip(factors).for_each(|(cell, b)| *cell *= a * b);
        }
    }

    /// Leaves out the columns that `keep` does not name.
    pub(super) fn retain(&mut self, keep: &[bool]) {
        let kept = || keep.iter().enumerate().filter(|(_, keep)| **keep).map(|(i, _)| i);
        let triangle = kept().flat_map(|i| kept().take_while(move |j| *j <= i).map(move |j| (i, j)));
        self.triangle = triangle.map(|(i, j)| self.at(i, j)).collect();
        self.size = kept().count();
    }

    /// XᵀX·v.
    pub(super) fn times(&self, v: &[f64]) -> Vec<f64> {
        let mut product = vec![0.0; self.size];
        for i in 0..self.size {
            let row = self.row(i);
            let vi = v.get(i).copied().unwrap_or(0.0);
            let below = row.iter().zip(v).map(|(cell, vj)| cell * vj).sum::<f64>();
            product.iter_mut().zip(row).take(i).for_each(|(sum, cell)| *sum += cell * vi);
            product.iter_mut().skip(i).take(1).for_each(|sum| *sum += below);
        }
        product
    }

    pub(super) fn is_whole(&self) -> bool {
        // The size bounds the memory, and start() must not overflow.
        self.size < 1 << 16 && self.triangle.len() == start(self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_product_of_the_rows() {
        let rows = [[1.0, 2.0, -1.0], [0.5, 4.0, 3.0], [7.0, 0.0, 0.0]];
        let mut gram = Gram::new(2);
        gram.grow();
        gram.add(&rows[0]);
        gram.add(&rows[1]);
        gram.add(&rows[2][..1]);
        let wanted = |i: usize, j: usize| rows.iter().map(|row| row[i] * row[j]).sum::<f64>();
        for (i, j) in [(0, 0), (1, 0), (0, 2), (2, 2), (2, 1)] {
            assert_eq!(gram.at(i, j), wanted(i, j));
        }
        let product = gram.times(&[1.0, -1.0, 2.0]);
        assert_eq!(product[1], wanted(1, 0) - wanted(1, 1) + 2.0 * wanted(1, 2));
        gram.scale(&[1.0, 2.0, 0.5]);
        assert_eq!(gram.at(2, 1), wanted(1, 2));
        gram.retain(&[true, false, true]);
        assert_eq!((gram.size(), gram.at(1, 0)), (2, 0.5 * wanted(2, 0)));
        assert!(gram.is_whole());
    }
}
