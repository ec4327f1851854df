//! A new policy takes over step by step, and only while what is measured says that it is better.
//!
//! At each stage a share of the traffic, or of the services, runs the new policy, beside a control group of the same size that runs the
//! old one. Each interval gives a pair of costs, those of broken promises included. After every so many intervals the mean difference of
//! the stage so far is looked at, by the stationary bootstrap that [`super::compare`] uses: significantly below 0 advances, above 0 rolls
//! back; without either at the stage's last look the new policy is rolled back as not shown to be better.
//!
//! The chance `alpha` that a policy that is equal or worse ever advances is spent in equal parts over all looks of all stages, by
//! Bonferroni's inequality: P(any) ≤ Σ α/k, whatever the dependence between looks, as far as each look's p is exact (as an α-spending function it is a linear one at fixed
//! looks: Lan & DeMets 1983, "Discrete sequential boundaries for clinical trials", Biometrika 70). To be promoted, it would have to
//! pass all stages. The bootstrap's p is exact only for large samples: what has not been seen in a look cannot count in it. Where broken
//! promises are rare and dear, a look must be long enough to have met some: with one in 1,000 intervals, a look of 240 meets none in four of five.

use crate::bootstrap::bootstrap_mean;
use crate::config::from_json;
use crate::error::{Error, Result, not_negative, strictly_between};
use crate::snapshot;
use serde::{Deserialize, Serialize};

/// How a rollout goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RolloutConfig {
    /// Shares that run the new policy, rising to 1, which is reached when all others are passed; 0.01, 0.05, 0.25, 1.
    pub stages: Vec<f64>,
    /// Chance that a policy that is no better ever advances, in (0, 1), as far as the bootstrap's p-values are exact; 0.05.
    pub alpha: f64,
    /// Intervals from one look to the next, 20 to 100,000; 240: an hour of 15 s.
    pub look_intervals: usize,
    /// Looks at a stage at most, 1 to 100; 6.
    pub looks: usize,
    /// What an hour of broken promise costs, in the user's currency; at least 0; 100.
    pub violation_cost_per_hour: f64,
    /// Runs that the bootstrap draws, 100 to 100,000; 2,000.
    pub resamples: usize,
    /// Seed of the draws; 0.
    pub seed: u64,
    /// Services of the platform, 1 to 10,000; only in simulation; 100.
    pub services: usize,
}

impl Default for RolloutConfig {
    fn default() -> Self {
        RolloutConfig {
            stages: vec![0.01, 0.05, 0.25, 1.0],
            alpha: 0.05,
            look_intervals: 240,
            looks: 6,
            violation_cost_per_hour: 100.0,
            resamples: 2000,
            seed: 0,
            services: 100,
        }
    }
}

/// More stages are refused.
const MOST_STAGES: usize = 100;

impl RolloutConfig {
    /// Reads settings from JSON text, such as `{"stages": [0.1, 0.5, 1]}`.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is unknown, of the wrong type, or out of range.
    pub fn from_json(text: &str) -> Result<Self> {
        let config: RolloutConfig = from_json("config", text)?;
        config.check()?;
        Ok(config)
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::Config`] names the field and its value.
    pub fn check(&self) -> Result<()> {
        let rises = self.stages.is_sorted_by(|a, b| a < b);
        let within = self.stages.iter().all(|share| *share > 0.0 && *share <= 1.0);
        if !(rises
            && within
            && self.stages.last() == Some(&1.0)
            && (2..=MOST_STAGES).contains(&self.stages.len()))
        {
            let problem = format!("must be 2 to {MOST_STAGES} shares that rise to 1, got {:?}", self.stages);
            return Err(Error::config("stages", problem));
        }
        strictly_between("alpha", self.alpha, 0.0, 1.0)?;
        not_negative("violation_cost_per_hour", self.violation_cost_per_hour)?;
        for (field, value, range) in [
            ("look_intervals", self.look_intervals, 20..=100_000),
            ("looks", self.looks, 1..=100),
            ("resamples", self.resamples, 100..=100_000),
            ("services", self.services, 1..=10_000),
        ] {
            if !range.contains(&value) {
                let (least, most) = (range.start(), range.end());
                return Err(Error::config(field, format!("must be {least} to {most}, got {value}")));
            }
        }
        let draws = self.look_intervals as f64 * self.looks as f64 * self.resamples as f64;
        if draws > 1e9 {
            let problem = format!("times look_intervals and looks must be at most 1e9, got {draws:e}");
            return Err(Error::config("resamples", problem));
        }
        // The smallest p of one side that so many resamples can have.
        let least = 0.5 / (self.resamples + 1) as f64;
        if least > self.look_alpha() {
            let needed = (0.5 / self.look_alpha()).ceil();
            let problem =
                format!("must be at least {needed} for this alpha, stages and looks, got {}", self.resamples);
            return Err(Error::config("resamples", problem));
        }
        Ok(())
    }

    /// The part of alpha that one look spends.
    fn look_alpha(&self) -> f64 {
        self.alpha / ((self.stages.len().saturating_sub(1)) as f64 * self.looks as f64)
    }
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Stay at this share.
    Hold,
    /// Go on to the next share.
    Advance,
    /// Back to the old policy everywhere, for good.
    RollBack,
    /// The new policy everywhere, for good.
    Promote,
}

impl Verdict {
    /// The verdict's stable number, from 1 in the order of declaration: how C sees it.
    pub fn number(self) -> i32 {
        self as i32 + 1
    }
}

/// One look at what was measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// The share that ran the new policy.
    pub share: f64,
    /// Intervals of the stage until then.
    pub intervals: usize,
    /// New less old, per interval, in the user's currency: below 0 the new policy is cheaper.
    pub difference: f64,
    /// Half the width of its interval, at the level that the look has.
    pub margin: f64,
    /// Probability of a difference as large as this in its direction when there is none.
    pub p_value: f64,
    /// What followed.
    pub verdict: Verdict,
}

/// A rollout under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    config: RolloutConfig,
    stage: usize,
    /// New less old of the stage so far.
    differences: Vec<f64>,
    looks: Vec<Look>,
    /// How it ended.
    ended: Option<Verdict>,
}

impl Rollout {
    /// At the first share, with nothing measured.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that is out of range.
    pub fn new(config: RolloutConfig) -> Result<Self> {
        config.check()?;
        Ok(Rollout { config, stage: 0, differences: Vec::new(), looks: Vec::new(), ended: None })
    }

    /// Takes in what one interval cost (in the user's currency) and for how many seconds the promise was broken in it, with the old policy
    /// in the control group and with the new one in a group of the same size; says what is to be done. Once it has ended, its last
    /// verdict is repeated.
    ///
    /// # Errors
    /// [`Error::Data`] for a number that is NaN, infinite or below 0; nothing is taken in then.
    pub fn observe(
        &mut self,
        old_cost: f64,
        old_violation_seconds: f64,
        new_cost: f64,
        new_violation_seconds: f64,
    ) -> Result<Verdict> {
        for (name, value) in [
            ("old_cost", old_cost),
            ("old_violation_seconds", old_violation_seconds),
            ("new_cost", new_cost),
            ("new_violation_seconds", new_violation_seconds),
        ] {
            if !(value.is_finite() && (0.0..=LARGEST).contains(&value)) {
                return Err(Error::data(name, format!("must be 0 to {LARGEST:e}, got {value}")));
            }
        }
        if let Some(verdict) = self.ended {
            return Ok(verdict);
        }
        let price = self.config.violation_cost_per_hour.min(LARGEST) / 3600.0;
        let violations = new_violation_seconds - old_violation_seconds;
        self.differences.push(new_cost - old_cost + price * violations);
        let intervals = self.differences.len();
        if !intervals.is_multiple_of(self.config.look_intervals) {
            return Ok(Verdict::Hold);
        }
        let level = 1.0 - 2.0 * self.config.look_alpha().min(0.25);
        let seed = self.config.seed.wrapping_add(self.looks.len() as u64);
        let found = bootstrap_mean(&self.differences, level, self.config.resamples, None, seed);
        // The bootstrap counts both directions.
        let p_value = 0.5 * found.p_value;
        let is_clear = p_value <= self.config.look_alpha() && found.mean != 0.0;
        let is_last_look = intervals >= self.config.look_intervals * self.config.looks;
        let verdict = match (is_clear, found.mean < 0.0) {
            (true, true) if self.stage + 2 == self.config.stages.len() => Verdict::Promote,
            (true, true) => Verdict::Advance,
            (true, false) => Verdict::RollBack,
            (false, _) if is_last_look => Verdict::RollBack,
            (false, _) => Verdict::Hold,
        };
        let (share, difference, margin) = (self.share(), found.mean, found.margin);
        self.looks.push(Look { share, intervals, difference, margin, p_value, verdict });
        match verdict {
            Verdict::Hold => {}
            Verdict::Advance => {
                self.stage += 1;
                self.differences.clear();
            }
            Verdict::RollBack | Verdict::Promote => {
                self.ended = Some(verdict);
                self.differences = Vec::new();
            }
        }
        Ok(verdict)
    }

    /// The share that is to run the new policy now: 0 once it is rolled back, 1 once it is promoted.
    pub fn share(&self) -> f64 {
        match self.ended {
            Some(Verdict::Promote) => 1.0,
            Some(_) => 0.0,
            None => self.config.stages.get(self.stage).copied().unwrap_or(0.0),
        }
    }

    /// How it ended: promoted or rolled back; none while it goes on.
    pub fn ended(&self) -> Option<Verdict> {
        self.ended
    }

    /// Every look so far.
    pub fn looks(&self) -> &[Look] {
        &self.looks
    }

    /// The settings.
    pub fn config(&self) -> &RolloutConfig {
        &self.config
    }

    /// Share, end and looks as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::json!({ "share": self.share(), "ended": self.ended, "looks": self.looks }).to_string()
    }

    /// Writes the rollout as bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::Rollout, self)
    }

    /// Reads a rollout back: it goes on as if it had never stopped.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of a rollout.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let rollout: Rollout = snapshot::load(snapshot::Kind::Rollout, bytes)?;
        let inconsistent =
            |problem: String| Error::Snapshot { problem: format!("the rollout is inconsistent: {problem}") };
        rollout.config.check().map_err(|error| inconsistent(error.to_string()))?;
        let most = rollout.config.look_intervals * rollout.config.looks;
        let is_whole = rollout.stage + 1 < rollout.config.stages.len()
            && rollout.differences.len() < most
            && rollout.differences.iter().all(|difference| difference.is_finite())
            && matches!(rollout.ended, None | Some(Verdict::Promote | Verdict::RollBack));
        if is_whole { Ok(rollout) } else { Err(inconsistent("its state does not fit its settings".into())) }
    }
}

/// No cost and no time is larger than this.
const LARGEST: f64 = 1e12;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use proptest::prelude::*;

    fn config() -> RolloutConfig {
        RolloutConfig { look_intervals: 120, looks: 3, resamples: 500, ..RolloutConfig::default() }
    }

    /// Goes on to the end with differences of a mean and a deviation of 1 whose neighbours are correlated.
    fn roll(config: &RolloutConfig, mean: f64, correlation: f64, seed: u64) -> Rollout {
        let (mut rollout, mut random) = (Rollout::new(config.clone()).unwrap(), Random::new(seed));
        let (mut value, fresh) = (random.normal(), (1.0 - correlation * correlation).sqrt());
        while rollout.ended().is_none() {
            value = correlation * value + fresh * random.normal();
            rollout.observe(100.0, 0.0, 100.0 + mean + value, 0.0).unwrap();
        }
        rollout
    }

    #[test]
    fn a_better_policy_is_promoted_stage_by_stage_and_a_worse_one_rolled_back() {
        for seed in 0..20 {
            let better = roll(&config(), -1.0, 0.5, seed);
            assert_eq!((better.ended(), better.share()), (Some(Verdict::Promote), 1.0));
            let shares: Vec<f64> = better.looks().iter().map(|look| look.share).collect();
            assert!(shares.is_sorted() && shares.first() == Some(&0.01) && shares.last() == Some(&0.25));
            let worse = roll(&config(), 1.0, 0.5, seed);
            assert_eq!(
                (worse.ended(), worse.share(), worse.looks().len()),
                (Some(Verdict::RollBack), 0.0, 1)
            );
        }
    }

    /// The chance that an equal policy advances at all is at most alpha; `cargo run --release --example rollout` has the large study.
    #[test]
    fn an_equal_policy_seldom_advances_and_is_never_promoted() {
        let rollouts = 200;
        let advanced = |correlation: f64| {
            let outcomes = (0..rollouts).map(|seed| roll(&config(), 0.0, correlation, seed));
            let (mut advanced, mut promoted) = (0, 0);
            for rollout in outcomes {
                promoted += u32::from(rollout.ended() == Some(Verdict::Promote));
                advanced += u32::from(rollout.looks().iter().any(|look| look.verdict == Verdict::Advance));
            }
            (advanced, promoted)
        };
        for correlation in [0.0, 0.5] {
            let (advanced, promoted) = advanced(correlation);
            // 20 of 400 are expected at alpha = 0.05; 35 is 3.4 standard deviations above.
            assert!(
                advanced <= 35 && promoted == 0,
                "{correlation}: {advanced} advanced, {promoted} promoted"
            );
        }
    }

    #[test]
    fn broken_promises_count_at_their_price() {
        let mut rollout = Rollout::new(config()).unwrap();
        // A tenth cheaper, but a second of broken promise in each interval at 100 an hour.
        let verdicts: Vec<Verdict> =
            (0..120).map(|i| rollout.observe(0.1, 0.0, 0.09, 1.0 + f64::from(i % 2)).unwrap()).collect();
        assert_eq!(verdicts.last(), Some(&Verdict::RollBack));
        assert!((rollout.looks()[0].difference - (150.0 / 3600.0 - 0.01)).abs() < 1e-12);
        assert_eq!(rollout.observe(1.0, 0.0, 0.0, 0.0).unwrap(), Verdict::RollBack, "for good");
    }

    #[test]
    fn what_is_never_shown_is_rolled_back() {
        let mut rollout = Rollout::new(config()).unwrap();
        (0..359).for_each(|_| assert_eq!(rollout.observe(1.0, 0.0, 1.0, 0.0).unwrap(), Verdict::Hold));
        assert_eq!(rollout.observe(1.0, 0.0, 1.0, 0.0).unwrap(), Verdict::RollBack);
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        let refused = |text: &str| RolloutConfig::from_json(text).unwrap_err().to_string();
        assert!(refused(r#"{"stages": [0.1, 0.05, 1]}"#).starts_with("stages: "));
        assert!(refused(r#"{"stages": [0.1, 0.5]}"#).starts_with("stages: "));
        assert!(refused(r#"{"alpha": 0}"#).starts_with("alpha: "));
        assert!(refused(r#"{"looks": 0}"#).starts_with("looks: "));
        assert!(refused(r#"{"alpha": 0.001, "resamples": 100}"#).starts_with("resamples: "));
        let mut rollout = Rollout::new(config()).unwrap();
        let before = rollout.clone();
        assert!(
            rollout
                .observe(1.0, f64::NAN, 1.0, 0.0)
                .unwrap_err()
                .to_string()
                .starts_with("old_violation_seconds: ")
        );
        assert!(rollout.observe(1.0, 0.0, -1.0, 0.0).unwrap_err().to_string().starts_with("new_cost: "));
        assert_eq!(rollout, before);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]
        #[test]
        fn restored_rollouts_go_on_as_if_nothing_had_happened(pairs in prop::collection::vec((0.0..2.0f64, 0.0..2.0f64), 1..300), cut in 0usize..300) {
            let settings = RolloutConfig { look_intervals: 20, looks: 2, resamples: 200, ..RolloutConfig::default() };
            let mut rollout = Rollout::new(settings).unwrap();
            let cut = cut.min(pairs.len());
            for (old, new) in &pairs[..cut] { rollout.observe(*old, 0.0, *new, 0.0).unwrap(); }
            let mut restored = Rollout::restore(&rollout.snapshot().unwrap()).unwrap();
            for (old, new) in &pairs[cut..] {
                prop_assert_eq!(restored.observe(*old, 0.0, *new, 0.0).unwrap(), rollout.observe(*old, 0.0, *new, 0.0).unwrap());
            }
            prop_assert_eq!(restored, rollout);
        }
    }
}
