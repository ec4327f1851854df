"""What is Python's own in calendars, histories, evaluations, panels and hierarchies."""

import pickle
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import forescale
import numpy as np
import pytest
from forescale.forecast import Evaluation, Hierarchy, MovingAverage, Panel, SeasonalNaive, accuracy, evaluate
from forescale.load import Calendar, Event, History, Series
from hypothesis import given
from hypothesis import strategies as st

NOON = datetime(2026, 12, 25, 12, tzinfo=timezone.utc)


def test_holidays_and_events_are_what_python_has_for_them():
    sale = Event("sale", NOON, NOON + timedelta(hours=1), weight=2.0)
    calendar = Calendar("Europe/Berlin", [date(2026, 12, 25), "easter+1"], [sale])
    row = dict(zip(calendar.names, calendar.features([NOON])[0]))
    assert (row["holiday"], row["sale"], row["friday"], row["monday"]) == (1, 2, 1, 0)
    assert calendar.features([NOON]).shape == (1, len(calendar.names))
    assert pickle.loads(pickle.dumps(calendar)) == calendar
    assert pickle.loads(pickle.dumps(sale)) == sale
    assert (sale.name, sale.end - sale.start, sale.weight) == ("sale", 3_600_000, 2.0)
    assert repr(calendar) == 'Calendar("Europe/Berlin", 2 holidays, 1 events)'


def test_an_unknown_zone_is_named():
    with pytest.raises(forescale.ConfigError, match='time_zone: "Mars/Olympus" is not known'):
        Calendar("Mars/Olympus")


@given(
    st.datetimes(datetime(1850, 1, 1), datetime(2200, 1, 1)),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kolkata", "America/Sao_Paulo"]),
)
def test_the_wall_clock_is_that_of_python(moment, zone):
    moment = moment.replace(tzinfo=timezone.utc, microsecond=0)
    local = moment.astimezone(ZoneInfo(zone))
    calendar = Calendar(zone, day_pairs=1, week_pairs=0)
    sine, cosine, *weekdays, _ = calendar.features([moment])[0]
    angle = 2 * np.pi * (local.hour * 3600 + local.minute * 60 + local.second) / 86_400
    assert np.allclose([sine, cosine], [np.sin(angle), np.cos(angle)], atol=1e-12)
    assert list(weekdays).index(1) == local.weekday()


def test_a_history_takes_dicts():
    history = History([("1min", "1h"), (300, timedelta(hours=6))])
    for minute in range(5):
        moment = NOON + timedelta(minutes=minute)
        for tenant, cpu in (("a", 1.0), ("b", 3.0)):
            history.record(moment, {"cpu": cpu, "memory": float("nan")}, {"tenant": tenant})
    load = history.query("cpu", NOON, NOON + timedelta(minutes=5), "1min", across="sum")
    assert load.values.tolist() == [4.0] * 5
    assert history.query("cpu", NOON, NOON + timedelta(minutes=5), 300, "max", {"tenant": "a"}).values.tolist() == [1.0]
    assert history.series == [("cpu", {"tenant": "a"}), ("cpu", {"tenant": "b"})]
    assert history.counts == {"kept": 10, "folded": 0, "no_room": 0, "too_late": 0, "too_early": 0}
    again = pickle.loads(pickle.dumps(history))
    assert again.snapshot() == history.snapshot() and repr(again) == "History(2 series, 2 levels)"


def test_points_without_a_load_are_nan_and_counted():
    actual, predicted = [100, 0, 50], [110, 5, 40]
    assert np.allclose(accuracy(actual, predicted), [0.9, np.nan, 0.8], equal_nan=True)
    assert forescale.forecast.undefined(actual, predicted) == 1


def test_an_evaluation_is_a_table():
    pandas = pytest.importorskip("pandas")
    series = Series(10 + np.sin(np.arange(200)))
    result = evaluate(MovingAverage(3), pandas.Series(series.values, pandas.date_range("2026", periods=200, freq="min")), 2, 50)
    assert isinstance(result, Evaluation) and list(result.scores)[:4] == ["step", "points", "undefined", "mae"]
    frame = result.to_pandas()
    assert frame.loc[0, "points"] == 100 and list(frame.index) == [0, 1, 2]
    forecasts = pandas.DataFrame(result.forecasts)
    assert np.isclose((forecasts["actual"] - forecasts["mean"]).abs().mean(), frame.loc[0, "mae"])


def test_a_panel_takes_mappings_and_frames():
    pandas = pytest.importorskip("pandas")
    times = pandas.date_range("2026", periods=30, freq="min")
    frame = pandas.DataFrame({"cpu": np.arange(30.0), "memory": np.arange(30.0) ** 2}, times)
    panel = Panel(SeasonalNaive(5), ["memory", "cpu"], threads=2).fit(frame)
    panel.update({"cpu": 1.0, "memory": 2.0})
    forecasts = panel.forecast(5)
    assert list(forecasts) == ["memory", "cpu"] and forecasts["memory"].mean[-1] == 2.0 and forecasts["cpu"].mean[-1] == 1.0
    assert isinstance(panel.model("cpu"), SeasonalNaive)
    assert pickle.loads(pickle.dumps(panel)).snapshot() == panel.snapshot()
    with pytest.raises(KeyError):
        panel.update({"cpu": 1.0, "disk": 2.0})
    with pytest.raises(TypeError, match="has 1 names, but the panel has 2"):
        panel.update({"cpu": 1.0})
    with pytest.raises(forescale.DataError, match="values: has 3, but the panel has 2 names"):
        panel.update([1.0, 2.0, 3.0])


def test_loads_by_tag_add_up():
    leaves = [{"tenant": tenant, "kind": kind} for tenant in "ab" for kind in "xy"]
    hierarchy = Hierarchy(leaves, ["tenant", "kind"])
    assert hierarchy.nodes[:3] == [{}, {"tenant": "a"}, {"tenant": "b"}]
    rng = np.random.default_rng(1)
    forecasts = [MovingAverage(4).fit(Series(rng.uniform(1, 9, 20))).forecast(3) for _ in hierarchy.nodes]
    for method in ("variance", "bottom_up"):
        whole, *_, a, b, c, d = hierarchy.reconcile(forecasts, method)
        assert np.allclose(whole.mean, a.mean + b.mean + c.mean + d.mean, rtol=1e-14)
        assert np.all(whole.upper(0.9) > whole.mean)


class Recorder:
    """Forecasts the last value, and tells its log what it has seen whenever it must forecast."""

    def __init__(self, log):
        self.log, self.seen = log, []

    def fit(self, values, start, step_seconds, features):
        self.seen = list(values)

    def update(self, value, features):
        self.seen.append(value)

    def forecast(self, horizon, features):
        self.log.append((list(self.seen), None if features is None else features.ravel().tolist()))
        return [self.seen[-1]] * horizon, [1.0] * horizon

    def __deepcopy__(self, memo):
        return Recorder(self.log)


@pytest.mark.parametrize("refit_every", [0, 1, 2])
def test_a_model_that_tries_sees_nothing_from_its_origin_on(refit_every):
    log, values = [], np.arange(30.0)
    model = forescale.forecast.Custom(Recorder(log))
    evaluate(model, Series(values), 3, 5, refit_every, features=values[:, None])
    origins = [30 - 3 - 4 + at for at in range(5)]
    assert log == [(list(values[:origin]), list(values[origin : origin + 3])) for origin in origins]
    assert model.object.seen == []


@pytest.mark.parametrize("threads", [1, 2])
def test_what_a_model_raises_comes_out_of_a_panel(threads):
    class Failing(Recorder):
        def forecast(self, horizon, features):
            raise KeyError("no forecast today")

        def __deepcopy__(self, memo):
            return Failing(self.log)

    panel = Panel(forescale.forecast.Custom(Failing([])), ["cpu", "memory"], threads).fit([Series([1.0, 2.0])] * 2)
    with pytest.raises(Exception, match="no forecast today"):
        panel.forecast(1)
