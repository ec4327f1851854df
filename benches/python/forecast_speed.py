"""Speed of forescale's forecasting and load analysis beside its peers: CPU time of one thread, in the same run.

    pip install ./python statsforecast statsmodels river augurs prophet pandas
    python benches/python/forecast_speed.py [--rounds 5] [--only TEXT]

Every group runs `--rounds` times, its members in turn, and the median is shown. Calls of microseconds are made in a Python
loop, whose own cost is that of the row "the loop alone" (one call of a method that does nothing); what the library itself
needs is measured by `cargo bench -p forescale-benches -- forecast`. The loads are those of forecast_loads.py.
"""

import argparse
import logging
import os
import resource
import statistics
import time
import warnings

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NIXTLA_NUMBA_RELEASE_GIL": "0"}

import numpy as np
import pandas as pd
from forecast_loads import loads
from forecast_peers import ridge_once
from forescale import forecast, load
from forescale.load import Series


def generated(name):
    random = np.random.default_rng(1)
    return next((random.poisson(rate * step) / step, step) for kind, step, rate in loads(random) if kind == name)


def cpu():
    """Seconds of this process and of its children: Prophet computes in one."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


class Groups:
    """Each yields (name, prepare, run, calls): `run(prepare())` is timed, and divided by `calls`."""

    def update(self):
        """One update of Holt-Winters smoothing with trend and a season of 24 steps"""
        from river.time_series import HoltWinters

        values = generated("day_and_week")[0]
        smoothing = {"alpha": 0.2, "beta": 0.05, "gamma": 0.1}

        def ours():
            return forecast.Ets(error="additive", trend="additive", seasonal="additive", period=24, damped=False,
                                parameters=smoothing).fit(Series(values[:2016], step_seconds=600)).update  # fmt: skip

        def peer():
            model = HoltWinters(**smoothing, seasonality=24)
            feed(model.learn_one)
            return model.learn_one

        def feed(update):
            for value in rest:
                update(value)

        rest = [float(value) for value in values[2016:]]
        yield "forescale Ets.update", ours, feed, len(rest)
        yield "river HoltWinters.learn_one", peer, feed, len(rest)
        yield "the loop alone", lambda: len, lambda nothing: [nothing(()) for _ in rest], len(rest)

    def online(self):
        """One update and a forecast of 12 steps"""
        from river.time_series import SNARIMAX

        values = generated("day_and_week")[0]

        def ours():
            return forecast.Ensemble().fit(Series(values[:2016], step_seconds=600))

        def run(model):
            for value in rest:
                model.update(value)
                model.forecast(12)

        def updates(model):
            for value in rest:
                model.update(value)

        def peer():
            model = SNARIMAX(p=2, d=1, q=1)
            for value in values[:2016]:
                model.learn_one(float(value))
            return model

        def run_peer(model):
            for value in rest[:200]:
                model.learn_one(value)
                model.forecast(horizon=12)

        rest = [float(value) for value in values[2016:]]
        yield "forescale Ensemble.update and .forecast(12)", ours, run, len(rest)
        yield "forescale Ensemble.update alone", ours, updates, len(rest)
        yield "river SNARIMAX(2,1,1)", peer, run_peer, 200

    def arima(self):
        """Fit ARIMA(1,1,1) to 2,016 values"""
        from statsforecast.models import ARIMA
        from statsmodels.tsa.arima.model import ARIMA as Statsmodels

        values = generated("day_and_week")[0][:2016]
        series = Series(values, step_seconds=600)
        yield "forescale Arima((1, 1, 1)).fit", lambda: forecast.Arima(order=(1, 1, 1)), lambda m: m.fit(series), 1
        yield "statsforecast ARIMA(1,1,1)", lambda: ARIMA(order=(1, 1, 1)), lambda m: m.fit(values), 1
        yield "statsmodels ARIMA(1,1,1)", lambda: Statsmodels(values, order=(1, 1, 1)), lambda m: m.fit(), 1

    def automatic(self):
        """Choose and fit a model to 2,016 values, without season"""
        from augurs import AutoETS as Augurs
        from statsforecast.models import AutoARIMA, AutoETS

        values = generated("day_and_week")[0][:2016]
        series = Series(values, step_seconds=600)
        yield "forescale Ets().fit", forecast.Ets, lambda m: m.fit(series), 1
        yield "statsforecast AutoETS", lambda: AutoETS(season_length=1), lambda m: m.fit(values), 1
        yield "augurs AutoETS", lambda: Augurs(1, "ZZN"), lambda m: m.fit(values), 1
        yield "forescale Arima().fit", forecast.Arima, lambda m: m.fit(series), 1
        yield "statsforecast AutoARIMA", lambda: AutoARIMA(season_length=1), lambda m: m.fit(values), 1

    def decompose(self):
        """Decomposition of 4,032 values into a day of 144 and a week of 1,008 steps, and a trend"""
        from augurs import MSTL
        from statsforecast.mstl import mstl

        values = generated("day_and_week")[0]
        yield "forescale decompose", lambda: values, lambda v: load.decompose(v, [144, 1008]), 1
        yield "augurs MSTL.fit", lambda: MSTL.ets([144, 1008]), lambda m: m.fit(values), 1
        yield "statsforecast mstl", lambda: values, lambda v: mstl(v, [144, 1008]), 1
        yield "forescale Additive.fit", forecast.Additive, lambda m: m.fit(Series(values, step_seconds=600)), 1

    def periodogram(self):
        """Periodogram"""

        def peer(values):
            for _ in range(200):
                power = np.abs(np.fft.rfft(values - values.mean())) ** 2 * (2 * 60 / len(values))
                power[0] /= 2
                np.fft.rfftfreq(len(values), 60)

        def ours(values):
            for _ in range(200):
                load.periodogram(values, 60)

        for size in (2016, 10_080, 40_320):
            values = np.random.default_rng(1).normal(size=size)
            yield f"forescale periodogram of {size:,} values", lambda values=values: values, ours, 200
            yield f"numpy rfft of {size:,} values", lambda values=values: values, peer, 200


def regular():
    """Accuracy and time on a regular seasonal load: two weeks are learned, the next two days forecast, seven times."""
    from prophet import Prophet

    logging.getLogger("cmdstanpy").disabled = True
    values, step = generated("growth")
    rows = {}

    def ensemble(history):
        ahead = forecast.Ensemble().fit(Series(history, step_seconds=step)).forecast(288)
        return ahead.quantile(0.5)

    def prophet(history):
        stamps = pd.date_range("2024-01-01", periods=len(history) + 288, freq=f"{step}s")
        model = Prophet(weekly_seasonality=False).fit(pd.DataFrame({"ds": stamps[: len(history)], "y": history}))
        return model.predict(pd.DataFrame({"ds": stamps[len(history) :]}))["yhat"].to_numpy()

    def ridge(history):
        """Lags of an hour and of the day, Fourier terms of the day and a trend; the forecast feeds on itself."""
        lags = [*range(1, 7), 144]
        at = np.arange(144, len(history))
        rows = [history[at - lag] for lag in lags] + terms(at)
        matrix = np.array([np.ones(len(at)), *rows]).T
        scale = matrix.std(axis=0) + 1e-9
        penalty = 0.1 * np.diag([0.0] + [1.0] * (matrix.shape[1] - 1)) * scale**2
        weights = np.linalg.solve(matrix.T @ matrix + penalty, matrix.T @ history[at])
        path = np.concatenate([history, np.zeros(288)])
        known = np.array([np.ones(288), *terms(np.arange(len(history), len(path)))]).T @ weights[[0, *range(8, len(weights))]]
        for at in range(len(history), len(path)):
            path[at] = known[at - len(history)] + weights[1:8] @ path[[at - lag for lag in lags]]
        return path[len(history) :]

    def terms(at):
        turn = 2 * np.pi * at / 144
        return [at / 1000.0] + [f(k * turn) for k in range(1, 5) for f in (np.sin, np.cos)]

    for name, method in {"forescale Ensemble": ensemble, "Prophet": prophet, "ridge on lags and Fourier terms": ridge}.items():
        errors, seconds = [], []
        for first in range(0, 7 * 144, 144):
            history, future = values[first : first + 2016], values[first + 2016 : first + 2304]
            begin = cpu()
            ahead = method(history)
            seconds.append(cpu() - begin)
            errors.append(np.abs(ahead - future).sum() / future.sum())
        rows[name] = np.mean(errors), statistics.median(seconds)
    print("\n| fit to 2,016 values and forecast 288 | WAPE % | ms |\n|---|---:|---:|")
    for name, (error, seconds) in rows.items():
        print(f"| {name} | {error * 100:.2f} | {seconds * 1e3:.3g} |", flush=True)


def periods(count=300):
    """How many planted periods are found to within 5 %, and how often noise stays silent: ours beside augurs, which does
    not take the mean away itself."""
    from augurs import seasonalities as augurs

    random, kinds = np.random.default_rng(7), {}

    def planted(period):
        turn = np.arange(2016) + random.integers(0, period)
        return 10 + np.sin(2 * np.pi * turn / period) + 0.5 * np.sin(4 * np.pi * turn / period) + random.normal(0, 0.7, 2016)

    def coloured(coefficient):
        shocks, path = random.normal(0, 1, 2016), np.empty(2016)
        path[0] = shocks[0]
        for at in range(1, 2016):
            path[at] = coefficient * path[at - 1] + shocks[at]
        return path

    finders = {"forescale periods": lambda v: [p.seconds for p in load.periods(v, 1.0)], "augurs": lambda v: list(augurs(v - v.mean()))}
    for name, find in finders.items():
        found = silent = coloured_silent = 0
        random = np.random.default_rng(7)
        for index in range(count):
            period = int(random.integers(6, 300))
            answers = find(planted(period))
            found += any(abs(answer - period) <= max(1, 0.05 * period) for answer in answers)
            silent += not find(random.normal(0, 1, 2016))
            coloured_silent += not find(coloured(random.choice([0.5, 0.8, 0.95])))
        kinds[name] = found / count, silent / count, coloured_silent / count
    print("\n| | planted periods found | silent on white noise | on autocorrelated noise |\n|---|---:|---:|---:|")
    for name, shares in kinds.items():
        print(f"| {name} | {' | '.join(f'{share:.1%}' for share in shares)} |", flush=True)


def memory():
    """The state of the default ensemble that has learned days and weeks of minutes."""
    at = np.arange(4 * 10_080)
    rate = 50 * (1 + 0.5 * np.sin(2 * np.pi * at / 1440)) * np.where(at // 1440 % 7 < 5, 1, 0.6)
    model = forecast.Ensemble().fit(Series(np.random.default_rng(1).poisson(rate).astype(float)))
    print(f"\nSnapshot of the default ensemble after four weeks of minutes: {len(model.snapshot()) / 1024:.1f} KiB")


def round_to_three(value):
    return f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def median_time(members, rounds):
    times = {name: [] for name, *_ in members}
    for _ in range(rounds):
        for name, prepare, run, calls in members:
            ready = prepare()
            begin = cpu()
            run(ready)
            times[name].append((cpu() - begin) / calls)
    return {name: statistics.median(of_name) for name, of_name in times.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="only what has this in its name")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    groups = Groups()
    for name in ("update", "online", "arima", "automatic", "decompose", "periodogram"):
        if arguments.only in name:
            print(f"\n| {getattr(groups, name).__doc__} | µs |\n|---|---:|")
            try:
                for member, seconds in median_time(list(getattr(groups, name)()), arguments.rounds).items():
                    print(f"| {member} | {round_to_three(seconds * 1e6)} |", flush=True)
            except AttributeError as missing:
                print(f"| {missing} | |")
    for name, part in {"regular": regular, "periods": periods, "memory": memory}.items():
        if arguments.only in name:
            part()
