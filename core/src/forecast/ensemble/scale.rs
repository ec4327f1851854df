//! The scale that the ensemble works on: the signed square root, which makes the noise of counts even, and the grid of whole
//! counts, in whatever unit.

use crate::load::Quantum;
use serde::{Deserialize, Serialize};

/// How far off the grid a forecast stays that lay off it, in grid units: on the same side of a count, however that is rounded.
const ASIDE: f64 = 1e-3;
/// How far off itself a value may lie that was kept in single precision.
const SINGLE: f64 = 2.4e-7;

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Scale {
    counted: Quantum,
}

/// The signed square root.
pub(super) fn root(value: f64) -> f64 {
    value.abs().sqrt().copysign(value)
}

/// From the root back to the value.
pub(super) fn back(root: f64) -> f64 {
    (root * root).copysign(root).clamp(f64::MIN, f64::MAX)
}

impl Scale {
    pub(super) fn see(&mut self, value: f64) {
        self.counted.see(value);
    }

    /// From roots back to values; where the load is counted, to the nearest whole count, kept on the side that the value is on,
    /// so that the same truths lie below it.
    pub(super) fn to_values(self, roots: &mut [f64]) {
        roots.iter_mut().for_each(|root| *root = back(*root));
        if let Some(unit) = self.counted.size() {
            let units = 1.0 / unit;
            roots.iter_mut().for_each(|value| *value = snap(*value, unit, units));
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.counted.is_whole()
    }
}

fn snap(value: f64, unit: f64, units: f64) -> f64 {
    // Adding it leaves no room for what lies behind the point.
    const ROUNDS: f64 = 6_755_399_441_055_744.0;
    let nearest = ((value * units + ROUNDS) - ROUNDS) * unit;
    let off = value - nearest;
    if value.abs() > 1e12 * unit {
        value
    } else if off.abs() <= SINGLE * value.abs() {
        nearest
    } else {
        nearest + off.clamp(-ASIDE * unit, ASIDE * unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_recognised_and_one_fraction_ends_it() {
        let mut scale = Scale::default();
        (0..17).for_each(|i| scale.see((f64::from(i) / 60.0 * 1e7).round() / 1e7));
        let snapped = |scale: Scale, value: f64| {
            let mut values = [root(value)];
            scale.to_values(&mut values);
            values[0]
        };
        assert!((snapped(scale, 0.49 / 60.0) - 0.001 / 60.0).abs() < 1e-6);
        assert!(snapped(scale, 0.51 / 60.0) < 1.0 / 60.0 && snapped(scale, 0.51 / 60.0) > 0.99 / 60.0);
        assert!((snapped(scale, -7.2 / 60.0) + 7.001 / 60.0).abs() < 1e-6);
        assert_eq!(snapped(scale, 0.0), 0.0);
        assert!((snapped(scale, 1e300) / 1e300 - 1.0).abs() < 1e-15);
        scale.see(0.1234);
        assert!((snapped(scale, 0.3) - 0.3).abs() < 1e-15);
    }

    #[test]
    fn the_root_goes_there_and_back() {
        for value in [0.0, -4.0, 2.25, 1e300] {
            assert!((back(root(value)) - value).abs() <= 1e-15 * value.abs());
        }
    }
}
