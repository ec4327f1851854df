//! The bins of a histogram learner: each column's values cut into a few intervals of like counts.
//!
//! Ke et al. 2017, "LightGBM: A Highly Efficient Gradient Boosting Decision Tree", NeurIPS, section 2.1. A column with
//! few distinct values gets an edge between each pair of neighbours, so that on small data every split is possible.

use crate::rows::Rows;
use serde::{Deserialize, Serialize};

/// Upper edges of every column's bins but the last, ascending: code c means edge c−1 < value ≤ edge c.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Bins {
    edges: Vec<Vec<f64>>,
    most: usize,
}

impl Bins {
    /// At most `most` (2 to 256) bins a column, from the values of `rows`.
    pub(in super::super) fn fit(rows: Rows<'_>, most: usize) -> Self {
        let mut values = Vec::with_capacity(rows.len());
        let edges = (0..rows.columns()).map(|column| {
            values.clear();
            values.extend(rows.iter().filter_map(|row| row.get(column)).filter(|value| !value.is_nan()));
            edges(&mut values, most)
        });
        Bins { edges: edges.collect(), most }
    }

    pub(super) fn columns(&self) -> usize {
        self.edges.len()
    }

    /// Most bins of a column: the stride of a histogram.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Upper edge of a bin; `None` for the last one, above which nothing lies.
    pub(super) fn edge(&self, column: usize, code: usize) -> Option<f64> {
        self.edges.get(column)?.get(code).copied()
    }

    /// The codes of all values, row after row. NaN falls into the first bin.
    pub(in super::super) fn codes(&self, rows: Rows<'_>) -> Vec<u8> {
        let code = |edges: &Vec<f64>, value: f64| edges.partition_point(|edge| *edge < value) as u8;
        rows.iter()
            .flat_map(|row| self.edges.iter().zip(row).map(|(edges, value)| code(edges, *value)))
            .collect()
    }
}

fn edges(values: &mut [f64], most: usize) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let mut distinct = values.to_vec();
    distinct.dedup();
    let between = |low: f64, high: f64| {
        let middle = 0.5 * low + 0.5 * high;
        // Between neighbouring floats the middle rounds to one of them: the lower one still parts the two.
        if middle < high { middle } else { low }
    };
    let pairs = |(low, high): (&f64, &f64)| between(*low, *high);
    if distinct.len() <= most {
        return distinct.iter().zip(distinct.iter().skip(1)).map(pairs).collect();
    }
    let mut edges: Vec<f64> = (1..most)
        .filter_map(|bin| {
            let at = bin * values.len() / most;
            let low = values.get(at.checked_sub(1)?)?;
            let high = distinct.get(distinct.partition_point(|value| value <= low))?;
            Some(between(*low, *high))
        })
        .collect();
    edges.dedup();
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_all_parted_and_many_are_cut_evenly() {
        let few = [3.0, 1.0, 1.0, 2.0, f64::NAN];
        let bins = Bins::fit(Rows::whole(&few, 1), 64);
        assert_eq!(bins.edges, [[1.5, 2.5]]);
        assert_eq!(bins.codes(Rows::whole(&few, 1)), [2, 0, 0, 1, 0]);
        let many: Vec<f64> = (0..1000).map(|i| f64::from(i * 7919 % 1000)).collect();
        let bins = Bins::fit(Rows::whole(&many, 1), 10);
        let mut counts = [0; 10];
        bins.codes(Rows::whole(&many, 1)).iter().for_each(|code| counts[usize::from(*code)] += 1);
        assert_eq!(counts, [100; 10]);
    }
}
