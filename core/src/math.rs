//! The one door to transcendental functions, so that every platform gives the same bits.
//!
//! The standard library's `exp`, `ln`, `powf`, … call the platform's C library and differ in the last bit
//! between glibc, musl, macOS and Windows; the `libm` crate is pure Rust and does not. `sqrt` and the four
//! basic operations are exact by IEEE 754 and stay native. `mul_add` is not used anywhere.

pub(crate) use libm::{
    atan2, cbrt, cos, erfc, exp, exp2, expm1, frexp, lgamma, log as ln, log1p, log2, scalbn, sin,
};

/// 1/13!, 1/12!, …, 1/0!.
#[allow(clippy::indexing_slicing, reason = "computed by the compiler, which refuses an index out of range")]
const INVERSE_FACTORIALS: [f64; 14] = {
    let mut inverses = [1.0; 14];
    let mut n = 13;
    let mut factorial = 1.0;
    while n > 0 {
        n -= 1;
        factorial *= (13 - n) as f64;
        inverses[n] = 1.0 / factorial;
    }
    inverses
};

/// e^x to 1e-15 of itself, for x ≤ 0 (0 below −700): without branches or tables, so that loops over it run in parallel.
///
/// x = k·ln 2 + r with |r| ≤ ½·ln 2, ln 2 in two parts (Cody & Waite 1980, "Software Manual for the Elementary Functions"),
/// and the series of e^r.
pub(crate) fn exp_of_negative(x: f64) -> f64 {
    // Adding it leaves the nearest whole number in the lowest bits.
    const ROUNDS: f64 = 6_755_399_441_055_744.0;
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let shifted = x.max(-700.0) * std::f64::consts::LOG2_E + ROUNDS;
    let k = shifted - ROUNDS;
    let r = x.max(-700.0) - k * LN_2_HIGH - k * LN_2_LOW;
    let series = INVERSE_FACTORIALS.iter().fold(0.0, |sum, term| sum * r + term);
    let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0f64.to_bits()));
    if x < -700.0 { 0.0 } else { series * power }
}

/// A sum that keeps the rounding error of each addition (Neumaier 1974, "Rundungsfehleranalyse einiger
/// Verfahren zur Summation endlicher Summen", ZAMM 54).
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    pub(crate) fn add(&mut self, value: f64) {
        let next = self.total + value;
        // Past the largest float the correction would be infinity minus infinity.
        if next.is_finite() {
            self.lost += if self.total.abs() >= value.abs() {
                (self.total - next) + value
            } else {
                (value - next) + self.total
            };
        }
        self.total = next;
    }

    pub(crate) fn value(self) -> f64 {
        self.total + self.lost
    }

    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> f64 {
        let mut sum = Sum::default();
        values.into_iter().for_each(|value| sum.add(value));
        sum.value()
    }
}

#[cfg(test)]
mod tests {
    use super::{Sum, exp, exp_of_negative};

    #[test]
    fn the_parallel_exponential_is_the_exponential() {
        for i in 0..70_000 {
            let x = -0.01 * f64::from(i);
            let (found, wanted) = (exp_of_negative(x), exp(x));
            assert!((found / wanted - 1.0).abs() < 1e-15, "{x}: {found} against {wanted}");
        }
        assert_eq!([0.0, -0.0, -701.0, f64::NEG_INFINITY].map(exp_of_negative), [1.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_sum_keeps_what_rounding_would_lose() {
        assert_eq!(Sum::of([1.0, 1e100, 1.0, -1e100]), 2.0);
    }
}
