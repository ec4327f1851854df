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
from forescale.simulate import World, backtest, compare, synthetic

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
    found = compare(report, "hpa", "predictive")
    hpa, predictive = report.policies
    assert math.isclose(found.cost.difference, hpa.cost - predictive.cost, rel_tol=1e-9)
    assert found.cost.lower < found.cost.difference < found.cost.upper
    assert pickle.loads(pickle.dumps(found)) == found
    assert json.loads(found.to_json())["violation_seconds"]["first"] == found.violation_seconds.first
    with pytest.raises(ValueError, match="kpa"):
        compare(report, "hpa", "kpa")
