//! A temporal convolutional network: a linear model corrected by dilated causal convolutions over the sequence.
//!
//! Bai, Kolter & Koltun 2018; see `neural` for the network and `model` for the body around it.

use super::design::Outline;
use super::lesson::{Settings, check_size};
use super::neural::course::Course;
use super::neural::network::{Architecture, Network};
use super::neural::tcn_blocks::{LONGEST_KERNEL, MOST_BLOCKS, MOST_CHANNELS, TcnBlocks};
use super::{forecaster, model::Learned, outline};
use crate::error::Result;
use crate::load::CalendarConfig;
use crate::snapshot::Kind;
use serde::{Deserialize, Serialize};

/// Settings of a [`Tcn`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TcnConfig {
    /// Steps ahead that are learned, 1 to 4,096; forecasts may go further, by the relations of the farthest. Default 64.
    pub horizon: usize,
    /// Seasons in steps, at most 4, each 2 to 1,000,000; those that the series does not hold twice are passed over. Default:
    /// the day and the week.
    pub periods: Option<Vec<usize>>,
    /// Time zone, holidays and events.
    pub calendar: CalendarConfig,
    /// Channels of each convolution, 1 to 128. Default 16.
    pub channels: usize,
    /// Taps of each convolution, 2 to 8. Default 3.
    pub kernel: usize,
    /// Residual blocks, 1 to 8; block k has dilation 2ᵏ, so that the network sees 1 + 2·(kernel − 1)·(2^blocks − 1) steps back.
    /// Default 4: 61 steps.
    pub blocks: usize,
    /// Most steps of the optimiser, 0 to 100,000; held-out values say when fewer are better. Default 1,000.
    pub steps: usize,
    /// Length of a step, in (0, 1). Default 0.01.
    pub learning_rate: f64,
    /// Seed of the weights and of the draw of examples. Default 0.
    pub seed: u64,
}

impl Default for TcnConfig {
    fn default() -> Self {
        TcnConfig {
            horizon: 64,
            periods: None,
            calendar: CalendarConfig::default(),
            channels: 16,
            kernel: 3,
            blocks: 4,
            steps: 1000,
            learning_rate: 0.01,
            seed: 0,
        }
    }
}

impl Settings for TcnConfig {
    outline!();

    fn check(&self) -> Result<()> {
        check_size("channels", self.channels, 1, MOST_CHANNELS)?;
        check_size("kernel", self.kernel, 2, LONGEST_KERNEL)?;
        check_size("blocks", self.blocks, 1, MOST_BLOCKS)?;
        self.course().check()
    }
}

impl TcnConfig {
    fn course(&self) -> Course {
        Course { steps: self.steps, learning_rate: self.learning_rate }
    }
}

impl Architecture for TcnBlocks {
    type Settings = TcnConfig;

    fn of(settings: &TcnConfig, inputs: usize) -> Self {
        let TcnConfig { channels, kernel, blocks, .. } = *settings;
        TcnBlocks { inputs, channels, kernel, blocks }
    }

    fn course(settings: &TcnConfig) -> Course {
        settings.course()
    }
}

/// Dilated causal convolutions on the sequence, the calendar and the features.
#[derive(Debug, Clone)]
pub struct Tcn(Learned<Network<TcnBlocks>>);

impl Tcn {
    /// A model with these settings, which has learned nothing yet.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) for a setting outside of its range.
    pub fn new(config: TcnConfig) -> Result<Self> {
        Learned::new(config).map(Tcn)
    }

    /// The settings.
    pub fn config(&self) -> &TcnConfig {
        self.0.settings()
    }

    /// Reads a snapshot of the model.
    ///
    /// # Errors
    /// [`Error::Snapshot`](crate::Error::Snapshot) for bytes that are not a whole, undamaged snapshot of this model.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        Learned::restore(Kind::Tcn, bytes).map(Tcn)
    }
}

forecaster!(Tcn);
