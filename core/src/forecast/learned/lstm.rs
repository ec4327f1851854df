//! Long short-term memory: a linear model corrected by a recurrent network that reads the sequence.
//!
//! Hochreiter & Schmidhuber 1997; Gers et al. 2000; see `neural` for the network and `model` for the body around it.

use super::design::Outline;
use super::lesson::{Settings, check_size};
use super::neural::course::Course;
use super::neural::lstm_cell::{LstmCell, MOST_CELLS};
use super::neural::network::{Architecture, Network};
use super::{forecaster, model::Learned, outline};
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
    outline!();

    fn check(&self) -> Result<()> {
        check_size("hidden", self.hidden, 1, MOST_CELLS)?;
        self.course().check()
    }
}

impl LstmConfig {
    fn course(&self) -> Course {
        Course { steps: self.steps, learning_rate: self.learning_rate }
    }
}

impl Architecture for LstmCell {
    type Settings = LstmConfig;

    fn of(settings: &LstmConfig, inputs: usize) -> Self {
        LstmCell { inputs, hidden: settings.hidden }
    }

    fn course(settings: &LstmConfig) -> Course {
        settings.course()
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
