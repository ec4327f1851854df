//! Is this normal? Isolation forest and the scores of rare points.

use crate::arrays::{BoolArray, FloatArray, FloatTable, Numbers, PointArray};
use crate::run::{Interruptible, Shared, exception, quick, run, to_python};
use crate::whole::whole;
use engine::anomaly::{self, IsolationForestConfig, Normalizer, TreeNode, single_precision_threshold};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// The mean path length of an isolation tree of `n` points: 2 H(n-1) - 2 (n-1)/n with exact harmonic numbers H,
/// 0 for `n` below 2.
#[pyfunction]
#[pyo3(signature = (n: "SupportsIndex"))]
pub(crate) fn average_path_length(py: Python<'_>, #[pyo3(from_py_with = whole)] n: u64) -> PyResult<f64> {
    quick(py, || Ok(anomaly::average_path_length(n)))
}

/// The answer to one point or to several.
#[derive(Debug, IntoPyObject)]
pub(crate) enum Score {
    One(f64),
    Each(FloatArray),
}

/// As [`Score`], for flags.
#[derive(Debug, IntoPyObject)]
pub(crate) enum Flags {
    One(bool),
    Each(BoolArray),
}

/// As [`Score`], for numbers of each column.
#[derive(Debug, IntoPyObject)]
pub(crate) enum Contributions {
    One(FloatArray),
    Each(FloatTable),
}

/// A share, or `"auto"`.
#[derive(Debug, FromPyObject)]
pub(crate) enum Contamination {
    Share(f64),
    Word(String),
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
///
/// `contamination` is the share of outliers that the threshold sets apart; with `"auto"` the threshold is 0.5. A cut uses
/// `extension_level` columns beyond its first: above 0 it is oblique. `normalizer` is `"harmonic"`, which is exact, or
/// `"logarithmic"`, which is scikit-learn's. `window` is how many points of a stream new trees are drawn from, by default eight samples.
#[pyclass(frozen, module = "forescale.anomaly")]
#[derive(Debug)]
pub(crate) struct IsolationForest(Shared<anomaly::IsolationForest>);

#[pymethods]
impl IsolationForest {
    #[new]
    #[pyo3(signature = (
        trees: "SupportsIndex"=100, sample_size: "SupportsIndex"=256, max_features=1.0, seed: "SupportsIndex"=0,
        threads: "SupportsIndex"=1, max_depth: "SupportsIndex | None"=None, *, contamination=None,
        extension_level: "SupportsIndex"=0, normalizer="harmonic", window: "SupportsIndex | None"=None
    ))]
    #[allow(clippy::too_many_arguments, reason = "the settings are keywords")]
    fn new(
        py: Python<'_>,
        #[pyo3(from_py_with = whole)] trees: usize,
        #[pyo3(from_py_with = whole)] sample_size: usize,
        max_features: f64,
        #[pyo3(from_py_with = whole)] seed: u64,
        #[pyo3(from_py_with = whole)] threads: usize,
        #[pyo3(from_py_with = whole)] max_depth: Option<usize>,
        contamination: Option<Contamination>,
        #[pyo3(from_py_with = whole)] extension_level: usize,
        normalizer: &str,
        #[pyo3(from_py_with = whole)] window: Option<usize>,
    ) -> PyResult<Self> {
        let contamination = match contamination {
            None => None,
            Some(Contamination::Share(share)) => Some(share),
            Some(Contamination::Word(word)) if word == "auto" => None,
            Some(Contamination::Word(word)) => {
                let (field, problem) =
                    ("contamination".into(), format!("must be \"auto\" or a number, got \"{word}\""));
                return Err(exception(py, &engine::Error::Config { field, problem }));
            }
        };
        let normalizer = quick(py, || Normalizer::from_name(normalizer))?;
        let config = IsolationForestConfig {
            trees,
            sample_size,
            max_features,
            seed,
            threads,
            max_depth,
            contamination,
            extension_level,
            normalizer,
            window,
        };
        run(py, || anomaly::IsolationForest::new(config)).map(Self::from)
    }

    /// Grows the trees on points of shape (points, dimensions), in place of those there were; gives the forest itself.
    ///
    /// A point of twice the weight in `sample_weights` is drawn about twice as often; one of weight 0 never. Ctrl-C ends it.
    #[pyo3(signature = (X, sample_weights=None) -> "IsolationForest")]
    #[allow(non_snake_case, reason = "scikit-learn's name of it")]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        X: PointArray<'py>,
        sample_weights: Option<Numbers<'py>>,
    ) -> PyResult<Bound<'py, Self>> {
        let py = slf.py();
        if X.single {
            return Err(PyTypeError::new_err("expected an array of 2 dimension(s), got 1"));
        }
        let points = quick(py, || X.get())?;
        let weights = sample_weights.as_ref().map(Numbers::get);
        let mut interruptible = Interruptible::default();
        let mut tell = |share| interruptible.goes_on(None, share);
        let result = slf.get().0.change(py, |forest| forest.fit_with(points, weights, &mut tell));
        interruptible.outcome(result)?;
        Ok(slf)
    }

    /// The score of each point, between 0 and 1: the higher the rarer. One point alone gives one number.
    #[allow(non_snake_case, reason = "scikit-learn's name of it")]
    fn score(&self, py: Python<'_>, X: PointArray<'_>) -> PyResult<Score> {
        if let Some(point) = X.point() {
            return self.0.read(py, |forest| forest.score_point(point)).map(Score::One);
        }
        let points = quick(py, || X.get())?;
        self.0.read(py, |forest| forest.score(points)).map(|scores| Score::Each(FloatArray(scores)))
    }

    /// Learns one point of a stream; gives the score that it had before, 0.5 while there is no tree.
    ///
    /// The latest points are kept, and trees grown on them replace the oldest trees, a slice of the work with each point. With
    /// a `contamination` the threshold follows the scores.
    fn update(&self, py: Python<'_>, x: Numbers<'_>) -> PyResult<f64> {
        let point = x.get();
        self.0.change(py, |forest| forest.update(point))
    }

    /// The score above which a point counts as an outlier.
    #[getter]
    fn threshold(&self, py: Python<'_>) -> PyResult<f64> {
        self.0.read(py, anomaly::IsolationForest::threshold)
    }

    /// Whether each point scores above `threshold`. One point alone gives one answer.
    #[allow(non_snake_case, reason = "scikit-learn's name of it")]
    fn is_outlier(&self, py: Python<'_>, X: PointArray<'_>) -> PyResult<Flags> {
        let points = quick(py, || X.get())?;
        let outliers = self.0.read(py, |forest| forest.is_outlier(points))?;
        Ok(match outliers[..] {
            [outlier] if X.single => Flags::One(outlier),
            _ => Flags::Each(BoolArray(outliers)),
        })
    }

    /// Why points score as they do: the base score, that of the mean path, and what each column adds to it for each point.
    ///
    /// The sum over the columns is score - base. One point alone gives one row.
    #[allow(non_snake_case, reason = "scikit-learn's name of it")]
    fn explain(&self, py: Python<'_>, X: PointArray<'_>) -> PyResult<(f64, Contributions)> {
        let points = quick(py, || X.get())?;
        let (base, parts) = self.0.read(py, |forest| forest.explain(points))?;
        let parts = match X.single {
            true => Contributions::One(FloatArray(parts)),
            false => Contributions::Each(FloatTable(parts, points.columns())),
        };
        Ok((base, parts))
    }

    /// A forest from trees as data, grown on samples of `sample_size` points.
    ///
    /// A tree is a sequence of nodes `[feature, threshold, left, right, points]`, the first of them its root. A point
    /// goes left when its `feature` is at most `threshold`; a feature of -1 marks a leaf where `points` of the sample
    /// ended. Points to score may have more columns than the trees compare. The `normalizer` `"logarithmic"` is scikit-learn's.
    #[staticmethod]
    #[pyo3(signature = (trees: "list[list[list[float]]]", sample_size: "SupportsIndex", normalizer="harmonic"))]
    fn from_trees(
        py: Python<'_>,
        trees: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = whole)] sample_size: u64,
        normalizer: &str,
    ) -> PyResult<Self> {
        let normalizer = quick(py, || Normalizer::from_name(normalizer))?;
        let trees = trees.try_iter()?.map(|tree| nodes(&tree?)).collect::<PyResult<Vec<_>>>()?;
        run(py, || anomaly::IsolationForest::from_trees_with(&trees, sample_size, normalizer)).map(Self::from)
    }

    /// The forest of a fitted `sklearn.ensemble.IsolationForest`.
    ///
    /// With the `normalizer` `"logarithmic"` its scores are those of `-model.score_samples`; by default path lengths are exact
    /// harmonic numbers, where scikit-learn has ln + gamma. Points are compared as scikit-learn does, which rounds them to float32.
    #[staticmethod]
    #[pyo3(signature = (model, normalizer="harmonic"))]
    fn from_sklearn(py: Python<'_>, model: &Bound<'_, PyAny>, normalizer: &str) -> PyResult<Self> {
        let normalizer = quick(py, || Normalizer::from_name(normalizer))?;
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
                threshold: single_precision_threshold(threshold),
                left,
                right,
                points,
            };
            trees.push(nodes.map(node).collect::<Vec<TreeNode>>());
        }
        run(py, || anomaly::IsolationForest::from_trees_with(&trees, sample_size, normalizer)).map(Self::from)
    }

    /// A fitted `sklearn.ensemble.IsolationForest` of these trees, whose `score_samples` are the scores with their sign changed.
    ///
    /// It rounds points to float32 before it compares, as scikit-learn does. Its `offset_` is the threshold.
    #[pyo3(signature = () -> "object")]
    fn to_sklearn<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("forescale._sklearn_forest")?.call_method1("to_sklearn", (slf,))
    }

    /// Points that each tree was grown on.
    #[getter]
    fn sample_size(&self, py: Python<'_>) -> PyResult<u64> {
        self.0.read(py, anomaly::IsolationForest::sample_size)
    }

    /// Count of dimensions that points have; of given trees, the least that they may have.
    #[getter]
    fn dimensions(&self, py: Python<'_>) -> PyResult<usize> {
        self.0.read(py, anomaly::IsolationForest::dimensions)
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
        let default = IsolationForestConfig::default();
        let IsolationForestConfig { trees, sample_size, max_features, seed, threads, .. } = config;
        let optional = [
            config.max_depth.map(|depth| format!(", max_depth={depth}")),
            config.contamination.map(|share| format!(", contamination={share:?}")),
            (config.extension_level > 0).then(|| format!(", extension_level={}", config.extension_level)),
            (config.normalizer != default.normalizer).then(|| ", normalizer=\"logarithmic\"".into()),
            config.window.map(|window| format!(", window={window}")),
        ];
        Ok(format!(
            "IsolationForest(trees={trees}, sample_size={sample_size}, max_features={max_features:?}, \
             seed={seed}, threads={threads}{})",
            optional.into_iter().flatten().collect::<String>()
        ))
    }

    /// The settings, as the constructor takes them.
    #[pyo3(signature = () -> "dict[str, object]")]
    fn get_params<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.read(py, |forest| Ok(forest.config().clone()))?)
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
