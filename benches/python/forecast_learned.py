"""The learned models beside plain ones and scikit-learn's boosting, by rolling origin.

    pip install ./python pandas scipy scikit-learn
    python benches/python/forecast_learned.py [FOLDER] [--origins 100] [--longest 6000] [--table scores.csv]

FOLDER holds traces as for forecast_peers.py; without one, the loads of forecast_loads.py are generated. Of a trace longer
than `--longest` the last so many values are taken; one with fewer than 200 is left out. Every method learns once, from the first half, at its default settings;
then values come one by one, and it forecasts at origins in the second half, 1, 5, 15 and 60 minutes ahead. Point forecasts
are medians. The scores are those of forecast_peers.py.

`HistGradientBoosting` has one model a horizon on the last 12 values, the values a day and a week before the target where the
first half holds them twice, and the time of the day and of the week; its quantiles are those of its errors on the last fifth
of the first half, as ours are. It is not fitted anew either. Prints Markdown; times are CPU seconds on one thread.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import pathlib
import subprocess
import sys
import tempfile
import time

import forescale.forecast
import numpy as np
import pandas as pd
from forecast_accuracy import PAIR, forecasts
from forecast_peers import DAY, PROBABILITIES, WEEK, losses, traces
from sklearn.ensemble import HistGradientBoostingRegressor

LEARNED = ("GradientBoosting", "Lstm", "Tcn", "Hybrid")
LAGS = 12


def methods(trace, first):
    """Name, and what gives mean, quantiles, and the CPU seconds of fitting and of the rest."""
    farthest = max(64, *trace.horizons.values())
    period = trace.periods(first).get("day", 1)
    makers = {"SeasonalNaive": lambda: forescale.forecast.SeasonalNaive(period), "Ensemble": forescale.forecast.Ensemble}
    for name in LEARNED:
        makers[name] = lambda model=getattr(forescale.forecast, name): model(horizon=farthest)
    for name, make in makers.items():
        yield name, lambda origins, make=make: forecasts(trace, origins, make)
    yield "HistGradientBoosting", lambda origins: boosting(trace, origins)


def boosting(trace, origins):
    values, steps = trace.filled, list(trace.horizons.values())
    seasons = [p for p in trace.periods(origins[0] // 2).values()]
    mean, table, fitting = np.empty((len(origins), len(steps))), np.empty((len(origins), len(steps), 39)), 0.0
    begin = time.process_time()
    for column, h in enumerate(steps):
        # The latest season of the target that is known at the origin.
        back = [-(-h // p) * p for p in seasons]
        knows = lambda ends: rows(trace, values, ends, h, back)  # noqa: E731
        ends = np.arange(max([LAGS, *(b - h + 1 for b in back)]), origins[0] - h + 1)
        aim, held_out = values[ends + h - 1], len(ends) - len(ends) // 5
        fitted = time.process_time()
        trial = HistGradientBoostingRegressor(random_state=0).fit(knows(ends[:held_out]), aim[:held_out])
        errors = np.quantile(aim[held_out:] - trial.predict(knows(ends[held_out:])), PROBABILITIES)
        model = HistGradientBoostingRegressor(random_state=0).fit(knows(ends), aim)
        fitting += time.process_time() - fitted
        table[:, column] = model.predict(knows(origins))[:, None] + errors
        mean[:, column] = table[:, column, 19]
    return mean, table, (fitting, time.process_time() - begin - fitting)


def rows(trace, values, ends, h, back):
    """What is known at each end, the step after the last known value, of the value `h` steps from the last."""
    target = ends + h - 1
    seconds = trace.start + target * trace.step
    columns = [values[ends - 1 - lag] for lag in range(LAGS)] + [values[target - b] for b in back]
    columns += [seconds % DAY, seconds % WEEK]
    return np.array(columns).T


def scores(trace, count):
    origins = trace.origins(count)
    for name, run in methods(trace, origins[0]):
        _, table, (fit, rest) = run(origins)
        steps_between = (origins[-1] - origins[0]) / max(1, len(origins) - 1)
        for row in losses(trace, origins, table[:, :, 19], table):
            yield row | {"method": name, "fit_seconds": fit, "origin_seconds": rest / len(origins), "stride": steps_between}
        print(f"{trace.name}: {name} fitted in {fit:.2f} s", file=sys.stderr, flush=True)


def report(table):
    names = list(dict.fromkeys(table["method"]))
    wide = {score: table.pivot(index=PAIR, columns="method", values=score)[names] for score in ("crps", "mae")}
    ratios = {score: values.div(values["SeasonalNaive"], axis=0) for score, values in wide.items()}
    seconds = table.groupby(["trace", "method"])["fit_seconds"].first().unstack()[names]
    yield "| method | CRPS / seasonal naive | MAE / seasonal naive | CRPS / Ensemble | best in CRPS | worst pair / Ensemble | coverage of 80 % | fit, CPU s |"
    yield f"|---|{'---:|' * 7}"
    for name in names:
        crps, mae = (np.exp(np.log(ratios[score][name]).mean()) for score in ("crps", "mae"))
        to_ensemble = wide["crps"][name] / wide["crps"]["Ensemble"]
        wins = (wide["crps"].idxmin(axis=1) == name).sum()
        covered = table.loc[table["method"] == name, "coverage80"]
        yield (f"| {name} | {crps:.3f} | {mae:.3f} | {np.exp(np.log(to_ensemble).mean()):.3f} | {wins} of {len(to_ensemble)} | "
               f"{to_ensemble.max():.2f} | {covered.mean():.2f} ({covered.min():.2f} to {covered.max():.2f}) | "
               f"{seconds[name].median():.2f} ({seconds[name].min():.2f} to {seconds[name].max():.2f}) |")  # fmt: skip
    for score in ("crps", "mae"):
        yield f"\n{score.upper()} divided by that of the seasonal naive model:\n"
        yield f"| load | minutes | {' | '.join(names[1:])} |\n|---|---:|{'---:|' * (len(names) - 1)}"
        for (trace, minutes), row in ratios[score].iterrows():
            cells = [f"**{row[n]:.3f}**" if row[n] == row.min() else f"{row[n]:.3f}" for n in names[1:]]
            yield f"| {trace} | {minutes} | {' | '.join(cells)} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", help="folder of traces; generated loads when not given")
    parser.add_argument("--origins", type=int, default=100, help="origins a trace")
    parser.add_argument("--longest", type=int, default=6000, help="most values of a trace, the last ones")
    parser.add_argument("--table", help="file for the scores, as CSV")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as generated:
        if not arguments.folder:
            program = pathlib.Path(__file__).parent / "forecast_loads.py"
            subprocess.run([sys.executable, program, generated], check=True)
        found = traces(arguments.folder or generated)
    table = []
    for trace in found:
        over = max(0, len(trace.values) - arguments.longest)
        short = trace._replace(start=trace.start + int(over * trace.step), values=trace.values[over:], requests=trace.requests[over:])
        if short.horizons and np.isfinite(short.values).sum() >= 200:
            table.extend(scores(short, arguments.origins))
    table = pd.DataFrame(table)
    if arguments.table:
        table.to_csv(arguments.table, index=False)
    print("\n".join(report(table)))
