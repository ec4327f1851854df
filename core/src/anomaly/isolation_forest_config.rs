//! The settings of an isolation forest, their defaults (those of Liu, Ting, Zhou 2008) and their ranges.

use super::average_path_length::Normalizer;
use crate::chunks::check_threads;
use crate::error::{Error, Result};
use serde::{Deserialize, Deserializer, Serialize};

/// Most trees of a forest.
pub(super) const MAX_TREES: usize = 1 << 20;
/// Most nodes that the trees of a forest may need together: 2 GiB. A term of a plane counts as one.
pub(super) const MAX_NODES: usize = 1 << 27;
/// Most values that the window of a stream may hold: 1 GiB.
pub(super) const MAX_WINDOW: usize = 1 << 27;

/// Settings of an [`IsolationForest`](super::IsolationForest).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IsolationForestConfig {
    /// Count of trees, 1 to 2²⁰. Default 100.
    pub trees: usize,
    /// ψ, points that each tree is grown on, drawn without replacement; all of them when there are fewer. At least 2. Default 256.
    pub sample_size: usize,
    /// Share of the columns that each tree may cut, in (0, 1]: rounded down, but at least one column. Default 1.
    pub max_features: f64,
    /// Seed of the random draws: same data, settings and seed give the same forest. Default 0.
    pub seed: u64,
    /// Threads that `fit` and `score` start, 1 (none) to 1024; the results do not depend on it. Default 1.
    pub threads: usize,
    /// Depth at which a tree stops; by default that of a balanced tree, ⌈log2 ψ⌉. `sample_size` never binds.
    pub max_depth: Option<usize>,
    /// The share of outliers in the data, in (0, 0.5], that the threshold sets apart; none (the default, in other languages also
    /// `"auto"`) puts the threshold at 0.5, the score of the mean path.
    #[serde(deserialize_with = "share_or_auto")]
    pub contamination: Option<f64>,
    /// Columns that a cut uses beyond its first: 0 (the default) cuts along the axes, the count of columns less one at any slope.
    pub extension_level: usize,
    /// How c(n) is computed. Default harmonic, which is exact.
    pub normalizer: Normalizer,
    /// Points of a stream that new trees are drawn from: the latest. None (the default) stands for 8 ψ.
    pub window: Option<usize>,
}

/// Reads a number, null or `"auto"`.
fn share_or_auto<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<f64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "must be a number or \"auto\"")]
    enum Contamination {
        Share(Option<f64>),
        Word(Word),
    }
    #[derive(Deserialize)]
    enum Word {
        #[serde(rename = "auto")]
        Auto,
    }
    if !deserializer.is_human_readable() {
        return Option::deserialize(deserializer);
    }
    Ok(match Contamination::deserialize(deserializer)? {
        Contamination::Share(share) => share,
        Contamination::Word(Word::Auto) => None,
    })
}

impl Default for IsolationForestConfig {
    fn default() -> Self {
        IsolationForestConfig {
            trees: 100,
            sample_size: 256,
            max_features: 1.0,
            seed: 0,
            threads: 1,
            max_depth: None,
            contamination: None,
            extension_level: 0,
            normalizer: Normalizer::Harmonic,
            window: None,
        }
    }
}

impl IsolationForestConfig {
    pub(super) fn check(&self) -> Result<()> {
        if self.trees == 0 || self.trees > MAX_TREES {
            return Err(Error::config("trees", format!("must be 1 to {MAX_TREES}, got {}", self.trees)));
        }
        check_sample_size(self.sample_size as u64)?;
        if !(self.max_features > 0.0 && self.max_features <= 1.0) {
            return Err(Error::config(
                "max_features",
                format!("must lie in (0, 1], got {}", self.max_features),
            ));
        }
        check_threads(self.threads)?;
        if let Some(share) = self.contamination
            && !(share > 0.0 && share <= 0.5)
        {
            return Err(Error::config(
                "contamination",
                format!("must be \"auto\" or lie in (0, 0.5], got {share}"),
            ));
        }
        if let Some(window) = self.window
            && !(4..=MAX_WINDOW).contains(&window)
        {
            return Err(Error::config("window", format!("must be 4 to {MAX_WINDOW}, got {window}")));
        }
        Ok(())
    }
}

pub(super) fn check_sample_size(sample_size: u64) -> Result<()> {
    let most = u32::MAX;
    if (2..=u64::from(most)).contains(&sample_size) {
        Ok(())
    } else {
        Err(Error::config("sample_size", format!("must be 2 to {most}, got {sample_size}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_settings_are_the_defaults_and_unknown_ones_refused() {
        assert_eq!(
            serde_json::from_str::<IsolationForestConfig>("{}").unwrap(),
            IsolationForestConfig::default()
        );
        assert!(serde_json::from_str::<IsolationForestConfig>(r#"{"tree": 1}"#).is_err());
        let contamination =
            |text: &str| serde_json::from_str::<IsolationForestConfig>(text).map(|c| c.contamination);
        assert_eq!(contamination(r#"{"contamination": 0.1}"#).unwrap(), Some(0.1));
        assert_eq!(contamination(r#"{"contamination": "auto"}"#).unwrap(), None);
        assert_eq!(contamination(r#"{"contamination": null}"#).unwrap(), None);
        assert!(contamination(r#"{"contamination": "often"}"#).is_err());
    }

    #[test]
    fn bad_settings_are_refused_by_name() {
        let default = IsolationForestConfig::default();
        for (field, config) in [
            ("trees", IsolationForestConfig { trees: 0, ..default.clone() }),
            ("trees", IsolationForestConfig { trees: usize::MAX, ..default.clone() }),
            ("sample_size", IsolationForestConfig { sample_size: 1, ..default.clone() }),
            ("sample_size", IsolationForestConfig { sample_size: usize::MAX, ..default.clone() }),
            ("max_features", IsolationForestConfig { max_features: 0.0, ..default.clone() }),
            ("max_features", IsolationForestConfig { max_features: f64::NAN, ..default.clone() }),
            ("max_features", IsolationForestConfig { max_features: 1.5, ..default.clone() }),
            ("threads", IsolationForestConfig { threads: 0, ..default.clone() }),
            ("threads", IsolationForestConfig { threads: usize::MAX, ..default.clone() }),
            ("contamination", IsolationForestConfig { contamination: Some(0.0), ..default.clone() }),
            ("contamination", IsolationForestConfig { contamination: Some(0.6), ..default.clone() }),
            ("contamination", IsolationForestConfig { contamination: Some(f64::NAN), ..default.clone() }),
            ("window", IsolationForestConfig { window: Some(3), ..default.clone() }),
            ("window", IsolationForestConfig { window: Some(usize::MAX), ..default.clone() }),
        ] {
            let error = config.check().unwrap_err();
            assert!(
                matches!(&error, Error::Config { field: named, .. } if named == field),
                "{field}: {error}"
            );
        }
    }
}
