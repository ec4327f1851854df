"""What arrays Python may hand in, and what comes out."""

import gc
import sys

import numpy as np
import pytest
from forescale import load

VALUES = [1.0, 4.0, 9.0, 16.0, 25.0, 36.0]


def variants():
    base = np.array(VALUES)
    read_only = base.copy()
    read_only.setflags(write=False)
    strided = np.repeat(base, 2)[::2]
    misaligned = np.frombuffer(b"x" + base.tobytes(), dtype=np.uint8)[1:].view(np.float64)
    return {
        "list": VALUES,
        "tuple": tuple(VALUES),
        "integers": [int(value) for value in VALUES],
        "int64": base.astype(np.int64),
        "uint8": base.astype(np.uint8),
        "float32": base.astype(np.float32),
        "foreign endian": base.astype(">f8"),
        "read-only": read_only,
        "strided": strided,
        "reversed": base[::-1].copy()[::-1],
        "misaligned": misaligned,
        "memory view": memoryview(base),
    }


@pytest.mark.parametrize("kind", variants())
def test_whatever_numpy_reads_as_numbers_is_taken_and_left_alone(kind):
    given = variants()[kind]
    before = np.array(given)
    first, second = load.derivatives(given, 1.0, 3)
    assert np.array_equal(np.array(given), before)
    want = load.derivatives(np.array(VALUES), 1.0, 3)
    assert np.array_equal(first, want[0], equal_nan=True) and np.array_equal(second, want[1], equal_nan=True)


def test_answers_are_arrays_of_their_own():
    series = load.Series(np.array(VALUES))
    values = series.values
    assert values.dtype == np.float64 and values.flags.c_contiguous and values.flags.writeable
    values[0] = -1
    assert series.values[0] == 1.0


@pytest.mark.parametrize("wrong", ["abc", ["a"], [1j], [None], np.zeros((2, 2)), 3.0, {"a": 1}, object()])
def test_what_is_no_array_of_numbers_is_refused(wrong):
    with pytest.raises((TypeError, ValueError)):
        load.Series(wrong)


def test_times_come_as_milliseconds_or_datetimes():
    milliseconds = [0, 60_000, 120_000]
    want = load.Series.from_samples(milliseconds, [1, 2, 3], 60)
    for unit in ("ms", "s", "ns"):
        times = np.array(milliseconds, dtype="datetime64[ms]").astype(f"datetime64[{unit}]")
        assert load.Series.from_samples(times, [1, 2, 3], 60) == want
    with pytest.raises(TypeError):
        load.Series.from_samples([0.5, 1.5], [1, 2], 60)
    with pytest.raises(TypeError):
        load.Series.from_samples(np.array(["NaT"], dtype="datetime64[ms]"), [1], 60)


def test_a_contiguous_array_is_not_kept():
    array = np.array(VALUES)
    references = sys.getrefcount(array)
    series = load.Series(array)
    load.derivatives(array, 1.0, 3)
    gc.collect()
    assert sys.getrefcount(array) == references
    array[:] = 0
    assert series.values[0] == 1.0
