//! Few features from many metrics: the directions in which rows of measurements vary most.
//!
//! Columns are centred; the directions are eigenvectors of their covariance, or, where there are fewer rows than columns, come from
//! the products of rows (Jolliffe 2002, "Principal Component Analysis", 2nd ed., chapter 3). A direction and its opposite
//! are equally right: here the loading that is largest in absolute value is positive.

use crate::error::{Error, Result};
use crate::math::Sum;
use crate::rows::Rows;
use nalgebra::{DMatrix, SymmetricEigen};

/// The shorter side of a table; the decomposition takes its cube (a minute).
const MOST_SIDE: usize = 1_000;
/// Products to sum, some minutes.
const MOST_PRODUCTS: u128 = 20_000_000_000;
/// Loadings within this of the largest count as equally large, so that last bits do not choose the sign.
const TIE: f64 = 1e-9;

/// Principal components of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct PrincipalComponents {
    /// Each row of the table in the new coordinates: rows × count, row after row.
    pub scores: Vec<f64>,
    /// Each component as a unit vector over the columns: count × columns, row after row.
    pub directions: Vec<f64>,
    /// Share of the total variance that each component explains, in [0, 1], falling; 0 when nothing varies.
    pub explained: Vec<f64>,
}

/// The first `count` principal components of `table`, whose rows are moments and whose columns are metrics. Columns are not rescaled:
/// divide by their standard deviations first where units differ. O(rows · columns · the smaller of the two).
///
/// # Errors
/// [`Error::Data`] for fewer than 2 rows or a value that is not finite; [`Error::Config`] for a count that is 0 or more than the smaller
/// of rows and columns, and for a table whose smaller side exceeds 1,000.
pub fn principal_components(table: Rows<'_>, count: usize) -> Result<PrincipalComponents> {
    let (rows, columns) = (table.len(), table.columns());
    if rows < 2 {
        return Err(Error::data("table", format!("needs at least 2 rows, has {rows}")));
    }
    table.all_finite("table")?;
    let side = rows.min(columns);
    if !(1..=side).contains(&count) {
        return Err(Error::config(
            "count",
            format!("must be 1 to {side}, the smaller of rows and columns, got {count}"),
        ));
    }
    if side > MOST_SIDE || (rows as u128) * (columns as u128) * (side as u128) > MOST_PRODUCTS {
        return Err(Error::config("table", format!("{rows} rows of {columns} columns are too many")));
    }
    let (centred, scale) = centre(table);
    let total = Sum::of(centred.iter().map(|x| x * x));
    let directions = match total > 0.0 {
        true if columns <= rows => leading(&products(&transpose(&centred, columns), rows), columns, count)?,
        true => {
            // Xᵀu is an eigenvector of XᵀX for each eigenvector u of XXᵀ.
            let left = leading(&products(&centred, columns), rows, count)?;
            left.chunks_exact(rows).flat_map(|u| combine(&centred, u, columns)).collect()
        }
        false => Vec::new(),
    };
    let directions = orthonormal(&directions, columns, count);
    let scores: Vec<f64> = centred
        .chunks_exact(columns)
        .flat_map(|row| directions.chunks_exact(columns).map(|direction| dot(row, direction)))
        .collect();
    let power = |k: usize| Sum::of(scores.iter().skip(k).step_by(count).map(|score| score * score));
    let explained = (0..count).map(|k| if total > 0.0 { (power(k) / total).min(1.0) } else { 0.0 }).collect();
    let scores = scores.iter().map(|score| score * scale).collect();
    Ok(PrincipalComponents { scores, directions, explained })
}

/// The table without its column means, divided by the largest absolute value so that no square overflows.
fn centre(table: Rows<'_>) -> (Vec<f64>, f64) {
    let columns = table.columns();
    let largest = table.values().iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    // A power of two, so that dividing rounds nothing.
    let scale = if largest > 0.0 { crate::math::scalbn(1.0, crate::math::frexp(largest).1) } else { 1.0 };
    let scale = if scale.is_finite() { scale } else { f64::MAX };
    let mean = |column: usize| {
        Sum::of(table.iter().filter_map(|row| row.get(column)).map(|x| x / scale)) / table.len() as f64
    };
    let means: Vec<f64> = (0..columns).map(mean).collect();
    (table.iter().flat_map(|row| row.iter().zip(&means).map(|(x, mean)| x / scale - mean)).collect(), scale)
}

fn transpose(values: &[f64], columns: usize) -> Vec<f64> {
    (0..columns).flat_map(|column| values.iter().skip(column).step_by(columns).copied()).collect()
}

/// All products of two rows of `length` values each.
fn products(rows: &[f64], length: usize) -> Vec<f64> {
    let rows = || rows.chunks_exact(length);
    rows().flat_map(|a| rows().map(move |b| dot(a, b))).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Σ u_i · row_i.
fn combine(rows: &[f64], u: &[f64], columns: usize) -> Vec<f64> {
    let mut sum = vec![0.0; columns];
    for (row, weight) in rows.chunks_exact(columns).zip(u) {
        sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += weight * x);
    }
    sum
}

/// Eigenvectors of the `count` largest eigenvalues of a symmetric matrix, the largest first.
fn leading(matrix: &[f64], side: usize, count: usize) -> Result<Vec<f64>> {
    let sweeps = 100 * side;
    let eigen = SymmetricEigen::try_new(DMatrix::from_row_slice(side, side, matrix), f64::EPSILON, sweeps)
        .ok_or_else(|| Error::infeasible("table", "its eigenvalues cannot be found"))?;
    let mut order: Vec<(f64, usize)> = eigen.eigenvalues.iter().copied().zip(0..).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let vectors = order.iter().take(count).map(|(_, at)| eigen.eigenvectors.column(*at));
    Ok(vectors.flat_map(|vector| vector.iter().copied().collect::<Vec<_>>()).collect())
}

/// Unit vectors with a positive largest loading, each made orthogonal to those before; where nothing is left of one, the
/// next axis that is still free (Gram & Schmidt, twice for accuracy).
fn orthonormal(vectors: &[f64], columns: usize, count: usize) -> Vec<f64> {
    let mut kept: Vec<f64> = Vec::with_capacity(columns * count);
    let axes = (0..columns).map(|axis| (0..columns).map(|at| f64::from(u8::from(at == axis))).collect());
    for vector in vectors.chunks_exact(columns).map(<[f64]>::to_vec).chain(axes) {
        if kept.len() >= columns * count {
            break;
        }
        let length = dot(&vector, &vector).sqrt();
        let mut unit: Vec<f64> = vector.iter().map(|x| x / length).collect();
        for _ in 0..2 {
            for other in kept.chunks_exact(columns) {
                let overlap = dot(&unit, other);
                unit.iter_mut().zip(other).for_each(|(x, other)| *x -= overlap * other);
            }
        }
        let left = dot(&unit, &unit).sqrt();
        // Written so that a NaN, from a vector of length 0, is passed over as well.
        if left > 1e-6 {
            let largest = unit.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
            let leader = unit.iter().copied().find(|x| x.abs() >= (1.0 - TIE) * largest);
            let scale = if leader.is_some_and(|x| x < 0.0) { -left } else { left };
            kept.extend(unit.iter().map(|x| x / scale));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn components(values: &[f64], columns: usize, count: usize) -> PrincipalComponents {
        principal_components(Rows::new("table", values, columns).unwrap(), count).unwrap()
    }

    #[test]
    fn points_on_a_line_have_one_component() {
        let found = components(&[-2.0, 4.0, 0.0, 0.0, 2.0, -4.0], 2, 2);
        let root = 5.0f64.sqrt();
        let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(close(&found.directions, &[-1.0 / root, 2.0 / root, 2.0 / root, 1.0 / root]), "{found:?}");
        assert!(close(&found.scores, &[2.0 * root, 0.0, 0.0, 0.0, -2.0 * root, 0.0]), "{found:?}");
        assert!(close(&found.explained, &[1.0, 0.0]));
    }

    #[test]
    fn constants_and_giants() {
        let still = components(&[3.0; 12], 3, 2);
        assert_eq!(
            (still.scores, still.explained, still.directions),
            (vec![0.0; 8], vec![0.0; 2], vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0])
        );
        let giant = components(&[1e300, 1.0, -1e300, 2.0, 0.0, 3.0], 2, 1);
        assert!(giant.scores.iter().all(|x| x.is_finite()) && (giant.explained[0] - 1.0).abs() < 1e-12);
        assert!(components(&[f64::MAX, -f64::MAX, -f64::MAX, f64::MAX], 2, 1).explained[0] > 0.99);
    }

    #[test]
    fn bad_input_is_refused() {
        let refused = |values: &[f64], columns, count| {
            principal_components(Rows::new("table", values, columns).unwrap(), count).unwrap_err().to_string()
        };
        assert!(refused(&[1.0, 2.0], 2, 1).starts_with("table: needs at least 2 rows"));
        assert!(refused(&[1.0, f64::NAN, 2.0, 3.0], 2, 1).contains("row 0, column 1 is NaN"));
        assert!(
            refused(&[1.0; 6], 2, 0).starts_with("count: ") && refused(&[1.0; 6], 2, 3).contains("got 3")
        );
        assert!(refused(&vec![0.0; 1001 * 1001], 1001, 1).contains("too many"));
    }

    proptest! {
        #[test]
        fn all_components_give_the_table_back(
            values in prop::collection::vec(-1e3..1e3f64, 42), columns in prop::sample::select(vec![1usize, 2, 3, 6, 7, 14, 21]),
        ) {
            let rows = 42 / columns;
            let found = components(&values, columns, rows.min(columns));
            let count = rows.min(columns);
            prop_assert!(found.explained.windows(2).all(|pair| pair[0] >= pair[1] - 1e-12));
            prop_assert!((found.explained.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            for (a, one) in found.directions.chunks(columns).enumerate() {
                for (b, other) in found.directions.chunks(columns).enumerate() {
                    prop_assert!((dot(one, other) - f64::from(u8::from(a == b))).abs() < 1e-9);
                }
                let largest = one.iter().fold(0.0f64, |m, x| if x.abs() > m.abs() { *x } else { m });
                prop_assert!(largest > 0.0);
            }
            for (row, scores) in values.chunks(columns).zip(found.scores.chunks(count)) {
                for (column, wanted) in row.iter().enumerate() {
                    let mean = values.iter().skip(column).step_by(columns).sum::<f64>() / rows as f64;
                    let back: f64 = scores.iter().enumerate().map(|(k, s)| s * found.directions[k * columns + column]).sum();
                    prop_assert!((mean + back - wanted).abs() < 1e-8, "{} {}", mean + back, wanted);
                }
            }
        }
    }
}
