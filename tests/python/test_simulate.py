"""What the backtest's Python face adds to the shared vectors: progress, Ctrl-C, arrays, data frames."""

import copy
import json
import math
import pickle
import signal
import threading

import forescale
import numpy as np
import pytest
from forescale.load import Series
from forescale.policy import Predictive, Static
from forescale.simulate import World, backtest, backtest_many, compare, synthetic

LOAD = Series(200 + 100 * np.sin(np.arange(240) / 40))
WORLD = World(10.0, season_seconds="4h")


@pytest.fixture(scope="module")
def report():
    return backtest(LOAD, ["hpa", Predictive(), {"static": {"replicas": 40}}, Static(30)], WORLD, seed=3)


def test_a_report_holds_every_number(report):
    assert [result.policy for result in report.policies] == ["hpa", "predictive", "static", "static 2"]
    told = json.loads(report.to_json())
    for result, totals in zip(report.policies, told["policies"]):
        assert {name: getattr(result, name) for name in totals} == totals
        assert result == report.policy(result.policy)
        assert result.violation_share == result.violation_seconds / result.seconds
    assert [point.setting for point in report.frontier] == [point["setting"] for point in told["frontier"]]
    assert report.world == WORLD and report.seed == 3 and report.start == 0 and report.interval_seconds == 15
    assert repr(report) == report.table() and "predictive" in report.table()


def test_timelines_are_arrays(report):
    timeline = report.timeline("hpa")
    count = 240 * 4
    for column in (timeline.requested, timeline.ready, timeline.charged):
        assert column.dtype == np.int64 and column.shape == (count,)
    assert timeline.response_seconds.shape == (count,) and timeline.forecast.shape == (count, 3)
    assert report.load.shape == (count,) and math.isclose(report.load[0], 200)
    assert (timeline.charged >= timeline.ready).all()
    with pytest.raises(forescale.DataError, match="magic"):
        report.timeline("magic")


def test_a_data_frame(report):
    pytest.importorskip("pandas")
    frame = report.to_pandas()
    assert list(frame.index) == ["hpa", "predictive", "static", "static 2"]
    assert frame.loc["static 2", "cost"] == report.policy("static 2").cost


def test_progress_is_told_and_may_stop(report):
    shares = []
    again = backtest(LOAD, ["hpa", Predictive(), Static(40), Static(30)], WORLD, 3, shares.append)
    assert shares == sorted(set(shares)) and shares[-1] == 1 and again.to_json() == report.to_json()
    with pytest.raises(ZeroDivisionError):
        backtest(LOAD, ["hpa"], WORLD, progress=lambda share: 1 / 0)
    with pytest.raises(TypeError, match="callable"):
        backtest(LOAD, ["hpa"], WORLD, progress=3)


def test_control_c_ends_a_backtest():
    def press(share, pressed=[]):
        if not pressed:
            pressed.append(share)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        backtest(LOAD, ["hpa", "predictive"], WORLD, progress=press)


def test_the_interpreter_is_free_meanwhile():
    ticks, done = [], threading.Event()

    def tick():
        while not done.wait(0.001):
            ticks.append(1)

    ticker = threading.Thread(target=tick)
    ticker.start()
    backtest(LOAD, ["hpa", "predictive"], WORLD)
    done.set()
    ticker.join()
    assert len(ticks) > 3


def test_worlds_are_values():
    assert copy.deepcopy(WORLD) == WORLD != World(10.0)
    assert World(**WORLD.config) == WORLD and eval(repr(WORLD)) == WORLD
    with pytest.raises(forescale.ConfigError, match="drain_seconds"):
        World(10.0, drain_seconds=-1)
    with pytest.raises(forescale.DataError, match="policies"):
        backtest(LOAD, [], WORLD)
    with pytest.raises(TypeError):
        backtest(LOAD, "hpa", WORLD)


def test_parts_of_a_generated_load_have_the_defaults_of_the_core():
    """A dict without settings takes the core's defaults, a function of the module its own: they are the same."""
    parts = set(synthetic.__all__) - {"generate"}
    assert len(parts) == 9
    for name in parts:
        needed = {"start_seconds": 600.0} if name == "ramp" else {}
        ours = synthetic.generate([getattr(synthetic, name)(**needed)], steps=500, seed=3)
        core = synthetic.generate([{name: needed}], steps=500, seed=3)
        assert np.array_equal(ours.values, core.values, equal_nan=True), name


def test_a_comparison_says_what_the_report_says():
    load = synthetic.generate([synthetic.cycle(), synthetic.noise()], base=50, steps=1440, seed=1)
    report = backtest(load, ["hpa", "predictive"], World(1.0), seed=2)
    found = compare(report, a="hpa", b="predictive")
    hpa, predictive = report.policies
    assert math.isclose(found.cost.difference, hpa.cost - predictive.cost, rel_tol=1e-9)
    assert found.cost.lower < found.cost.difference < found.cost.upper
    assert pickle.loads(pickle.dumps(found)) == found
    assert json.loads(found.to_json())["violation_seconds"]["first"] == found.violation_seconds.first
    with pytest.raises(ValueError, match="kpa"):
        compare(report, "hpa", "kpa")


def test_many_loads_on_many_threads_give_the_same_reports(report):
    policies = ["hpa", Predictive(), {"static": {"replicas": 40}}, Static(30)]
    other = Series(LOAD.values[::-1].copy())
    first, second = backtest_many([LOAD, other], policies, WORLD, seed=3, threads=3)
    assert first.to_json() == report.to_json() and second.to_json() == backtest(other, policies, WORLD, 3).to_json()
    assert np.array_equal(first.timeline("hpa").cost, report.timeline("hpa").cost)
    full = backtest(LOAD, ["hpa"], WORLD, 3, sweep="full", threads=2)
    assert len(full.frontier) == 80 and backtest(LOAD, ["hpa"], WORLD, 3, sweep="none").frontier == []
    with pytest.raises(forescale.ConfigError, match="sweep"):
        backtest(LOAD, ["hpa"], WORLD, sweep="some")
    with pytest.raises(forescale.ConfigError, match="threads"):
        backtest_many([LOAD], ["hpa"], WORLD, threads=0)
    with pytest.raises(forescale.DataError, match="loads"):
        backtest_many([], ["hpa"], WORLD)


def test_what_progress_raises_ends_all_threads():
    with pytest.raises(ZeroDivisionError):
        backtest_many([LOAD, LOAD], ["hpa"], WORLD, threads=2, progress=lambda share: 1 / 0)


def test_days_add_up_to_the_totals(report):
    days = report.per_day()
    for result in report.policies:
        mine = [day for day in days if day.policy == result.policy]
        assert math.isclose(sum(day.cost for day in mine), result.cost)
        assert math.isclose(sum(day.over_provisioned_hours for day in mine), result.over_provisioned_hours, abs_tol=1e-9)
    assert len(report.per_day_table().splitlines()) == 1 + len(days)
    with pytest.raises(forescale.DataError, match="whole days"):
        report.daily_means()
