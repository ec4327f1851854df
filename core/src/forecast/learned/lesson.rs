//! What a correction of the linear model learns from, and what it must be able to do.
//!
//! Samples are pairs of an origin and a number of steps ahead, drawn so that each band of horizons has its share. Those
//! whose targets lie in the last part of the series are held out: they say when to stop, and how wide intervals must be.

use super::design::{Design, Outline, Sample};
use crate::error::{Error, Result};
use crate::rows::Rows;
use serde::{Serialize, de::DeserializeOwned};

/// What there is to learn.
pub(super) struct Lesson<'a> {
    pub(super) design: &'a Design,
    /// The first `learn` are learned from, the others are held out; both in the order of their origins.
    pub(super) samples: &'a [Sample],
    pub(super) learn: usize,
    /// A row of all columns for each sample.
    pub(super) rows: Rows<'a>,
    /// What the linear model left, in units of its usual error.
    pub(super) residuals: &'a [f64],
    /// What a network reads, a row for each step of the series.
    pub(super) sequence: Rows<'a>,
    pub(super) seed: u64,
}

/// What is added to the linear model's forecast, and how wide the law around the sum is below and above; in units of the
/// linear model's usual error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Correction {
    pub(super) shift: f64,
    pub(super) below: f64,
    pub(super) above: f64,
}

/// Narrowest side of a law, in units of the linear model's usual error.
pub(super) const NARROWEST: f64 = 0.1;
/// The probabilities that `below` and `above` reach to.
pub(super) const TAIL: f64 = 0.1;

/// The settings of a model.
pub(super) trait Settings:
    std::fmt::Debug + Clone + Send + Sync + Serialize + DeserializeOwned
{
    fn outline(&self) -> Outline;
    /// Refuses a setting outside of its range, but for those of the outline.
    fn check(&self) -> Result<()>;
}

/// What learns to correct the linear model.
pub(super) trait Corrector:
    std::fmt::Debug + Clone + Send + Sync + Serialize + DeserializeOwned + 'static
{
    type Settings: Settings;

    /// Learns; the held-out samples say when to stop.
    ///
    /// # Errors
    /// [`Error::Stopped`] alone, here and below.
    fn fit(settings: &Self::Settings, lesson: &Lesson<'_>, watch: &mut Watch<'_>) -> Result<Self>;
    /// Learns from all samples, as long as [`Corrector::fit`] found right.
    fn settle(&mut self, settings: &Self::Settings, lesson: &Lesson<'_>, watch: &mut Watch<'_>)
    -> Result<()>;
    /// The corrections of all samples.
    fn corrections(&self, lesson: &Lesson<'_>) -> Vec<Correction>;
    /// The state of the sequence before the first step.
    fn beginning(&self) -> Sequence;
    /// Takes in the input of the next step.
    fn read(&self, sequence: &mut Sequence, input: &[f64]);
    /// The correction of a row, from the hidden vector of its origin.
    fn correct(&self, hidden: &[f64], row: &[f64]) -> Correction;
    /// Whether it may be used with rows and inputs of a design.
    fn is_whole(&self, design: &Design, sequence: &Sequence) -> bool;
    /// What was learned, for people.
    fn describe(&self, names: &[String]) -> serde_json::Value;
}

/// Where a network stands in the sequence it reads.
#[derive(Debug, Clone, Default, PartialEq, Serialize, serde::Deserialize)]
pub(super) struct Sequence {
    pub(super) state: Vec<f64>,
    pub(super) hidden: Vec<f64>,
}

/// Asks the caller, as the work goes on, whether it shall.
pub(super) struct Watch<'a> {
    progress: &'a mut dyn FnMut(f64) -> bool,
    /// What of the whole work is watched.
    from: f64,
    to: f64,
}

impl<'a> Watch<'a> {
    pub(super) fn new(progress: &'a mut dyn FnMut(f64) -> bool) -> Self {
        Watch { progress, from: 0.0, to: 1.0 }
    }

    /// The part of the work that lies between two shares of it.
    pub(super) fn part(&mut self, from: f64, to: f64) -> Watch<'_> {
        let at = |share: f64| self.from + share * (self.to - self.from);
        let (from, to) = (at(from), at(to));
        Watch { progress: &mut *self.progress, from, to }
    }

    /// A share of the watched work is done.
    pub(super) fn tell(&mut self, share: f64) -> Result<()> {
        let done = self.from + share * (self.to - self.from);
        if (self.progress)(done) { Ok(()) } else { Err(Error::Stopped { percent: (100.0 * done) as u8 }) }
    }
}

pub(super) fn check_size(field: &str, value: usize, low: usize, high: usize) -> Result<()> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Error::config(field, format!("must be {low} to {high}, got {value}")))
}
