//! Non-negative least squares, min ‖A·x − b‖ subject to x ≥ 0, by active sets.
//!
//! Lawson and Hanson 1974, Solving Least Squares Problems, chapter 23, algorithm NNLS. A is reduced to its
//! triangular factor once, for every right side; columns are scaled by powers of two first, so that the answer
//! does not depend on units and no square overflows.

use crate::error::{Error, Result};
use crate::rows::Rows;
use nalgebra::{DMatrix, DVector};

/// A gradient of less than this share of its scale counts as zero.
const TOLERANCE: f64 = 1e-14;

/// A singular value below this share of the largest counts as zero.
const LEAST_SHARE: f64 = 1e-140;

/// Rotations settle in about ten rounds; this only bounds them.
const SWEEPS: usize = 100;

/// The left side of a problem, ready for right sides.
pub(super) struct NonNegative {
    factor: nalgebra::linalg::QR<f64, nalgebra::Dyn, nalgebra::Dyn>,
    triangle: DMatrix<f64>,
    scales: Vec<f64>,
}

impl NonNegative {
    /// Takes the matrix A, with at least as many rows as columns.
    pub(super) fn new(a: Rows) -> Self {
        let column = |j: usize| a.values().iter().skip(j).step_by(a.columns()).copied();
        let scales: Vec<f64> = (0..a.columns()).map(|j| power_of_two(column(j))).collect();
        let scaled = a.values().iter().zip(scales.iter().cycle()).map(|(value, scale)| value / scale);
        let factor = DMatrix::from_row_iterator(a.len(), a.columns(), scaled).qr();
        NonNegative { triangle: factor.r(), factor, scales }
    }

    /// The x of one right side, of as many values as A has rows.
    pub(super) fn solve(&self, b: &[f64]) -> Result<Vec<f64>> {
        let columns = self.triangle.ncols();
        let unit = power_of_two(b.iter().copied());
        let mut rotated = DVector::from_iterator(b.len(), b.iter().map(|value| value / unit));
        self.factor.q_tr_mul(&mut rotated);
        let rotated = rotated.rows(0, columns).into_owned();
        let solution = active_sets(&self.triangle, &rotated)?;
        Ok(solution.iter().zip(&self.scales).map(|(x, scale)| x * unit / scale).collect())
    }
}

/// The power of two just above the largest value, by which a division is exact; 1 where all are zero.
fn power_of_two(values: impl Iterator<Item = f64>) -> f64 {
    let largest = values.fold(0.0f64, |most, value| most.max(value.abs()));
    // Subnormals have no inverse: they count as the least normal float.
    let (_, exponent) = crate::math::frexp(largest.max(f64::MIN_POSITIVE));
    if largest == 0.0 { 1.0 } else { crate::math::scalbn(1.0, exponent.min(1023)) }
}

/// Lawson and Hanson's loop: free the variable that the gradient pulls hardest, and walk back to the border
/// whenever a free variable would turn negative. The residual falls at each step, so no set comes twice.
fn active_sets(a: &DMatrix<f64>, b: &DVector<f64>) -> Result<DVector<f64>> {
    let columns = a.ncols();
    let mut x = DVector::<f64>::zeros(columns);
    let mut free: Vec<usize> = Vec::new();
    let mut refused: Vec<usize> = Vec::new();
    let norms: Vec<f64> = a.column_iter().map(|column| column.norm()).collect();
    let scale = b.norm();
    // The theory needs no limit; rounding might. Far above what any problem was seen to take.
    for _ in 0..100 + 30 * columns {
        let residual = b - a * &x;
        let pulls = a.column_iter().zip(&norms).enumerate().filter_map(|(j, (column, norm))| {
            let pull = if *norm > 0.0 { column.dot(&residual) / norm } else { 0.0 };
            (pull > TOLERANCE * scale && !free.contains(&j) && !refused.contains(&j)).then_some((j, pull))
        });
        let Some((entering, _)) = pulls.max_by(|(_, p), (_, q)| p.total_cmp(q)) else { return Ok(x) };
        free.push(entering);
        let mut target = unconstrained(a, b, &free);
        // Rounding alone may pull at a variable that the solution then drives below zero.
        if target.as_ref().and_then(|z| z.iter().next_back().copied()).is_none_or(|last| last <= 0.0) {
            free.pop();
            refused.push(entering);
            continue;
        }
        refused.clear();
        while let Some(z) = target {
            let at = |j: usize| x.get(j).copied().unwrap_or(0.0);
            let borders =
                free.iter().zip(z.iter()).filter(|(_, z)| **z <= 0.0).map(|(&j, z)| at(j) / (at(j) - z));
            let step = borders.fold(1.0, f64::min);
            let moved: Vec<f64> =
                free.iter().zip(z.iter()).map(|(&j, z)| at(j) + step * (z - at(j))).collect();
            if step == 1.0 {
                free.iter().zip(z.iter()).for_each(|(&j, z)| {
                    if let Some(x) = x.get_mut(j) {
                        *x = *z
                    }
                });
                break;
            }
            let border = |(&j, z): (&usize, &f64)| (*z <= 0.0 && at(j) / (at(j) - z) <= step).then_some(j);
            let leaving: Vec<usize> = free.iter().zip(z.iter()).filter_map(border).collect();
            for (&j, value) in free.iter().zip(moved) {
                if let Some(x) = x.get_mut(j) {
                    *x = if leaving.contains(&j) { 0.0 } else { value.max(0.0) };
                }
            }
            free.retain(|j| !leaving.contains(j));
            target = unconstrained(a, b, &free);
        }
    }
    Err(Error::internal("non-negative least squares did not settle"))
}

/// The least squares solution on some of the columns; none where they depend on each other.
fn unconstrained(a: &DMatrix<f64>, b: &DVector<f64>, columns: &[usize]) -> Option<DVector<f64>> {
    let factor = a.select_columns(columns).qr();
    let mut rotated = b.clone();
    factor.q_tr_mul(&mut rotated);
    let solution = factor.r().solve_upper_triangular(&rotated.rows(0, columns.len()).into_owned())?;
    solution.iter().all(|value| value.is_finite()).then_some(solution)
}

/// The condition number of a table in the Euclidean norm: largest over least singular value.
///
/// Hestenes 1958, "Inversion of matrices by biorthogonalization and related results", J. SIAM 6(1): columns are
/// rotated in pairs until all are orthogonal; their norms are the singular values. nalgebra's decomposition calls
/// the platform's `hypot`, whose last bit differs between platforms.
pub(super) fn condition(a: Rows) -> Result<f64> {
    let unit = power_of_two(a.values().iter().copied());
    let scaled = a.values().iter().map(|value| value / unit);
    let mut columns = DMatrix::from_row_iterator(a.len(), a.columns(), scaled).qr().r();
    for _ in 0..SWEEPS {
        let mut settled = true;
        for q in 1..columns.ncols() {
            for p in 0..q {
                settled &= !rotate(&mut columns, p, q);
            }
        }
        if settled {
            let norms: Vec<f64> = columns.column_iter().map(|column| column.norm()).collect();
            let (least, largest) =
                norms.iter().fold((f64::INFINITY, 0.0f64), |(a, b), n| (a.min(*n), b.max(*n)));
            return Ok(if least > LEAST_SHARE * largest { largest / least } else { f64::INFINITY });
        }
    }
    Err(Error::internal("the singular values did not settle"))
}

/// Makes two columns orthogonal; false where they are already.
fn rotate(columns: &mut DMatrix<f64>, p: usize, q: usize) -> bool {
    let (a, b) = (columns.column(p).norm_squared(), columns.column(q).norm_squared());
    let product = columns.column(p).dot(&columns.column(q));
    // Below that share one column counts as zero: its square is near underflow, and turning it would not settle.
    if product.abs() <= f64::EPSILON * (a * b).sqrt() || a.min(b) < LEAST_SHARE * LEAST_SHARE * a.max(b) {
        return false;
    }
    let zeta = (b - a) / (2.0 * product);
    // From 10⁸ on the root is |ζ| itself, and the square would overflow some day.
    let root = if zeta.abs() < 1e8 { (1.0 + zeta * zeta).sqrt() } else { zeta.abs() };
    let tangent = zeta.signum() / (zeta.abs() + root);
    let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
    let sine = cosine * tangent;
    let (old_p, old_q) = (columns.column(p).into_owned(), columns.column(q).into_owned());
    columns.set_column(p, &(&old_p * cosine - &old_q * sine));
    columns.set_column(q, &(&old_p * sine + &old_q * cosine));
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn solve(a: &[f64], columns: usize, b: &[f64]) -> Vec<f64> {
        NonNegative::new(Rows::new("a", a, columns).unwrap()).solve(b).unwrap()
    }

    #[test]
    fn solutions_are_those_of_the_reference() {
        let reference = include_str!("../../../tests/vectors/oracle/energy_fit.json");
        let reference: serde_json::Value = serde_json::from_str(reference).unwrap();
        let tolerance = reference["tolerance"].as_f64().unwrap();
        for case in reference["cases"].as_array().unwrap() {
            let s: Vec<Vec<f64>> = serde_json::from_value(case["s"].clone()).unwrap();
            let e: Vec<Vec<f64>> = serde_json::from_value(case["e"].clone()).unwrap();
            let matrix: Vec<Vec<f64>> = serde_json::from_value(case["matrix"].clone()).unwrap();
            let (s_values, e_values) = (s.concat(), e.concat());
            let s_rows = Rows::new("s", &s_values, s[0].len()).unwrap();
            let tensor =
                crate::energy::EnergyTensor::fit(s_rows, Rows::new("e", &e_values, e[0].len()).unwrap())
                    .unwrap();
            let close = |a: f64, b: f64| (a - b).abs() <= tolerance * b.abs().max(1e-3);
            for (ours, theirs) in tensor.matrix().values().iter().zip(matrix.concat()) {
                assert!(close(*ours, theirs), "{ours} is not {theirs} in {case}");
            }
            assert!(close(tensor.residual().unwrap(), case["residual"].as_f64().unwrap()));
            assert!(close(tensor.condition().unwrap(), case["condition"].as_f64().unwrap()));
        }
    }

    #[test]
    fn units_of_any_size_change_nothing() {
        let (a, b) = ([1.0, 2.0, 3.0, 1.0, 2.0, 5.0], [1.0, 2.0, 2.5]);
        let plain = solve(&a, 2, &b);
        let large: Vec<f64> = a.iter().map(|v| v * 2f64.powi(1000)).collect();
        let mixed: Vec<f64> =
            a.iter().enumerate().map(|(i, v)| if i % 2 == 0 { *v } else { v * 1024.0 }).collect();
        assert_eq!(solve(&large, 2, &b.map(|v| v * 2f64.powi(1000))), plain);
        assert_eq!(solve(&mixed, 2, &b), [plain[0], plain[1] / 1024.0]);
    }

    #[test]
    fn what_depends_on_each_other_still_has_an_answer() {
        let a = [1.0, 2.0, 2.0, 4.0, 3.0, 6.0];
        let x = solve(&a, 2, &[1.0, 2.0, 3.0]);
        assert!((x[0] + 2.0 * x[1] - 1.0).abs() < 1e-14 && x.iter().all(|x| *x >= 0.0), "{x:?}");
        assert!(condition(Rows::new("a", &a, 2).unwrap()).unwrap() > 1e15);
        assert_eq!(solve(&[0.0; 4], 2, &[1.0, 2.0]), [0.0, 0.0]);
        assert_eq!(condition(Rows::new("a", &[0.0; 4], 2).unwrap()).unwrap(), f64::INFINITY);
        assert_eq!(solve(&[1.0, 2.0], 1, &[-1.0, -2.0]), [0.0]);
    }

    #[test]
    fn conditions_of_any_size_settle() {
        let of =
            |values: &[f64], columns: usize| condition(Rows::new("a", values, columns).unwrap()).unwrap();
        assert_eq!(of(&[1.0, 0.0, 0.0, 0.125], 2), 8.0);
        assert_eq!(of(&[-3.0, 4.0], 1), 1.0);
        // Eigenvalues of [[2, 1], [1, 2]] are 3 and 1.
        assert!((of(&[2.0, 1.0, 1.0, 2.0], 2) - 3.0).abs() < 1e-14);
        for power in 1..324 {
            let small: f64 = format!("1e-{power}").parse().unwrap();
            let condition = of(&[1.0, small, 3.0, 1.0, 2.0 * small, 1.0, 1.0, 4.0 * small, 2.0], 3);
            assert!(
                condition > 0.5 / small || condition == f64::INFINITY && power > 135,
                "{small}: {condition}"
            );
        }
    }

    proptest! {
        /// x ≥ 0, gradient ≥ 0, and one of the two 0 in each place: necessary and sufficient, the problem being convex.
        #[test]
        fn solutions_meet_the_karush_kuhn_tucker_conditions(
            (columns, a, b) in (1usize..7, 0usize..10).prop_flat_map(|(columns, more)| {
                let rows = columns + more;
                let value = prop_oneof![4 => -1.0..1.0f64, 1 => (-2..3i32).prop_map(f64::from)];
                (Just(columns), prop::collection::vec(value.clone(), rows * columns), prop::collection::vec(value, rows))
            }),
        ) {
            let x = solve(&a, columns, &b);
            let residual: Vec<f64> =
                a.chunks(columns).zip(&b).map(|(row, b)| row.iter().zip(&x).map(|(a, x)| a * x).sum::<f64>() - b).collect();
            let size = 1.0 + x.iter().fold(0.0f64, |most, x| most.max(x.abs()));
            for j in 0..columns {
                let gradient: f64 = residual.iter().zip(a.chunks(columns)).map(|(r, row)| r * row[j]).sum();
                prop_assert!(x[j] >= 0.0);
                prop_assert!(gradient >= -1e-11 * size, "gradient {gradient} at {j}, x {x:?}");
                prop_assert!(x[j] == 0.0 || gradient <= 1e-11 * size, "gradient {gradient} at {j}, x {x:?}");
            }
        }
    }
}
