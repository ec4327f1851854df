//! How many replicas are worth having, when the load is uncertain.
//!
//! With c replicas the promise is kept up to the load L(c), so with probability F(L(c)). The count is the c that is best in
//! `ratio · F(L(c)) − c/c̄`, with c̄ the mean need and `ratio` what it costs to break the promise for a while, in units of what
//! the mean fleet costs for as long. Its maximum spends violations where they save most: at the least total cost for their number, since
//! the price of one is the same at all times (the condition of Karush, Kuhn and Tucker). A fixed quantile instead pays for tight and for wide
//! distributions alike; and where a spike is too unlikely, or too high, to be worth its replicas, the maximum lies below it.

use super::error_shape::ErrorShape;
use crate::capacity::{Queue, Target};
use crate::error::Result;
use crate::policy::{Sizing, replicas_for};

/// Halvings of the interval in which a step's largest load lies.
const HALVINGS: usize = 40;
/// No count is tried that the load exceeds for sure: errors in scales below the centre.
const LOWEST_ERROR: f64 = 4.0;

/// The largest loads that counts of replicas can take under the target, found as they are asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ladder {
    service_rate: f64,
    target: Target,
    most: u32,
    sizing: Sizing,
    /// In order; every count up to 64, then steps of some 2 %.
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Step {
    count: u32,
    load: f64,
    /// Square root of the load in erlang.
    root: f64,
}

impl Ladder {
    pub(super) fn new(service_rate: f64, target: Target, most: u32, sizing: Sizing) -> Self {
        let counts = std::iter::successors(Some(1), |count| next(*count, most)).count();
        Ladder { service_rate, target, most, sizing, steps: Vec::with_capacity(counts + 1) }
    }

    /// The replicas that a load needs.
    pub(super) fn need(&self, load: f64) -> Result<u32> {
        replicas_for(load, self.service_rate, self.target, self.most)
    }

    /// The next step; none beyond the largest count.
    fn climb(&mut self) -> Result<bool> {
        let (last, below) = self.steps.last().map_or((0, 0.0), |step| (step.count, step.load));
        let Some(count) = next(last, self.most) else { return Ok(false) };
        let all = f64::from(count) * self.service_rate;
        let load = match self.sizing {
            Sizing::Utilization(share) => share * all,
            Sizing::Queueing => {
                let (mut low, mut high) = (below, all);
                for _ in 0..HALVINGS {
                    let middle = 0.5 * (low + high);
                    let queue = Queue::new(middle, self.service_rate, u64::from(count))?;
                    if self.target.is_met(&queue) { low = middle } else { high = middle }
                }
                low
            }
        };
        self.steps.push(Step { count, load, root: (load / self.service_rate).sqrt() });
        Ok(true)
    }

    /// What it takes to serve a load: how many replicas, and the largest load that they can take. Beyond the largest count it is that
    /// count and the load itself.
    pub(super) fn serve(&mut self, load: f64) -> Result<(f64, f64)> {
        let offered = load / self.service_rate;
        while self.steps.last().is_none_or(|step| step.load < load)
            && offered < f64::from(self.most)
            && self.climb()?
        {}
        let place = self.steps.partition_point(|step| step.load < load);
        Ok(self
            .steps
            .get(place)
            .map_or((f64::from(self.most), load), |step| (f64::from(step.count), step.load)))
    }

    /// The loads to size for at these cost ratios: the largest that the best count can take. The load is (`centre` + `scale`·error)² erlang.
    pub(super) fn worth<const N: usize>(
        &mut self,
        shape: &ErrorShape,
        centre: f64,
        scale: f64,
        ratios: &[f64; N],
        mean_need: f64,
    ) -> Result<[f64; N]> {
        let lowest = centre - LOWEST_ERROR * scale;
        if lowest > 0.0 && lowest * lowest >= f64::from(self.most) {
            return Ok([centre * centre * self.service_rate; N]);
        }
        while self.steps.last().is_none_or(|step| step.root < lowest) && self.climb()? {}
        let mut best = [(f64::NEG_INFINITY, 0.0); N];
        let mut share = shape.shares();
        let mut place = self.steps.partition_point(|step| step.root < lowest);
        while place < self.steps.len() || self.climb()? {
            let Some(step) = self.steps.get(place) else { break };
            let kept = share((step.root - centre) / scale);
            let fleets = f64::from(step.count) / mean_need;
            let mut may_rise = false;
            for ((gain, load), ratio) in best.iter_mut().zip(ratios) {
                if ratio * kept - fleets > *gain {
                    (*gain, *load) = (ratio * kept - fleets, step.load);
                }
                may_rise |= ratio - fleets > *gain;
            }
            if !may_rise {
                break;
            }
            place += 1;
        }
        Ok(best.map(|(_, load)| load))
    }
}

fn next(count: u32, most: u32) -> Option<u32> {
    (count < most).then(|| count.saturating_add(1 + count / 64).min(most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::servers_for;

    fn ladder() -> Ladder {
        Ladder::new(10.0, Target::ResponseQuantile(0.95, 0.4), 1000, Sizing::Queueing)
    }

    #[test]
    fn each_step_is_the_largest_load_of_its_count() {
        let mut ladder = ladder();
        while ladder.climb().unwrap() {}
        for Step { count, load, .. } in &ladder.steps {
            let needs = |load: f64| servers_for(load, 10.0, ladder.target).unwrap();
            assert_eq!(needs(*load), u64::from(*count));
            assert!(needs(load * (1.0 + 1e-9)) > u64::from(*count));
        }
        assert_eq!(ladder.steps.last().unwrap().count, 1000);
        for load in [0.0, 3.0, 200.0, 5000.0] {
            let (count, most) = ladder.serve(load).unwrap();
            assert!(most >= load && count >= f64::from(ladder.need(load).unwrap()));
        }
        assert_eq!(ladder.serve(1e100).unwrap(), (1000.0, 1e100));
        assert!(ladder.steps.capacity() < 400);
    }

    #[test]
    fn what_costs_more_than_it_is_worth_is_not_bought() {
        // One time in twenty the load is nine times as high.
        let mut shape = ErrorShape::new();
        (0..200_000).for_each(|i| shape.add(if i % 20 == 0 { 20.0 } else { 0.0 }, 1.0));
        let mean_need = f64::from(ladder().need(1000.0).unwrap());
        let [dear, cheap] = ladder().worth(&shape, 10.0, 1.0, &[5.0, 500.0], mean_need).unwrap();
        assert!((1000.0..1600.0).contains(&dear), "{dear}: 5 % of 5 fleets is less than eight fleets");
        assert!((8000.0..9950.0).contains(&cheap), "{cheap}");
    }
}
