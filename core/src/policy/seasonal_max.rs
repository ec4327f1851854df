//! The cheapest predictive law in production: the peak of the coming half hour as it was one week ago, as a second
//! metric of a horizontal pod autoscaler, which takes the larger of the two proposals.
//!
//! In Prometheus' language: `max_over_time(load[30m] offset 6d23h30m)`. Before one season has passed it is the plain [`Hpa`].

use super::hpa::{Hpa, HpaConfig, Metric};
use super::reason::Reason;
use super::situation::{Damping, Policy, Proposal, Situation};
use crate::error::{Error, Result, positive};
use serde::{Deserialize, Serialize};

/// Settings of [`SeasonalMax`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeasonalMaxConfig {
    /// The autoscaler that the peak is a second metric of.
    pub hpa: HpaConfig,
    /// Length of the season in seconds; one week.
    pub season_seconds: f64,
    /// How far ahead the peak is looked for, in seconds; half an hour.
    pub window_seconds: f64,
}

impl Default for SeasonalMaxConfig {
    fn default() -> Self {
        SeasonalMaxConfig { hpa: HpaConfig::default(), season_seconds: 604_800.0, window_seconds: 1_800.0 }
    }
}

impl SeasonalMaxConfig {
    pub(super) fn check(&self) -> Result<()> {
        Hpa::new(self.hpa.clone())?;
        let season = positive("policy.seasonal_max.season_seconds", self.season_seconds)?;
        if positive("policy.seasonal_max.window_seconds", self.window_seconds)? > season {
            return Err(Error::config("policy.seasonal_max.window_seconds", "must not exceed the season"));
        }
        Ok(())
    }
}

/// A horizontal pod autoscaler that also sees last season's peak.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeasonalMax {
    hpa: Hpa,
    interval: i64,
    window: usize,
    season: Vec<f64>,
    newest: Option<i64>,
}

impl SeasonalMax {
    /// The law, fed once per `interval_seconds`.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting that is out of range.
    pub fn new(config: SeasonalMaxConfig, interval_seconds: f64) -> Result<Self> {
        config.check()?;
        let intervals = |name: &str, seconds: f64| -> Result<usize> {
            let count = seconds / positive("interval_seconds", interval_seconds)?;
            if !(1.0..=1e7).contains(&count) {
                return Err(Error::config(
                    name,
                    format!("must be 1 to 10^7 intervals, {seconds} s are {count}"),
                ));
            }
            Ok(count.ceil() as usize)
        };
        let slots = intervals("policy.seasonal_max.season_seconds", config.season_seconds)?;
        let window = intervals("policy.seasonal_max.window_seconds", config.window_seconds)?;
        Ok(SeasonalMax {
            hpa: Hpa::new(config.hpa)?,
            interval: crate::load::whole_milliseconds(interval_seconds)?,
            window,
            season: vec![f64::NAN; slots],
            newest: None,
        })
    }

    /// Largest load in the window that follows this moment one season ago; NaN before a season has passed.
    fn peak(&self) -> f64 {
        let Some(newest) = self.newest else { return f64::NAN };
        let next = self.slot(newest.saturating_add(1));
        let (wrapped, straight) = self.season.split_at(next.min(self.season.len()));
        straight.iter().chain(wrapped).take(self.window).copied().fold(f64::NAN, f64::max)
    }

    fn slot(&self, step: i64) -> usize {
        usize::try_from(step.rem_euclid(self.season.len().max(1) as i64)).unwrap_or(0)
    }

    pub(super) fn is_whole(&self) -> bool {
        self.interval > 0
            && !self.season.is_empty()
            && self.window <= self.season.len()
            && self.hpa.is_whole()
    }
}

impl Policy for SeasonalMax {
    fn name(&self) -> &str {
        "seasonal_max"
    }

    fn damping(&self) -> Damping {
        Damping::Own
    }

    fn observe(&mut self, time: i64, load: f64) -> Result<()> {
        let step = time.div_euclid(self.interval);
        let oldest = step.saturating_sub(self.season.len() as i64);
        let first = self.newest.map_or(step, |newest| newest.saturating_add(1)).max(oldest.saturating_add(1));
        for missed in first..=step {
            let value = if missed == step { load } else { f64::NAN };
            let slot = self.slot(missed);
            if let Some(place) = self.season.get_mut(slot) {
                *place = value;
            }
        }
        self.newest = Some(self.newest.map_or(step, |newest| newest.max(step)));
        Ok(())
    }

    fn propose(&mut self, situation: &Situation) -> Result<Proposal> {
        let peak = self.peak();
        let target = self.hpa.target_utilization() * situation.service_rate;
        let observed = Hpa::observed(situation, target);
        let season = (!peak.is_nan()).then_some(Metric::AverageValue {
            sum: peak,
            target,
            replicas: situation.fleet.requested,
        });
        let proposal = match season {
            Some(season) => self.hpa.recommend(situation, &[observed, Some(season)]),
            None => self.hpa.recommend(situation, &[observed]),
        };
        let season_asks =
            season.and_then(|season| season.proposal(situation.fleet.requested, &self.hpa.tolerance()));
        match season_asks {
            Some(replicas) if replicas >= proposal.replicas => {
                Ok(Proposal { reason: Reason::SeasonPeak { load: peak, replicas }, ..proposal })
            }
            _ => Ok(proposal),
        }
    }

    fn applied(&mut self, now: i64, before: u32, after: u32) -> Result<()> {
        self.hpa.applied(now, before, after)
    }
}
