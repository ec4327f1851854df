//! An isolation forest as bytes and back: the trees travel as data and are checked like those of another program.

use super::isolation_forest::{Dimensions, IsolationForest};
use super::isolation_forest_config::IsolationForestConfig;
use super::isolation_tree::{Tree, TreeNode};
use crate::error::{Error, Result};
use crate::snapshot::{self, Kind};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Saved {
    config: IsolationForestConfig,
    fitted: Option<SavedTrees>,
}

#[derive(Serialize, Deserialize)]
struct SavedTrees {
    sample_size: u64,
    dimensions: Dimensions,
    trees: Vec<Vec<TreeNode>>,
}

impl IsolationForest {
    /// The whole state as versioned, checksummed bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be written.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        let fitted = self.fitted.as_ref().map(|fitted| SavedTrees {
            sample_size: fitted.sample_size,
            dimensions: fitted.dimensions,
            trees: fitted.trees.iter().map(Tree::to_nodes).collect(),
        });
        snapshot::save(Kind::IsolationForest, &Saved { config: self.config.clone(), fitted })
    }

    /// The forest that a snapshot was taken of: it gives the same scores, bit for bit.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are damaged, newer, or of another kind.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let saved: Saved = snapshot::load(Kind::IsolationForest, bytes)?;
        let read = || {
            let mut forest = IsolationForest::new(saved.config)?;
            if let Some(SavedTrees { sample_size, dimensions, trees }) = saved.fitted {
                let mut fitted = IsolationForest::from_trees(&trees, sample_size)?.fitted;
                if let Some(fitted) = &mut fitted {
                    let (Dimensions::Exactly(count) | Dimensions::AtLeast(count)) = dimensions;
                    fitted.dimensions.check(usize::try_from(count).unwrap_or(usize::MAX))?;
                    fitted.dimensions = dimensions;
                }
                forest.fitted = fitted;
            }
            Ok(forest)
        };
        read().map_err(|error: Error| Error::Snapshot { problem: error.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Rows;

    #[test]
    fn a_snapshot_restores_every_bit() {
        let unfitted =
            IsolationForest::new(IsolationForestConfig { seed: u64::MAX, ..Default::default() }).unwrap();
        assert_eq!(IsolationForest::restore(&unfitted.snapshot().unwrap()).unwrap(), unfitted);
        let mut forest =
            IsolationForest::new(IsolationForestConfig { trees: 7, ..Default::default() }).unwrap();
        let values: Vec<f64> = (0..300).map(|i| f64::from(i * i % 97)).collect();
        forest.fit(Rows::new("points", &values, 3).unwrap()).unwrap();
        let bytes = forest.snapshot().unwrap();
        let restored = IsolationForest::restore(&bytes).unwrap();
        assert_eq!(restored, forest);
        assert_eq!(restored.snapshot().unwrap(), bytes);
    }

    #[test]
    fn a_snapshot_that_lies_is_an_error() {
        let leaf = TreeNode { feature: -1, threshold: 0.0, left: -1, right: -1, points: 1 };
        let inner = TreeNode { feature: 5, threshold: 0.0, left: 1, right: 2, points: 2 };
        let save = |dimensions, nodes: &[TreeNode], config| {
            let fitted = Some(SavedTrees { sample_size: 2, dimensions, trees: vec![nodes.to_vec()] });
            IsolationForest::restore(
                &snapshot::save(Kind::IsolationForest, &Saved { config, fitted }).unwrap(),
            )
        };
        let good = [inner, leaf, leaf];
        let config = IsolationForestConfig::default();
        assert!(save(Dimensions::Exactly(6), &good, config.clone()).is_ok());
        for result in [
            save(Dimensions::Exactly(5), &good, config.clone()),
            save(Dimensions::Exactly(6), &good[..2], config.clone()),
            save(Dimensions::Exactly(6), &[], config.clone()),
            save(Dimensions::Exactly(6), &good, IsolationForestConfig { threads: 0, ..config.clone() }),
        ] {
            assert!(matches!(result, Err(Error::Snapshot { .. })), "{result:?}");
        }
    }
}
