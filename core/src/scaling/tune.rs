//! Gains from recorded behaviour: the α, β, γ with which the scaling identity comes closest to a recorded scale.
//!
//! The identity is linear in its gains: `S − S(0) = α·a + β·b + γ·c`, where a, b and c are the identity with one gain 1 and the others 0. So
//! the gains are the least-squares solution of three columns, found by orthogonalizing them one after the other, twice over for full accuracy
//! (modified Gram-Schmidt; Björck 1996, "Numerical Methods for Least Squares Problems", section 2.4).

use super::identity::{Gains, scaling_identity};
use crate::error::{Error, Result, all_finite, same_length};
use crate::math::Sum;

/// A column of which less than this share is new, beside those before it, is taken to say nothing new.
const NOTHING_NEW: f64 = 1e-10;

/// The gains, and the root mean square of what they leave unexplained, in units of scale.
pub(super) fn least_squares(load: &[f64], scale: &[f64], step_seconds: f64) -> Result<(Gains, f64)> {
    same_length("scale", scale.len(), "load", load.len())?;
    all_finite("scale", scale)?;
    if load.len() < 4 {
        return Err(Error::data("load", format!("has {} samples; three gains need at least 4", load.len())));
    }
    let of = |alpha, beta, gamma| scaling_identity(load, step_seconds, alpha, beta, gamma, 0.0);
    let columns = [of(1.0, 0.0, 0.0)?, of(0.0, 1.0, 0.0)?, of(0.0, 0.0, 1.0)?];
    let start = scale.first().copied().unwrap_or_default();
    let mut left: Vec<f64> = scale.iter().map(|value| value - start).collect();

    let mut bases: Vec<Basis> = Vec::with_capacity(columns.len());
    for column in &columns {
        let mut direction = column.clone();
        let mut parts = vec![0.0; bases.len()];
        for _ in 0..2 {
            for (basis, part) in bases.iter().zip(&mut parts) {
                *part += take_out(&mut direction, &basis.direction);
            }
        }
        let length = norm(&direction);
        let new = length > NOTHING_NEW * norm(column);
        direction.iter_mut().for_each(|value| *value = if new { *value / length } else { 0.0 });
        bases.push(Basis { direction, parts, length: if new { length } else { 0.0 } });
    }
    let mut along: Vec<f64> = bases.iter().map(|basis| take_out(&mut left, &basis.direction)).collect();
    for (basis, part) in bases.iter().zip(&mut along) {
        *part += take_out(&mut left, &basis.direction);
    }
    // Back from the last column: what its gain explains of the earlier directions is theirs no longer.
    let mut gains = [0.0; 3];
    for (gain, basis) in gains.iter_mut().zip(&bases).rev() {
        let part = along.pop().unwrap_or_default();
        *gain = if basis.length > 0.0 { part / basis.length } else { 0.0 };
        along.iter_mut().zip(&basis.parts).for_each(|(along, share)| *along -= *gain * share);
    }
    let [alpha, beta, gamma] = gains;
    let error = norm(&left) / (left.len() as f64).sqrt();
    if ![alpha, beta, gamma, error].iter().all(|value| value.is_finite()) {
        return Err(Error::data("scale", "with this load the gains overflow"));
    }
    Ok((Gains { alpha, beta, gamma }, error))
}

/// A direction that the columns so far span, how much of each earlier direction its column has, and how much of its own.
struct Basis {
    direction: Vec<f64>,
    parts: Vec<f64>,
    length: f64,
}

/// Takes what lies along a direction of length 1 out of a vector, and says how much it was.
fn take_out(vector: &mut [f64], direction: &[f64]) -> f64 {
    let part = Sum::of(vector.iter().zip(direction).map(|(a, b)| a * b));
    vector.iter_mut().zip(direction).for_each(|(value, along)| *value -= part * along);
    part
}

fn norm(vector: &[f64]) -> f64 {
    Sum::of(vector.iter().map(|value| value * value)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use proptest::prelude::*;

    fn wandering(seed: u64) -> Vec<f64> {
        let mut random = Random::new(seed);
        let mut level = 100.0;
        (0..200)
            .map(|_| {
                level += random.normal();
                level
            })
            .collect()
    }

    #[test]
    fn a_record_that_says_nothing_of_a_gain_leaves_it_0() {
        let (gains, error) = least_squares(&[5.0; 10], &[3.0; 10], 60.0).unwrap();
        assert_eq!((gains.alpha, gains.beta, gains.gamma, error), (0.0, 0.0, 0.0, 0.0));
        // On a straight line the slope never changes: nothing is known of gamma.
        let line: Vec<f64> = (0..10).map(f64::from).collect();
        let doubled: Vec<f64> = line.iter().map(|value| 2.0 * value + 1.0).collect();
        let (gains, error) = least_squares(&line, &doubled, 1.0).unwrap();
        assert!(
            (gains.alpha - 2.0).abs() < 1e-12
                && gains.beta.abs() < 1e-12
                && gains.gamma == 0.0
                && error < 1e-12
        );
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        let refused =
            |load: &[f64], scale: &[f64], step| least_squares(load, scale, step).err().unwrap().to_string();
        assert!(refused(&[1.0; 5], &[1.0; 4], 1.0).starts_with("scale: "));
        assert!(refused(&[1.0; 3], &[1.0; 3], 1.0).starts_with("load: has 3 samples"));
        assert!(refused(&[1.0; 5], &[1.0, f64::NAN, 1.0, 1.0, 1.0], 1.0).starts_with("scale: value 1"));
        assert!(refused(&[f64::INFINITY; 5], &[1.0; 5], 1.0).starts_with("load: "));
        assert!(refused(&[1.0; 5], &[1.0; 5], 0.0).starts_with("step_seconds: "));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_gains_of_a_recorded_controller_are_found(
            seed in 0u64..1000, alpha in -5.0..5.0f64, beta in -0.1..0.1f64, gamma in -50.0..50.0f64, s0 in -10.0..10.0f64,
        ) {
            let load = wandering(seed);
            let scale = scaling_identity(&load, 15.0, alpha, beta, gamma, s0).unwrap();
            let (found, error) = least_squares(&load, &scale, 15.0).unwrap();
            prop_assert!((found.alpha - alpha).abs() < 1e-6 && (found.beta - beta).abs() < 1e-9);
            prop_assert!((found.gamma - gamma).abs() < 1e-6 && error < 1e-8);
        }

        /// What defines least squares: nothing that the gains can say is left in the error.
        #[test]
        fn what_is_left_is_orthogonal_to_every_term(seed in 0u64..1000, noise in 0.1..10.0f64) {
            let load = wandering(seed);
            let mut random = Random::new(seed + 1);
            let clean = scaling_identity(&load, 15.0, 0.5, 0.001, 3.0, 1.0).unwrap();
            let scale: Vec<f64> = clean.iter().map(|value| value + noise * random.normal()).collect();
            let (gains, error) = least_squares(&load, &scale, 15.0).unwrap();
            let fitted = scaling_identity(&load, 15.0, gains.alpha, gains.beta, gains.gamma, scale[0]).unwrap();
            let left: Vec<f64> = scale.iter().zip(&fitted).map(|(a, b)| a - b).collect();
            prop_assert!((norm(&left) / 200f64.sqrt() / error - 1.0).abs() < 1e-6);
            for unit in [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]] {
                let term = scaling_identity(&load, 15.0, unit[0], unit[1], unit[2], 0.0).unwrap();
                let along = Sum::of(left.iter().zip(&term).map(|(a, b)| a * b));
                prop_assert!(along.abs() < 1e-7 * norm(&left) * norm(&term));
            }
        }
    }
}
