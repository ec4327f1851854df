"""A series wherever one is expected: from pandas, polars, and anything that gives an Arrow stream."""

import datetime
import subprocess
import sys

import numpy as np
import pytest
from forescale import DataError
from forescale.forecast import SeasonalNaive
from forescale.load import Calendar, Series, correlate, decompose, derivatives, dft, periodogram, periods

pandas = pytest.importorskip("pandas")
polars = pytest.importorskip("polars")
pyarrow = pytest.importorskip("pyarrow")

NAN = float("nan")
TIMES = pandas.date_range("2026-03-29 00:30", periods=6, freq="h").delete(2)
VALUES = [1.0, 2.0, 4.0, NAN, 6.0]
EXPECTED = Series([1.0, 2.0, NAN, 4.0, NAN, 6.0], np.datetime64("2026-03-29T00:30"), 3600)


class Stream:
    """Nothing but the stream protocol."""

    def __init__(self, table):
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


PANDAS = pandas.DataFrame({"time": TIMES, "load": VALUES, "host": "a"})
POLARS = polars.DataFrame({"host": ["a"] * 5, "load": VALUES, "time": TIMES.to_numpy()})
ARROW = pyarrow.table({"time": TIMES, "load": [1.0, 2.0, 4.0, None, 6.0]})

FRAMES = {
    "pandas series": pandas.Series(VALUES, TIMES),
    "pandas series in Berlin": pandas.Series(VALUES, TIMES.tz_localize("UTC").tz_convert("Europe/Berlin")),
    "pandas series of missing whole numbers": pandas.Series(pandas.array([1, 2, 4, None, 6], dtype="Int64"), TIMES),
    "pandas frame with index": pandas.DataFrame({"load": VALUES}, TIMES),
    "pandas frame": PANDAS,
    "pandas frame, backwards": PANDAS[::-1],
    "pandas frame in Berlin": PANDAS.assign(time=TIMES.tz_localize("UTC").tz_convert("Europe/Berlin")),
    "pandas frame of missing whole numbers": PANDAS.assign(load=pandas.array([1, 2, 4, None, 6], dtype="Int64")),
    "polars frame": POLARS,
    "polars lazy frame": POLARS.lazy(),
    "polars frame of whole numbers": POLARS.with_columns(polars.Series("load", [1, 2, 4, None, 6])),
    "polars frame in Berlin": POLARS.with_columns(polars.col("time").dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Berlin")),
    "arrow table": ARROW,
    "arrow table in Berlin": ARROW.set_column(0, "time", ARROW["time"].cast(pyarrow.timestamp("us", "Europe/Berlin"))),
    "arrow stream": Stream(ARROW),
    "arrow stream of chunks": Stream(pyarrow.concat_tables([ARROW.slice(0, 2), ARROW.slice(2)])),
    "arrow reader": ARROW.to_reader(),
}


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_is_a_series(name):
    assert Series.from_frame(FRAMES[name]) == EXPECTED


def test_what_has_times_keeps_them():
    timed = pandas.Series([1.0, 2.0, 3.0], pandas.date_range("2026-01-01", periods=3, freq="5min"))
    series = Series(timed)
    assert (series.start, series.step_seconds) == (1_767_225_600_000, 300.0)
    assert Series(series, start=series.start, step_seconds="5min") == series
    with pytest.raises(DataError, match="values: have times of their own.*steps of 300 s.*start=7"):
        Series(timed, start=7)
    assert Series(pandas.Series([1.0, 2.0])) == Series([1.0, 2.0])


def test_models_take_frames():
    fitted = SeasonalNaive(2).fit(POLARS).forecast(3)
    assert np.array_equal(fitted.mean, SeasonalNaive(2).fit(EXPECTED).forecast(3).mean)


HOURS = pandas.date_range("2026-01-01", periods=24 * 14, freq="h")
WAVE = np.sin(np.arange(len(HOURS)) * np.pi / 12) + 0.1 * np.cos(np.arange(len(HOURS)) ** 2)
WAVES = {
    "a series": Series(WAVE, HOURS[0].to_pydatetime().replace(tzinfo=datetime.timezone.utc), 3600),
    "pandas": pandas.Series(WAVE, HOURS),
    "polars": polars.DataFrame({"time": HOURS.to_numpy(), "load": WAVE}),
    "arrow": Stream(pyarrow.table({"time": HOURS, "load": WAVE})),
}


@pytest.mark.parametrize("name", WAVES)
def test_functions_of_a_load_take_what_knows_its_step(name):
    wave = WAVES[name]
    same = lambda ours, wanted: all(np.array_equal(a, b, equal_nan=True) for a, b in zip(ours, wanted, strict=True))
    assert same(periodogram(wave), periodogram(WAVE, 3600))
    assert same(derivatives(wave, window=7), derivatives(WAVE, 3600, 7))
    assert np.array_equal(dft(wave), dft(WAVE))
    assert periods(wave) == periods(WAVE, 3600) == periods(wave, "1h") and periods(wave)[0].seconds == 86_400
    assert np.array_equal(decompose(wave, [24]).trend, decompose(WAVE, [24]).trend)
    assert correlate(wave, WAVES["a series"], 3) == correlate(wave, WAVE, 3) == correlate(WAVE, WAVE, 3)
    with pytest.raises(ValueError, match="step_seconds: 60 was given, but the series has 3600"):
        periods(wave, 60)


def test_an_array_has_no_step_and_two_series_share_a_grid():
    for function in (periods, periodogram, derivatives):
        with pytest.raises(ValueError, match="step_seconds: must be given"):
            function(WAVE)
    with pytest.raises(ValueError, match="factor: starts at"):
        correlate(WAVES["pandas"], Series(WAVE, 0, 3600))
    # Columns without times are arrays: pandas and polars columns, chunked ones of Arrow.
    for column in (pandas.Series(WAVE), polars.Series(WAVE), pyarrow.chunked_array([WAVE[:99], WAVE[99:]])):
        assert np.array_equal(dft(column), dft(WAVE))


WRONG = {
    "irregular": (PANDAS.assign(time=TIMES + pandas.to_timedelta([0, 0, 0, 0, 7], "min")), ValueError, "not regular.*from_samples"),
    "one row": (PANDAS[:1], RuntimeError, "fewer than two different times"),
    "no time": (PANDAS[["load"]], ValueError, "one column of times, but has 0"),
    "two times": (POLARS.with_columns(polars.col("time").alias("other")), ValueError, "one column of times, but has 2"),
    "two numbers": (POLARS.with_columns(polars.col("load").alias("cpu")), ValueError, "one column of numbers, but has: load, cpu"),
    "two numbers with index": (pandas.DataFrame({"a": VALUES, "b": VALUES}, TIMES), ValueError, "has: a, b; select one"),
    "no number": (POLARS.select("time", "host"), ValueError, "one column of numbers"),
    "missing time": (ARROW.set_column(0, "time", pyarrow.array([None, *TIMES[1:]], pyarrow.timestamp("ms"))), TypeError, "NaT"),
    "an infinite load": (PANDAS.assign(load=float("inf")), ValueError, "infinite"),
    "a list": ([1.0, 2.0], TypeError, "got list"),
    "no index of times": (pandas.Series(VALUES), TypeError, "got Series"),
    "a polars column": (POLARS["load"], TypeError, "got Series"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_series_is_refused(name):
    frame, kind, message = WRONG[name]
    with pytest.raises(kind, match=message):
        Series.from_frame(frame)


def test_a_frame_is_read_without_any_other_library():
    """polars without pyarrow and pandas, as the wheel asks for numpy alone."""
    program = """
import sys
sys.modules["pyarrow"] = sys.modules["pandas"] = None
import polars, datetime
from forescale.load import Series
times = [datetime.datetime(2026, 1, 1, hour) for hour in range(3)]
assert len(Series.from_frame(polars.DataFrame({"time": times, "load": [1.0, 2.0, None]}))) == 3
class Stream:
    def __arrow_c_stream__(self, requested_schema=None): raise AssertionError
try:
    Series.from_frame(Stream())
except ImportError as error:
    assert "needs pyarrow" in str(error)
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_calendar_takes_the_times_of_a_frame():
    calendar = Calendar("Europe/Berlin")
    local = TIMES.tz_localize("UTC").tz_convert("Europe/Berlin")
    assert np.array_equal(calendar.features(TIMES), calendar.features(local))
    assert np.array_equal(calendar.features(TIMES), calendar.features(POLARS["time"]))
