//! Long short-term memory: a linear model corrected by a recurrent network that reads the sequence.
//!
//! Hochreiter & Schmidhuber 1997; Gers et al. 2000; see `neural` for the network and `model` for the body around it.

use super::design::{Design, Outline};
use super::lesson::{Correction, Corrector, Lesson, Sequence, Settings, check_size};
use super::neural::lstm_cell::LstmCell;
use super::neural::network::Network;
use super::neural::training::Course;
use super::{forecaster, model::Learned};
use crate::error::Result;
use crate::load::CalendarConfig;
use crate::snapshot::Kind;
use serde::{Deserialize, Serialize};

/// Settings of an [`Lstm`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LstmConfig {
    /// Steps ahead that are learned, 1 to 4,096; forecasts may go further, by the relations of the farthest. Default 64.
    pub horizon: usize,
    /// Seasons in steps, at most 4, each 2 to 1,000,000; those that the series does not hold twice are passed over. Default:
    /// the day and the week.
    pub periods: Option<Vec<usize>>,
    /// Time zone, holidays and events.
    pub calendar: CalendarConfig,
    /// Cells of the layer, 1 to 256. Default 24.
    pub hidden: usize,
    /// Most steps of the optimiser, 0 to 100,000; held-out values say when fewer are better. Default 1,000.
    pub steps: usize,
    /// Length of a step, in (0, 1). Default 0.01.
    pub learning_rate: f64,
    /// Seed of the weights and of the draw of examples. Default 0.
    pub seed: u64,
}

impl Default for LstmConfig {
    fn default() -> Self {
        LstmConfig {
            horizon: 64,
            periods: None,
            calendar: CalendarConfig::default(),
            hidden: 24,
            steps: 1000,
            learning_rate: 0.01,
            seed: 0,
        }
    }
}

impl Settings for LstmConfig {
    fn outline(&self) -> Outline {
        Outline {
            horizon: self.horizon,
            periods: self.periods.clone(),
            calendar: self.calendar.clone(),
            seed: self.seed,
        }
    }

    fn check(&self) -> Result<()> {
        check_size("hidden", self.hidden, 1, 256)?;
        self.course().check()
    }
}

impl LstmConfig {
    fn course(&self) -> Course {
        Course { steps: self.steps, learning_rate: self.learning_rate }
    }
}

impl Corrector for Network<LstmCell> {
    type Settings = LstmConfig;

    fn fit(settings: &LstmConfig, lesson: &Lesson<'_>) -> Self {
        let cell = LstmCell { inputs: lesson.sequence.columns(), hidden: settings.hidden };
        Network::fit(cell, lesson.design.network_columns(), settings.course(), lesson)
    }

    fn settle(&mut self, settings: &LstmConfig, lesson: &Lesson<'_>) {
        Network::settle(self, settings.course(), lesson);
    }

    fn corrections(&self, lesson: &Lesson<'_>) -> Vec<Correction> {
        Network::corrections(self, lesson, 0)
    }

    fn beginning(&self) -> Sequence {
        Network::beginning(self)
    }

    fn read(&self, sequence: &mut Sequence, input: &[f64]) {
        Network::read(self, sequence, input);
    }

    fn correct(&self, hidden: &[f64], row: &[f64]) -> Correction {
        Network::correct(self, hidden, row)
    }

    fn is_whole(&self, design: &Design, sequence: &Sequence) -> bool {
        Network::is_whole(self, design, sequence)
    }

    fn describe(&self, _names: &[String]) -> serde_json::Value {
        Network::describe(self)
    }
}

/// Long short-term memory on the sequence, the calendar and the features.
#[derive(Debug, Clone)]
pub struct Lstm(Learned<Network<LstmCell>>);

impl Lstm {
    /// A model with these settings, which has learned nothing yet.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) for a setting outside of its range.
    pub fn new(config: LstmConfig) -> Result<Self> {
        Learned::new(config).map(Lstm)
    }

    /// The settings.
    pub fn config(&self) -> &LstmConfig {
        self.0.settings()
    }

    /// Reads a snapshot of the model.
    ///
    /// # Errors
    /// [`Error::Snapshot`](crate::Error::Snapshot) for bytes that are not a whole, undamaged snapshot of this model.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        Learned::restore(Kind::Lstm, bytes).map(Lstm)
    }
}

forecaster!(Lstm);
