//! Long short-term memory for the sequence, gradient boosting for calendar, events and features.
//!
//! The network reads values and seasons alone; the trees learn what it leaves, from all columns. So each part does what it is
//! good at: the network what the load's own past says, the trees the jumps that events and features make.

use super::design::{Design, Outline};
use super::gradient_boosting::{TreeSettings, Trees};
use super::lesson::{Correction, Corrector, Lesson, Sequence, Settings, check_size};
use super::neural::lstm_cell::LstmCell;
use super::neural::network::Network;
use super::neural::training::Course;
use super::{forecaster, model::Learned};
use crate::error::Result;
use crate::load::CalendarConfig;
use serde::{Deserialize, Serialize};

/// Settings of a [`Hybrid`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HybridConfig {
    /// Steps ahead that are learned, 1 to 4,096; forecasts may go further, by the relations of the farthest. Default 64.
    pub horizon: usize,
    /// Seasons in steps, at most 4, each 2 to 1,000,000; those that the series does not hold twice are passed over. Default:
    /// the day and the week.
    pub periods: Option<Vec<usize>>,
    /// Time zone, holidays and events.
    pub calendar: CalendarConfig,
    /// Cells of the network's layer, 1 to 256. Default 24.
    pub hidden: usize,
    /// Most steps of the network's optimiser, 0 to 100,000; held-out values say when fewer are better. Default 400.
    pub steps: usize,
    /// Most trees, 0 to 10,000; held-out values say when fewer are better. Default 200.
    pub trees: usize,
    /// Most leaves of a tree, 2 to 256. Default 16.
    pub leaves: usize,
    /// Seed of the weights and of the draw of examples. Default 0.
    pub seed: u64,
}

impl Default for HybridConfig {
    fn default() -> Self {
        HybridConfig {
            horizon: 64,
            periods: None,
            calendar: CalendarConfig::default(),
            hidden: 24,
            steps: 400,
            trees: 200,
            leaves: 16,
            seed: 0,
        }
    }
}

impl Settings for HybridConfig {
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
        self.course().check()?;
        self.tree_settings().check()
    }
}

impl HybridConfig {
    fn course(&self) -> Course {
        Course { steps: self.steps, learning_rate: 0.01 }
    }

    fn tree_settings(&self) -> TreeSettings {
        TreeSettings { trees: self.trees, leaves: self.leaves, rows_in_leaf: 30, learning_rate: 0.1 }
    }
}

/// The network and the trees that learned what it leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct NetworkAndTrees {
    network: Network<LstmCell>,
    trees: Trees,
}

/// What the network leaves of each sample.
fn left(network: &Network<LstmCell>, lesson: &Lesson<'_>) -> Vec<f64> {
    let shifts = network.corrections(lesson, 0);
    lesson.residuals.iter().zip(shifts).map(|(residual, correction)| residual - correction.shift).collect()
}

impl Corrector for NetworkAndTrees {
    type Settings = HybridConfig;

    fn fit(settings: &HybridConfig, lesson: &Lesson<'_>) -> Self {
        let cell = LstmCell { inputs: lesson.design.inputs(), hidden: settings.hidden };
        let network = Network::fit(cell, lesson.design.sequence_columns(), settings.course(), lesson);
        let trees = Trees::fit_to(&settings.tree_settings(), lesson, &left(&network, lesson));
        NetworkAndTrees { network, trees }
    }

    fn settle(&mut self, settings: &HybridConfig, lesson: &Lesson<'_>) {
        self.network.settle(settings.course(), lesson);
        let left = left(&self.network, lesson);
        self.trees.settle_on(&settings.tree_settings(), lesson, &left);
    }

    fn corrections(&self, lesson: &Lesson<'_>) -> Vec<Correction> {
        let shifts = self.network.corrections(lesson, 0);
        lesson.rows.iter().zip(shifts).map(|(row, network)| self.sum(network, row)).collect()
    }

    fn beginning(&self) -> Sequence {
        self.network.beginning()
    }

    fn read(&self, sequence: &mut Sequence, input: &[f64]) {
        self.network.read(sequence, input);
    }

    fn correct(&self, hidden: &[f64], row: &[f64]) -> Correction {
        self.sum(self.network.correct(hidden, row), row)
    }

    fn is_whole(&self, design: &Design, sequence: &Sequence) -> bool {
        self.network.is_whole(design, sequence) && self.trees.fits(design.columns())
    }

    fn describe(&self, names: &[String]) -> serde_json::Value {
        serde_json::json!({ "network": self.network.describe(), "trees": self.trees.describe(names) })
    }
}

impl NetworkAndTrees {
    fn sum(&self, network: Correction, row: &[f64]) -> Correction {
        let trees = self.trees.of_row(row);
        Correction { shift: network.shift + trees.shift, ..trees }
    }
}

/// Long short-term memory for the sequence, gradient boosting for calendar, events and features.
#[derive(Debug, Clone)]
pub struct Hybrid(Learned<NetworkAndTrees>);

forecaster!(Hybrid, HybridConfig);
