//! An isolation forest as bytes and back: the trees travel in pre-order and are checked like those of another program.

use super::average_path_length::Normalizer;
use super::isolation_forest::{Dimensions, Fitted, IsolationForest};
use super::isolation_forest_config::{IsolationForestConfig, check_sample_size};
use super::isolation_stream::State;
use super::isolation_tree::{Shape, Tree};
use super::planes::Planes;
use crate::error::{Error, Result};
use crate::snapshot::{self, Kind};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Saved {
    config: IsolationForestConfig,
    fitted: Option<SavedTrees>,
    stream: Option<State>,
}

#[derive(Serialize, Deserialize)]
struct SavedTrees {
    sample_size: u64,
    dimensions: Dimensions,
    threshold: f64,
    trees: Vec<(Vec<Shape>, Option<Planes>)>,
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
            threshold: fitted.threshold,
            trees: fitted.trees.iter().map(|tree| (tree.shapes(), tree.planes().cloned())).collect(),
        });
        let stream = self.stream.as_ref().map(|stream| stream.state().clone());
        snapshot::save(Kind::IsolationForest, &Saved { config: self.config.clone(), fitted, stream })
    }

    /// The forest that a snapshot was taken of: it gives the same scores, bit for bit, and learns the same from a stream.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are damaged, newer, or of another kind.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let saved: Saved = snapshot::load(Kind::IsolationForest, bytes)?;
        let read = || {
            let mut forest = IsolationForest::new(saved.config)?;
            if let Some(fitted) = saved.fitted {
                forest.fitted = Some(fitted.read(&forest.config)?);
            }
            if let Some(state) = saved.stream {
                forest.resume(state)?;
            }
            Ok(forest)
        };
        read().map_err(|error: Error| Error::Snapshot { problem: error.to_string() })
    }
}

impl SavedTrees {
    fn read(self, config: &IsolationForestConfig) -> Result<Fitted> {
        check_sample_size(self.sample_size)?;
        if self.trees.is_empty() || self.trees.len() > config.trees || !self.threshold.is_finite() {
            return Err(Error::data("trees", "are none, too many, or have a threshold that is not finite"));
        }
        let tree = |(shapes, planes): (Vec<Shape>, Option<Planes>)| {
            let features = match &planes {
                None => u64::from(u32::MAX),
                Some(planes) if planes.are_sound() => planes.len() as u64,
                Some(_) => 0,
            };
            let sound = shapes.iter().all(|shape| match *shape {
                Shape::Leaf { .. } => true,
                Shape::Cut { feature, threshold } => u64::from(feature) < features && threshold.is_finite(),
            });
            let points = shapes.iter().map(|shape| match *shape {
                Shape::Leaf { points } => u64::from(points),
                Shape::Cut { .. } => 0,
            });
            let points = points.fold(0, u64::saturating_add);
            let tree = Tree::from_shapes(&shapes, planes, config.normalizer);
            tree.filter(|_| sound && points <= self.sample_size)
                .ok_or_else(|| Error::data("trees", "has nodes that are not a tree"))
        };
        let trees: Vec<Tree> = self.trees.into_iter().map(tree).collect::<Result<_>>()?;
        let (Dimensions::Exactly(count) | Dimensions::AtLeast(count)) = self.dimensions;
        let columns = trees.iter().map(Tree::columns).max().unwrap_or(0) as u64;
        if count < columns || count > i32::MAX as u64 + 1 {
            return Err(Error::data("trees", format!("compare {columns} dimensions, of {count}")));
        }
        let path_length = Normalizer::path_length(config.normalizer, self.sample_size);
        let (dimensions, threshold) = (self.dimensions, self.threshold);
        Ok(Fitted { trees, sample_size: self.sample_size, dimensions, path_length, threshold })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::planes::Term;
    use crate::rows::Rows;

    #[test]
    fn a_snapshot_restores_every_bit() {
        let unfitted =
            IsolationForest::new(IsolationForestConfig { seed: u64::MAX, ..Default::default() }).unwrap();
        assert_eq!(IsolationForest::restore(&unfitted.snapshot().unwrap()).unwrap(), unfitted);
        for extension_level in [0, 1] {
            let config = IsolationForestConfig {
                trees: 7,
                extension_level,
                contamination: Some(0.1),
                ..Default::default()
            };
            let mut forest = IsolationForest::new(config).unwrap();
            let values: Vec<f64> = (0..300).map(|i| f64::from(i * i % 97)).collect();
            forest.fit(Rows::new("points", &values, 3).unwrap()).unwrap();
            let bytes = forest.snapshot().unwrap();
            let restored = IsolationForest::restore(&bytes).unwrap();
            assert_eq!(restored, forest);
            assert_eq!(restored.snapshot().unwrap(), bytes);
        }
    }

    #[test]
    fn a_snapshot_that_lies_is_an_error() {
        let save = |dimensions, shapes: &[Shape], planes: Option<Planes>, config| {
            let trees = vec![(shapes.to_vec(), planes)];
            let fitted = Some(SavedTrees { sample_size: 2, dimensions, threshold: 0.5, trees });
            let saved = Saved { config, fitted, stream: None };
            IsolationForest::restore(&snapshot::save(Kind::IsolationForest, &saved).unwrap())
        };
        let (leaf, cut) = (Shape::Leaf { points: 1 }, |threshold| Shape::Cut { feature: 5, threshold });
        let good = [cut(0.0), leaf, leaf];
        let plane = |column, weight| {
            let mut planes = Planes::new(2);
            planes.push(&[Term { column, weight, through: 0.0 }]);
            Some(planes)
        };
        let flat = [Shape::Cut { feature: 0, threshold: 0.0 }, leaf, leaf];
        let config = IsolationForestConfig::default();
        assert!(save(Dimensions::Exactly(6), &good, None, config.clone()).is_ok());
        assert!(save(Dimensions::AtLeast(6), &flat, plane(5, 1.0), config.clone()).is_ok());
        for result in [
            save(Dimensions::Exactly(5), &good, None, config.clone()),
            save(Dimensions::AtLeast(u64::MAX), &good, None, config.clone()),
            save(Dimensions::Exactly(6), &good[..2], None, config.clone()),
            save(Dimensions::Exactly(6), &[good[0], leaf, leaf, leaf], None, config.clone()),
            save(Dimensions::Exactly(6), &[], None, config.clone()),
            save(Dimensions::Exactly(6), &[cut(f64::NAN), leaf, leaf], None, config.clone()),
            save(Dimensions::Exactly(6), &[cut(0.0), leaf, Shape::Leaf { points: 2 }], None, config.clone()),
            save(Dimensions::Exactly(6), &good, plane(0, 1.0), config.clone()),
            save(Dimensions::Exactly(6), &flat, plane(6, 1.0), config.clone()),
            save(Dimensions::Exactly(6), &flat, plane(0, f64::NAN), config.clone()),
            save(Dimensions::Exactly(6), &good, None, IsolationForestConfig { threads: 0, ..config.clone() }),
        ] {
            assert!(matches!(result, Err(Error::Snapshot { .. })), "{result:?}");
        }
    }
}
