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

    /// From the root back to the value.
    pub(super) fn back(&self, root: f64) -> f64 {
        (root * root).copysign(root).clamp(f64::MIN, f64::MAX)
    }

    /// The nearest whole count, kept on the side that `value` is on, so that the same truths lie below it.
    pub(super) fn snap(&self, value: f64) -> f64 {
        let [whole, per_second] = self.on_grid;
        let unit = match (whole >= ENOUGH, per_second >= ENOUGH) {
            (true, _) => 1.0,
            (_, true) => 1.0 / self.step_seconds,
            _ => return value,
        };
        let nearest = (value / unit).round() * unit;
        let aside = 1e-3 * unit;
        if !nearest.is_finite() || value.abs() > 1e12 * unit {
            value
        } else if value < nearest {
            nearest - aside
        } else {
            nearest + aside
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.step_seconds > 0.0 && self.step_seconds.is_finite()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_recognised_and_one_fraction_ends_it() {
        let mut scale = Scale::new(60.0);
        (0..16).for_each(|i| scale.see((f64::from(i) / 60.0 * 1e7).round() / 1e7));
        assert!((scale.snap(0.49 / 60.0) - 0.001 / 60.0).abs() < 1e-12);
        assert!(scale.snap(0.51 / 60.0) < 1.0 / 60.0 && scale.snap(0.51 / 60.0) > 0.99 / 60.0);
        scale.see(0.1234);
        assert_eq!(scale.snap(0.3), 0.3);
    }

    #[test]
    fn the_root_goes_there_and_back() {
        let scale = Scale::new(1.0);
        for value in [0.0, -4.0, 2.25, 1e300] {
            assert!((scale.back(root(value)) - value).abs() <= 1e-15 * value.abs());
        }
    }
}
