//! Points read as objectives to minimise: a maximised objective changes its sign, and −0 becomes 0.
//!
//! After that, numeric order and [`f64::total_cmp`] agree, so that points can be sorted without a surprise.

use crate::error::{Error, Result};
use crate::rows::Rows;
use std::cmp::Ordering;

/// A float ordered by [`f64::total_cmp`], to be a key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ordered(pub(super) f64);

impl Eq for Ordered {}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// For each objective whether it is maximised. `maximize` is empty (minimise all), one for all, or one for each.
pub(super) fn directions(maximize: &[bool], objectives: usize) -> Result<Vec<bool>> {
    match maximize {
        [] => Ok(vec![false; objectives]),
        [all] => Ok(vec![*all; objectives]),
        each if each.len() == objectives => Ok(each.to_vec()),
        other => {
            let problem = format!("has {} values: the points have {objectives} objectives", other.len());
            Err(Error::data("maximize", problem))
        }
    }
}

/// The points with every objective to be minimised; infinities are welcome, NaN is refused.
pub(super) fn minimized(points: Rows, maximize: &[bool]) -> Result<Vec<f64>> {
    let directions = directions(maximize, points.columns())?;
    // Without a way out of the loop it looks at several values at once.
    if points.values().iter().fold(false, |found, value| found | value.is_nan()) {
        let at = points.values().iter().position(|value| value.is_nan()).unwrap_or(0);
        let (row, column) = (at / points.columns(), at % points.columns());
        return Err(Error::data("points", format!("row {row}, column {column} is NaN")));
    }
    let mut values: Vec<f64> = points.values().iter().map(|value| 0.0 + value).collect();
    for (objective, _) in directions.iter().enumerate().filter(|(_, up)| **up) {
        values.iter_mut().skip(objective).step_by(points.columns()).for_each(|value| *value = 0.0 - *value);
    }
    Ok(values)
}

/// Compares two points by their first objective, then by the second, and so on.
pub(super) fn lexicographic(a: &[f64], b: &[f64]) -> Ordering {
    a.iter().zip(b).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_none_one_or_one_each() {
        assert_eq!(directions(&[], 2).unwrap(), [false, false]);
        assert_eq!(directions(&[true], 2).unwrap(), [true, true]);
        assert_eq!(directions(&[true, false], 2).unwrap(), [true, false]);
        let error = directions(&[true, false], 3).unwrap_err();
        assert_eq!(error.to_string(), "maximize: has 2 values: the points have 3 objectives");
    }

    #[test]
    fn zeros_have_one_sign_and_nan_is_named() {
        let values = [-0.0, 0.0, 1.0, f64::INFINITY];
        let minimized = minimized(Rows::new("points", &values, 2).unwrap(), &[true, false]).unwrap();
        assert_eq!(
            minimized.iter().map(|v| v.to_bits()).collect::<Vec<_>>(),
            [0.0f64.to_bits(), 0.0f64.to_bits(), (-1.0f64).to_bits(), f64::INFINITY.to_bits()]
        );
        let error = super::minimized(Rows::new("points", &[0.0, f64::NAN], 1).unwrap(), &[]).unwrap_err();
        assert_eq!(error.to_string(), "points: row 1, column 0 is NaN");
    }
}
