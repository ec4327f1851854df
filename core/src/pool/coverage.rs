//! Which time a manager has seen: a pause in which nobody called it is unknown, and no time without requests.
//!
//! A call tells of the time since the one before, unless that is much longer than usual: more than twice the mean pause between rounds, each
//! weighed by its length, or one and a half steps. Then it tells of a usual pause only, and what lies before is a hole. What was
//! counted in a step with a hole is scaled up to the whole step where at least half of it was seen; else the step is unknown, as are
//! those that lie within the hole. The first step of all begins with a hole.

use serde::{Deserialize, Serialize};

/// Share of a step that must be seen to say anything of the whole, and from which on it is as good as whole.
const LEAST_SHARE: f64 = 0.5;
const WHOLE_SHARE: f64 = 0.9;
/// A pause of more usual ones than this, or of more steps, leaves a hole.
const MOST_USUAL: f64 = 2.0;
const MOST_STEPS: f64 = 1.5;
/// Steps that what is usual follows.
const MEMORY_STEPS: f64 = 12.0;

/// What was seen of the step that runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Coverage {
    /// Milliseconds of a step.
    length: i64,
    /// The last round, and discounted sums of the pauses between rounds and of their squares, in steps.
    round: Option<i64>,
    pauses: f64,
    squares: f64,
    /// The last call, and the time from which on it tells.
    last: Option<i64>,
    before: i64,
    /// The step that runs, the time that what was counted in it begins at, and the milliseconds since then that nobody saw.
    step: i64,
    begin: i64,
    hole: i64,
    /// In the first step of all the longest pause so far: what the first call told of, as nobody knows better.
    longest: Option<i64>,
    is_counted: bool,
    is_broken: bool,
    /// The last step after the first that is unknown.
    unknown: Option<i64>,
}

/// A step that has ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Turn {
    /// The step that runs from now on.
    pub(super) next: i64,
    seen: f64,
    is_broken: bool,
}

impl Turn {
    /// The share of the ended step that was seen, without what was `missed` of it beforehand: 1 for a whole one, none where it is too little,
    /// and more where what was counted in it is also that of a step before, in which nobody called.
    pub(super) fn share(&self, missed: f64) -> Option<f64> {
        let share = self.seen - missed;
        if share > MOST_STEPS {
            return Some(share);
        }
        if !(self.is_broken || missed > 0.0) || share >= WHOLE_SHARE {
            return Some(1.0);
        }
        (share >= LEAST_SHARE).then_some(share)
    }
}

impl Coverage {
    /// Nothing was seen yet of steps of so many milliseconds.
    pub(super) fn new(length: i64) -> Self {
        Coverage {
            length,
            round: None,
            // As if half a step of rounds that come once a step had been seen.
            pauses: 0.5,
            squares: 0.5,
            last: None,
            before: 0,
            step: 0,
            begin: 0,
            hole: 0,
            longest: None,
            is_counted: false,
            is_broken: false,
            unknown: None,
        }
    }

    /// Takes in a call at `now`, not before the last; the step that it ends, if it ends one.
    pub(super) fn call(&mut self, now: i64) -> Option<Turn> {
        let step = now.div_euclid(self.length);
        let start = step * self.length;
        let Some(last) = self.last.replace(now) else {
            (self.step, self.before, self.begin, self.hole) = (step, now, start, now - start);
            (self.longest, self.is_broken) = (Some(0), true);
            return None;
        };
        if now == last {
            return None;
        }
        let pause = now - last;
        let usual = self.usual();
        let is_pause = self.steps(pause) > (MOST_USUAL * usual).min(MOST_STEPS);
        if let Some(longest) = self.longest.as_mut().filter(|_| !is_pause) {
            *longest = pause.max(*longest);
        }
        self.before = if is_pause { now - (usual * self.length as f64) as i64 } else { last };
        let turn = (step > self.step).then(|| self.turn(step, last, is_pause));
        if is_pause {
            self.hole += (self.before - last.max(start)).max(0);
            self.begin = self.begin.min(self.before.max(last));
            self.is_broken = true;
        }
        turn
    }

    /// The last call is a round: from these it is learned how often calls come, as requests may come at any time.
    pub(super) fn round(&mut self) {
        let last = std::mem::replace(&mut self.round, self.last);
        if let (Some(last), Some(now)) = (last, self.last) {
            let pause = self.steps(now.saturating_sub(last)).min(MOST_STEPS);
            let memory = 1.0 - pause / MEMORY_STEPS;
            self.pauses = memory * self.pauses + pause;
            self.squares = memory * self.squares + pause * pause;
        }
    }

    /// Something is counted in the last call.
    pub(super) fn count(&mut self) {
        if !self.is_counted {
            // It may have come in before the step began: since the call before.
            self.begin = self.begin.min(self.before);
            self.is_counted = true;
        }
    }

    /// The step that runs.
    pub(super) fn step(&self) -> i64 {
        self.step
    }

    /// Steps that what was counted in the running one has come in since, its holes left out: more than 1 where it reaches back. What
    /// a first call tells of is taken for a whole step.
    pub(super) fn seen(&self) -> f64 {
        match (self.last, self.longest) {
            (_, Some(0)) => 1.0,
            (Some(last), longest) => self.steps(last - self.begin - self.hole + longest.unwrap_or(0)),
            (None, _) => 0.0,
        }
    }

    /// Steps that were seen of the running one before the last call: what is missed by what begins with it.
    pub(super) fn seen_before(&self) -> f64 {
        self.steps((self.before - self.begin - self.hole + self.longest.unwrap_or(0)).max(0))
    }

    /// Whether some step of the last `steps` is unknown, so that what is too much now may not have been so then.
    pub(super) fn is_unsure(&self, steps: i64) -> bool {
        let is_lost = self.longest.is_none() && self.steps(self.hole) > 1.0 - LEAST_SHARE;
        is_lost || self.unknown.is_some_and(|unknown| self.step <= unknown.saturating_add(steps))
    }

    /// Checks state that was read from bytes, of a manager with steps of `length` milliseconds whose clock shows `now`.
    pub(super) fn is_whole(&self, length: i64, now: Option<i64>) -> bool {
        let most = 2 * length;
        let possible = |value: f64| (1e-12..=1e6).contains(&value);
        let is_placed = |last: i64| {
            self.step == last.div_euclid(length)
                && (0..=most).contains(&last.saturating_sub(self.before))
                && self.before <= last
                && (0..=most).contains(&(self.step * length).saturating_sub(self.begin))
                && self.unknown.is_none_or(|unknown| unknown <= self.step)
        };
        self.length == length
            && self.last == now
            && self.round <= self.last
            && self.round.is_none_or(|round| self.last.is_some_and(|last| last.checked_sub(round).is_some()))
            && possible(self.pauses)
            && possible(self.squares)
            && (0..=most).contains(&self.hole)
            && self.longest.is_none_or(|longest| (0..=most).contains(&longest))
            && self.last.is_none_or(is_placed)
    }

    /// The mean pause in steps, each weighed by its length.
    fn usual(&self) -> f64 {
        (self.squares / self.pauses).min(1.0)
    }

    /// Ends the step that runs, whose last call was at `last`, and begins another.
    fn turn(&mut self, next: i64, last: i64, is_pause: bool) -> Turn {
        let seen = self.steps(last - self.begin - self.hole + self.longest.unwrap_or(0));
        let turn = Turn { next, seen, is_broken: self.is_broken || is_pause };
        if is_pause && next > self.step + 1 {
            self.unknown = Some(next - 1);
        } else if self.longest.is_none() && turn.share(0.0).is_none() {
            self.unknown = Some(self.step);
        }
        (self.step, self.begin, self.hole, self.longest) = (next, next * self.length, 0, None);
        (self.is_counted, self.is_broken) = (false, false);
        turn
    }

    fn steps(&self, milliseconds: i64) -> f64 {
        milliseconds as f64 / self.length as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: i64 = 60_000;
    const STEP: i64 = 5 * MINUTE;

    /// Calls at these minutes, each with a count: of each step that ended its share.
    fn shares(minutes: &[f64]) -> Vec<Option<f64>> {
        let mut coverage = Coverage::new(STEP);
        let mut turns = Vec::new();
        for minute in minutes {
            let now = (minute * MINUTE as f64) as i64;
            turns.extend(coverage.call(now).map(|turn| turn.share(0.0)));
            coverage.count();
            coverage.round();
            assert!(coverage.is_whole(STEP, Some(now)), "{coverage:?}");
        }
        turns
    }

    #[test]
    fn the_edges_of_a_pause_are_scaled_up_or_unknown() {
        let first: Vec<f64> = (0..=173).map(|minute| f64::from(minute) + 0.5).collect();
        // Four of five minutes of the step are seen, then none of two, then two of the last.
        let calls = [first, vec![188.5, 189.5, 190.5]].concat();
        let said = shares(&calls);
        assert_eq!(said[..34], [Some(1.0); 34]);
        assert_eq!(said[34..], [Some(0.8), None]);
    }

    #[test]
    fn a_first_step_is_seen_from_its_first_call_on() {
        assert_eq!(shares(&[1.5, 2.5, 3.5, 4.5, 5.5]), [Some(0.8)]);
        assert_eq!(shares(&[3.5, 4.5, 5.5]), [None]);
        // One call a step tells of the whole.
        assert_eq!(shares(&[3.0, 8.0, 13.0]), [Some(1.0); 2]);
        // And one call alone of nothing.
        assert_eq!(shares(&[3.0, 30.0]), [None]);
    }

    #[test]
    fn it_is_unsure_until_the_steps_after_a_pause_are_known() {
        let mut coverage = Coverage::new(STEP);
        for minute in 0..100 {
            coverage.call(minute * MINUTE);
            coverage.round();
        }
        assert!(!coverage.is_unsure(3));
        // The steps from 20 to 22 are unknown, and so is the 23rd, of which a minute is seen.
        for minute in 119..150 {
            coverage.call(minute * MINUTE);
            coverage.round();
            assert_eq!(coverage.is_unsure(3), minute / 5 <= 26, "minute {minute}");
        }
    }

    #[test]
    fn what_is_counted_reaches_back_to_the_call_before() {
        let mut coverage = Coverage::new(STEP);
        let mut seen = Vec::new();
        for minute in (0..20).map(|minute| f64::from(minute) + 0.3) {
            coverage.call((minute * MINUTE as f64) as i64);
            coverage.count();
            coverage.round();
            seen.push((coverage.seen() * 5.0).round());
        }
        assert_eq!(seen[5..15], [1.0, 2.0, 3.0, 4.0, 5.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        // After a pause of an hour it is a usual one.
        coverage.call(80 * MINUTE + 18_000);
        coverage.count();
        assert!((coverage.seen() - 0.2).abs() < 0.1, "{}", coverage.seen());
        assert_eq!(coverage.seen_before(), 0.0);
    }

    /// Requests come many times a second by day, and none by night: rounds go on, and so does what is learned.
    #[test]
    fn no_request_is_no_pause_while_rounds_go_on() {
        let mut coverage = Coverage::new(STEP);
        let mut turns = Vec::new();
        for second in 0..7200 {
            turns.extend((second < 3600).then(|| coverage.call(second * 1000)).flatten());
            if second % 60 == 0 {
                turns.extend(coverage.call(second * 1000));
                coverage.round();
            }
        }
        assert_eq!(turns.len(), 23);
        assert!(turns.iter().all(|turn| turn.share(0.0) == Some(1.0)), "{turns:?}");
    }

    #[test]
    fn a_new_pace_is_soon_the_usual_one() {
        let mut minutes: Vec<f64> = (0..100).map(f64::from).collect();
        minutes.extend((0..20).map(|step| 104.0 + 5.0 * f64::from(step)));
        let said = shares(&minutes);
        assert!(said.iter().rev().take(10).all(|turn| *turn == Some(1.0)), "{said:?}");
    }

    proptest! {
        /// Calls once a step, each up to a quarter of a step early or late, leave no hole.
        #[test]
        fn once_a_step_is_no_pause(phase in 0.0f64..1.0, late in prop::collection::vec(-0.25f64..0.25, 2..300)) {
            let minutes: Vec<f64> = late.iter().enumerate().map(|(step, late)| 5.0 * (step as f64 + phase + late)).collect();
            // How long the first call tells of is not known yet.
            prop_assert!(shares(&minutes).iter().skip(1).all(|turn| turn.is_some_and(|share| share >= 1.0)));
        }

        /// Whatever the calls, state is whole, and what was seen is never negative.
        #[test]
        fn any_calls_leave_it_whole(pauses in prop::collection::vec((0i64..3, 0i64..2_000_000), 1..200)) {
            let mut coverage = Coverage::new(STEP);
            let mut now = -1_000_000;
            for (kind, pause) in pauses {
                now += if kind == 0 { pause / 1000 } else { pause };
                coverage.call(now);
                if kind != 1 {
                    coverage.count();
                }
                if kind != 0 {
                    coverage.round();
                }
                prop_assert!(coverage.is_whole(STEP, Some(now)), "{:?}", coverage);
                prop_assert!(coverage.seen() >= 0.0 && coverage.seen_before() >= 0.0);
            }
        }
    }
}
