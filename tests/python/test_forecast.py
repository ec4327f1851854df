"""What only Python has of forecast and load: chained calls, pickling, pandas, gzipped files."""

import copy
import gzip
import pickle
import threading
import time

import numpy as np
import pytest

from forescale import ConfigError, NotReadyError, SnapshotError
from forescale.forecast import AdaptiveInterval, AdaptiveQuantile, Ensemble, MovingAverage, SeasonalNaive
from forescale.load import Series, read_csv

LOAD = Series([1.0, 5.0, 2.0, 6.0, np.nan, 7.0], start=60_000, step_seconds=30)


def test_fit_gives_the_model_itself():
    model = SeasonalNaive(2)
    assert model.fit(LOAD) is model
    forecast = model.forecast(3)
    assert forecast.mean.tolist() == [2.0, 7.0, 2.0] and len(forecast) == 3
    assert forecast.times.tolist() == [240_000, 270_000, 300_000]
    assert (forecast.lower(0.8) <= forecast.mean).all() and (forecast.upper(0.8) >= forecast.mean).all()


@pytest.mark.parametrize("model", [MovingAverage(3), SeasonalNaive(2)], ids=repr)
def test_models_go_on_after_pickling(model):
    model.fit(LOAD)
    for twin in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        twin.update(9.0)
        model_again = type(model).restore(model.snapshot())
        model_again.update(9.0)
        assert twin.snapshot() == model_again.snapshot()
        assert twin.forecast(4).mean.tolist() == model_again.forecast(4).mean.tolist()


def test_a_season_needs_a_season():
    with pytest.raises(NotReadyError, match="needs at least 7 steps, a season, the series has 6"):
        SeasonalNaive(7).fit(LOAD)


def test_the_snapshot_of_another_model_is_refused():
    with pytest.raises(SnapshotError, match="holds a SeasonalNaive, not a MovingAverage"):
        MovingAverage.restore(SeasonalNaive(2).snapshot())


@pytest.mark.parametrize("learned", [AdaptiveQuantile(0.9, 0.05), AdaptiveInterval(0.9, 0.05)], ids=lambda it: type(it).__name__)
def test_adaptive_intervals_go_on_after_pickling(learned):
    inputs = (lambda value: (value,)) if isinstance(learned, AdaptiveQuantile) else (lambda value: (value, 0.0))
    for value in range(50):
        learned.update(*inputs(float(value % 7)))
    twin = pickle.loads(pickle.dumps(learned))
    for value in (3.0, 30.0):
        learned.update(*inputs(value))
        twin.update(*inputs(value))
        assert twin.snapshot() == learned.snapshot() and repr(twin) == repr(learned)


def test_gzipped_files_are_read(tmp_path):
    text = "time,load,other\n0,1,4\n60,2,5\n"
    (tmp_path / "load.csv").write_text(text)
    (tmp_path / "load.csv.gz").write_bytes(gzip.compress(text.encode()))
    for name in ("load.csv", "load.csv.gz"):
        assert read_csv(tmp_path / name) == Series([1.0, 2.0])
        assert read_csv(str(tmp_path / name), "other", 30).values.tolist()[::2] == [4.0, 5.0]
    with pytest.raises(ConfigError, match="column"):
        read_csv(tmp_path / "load.csv", "cpu")
    with pytest.raises(FileNotFoundError):
        read_csv(tmp_path / "none.csv")


def test_a_pandas_series_is_a_series():
    pandas = pytest.importorskip("pandas")
    index = pandas.date_range("2025-01-06 01:00", periods=6, freq="30s", tz="Europe/Berlin")
    measured = pandas.Series([1.0, 5.0, 2.0, 6.0, np.nan, 7.0], index=index)
    model = SeasonalNaive(2).fit(measured)
    assert model.forecast(1).mean.tolist() == [2.0]
    assert model.forecast(1).times.tolist() == [1_736_121_600_000 + 180_000]
    with pytest.raises(TypeError, match="DatetimeIndex"):
        model.fit(measured.reset_index(drop=True))
    with pytest.raises(TypeError, match="got list"):
        model.fit([1.0, 2.0])


def test_a_refit_leaves_the_model_to_other_threads():
    model = Ensemble([MovingAverage(3)]).fit(Series(np.arange(200.0) % 7))
    before = len(model.snapshot())

    def clock():
        thread = threading.Thread(target=model.update, args=(3.0,))
        thread.start()
        thread.join(30)
        assert not thread.is_alive()
        return time.perf_counter()

    assert model.refit(10.0, clock) == [0]
    assert model.parameters["members"][0]["refits"] == 1
    assert model.refits_due() == [] and len(model.snapshot()) > before / 2
