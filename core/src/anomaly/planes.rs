//! The planes of oblique cuts: a point lies on the far side of one when Σ weight·(value − through) > 0.
//!
//! Hariri, Kind, Brunner 2019, "Extended Isolation Forest", IEEE TKDE 33: a cut at a random slope does not see the axes, and
//! so has no bands of low scores beside a cloud, and no ghosts where the bands of two clouds cross.

use serde::{Deserialize, Serialize};

/// One column's part in a plane.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Term {
    pub(super) column: u32,
    /// A coordinate of the normal; 0 in a place that the plane does not need.
    pub(super) weight: f64,
    /// A coordinate of the point that the plane goes through.
    pub(super) through: f64,
}

/// The planes of one tree, of `terms` terms each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Planes {
    width: usize,
    terms: Vec<Term>,
}

impl Planes {
    pub(super) fn new(width: usize) -> Self {
        Planes { width: width.max(1), terms: Vec::new() }
    }

    /// Adds a plane of at most `width` terms; gives its number.
    pub(super) fn push(&mut self, terms: &[Term]) -> u32 {
        let number = self.len();
        let none = Term { column: 0, weight: 0.0, through: 0.0 };
        self.terms.extend(terms.iter().chain(std::iter::repeat(&none)).take(self.width));
        number as u32
    }

    pub(super) fn len(&self) -> usize {
        self.terms.len() / self.width
    }

    pub(super) fn plane(&self, number: usize) -> &[Term] {
        self.terms.get(number * self.width..(number + 1) * self.width).unwrap_or_default()
    }

    /// How far a point lies from a plane, in units of no meaning; its sign says on which side.
    pub(super) fn distance(&self, number: usize, value: &impl Fn(usize) -> f64) -> f64 {
        self.plane(number).iter().map(|term| term.weight * (value(term.column as usize) - term.through)).sum()
    }

    /// One more than the greatest column.
    pub(super) fn columns(&self) -> usize {
        self.terms.iter().map(|term| term.column as usize + 1).max().unwrap_or(0)
    }

    /// Whether the numbers are such as a plane has; for planes that were read.
    pub(super) fn are_sound(&self) -> bool {
        self.width > 0
            && self.terms.len().is_multiple_of(self.width)
            && self.terms.iter().all(|term| term.weight.is_finite() && term.through.is_finite())
    }
}
