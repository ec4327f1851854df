//! Numbers as an unevaluated sum of two floats: about 106 bits, for logarithms that are summed and exponentiated.
//!
//! An error of ε in a logarithm is a relative error of ε in the number, and a float near 700 has ε = 10⁻¹³ to
//! begin with. Dekker 1971, "A floating-point technique for extending the available precision", Numerische
//! Mathematik 18; Knuth, The Art of Computer Programming 2, section 4.2.2, theorem B.

use crate::math;
use std::ops::{Add, Div, Mul};

/// `high + low`, where `low` is at most half a last place of `high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DoubleDouble {
    high: f64,
    low: f64,
}

const LN_2: DoubleDouble = DoubleDouble { high: std::f64::consts::LN_2, low: 2.319_046_813_846_299_6e-17 };

/// Terms of the series of the logarithm: 0.1716 is the largest argument, and 0.1716⁴⁴ is below 2⁻¹⁰⁶.
const TERMS: u32 = 22;

impl DoubleDouble {
    /// The exact sum of two floats.
    fn sum(a: f64, b: f64) -> Self {
        let high = a + b;
        let b_part = high - a;
        DoubleDouble { high, low: (a - (high - b_part)) + (b - b_part) }
    }

    /// The exact product of two floats below 2⁹⁹⁵ in size, by Veltkamp's splitting.
    fn product(a: f64, b: f64) -> Self {
        let split = |x: f64| {
            let shifted = 134_217_729.0 * x;
            let upper = shifted - (shifted - x);
            (upper, x - upper)
        };
        let high = a * b;
        let ((a_upper, a_lower), (b_upper, b_lower)) = (split(a), split(b));
        let low = ((a_upper * b_upper - high) + a_upper * b_lower + a_lower * b_upper) + a_lower * b_lower;
        DoubleDouble { high, low }
    }

    /// The natural logarithm of a finite float above 0.
    pub(super) fn ln(value: f64) -> Self {
        let (mut fraction, mut exponent) = math::frexp(value);
        if fraction < std::f64::consts::FRAC_1_SQRT_2 {
            (fraction, exponent) = (2.0 * fraction, exponent - 1);
        }
        // ln f = 2·artanh(s) = 2·(s + s³/3 + s⁵/5 + …) with s = (f − 1)/(f + 1).
        let s = Self::from(fraction - 1.0) / Self::sum(fraction, 1.0);
        let square = s * s;
        let term = |k: u32| Self::from(1.0) / Self::from(f64::from(2 * k + 1));
        let series = (0..TERMS).rev().fold(term(TERMS), |sum, k| sum * square + term(k));
        LN_2 * Self::from(f64::from(exponent)) + s * series * Self::from(2.0)
    }

    /// e to this power, rounded to a float: infinite or 0 only where the true value is too large or too small.
    pub(super) fn exp(self) -> f64 {
        if self.high > 710.0 {
            return f64::INFINITY;
        }
        if self.high < -746.0 {
            return 0.0;
        }
        let exponent = (self.high / LN_2.high).round();
        let rest = self + LN_2 * Self::from(-exponent);
        math::scalbn(math::exp(rest.high), exponent as i32)
    }

    pub(super) fn value(self) -> f64 {
        self.high
    }
}

impl From<f64> for DoubleDouble {
    fn from(high: f64) -> Self {
        DoubleDouble { high, low: 0.0 }
    }
}

impl Add for DoubleDouble {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (high, low) = (Self::sum(self.high, other.high), Self::sum(self.low, other.low));
        let once = Self::sum(high.high, high.low + low.high);
        Self::sum(once.high, once.low + low.low)
    }
}

impl Mul for DoubleDouble {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = Self::product(self.high, other.high);
        Self::sum(product.high, product.low + (self.high * other.low + self.low * other.high))
    }
}

impl Div for DoubleDouble {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let first = self.high / other.high;
        let rest = self + other * Self::from(-first);
        Self::sum(first, rest.high / other.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn logarithms_have_the_published_digits() {
        // The logarithm of each float to 60 digits by mpmath 1.3.0, as the sum of two floats.
        let reference = [
            (3.0, 1.0986122886681098, -9.07129723500153e-17),
            (0.1, -2.3025850929940455, -1.7150243628057985e-16),
            (1e-300, -690.7755278982137, -2.3670096176709832e-14),
            (0.7071067811865475, -0.34657359027997275, 1.0775909101525876e-17),
            (123456789.0, 18.63140176616802, -2.0819353844153095e-16),
            (5e-324, -744.4400719213812, -4.422444340918698e-14),
        ];
        for (value, high, low) in reference {
            let ln = DoubleDouble::ln(value);
            assert_eq!(ln.high, high, "ln {value}");
            assert!((ln.low - low).abs() <= 1e-30 * high.abs(), "ln {value}: {} is not {low}", ln.low);
        }
    }

    proptest! {
        #[test]
        fn the_logarithm_undoes_itself(value in prop::num::f64::POSITIVE | prop::num::f64::SUBNORMAL) {
            let value = value.abs();
            let back = DoubleDouble::ln(value).exp();
            prop_assert!((back - value).abs() <= 2.0 * f64::EPSILON * value + 5e-324, "{value} became {back}");
        }

        #[test]
        fn products_are_exact(a in -1e9..1e9f64, b in -1e9..1e9f64, c in 1u32..1000) {
            // Integers below 2^53 in 128-bit arithmetic are the second opinion.
            let (x, y) = ((a * 1000.0).trunc(), (b * f64::from(c)).trunc());
            let exact = DoubleDouble::product(x, y);
            prop_assert_eq!(exact.high as i128 + exact.low as i128, x as i128 * y as i128);
        }
    }
}
