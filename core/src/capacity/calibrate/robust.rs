//! Robust regression with one or two parameters: an M-estimate with Tukey's bisquare (c = 4.685: 95 % efficient for normal errors).
//!
//! Found by reweighted Gauss-Newton steps from a start that the caller names, with the scale `median|r|/0.6745` of the errors at each; standard errors by
//! formula (6.5) of Huber 1981, "Robust Statistics", section 7.6. The bisquare gives far values no weight at all, so that much depends on the start: the
//! best of a grid by the median of the absolute errors, which half of the data cannot mislead (Rousseeuw 1984, "Least median
//! of squares regression", JASA 79).

/// Where Tukey's bisquare gives up on a value, in standard deviations.
const BISQUARE: f64 = 4.685;
/// The median of the absolute value of a standard normal variable.
const NORMAL_MEDIAN: f64 = 0.674_489_750_196_081_7;
const MAX_STEPS: usize = 200;
/// An error that no weight is given to.
pub(super) const WILD: f64 = 1e30;

/// One observation at the present parameters: its error, and how the model's value changes with each of them.
pub(super) struct Row {
    pub(super) error: f64,
    pub(super) slopes: [f64; 2],
}

/// The M-estimate of one or two parameters.
pub(super) struct Fit {
    pub(super) at: [f64; 2],
    pub(super) errors: [f64; 2],
    pub(super) scale: f64,
    /// The scale, raised by the mean loss: comparable between models of the same data.
    pub(super) loss: f64,
    pub(super) outliers: usize,
}

impl Fit {
    pub(super) fn from(start: [f64; 2], parameters: usize, rows_at: impl Fn([f64; 2]) -> Vec<Row>) -> Self {
        let mut at = start;
        let mut rows = rows_at(at);
        let mut scale = scale_of(&rows);
        for _ in 0..MAX_STEPS {
            let Some(step) = solve(&normal(&rows, parameters, |error| weight(error / scale)), parameters)
            else {
                break;
            };
            // Halved until it gains, since far from the end the curve is not its tangent.
            let before = loss(&rows, scale);
            let mut share = 1.0;
            let mut next = None;
            while share > 1e-6 && next.is_none() {
                let tried = [at[0] + share * step[0], at[1] + share * step[1]];
                let rows = rows_at(tried);
                next = (loss(&rows, scale) <= before).then_some((tried, rows));
                share *= 0.5;
            }
            let Some((tried, new_rows)) = next else { break };
            let moved = (tried[0] - at[0]).abs() + (tried[1] - at[1]).abs();
            let new_scale = scale_of(&new_rows);
            let settled = moved <= 1e-13 * (1.0 + at[0].abs() + at[1].abs())
                && (new_scale - scale).abs() <= 1e-12 * scale;
            (at, rows, scale) = (tried, new_rows, new_scale);
            if settled {
                break;
            }
        }
        Fit {
            at,
            errors: standard_errors(&rows, parameters, scale),
            scale,
            loss: scale * (1.0 + loss(&rows, scale) / rows.len() as f64),
            outliers: rows.iter().filter(|row| weight(row.error / scale) < 0.5).count(),
        }
    }
}

/// The bisquare's weight ψ(u)/u.
fn weight(u: f64) -> f64 {
    let left = (1.0 - u / BISQUARE * (u / BISQUARE)).max(0.0);
    left * left
}

fn loss(rows: &[Row], scale: f64) -> f64 {
    let one = |row: &Row| {
        let u = row.error / scale / BISQUARE;
        let left = (1.0 - u * u).max(0.0);
        BISQUARE * BISQUARE / 6.0 * (1.0 - left * left * left)
    };
    rows.iter().map(one).sum()
}

fn scale_of(rows: &[Row]) -> f64 {
    let scale = median(rows.iter().map(|row| row.error.abs()).collect()) / NORMAL_MEDIAN;
    // Exact data: what is left is rounding, and a scale of 0 would divide by it.
    scale.max(1e-14)
}

/// The normal equations: the upper half of the matrix, and the right side.
fn normal(rows: &[Row], parameters: usize, weight: impl Fn(f64) -> f64) -> [f64; 5] {
    let mut sums = [0.0; 5];
    for Row { error, slopes: [one, other] } in rows {
        let (w, other) = (weight(*error), if parameters == 1 { 0.0 } else { *other });
        let terms = [one * one, one * other, other * other, one * error, other * error];
        sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += w * term);
    }
    sums
}

/// The step of the normal equations; `None` where they have no single answer.
fn solve(sums: &[f64; 5], parameters: usize) -> Option<[f64; 2]> {
    let inverse = invert(sums, parameters)?;
    let [a, b, c] = inverse;
    Some([a * sums[3] + b * sums[4], b * sums[3] + c * sums[4]])
}

fn invert(sums: &[f64; 5], parameters: usize) -> Option<[f64; 3]> {
    let [a, b, c, ..] = *sums;
    if parameters == 1 {
        return (a > 0.0).then_some([1.0 / a, 0.0, 0.0]);
    }
    let determinant = a * c - b * b;
    (determinant > 1e-12 * a * c).then_some([c / determinant, -b / determinant, a / determinant])
}

fn standard_errors(rows: &[Row], parameters: usize, scale: f64) -> [f64; 2] {
    let count = rows.len() as f64;
    let psi = |row: &Row| row.error / scale * weight(row.error / scale);
    let psi_slope = |row: &Row| {
        let u = row.error / scale / BISQUARE;
        (1.0 - u * u).max(0.0) * (1.0 - 5.0 * u * u)
    };
    let slope = rows.iter().map(psi_slope).sum::<f64>() / count;
    let variance =
        rows.iter().map(|row| (psi_slope(row) - slope) * (psi_slope(row) - slope)).sum::<f64>() / count;
    let spread = rows.iter().map(|row| psi(row) * psi(row)).sum::<f64>() / (count - parameters as f64);
    let Some([one, _, other]) = invert(&normal(rows, parameters, |_| 1.0), parameters) else {
        return [f64::INFINITY; 2];
    };
    let correction = 1.0 + parameters as f64 / count * variance / (slope * slope);
    let factor = correction * scale * spread.sqrt() / slope;
    [factor * one.sqrt(), factor * other.sqrt()]
}

/// The parameters for which the cost is least, of even steps from 0 to 1.
pub(super) fn best_of_grid(steps: usize, cost: impl Fn(f64) -> (f64, [f64; 2])) -> [f64; 2] {
    let tried = (0..=steps).map(|step| cost(step as f64 / steps as f64));
    tried.min_by(|(one, _), (other, _)| one.total_cmp(other)).map_or([0.0; 2], |(_, at)| at)
}

pub(super) fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    if values.is_empty() {
        return f64::NAN;
    }
    let even = values.len().is_multiple_of(2);
    let (below, value, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if even { 0.5 * (*value + largest_of_all(below)) } else { *value }
}

fn largest_of_all(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}
