//! Erlang C again and again: the probability to wait as a table of polynomials, made as they are asked for.
//!
//! For `n` servers the offered load is cut, from `n` downwards, into pieces of `√n/4` erlang, over which the probability to wait is a
//! polynomial of degree 9 to 2·10⁻¹³ (Chebyshev interpolation: Trefethen 2013, "Approximation Theory and Approximation Practice", ch. 8). All
//! runs over a load share the table; what it answers does not depend on who asks first.

use crate::capacity::erlang_c;
use crate::math::cos;
use std::f64::consts::PI;
use std::sync::OnceLock;

/// Interpolation points of a piece.
const POINTS: usize = 10;
/// For more servers than this there is no table.
const MOST_SERVERS: u64 = 2048;

/// Coefficients of the powers of a variable that goes from −1 to 1 over a piece.
type Polynomial = [f64; POINTS];

/// Erlang C, tabled.
#[derive(Debug)]
pub(super) struct Waits {
    /// By the count of servers, and by how far a piece is from a full load; no counts without a table.
    pieces: Vec<OnceLock<Vec<OnceLock<Polynomial>>>>,
    /// The interpolation points on −1 to 1.
    points: [f64; POINTS],
}

impl Waits {
    /// With a table or, where few questions will come, without.
    pub(super) fn new(has_table: bool) -> Self {
        let mut points = [0.0; POINTS];
        for (i, point) in points.iter_mut().enumerate() {
            *point = cos(PI * (i as f64 + 0.5) / POINTS as f64);
        }
        let counts = if has_table { MOST_SERVERS + 1 } else { 0 };
        Waits { pieces: (0..counts).map(|_| OnceLock::new()).collect(), points }
    }

    /// Erlang C for arguments that are in its range.
    pub(super) fn probability(&self, servers: u64, offered: f64) -> f64 {
        self.interpolated(servers, offered).unwrap_or_else(|| exact(servers, offered))
    }

    /// None where there is no table, and for a load so small that a piece around it would go below 0.
    fn interpolated(&self, servers: u64, offered: f64) -> Option<f64> {
        let of_count = self.pieces.get(usize::try_from(servers).ok()?)?;
        let count = servers as f64;
        let width = 0.25 * count.sqrt();
        let position = (count - offered) / width;
        let place = position as usize;
        let pieces =
            of_count.get_or_init(|| (0..(count / width) as usize).map(|_| OnceLock::new()).collect());
        let polynomial = pieces.get(place)?.get_or_init(|| {
            let middle = place as f64 + 0.5;
            let load = |u: f64| count - (middle + 0.5 * u) * width;
            interpolation(self.points, self.points.map(|u| exact(servers, load(u))))
        });
        Some(value(polynomial, 2.0 * (position - place as f64) - 1.0))
    }
}

fn exact(servers: u64, offered: f64) -> f64 {
    erlang_c(servers, offered).unwrap_or(f64::NAN)
}

/// The polynomial with these values at the Chebyshev points, by the powers of its variable.
fn interpolation(points: [f64; POINTS], values: [f64; POINTS]) -> Polynomial {
    // The Chebyshev polynomials T(k − 1) and T(k), with T(−1) = T(1) = u: at the points, and by powers.
    let (mut at_before, mut at) = (points, [1.0; POINTS]);
    let (mut before, mut powers) =
        (std::array::from_fn(|i| f64::from(i == 1)), std::array::from_fn(|i| f64::from(i == 0)));
    let mut sum = [0.0; POINTS];
    for k in 0..POINTS {
        let scale = if k == 0 { 1.0 } else { 2.0 } / POINTS as f64;
        let weight = scale * values.iter().zip(at).map(|(value, at)| value * at).sum::<f64>();
        sum.iter_mut().zip(powers).for_each(|(sum, power): (&mut f64, f64)| *sum += weight * power);
        // T(k + 1) = 2u·T(k) − T(k − 1).
        let mut next: Polynomial = before.map(|power: f64| -power);
        next.iter_mut().skip(1).zip(powers).for_each(|(next, power)| *next += 2.0 * power);
        let mut at_next = at_before.map(|value| -value);
        at_next.iter_mut().zip(at).zip(points).for_each(|((next, at), u)| *next += 2.0 * u * at);
        (before, powers, at_before, at) = (powers, next, at, at_next);
    }
    sum
}

/// A polynomial's value, by pairs and not one power after the other, so that the processor adds them up side by side.
fn value(polynomial: &Polynomial, u: f64) -> f64 {
    let [a, b, c, d, e, f, g, h, i, j] = polynomial;
    let (u2, u4) = (u * u, u * u * (u * u));
    ((a + b * u) + (c + d * u) * u2) + ((e + f * u) + (g + h * u) * u2) * u4 + (i + j * u) * (u4 * u4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn the_table_is_erlangs_formula() {
        let (waits, mut random) = (Waits::new(true), Random::new(5));
        for servers in [1, 2, 3, 4, 5, 7, 10, 25, 60, 400, 2048] {
            let mut interpolated = 0;
            for _ in 0..2000 {
                let offered = servers as f64 * random.unit();
                let (ours, exact) = (waits.probability(servers, offered), exact(servers, offered));
                assert!((ours - exact).abs() < 2e-13, "{servers} at {offered}: {ours} not {exact}");
                interpolated += usize::from(waits.interpolated(servers, offered).is_some());
            }
            assert!(interpolated > 1700, "{servers}: {interpolated}");
        }
        assert_eq!(waits.probability(2049, 2000.0), exact(2049, 2000.0), "beyond the table");
        assert_eq!(Waits::new(false).probability(10, 7.0), exact(10, 7.0), "without one");
        assert!((waits.probability(10, 10.0) - 1.0).abs() < 1e-14 && waits.probability(10, 0.0) == 0.0);
    }
}
