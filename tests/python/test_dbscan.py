"""DBSCAN beside scikit-learn's, circuit breakers in calls from several threads, and what they refuse."""

import datetime
import pickle
import threading

import numpy as np
import pytest

from forescale import ConfigError, DataError
from forescale.anomaly import CircuitBreaker, dbscan, spillover


@pytest.mark.parametrize("columns, eps", [(1, 0.01), (2, 0.15), (3, 0.4), (8, 2.0)])
@pytest.mark.parametrize("min_points", [1, 4, 12])
def test_the_labels_are_scikit_learns(columns, eps, min_points):
    cluster = pytest.importorskip("sklearn.cluster")
    random = np.random.default_rng(columns)
    centres = random.normal(0, 2, (5, columns))
    points = centres[random.integers(0, 5, 600)] + random.normal(0, 0.3, (600, columns))
    points = np.concatenate([points, points[:50], random.uniform(-6, 6, (100, columns))]).round(2)
    expected = cluster.DBSCAN(eps=eps, min_samples=min_points).fit(points).labels_
    assert np.array_equal(dbscan(points, eps, min_points), expected)


def test_any_kind_of_array_gives_the_same_labels():
    points = np.random.default_rng(1).normal(size=(200, 3)).astype(np.float32)
    expected = dbscan(points, 0.5, 4)
    assert expected.dtype == np.int64 and expected.max() > 0
    for given in [points.tolist(), np.asfortranarray(points), points.astype(">f8")]:
        assert np.array_equal(dbscan(given, 0.5, 4), expected)
    with pytest.raises(DataError, match="points: row 1, column 0 is NaN"):
        dbscan([[1.0], [np.nan]], 0.5, 1)
    with pytest.raises(ConfigError, match="min_points: must be at least 1"):
        dbscan(points, 0.5, 0)


def test_a_breaker_takes_times_of_any_kind_and_survives_a_pickle():
    breaker = CircuitBreaker(failures=2, cooldown_seconds="1min", probes=1)
    assert repr(breaker) == "CircuitBreaker(failures=2, cooldown_seconds=60.0, probes=1)"
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    assert breaker.allow(now) and breaker.retry_at is None
    breaker.record(now, False)
    breaker.record(np.datetime64("2026-01-01"), False)
    twin = pickle.loads(pickle.dumps(breaker))
    for one in [breaker, twin]:
        assert one.state(now) == "open" and not one.allow(now) and one.openings == 1 and one.rejected == 1
        assert one.state(one.retry_at) == "half_open" and one.allow(now + datetime.timedelta(minutes=1))


def test_threads_may_share_a_breaker():
    breaker = CircuitBreaker(1_000_000, 60, 1)
    threads = [threading.Thread(target=lambda: [breaker.record(0, False) for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert breaker.failed == 4000


def test_a_spillover_fills_the_least_utilized_first():
    spilled = spillover(11, [10, 20, 10], [5, 5, 12])
    assert spilled.taken.tolist() == [2.0, 9.0, 0.0] and spilled.shed == 0
    assert repr(spillover(50.0, [10.0], [4.0], [False])) == "Spillover(taken=[0.0], shed=50.0)"
    with pytest.raises(DataError, match="loads: value 0 of 2"):
        spillover(1, [1, 1], [-1, 0])
