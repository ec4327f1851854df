//! The scale that everything is learned on: z = (g(value) − median) / (interquartile range / 1.349), with g one of identity,
//! square root and logarithm.
//!
//! Counts of independent requests are even-tempered under the root (Anscombe 1948, "The transformation of Poisson, binomial
//! and negative-binomial data", Biometrika 35), loads that grow or swing in proportion under the logarithm (Box & Cox 1964,
//! JRSS B 26); which one it is, held-out values say. A single wild value counts as no more than a limit.

use crate::math;
use serde::{Deserialize, Serialize};

/// What is done to a value before it is scaled.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) enum Bend {
    Identity,
    Root,
    /// ln(value + offset).
    Logarithm(f64),
}

/// The robust scale of the values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Scale {
    bend: Bend,
    center: f64,
    width: f64,
    /// Largest |z| that is believed at once; it doubles with each value beyond, so that a new level is reached in a few steps.
    limit: f64,
}

/// Largest |z| that is ever believed.
const FARTHEST: f64 = 1e9;
/// Offset of the logarithm as a share of the median: what is small against it counts as zero.
const OFFSET: f64 = 0.05;

impl Bend {
    fn of(self, value: f64) -> f64 {
        match self {
            Bend::Identity => value,
            Bend::Root => value.max(0.0).sqrt(),
            Bend::Logarithm(offset) => math::ln((value + offset).max(0.1 * offset)),
        }
    }

    fn back(self, bent: f64) -> f64 {
        match self {
            Bend::Identity => bent,
            Bend::Root => bent.max(0.0) * bent.max(0.0),
            Bend::Logarithm(offset) => math::exp(bent.min(709.0)) - offset,
        }
    }
}

impl Scale {
    /// The scales that a series may have: one for each bend that its values allow.
    pub(super) fn candidates(values: &[f64]) -> Vec<Self> {
        let mut known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        known.sort_unstable_by(f64::total_cmp);
        let middle = known.get(known.len() / 2).copied().unwrap_or(0.0);
        let mut bends = vec![Bend::Identity];
        let (lowest, highest) = (known.first().copied(), known.last().copied());
        let bends_well =
            lowest.is_some_and(|lowest| lowest >= 0.0) && highest.is_some_and(|highest| highest < 1e300);
        if bends_well && middle > f64::MIN_POSITIVE / OFFSET {
            bends.extend([Bend::Root, Bend::Logarithm(OFFSET * middle)]);
        }
        bends.into_iter().map(|bend| Scale::of(&known, bend)).collect()
    }

    /// `known` is sorted.
    fn of(known: &[f64], bend: Bend) -> Self {
        let known: Vec<f64> = known.iter().map(|value| bend.of(*value)).collect();
        let last = known.len().saturating_sub(1);
        let quantile = |p: f64| known.get((p * last as f64) as usize).copied().unwrap_or(0.0);
        let center = quantile(0.5);
        let spread =
            |low: f64, high: f64, normal: f64| (high / normal - low / normal).min(f64::MAX / FARTHEST);
        let mut width = spread(quantile(0.25), quantile(0.75), 1.349);
        if width <= 1e-9 * center.abs() {
            width = spread(quantile(0.05), quantile(0.95), 3.29);
        }
        if width <= 1e-9 * center.abs() {
            width = if center == 0.0 { 1.0 } else { 0.1 * center.abs() };
        }
        let width = if width > f64::MIN_POSITIVE { width } else { f64::MIN_POSITIVE };
        let mut far: Vec<f64> = known.iter().map(|value| (value / width - center / width).abs()).collect();
        far.sort_unstable_by(f64::total_cmp);
        // Of a hundred values one may be wild, and of a few one as well.
        let usual = far.get(last.saturating_sub(1 + last / 100)).copied().unwrap_or(1.0);
        Scale { bend, center, width, limit: (5.0 * usual).clamp(10.0, FARTHEST) }
    }

    fn free(&self, value: f64) -> f64 {
        self.bend.of(value) / self.width - self.center / self.width
    }

    pub(super) fn z(&self, value: f64) -> f64 {
        self.free(value).clamp(-self.limit, self.limit)
    }

    /// As [`Scale::z`], and believes more the next time.
    pub(super) fn learn(&mut self, value: f64) -> f64 {
        let z = self.z(value);
        if self.free(value).abs() > self.limit {
            self.limit = (2.0 * self.limit).min(FARTHEST);
        }
        z
    }

    /// The value of a z, within twice the limit.
    pub(super) fn value(&self, z: f64) -> f64 {
        let z = z.clamp(-2.0 * self.limit, 2.0 * self.limit);
        self.bend.back(self.center + z * self.width).clamp(f64::MIN, f64::MAX)
    }

    pub(super) fn name(&self) -> &'static str {
        match self.bend {
            Bend::Identity => "identity",
            Bend::Root => "square root",
            Bend::Logarithm(_) => "logarithm",
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        let bend = match self.bend {
            Bend::Logarithm(offset) => offset.is_normal() && offset > 0.0,
            _ => true,
        };
        bend && self.center.is_finite()
            && self.width.is_normal()
            && self.width > 0.0
            && (1.0..=FARTHEST).contains(&self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wild_value_does_not_move_the_scale_and_a_new_level_is_followed() {
        let mut values: Vec<f64> = (0..99).map(f64::from).collect();
        let plain = Scale::candidates(&values);
        values.push(1e300);
        for (plain, mut scale) in plain.into_iter().zip(Scale::candidates(&values)) {
            assert!(
                (scale.width / plain.width - 1.0).abs() < 0.05 && scale.z(1e300) == scale.limit,
                "{scale:?}"
            );
            let reached = (0..12).map(|_| scale.learn(5000.0)).last().unwrap();
            assert!((scale.value(reached) - 5000.0).abs() < 1e-8, "{scale:?}");
        }
    }

    #[test]
    fn constants_and_extremes_have_a_scale() {
        for constant in [0.0, 7.0, -1e300, 1e-300, 1e300, f64::MAX, f64::MIN_POSITIVE / 4.0] {
            for scale in Scale::candidates(&[constant; 9]) {
                assert!(scale.is_whole() && scale.z(constant) == 0.0, "{constant} {scale:?}");
                assert!(
                    (scale.value(0.0) - constant).abs() <= 1e-12 * constant.abs(),
                    "{constant} {scale:?}"
                );
            }
        }
        assert!(
            Scale::candidates(&[f64::MAX, f64::MIN, 0.0, f64::MAX, f64::MIN, 1.0])
                .iter()
                .all(Scale::is_whole)
        );
    }
}
