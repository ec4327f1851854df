"""The benchmark's scoring rule, against answers that are known beforehand."""

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest

SPEC = importlib.util.spec_from_file_location("nab", Path(__file__).parents[2] / "benches/python/nab.py")
nab = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(nab)

ROWS, WINDOWS = 1000, [(300, 349), (700, 799)]


def score(detections, threshold=0.5):
    given = np.zeros(ROWS)
    given[detections] = 1.0
    return nab.at_threshold([nab.Rule(ROWS, WINDOWS)], [given], threshold)


def sigmoid(position):
    return 2 / (1 + math.exp(5 * position)) - 1


def test_the_perfect_detector_has_100_and_none_has_0():
    assert score([300, 700]) == pytest.approx(100)
    assert score([]) == 0
    assert nab.best([nab.Rule(ROWS, WINDOWS)], [np.zeros(ROWS)])[0] == 0


def test_the_probation_does_not_count():
    assert score(list(range(150))) == 0
    assert nab.Rule(100_000, []).probation == 750


def test_worths_by_hand():
    # Two windows: a raw score of 4 is 100.
    middle = 1 + sigmoid(-25 / 50) / sigmoid(-1)
    assert score([325]) == pytest.approx(25 * middle)
    assert score([349]) == pytest.approx(25 * (1 + sigmoid(-1 / 50) / sigmoid(-1)))
    assert score([325, 326, 349]) == pytest.approx(25 * middle), "only the earliest detection counts"
    assert score([200]) == pytest.approx(-25 * 0.11)
    assert score([359]) == pytest.approx(25 * 0.11 * sigmoid(10 / 49)), "shortly after a window it costs less"
    assert score([600]) == pytest.approx(-25 * 0.11)


def test_the_best_threshold_is_found_over_all_files():
    first, second = np.zeros(ROWS), np.zeros(ROWS)
    first[[300, 200]] = 0.9, 0.8
    second[[300, 700]] = 0.7, 0.9
    rules = [nab.Rule(ROWS, WINDOWS), nab.Rule(ROWS, WINDOWS)]
    found, threshold = nab.best(rules, [first, second])
    assert threshold == 0.7
    assert found == pytest.approx(100 * (6 - 0.11) / 8)
