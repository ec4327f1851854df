"""Packing against an exact solver, and what only Python has: arrays of whole numbers, words, pickles."""

import copy
import pickle

import numpy as np
import pytest

import forescale
from forescale.capacity import Bins, BoundedQueue, ResponseQuantile, calibrate_load, pack, servers_for_bounded

STRATEGIES = ["first_fit_decreasing", "best_fit_decreasing", "dot_product"]


def fewest(items, running, new_bin, together, apart, placed):
    """The fewest new bins by HiGHS: a binary variable for each item and bin, and one for each new bin; None where not all can be placed."""
    optimize = pytest.importorskip("scipy.optimize")
    count, bins = len(items), len(running) + len(items)
    rows, low, high = [], [], []

    def require(terms, least, most):
        row = np.zeros((count + 1, bins))
        for item, bin, factor in terms:
            row[item, bin] += factor
        rows.append(row.ravel())
        low.append(least)
        high.append(most)

    for item in range(count):
        require([(item, bin, 1) for bin in range(bins)], 1, 1)
        if placed[item] >= 0:
            require([(item, placed[item], 1)], 1, 1)
    for bin in range(bins):
        new = bin >= len(running)
        for k, room in enumerate(new_bin if new else running[bin]):
            load = [(item, bin, items[item, k]) for item in range(count) if placed[item] < 0]
            require(load + [(count, bin, -room if new else 0)], -np.inf, 0 if new else room)
        for group in set(apart) - {-1}:
            require([(item, bin, 1) for item in range(count) if apart[item] == group], -np.inf, 1)
        for group in set(together) - {-1}:
            first, *others = [item for item in range(count) if together[item] == group]
            for other in others:
                require([(first, bin, 1), (other, bin, -1)], 0, 0)
    cost = np.zeros((count + 1, bins))
    cost[count, len(running) :] = 1
    answer = optimize.milp(
        cost.ravel(),
        constraints=optimize.LinearConstraint(np.array(rows), low, high),
        integrality=np.ones(cost.size),
        bounds=optimize.Bounds(0, 1),
    )
    return round(answer.fun) if answer.status == 0 else None


@pytest.mark.parametrize("seed", range(12))
def test_an_exact_solver_lies_between_the_bound_and_the_answer(seed):
    random = np.random.default_rng(seed)
    count, running_count, dimensions = random.integers(4, 9), random.integers(0, 3), 1 + seed % 3
    items = random.integers(1, 13, (count, dimensions)).astype(float)
    running = random.integers(0, 20, (running_count, dimensions)).astype(float)
    new_bin = np.full(dimensions, 20.0)
    apart = random.integers(-1, 2, count)
    together = np.where(np.arange(count) < 2, 0, -1)
    placed = np.full(count, -1)
    if running_count and seed % 2:
        placed[-1] = 0
    exact = fewest(items, running, new_bin, list(together), list(apart), list(placed))
    for strategy in STRATEGIES:
        found = pack(items, Bins(new_bin, running), strategy, together, apart, placed)
        if exact is None:
            continue
        assert found.lower_bound <= exact
        if (found.bins >= 0).all():
            assert exact <= found.opened <= exact + 2, (strategy, found, exact)


def test_groups_are_whole_numbers_of_any_kind():
    items, bins = [[0.3], [0.3], [0.3]], Bins([1.0])
    for apart in ([1, 1, -1], (1, 1, -1), np.array([1, 1, -1], dtype=np.int8), np.array([1, 9, 1, 9, -1, 9])[::2]):
        assert pack(items, bins, apart=apart).opened == 2
    assert pack(items, bins, apart=[]).opened == 1
    for wrong in ([1.0, 1.0, 2.0], [True, False, True], ["a", "b", "c"], 1, [[1, 2, 3]]):
        with pytest.raises(TypeError):
            pack(items, bins, apart=wrong)
    with pytest.raises(forescale.DataError, match="apart: has 2 values, but items has 3"):
        pack(items, bins, apart=[1, 2])
    with pytest.raises(forescale.ConfigError, match="strategy: must be first_fit_decreasing"):
        pack(items, bins, strategy="next_fit")
    assert pack(items, Bins([0.2])).bins.tolist() == [-1, -1, -1]
    assert sorted(pack(items, Bins([0.7], most_new=1)).bins.tolist()) == [-3, 0, 0]


def test_bins_are_kept_as_they_were_given():
    new_bin, running = np.array([1.0, 2.0]), np.array([[0.5, 0.0], [0.2, 0.1]])
    for bins in (Bins(new_bin), Bins(new_bin, running), Bins(new_bin, running[:0], 3), Bins([1.0, 2.0], [[0.5, 0.0]], most_new=0)):
        for twin in (copy.copy(bins), pickle.loads(pickle.dumps(bins))):
            assert twin == bins and repr(twin) == repr(bins)
            assert pack([[0.4, 0.1]] * 3, twin) == pack([[0.4, 0.1]] * 3, bins)
    bins = Bins(new_bin, running, 4)
    new_bin[0] = running[0, 0] = 9.0
    assert bins.new_bin.tolist() == [1.0, 2.0] and bins.running.tolist() == [[0.5, 0.0], [0.2, 0.1]] and bins.most_new == 4
    assert repr(bins) == "Bins(new_bin=[1.0, 2.0], running=[[0.5, 0.0], [0.2, 0.1]], most_new=4)"
    assert Bins([1.0]).running is None and Bins([1.0]).most_new is None and Bins([1.0]) != Bins([1.0], most_new=1)
    for wrong in (None, [1.0], ([1.0], None), {"new_bin": [1.0]}):
        with pytest.raises(TypeError):
            pack([[0.4]], wrong)
    with pytest.raises(forescale.DataError, match="new_bin"):
        pack([[0.4, 0.1]], Bins([1.0]))
    with pytest.raises(forescale.DataError, match="running"):
        pack([[0.4]], Bins([1.0], [[0.5, 0.0]]))


def test_a_bounded_queue_is_copied_and_pickled():
    queue = BoundedQueue(95.0, 1.0, 100, patience_seconds=8.0)
    for twin in (copy.copy(queue), pickle.loads(pickle.dumps(queue))):
        assert repr(twin) == repr(queue) and twin.response_quantile(0.95) == queue.response_quantile(0.95)
    assert servers_for_bounded(95.0, 1.0, None, 8.0, ResponseQuantile(0.95, 4.0), 0.01) > 90
    with pytest.raises(forescale.ConfigError, match="not for both at once"):
        BoundedQueue(95.0, 1.0, 100, 10, 8.0).wait_tail(1.0)


def test_a_calibration_speaks_of_latency_in_its_own_units():
    load = np.linspace(0, 80, 30)
    latency = 20 / (1 - load / 100)
    latency[[3, 17]] = 5000, 1e-3
    found = calibrate_load(load, latency)
    assert found.outliers == 2 and found.service_rate == pytest.approx(100) and found.base == pytest.approx(20)
    assert found.latency(50) == pytest.approx(40) and found.latency(100.1) == np.inf
