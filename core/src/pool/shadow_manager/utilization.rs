//! Forecasts of a primary's utilization, window by window: learned online, or handed in by the host, and calibrated by what came.
//!
//! Utilization is what the active and its shadows use together, as a share of the primary's own allocation; it may exceed 1. The quantile
//! that resources are sized for is `mean + z·deviation`, where z is learned from the standardized errors of the forecasts that were used
//! (adaptive conformal inference, see [`AdaptiveQuantile`]), so that it holds as often as it says whatever the law of the errors.

use super::regression::Regression;
use super::resource_model::{Law, ResourceModel, Said, scaled};
use crate::error::{Error, Result};
use crate::forecast::{AdaptiveQuantile, normal_quantile};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// How fast z follows misses, the errors from which on it is learned, and the largest.
const ADAPTATION: f64 = 0.01;
const ENOUGH: usize = 100;
const LARGEST_Z: f64 = 8.0;
/// Errors are put in units of no less than this.
const LEAST_DEVIATION: f64 = 1e-6;

/// What the host expects of one primary, in place of the manager's own forecast, for as long as it reaches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UtilizationForecast {
    /// The primary's name.
    pub primary: String,
    /// Unix milliseconds within the first window.
    pub start: i64,
    /// For each window the utilization of each resource, as a share of the primary's allocation; at least 0.
    pub mean: Vec<Vec<f64>>,
    /// The standard deviations; at least 0.
    pub deviation: Vec<Vec<f64>>,
}

impl UtilizationForecast {
    pub(super) fn check(&self, resources: usize, most_windows: usize) -> Result<()> {
        if self.mean.len() != self.deviation.len() || !(1..=most_windows).contains(&self.mean.len()) {
            let (mean, deviation) = (self.mean.len(), self.deviation.len());
            let problem = format!("has {deviation} windows, mean {mean}; both must have 1 to {most_windows}");
            return Err(Error::data("deviation", problem));
        }
        for (name, table) in [("mean", &self.mean), ("deviation", &self.deviation)] {
            for row in table {
                if row.len() != resources {
                    let problem = format!("a window has {} values for {resources} resources", row.len());
                    return Err(Error::data(name, problem));
                }
                if let Some(bad) = row.iter().find(|value| !(0.0..=1e9).contains(*value)) {
                    return Err(Error::data(name, format!("must be 0 to 1e9, got {bad}")));
                }
            }
        }
        Ok(())
    }
}

/// A window's forecast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UtilizationWindow {
    /// Unix milliseconds at which the window begins.
    pub time: i64,
    /// Utilization expected of each resource, as a share of the primary's allocation.
    pub mean: Vec<f64>,
    /// The standard deviation of each.
    pub deviation: Vec<f64>,
    /// What each stays below with the probability that the cost ratio implies.
    pub upper: Vec<f64>,
}

/// The forecaster of one primary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Utilization {
    horizons: usize,
    lead: i64,
    regression: Regression,
    resources: Vec<ResourceModel>,
    /// For each resource the quantile of standardized errors at the lead time.
    errors: Vec<AdaptiveQuantile>,
    level: f64,
    /// The last window that is over.
    last: Option<i64>,
    /// The window that runs: sums and counts of its samples.
    running: i64,
    sums: Vec<f64>,
    counts: Vec<u32>,
    /// The last sample.
    pub(super) latest: Vec<f64>,
    /// What was said after the last windows, of those that followed.
    said: VecDeque<(i64, Vec<Vec<Said>>)>,
    /// The host's forecast: its first window, means and deviations.
    host: Option<(i64, Vec<Vec<Law>>)>,
}

impl Utilization {
    /// `columns` features of the calendar; `day` windows a day; `horizons` windows ahead; sized at `level`, `lead` windows ahead.
    pub(super) fn new(
        columns: usize,
        resources: usize,
        day: i64,
        horizons: usize,
        lead: i64,
        level: f64,
    ) -> Result<Self> {
        Ok(Utilization {
            horizons,
            lead: lead.min(horizons as i64),
            regression: Regression::new(columns, resources),
            resources: vec![ResourceModel::new(day, horizons); resources],
            errors: vec![AdaptiveQuantile::new(level, ADAPTATION)?; resources],
            level,
            last: None,
            running: i64::MIN,
            sums: vec![0.0; resources],
            counts: vec![0; resources],
            latest: vec![f64::NAN; resources],
            said: VecDeque::new(),
            host: None,
        })
    }

    pub(super) fn set_host(&mut self, first: i64, forecast: &UtilizationForecast) {
        let law = |(mean, deviation): (&f64, &f64)| Law { mean: *mean, deviation: *deviation };
        let rows = forecast.mean.iter().zip(&forecast.deviation);
        self.host = Some((
            first,
            rows.map(|(mean, deviation)| mean.iter().zip(deviation).map(law).collect()).collect(),
        ));
    }

    /// Adds a sample to the window that runs; the ones before must be closed.
    pub(super) fn add(&mut self, values: &[f64]) {
        for (value, ((sum, count), latest)) in
            values.iter().zip(self.sums.iter_mut().zip(&mut self.counts).zip(&mut self.latest))
        {
            if !value.is_nan() {
                *sum += value;
                *count = count.saturating_add(1);
                *latest = *value;
            }
        }
    }

    /// Ends the windows before `step`: learns from the one that ran, and says which it was and what came; `features` are those of any window.
    pub(super) fn close(
        &mut self,
        step: i64,
        features: &mut dyn FnMut(i64) -> Result<Vec<f64>>,
    ) -> Result<Option<(i64, Vec<f64>)>> {
        if step <= self.running {
            return Ok(None);
        }
        let ended = std::mem::replace(&mut self.running, step);
        if self.counts.iter().all(|count| *count == 0) {
            return Ok(None);
        }
        let mean = |(sum, count): (&f64, &u32)| if *count > 0 { sum / f64::from(*count) } else { f64::NAN };
        let came: Vec<f64> = self.sums.iter().zip(&self.counts).map(mean).collect();
        self.sums.iter_mut().for_each(|sum| *sum = 0.0);
        self.counts.iter_mut().for_each(|count| *count = 0);
        self.judge(ended, &came)?;
        let row = features(ended)?;
        for (r, (model, value)) in self.resources.iter_mut().zip(&came).enumerate() {
            if let Some(last) = self.last {
                model.skip(last, ended);
            }
            model.take(ended, *value, self.regression.at(r, &row));
        }
        self.regression.learn(&row, &came);
        self.last = Some(ended);
        let said: Result<Vec<Vec<Said>>> = (1..=self.horizons as i64)
            .map(|ahead| features(ended + ahead).map(|row| self.say(ended + ahead, ahead, &row)))
            .collect();
        self.said.push_back((ended, said?));
        if self.said.len() > self.horizons {
            self.said.pop_front();
        }
        Ok(Some((ended, came)))
    }

    /// What is expected of window `step`: a law for each resource; none before each has been seen.
    pub(super) fn expect(&self, step: i64, features: &[f64]) -> Option<Vec<Law>> {
        let ahead = step.saturating_sub(self.last?).max(1);
        let said = self.say(step, ahead, features);
        (said.len() == self.resources.len()).then(|| said.into_iter().map(|said| said.used).collect())
    }

    /// What one resource stays below with the probability `level`.
    pub(super) fn upper(&self, resource: usize, law: Law) -> f64 {
        let learned = self.errors.get(resource).filter(|errors| errors.len() >= ENOUGH);
        let z = learned.map_or(f64::NAN, AdaptiveQuantile::value);
        let z = if z.is_nan() { normal_quantile(self.level).unwrap_or(0.0) } else { z };
        (law.mean + z.clamp(-LARGEST_Z, LARGEST_Z) * law.deviation).max(0.0)
    }

    /// The probability that one resource exceeds a limit: by the errors that there were, as soon as there are enough, else by the normal law.
    pub(super) fn exceeds(&self, resource: usize, law: Law, limit: f64) -> f64 {
        match self.errors.get(resource).filter(|errors| errors.len() >= ENOUGH) {
            Some(errors) => errors.share_above((limit - law.mean) / law.deviation.max(LEAST_DEVIATION)),
            None => law.exceeds(limit),
        }
    }

    fn say(&self, step: i64, ahead: i64, features: &[f64]) -> Vec<Said> {
        let host = self
            .host
            .as_ref()
            .and_then(|(first, rows)| rows.get(usize::try_from(step.checked_sub(*first)?).ok()?));
        let of = |(r, model): (usize, &ResourceModel)| {
            let mut said = model.say(step, ahead, self.regression.at(r, features))?;
            said.used = host.and_then(|row| row.get(r)).copied().unwrap_or(said.used);
            Some(said)
        };
        self.resources.iter().enumerate().filter_map(of).collect()
    }

    /// Holds what was said of window `step` against what came.
    fn judge(&mut self, step: i64, came: &[f64]) -> Result<()> {
        for (from, rows) in &self.said {
            let ahead = step.saturating_sub(*from);
            let Some(row) = usize::try_from(ahead.saturating_sub(1)).ok().and_then(|place| rows.get(place))
            else {
                continue;
            };
            if row.len() != came.len() {
                continue;
            }
            for ((model, errors), (said, came)) in
                self.resources.iter_mut().zip(&mut self.errors).zip(row.iter().zip(came))
            {
                model.judge(ahead, said, *came);
                if ahead == self.lead && !came.is_nan() {
                    let law = said.used;
                    errors
                        .update(((came - law.mean) / law.deviation.max(LEAST_DEVIATION)).clamp(-1e6, 1e6))?;
                }
            }
        }
        Ok(())
    }

    /// Puts what was learned of a resource in units of another allocation: its utilization is `ratio` times what it was.
    pub(super) fn rescale(&mut self, resource: usize, ratio: f64) {
        self.regression.rescale(resource, ratio);
        self.resources.get_mut(resource).into_iter().for_each(|model| model.rescale(ratio));
        for values in [&mut self.sums, &mut self.latest] {
            values.get_mut(resource).into_iter().for_each(|value| *value = scaled(*value, ratio));
        }
        let said = self.said.iter_mut().flat_map(|(_, rows)| rows).filter_map(|row| row.get_mut(resource));
        said.for_each(|said| said.rescale(ratio));
        let host = self.host.iter_mut().flat_map(|(_, rows)| rows).filter_map(|row| row.get_mut(resource));
        host.for_each(|law| law.rescale(ratio));
    }

    pub(super) fn is_whole(
        &self,
        columns: usize,
        resources: usize,
        day: i64,
        horizons: usize,
        lead: i64,
    ) -> bool {
        let lengths =
            [self.resources.len(), self.errors.len(), self.sums.len(), self.counts.len(), self.latest.len()];
        let laws = |(_, rows): &(i64, Vec<Vec<Law>>)| rows.iter().flatten().all(Law::is_whole);
        let said = |(_, rows): &(i64, Vec<Vec<Said>>)| {
            rows.len() <= horizons && rows.iter().flatten().all(Said::is_whole)
        };
        lengths.into_iter().all(|length| length == resources)
            && self.horizons == horizons
            && self.lead == lead.min(horizons as i64)
            && self.level > 0.0
            && self.level < 1.0
            && self.regression.is_whole(columns, resources)
            && self.resources.iter().all(|model| model.is_whole(day, horizons))
            && self.errors.iter().all(|errors| errors.check().is_ok())
            && self.sums.iter().all(|sum| sum.is_finite())
            && self.latest.iter().all(|latest| !latest.is_infinite())
            && self.said.len() <= horizons
            && self.said.iter().all(said)
            && self.host.iter().all(laws)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever window state that was read from bytes says it is of, it is held against none that it cannot be held against.
    #[test]
    fn what_was_said_in_any_window_is_no_trouble() {
        let mut model = Utilization::new(1, 1, 10, 2, 1, 0.9).unwrap();
        for window in [i64::MIN, -1, i64::MAX] {
            model.said.push_back((window, Vec::new()));
        }
        for step in [i64::MIN, 0, i64::MAX] {
            model.judge(step, &[0.5]).unwrap();
        }
    }
}
