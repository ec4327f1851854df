"""The scikit-learn estimator: scikit-learn's own checks of it, and the way to and from scikit-learn's forest."""

import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn")
from sklearn import ensemble
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from forescale.sklearn import IsolationForest

RANDOM = np.random.default_rng(0)
POINTS = np.concatenate([RANDOM.normal(size=(300, 3)), RANDOM.uniform(-6, 6, (20, 3))]).astype(np.float32).astype(float)


@pytest.mark.parametrize("parameters", [{}, {"contamination": 0.1, "max_features": 0.5}, {"extension_level": 1, "max_samples": 0.5}])
def test_scikit_learn_finds_nothing_wrong(parameters):
    if parameters.get("extension_level"):
        # Some checks fit on a single column, which has no oblique cuts.
        checks = check_estimator(IsolationForest(**parameters), on_fail=None)
        failed = [check for check in checks if check["status"] == "failed"]
        assert all("extension_level" in str(check["exception"]) for check in failed), failed
    else:
        check_estimator(IsolationForest(**parameters))


@pytest.mark.parametrize("parameters", [{name: value} for name in ("max_samples", "max_features") for value in (0, -5, 2.5, True, "most")])
def test_sizes_that_make_no_sense_are_refused_by_name(parameters):
    with pytest.raises(ValueError, match=next(iter(parameters))):
        IsolationForest(**parameters).fit(POINTS)


def test_contamination_is_the_share_of_outliers():
    estimator = IsolationForest(contamination=0.0625, random_state=1).fit(POINTS)
    outliers = estimator.predict(POINTS) == -1
    assert outliers.sum() == 20 and outliers[300:].sum() >= 15
    assert np.array_equal(estimator.predict(POINTS) == -1, estimator.forest_.is_outlier(POINTS))
    assert np.array_equal(estimator.decision_function(POINTS), estimator.score_samples(POINTS) - estimator.offset_)
    assert IsolationForest().fit(POINTS).offset_ == -0.5
    assert np.array_equal(pickle.loads(pickle.dumps(estimator)).score_samples(POINTS), estimator.score_samples(POINTS))


def test_counts_and_shares_mean_the_same():
    for columns, count in [(3, 2), (7, 3), (10, 7)]:
        points = RANDOM.normal(size=(50, columns))
        by_count = IsolationForest(max_features=count, max_samples=25, random_state=2).fit(points)
        by_share = IsolationForest(max_features=count / columns + 1e-9, max_samples=0.5, random_state=2).fit(points)
        assert np.array_equal(by_count.score_samples(points), by_share.score_samples(points))


def test_it_works_in_a_pipeline_and_a_search():
    pipeline = make_pipeline(StandardScaler(), IsolationForest(n_estimators=20, random_state=0))
    assert set(clone(pipeline).fit_predict(POINTS)) == {-1, 1}
    search = GridSearchCV(IsolationForest(random_state=0), {"n_estimators": [5, 10]}, scoring=lambda e, X, y=None: e.score_samples(X).mean())
    assert search.fit(POINTS).best_params_["n_estimators"] in (5, 10)


@pytest.mark.parametrize("parameters", [{}, {"contamination": 0.05, "max_features": 0.7, "max_samples": 64}])
def test_a_forest_of_scikit_learn_comes_in_and_goes_out(parameters):
    model = ensemble.IsolationForest(n_estimators=30, random_state=3, **parameters).fit(POINTS)
    estimator = IsolationForest.from_sklearn(model)
    assert estimator.score_samples(POINTS) == pytest.approx(model.score_samples(POINTS), rel=1e-12)
    assert np.array_equal(estimator.predict(POINTS), model.predict(POINTS)) and estimator.n_estimators == 30
    back = estimator.to_sklearn()
    assert back.score_samples(POINTS) == pytest.approx(model.score_samples(POINTS), rel=1e-12)
    assert back.offset_ == model.offset_


def test_our_forest_goes_to_scikit_learn():
    estimator = IsolationForest(n_estimators=30, contamination=0.05, random_state=3).fit(POINTS)
    model = estimator.to_sklearn()
    assert np.corrcoef(model.score_samples(POINTS), estimator.score_samples(POINTS))[0, 1] > 0.999
