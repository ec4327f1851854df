//! The few loops that all the time goes into, and activations that give the same bits on every platform.

use crate::random::Random;

/// `out += a · x`.
pub(super) fn add_scaled(out: &mut [f64], a: f64, x: &[f64]) {
    out.iter_mut().zip(x).for_each(|(out, x)| *out += a * x);
}

/// `Σ x·y`, in four interleaved sums: the order is fixed, and vector units can follow it.
pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    let (xs, ys) = (x.chunks_exact(4), y.chunks_exact(4));
    let rest: f64 = xs.remainder().iter().zip(ys.remainder()).map(|(x, y)| x * y).sum();
    let mut sums = [0.0; 4];
    for (x, y) in xs.zip(ys) {
        sums.iter_mut().zip(x.iter().zip(y)).for_each(|(sum, (x, y))| *sum += x * y);
    }
    let [a, b, c, d] = sums;
    (a + b) + (c + d) + rest
}

/// `out += xᵀ·W`: `weights` has a row of `out.len()` numbers for each of `x`.
pub(super) fn forward(out: &mut [f64], x: &[f64], weights: &[f64]) {
    let width = out.len();
    for (x, row) in x.iter().zip(weights.chunks_exact(width.max(1))) {
        add_scaled(out, *x, row);
    }
}

/// The way back through [`forward`]: the gradient of the weights is added, that of `x` too where asked for.
pub(super) fn backward(
    d_out: &[f64],
    x: &[f64],
    weights: &[f64],
    d_weights: &mut [f64],
    d_x: Option<&mut [f64]>,
) {
    let width = d_out.len().max(1);
    for (x, row) in x.iter().zip(d_weights.chunks_exact_mut(width)) {
        add_scaled(row, *x, d_out);
    }
    if let Some(d_x) = d_x {
        for (d_x, row) in d_x.iter_mut().zip(weights.chunks_exact(width)) {
            *d_x += dot(row, d_out);
        }
    }
}

/// eˣ to 10⁻¹⁴, by range reduction and a polynomial: basic operations only, so that whole slices are done at once.
fn exp(x: f64) -> f64 {
    // Beyond ±700 nothing that an activation makes of it would change.
    let x = x.clamp(-700.0, 700.0);
    let n = (x * std::f64::consts::LOG2_E).round_ties_even();
    let r = (x - n * 6.931_471_803_691_238e-1) - n * 1.908_214_929_270_587_7e-10;
    let coefficients = [
        2.505_210_838_544_172e-8,
        2.755_731_922_398_589e-7,
        2.755_731_922_398_589_3e-6,
        2.480_158_730_158_73e-5,
        1.984_126_984_126_984e-4,
        1.388_888_888_888_889e-3,
        8.333_333_333_333_333e-3,
        4.166_666_666_666_666_4e-2,
        1.666_666_666_666_666_6e-1,
        0.5,
        1.0,
        1.0,
    ];
    let polynomial = coefficients.iter().fold(0.0, |sum, coefficient| sum * r + coefficient);
    polynomial * f64::from_bits(((n as i64 + 1023) as u64) << 52)
}

/// The hyperbolic tangent of each value.
pub(super) fn tanh(values: &mut [f64]) {
    values.iter_mut().for_each(|value| *value = 1.0 - 2.0 / (exp(2.0 * *value) + 1.0));
}

/// The logistic function of each value.
pub(super) fn sigmoid(values: &mut [f64]) {
    values.iter_mut().for_each(|value| *value = 1.0 / (1.0 + exp(-*value)));
}

/// Fills a weight matrix uniformly on ±√(6/(inputs + outputs)): Glorot & Bengio 2010, "Understanding the difficulty of
/// training deep feedforward neural networks", AISTATS, eq. 16.
pub(super) fn glorot(weights: &mut [f64], inputs: usize, outputs: usize, random: &mut Random) {
    let bound = (6.0 / (inputs + outputs).max(1) as f64).sqrt();
    weights.iter_mut().for_each(|weight| *weight = bound * (2.0 * random.unit() - 1.0));
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    #[test]
    fn activations_agree_with_the_library() {
        for i in -4000..=4000 {
            let x = f64::from(i) * 0.01;
            let (mut t, mut s) = ([x], [x]);
            tanh(&mut t);
            sigmoid(&mut s);
            assert!((t[0] - libm::tanh(x)).abs() < 1e-13, "tanh {x}: {}", t[0]);
            assert!((s[0] - 1.0 / (1.0 + libm::exp(-x))).abs() < 1e-13, "sigmoid {x}: {}", s[0]);
            assert!((exp(x) / libm::exp(x) - 1.0).abs() < 1e-13, "exp {x}");
        }
        let mut extremes = [f64::MAX, -f64::MAX, 1e300];
        tanh(&mut extremes);
        assert_eq!(extremes, [1.0, -1.0, 1.0]);
    }

    /// Compares a gradient with central differences of the loss, parameter by parameter.
    pub(in super::super) fn check_gradient(
        parameters: &[f64],
        gradient: &[f64],
        loss: impl Fn(&[f64]) -> f64,
    ) {
        assert_eq!(parameters.len(), gradient.len());
        let step = 1e-5;
        for (at, analytic) in gradient.iter().enumerate() {
            let moved = |by: f64| {
                let mut moved = parameters.to_vec();
                moved[at] += by;
                loss(&moved)
            };
            let numeric = (moved(step) - moved(-step)) / (2.0 * step);
            let scale = 1e-4 * (1.0 + analytic.abs().max(numeric.abs()));
            assert!(
                (numeric - analytic).abs() < scale,
                "parameter {at}: {analytic}, by differences {numeric}"
            );
        }
        assert!(gradient.iter().any(|g| g.abs() > 1e-6), "a gradient of zeros proves nothing");
    }
}
