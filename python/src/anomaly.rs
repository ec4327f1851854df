//! Is this normal? Isolation forest and the scores of rare points.

use crate::arrays::{FloatArray, Points, Table};
use crate::run::{Shared, exception, quick, run};
use engine::anomaly::{self, IsolationForestConfig, TreeNode};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// The mean path length of an isolation tree of `n` points: 2 H(n-1) - 2 (n-1)/n with exact harmonic numbers H,
/// 0 for `n` below 2.
#[pyfunction]
pub(crate) fn average_path_length(py: Python<'_>, n: u64) -> PyResult<f64> {
    quick(py, || Ok(anomaly::average_path_length(n)))
}

/// The answer to one point or to several.
#[derive(Debug, IntoPyObject)]
pub(crate) enum Score {
    One(f64),
    Each(FloatArray),
}

/// A number of a node: a count or a threshold.
#[derive(Debug, IntoPyObject)]
pub(crate) enum Field {
    Whole(i64),
    Count(u64),
    Real(f64),
}

/// Scores how easily a point is set apart from those that the forest was fitted on.
///
/// The score is 2^(-E[h]/c(n)): h is the length of a point's path through a tree, c the average path length. Near 1 is
/// an anomaly, 0.5 is ordinary. Each tree is grown on `sample_size` points, drawn without replacement, and may cut the
/// share `max_features` of the columns, down to the depth `max_depth`, by default that of a balanced tree. The results
/// depend on `seed`, but not on `threads`.
#[pyclass(frozen, module = "forescale.anomaly")]
#[derive(Debug)]
pub(crate) struct IsolationForest(Shared<anomaly::IsolationForest>);

#[pymethods]
impl IsolationForest {
    #[new]
    #[pyo3(signature = (trees=100, sample_size=256, max_features=1.0, seed=0, threads=1, max_depth=None))]
    fn new(
        py: Python<'_>,
        trees: usize,
        sample_size: usize,
        max_features: f64,
        seed: u64,
        threads: usize,
        max_depth: Option<usize>,
    ) -> PyResult<Self> {
        let config = IsolationForestConfig { trees, sample_size, max_features, seed, threads, max_depth };
        run(py, || anomaly::IsolationForest::new(config)).map(Self::from)
    }

    /// Grows the trees on points of shape (points, dimensions), in place of those there were; gives the forest itself.
    #[pyo3(signature = (X) -> "IsolationForest")]
    #[allow(non_snake_case, reason = "scikit-learn's name of it")]
    fn fit<'py>(slf: Bound<'py, Self>, X: Table<'py>) -> PyResult<Bound<'py, Self>> {
        let py = slf.py();
        let rows = quick(py, || X.rows("points"))?;
        slf.get().0.change(py, |forest| forest.fit(rows))?;
        Ok(slf)
    }

    /// The score of each point, between 0 and 1: the higher the rarer. One point alone gives one number.
    #[allow(non_snake_case, reason = "scikit-learn's name of it")]
    fn score(&self, py: Python<'_>, X: Points<'_>) -> PyResult<Score> {
        let rows = quick(py, || X.rows("points"))?;
        if X.single {
            self.0.read(py, |forest| forest.score_point(rows.values())).map(Score::One)
        } else {
            self.0.read(py, |forest| forest.score(rows)).map(|scores| Score::Each(FloatArray(scores)))
        }
    }

    /// A forest from trees as data, grown on samples of `sample_size` points.
    ///
    /// A tree is a sequence of nodes `[feature, threshold, left, right, points]`, the first of them its root. A point
    /// goes left when its `feature` is at most `threshold`; a feature of -1 marks a leaf where `points` of the sample
    /// ended. Points to score may have more columns than the trees compare.
    #[staticmethod]
    #[pyo3(signature = (trees: "list[list[list[float]]]", sample_size))]
    fn from_trees(py: Python<'_>, trees: &Bound<'_, PyAny>, sample_size: u64) -> PyResult<Self> {
        let trees = trees.try_iter()?.map(|tree| nodes(&tree?)).collect::<PyResult<Vec<_>>>()?;
        run(py, || anomaly::IsolationForest::from_trees(&trees, sample_size)).map(Self::from)
    }

    /// The forest of a fitted `sklearn.ensemble.IsolationForest`.
    ///
    /// Its scores are those of `-model.score_samples` but for two things: path lengths here are exact harmonic numbers,
    /// where scikit-learn has ln + gamma, and points are compared as they are, where scikit-learn rounds them to float32.
    #[staticmethod]
    fn from_sklearn(py: Python<'_>, model: &Bound<'_, PyAny>) -> PyResult<Self> {
        let what = "model";
        let fitted = |name: &str| {
            model.getattr(name).map_err(|_| {
                let problem = format!("has no {name}: fit it first");
                exception(py, &engine::Error::NotReady { what: what.into(), problem })
            })
        };
        let estimators = fitted("estimators_")?;
        let columns: Vec<Vec<i64>> = lists(&fitted("estimators_features_")?)?;
        let sample_size = fitted("max_samples_")?.extract()?;
        let mut trees = Vec::new();
        for (estimator, columns) in estimators.try_iter()?.zip(columns) {
            let tree = estimator?.getattr("tree_")?;
            let list = |name: &str| tree.getattr(name)?.call_method0("tolist");
            let features: Vec<i64> = list("feature")?.extract()?;
            let thresholds: Vec<f64> = list("threshold")?.extract()?;
            let left: Vec<i64> = list("children_left")?.extract()?;
            let right: Vec<i64> = list("children_right")?.extract()?;
            let points: Vec<u64> = list("n_node_samples")?.extract()?;
            let column = |feature: i64| usize::try_from(feature).ok().and_then(|at| columns.get(at)).copied();
            let nodes = features.into_iter().zip(thresholds).zip(left).zip(right).zip(points);
            let node = |((((feature, threshold), left), right), points)| TreeNode {
                feature: column(feature).unwrap_or(-1),
                threshold,
                left,
                right,
                points,
            };
            trees.push(nodes.map(node).collect::<Vec<TreeNode>>());
        }
        run(py, || anomaly::IsolationForest::from_trees(&trees, sample_size)).map(Self::from)
    }

    /// The trees as data that `from_trees` reads, nodes in pre-order; the points of an inner node are those below it.
    #[pyo3(signature = () -> "list[list[list[float]]]")]
    fn to_trees(&self, py: Python<'_>) -> PyResult<Vec<Vec<[Field; 5]>>> {
        let trees = self.0.read(py, anomaly::IsolationForest::to_trees)?;
        let node = |node: TreeNode| {
            let TreeNode { feature, threshold, left, right, points } = node;
            let (feature, left, right) = (Field::Whole(feature), Field::Whole(left), Field::Whole(right));
            [feature, Field::Real(threshold), left, right, Field::Count(points)]
        };
        Ok(trees.into_iter().map(|tree| tree.into_iter().map(node).collect()).collect())
    }

    /// The whole state as bytes that `restore` reads.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.read(py, anomaly::IsolationForest::snapshot)?))
    }

    /// The forest that a snapshot was taken of: it gives the same scores, bit for bit.
    #[staticmethod]
    fn restore(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        run(py, || anomaly::IsolationForest::restore(bytes)).map(Self::from)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let config = self.0.read(py, |forest| Ok(forest.config().clone()))?;
        let IsolationForestConfig { trees, sample_size, max_features, seed, threads, max_depth } = config;
        let max_depth = max_depth.map(|depth| format!(", max_depth={depth}")).unwrap_or_default();
        Ok(format!(
            "IsolationForest(trees={trees}, sample_size={sample_size}, max_features={max_features:?}, \
             seed={seed}, threads={threads}{max_depth})"
        ))
    }

    #[pyo3(signature = () -> "tuple[object, tuple[bytes]]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.get_type().getattr("restore")?, (slf.get().snapshot(slf.py())?,)))
    }
}

impl From<anomaly::IsolationForest> for IsolationForest {
    fn from(forest: anomaly::IsolationForest) -> Self {
        IsolationForest(Shared::new(forest))
    }
}

/// The nodes of one tree, each any sequence of five numbers: NumPy and JSON make floats of whole numbers.
fn nodes(tree: &Bound<'_, PyAny>) -> PyResult<Vec<TreeNode>> {
    let py = tree.py();
    let refuse = |problem: String| exception(py, &engine::Error::Data { name: "trees".into(), problem });
    let whole = |value: f64| match value as i64 {
        whole if whole as f64 == value => Ok(whole),
        _ => Err(refuse(format!("{value} in a node is not a whole number"))),
    };
    let node = |node: PyResult<Bound<'_, PyAny>>| {
        let fields = node?.try_iter()?.map(|field| field?.extract()).collect::<PyResult<Vec<f64>>>()?;
        let &[feature, threshold, left, right, points] = &fields[..] else {
            return Err(refuse(format!("a node has {} fields, where 5 are needed", fields.len())));
        };
        let points =
            u64::try_from(whole(points)?).map_err(|_| refuse(format!("a node has {points} points")))?;
        Ok(TreeNode { feature: whole(feature)?, threshold, left: whole(left)?, right: whole(right)?, points })
    };
    tree.try_iter()?.map(node).collect()
}

/// Arrays of whole numbers as lists.
fn lists(arrays: &Bound<'_, PyAny>) -> PyResult<Vec<Vec<i64>>> {
    arrays.try_iter()?.map(|array| array?.call_method0("tolist")?.extract()).collect()
}
