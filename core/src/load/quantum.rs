//! What a load is counted in: the quantum that all its values are whole multiples of, found from the values alone.
//!
//! Counts per step, divided by its seconds or told in thousands, are multiples of the same quantum as the counts themselves: who
//! needs to know what one request adds asks for no unit. Euclid's algorithm with a tolerance finds the common divisor; a load that
//! is not counted has none. All is relative to the values, so it is the same in every unit.

use serde::{Deserialize, Serialize};

/// It is believed in after so many values in a row.
const ENOUGH: u32 = 16;
/// How far from a multiple a value may be written: a share of the quantum, and of the value, each.
const ROUNDING: f64 = 5e-6;
const MOST_ROUNDING: f64 = 0.01;
/// What Euclid's algorithm takes for 0, as a share of the divisor.
const REST: f64 = 0.02;
/// Larger multiples tell no count from a continuous load.
const LARGEST: f64 = 1e6;
/// One value gives a quantum that was believed in at most so many parts: what would take more is no count.
const PARTS: f64 = 64.0;

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Quantum {
    /// 0 before the first value that is not.
    size: f64,
    /// Multiples seen in a row.
    run: u32,
}

impl Quantum {
    /// Takes in a finite value.
    pub(crate) fn see(&mut self, value: f64) {
        let value = value.abs();
        let is_begun = self.size > 0.0;
        if value == 0.0 || (is_begun && self.has_multiple(value)) {
            self.run = self.run.saturating_add(u32::from(is_begun));
        } else if is_begun && let Some(size) = self.divided(value) {
            *self = Quantum { size, run: 1 };
        } else if self.size().is_some() {
            *self = Quantum::default();
        } else {
            *self = Quantum { size: value, run: 1 };
        }
    }

    /// The quantum, where the load has one.
    pub(crate) fn size(&self) -> Option<f64> {
        // What is divided by a subnormal number may be infinite.
        (self.run >= ENOUGH && self.size >= f64::MIN_POSITIVE).then_some(self.size)
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.size >= 0.0 && self.size.is_finite() && (self.size > 0.0 || self.run == 0)
    }

    fn has_multiple(&self, value: f64) -> bool {
        let multiple = value / self.size;
        let rounding = (ROUNDING * (2.0 + multiple)).min(MOST_ROUNDING);
        multiple > 0.5 && (multiple - multiple.round()).abs() <= rounding
    }

    /// What this and a value that is no multiple are both multiples of.
    fn divided(&self, value: f64) -> Option<f64> {
        let most = value.max(self.size);
        let (mut divisor, mut rest) = (most, value.min(self.size));
        while rest > REST * divisor {
            (divisor, rest) = (rest, (divisor - rest * (divisor / rest).round()).abs());
            if divisor * LARGEST < most {
                return None;
            }
        }
        // The larger of the two tells it most exactly.
        let size = most / (most / divisor).round();
        let found = Quantum { size, run: 1 };
        let is_fine = self.run >= ENOUGH && self.size > PARTS * size;
        (!is_fine && found.has_multiple(value) && found.has_multiple(self.size)).then_some(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn seen(values: impl IntoIterator<Item = f64>) -> Quantum {
        let mut quantum = Quantum::default();
        values.into_iter().for_each(|value| quantum.see(value));
        assert!(quantum.is_whole());
        quantum
    }

    fn counts(mean: f64) -> Vec<f64> {
        let mut random = Random::new(1);
        (0..400).map(|_| random.poisson(mean)).collect()
    }

    #[test]
    fn counts_are_found_in_every_unit() {
        for mean in [0.05, 1.0, 70.0, 20_000.0] {
            for unit in [1.0, 1.0 / 15.0, 1e-3 / 60.0, 1024.0, 1e-9] {
                let found = seen(counts(mean).iter().map(|count| count * unit)).size().unwrap();
                assert!((found / unit - 1.0).abs() < 1e-9, "{mean} in {unit}: {found}");
            }
            let written = counts(mean).into_iter().map(|count| (count / 60.0 * 1e7).round() / 1e7);
            let found = seen(written).size();
            assert!(mean > 1e3 || (found.unwrap() * 60.0 - 1.0).abs() < 1e-5, "{mean}: {found:?}");
        }
    }

    #[test]
    fn a_load_that_is_no_count_has_none() {
        let mut random = Random::new(2);
        for spread in [1.0, 0.1, 1e-3] {
            let mut quantum = Quantum::default();
            for _ in 0..20_000 {
                quantum.see(50.0 * (1.0 + spread * random.unit()));
                assert_eq!(quantum.size(), None);
            }
        }
        assert_eq!(seen([0.0; 100]).size(), None, "nothing tells what was counted");
    }

    #[test]
    fn one_fraction_ends_it_and_whole_counts_begin_it_again() {
        let whole = || (1..=20).map(|count| f64::from(count % 7));
        assert_eq!(seen(whole()).size(), Some(1.0));
        assert_eq!(seen(whole().chain([0.1234])).size(), None);
        assert_eq!(seen(whole().chain([0.1234]).chain(whole())).size(), Some(1.0));
        assert_eq!(seen([5.0; 20].into_iter().chain([3.0]).chain(whole())).size(), Some(1.0));
    }

    #[test]
    fn wild_values_break_nothing() {
        assert_eq!(seen([5e-324; 20]).size(), None);
        let wild = [1e300, 1e-300, f64::MAX, f64::MIN_POSITIVE, 5e-324, -7.0, 0.0];
        (0..7).for_each(|turn| {
            seen(wild.iter().cycle().skip(turn).step_by(turn + 1).take(50).copied());
        });
    }
}
