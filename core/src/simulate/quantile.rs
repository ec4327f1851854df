//! Quantiles of the response time over a whole run: of the mixture of its stretches, by bisection to 0.1 %.
//!
//! The bisection's path depends on nothing but where the quantile lies. So a sample of the stretches tells where that probably is, all of them
//! are asked at the ends of that interval, and the answer is to the last bit that of asking all of them everywhere.

use super::latency::{LastExponential, Stretch};

/// Relative width of the bisection's last interval.
const WIDTH: f64 = 1e-3;
/// Fewer stretches than this are not sampled.
const FEW: usize = 2000;
/// Of so many stretches of similar laws one is in the sample.
const SAMPLED: usize = 32;

/// The quantiles of a mixture of stretches, each with requests.
pub(super) struct Mixture {
    stretches: Vec<Stretch>,
    sample: Vec<Stretch>,
    requests: f64,
    /// Where the bisection begins: the shortest mean response.
    shortest: f64,
}

impl Mixture {
    pub(super) fn new(mut stretches: Vec<Stretch>) -> Self {
        stretches.retain(|stretch| stretch.requests > 0.0);
        let means = || stretches.iter().map(|stretch| stretch.law.mean());
        let shortest = means().fold(f64::INFINITY, f64::min);
        let requests = stretches.iter().map(|stretch| stretch.requests).sum();
        let mut sample = Vec::new();
        if stretches.len() >= FEW {
            let length = |(stretch, mean): &(Stretch, f64)| stretch.delay + mean;
            let mut sorted: Vec<(Stretch, f64)> = stretches.iter().copied().zip(means()).collect();
            sorted.sort_by(|one, other| length(one).total_cmp(&length(other)));
            sample.extend(sorted.chunks(SAMPLED).filter_map(|alike| {
                let middle = alike.get(alike.len() / 2)?.0;
                Some(Stretch { requests: alike.iter().map(|(stretch, _)| stretch.requests).sum(), ..middle })
            }));
        }
        Mixture { stretches, sample, requests, shortest }
    }

    /// The response time that the share `p` of the requests does not exceed; NaN without requests.
    pub(super) fn quantile(&self, p: f64) -> f64 {
        if self.requests.is_nan() || self.requests <= 0.0 {
            return f64::NAN;
        }
        let most = (1.0 - p) * self.requests;
        let late = |stretches: &[Stretch], seconds: f64| -> f64 {
            let mut last = LastExponential::default();
            stretches.iter().map(|stretch| stretch.requests * stretch.tail(seconds, &mut last)).sum()
        };
        // Longer than `below` and no longer than `above`, as far as all stretches were asked.
        let (mut below, mut above) = (0.0, f64::INFINITY);
        let mut exceeds = |seconds: f64| {
            if seconds <= below || seconds >= above {
                return seconds <= below;
            }
            let exceeds = late(&self.stretches, seconds) > most;
            if exceeds {
                below = seconds
            } else {
                above = seconds
            }
            exceeds
        };
        if !self.sample.is_empty() {
            let (low, high) = self.bisect(&mut |seconds| late(&self.sample, seconds) > most);
            if high.is_finite() && exceeds(low) {
                exceeds(high);
            }
        }
        self.bisect(&mut exceeds).1
    }

    /// The quantile's last interval.
    fn bisect(&self, exceeds: &mut dyn FnMut(f64) -> bool) -> (f64, f64) {
        let mut high = self.shortest.max(1e-9);
        while exceeds(high) {
            if high > 1e12 {
                return (high, f64::INFINITY);
            }
            high *= 2.0;
        }
        let mut low = 0.0;
        while high - low > WIDTH * high {
            let middle = 0.5 * (low + high);
            if exceeds(middle) { low = middle } else { high = middle }
        }
        (low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::Target;
    use crate::random::Random;
    use crate::simulate::World;
    use crate::simulate::latency::Law;
    use crate::simulate::replicas::Serving;

    #[test]
    fn the_sample_changes_no_bit() {
        let world = World { service_rate: 2.0, ..World::default() };
        let mut random = Random::new(3);
        let mut stretch = |_| {
            let serving = Serving::all_of(1 + random.below(30) as u32, &world);
            let load = random.unit() * 0.98 * serving.capacity;
            let law = Law::new(&world, &Target::Utilization(0.5), load, serving).unwrap();
            let delay = if random.unit() < 0.05 { 3.0 * random.unit() } else { 0.0 };
            Stretch { law, delay, requests: 15.0 * load }
        };
        let mixture = Mixture::new((0..5000).map(&mut stretch).collect());
        assert!(!mixture.sample.is_empty());
        let Mixture { requests, shortest, .. } = mixture;
        let plain = Mixture { sample: Vec::new(), stretches: mixture.stretches.clone(), requests, shortest };
        for p in [0.01, 0.5, 0.9, 0.95, 0.99, 0.999] {
            assert_eq!(mixture.quantile(p).to_bits(), plain.quantile(p).to_bits(), "{p}");
        }
    }
}
