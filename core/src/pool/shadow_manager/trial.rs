//! A new version against the one that runs, on shadow traffic: paired differences of latency and errors, looked at now and then.
//!
//! A copy of the traffic, or a small share of it, goes to one shadow of the new version. Each pair is what both measured over the same time. After
//! every so many pairs the mean differences, new less old, get an interval by the stationary bootstrap ([`bootstrap_mean`]). The new version
//! is worse where an interval lies above 0 and reaches beyond its margin; it is no worse where both intervals end within their margins (a test of
//! non-inferiority: Wellek 2010, "Testing Statistical Hypotheses of Equivalence and Noninferiority"), and better where one of them, besides, ends
//! below 0. The chance `alpha` is spent in equal parts over all looks and both quantities (Bonferroni). As far as the bootstrap is exact, an equal
//! version is called better, or worse, with no larger chance. Errors that are so rare that no pair has met one are not judged by it: give it pairs enough.

use crate::bootstrap::bootstrap_mean;
use crate::error::{Error, Result, not_negative, strictly_between};
use serde::{Deserialize, Serialize};

/// Pairs in all at the most.
const MOST_PAIRS: usize = 100_000;
/// Draws of a bootstrap, and draws times pairs in a look, at the most.
const MOST_DRAWS: f64 = 1e5;
const MOST_WORK: f64 = 2e8;
/// No latency is larger, in seconds.
const LARGEST: f64 = 1e9;

/// A new version to be tried on a shadow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialConfig {
    /// The primary's name.
    pub primary: String,
    /// The version to be tried; not the one that runs.
    pub version: String,
    /// Share of the live traffic that it serves, 0 to 0.5; 0: it gets a copy of all, and its answers go nowhere.
    #[serde(default)]
    pub share: f64,
    /// Chance that a version that is equal is called better, or worse; below 1, and at least 0.0004 for each look; 0.05.
    #[serde(default = "alpha")]
    pub alpha: f64,
    /// Pairs from one look to the next, 20 to 10,000; 60.
    #[serde(default = "look_pairs")]
    pub look_pairs: usize,
    /// Looks at the most, 1 to 100, of 100,000 pairs in all; these times `40·looks/alpha` draws are 2·10⁸ at the most; 6.
    #[serde(default = "looks")]
    pub looks: usize,
    /// Seconds that the new version may be slower and still be no worse, at least 0; 0.005.
    #[serde(default = "latency_margin")]
    pub latency_margin_seconds: f64,
    /// Share of requests that may fail in addition, at least 0; 0.001.
    #[serde(default = "error_margin")]
    pub error_margin: f64,
    /// Seed of the bootstrap; 0.
    #[serde(default)]
    pub seed: u64,
}

fn alpha() -> f64 {
    0.05
}
fn look_pairs() -> usize {
    60
}
fn looks() -> usize {
    6
}
fn latency_margin() -> f64 {
    0.005
}
fn error_margin() -> f64 {
    0.001
}

impl TrialConfig {
    pub(super) fn check(&self) -> Result<()> {
        strictly_between("alpha", self.alpha, 0.0, 1.0)?;
        not_negative("latency_margin_seconds", self.latency_margin_seconds)?;
        not_negative("error_margin", self.error_margin)?;
        if !(0.0..=0.5).contains(&self.share) {
            return Err(Error::config("share", format!("must be 0 to 0.5, got {}", self.share)));
        }
        for (field, value, low, high) in
            [("look_pairs", self.look_pairs, 20, 10_000), ("looks", self.looks, 1, 100)]
        {
            if !(low..=high).contains(&value) {
                return Err(Error::config(field, format!("must be {low} to {high}, got {value}")));
            }
        }
        if self.look_pairs * self.looks > MOST_PAIRS {
            let pairs = self.look_pairs * self.looks;
            return Err(Error::config("looks", format!("of {pairs} pairs in all; at most {MOST_PAIRS}")));
        }
        let (draws, pairs) = (self.draws(), (self.look_pairs * self.looks) as f64);
        if draws > MOST_DRAWS {
            let problem = format!("of {:e} over {} looks asks for {draws:.0} draws", self.alpha, self.looks);
            return Err(Error::config("alpha", format!("{problem}; at most {MOST_DRAWS}")));
        }
        if draws * pairs > MOST_WORK {
            let problem = format!("of {pairs} pairs in all, each drawn {draws:.0} times, are too many");
            return Err(Error::config("looks", format!("{problem}: {MOST_WORK:e} at the most")));
        }
        Ok(())
    }

    /// The level of a look's limits: both directions of both quantities.
    fn level(&self) -> f64 {
        1.0 - self.alpha / (2.0 * self.looks as f64)
    }

    /// Draws of a bootstrap: the quantile that is asked for must lie well within them.
    fn draws(&self) -> f64 {
        (20.0 / (1.0 - self.level())).ceil().max(1000.0)
    }
}

/// What the version that runs and the one that is tried measured over the same time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialPair {
    /// Latency of the version that runs, in seconds (a mean or a quantile, the same for both).
    pub latency_seconds: f64,
    /// Share of its requests that failed.
    pub error_share: f64,
    /// Latency of the new version.
    pub new_latency_seconds: f64,
    /// Share of the new version's requests that failed.
    pub new_error_share: f64,
}

impl TrialPair {
    pub(super) fn check(&self) -> Result<()> {
        for (name, value, most) in [
            ("latency_seconds", self.latency_seconds, LARGEST),
            ("new_latency_seconds", self.new_latency_seconds, LARGEST),
            ("error_share", self.error_share, 1.0),
            ("new_error_share", self.new_error_share, 1.0),
        ] {
            if !(0.0..=most).contains(&value) {
                return Err(Error::data(name, format!("must be 0 to {most}, got {value}")));
            }
        }
        Ok(())
    }
}

/// What is known of a new version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialVerdict {
    /// No worse in both quantities, and better in one.
    Better,
    /// Worse in one.
    Worse,
    /// Neither is shown.
    Undecided,
}

/// One quantity, new less old.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrialDifference {
    /// The mean difference; below 0 the new version is better.
    pub mean: f64,
    /// The interval's lower end, at the level of a look.
    pub lower: f64,
    /// The interval's upper end.
    pub upper: f64,
    /// Probability of a difference as large as this when there is none.
    pub p_value: f64,
}

/// What the last look found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrialResult {
    /// Pairs so far.
    pub pairs: usize,
    /// Latency in seconds.
    pub latency: TrialDifference,
    /// Share of requests that failed.
    pub errors: TrialDifference,
    /// What is known of the new version.
    pub verdict: TrialVerdict,
    /// Whether it is shown to be no worse, within the margins: only then it may be promoted.
    pub is_no_worse: bool,
    /// Whether there will be no more looks.
    pub is_over: bool,
}

/// A trial under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Trial {
    pub(super) config: TrialConfig,
    /// The shadow that runs the new version; none while there is none.
    pub(super) instance: Option<u64>,
    latency: Vec<f64>,
    errors: Vec<f64>,
    pub(super) result: Option<TrialResult>,
    /// It was ended without a promotion, and its shadow is still to go.
    pub(super) is_rejected: bool,
}

impl Trial {
    pub(super) fn new(config: TrialConfig) -> Self {
        let (latency, errors) = (Vec::new(), Vec::new());
        Trial { config, instance: None, latency, errors, result: None, is_rejected: false }
    }

    /// Takes in a pair; what a look found, if it was time for one. Pairs after the last look change nothing.
    pub(super) fn observe(&mut self, pair: &TrialPair) -> Option<TrialResult> {
        if self.result.is_some_and(|result| result.is_over) {
            return None;
        }
        self.latency.push(pair.new_latency_seconds - pair.latency_seconds);
        self.errors.push(pair.new_error_share - pair.error_share);
        if !self.latency.len().is_multiple_of(self.config.look_pairs) {
            return None;
        }
        let found = self.look();
        self.result = Some(found);
        Some(found)
    }

    fn look(&self) -> TrialResult {
        let TrialConfig { looks, look_pairs, latency_margin_seconds, error_margin, seed, .. } = self.config;
        let pairs = self.latency.len();
        let (level, resamples) = (self.config.level(), self.config.draws() as usize);
        let difference = |values: &[f64], stream: u64| {
            let seed = seed.wrapping_add(2 * pairs as u64 + stream);
            let found = bootstrap_mean(values, level, resamples, None, seed);
            TrialDifference {
                mean: found.mean,
                lower: found.mean - found.margin,
                upper: found.mean + found.margin,
                p_value: found.p_value,
            }
        };
        let (latency, errors) = (difference(&self.latency, 0), difference(&self.errors, 1));
        let both = [(latency, latency_margin_seconds), (errors, error_margin)];
        let is_no_worse = both.iter().all(|(found, margin)| found.upper <= *margin);
        let is_worse = both.iter().any(|(found, margin)| found.lower > 0.0 && found.upper > *margin);
        let verdict = if is_worse {
            TrialVerdict::Worse
        } else if is_no_worse && both.iter().any(|(found, _)| found.upper < 0.0) {
            TrialVerdict::Better
        } else {
            TrialVerdict::Undecided
        };
        let is_over = verdict != TrialVerdict::Undecided || pairs >= look_pairs * looks;
        TrialResult { pairs, latency, errors, verdict, is_no_worse, is_over }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.config.check().is_ok()
            && self.latency.len() == self.errors.len()
            && self.latency.len() <= self.config.look_pairs * self.config.looks
            && self.latency.iter().chain(&self.errors).copied().all(f64::is_finite)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn config(look_pairs: usize, looks: usize) -> TrialConfig {
        let text =
            format!(r#"{{"primary": "p", "version": "2", "look_pairs": {look_pairs}, "looks": {looks}}}"#);
        crate::config::from_json("trial", &text).unwrap()
    }

    /// A trial with differences whose neighbours are correlated, with a standard deviation of a tenth of 100 ms.
    fn run(seed: u64, slower: f64, failing: f64) -> TrialResult {
        let mut trial = Trial::new(TrialConfig { seed, error_margin: 0.005, ..config(50, 3) });
        let mut random = Random::stream(seed, 1);
        let mut noise = 0.0;
        loop {
            noise = 0.4 * noise + 0.01 * random.normal();
            let mut errors = || random.poisson(20.0).min(1000.0) / 1000.0;
            let pair = TrialPair {
                latency_seconds: 0.1,
                new_latency_seconds: (0.1 + slower + noise).max(0.0),
                error_share: errors(),
                new_error_share: errors() + failing,
            };
            if let Some(found) = trial.observe(&pair).filter(|found| found.is_over) {
                return found;
            }
        }
    }

    /// 200 trials of an equal version at alpha 0.05: called better, or worse, no more often than that (bound: 3 standard errors).
    #[test]
    fn an_equal_version_is_seldom_called_anything_else() {
        let found: Vec<TrialVerdict> = (0..200).map(|seed| run(seed, 0.0, 0.0).verdict).collect();
        for wrong in [TrialVerdict::Better, TrialVerdict::Worse] {
            let share = found.iter().filter(|verdict| **verdict == wrong).count() as f64 / 200.0;
            assert!(share <= 0.05 + 3.0 * (0.05f64 * 0.95 / 200.0).sqrt(), "{wrong:?}: {share}");
        }
    }

    /// One that is worse by twice its margin is hardly ever let through.
    #[test]
    fn a_worse_version_is_found_out_and_a_better_one_too() {
        for seed in 0..20 {
            let (slow, fast, failing) = (run(seed, 0.01, 0.0), run(seed, -0.01, 0.0), run(seed, -0.01, 0.02));
            assert!(slow.verdict == TrialVerdict::Worse && !slow.is_no_worse);
            assert!(fast.verdict == TrialVerdict::Better && fast.is_no_worse && fast.latency.p_value < 0.01);
            assert!(failing.verdict == TrialVerdict::Worse, "faster, but it fails: {failing:?}");
        }
    }

    #[test]
    fn without_any_difference_it_is_no_worse_but_not_better() {
        let mut trial = Trial::new(config(20, 2));
        let pair = TrialPair {
            latency_seconds: 0.1,
            error_share: 0.0,
            new_latency_seconds: 0.1,
            new_error_share: 0.0,
        };
        let found: Vec<TrialResult> = (0..50).filter_map(|_| trial.observe(&pair)).collect();
        assert_eq!(found.iter().map(|found| found.is_over).collect::<Vec<_>>(), [false, true]);
        assert!(found.iter().all(|found| found.verdict == TrialVerdict::Undecided && found.is_no_worse));
        assert!(trial.is_whole());
    }
}
