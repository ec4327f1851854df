//! Long short-term memory for the sequence, gradient boosting for calendar, events and features.
//!
//! Both learn what the linear model leaves: the network is good at what the load's own past says, the trees at the jumps that
//! events and features make at some hours and not at others. They are added with weights that held-out values say: stacking,
//! Breiman 1996, "Stacked Regressions", Machine Learning 24, with weights that are never negative; more trees learn
//! what the sum leaves.

use super::design::{Design, Outline};
use super::gradient_boosting::{TreeSettings, Trees};
use super::lesson::{Correction, Corrector, Lesson, Sequence, Settings, Watch, check_size};
use super::neural::course::Course;
use super::neural::lstm_cell::{LstmCell, MOST_CELLS};
use super::neural::network::Network;
use super::{forecaster, model::Learned, outline};
use crate::error::Result;
use crate::load::CalendarConfig;
use crate::snapshot::Kind;
use serde::{Deserialize, Serialize};

/// A residual that is larger counts as this much when the weights are found.
const LARGEST: f64 = 5.0;

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
    /// Most steps of the network's optimiser, 0 to 100,000; held-out values say when fewer are better. Default 1,000.
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
            steps: 1000,
            trees: 200,
            leaves: 16,
            seed: 0,
        }
    }
}

impl Settings for HybridConfig {
    outline!();

    fn check(&self) -> Result<()> {
        check_size("hidden", self.hidden, 1, MOST_CELLS)?;
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

/// The network, the trees, the weight of the trees (the network's share is its weight), and trees on what both leave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct NetworkAndTrees {
    network: Network<LstmCell>,
    trees: Trees,
    weight: f64,
    rest: Trees,
}

/// Weights in [0, 1] of two predictors, by least squares: pairs of what they say, and what came.
fn weights(examples: impl Iterator<Item = ([f64; 2], f64)>) -> [f64; 2] {
    let (mut aa, mut ab, mut bb, mut ay, mut by) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for ([a, b], y) in examples {
        aa += a * a;
        ab += a * b;
        bb += b * b;
        ay += a * y;
        by += b * y;
    }
    let alone =
        |product: f64, square: f64| if square > 0.0 { (product / square).clamp(0.0, 1.0) } else { 0.0 };
    let determinant = aa * bb - ab * ab;
    if determinant > 1e-9 * aa * bb {
        let both = [(ay * bb - by * ab) / determinant, (by * aa - ay * ab) / determinant];
        if both.iter().all(|weight| *weight >= 0.0) {
            return both.map(|weight| weight.min(1.0));
        }
    }
    // One of them has nothing to add: the other stands alone, the one that explains more.
    if ay.max(0.0) * ay * bb >= by.max(0.0) * by * aa { [alone(ay, aa), 0.0] } else { [0.0, alone(by, bb)] }
}

impl Corrector for NetworkAndTrees {
    type Settings = HybridConfig;

    fn fit(settings: &HybridConfig, lesson: &Lesson<'_>, watch: &mut Watch<'_>) -> Result<Self> {
        let cell = LstmCell { inputs: lesson.sequence.columns(), hidden: settings.hidden };
        let network = Network::fit(cell, settings.course(), lesson, &mut watch.part(0.0, 0.6))?;
        let (paces, targets) = (settings.tree_settings(), lesson.residuals);
        let trees = Trees::fit_mean_to(&paces, lesson, targets, &mut watch.part(0.6, 0.8))?;
        let mut both = NetworkAndTrees { network, rest: trees.clone(), trees, weight: 1.0 };
        let kept = both.network.share;
        both.network.share = if kept > 0.0 { 1.0 } else { 0.0 };
        let shifts = both.network.corrections(lesson, lesson.learn);
        let held_out = lesson.rows.iter().zip(lesson.residuals).skip(lesson.learn).zip(shifts);
        let examples = held_out.map(|((row, residual), network)| {
            ([network.shift, both.trees.of_row(row).shift], residual.clamp(-LARGEST, LARGEST))
        });
        let [of_network, of_trees] = weights(examples);
        (both.network.share, both.weight) = (of_network, of_trees);
        both.rest = Trees::fit_to(&paces, lesson, &both.left(lesson), &mut watch.part(0.8, 1.0))?;
        Ok(both)
    }

    fn settle(&mut self, settings: &HybridConfig, lesson: &Lesson<'_>, watch: &mut Watch<'_>) -> Result<()> {
        let paces = settings.tree_settings();
        self.network.settle(settings.course(), lesson, &mut watch.part(0.0, 0.6))?;
        self.trees.settle_on(&paces, lesson, lesson.residuals, &mut watch.part(0.6, 0.8))?;
        let left = self.left(lesson);
        self.rest.settle_on(&paces, lesson, &left, &mut watch.part(0.8, 1.0))
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
        self.network.is_whole(design, sequence)
            && [&self.trees, &self.rest].iter().all(|trees| trees.fits(design.columns()))
            && (0.0..=1.0).contains(&self.weight)
    }

    fn describe(&self, names: &[String]) -> serde_json::Value {
        serde_json::json!({ "network": self.network.describe(), "trees": self.trees.describe(names) })
    }
}

impl NetworkAndTrees {
    /// What network and trees leave of each sample.
    fn left(&self, lesson: &Lesson<'_>) -> Vec<f64> {
        let shifts = self.network.corrections(lesson, 0);
        let samples = lesson.rows.iter().zip(lesson.residuals).zip(shifts);
        samples.map(|((row, residual), network)| residual - self.main(network, row)).collect()
    }

    fn main(&self, network: Correction, row: &[f64]) -> f64 {
        network.shift + self.weight * self.trees.of_row(row).shift
    }

    fn sum(&self, network: Correction, row: &[f64]) -> Correction {
        let rest = self.rest.of_row(row);
        Correction { shift: self.main(network, row) + rest.shift, ..rest }
    }
}

/// Long short-term memory for the sequence, gradient boosting for calendar, events and features.
#[derive(Debug, Clone)]
pub struct Hybrid(Learned<NetworkAndTrees>);

impl Hybrid {
    /// A model with these settings, which has learned nothing yet.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) for a setting outside of its range.
    pub fn new(config: HybridConfig) -> Result<Self> {
        Learned::new(config).map(Hybrid)
    }

    /// The settings.
    pub fn config(&self) -> &HybridConfig {
        self.0.settings()
    }

    /// Reads a snapshot of the model.
    ///
    /// # Errors
    /// [`Error::Snapshot`](crate::Error::Snapshot) for bytes that are not a whole, undamaged snapshot of this model.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        Learned::restore(Kind::Hybrid, bytes).map(Hybrid)
    }
}

forecaster!(Hybrid);
