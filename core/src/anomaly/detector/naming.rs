//! The kind of an anomaly: the statistic that is the most surprised names it.

use super::features::FEATURES;
use super::tail::Surprise;
use crate::anomaly::AnomalyKind;

/// The kind that belongs to the most surprised of the features.
pub(super) fn kind_of(surprises: &[Surprise; FEATURES]) -> AnomalyKind {
    let [
        level,
        step,
        median,
        from_middle,
        residual,
        fast,
        middle,
        shift,
        rough,
        fast_residual,
        middle_residual,
        long_residual,
        slow,
    ] = surprises;
    let largest =
        |group: &[&Surprise]| group.iter().map(|each| each.upper.max(each.lower)).fold(0.0, f64::max);
    let up = |group: &[&Surprise]| group.iter().map(|each| each.upper - each.lower).sum::<f64>() >= 0.0;
    let point = [step, median, residual, long_residual];
    let sudden =
        if up(&point) && level.upper >= level.lower { AnomalyKind::Spike } else { AnomalyKind::Drop };
    let candidates = [
        (largest(&point), sudden),
        (rough.upper, sudden),
        (largest(&[from_middle, fast, shift, fast_residual]), AnomalyKind::LevelShift),
        (largest(&[middle, middle_residual]), AnomalyKind::Drift),
        (largest(&[slow]), AnomalyKind::SlowChange),
        (rough.lower, AnomalyKind::FlatLine),
    ];
    let first = (f64::NEG_INFINITY, AnomalyKind::Ordinary);
    candidates.into_iter().fold(first, |best, next| if next.0 > best.0 { next } else { best }).1
}
