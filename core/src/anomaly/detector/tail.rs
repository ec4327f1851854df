//! How rare a number is among those seen before: −ln of its tail probability, upper and lower.
//!
//! The numbers seen are kept as a t-digest (Dunning & Ertl 2019, "Computing extremely accurate quantiles using
//! t-digests"): weighted centroids, single at both ends and large in the middle. Old numbers fade: the k-th last has the
//! weight (1 − 1/memory)^k. Beyond the outermost `share` of the weight the tail is a generalized Pareto law (Pickands 1975)
//! of fixed shape, with the mean excess found there as its scale; elsewhere the probability is the share of the weight itself.

use crate::math;
use serde::{Deserialize, Serialize};

/// Centroids kept at most; a digest of compression δ = 100 needs fewer than 2δ.
const CENTROIDS: usize = 256;
const COMPRESSION: f64 = 100.0;
/// Quartile ranges that an excess counts at most, and beyond the quartiles a value, so that one wild number does not hide all that come after it.
const WILD: f64 = 100.0;
/// Weight of the newest number at which all weights are scaled down again.
const GROWN: f64 = 1e60;

/// How a tail is continued beyond what was seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Law {
    /// Share of the weight on each side that counts as the tail.
    pub(super) share: f64,
    /// Shape ξ of the Pareto law; 0 is the exponential law.
    pub(super) shape: f64,
    /// Excesses counted as seen from the start, and their mean.
    pub(super) prior_count: f64,
    pub(super) prior_mean: f64,
    /// The scale is at least this share of the size of the number where the tail begins.
    pub(super) floor: f64,
}

/// −ln of the probabilities of a number at least, and at most, as large.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Surprise {
    pub(super) upper: f64,
    pub(super) lower: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Centroid {
    value: f64,
    weight: f64,
}

/// The numbers seen so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tail {
    centroids: Vec<Centroid>,
    total: f64,
    newest: f64,
    growth: f64,
}

impl Tail {
    /// Numbers fade with the time constant `memory`, counted in numbers.
    pub(super) fn new(memory: f64) -> Self {
        let mut tail =
            Tail { centroids: Vec::new(), total: 0.0, newest: 1.0, growth: 1.0 / (1.0 - 1.0 / memory) };
        tail.reserve();
        tail
    }

    /// Makes room for all centroids that will ever be kept, so that no later call allocates.
    pub(super) fn reserve(&mut self) {
        self.centroids.reserve((CENTROIDS + 1).saturating_sub(self.centroids.len()));
    }

    /// How many of the newest numbers the whole weight is worth.
    fn count(&self) -> f64 {
        self.total / self.newest
    }

    /// How surprising `number` is; nothing is before 30 numbers have been seen.
    pub(super) fn surprise(&self, number: f64, law: Law) -> Surprise {
        if self.count() < 30.0 {
            return Surprise::default();
        }
        let (first, third) = self.quartiles();
        let spread = (third - first).max(0.0);
        let upper = side(self.centroids.iter().rev().map(|c| (c.value, c.weight)), number, self, law, spread);
        let lower = side(self.centroids.iter().map(|c| (-c.value, c.weight)), -number, self, law, spread);
        Surprise { upper, lower }
    }

    /// The range beyond which a number is wild: so many quartile ranges below the first quartile and above the third.
    /// None while few numbers have been seen, and when most of them are equal.
    pub(super) fn fences(&self) -> Option<(f64, f64)> {
        let (first, third) = self.quartiles();
        let range = WILD * (third - first);
        (self.count() >= 30.0 && range > 0.0 && range.is_finite()).then_some((first - range, third + range))
    }

    fn quartiles(&self) -> (f64, f64) {
        let (mut below, mut first, mut third) = (0.0, f64::NAN, f64::NAN);
        for centroid in &self.centroids {
            below += centroid.weight;
            if first.is_nan() && below >= 0.25 * self.total {
                first = centroid.value;
            }
            if below >= 0.75 * self.total {
                third = centroid.value;
                break;
            }
        }
        (first, third)
    }

    /// Takes a finite number in.
    pub(super) fn add(&mut self, number: f64) {
        self.newest *= self.growth;
        if self.newest > GROWN {
            let scale = 1.0 / self.newest;
            self.centroids.iter_mut().for_each(|centroid| centroid.weight *= scale);
            self.total *= scale;
            self.newest = 1.0;
        }
        let weight = self.newest;
        self.total += weight;
        let at = self.centroids.partition_point(|centroid| centroid.value < number);
        let distance = |index: Option<usize>| {
            index.and_then(|i| self.centroids.get(i)).map_or(f64::INFINITY, |c| (c.value - number).abs())
        };
        let nearest = if distance(at.checked_sub(1)) < distance(Some(at)) { at - 1 } else { at };
        let below: f64 = self.centroids.iter().take(nearest).map(|centroid| centroid.weight).sum();
        let limit = |below: f64, weight: f64, total: f64| size_limit((below + 0.5 * weight) / total, total);
        let total = self.total;
        match self.centroids.get_mut(nearest) {
            Some(c) if c.value == number || c.weight + weight <= limit(below, c.weight + weight, total) => {
                c.weight += weight;
                c.value += (number - c.value) * (weight / c.weight);
            }
            _ => self.centroids.insert(at, Centroid { value: number, weight }),
        }
        if self.centroids.len() > CENTROIDS {
            self.compress();
        }
    }

    /// Joins neighbours as far as the size law lets them; where that is not enough, the law is eased.
    fn compress(&mut self) {
        let total = self.total;
        let mut ease = 1.0;
        while self.centroids.len() > CENTROIDS * 3 / 4 {
            let mut below = 0.0;
            self.centroids.dedup_by(|next, kept| {
                let joined = kept.weight + next.weight;
                if joined <= ease * size_limit((below + 0.5 * joined) / total, total) {
                    kept.value += (next.value - kept.value) * (next.weight / joined);
                    kept.weight = joined;
                    return true;
                }
                below += kept.weight;
                false
            });
            ease *= 2.0;
        }
    }

    /// Whether a state that was read can be worked with.
    pub(super) fn is_sound(&self) -> bool {
        self.centroids.len() <= CENTROIDS
            && self.centroids.is_sorted_by(|a, b| a.value <= b.value)
            && self.centroids.iter().all(|c| c.value.is_finite() && c.weight > 0.0 && c.weight.is_finite())
            && self.newest >= 1.0
            && self.newest <= GROWN
            && self.growth >= 1.0
            && self.growth < 2.0
            && self.total.is_finite()
    }
}

/// The t-digest's law: a centroid at the quantile q may hold 4·n·q·(1 − q)/δ of the weight n.
fn size_limit(q: f64, total: f64) -> f64 {
    4.0 * total * q * (1.0 - q) / COMPRESSION
}

/// −ln of the probability of a number at least as large; `centroids` come from the largest down.
fn side(
    mut centroids: impl Iterator<Item = (f64, f64)> + Clone,
    number: f64,
    tail: &Tail,
    law: Law,
    spread: f64,
) -> f64 {
    let (all, mut beyond_edge, mut above) = (centroids.clone(), 0, 0.0);
    let mut edge = f64::NEG_INFINITY;
    for (value, weight) in centroids.by_ref() {
        if above + weight > law.share * tail.total {
            edge = value;
            if number <= edge {
                above += weight;
            }
            break;
        }
        above += weight;
        beyond_edge += 1;
    }
    if number <= edge {
        above += centroids.take_while(|(value, _)| *value >= number).map(|(_, weight)| weight).sum::<f64>();
    }
    let probability = (above + 0.5 * tail.newest) / (tail.total + tail.newest);
    if number <= edge {
        return -math::ln(probability);
    }
    let count = above / tail.newest;
    let most = if spread > 0.0 { WILD * spread } else { f64::INFINITY };
    let excess: f64 =
        all.take(beyond_edge).map(|(value, weight)| (value - edge).min(most) * (weight / tail.newest)).sum();
    let scale =
        (excess + law.prior_count * law.prior_mean) / (count + law.prior_count).max(f64::MIN_POSITIVE);
    let scale = scale.max(0.05 * spread).max(law.floor * edge.abs()).max(f64::MIN_POSITIVE);
    let beyond = ((number - edge) / scale).min(1e300);
    -math::ln(probability)
        + if law.shape > 0.0 { math::log1p(law.shape * beyond) / law.shape } else { beyond }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const LAW: Law = Law { share: 0.02, shape: 0.0, prior_count: 0.0, prior_mean: 0.0, floor: 0.0 };

    /// A p-value is uniform: the surprise exceeds −ln p with probability p, on both sides and also where the tail is continued.
    #[test]
    fn surprises_have_the_probabilities_they_say() {
        let mut tail = Tail::new(1e5);
        let mut random = Random::new(1);
        // Laplace's law: exponential on both sides.
        let mut draw = || {
            let size = -math::ln(1.0 - random.unit());
            if random.unit() < 0.5 { size } else { -size }
        };
        (0..20_000).for_each(|_| tail.add(draw()));
        let draws = 50_000;
        let surprises: Vec<Surprise> = (0..draws).map(|_| tail.surprise(draw(), LAW)).collect();
        for p in [0.3, 0.1, 0.03, 0.01, 0.003, 0.001] {
            let limit = -math::ln(p);
            let share = |side: fn(&Surprise) -> f64| {
                surprises.iter().filter(|each| side(each) >= limit).count() as f64 / f64::from(draws)
            };
            assert!(
                (share(|each| each.upper) / p - 1.0).abs() < 0.35,
                "upper {p}: {}",
                share(|each| each.upper)
            );
            assert!(
                (share(|each| each.lower) / p - 1.0).abs() < 0.35,
                "lower {p}: {}",
                share(|each| each.lower)
            );
        }
    }

    #[test]
    fn the_digest_keeps_its_size_its_order_and_its_weight() {
        let mut tail = Tail::new(1000.0);
        let mut random = Random::new(2);
        for count in 1..30_000 {
            tail.add(math::exp(10.0 * random.unit()));
            assert!(tail.is_sound(), "{count}");
        }
        let total: f64 = tail.centroids.iter().map(|centroid| centroid.weight).sum();
        assert!((total / tail.total - 1.0).abs() < 1e-9);
        assert!((tail.count() / 1000.0 - 1.0).abs() < 1e-3, "{} numbers are remembered", tail.count());
    }

    #[test]
    fn one_wild_number_does_not_hide_the_next() {
        let mut tail = Tail::new(10_000.0);
        let mut random = Random::new(3);
        let law = Law { shape: 0.3, ..LAW };
        (0..5000).for_each(|_| tail.add(random.normal()));
        let before = tail.surprise(20.0, law).upper;
        tail.add(1e300);
        let after = tail.surprise(20.0, law).upper;
        // An alarm still, at a rate of 0.0005: −ln 0.0005 = 7.6.
        assert!(before > 12.0 && after > 7.6, "{before} to {after}");
        assert!(tail.fences().is_some_and(|(low, high)| low > -200.0 && high < 200.0));
    }

    #[test]
    fn what_was_long_ago_fades() {
        let mut tail = Tail::new(200.0);
        (0..1000).for_each(|i| tail.add(f64::from(i % 10)));
        let first = tail.surprise(100.0, LAW).upper;
        (0..4000).for_each(|i| tail.add(100.0 + f64::from(i % 10)));
        assert!(first > 5.0 && tail.surprise(100.0, LAW).upper < 0.1 && tail.surprise(5.0, LAW).lower > 5.0);
    }
}
