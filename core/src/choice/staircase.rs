//! The lower-left border of a set of points in the plane: x rises along it, y falls.
//!
//! Asking and inserting cost O(log n) (amortized): Kung, Luccio and Preparata 1975, "On finding the maxima of a
//! set of vectors", J. ACM 22(4), section 3. The area gained by an insertion is what the three-dimensional
//! hypervolume sums up: Beume, Fonseca, López-Ibáñez, Paquete and Vahrenhold 2009, "On the complexity of
//! computing the hypervolume indicator", IEEE Trans. Evolutionary Computation 13(5), section III.

use super::objectives::Ordered;
use std::collections::BTreeMap;

/// The points of a set that no other point of it dominates, by x.
#[derive(Debug, Default)]
pub(super) struct Staircase(BTreeMap<Ordered, f64>);

impl Staircase {
    /// Whether a point of the set is at most (x, y) in both.
    pub(super) fn covers(&self, x: f64, y: f64) -> bool {
        self.0.range(..=Ordered(x)).next_back().is_some_and(|(_, &below)| below <= y)
    }

    /// Adds (x, y), which is not covered, and drops the points that it covers.
    pub(super) fn insert(&mut self, x: f64, y: f64) {
        while let Some((&key, &other)) = self.0.range(Ordered(x)..).next()
            && other >= y
        {
            self.0.remove(&key);
        }
        self.0.insert(Ordered(x), y);
    }

    /// Adds (x, y) and gives the area that it alone dominates, up to the corner (exclusive of all before).
    pub(super) fn gain(&mut self, x: f64, y: f64, corner: (f64, f64)) -> f64 {
        if self.covers(x, y) {
            return 0.0;
        }
        let before = self.0.range(..Ordered(x)).next_back();
        let (mut left, mut top, mut area) = (x, before.map_or(corner.1, |(_, &above)| above), 0.0);
        for (&Ordered(right), &below) in self.0.range(Ordered(x)..) {
            area += (right - left) * (top - y);
            (left, top) = (right, below);
            if below <= y {
                break;
            }
        }
        if top > y {
            area += (corner.0 - left) * (top - y);
        }
        self.insert(x, y);
        area
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gains_add_up_to_the_area_below_the_corner() {
        let mut stairs = Staircase::default();
        assert_eq!(stairs.gain(1.0, 3.0, (4.0, 4.0)), 3.0);
        assert_eq!(stairs.gain(3.0, 1.0, (4.0, 4.0)), 2.0);
        assert_eq!(stairs.gain(2.0, 2.0, (4.0, 4.0)), 1.0);
        assert_eq!(stairs.gain(2.0, 3.0, (4.0, 4.0)), 0.0, "covered");
        assert_eq!(stairs.gain(2.0, 1.5, (4.0, 4.0)), 0.5, "same x, lower");
        assert_eq!(stairs.gain(1.0, 1.0, (4.0, 4.0)), 9.0 - 6.5, "drops all others");
        assert_eq!(stairs.0.len(), 1);
        assert!(stairs.covers(1.0, 1.0) && !stairs.covers(0.5, 9.0) && !stairs.covers(9.0, 0.5));
    }
}
