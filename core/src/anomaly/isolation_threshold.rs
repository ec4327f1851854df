//! Where scores begin to mean an outlier: a quantile of the scores of the fitted points, which on a stream follows them.
//!
//! On a stream the threshold rises by rate · (1 − share) after each score above it, and falls by rate · share after each other
//! one. So the share of scores above it differs from the wanted one by at most 1/(rate · scores), whatever the scores do
//! (Gibbs and Candès 2021, "Adaptive conformal inference under distribution shift", NeurIPS, proposition 4.1).

/// The score of a point whose path has the mean length: the threshold of a forest that was told nothing.
pub(super) const EVEN: f64 = 0.5;
/// How far one score moves the threshold of a stream: small beside the spread of the scores, some hundredths.
const RATE: f64 = 0.01;

/// The value above which the share `share` of the scores lies; between two scores it is interpolated, as NumPy does.
pub(super) fn quantile_from_top(mut scores: Vec<f64>, share: f64) -> f64 {
    let place = share * scores.len().saturating_sub(1) as f64;
    let index = place as usize;
    if index >= scores.len() {
        return EVEN;
    }
    let (_, &mut upper, below) = scores.select_nth_unstable_by(index, |one, other| other.total_cmp(one));
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let part = place - index as f64;
    if part > 0.0 && lower.is_finite() { upper + part * (lower - upper) } else { upper }
}

/// The threshold after another score.
pub(super) fn followed(threshold: f64, score: f64, share: f64) -> f64 {
    threshold + RATE * (if score > threshold { 1.0 } else { 0.0 } - share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn a_quantile_is_that_of_numpy() {
        // numpy.percentile([0.1, 0.7, 0.3, 0.4], 100 * (1 - share))
        let scores = vec![0.1, 0.7, 0.3, 0.4];
        for (share, expected) in [(0.5, 0.35), (0.25, 0.475), (0.1, 0.61), (1.0 / 3.0, 0.4), (1.0, 0.1)] {
            let quantile = quantile_from_top(scores.clone(), share);
            assert!((quantile - expected).abs() < 1e-15, "{share}: {quantile}");
        }
        assert_eq!((quantile_from_top(vec![0.3], 0.5), quantile_from_top(vec![], 0.5)), (0.3, EVEN));
    }

    #[test]
    fn the_share_above_a_followed_threshold_is_the_wanted_one() {
        let mut random = Random::new(3);
        let (mut threshold, mut above) = (EVEN, 0);
        for step in 0..20_000 {
            // The level of the scores wanders and jumps.
            let level = if step > 10_000 { 0.6 } else { 0.4 + f64::from(step) * 5e-6 };
            let score = level + 0.05 * random.normal();
            above += u32::from(score > threshold);
            threshold = followed(threshold, score, 0.02);
        }
        assert!((f64::from(above) / 20_000.0 - 0.02).abs() <= 1.0 / (RATE * 20_000.0), "{above}");
    }
}
