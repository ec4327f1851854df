"""What holds for any input, found out with Hypothesis."""

import pickle

import forescale
import numpy as np
from forescale import load, scaling
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

loads = arrays(np.float64, st.integers(0, 60), elements=st.floats(-1e9, 1e9) | st.just(float("nan")))
anything = arrays(np.float64, st.integers(0, 60), elements=st.floats(allow_nan=True, allow_infinity=True))


@settings(deadline=None)
@given(loads, st.integers(-(2**40), 2**40), st.sampled_from([1, 60, "15min"]))
def test_a_series_survives_pickle_and_snapshot(values, start, step):
    series = load.Series(values, start, step)
    assert load.Series.restore(series.snapshot()) == series
    assert pickle.loads(pickle.dumps(series)) == series
    assert np.array_equal(series.values, values, equal_nan=True)


@settings(deadline=None)
@given(anything, st.floats(), st.integers(0, 100))
def test_derivatives_answer_or_refuse(values, step, window):
    try:
        first, second = load.derivatives(values, step, window)
    except forescale.Error:
        return
    assert len(first) == len(second) == len(values)


@settings(deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(-1e3, 1e3), st.floats(-1e6, 1e6))
def test_a_sigmoid_and_its_mirror_make_one(t, k, t0):
    value, mirror = scaling.sigmoid(t, k, t0), scaling.sigmoid(t, -k, t0)
    assert 0 <= value <= 1 and abs(value + mirror - 1) < 1e-15
