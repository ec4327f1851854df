"""What the best-known forecasters reach on a folder of load traces, by rolling origin.

    pip install statsforecast pandas
    python benches/python/forecast_peers.py FOLDER [--cache target/forecast_peers] [--origins 200] [--table table.csv]

FOLDER holds `.csv` or `.csv.gz` with the columns `timestamp,value` and optionally `requests`, the count in the step.

Protocol. The test part is the last half of a trace. Horizons are 1, 5, 15 and 60 minutes where they are whole steps and
at most a quarter of the trace. `--origins` origins lie evenly in the test part, the same for every method and horizon,
every one when there are fewer. A method sees `values[:origin]` and forecasts the value at exactly `h` steps ahead,
`values[origin + h - 1]`. Missing values are carried forward for the peers and never scored. Each peer runs at many
settings, and the best for each trace and horizon is chosen in hindsight, for MAE and CRPS apart. Quantiles are taken at
0.025, 0.05, ..., 0.975 and clipped at 0; CRPS is twice the mean pinball loss over these 39. MASE divides by the mean
absolute one-step change before the first origin; MAPE and the share within 15 % leave out zeros.
Forecasts are kept in the cache, one file a method, setting and trace; what is there is not computed again.
"""

import argparse
import functools
import pathlib
import time
import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import norm

PROBABILITIES = np.arange(1, 40) / 40
LEVELS = list(range(5, 100, 5))  # central intervals, in percent: together with the mean the same 39 quantiles
MINUTES = (1, 5, 15, 60)
DAY, WEEK = 86_400, 604_800


class Trace(NamedTuple):
    name: str
    start: int  # Unix seconds
    step: float  # seconds
    values: np.ndarray  # NaN where missing
    requests: np.ndarray  # the count in each step, NaN where unknown

    @property
    def filled(self):
        return pd.Series(self.values).ffill().bfill().to_numpy()

    @property
    def horizons(self):
        """Minutes to whole steps."""
        whole = {m: m * 60 / self.step for m in MINUTES if m * 60 % self.step == 0}
        return {m: int(h) for m, h in whole.items() if h <= len(self.values) / 4}

    def origins(self, count):
        first, last = len(self.values) // 2, len(self.values) - max(self.horizons.values())
        return np.unique(np.linspace(first, last, min(count, last - first + 1)).astype(int))

    def periods(self, history):
        """Day and week in steps, where `history` steps hold them."""
        return {n: int(s / self.step) for n, s in (("day", DAY), ("week", WEEK)) if s <= history * self.step}


def read(path):
    table = pd.read_csv(path)
    stamps = pd.to_datetime(table["timestamp"], utc=True)
    seconds = (stamps - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy()
    count = table["requests"] if "requests" in table else np.full(len(table), np.nan)
    values = table["value"].to_numpy(float)
    return Trace(path.name.split(".")[0], int(seconds[0]), seconds[1] - seconds[0], values, np.asarray(count, float))


def traces(folder):
    found = [read(path) for path in sorted(pathlib.Path(folder).glob("*.csv*"))]
    return sorted((trace for trace in found if trace.horizons), key=lambda trace: len(trace.values))


# The peers. Each yields (method, setting, forecasts), where forecasts() gives mean and quantiles for every origin and
# horizon: arrays of shape (origins, horizons) and (origins, horizons, 39).


def points(trace, origins):
    """Naive, seasonal naive and moving averages, with the distribution of their own past errors around them."""
    values = trace.filled
    for name, period in trace.periods(origins[0]).items():
        yield from around(trace, origins, "SeasonalNaive", name, lambda o, h, p=period: values[o - p + (h - 1) % p], period)
    total = np.concatenate([[0.0], np.cumsum(values)])
    for window in (1, 2, 3, 5, 8, 12, 20, 30, 45, 60, 90, 120, 180, 240, 360, 720, 1440, 10_080):
        if window <= origins[0] // 2:
            method = ("Naive", "") if window == 1 else ("MovingAverage", str(window))
            yield from around(trace, origins, *method, lambda o, h, w=window: (total[o] - total[o - w]) / w)


def around(trace, origins, method, setting, point, reach=None):
    values, reach = trace.filled, reach or origins[0] // 2
    for keep in (300, 3000):
        for shape in ("normal", "empirical"):

            def forecasts(keep=keep, shape=shape):
                mean = np.array([[point(o, h) for h in trace.horizons.values()] for o in origins], float)
                table = np.empty((*mean.shape, 39))
                for column, h in enumerate(trace.horizons.values()):
                    for row, origin in enumerate(origins):
                        # Every error known at the origin, the oldest first; a short trace has few.
                        past = np.arange(max(origin - h - keep, reach), origin - h + 1)
                        errors = values[past + h - 1] - point(past, h)
                        if len(errors) < 10:
                            errors = values[:origin] - values[:origin].mean()
                        ours = errors.std() * norm.ppf(PROBABILITIES) if shape == "normal" else np.quantile(errors, PROBABILITIES)
                        table[row, column] = mean[row, column] + ours
                        if shape == "empirical":  # what a forecaster judged by its absolute error would answer
                            mean[row, column] = table[row, column, 19]
                return mean, table

            yield method, f"{setting} {shape} {keep}".strip(), forecasts


def fitted(trace, origins):
    """The models of statsforecast on trailing windows."""
    from statsforecast.models import AutoARIMA, AutoETS, AutoTheta

    periods, first = trace.periods(origins[0]), origins[0]
    windows = {AutoETS: (100, 300, 1000, 4000), AutoARIMA: (100, 300, 1000, 3000), AutoTheta: (100, 300, 1000)}
    for model, sizes in windows.items():
        for window in sorted({min(window, first) for window in sizes}):
            every = 10 if model is AutoARIMA and window > 300 else 1  # which saves half of an hour
            name = f"last {window}" if every == 1 else f"last {window} held for {every}"
            yield model.__name__, name, refit(trace, origins, window, functools.partial(model, season_length=1), every)
        if model is not AutoARIMA and 24 < periods.get("day", 0) <= 288:  # longer seasons take minutes a fit
            make = functools.partial(model, season_length=periods["day"])
            yield model.__name__, "day", refit(trace, origins, 7 * periods["day"], make)


def seasonal(trace, origins):
    """MSTL with hour, day, or day and week."""
    from statsforecast.models import AutoARIMA, AutoETS

    periods, first = trace.periods(origins[0]), origins[0]
    seasons = {"hour": [int(3600 / trace.step)], "day": [periods.get("day", 0)], "day+week": [*periods.values()]}
    trends = {"AutoETS": (functools.partial(AutoETS, model="ZZN"), 1000), "AutoARIMA": (AutoARIMA, 300)}
    for name, season in seasons.items():
        if season and 12 < season[-1] <= first // 2 and len(season) == len(name.split("+")):
            parts, window = {}, (14 if len(season) == 1 else 3) * season[-1]
            for trend in trends:
                make = functools.partial(Mstl, season, *trends[trend], parts)
                yield "MSTL", f"{name} {trend}", refit(trace, origins, window, make)


class Mstl:
    """statsforecast's MSTL with LOESS at every tenth of a day, which is what makes 200 fits affordable (0.05 s and not 6 s
    for seven days of minutes), and the trend forecaster on the last `keep` values free of season."""

    def __init__(self, season, trend, keep, parts):
        self.season, self.trend, self.keep, self.parts = season, trend, keep, parts

    def forecast(self, values, h, level):
        key = hash(values.tobytes())  # the trend forecasters share the decompositions
        if key not in self.parts:
            self.parts[key] = self.split(values, h)
        ahead, free = self.parts[key]
        return {name: value + ahead for name, value in self.trend().forecast(free[-self.keep :], h=h, level=level).items()}

    def split(self, values, h):
        from statsforecast.mstl import mstl

        jump = max(1, self.season[0] // (10 if len(self.season) == 1 else 4))
        parts = mstl(values, self.season, stl_kwargs={"trend_jump": jump, "low_pass_jump": jump})
        names = [column for column in parts if column.startswith("seasonal")]
        ahead = sum(np.resize(parts[name].to_numpy()[-period:], h) for name, period in zip(names, self.season))
        return ahead, (parts["trend"] + parts["remainder"]).to_numpy()[-1000:]


def refit(trace, origins, window, make, every=1):
    """Fits anew at each origin, or at every so many, and in between goes on with the same parameters."""
    values, steps = trace.filled, np.array(list(trace.horizons.values()))

    def forecasts():
        mean, table, failed = np.empty((len(origins), len(steps))), np.empty((len(origins), len(steps), 39)), 0
        for row, origin in enumerate(origins):
            history = values[max(0, origin - window) : origin]
            try:
                if every > 1 and row % every == 0:
                    model = make().fit(history)
                run = make().forecast if every == 1 else model.forward
                ahead = run(history, h=int(steps.max()), level=LEVELS)
                at = {name: np.asarray(value)[steps - 1] for name, value in ahead.items()}
                lower = [at[f"lo-{level}"] for level in LEVELS[::-1]]
                mean[row], quantiles = at["mean"], [*lower, at["mean"], *(at[f"hi-{level}"] for level in LEVELS)]
                table[row] = np.sort(np.array(quantiles).T, axis=1)
                if not np.isfinite(table[row]).all():
                    raise ValueError("not finite")
            except Exception:  # a peer that fails falls back to the naive forecast
                failed += 1
                mean[row] = history[-1]
                spread = np.sqrt(steps)[:, None] * np.diff(history).std() * norm.ppf(PROBABILITIES)
                table[row] = history[-1] + spread
        if failed:
            print(f"  {failed} of {len(origins)} fits failed", flush=True)
        return mean, table

    return forecasts


def ridge(trace, origins):
    """Ridge regression on lags and Fourier terms of the day, one a horizon: not in statsforecast, but hard to beat."""
    values, period = trace.filled, trace.periods(origins[0]).get("day")
    for window in (1000, 20_000):

        def forecasts(window=window):
            mean, table = np.empty((len(origins), len(trace.horizons))), np.empty((len(origins), len(trace.horizons), 39))
            for column, h in enumerate(trace.horizons.values()):
                for row, origin in enumerate(origins):
                    mean[row, column], table[row, column] = ridge_once(values[max(0, origin - window) : origin], h, period, origin)
            return mean, table

        if window == 1000 or origins[0] > 2000:
            yield "Ridge", f"last {window}", forecasts


def ridge_once(history, h, period, origin, lags=12):
    size = len(history)
    lags = min(lags, max(1, size // 10))
    if size - h - lags < 10:
        return history[-1], history[-1] + history.std() * norm.ppf(PROBABILITIES)
    ends = np.arange(lags, size - h + 1)  # a row knows history[:end] and aims at history[end + h - 1]
    rows = [history[ends - 1 - lag] for lag in range(lags)]
    now = [history[size - 1 - lag] for lag in range(lags)]
    if period and size > period + h + lags:
        turn = 2 * np.pi * np.arange(1, 7) / period
        rows += [f(w * (ends + h - 1)) for w in turn for f in (np.sin, np.cos)]
        now += [f(w * (size + h - 1)) for w in turn for f in (np.sin, np.cos)]
    matrix, aim, now = np.array(rows).T, history[ends + h - 1], np.array(now)
    centre, level = matrix.mean(axis=0), aim.mean()
    matrix = matrix - centre
    gram = matrix.T @ matrix
    weights = np.linalg.solve(gram + 1e-3 * (np.trace(gram) / len(gram) + 1e-12) * np.eye(len(gram)), matrix.T @ (aim - level))
    mean = level + (now - centre) @ weights
    return mean, mean + np.quantile(aim - level - matrix @ weights, PROBABILITIES)


# Scores.


def actual(trace, origins):
    return np.array([[trace.values[o + h - 1] for h in trace.horizons.values()] for o in origins])


def losses(trace, origins, mean, quantiles):
    """One dictionary of scores a horizon. `mean` is the point forecast."""
    truth, quantiles, mean = actual(trace, origins), np.maximum(quantiles, 0.0), np.maximum(mean, 0.0)
    scale = np.nanmean(np.abs(np.diff(trace.values[: origins[0]])))
    for column, (minutes, steps) in enumerate(trace.horizons.items()):
        known = np.isfinite(truth[:, column])
        y, m, q = truth[known, column], mean[known, column], quantiles[known, column]
        error, up = np.abs(y - m), y > 0
        pinball = np.maximum(PROBABILITIES * (y[:, None] - q), (PROBABILITIES - 1) * (y[:, None] - q))
        share = error[up] / y[up]

        def inside(level, q=q, y=y):
            tail = round((1 - level) / 2 * 40) - 1
            return np.mean((y >= q[:, tail]) & (y <= q[:, -1 - tail]))

        yield {"trace": trace.name, "horizon_minutes": minutes, "steps": steps, "n": int(known.sum()), "mae": error.mean(),
               "crps": 2 * pinball.mean(), "coverage80": inside(0.8), "coverage95": inside(0.95), "mase": error.mean() / scale,
               "wape": error.sum() / y.sum() if y.sum() > 0 else np.nan, "mape": share.mean() if up.any() else np.nan,
               "within15": np.mean(share <= 0.15) if up.any() else np.nan}  # fmt: skip


def score(trace, forecast, count=200):
    """Scores of `forecast(values_before_the_origin, steps) -> (mean, quantiles)`: one mean and 39 quantiles for each of
    `steps`, in a table of the same columns as the peers'."""
    origins, steps = trace.origins(count), list(trace.horizons.values())
    answers = [forecast(trace.values[:origin], steps) for origin in origins]
    mean, quantiles = np.array([a[0] for a in answers]), np.array([a[1] for a in answers])
    return pd.DataFrame(losses(trace, origins, mean, quantiles))


def run(folder, cache, count):
    """Every peer on every trace, the cheap ones first; yields the growing table."""
    rows, todo = [], [(group, trace) for group in (points, ridge, fitted, seasonal) for trace in traces(folder)]
    for group, trace in todo:
        origins = trace.origins(count)
        for method, setting, forecasts in group(trace, origins):
            path = pathlib.Path(cache) / trace.name / f"{method} {setting} {count}.npz".replace(" ", "_")
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                begin = time.process_time()
                mean, quantiles = forecasts()
                seconds = time.process_time() - begin
                np.savez_compressed(path, mean=mean, quantiles=quantiles, seconds=seconds)
                if seconds > 5:
                    print(f"{trace.name} {method} {setting}: {seconds:.0f} s", flush=True)
            kept = np.load(path)
            for row in losses(trace, origins, kept["mean"], kept["quantiles"]):
                rows.append(row | {"method": method, "setting": setting, "seconds": float(kept["seconds"])})
        yield pd.DataFrame(rows)


def best(table):
    """The best setting of each method for each trace and horizon, in hindsight: scores of both choices in one row."""
    key = ["trace", "horizon_minutes", "method"]
    by_error = table.loc[table.groupby(key)["mae"].idxmin()].set_index(key)
    by_crps = table.loc[table.groupby(key)["crps"].idxmin()].set_index(key)
    both = by_error.assign(**{c: by_crps[c] for c in ("crps", "coverage80", "coverage95")}, crps_setting=by_crps["setting"])
    return both.reset_index()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="folder of the traces")
    parser.add_argument("--cache", default="target/forecast_peers", help="folder where forecasts are kept")
    parser.add_argument("--origins", type=int, default=200, help="origins a trace")
    parser.add_argument("--table", help="file for the whole table, every setting, as CSV")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    for table in run(arguments.folder, arguments.cache, arguments.origins):
        if arguments.table:
            table.to_csv(arguments.table, index=False)
    print(best(table).to_markdown(index=False, floatfmt=".4g") if len(table) else "no trace has a horizon that fits")
