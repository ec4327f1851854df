//! The one door to transcendental functions, so that every platform gives the same bits.
//!
//! The standard library's `exp`, `ln`, `powf`, … call the platform's C library and differ in the last bit
//! between glibc, musl, macOS and Windows; the `libm` crate is pure Rust and does not. `sqrt` and the four
//! basic operations are exact by IEEE 754 and stay native. `mul_add` is not used anywhere.

pub(crate) use libm::{cos, erfc, exp, exp2, expm1, frexp, lgamma, log as ln, log1p, log2, scalbn, sin};

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
    use super::Sum;

    #[test]
    fn a_sum_keeps_what_rounding_would_lose() {
        assert_eq!(Sum::of([1.0, 1e100, 1.0, -1e100]), 2.0);
    }
}
