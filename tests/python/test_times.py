"""Times and durations in every form that Python has for them."""

from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from forescale import load

DAY = 86_400_000


@pytest.mark.parametrize(
    "start",
    [
        DAY,
        np.int64(DAY),
        np.datetime64("1970-01-02"),
        np.datetime64("1970-01-02T00:00:00.000000000"),
        datetime(1970, 1, 2, tzinfo=timezone.utc),
        datetime(1970, 1, 2, 2, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_one_time(start):
    assert load.Series([1.0], start).start == DAY


@pytest.mark.parametrize("wrong", [1.5, "1970-01-02", None, np.datetime64("NaT"), [DAY], 1j])
def test_what_is_no_time_is_refused(wrong):
    with pytest.raises(TypeError):
        load.Series([1.0], wrong)


@pytest.mark.parametrize(
    ("step", "seconds"),
    [(300, 300.0), ("5min", 300.0), ("0.25 s", 0.25), ("250ms", 0.25), ("1h", 3600.0), ("2d", 172_800.0), ("1w", 604_800.0)]
    + [(timedelta(minutes=5), 300.0), (timedelta(days=1, microseconds=500_000), 86_400.5), (np.float32(2), 2.0)],
)
def test_a_duration(step, seconds):
    assert load.Series([1.0], 0, step).step_seconds == seconds


@pytest.mark.parametrize("wrong", ["", "5", "min", "nans", "infs", "-", "5 fortnights"])
def test_what_is_no_duration_is_refused(wrong):
    with pytest.raises(ValueError, match="duration"):
        load.Series([1.0], 0, wrong)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        load.Series([1.0], datetime(1970, 1, 2))
    with pytest.raises(ValueError, match="time zone"):
        load.Series.from_samples([datetime(1970, 1, 2)], [1.0], 60)


def test_lists_of_times():
    times = [datetime(1970, 1, 2, 0, minute, tzinfo=timezone.utc) for minute in (0, 1)]
    assert load.Series.from_samples(times, [1.0, 2.0], "1min").start == DAY
