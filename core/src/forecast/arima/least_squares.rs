//! Nonlinear least squares by the method of Levenberg and Marquardt (Marquardt 1963, SIAM J. Applied Mathematics 11), with the
//! damping of each parameter proportional to its own curvature.

use nalgebra::{DMatrix, DVector};

/// Residuals at a point, and the sum of their squares.
#[derive(Debug, Clone)]
pub(super) struct Residuals {
    pub(super) values: Vec<f64>,
    pub(super) squares: f64,
}

impl Residuals {
    pub(super) fn new(values: Vec<f64>) -> Option<Self> {
        let squares = dot(&values, &values);
        squares.is_finite().then_some(Residuals { values, squares })
    }
}

/// The normal equations of the residuals' linear approximation: J'J and J'r.
pub(super) type Normal = (DMatrix<f64>, DVector<f64>);

/// A bounded parameter comes no nearer to −1 and 1 than this.
const NEAREST: f64 = 1e-7;
/// One that is so near and is drawn further stays where it is, while the others move.
const HELD: f64 = 1e-5;

/// Goes down from `start`, whose first `bounded` parameters lie between −1 and 1 and stay there, until a step gains less than `tolerance` of the sum of squares, or `steps` were taken.
///
/// `residuals` gives `None` where the point is not allowed; `None` comes back when the start is not.
pub(super) fn levenberg_marquardt(
    start: &[f64],
    bounded: usize,
    steps: usize,
    tolerance: f64,
    mut residuals: impl FnMut(&[f64]) -> Option<Residuals>,
    mut normal: impl FnMut(&[f64], &Residuals) -> Option<Normal>,
) -> Option<(Vec<f64>, Residuals)> {
    let mut point = start.to_vec();
    let mut best = residuals(&point)?;
    let mut damping = 1e-3;
    for _ in 0..steps {
        if point.is_empty() || best.squares == 0.0 {
            break;
        }
        let Some((mut curvature, mut slope)) = normal(&point, &best) else { break };
        for (i, x) in point.iter().enumerate().take(bounded) {
            if 1.0 - x.abs() < HELD && slope.get(i).is_some_and(|slope| slope * x < 0.0) {
                curvature.row_mut(i).fill(0.0);
                curvature.column_mut(i).fill(0.0);
                slope.row_mut(i).fill(0.0);
            }
        }
        let before = best.squares;
        for _ in 0..8 {
            let mut damped = curvature.clone();
            let floor = 1e-12 * curvature.diagonal().max().max(1e-300);
            for i in 0..damped.nrows() {
                if let Some(entry) = damped.get_mut((i, i)) {
                    *entry += damping * entry.max(floor);
                }
            }
            let step = damped.cholesky().map(|factor| factor.solve(&slope));
            let tried = step.filter(|step| step.iter().all(|x| x.is_finite())).and_then(|step| {
                let moved = point.iter().zip(step.iter()).enumerate();
                let next: Vec<f64> =
                    moved.map(|(i, (x, s))| if i < bounded { inside(*x, *s) } else { x - s }).collect();
                residuals(&next).map(|found| (next, found))
            });
            match tried {
                Some((next, found)) if found.squares < best.squares => {
                    (point, best) = (next, found);
                    damping = (damping * 0.1).max(1e-10);
                    break;
                }
                _ => damping = (damping * 8.0).min(1e8),
            }
        }
        if before - best.squares <= tolerance * before {
            break;
        }
    }
    Some((point, best))
}

/// The parameter x − `step`, but never more than most of the way to the bound.
fn inside(x: f64, step: f64) -> f64 {
    let (most, least) = (0.9 * (1.0 - NEAREST - x), 0.9 * (-1.0 + NEAREST - x));
    x + (-step).clamp(least.min(0.0), most.max(0.0))
}

/// The normal equations by differences, one evaluation for each parameter.
pub(super) fn by_differences(
    point: &[f64],
    bounded: usize,
    at: &Residuals,
    mut residuals: impl FnMut(&[f64]) -> Option<Residuals>,
) -> Option<Normal> {
    let mut columns = Vec::with_capacity(point.len());
    for i in 0..point.len() {
        let mut moved = point.to_vec();
        // Away from the nearer bound.
        let x = *moved.get(i)?;
        let step = if i < bounded && x > 0.0 { -1e-6 } else { 1e-6 * x.abs().max(1.0) };
        *moved.get_mut(i)? += step;
        let mut column = residuals(&moved)?.values;
        column.iter_mut().zip(&at.values).for_each(|(next, now)| *next = (*next - now) / step);
        columns.push(column);
    }
    Some(normal_equations(&columns, &at.values))
}

pub(super) fn normal_equations(columns: &[Vec<f64>], residuals: &[f64]) -> Normal {
    let count = columns.len();
    let mut curvature = DMatrix::zeros(count, count);
    for (i, a) in columns.iter().enumerate() {
        for (j, b) in columns.iter().enumerate().take(i + 1) {
            let product = dot(a, b);
            for at in [(i, j), (j, i)] {
                if let Some(entry) = curvature.get_mut(at) {
                    *entry = product;
                }
            }
        }
    }
    let slope = DVector::from_iterator(count, columns.iter().map(|column| dot(column, residuals)));
    (curvature, slope)
}

/// Σ a·b in four strands, which the processor adds side by side.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut strands = [0.0; 4];
    let (chunks, others) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = chunks.remainder().iter().zip(others.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in chunks.zip(others) {
        strands.iter_mut().zip(a.iter().zip(b)).for_each(|(strand, (a, b))| *strand += a * b);
    }
    let [first, second, third, fourth] = strands;
    (first + second) + (third + fourth) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banana_and_an_exponential_are_fitted() {
        let banana = |x: &[f64]| Residuals::new(vec![10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]]);
        let normal = |x: &[f64], at: &Residuals| by_differences(x, 0, at, banana);
        let (point, _) = levenberg_marquardt(&[-1.2, 1.0], 0, 200, 1e-14, banana, normal).unwrap();
        assert!((point[0] - 1.0).abs() < 1e-6 && (point[1] - 1.0).abs() < 1e-6, "{point:?}");
        let walled = |x: &[f64]| if x[0] < 0.0 { None } else { Residuals::new(vec![x[0] + 1.0]) };
        let normal = |x: &[f64], at: &Residuals| by_differences(x, 0, at, walled);
        let (point, best) = levenberg_marquardt(&[1.0], 0, 50, 1e-12, walled, normal).unwrap();
        assert!(point[0] >= 0.0 && best.squares < 1.1);
        // Least at (3, 1) without bounds, at (1, 2) with them: the second goes there though the first cannot.
        let leaning = |x: &[f64]| Residuals::new(vec![x[0] - 3.0, 10.0 * (x[1] - 2.5 + 0.5 * x[0])]);
        let normal = |x: &[f64], at: &Residuals| by_differences(x, 1, at, leaning);
        let (point, _) = levenberg_marquardt(&[0.0, 0.0], 1, 50, 1e-12, leaning, normal).unwrap();
        assert!(point[0] > 1.0 - 1e-5 && (point[1] - 2.0).abs() < 1e-5, "{point:?}");
        assert!(levenberg_marquardt(&[-1.0], 0, 50, 1e-12, walled, normal).is_none());
    }

    #[test]
    fn products_in_strands_are_products() {
        let numbers: Vec<f64> = (0..11).map(f64::from).collect();
        assert_eq!(dot(&numbers, &numbers), 385.0);
    }
}
