//! Up to which load how many replicas keep the promise: found out as it is asked.
//!
//! More load keeps no promise that less load breaks. So the largest load for which a count was seen to keep it and the smallest for which it
//! was seen to break it answer for all others but those between the two, and these become few soon.

use crate::error::Result;

/// Counts that are remembered, a power of two; one whose place another takes is found out anew.
const COUNTS: usize = 512;

/// What was found out.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    counts: Vec<Seen>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    replicas: u32,
    /// The largest load at which the promise was kept.
    kept: f64,
    /// The smallest at which it was broken.
    broken: f64,
}

impl Kept {
    pub(super) fn new() -> Self {
        Kept { counts: vec![Seen { replicas: 0, kept: f64::NEG_INFINITY, broken: f64::INFINITY }; COUNTS] }
    }

    /// Whether so many replicas keep the promise at this load; `judge` says so where it is not known yet.
    pub(super) fn keeps(
        &mut self,
        replicas: u32,
        load: f64,
        judge: impl FnOnce() -> Result<bool>,
    ) -> Result<bool> {
        let Some(seen) = self.counts.get_mut(replicas as usize % COUNTS) else { return judge() };
        if seen.replicas != replicas {
            *seen = Seen { replicas, kept: f64::NEG_INFINITY, broken: f64::INFINITY };
        }
        if load <= seen.kept {
            return Ok(true);
        }
        if load >= seen.broken {
            return Ok(false);
        }
        let keeps = judge()?;
        *(if keeps { &mut seen.kept } else { &mut seen.broken }) = load;
        Ok(keeps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::{Queue, Target};
    use crate::random::Random;

    #[test]
    fn what_is_known_is_not_asked_again_and_what_is_said_is_so() {
        let target = Target::ResponseQuantile(0.95, 4.0);
        let (mut kept, mut random, mut asked) = (Kept::new(), Random::new(2), 0);
        for _ in 0..20_000 {
            // Counts that share a place, too.
            let replicas =
                1 + random.below(20) as u32 + 512 * random.below(2) as u32 * random.below(2) as u32;
            let load = f64::from(replicas) * 1.1 * random.unit();
            let judge =
                || Queue::new(load, 1.0, u64::from(replicas)).map(|queue| target.is_met(&queue)).unwrap();
            let found = kept.keeps(replicas, load, || {
                asked += 1;
                Ok(judge())
            });
            assert_eq!(found.unwrap(), judge());
        }
        assert!(asked < 20_000, "{asked}");
        // Of one count alone, some 2·ln n.
        let (mut kept, mut asked) = (Kept::new(), 0);
        for _ in 0..20_000 {
            let load = 25.0 * random.unit();
            let judge = || {
                asked += 1;
                Queue::new(load, 1.0, 25).map(|queue| target.is_met(&queue))
            };
            kept.keeps(25, load, judge).unwrap();
        }
        assert!(asked < 60, "{asked}");
    }
}
