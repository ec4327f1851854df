//! The scale that the ensemble works on: the signed square root, which makes the noise of counts even, and the grid of whole
//! counts.

use serde::{Deserialize, Serialize};

/// A grid is believed in after so many values on it without one off it.
const ENOUGH: u32 = 16;
/// How far off the grid a count may be written, in grid units.
const ROUNDING: f64 = 0.003;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Scale {
    /// Values are whole numbers, or whole counts a step divided by its seconds: for how many values in a row?
    on_grid: [u32; 2],
    step_seconds: f64,
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
    pub(super) fn new(step_seconds: f64) -> Self {
        Scale { on_grid: [0; 2], step_seconds }
    }

    pub(super) fn see(&mut self, value: f64) {
        for (run, unit) in self.on_grid.iter_mut().zip([1.0, 1.0 / self.step_seconds]) {
            let count = value / unit;
            *run = if (count - count.round()).abs() <= ROUNDING { run.saturating_add(1) } else { 0 };
        }
    }

    /// From roots back to values; where the load is counted, to the nearest whole count, kept on the side that the value is on,
    /// so that the same truths lie below it.
    pub(super) fn to_values(self, roots: &mut [f64]) {
        roots.iter_mut().for_each(|root| *root = back(*root));
        if let Some(unit) = self.grid() {
            let units = 1.0 / unit;
            roots.iter_mut().for_each(|value| *value = snap(*value, unit, units));
        }
    }

    /// What counts are multiples of.
    fn grid(&self) -> Option<f64> {
        let [whole, per_second] = self.on_grid;
        match (whole >= ENOUGH, per_second >= ENOUGH) {
            (true, _) => Some(1.0),
            (_, true) => Some(1.0 / self.step_seconds),
            _ => None,
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.step_seconds > 0.0 && self.step_seconds.is_finite()
    }
}

fn snap(value: f64, unit: f64, units: f64) -> f64 {
    // Adding it leaves no room for what lies behind the point.
    const ROUNDS: f64 = 6_755_399_441_055_744.0;
    let nearest = ((value * units + ROUNDS) - ROUNDS) * unit;
    let snapped = nearest + (1e-3 * unit).copysign(value - nearest);
    if value.abs() <= 1e12 * unit { snapped } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_recognised_and_one_fraction_ends_it() {
        let mut scale = Scale::new(60.0);
        (0..16).for_each(|i| scale.see((f64::from(i) / 60.0 * 1e7).round() / 1e7));
        let snapped = |scale: Scale, value: f64| {
            let mut values = [root(value)];
            scale.to_values(&mut values);
            values[0]
        };
        assert!((snapped(scale, 0.49 / 60.0) - 0.001 / 60.0).abs() < 1e-12);
        assert!(snapped(scale, 0.51 / 60.0) < 1.0 / 60.0 && snapped(scale, 0.51 / 60.0) > 0.99 / 60.0);
        assert!((snapped(scale, -7.2 / 60.0) + 7.001 / 60.0).abs() < 1e-12);
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
