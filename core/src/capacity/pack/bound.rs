//! How many new bins any packing needs at least.
//!
//! In each dimension, with demands as shares of a new bin: a function `f` for which `Σx ≤ 1` implies `Σf(x) ≤ 1` gives the
//! bound `⌈Σf(x)⌉` (Fekete & Schepers 2001, "New classes of fast lower bounds for bin packing problems", Mathematical Programming 91). Here
//! `f` is, for every threshold `α ≤ ½`: 0 below α, 1 above `1 − α`, and `x` in between, which makes it the L2 of Martello & Toth 1990,
//! "Lower bounds and reduction procedures for the bin packing problem". What a running bin already holds
//! counts as one more demand, and the bin as one that need not be opened.

use super::TOLERANCE;
use crate::math::Sum;

/// The bound in one dimension. `demands` and the `free` room of the bins that run are in the same unit as the room of a new bin.
pub(super) fn new_bins(demands: &[f64], free: &[f64], room: f64) -> usize {
    if room <= 0.0 {
        return 0;
    }
    // A hair smaller than they are, for a bin may be overfilled by the tolerance.
    let mut shares: Vec<f64> =
        demands.iter().map(|demand| demand / (room * (1.0 + 2.0 * TOLERANCE))).collect();
    let total = Sum::of(shares.iter().copied().chain(free.iter().map(|free| -free / room)));
    let mut needed = total.ceil();
    // The other thresholds speak of bins as large as a new one.
    if free.iter().chain(demands).all(|amount| *amount <= room) {
        shares.extend(free.iter().map(|free| 1.0 - free / room));
        shares.retain(|share| *share > 0.0);
        needed = needed.max(best_threshold(&mut shares) - free.len() as f64);
    }
    // NaN, of infinite demands against infinite room, is no bound at all: 0.
    needed as usize
}

/// The largest `⌈Σf(x)⌉` over the thresholds that matter: those equal to a share.
fn best_threshold(shares: &mut [f64]) -> f64 {
    shares.sort_unstable_by(f64::total_cmp);
    // From the largest threshold down: the shares in between are counted in at both ends as the window widens.
    let middle = shares.partition_point(|share| *share <= 0.5);
    let (small, large) = shares.split_at(middle);
    let mut between = Sum::default();
    let mut counted = 0;
    let mut best = large.len() as f64;
    for &threshold in small.iter().rev() {
        between.add(threshold);
        while let Some(share) = large.get(counted).filter(|share| **share <= 1.0 - threshold) {
            between.add(*share);
            counted += 1;
        }
        best = best.max((between.value() + (large.len() - counted) as f64).ceil());
    }
    best
}
