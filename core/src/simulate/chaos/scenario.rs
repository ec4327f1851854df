//! Scenarios: a small service, a load, and the faults that come over it, all from one seed.
//!
//! Faults begin in the fifth part of the run that follows the second, and are over by three fifths of it: before them an engine learns,
//! after them it recovers.

use super::shape::LoadShape;
use crate::config::from_json;
use crate::engine::EngineConfig;
use crate::error::{Error, Result, not_negative, positive};
use crate::random::Random;
use serde::{Deserialize, Serialize};

/// A run of an engine, and what goes wrong in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Seed of the counts; and of the scenario itself, when [`scenario`] made it.
    pub seed: u64,
    /// How many samples and decisions, 1 to 100,000.
    pub intervals: usize,
    /// Seconds from sample to sample and from decision to decision.
    pub interval_seconds: f64,
    /// Load per second that one replica serves.
    pub service_rate: f64,
    /// Seconds from creating a replica to its being ready.
    pub start_up_seconds: f64,
    /// Seconds over which the observed load is averaged.
    pub metric_window_seconds: f64,
    /// How late a sample may come, in seconds.
    pub late_seconds: f64,
    /// Length of the season in seconds.
    pub season_seconds: f64,
    /// Smallest count.
    pub min_replicas: u32,
    /// Largest count.
    pub max_replicas: u32,
    /// Load per second that the shape multiplies.
    pub base: f64,
    /// How the load goes.
    pub load: LoadShape,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

/// One thing that goes wrong, and when. Seconds count from the scenario's start.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// When it begins.
    pub start_seconds: f64,
    /// How long it lasts.
    pub duration_seconds: f64,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum FaultKind {
    /// No sample comes.
    LostMetrics {},
    /// Samples are NaN.
    NanMetrics {},
    /// Samples repeat the last one before.
    StuckMetrics {},
    /// Samples come so much later.
    DelayedMetrics {
        /// At least 0.
        seconds: f64,
    },
    /// Single samples are garbage: so many times the load.
    Spikes {
        /// At least 0.
        factor: f64,
        /// From one to the next, in samples.
        every: usize,
    },
    /// Every sample comes twice.
    RepeatedSamples {},
    /// Of two samples the later comes first.
    ShuffledSamples {},
    /// Single samples have a stamp from the future.
    FutureStamps {
        /// How far ahead.
        seconds: f64,
        /// From one to the next, in samples.
        every: usize,
    },
    /// The clock of samples and decisions is off, ahead above 0 and behind below.
    WrongClock {
        /// By how much.
        seconds: f64,
    },
    /// Replicas that are created take so many times as long to start.
    SlowStarts {
        /// At least 1.
        factor: f64,
    },
    /// This share of the replicas that should be ready starts all over.
    FailingStarts {
        /// 0 to 1.
        share: f64,
    },
    /// This share of the ready replicas crashes when the fault begins, and is created anew.
    Crashes {
        /// 0 to 1.
        share: f64,
    },
    /// The fleet is reported to be so many times as large as it is.
    LyingFleet {
        /// At least 0.
        factor: f64,
    },
    /// The fleet is reported as it was when the fault began.
    StaleFleet {},
}

impl FaultKind {
    /// The fault's name, as in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            FaultKind::LostMetrics {} => "lost_metrics",
            FaultKind::NanMetrics {} => "nan_metrics",
            FaultKind::StuckMetrics {} => "stuck_metrics",
            FaultKind::DelayedMetrics { .. } => "delayed_metrics",
            FaultKind::Spikes { .. } => "spikes",
            FaultKind::RepeatedSamples {} => "repeated_samples",
            FaultKind::ShuffledSamples {} => "shuffled_samples",
            FaultKind::FutureStamps { .. } => "future_stamps",
            FaultKind::WrongClock { .. } => "wrong_clock",
            FaultKind::SlowStarts { .. } => "slow_starts",
            FaultKind::FailingStarts { .. } => "failing_starts",
            FaultKind::Crashes { .. } => "crashes",
            FaultKind::LyingFleet { .. } => "lying_fleet",
            FaultKind::StaleFleet {} => "stale_fleet",
        }
    }

    fn check(&self) -> Result<()> {
        let name = |field: &str| format!("faults.{}.{field}", self.name());
        let share = |share: f64| {
            let problem = || Error::config(name("share"), format!("must be 0 to 1, got {share}"));
            if (0.0..=1.0).contains(&share) { Ok(()) } else { Err(problem()) }
        };
        let every = |every: usize| {
            let problem = || Error::config(name("every"), "must be at least 1, got 0");
            if every > 0 { Ok(()) } else { Err(problem()) }
        };
        let bounded = |field: &str, value: f64, most: f64| {
            let problem = || Error::config(name(field), format!("must be 0 to {most:e}, got {value}"));
            if (0.0..=most).contains(&value) { Ok(()) } else { Err(problem()) }
        };
        match *self {
            FaultKind::DelayedMetrics { seconds } => bounded("seconds", seconds, 1e9),
            FaultKind::Spikes { factor, every: each } => {
                bounded("factor", factor, 1e9).and_then(|()| every(each))
            }
            FaultKind::FutureStamps { seconds, every: each } => {
                bounded("seconds", seconds, 1e11).and_then(|()| every(each))
            }
            FaultKind::WrongClock { seconds } => bounded("seconds", seconds.abs(), 1e11),
            FaultKind::SlowStarts { factor } | FaultKind::LyingFleet { factor } => {
                bounded("factor", factor, 1e6)
            }
            FaultKind::FailingStarts { share: part } | FaultKind::Crashes { share: part } => share(part),
            _ => Ok(()),
        }
    }

    /// Seconds that the fault is felt beyond its end.
    fn aftermath(&self, start_up_seconds: f64) -> f64 {
        match *self {
            FaultKind::DelayedMetrics { seconds } => seconds,
            FaultKind::WrongClock { seconds } => seconds.max(0.0),
            FaultKind::SlowStarts { factor } => factor * start_up_seconds,
            FaultKind::FailingStarts { .. } | FaultKind::Crashes { .. } => start_up_seconds,
            _ => 0.0,
        }
    }
}

/// Intervals of a scenario that is made from a seed.
const INTERVALS: usize = 600;
/// More intervals than this are refused.
const MOST_INTERVALS: usize = 100_000;

impl Scenario {
    /// Reads a scenario from JSON text.
    ///
    /// # Errors
    /// [`Error::Config`] names the field that is unknown, missing, of the wrong type, or out of range.
    pub fn from_json(text: &str) -> Result<Self> {
        let scenario: Scenario = from_json("scenario", text)?;
        scenario.check()?;
        Ok(scenario)
    }

    /// The scenario as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::Config`] names the field and its value.
    pub fn check(&self) -> Result<()> {
        if !(1..=MOST_INTERVALS).contains(&self.intervals) {
            let problem = format!("must be 1 to {MOST_INTERVALS}, got {}", self.intervals);
            return Err(Error::config("intervals", problem));
        }
        not_negative("base", self.base)?;
        positive("season_seconds", self.season_seconds)?;
        if self.base > 1e12 {
            return Err(Error::config("base", format!("must be at most 1e12, got {:e}", self.base)));
        }
        self.load.check()?;
        for fault in &self.faults {
            fault.kind.check()?;
            not_negative("faults.start_seconds", fault.start_seconds)?;
            not_negative("faults.duration_seconds", fault.duration_seconds)?;
        }
        self.engine_config(&EngineConfig::default()).check()
    }

    /// The settings of an engine with what the scenario knows filled in: times, bounds and the service rate.
    pub fn engine_config(&self, settings: &EngineConfig) -> EngineConfig {
        EngineConfig {
            service_rate: self.service_rate,
            min_replicas: self.min_replicas,
            max_replicas: self.max_replicas,
            start_up_seconds: self.start_up_seconds,
            interval_seconds: self.interval_seconds,
            metric_window_seconds: self.metric_window_seconds,
            season_seconds: self.season_seconds,
            late_seconds: self.late_seconds,
            ..settings.clone()
        }
    }

    pub(super) fn interval_milliseconds(&self) -> i64 {
        ((self.interval_seconds * 1000.0).round() as i64).max(1)
    }

    /// The lead time: from asking for a replica to its being ready, and the interval to the next decision.
    pub(super) fn lead_seconds(&self) -> f64 {
        ((self.start_up_seconds / self.interval_seconds).ceil() + 1.0) * self.interval_seconds
    }

    /// When the last fault is no longer felt, in seconds; none without a fault.
    pub(super) fn calm_after(&self) -> Option<f64> {
        let end = |fault: &Fault| {
            fault.start_seconds + fault.duration_seconds + fault.kind.aftermath(self.start_up_seconds)
        };
        self.faults.iter().map(end).reduce(f64::max)
    }

    /// The faults that are on at a moment.
    pub(super) fn faults_at(&self, seconds: f64) -> impl Iterator<Item = &FaultKind> {
        let is_on = move |fault: &&Fault| {
            (fault.start_seconds..fault.start_seconds + fault.duration_seconds).contains(&seconds)
        };
        self.faults.iter().filter(is_on).map(|fault| &fault.kind)
    }

    /// Whether any fault is of such a kind.
    pub(super) fn has(&self, is: impl Fn(&FaultKind) -> bool) -> bool {
        self.faults.iter().any(|fault| is(&fault.kind))
    }
}

/// The scenario of a seed: a service of 2 to 200 replicas, one hostile load, and one to three faults.
pub fn scenario(seed: u64) -> Scenario {
    let mut random = Random::stream(seed, 0);
    let mut pick = |choices: &[f64]| {
        let place = random.below(choices.len() as u64) as usize;
        choices.get(place).copied().unwrap_or(1.0)
    };
    let interval_seconds = pick(&[5.0, 15.0, 30.0, 60.0]);
    let start_up_seconds = interval_seconds * pick(&[0.0, 1.0, 2.0, 4.0, 8.0, 20.0]);
    let metric_window_seconds = interval_seconds * pick(&[1.0, 4.0]);
    let late_seconds = interval_seconds * pick(&[0.0, 1.0, 4.0]);
    let service_rate = pick(&[1.0, 10.0, 50.0]);
    let base = service_rate * pick(&[2.0, 5.0, 20.0, 60.0, 200.0]);
    let min_replicas = pick(&[0.0, 1.0, 2.0]) as u32;
    let max_replicas = (pick(&[1.5, 4.0, 100.0]) * base / service_rate).ceil() as u32 + 2;
    let (period, factor) = (pick(&[0.5, 1.0, 2.0, 8.0]), pick(&[1.5, 3.0, 10.0]));
    let lead = start_up_seconds + interval_seconds;
    let load = match pick(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]) as u32 {
        0 => LoadShape::Cycle { amplitude: 0.9 },
        1 => LoadShape::Square { period_seconds: 2.0 * period * lead, factor },
        2 => LoadShape::Sawtooth { period_seconds: 4.0 * period * lead, factor },
        3 => LoadShape::OnOff { period_seconds: 4.0 * period * lead },
        4 => LoadShape::SpikeAfterScaleIn { factor, duration_seconds: period * lead },
        _ => LoadShape::FlashCrowds { every_seconds: 40.0 * interval_seconds, factor, decay_seconds: lead },
    };
    let scale = (interval_seconds, start_up_seconds);
    let faults = (0..1 + random.below(3)).map(|_| fault(&mut random, scale)).collect();
    Scenario {
        seed,
        intervals: INTERVALS,
        interval_seconds,
        service_rate,
        start_up_seconds,
        metric_window_seconds,
        late_seconds,
        season_seconds: (INTERVALS / 6) as f64 * interval_seconds,
        min_replicas,
        max_replicas,
        base,
        load,
        faults,
    }
}

fn fault(random: &mut Random, (interval, start_up): (f64, f64)) -> Fault {
    let start_seconds = (INTERVALS * 2 / 5 + random.below(INTERVALS as u64 / 10) as usize) as f64 * interval;
    let duration_seconds = (1 + random.below(INTERVALS as u64 / 10)) as f64 * interval;
    let every = 1 + random.below(20) as usize;
    let share = 0.1 + 0.9 * random.unit();
    let lag = (1 + random.below(20)) as f64 * interval;
    let tenfold = [10.0, 100.0, 1000.0].get(random.below(3) as usize).copied().unwrap_or(10.0);
    let kind = match random.below(14) {
        0 => FaultKind::LostMetrics {},
        1 => FaultKind::NanMetrics {},
        2 => FaultKind::StuckMetrics {},
        3 => FaultKind::DelayedMetrics { seconds: lag },
        4 => FaultKind::Spikes { factor: tenfold, every: 4 * every },
        5 => FaultKind::RepeatedSamples {},
        6 => FaultKind::ShuffledSamples {},
        7 => FaultKind::FutureStamps { seconds: lag * tenfold * tenfold, every },
        8 => FaultKind::WrongClock { seconds: if random.below(2) == 0 { lag } else { -lag } },
        9 => FaultKind::SlowStarts { factor: 1.0 + 4.0 * share },
        10 => FaultKind::FailingStarts { share },
        11 => FaultKind::Crashes { share },
        12 => FaultKind::LyingFleet { factor: if random.below(2) == 0 { share } else { 1.0 + 2.0 * share } },
        _ => FaultKind::StaleFleet {},
    };
    // Slow starts, and starts that never end, hold a fleet up for several start-ups.
    let longest = (INTERVALS / 5) as f64 * interval - 5.0 * start_up.min(interval * 16.0);
    Fault { kind, start_seconds, duration_seconds: duration_seconds.min(longest) }
}
