//! Gradient boosting: a linear model on lags, seasons, calendar and features, corrected by boosted trees on the same.
//!
//! Friedman 2001; Ke et al. 2017; see `gradient_boosting` for the trees and `model` for the body around them.

use super::design::{Design, Outline};
use super::gradient_boosting::{TreeSettings, Trees};
use super::lesson::{Correction, Corrector, Lesson, Sequence, Settings, Watch};
use super::{forecaster, model::Learned, outline};
use crate::error::Result;
use crate::load::CalendarConfig;
use crate::snapshot::Kind;
use serde::{Deserialize, Serialize};

/// Settings of [`GradientBoosting`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GradientBoostingConfig {
    /// Steps ahead that are learned, 1 to 4,096; forecasts may go further, by the relations of the farthest. Default 64.
    pub horizon: usize,
    /// Seasons in steps, at most 4, each 2 to 1,000,000; those that the series does not hold twice are passed over. Default:
    /// the day and the week.
    pub periods: Option<Vec<usize>>,
    /// Time zone, holidays and events.
    pub calendar: CalendarConfig,
    /// Most trees, 0 to 10,000; held-out values say when fewer are better. Default 200.
    pub trees: usize,
    /// Most leaves of a tree, 2 to 256. Default 16.
    pub leaves: usize,
    /// Fewest examples in a leaf, at least 1. Default 30.
    pub rows_in_leaf: usize,
    /// Share of each tree's correction that is taken, in (0, 1). Default 0.1.
    pub learning_rate: f64,
    /// Seed of the draw of examples. Default 0.
    pub seed: u64,
}

impl Default for GradientBoostingConfig {
    fn default() -> Self {
        GradientBoostingConfig {
            horizon: 64,
            periods: None,
            calendar: CalendarConfig::default(),
            trees: 200,
            leaves: 16,
            rows_in_leaf: 30,
            learning_rate: 0.1,
            seed: 0,
        }
    }
}

impl Settings for GradientBoostingConfig {
    outline!();

    fn check(&self) -> Result<()> {
        self.tree_settings().check()
    }
}

impl GradientBoostingConfig {
    fn tree_settings(&self) -> TreeSettings {
        TreeSettings {
            trees: self.trees,
            leaves: self.leaves,
            rows_in_leaf: self.rows_in_leaf,
            learning_rate: self.learning_rate,
        }
    }
}

impl Corrector for Trees {
    type Settings = GradientBoostingConfig;

    fn fit(settings: &GradientBoostingConfig, lesson: &Lesson<'_>, watch: &mut Watch<'_>) -> Result<Self> {
        Trees::fit_to(&settings.tree_settings(), lesson, lesson.residuals, watch)
    }

    fn settle(
        &mut self,
        settings: &GradientBoostingConfig,
        lesson: &Lesson<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        self.settle_on(&settings.tree_settings(), lesson, lesson.residuals, watch)
    }

    fn corrections(&self, lesson: &Lesson<'_>) -> Vec<Correction> {
        lesson.rows.iter().map(|row| self.of_row(row)).collect()
    }

    fn beginning(&self) -> Sequence {
        Sequence::default()
    }

    fn read(&self, _sequence: &mut Sequence, _input: &[f64]) {}

    fn correct(&self, _hidden: &[f64], row: &[f64]) -> Correction {
        self.of_row(row)
    }

    fn is_whole(&self, design: &Design, _sequence: &Sequence) -> bool {
        self.fits(design.columns())
    }

    fn describe(&self, names: &[String]) -> serde_json::Value {
        self.splits(names)
    }
}

/// Boosted trees on lags, seasons, calendar and features.
#[derive(Debug, Clone)]
pub struct GradientBoosting(Learned<Trees>);

impl GradientBoosting {
    /// A model with these settings, which has learned nothing yet.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) for a setting outside of its range.
    pub fn new(config: GradientBoostingConfig) -> Result<Self> {
        Learned::new(config).map(GradientBoosting)
    }

    /// The settings.
    pub fn config(&self) -> &GradientBoostingConfig {
        self.0.settings()
    }

    /// Reads a snapshot of the model.
    ///
    /// # Errors
    /// [`Error::Snapshot`](crate::Error::Snapshot) for bytes that are not a whole, undamaged snapshot of this model.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        Learned::restore(Kind::GradientBoosting, bytes).map(GradientBoosting)
    }
}

forecaster!(GradientBoosting);
