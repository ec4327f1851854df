//! Is the load as it usually is? A detector for one stream, which learns as it goes.
//!
//! Of each sample features are taken (`features`), and of each feature how rarely it was so large and so small before (`tail`):
//! s = −ln p, up to 8. Their sum is Fisher's combination (1925); 8 times the largest is added, so that one very rare feature counts beside
//! many that are a little rare, and the 2-average of it all, so that what lasts counts more. The features depend on each other, so the sum's
//! own tail probability p is learned by the same means: S = −ln p. An alarm begins where S reaches the threshold θ, which starts at
//! −ln(alarm_rate) and follows the alarms, θ ← θ + γ·(alarm − alarm_rate): as with adaptive conformal inference (Gibbs & Candès 2021) their
//! long-run rate is the wanted one, whatever the data, since θ stays bounded. Lost samples and flat lines have a law of their own (`runs`).

use super::anomaly_kind::AnomalyKind;
use crate::error::{Error, Result};
use crate::{math, snapshot};
use serde::{Deserialize, Serialize};

mod average;
mod clock;
mod config;
mod features;
mod naming;
mod profile;
mod runs;
mod tail;

use average::Average;
use clock::Clock;
pub use config::DetectorConfig;
use features::FEATURES;
use features::Features;
use naming::kind_of;
use profile::Profile;
use runs::Runs;
use tail::Surprise;
use tail::{Law, Tail};

/// Samples after which the first alarm may come.
const WARM_UP: u64 = 100;
/// Samples for which features, and their joint surprise, are remembered.
const MEMORY: f64 = 10_000.0;
const JOINT_MEMORY: f64 = 20_000.0;
/// Features that are joined: all but the slow one, which only names a kind, since its values follow each other too closely.
const JOINED: usize = FEATURES - 1;
/// Most that one side of one feature adds, and how often the largest counts again.
const CAP: f64 = 8.0;
const LARGEST: f64 = 8.0;
/// The tail of a feature: heavy, so that one wild value does not stand for all.
const FEATURE_LAW: Law = Law { share: 0.02, shape: 0.3, prior_count: 0.0, prior_mean: 0.0, floor: 1e-3 };
/// The tail of the joint surprise, a sum of logarithms: exponential.
const JOINT_LAW: Law = Law { share: 0.06, shape: 0.0, prior_count: 10.0, prior_mean: 2.3, floor: 0.0 };
/// Samples in which an event alarms once, unless it gets ten times rarer.
const EVENT: u64 = 100;
const WORSE: f64 = 2.3;
/// Share of its score that a sample keeps where no alarm begins: less than 0.5 is left.
const GOES_ON: f64 = 0.49;
/// γ: how far the threshold rises with an alarm.
const GAIN: f64 = 0.115;
/// No surprise is larger.
const MOST: f64 = 50.0;
/// Values beyond are taken as this, so that no difference overflows.
const LARGE: f64 = 1e300;
/// Samples in a season while the step is unknown.
const SEASON: f64 = 288.0;

/// What a detector makes of one sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anomaly {
    /// Between 0 and 1: 0.5 and more where an alarm begins, θ being at 0.5; below 0.5 all that is ordinary or goes on.
    pub score: f64,
    /// How far beyond the threshold, S/θ − 1: 0 for what is ordinary, 1 for twice as surprising. Stays above 0 while an anomaly lasts.
    pub severity: f64,
    /// What it looks like.
    pub kind: AnomalyKind,
}

impl Anomaly {
    fn new(surprise: f64, threshold: f64, kind: Option<AnomalyKind>, begins: bool) -> Self {
        let score = 1.0 / (1.0 + math::exp(threshold - surprise));
        Anomaly {
            score: if begins { score } else { GOES_ON * score },
            severity: if kind.is_some() { (surprise - threshold).max(0.0) / threshold.max(1.0) } else { 0.0 },
            kind: kind.unwrap_or(AnomalyKind::Ordinary),
        }
    }

    fn worse(self, other: Anomaly) -> Anomaly {
        if other.score > self.score { other } else { self }
    }
}

/// Learns what is usual of a load stream, and tells what is not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Detector {
    config: DetectorConfig,
    clock: Clock,
    features: Features,
    profile: Option<Profile>,
    tails: Vec<Tail>,
    joint: Tail,
    lasting: Average,
    missing: Runs,
    equal: Runs,
    before: f64,
    threshold: f64,
    seen: u64,
    event_until: u64,
    event_peak: f64,
}

impl Detector {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    /// [`Error::Config`] for a setting out of its range.
    pub fn new(config: DetectorConfig) -> Result<Self> {
        config.check()?;
        let clock = Clock::new(config.step_seconds);
        let profile = clock.step_ms.map(|step| Profile::new(1000.0 * config.season_seconds, step));
        Ok(Detector {
            clock,
            features: Features::new(),
            profile,
            tails: (0..FEATURES).map(|_| Tail::new(MEMORY)).collect(),
            joint: Tail::new(JOINT_MEMORY),
            lasting: Average::default(),
            missing: Runs::new(0.2),
            equal: Runs::new(0.5),
            before: f64::NAN,
            threshold: -math::ln(config.alarm_rate),
            seen: 0,
            event_until: 0,
            event_peak: 0.0,
            config,
        })
    }

    /// The settings.
    pub fn config(&self) -> &DetectorConfig {
        &self.config
    }

    /// Judges the sample `value` at `time`, in Unix milliseconds, by what came before; then learns from it. NaN is a sample
    /// that is missing, and so are those that a gap in the times leaves out. Nothing is an anomaly in the first 100 samples.
    /// O(1), some microseconds; does not allocate once the step is known.
    ///
    /// A stamp more than 100 steps ahead is not believed before the next sample agrees with it: until then nothing is said of its
    /// sample, and it is forgotten when a sample from near the old time comes.
    ///
    /// # Errors
    /// [`Error::Data`] for an infinite value and for a time before the last one, unless that one left samples out or is one of the first three
    /// and a season ahead; the detector stays as it was.
    pub fn observe(&mut self, time: i64, value: f64) -> Result<Anomaly> {
        if value.is_infinite() {
            return Err(Error::data("value", format!("must be a number or NaN, is {value}")));
        }
        if let Some(last) = self.clock.refuses(time, 1000.0 * self.config.season_seconds) {
            return Err(Error::data("time", format!("{time} is before {last}, the time of the last sample")));
        }
        let (is_far, agreed) = self.clock.put_aside(time, value);
        if is_far {
            return Ok(Anomaly::new(0.0, self.threshold, None, false));
        }
        let earlier = agreed.map(|(time, value)| self.take_in(time, value));
        let latest = self.take_in(time, value);
        Ok(earlier.into_iter().fold(latest, Anomaly::worse))
    }

    fn take_in(&mut self, time: i64, value: f64) -> Anomaly {
        let left_out = self.clock.tick(time);
        if self.profile.is_none() {
            self.profile =
                self.clock.step_ms.map(|step| Profile::new(1000.0 * self.config.season_seconds, step));
        }
        self.seen = self.seen.saturating_add(1);
        let lost = left_out + if value.is_nan() { 1.0 } else { 0.0 };
        let missing = if lost > 0.0 { self.missing.repeat(lost) } else { 0.0 };
        let gap = self.run(missing, AnomalyKind::Missing);
        if value.is_nan() {
            return gap;
        }
        self.missing.end();
        let value = value.clamp(-LARGE, LARGE);
        let flat = if value == self.before {
            self.equal.repeat(1.0)
        } else {
            self.equal.end();
            0.0
        };
        self.before = value;
        let flat = self.run(flat, AnomalyKind::FlatLine);
        let (surprise, kind) = self.learn(time, value);
        let sample = self.judge(surprise, kind);
        [gap, flat].into_iter().fold(sample, Anomaly::worse)
    }

    /// How surprising a value is, and what it looks like.
    fn learn(&mut self, time: i64, value: f64) -> (f64, AnomalyKind) {
        let bin = self.profile.as_ref().map_or(0, |profile| profile.bin(time));
        let season = self.profile.as_ref().map_or(SEASON, Profile::length);
        let fences = self.tails.first().and_then(Tail::fences).unwrap_or((-LARGE, LARGE));
        let features = self.features.next(value, fences, self.profile.as_ref(), bin, season);
        if let Some(profile) = &mut self.profile {
            profile.add(bin, value, fences);
        }
        let mut surprises = [Surprise::default(); FEATURES];
        for ((tail, &feature), surprise) in self.tails.iter_mut().zip(&features).zip(&mut surprises) {
            if feature.is_finite() {
                *surprise = tail.surprise(feature, FEATURE_LAW);
                tail.add(feature);
            }
        }
        let sides =
            || surprises.iter().take(JOINED).flat_map(|each| [each.upper.min(CAP), each.lower.min(CAP)]);
        let joint = sides().sum::<f64>() + LARGEST * sides().fold(0.0, f64::max);
        let joint = joint + self.lasting.add(joint, 2.0);
        let surprise = self.joint.surprise(joint, JOINT_LAW).upper;
        self.joint.add(joint);
        (surprise, kind_of(&surprises))
    }

    /// Judges a value: an alarm begins, goes on, or there is none; the threshold follows.
    fn judge(&mut self, surprise: f64, kind: AnomalyKind) -> Anomaly {
        let surprise = surprise.min(MOST);
        let threshold = self.threshold;
        let odd = surprise >= threshold && self.seen > WARM_UP;
        let begins = odd && (self.seen >= self.event_until || surprise > self.event_peak + WORSE);
        if begins {
            self.event_until = self.seen.saturating_add(EVENT);
            self.event_peak = surprise;
            self.threshold += GAIN;
        }
        self.threshold -= GAIN * self.config.alarm_rate;
        Anomaly::new(surprise, threshold, odd.then_some(kind), begins)
    }

    /// Judges a run, by the probability that it has by its law: one alarm for each.
    fn run(&mut self, surprise: f64, kind: AnomalyKind) -> Anomaly {
        let (surprise, threshold) = (surprise.min(MOST), -math::ln(self.config.alarm_rate));
        let odd = surprise >= threshold && self.seen > WARM_UP;
        let begins =
            odd && if kind == AnomalyKind::Missing { self.missing.tell() } else { self.equal.tell() };
        Anomaly::new(surprise, threshold, odd.then_some(kind), begins)
    }

    /// Writes the whole state as a snapshot.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::Detector, self)
    }

    /// Reads a snapshot of a detector, which goes on as the one it was taken of, bit for bit.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of a detector.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let mut detector: Detector = snapshot::load(snapshot::Kind::Detector, bytes)?;
        let sound = detector.config.check().is_ok()
            && detector.clock.is_sound()
            && detector.features.is_sound()
            && detector.profile.as_ref().is_none_or(Profile::is_sound)
            && detector.tails.len() == FEATURES
            && detector.tails.iter().chain([&detector.joint]).all(Tail::is_sound)
            && detector.missing.is_sound()
            && detector.equal.is_sound()
            && detector.lasting.is_sound()
            && detector.threshold.is_finite()
            && detector.event_peak.is_finite();
        if !sound {
            return Err(Error::Snapshot { problem: "the detector's state is inconsistent".into() });
        }
        detector.tails.iter_mut().chain([&mut detector.joint]).for_each(Tail::reserve);
        Ok(detector)
    }
}

#[cfg(test)]
mod tests;
