"""Models that learn, and models of the user's own, where they meet Python: calendars, Ctrl-C, threads, re-entry, panels."""

import concurrent.futures
import pickle
import signal
import threading
import time

import numpy as np
import pytest

import forescale
from arguments import OwnModel
from forescale.forecast import Custom, Ensemble, GradientBoosting, Hierarchy, Hybrid, Lstm, MovingAverage, Panel, Tcn
from forescale.load import Calendar, Event, Series

SMALL = {
    GradientBoosting: {"trees": 5},
    Lstm: {"hidden": 3, "steps": 5},
    Tcn: {"channels": 3, "steps": 5},
    Hybrid: {"hidden": 3, "steps": 5, "trees": 5},
}


def daily(length=300):
    hours = np.arange(length)
    return Series(100 + 50 * np.sin(hours * np.pi / 12) + np.random.default_rng(1).normal(0, 3, length), 0, 3600)


@pytest.mark.parametrize("model", SMALL)
def test_a_calendar_may_be_an_object_or_its_settings(model):
    sale = {"name": "sale", "start": 0, "end": 86_400_000}
    by_settings = model(**SMALL[model], calendar={"time_zone": "Europe/Berlin", "events": [sale]}).fit(daily())
    by_object = model(**SMALL[model], calendar=Calendar("Europe/Berlin", events=[Event(**sale)])).fit(daily())
    assert by_settings.snapshot() == by_object.snapshot()
    with pytest.raises(forescale.ConfigError, match="time_zone"):
        model(calendar={"time_zone": "Nowhere"})
    with pytest.raises(forescale.ConfigError, match="tune_zone"):
        model(calendar={"tune_zone": "UTC"})


@pytest.mark.parametrize("model", [Lstm, Tcn, Hybrid])
def test_endless_training_is_refused(model):
    for steps in (10**9, -1, 10**30):
        with pytest.raises((forescale.ConfigError, OverflowError)):
            model(steps=steps)


def interrupt_after(seconds):
    threading.Timer(seconds, signal.raise_signal, [signal.SIGINT]).start()


def test_ctrl_c_ends_a_fit_and_leaves_the_model_as_it_was():
    model = Lstm(hidden=128, steps=100_000, horizon=8)
    interrupt_after(0.5)
    with pytest.raises(KeyboardInterrupt):
        model.fit(daily(3000))
    with pytest.raises(forescale.NotReadyError):
        model.forecast(1)


def test_ctrl_c_ends_the_fit_of_a_panel():
    panel = Panel(Lstm(hidden=64, horizon=8), [str(i) for i in range(200)], threads=2)
    interrupt_after(0.5)
    with pytest.raises(KeyboardInterrupt):
        panel.fit([daily(1000)] * 200)
    with pytest.raises(forescale.NotReadyError):
        panel.forecast(1)


class Interrupted(OwnModel):
    def update(self, value, features):
        if value == 13:
            raise KeyboardInterrupt


def test_ctrl_c_in_a_models_own_code_is_not_lost():
    for model in (Custom(Interrupted()), Ensemble([Custom(Interrupted())])):
        model.fit(daily())
        with pytest.raises(KeyboardInterrupt):
            model.update(13.0)


def test_a_model_that_calls_its_own_forecaster_is_refused_and_does_not_hang():
    class Own(OwnModel):
        calls = ()

        def update(self, value, features):
            for call in self.calls:
                with pytest.raises(forescale.DataError, match="in the middle of a call"):
                    call()
            super().update(value, features)

        def forecast(self, horizon, features):
            self.update(self.last, features)
            return super().forecast(horizon, features)

    own = Own()
    model = Custom(own).fit(daily())
    own.calls = (lambda: model.update(1.0), lambda: model.forecast(1), lambda: model.parameters, model.snapshot, lambda: model.fit(daily()))
    model.update(5.0)
    assert model.forecast(1).mean == [5.0]
    other = Custom(OwnModel()).fit(daily())
    own.calls = ()
    own.update = lambda value, features: other.update(value)
    model.update(6.0)
    assert other.forecast(1).mean == [6.0], "another forecaster may be called"


def test_threads_may_share_a_model_of_the_users():
    class Counting(OwnModel):
        count = 0

        def update(self, value, features):
            before = self.count
            time.sleep(1e-5)
            self.count = before + 1

    own = Counting()
    model = Custom(own).fit(daily())
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: model.update(1.0) if i % 2 else model.forecast(3), range(200)))
    assert own.count == 100, "updates wait for one another"


def test_an_ensemble_with_a_model_of_the_users_is_not_restored_without_it():
    ensemble = Ensemble([Custom(OwnModel()), MovingAverage(3)]).fit(daily())
    with pytest.raises(forescale.SnapshotError, match="OwnModel"):
        pickle.loads(pickle.dumps(ensemble))


@pytest.mark.parametrize("threads", [1, 3])
def test_what_one_model_refuses_no_series_of_a_panel_takes_in(threads):
    class Fussy(OwnModel):
        def update(self, value, features):
            if value == 13:
                raise LookupError("thirteen")
            super().update(value, features)

    panel = Panel(Custom(Fussy()), ["cpu", "memory", "tokens"], threads).fit([daily()] * 3)
    panel.update([1.0, 2.0, 3.0])
    with pytest.raises(Exception, match="thirteen"):
        panel.update([5.0, 13.0, 5.0])
    assert [forecast.mean[0] for forecast in panel.forecast(1).values()] == [1.0, 2.0, 3.0]
    panel.update([5.0, float("nan"), 5.0])
    assert [forecast.mean[0] for forecast in panel.forecast(1).values()] == [5.0, 2.0, 5.0]


def test_several_resources_by_tenant_add_up_in_mean_and_never_cross():
    random, resources = np.random.default_rng(2), ["cpu", "memory", "network", "tokens"]
    leaves = [{"tenant": tenant, "program": program} for tenant in "ab" for program in ("api", "batch", "web")]
    hierarchy = Hierarchy(leaves, ["tenant", "program"])
    loads = {resource: random.poisson(20 * (1 + at), (len(leaves), 200)).astype(float) for at, resource in enumerate(resources)}
    names = [f"{resource} {node}" for resource in resources for node in range(len(hierarchy.nodes))]
    member = [[i for i, leaf in enumerate(leaves) if node.items() <= leaf.items()] for node in hierarchy.nodes]
    series = [Series(loads[resource][own].sum(axis=0)) for resource in resources for own in member]
    one, two = (Panel(Ensemble(), names, threads).fit(series).forecast(5) for threads in (1, 2))
    for resource in range(len(resources)):
        mine = slice(resource * len(member), (resource + 1) * len(member))
        forecasts = hierarchy.reconcile(list(one.values())[mine])
        again = hierarchy.reconcile(list(two.values())[mine])
        for node, (forecast, same) in enumerate(zip(forecasts, again)):
            parts = [forecasts[len(member) - len(leaves) + leaf].mean for leaf in member[node]]
            assert np.allclose(forecast.mean, np.sum(parts, axis=0), rtol=1e-14)
            ladder = np.array([forecast.quantile(q) for q in (0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999)])
            assert np.all(np.diff(ladder, axis=0) >= 0) and np.all(ladder >= 0)
            assert np.array_equal(forecast.mean, same.mean) and np.array_equal(forecast.quantile(0.9), same.quantile(0.9))


@pytest.mark.parametrize("model", SMALL)
def test_bad_calls_are_refused_and_change_nothing(model):
    fitted = model(**SMALL[model]).fit(daily(), features=np.zeros((300, 2)))
    before = fitted.snapshot()
    for call in (
        lambda: fitted.update(1.0),
        lambda: fitted.update(1.0, [1.0]),
        lambda: fitted.update(float("inf"), [1.0, 1.0]),
        lambda: fitted.update(1.0, [float("nan"), 1.0]),
        lambda: fitted.forecast(2),
        lambda: fitted.forecast(2, features=[[1.0, 1.0]]),
        lambda: fitted.forecast(10**7, features=np.zeros((10**7, 2))),
        lambda: fitted.fit(Series([])),
        lambda: fitted.fit(Series([1.0] * 10)),
        lambda: fitted.fit(daily(), features=np.zeros((300, 300))),
    ):
        with pytest.raises(forescale.Error):
            call()
    assert fitted.snapshot() == before
    for value in (1e300, -5.0, float("nan")):
        fitted.update(value, [1e300, 0.0])
        assert np.isfinite(fitted.forecast(70, features=np.ones((70, 2))).mean).all()
