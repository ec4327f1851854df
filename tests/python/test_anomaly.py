"""What the isolation forest has in Python alone: arrays of any kind, pickles, threads, scikit-learn's models."""

import pickle
import threading

import numpy as np
import pytest

from forescale import ConfigError, DataError, NotReadyError
from arguments import sklearn_forest
from forescale.anomaly import IsolationForest, average_path_length

# Exact in float32 too.
POINTS = np.random.default_rng(0).normal(size=(300, 3)).astype(np.float32).astype(float)


def test_fit_gives_the_forest_and_one_point_gives_one_number():
    forest = IsolationForest(trees=20)
    assert forest.fit(POINTS) is forest
    scores = forest.score(POINTS)
    assert scores.shape == (300,) and scores.dtype == np.float64
    assert isinstance(forest.score(POINTS[7]), float) and forest.score(POINTS[7]) == scores[7]
    assert forest.score([9.0, 9.0, 9.0]) > scores.max()
    assert forest.score(POINTS[:0]).shape == (0,)


@pytest.mark.parametrize(
    "convert",
    [np.ndarray.tolist, np.asfortranarray, np.float32, lambda x: np.asfortranarray(x, dtype=np.float32), lambda x: np.repeat(x, 2, axis=0)[::2], lambda x: x.astype(">f8"), lambda x: x[::-1][::-1]],
)
def test_any_kind_of_array_gives_the_same_bits(convert):
    expected = IsolationForest(trees=20).fit(POINTS).score(POINTS)
    given = convert(POINTS)
    before = np.array(given)
    forest = IsolationForest(trees=20).fit(given)
    assert np.array_equal(forest.score(given), expected) and np.array_equal(before, given)


def test_a_pickle_is_the_same_forest():
    forest = IsolationForest(trees=20, seed=5, threads=2).fit(POINTS)
    twin = pickle.loads(pickle.dumps(forest))
    assert np.array_equal(twin.score(POINTS), forest.score(POINTS)) and twin.snapshot() == forest.snapshot()
    assert repr(twin) == repr(forest) == "IsolationForest(trees=20, sample_size=256, max_features=1.0, seed=5, threads=2)"
    assert repr(pickle.loads(pickle.dumps(IsolationForest(max_depth=3)))).endswith("max_depth=3)")


def test_other_threads_run_while_a_forest_grows():
    forest, done, turns = IsolationForest(trees=20_000), threading.Event(), 0
    grower = threading.Thread(target=lambda: (forest.fit(POINTS), done.set()))
    grower.start()
    while not done.wait(0.001):
        turns += 1
    grower.join()
    assert turns > 3


def test_trees_go_out_and_in():
    forest = IsolationForest(trees=5).fit(POINTS)
    trees = forest.to_trees()
    twin = IsolationForest.from_trees([np.array(tree) for tree in trees], 256)
    assert twin.to_trees() == trees and np.array_equal(twin.score(POINTS), forest.score(POINTS))


@pytest.mark.parametrize("node", [[0, 1.0, 1, 2], [0.5, 1.0, 1, 2, 3], [-1, 0.0, -1, -1, -1], [0, 1.0, float("nan"), 2, 3]])
def test_what_is_no_node_is_refused(node):
    with pytest.raises(DataError, match="trees: .*node"):
        IsolationForest.from_trees([[node, [-1, 0, -1, -1, 1], [-1, 0, -1, -1, 1]]], 4)


def test_failures_name_what_is_wrong():
    with pytest.raises(ConfigError, match="max_features: must lie in"):
        IsolationForest(max_features=2)
    with pytest.raises(NotReadyError, match="call fit first"):
        IsolationForest().score(POINTS)
    with pytest.raises(DataError, match="row 1, column 0 is inf"):
        IsolationForest().fit([[1.0], [np.inf]])
    with pytest.raises(NotReadyError, match="has no estimators_"):
        IsolationForest.from_sklearn(object())


def test_the_columns_of_a_model_are_those_of_its_estimators():
    model = sklearn_forest()
    model.estimators_features_ = [np.array([2, 0])]
    model.estimators_[0].tree_.n_node_samples = np.array([4, 3, 1])
    forest = IsolationForest.from_sklearn(model)
    for value, path in [(0.5, 1 + average_path_length(3)), (0.6, 1)]:
        assert forest.score([9.0, 9.0, value]) == pytest.approx(2 ** (-path / average_path_length(4)), rel=1e-15)


def test_a_model_of_scikit_learn_walks_alike():
    ensemble = pytest.importorskip("sklearn.ensemble")
    points = POINTS.astype(np.float32).astype(float)
    model = ensemble.IsolationForest(n_estimators=20, max_features=0.7, random_state=0).fit(points)
    path = np.zeros(len(points))
    for estimator, columns in zip(model.estimators_, model.estimators_features_):
        chosen = points[:, columns].astype(np.float32)
        path += np.asarray(estimator.tree_.decision_path(chosen).sum(axis=1)).ravel() - 1
        path += [average_path_length(int(n)) for n in estimator.tree_.n_node_samples[estimator.tree_.apply(chosen)]]
    expected = 2 ** (-path / 20 / average_path_length(model.max_samples_))
    assert IsolationForest.from_sklearn(model).score(points) == pytest.approx(expected, rel=1e-12)


def test_a_model_of_scikit_learn_scores_alike_whatever_the_precision():
    ensemble = pytest.importorskip("sklearn.ensemble")
    points, probes = np.round(POINTS, 1), np.random.default_rng(1).normal(size=(5000, 3))
    model = ensemble.IsolationForest(n_estimators=20, max_features=0.7, random_state=0).fit(points)
    forest = IsolationForest.from_sklearn(model, normalizer="logarithmic")
    # Next to the thresholds, on both sides, where rounding to float32 decides.
    thresholds = np.concatenate([estimator.tree_.threshold for estimator in model.estimators_])
    near = np.concatenate([np.nextafter(np.float32(thresholds), np.float32(sign)) for sign in (-9, 9)]).astype(float)
    near = np.concatenate([near + shift for shift in (-1e-8, -1e-9, 0, 1e-9, 1e-8)])
    for some in (points, probes, np.repeat(near[:, None], 3, axis=1)):
        assert forest.score(some) == pytest.approx(-model.score_samples(some), rel=1e-12)


@pytest.mark.parametrize("normalizer", ["harmonic", "logarithmic"])
def test_a_forest_becomes_one_of_scikit_learn(normalizer):
    pytest.importorskip("sklearn.ensemble")
    forest = IsolationForest(trees=20, contamination=0.1, max_features=0.7, seed=3, normalizer=normalizer).fit(POINTS)
    for model in (forest.to_sklearn(), pickle.loads(pickle.dumps(forest.to_sklearn()))):
        assert -model.score_samples(POINTS) == pytest.approx(forest.score(POINTS), rel=1e-12)
        assert np.array_equal(model.predict(POINTS) == -1, forest.is_outlier(POINTS)) and forest.is_outlier(POINTS).sum() == 30
    assert IsolationForest.from_sklearn(model, normalizer).score(POINTS) == pytest.approx(forest.score(POINTS), rel=1e-12)


def test_one_point_gives_one_answer():
    forest = IsolationForest(trees=20, contamination="auto").fit(POINTS)
    assert forest.threshold == 0.5 and forest.is_outlier([9.0, 9.0, 9.0]) is True and forest.is_outlier(POINTS[:5]).shape == (5,)
    base, parts = forest.explain([0.0, 0.0, 9.0])
    assert parts.shape == (3,) and parts.argmax() == 2 and base + parts.sum() == pytest.approx(forest.score([0.0, 0.0, 9.0]))
    assert forest.explain(POINTS)[1].shape == (300, 3)
    assert forest.update([0.0, 0.0, 9.0]) == forest.score([0.0, 0.0, 9.0])


def test_weights_are_heard():
    weights = np.where(np.arange(300) < 20, 1.0, 0.0)
    forest = IsolationForest(trees=5).fit(POINTS, sample_weights=weights)
    assert forest.sample_size == 20 and forest.dimensions == 3
    with pytest.raises(DataError, match="sample_weights: has 2 values"):
        forest.fit(POINTS, [1.0, 2.0])
    with pytest.raises(ConfigError, match="contamination: must be \"auto\" or a number"):
        IsolationForest(contamination="often")


def test_settings_come_back():
    forest = IsolationForest(trees=7, contamination=0.1, extension_level=1, normalizer="logarithmic", window=99)
    assert repr(IsolationForest(**forest.get_params())) == repr(forest)


def test_ctrl_c_ends_a_fit():
    import _thread

    forest = IsolationForest(trees=100_000)
    timer = threading.Timer(0.2, _thread.interrupt_main)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        forest.fit(np.random.default_rng(0).normal(size=(10_000, 3)))
    with pytest.raises(NotReadyError):
        forest.score(POINTS)
