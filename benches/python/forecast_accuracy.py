"""How well forescale forecasts a folder of load traces, beside the peers at their best settings.

    pip install ./python statsforecast pandas tabulate matplotlib
    python benches/python/forecast_peers.py FOLDER --table peers.csv
    python benches/python/forecast_accuracy.py FOLDER --peers peers.csv [--images docs/images]

Traces, origins and scores are those of forecast_peers.py. The model has its default settings, learns from what came
before the first origin, then takes in value by value and forecasts at the origins; nothing is fitted anew from outside.
Its point forecast is the median, which is what an absolute error asks for, as it is for the peers that have one.
Coverage is counted at up to 2,000 origins of the same part, since 200 would leave it uncertain by 3 points. Prints
Markdown; `--table` writes the scores of the model as CSV.
"""

import argparse
import json
import pathlib
import time

import forescale.forecast
import numpy as np
import pandas as pd
from forecast_peers import PROBABILITIES, best, losses, read, traces
from forescale.load import Series
from scipy.special import ive
from scipy.stats import poisson

YARDSTICKS = ("Ridge",)  # shown, but not one of the peers that are to be beaten
DENSE = 2000


def forecasts(trace, origins, make):
    """Mean and quantiles at every origin and horizon, and the CPU seconds of fitting and of the rest."""
    steps = np.array(list(trace.horizons.values()))
    mean, table = np.empty((len(origins), len(steps))), np.empty((len(origins), len(steps), len(PROBABILITIES)))
    begin = time.process_time()
    model = make()
    model.fit(Series(trace.values[: origins[0]], start=trace.start * 1000, step_seconds=trace.step))
    fitted = time.process_time()
    at = origins[0]
    for row, origin in enumerate(origins):
        for value in trace.values[at:origin]:
            model.update(value)
        at = origin
        ahead = model.forecast(int(steps.max()))
        mean[row] = ahead.mean[steps - 1]
        table[row] = np.array([ahead.quantile(p)[steps - 1] for p in PROBABILITIES]).T
    return mean, table, (fitted - begin, time.process_time() - fitted)


def scores(trace, make, count):
    """Scores at the peers' origins, coverage at many more."""
    origins = trace.origins(count)
    dense = np.union1d(origins, trace.origins(DENSE))
    mean, table, (fit, rest) = forecasts(trace, dense, make)
    chosen = np.isin(dense, origins)
    covered = list(losses(trace, dense, mean, table))
    of_mean = losses(trace, origins, mean[chosen], table[chosen])
    for row, many, other in zip(losses(trace, origins, table[chosen][:, :, 19], table[chosen]), covered, of_mean):
        coverage = {name: many[name] for name in ("coverage80", "coverage95")}
        yield row | coverage | {"mae_of_mean": other["mae"], "fit_seconds": fit, "run_seconds": rest}


def floor(trace, count, window=21):
    """What a forecaster that knew the rate exactly would reach if requests came as a Poisson process. The rate is the
    mean count of the `window` steps around, those after included. One row a horizon: they differ in the steps scored."""
    rate = pd.Series(trace.requests).rolling(window, center=True, min_periods=1).mean().to_numpy()
    for minutes, steps in trace.horizons.items():
        mae, crps, mape = [], [], []
        for mean in rate[trace.origins(count) + steps - 1]:
            if np.isfinite(mean) and mean > 0:
                reach = 10 * np.sqrt(mean) + 20
                counts = np.arange(max(0, int(mean - reach)), int(mean + reach))
                chance = poisson.pmf(counts, mean)
                share = np.where(counts > 0, chance / np.maximum(counts, 1), 0.0)
                middle = counts[np.searchsorted(np.cumsum(share), share.sum() / 2)]  # best for relative errors
                mae.append(chance @ np.abs(counts - poisson.median(mean)))
                crps.append(mean * (ive(0, 2 * mean) + ive(1, 2 * mean)))
                mape.append(share @ np.abs(counts - middle) / (1 - chance[0] if counts[0] == 0 else 1))
        if mae:
            yield {"trace": trace.name, "horizon_minutes": minutes, "mae_floor": np.mean(mae) / trace.step,
                   "crps_floor": np.mean(crps) / trace.step, "mape_floor": np.mean(mape)}  # fmt: skip


PAIR = ["trace", "horizon_minutes"]


def compare(ours, peers):
    """Ours beside the best peer of each pair, and the ratio to every peer."""
    table = best(peers).set_index([*PAIR, "method"])
    out = ours.set_index(PAIR)
    for score in ("mae", "crps"):
        wide = table[score].unstack()
        rivals = wide.drop(columns=[name for name in YARDSTICKS if name in wide])
        out[f"best_{score}"], out[f"best_by_{score}"] = rivals.min(axis=1), rivals.idxmin(axis=1)
        out[f"{score}_ratio"] = out[score] / out[f"best_{score}"]
        # The best single peer of a trace: the one with the lowest geometric mean over the trace's horizons.
        single = np.log(rivals).groupby("trace").mean().idxmin(axis=1)
        out[f"{score}_to_single"] = [out.loc[pair, score] / rivals.loc[pair, single[pair[0]]] for pair in out.index]
        for name in wide:
            out[f"{score} {name}"] = out[score] / wide[name]
    return out


def summary(out):
    yield "| | MAE | CRPS | target |\n|---|---:|---:|---:|"
    rows = {
        "pairs first or within 2 % of first": (lambda s: (out[f"{s}_ratio"] <= 1.02).mean(), "≥ 80 %"),
        "mean difference to the best single peer of each trace": (
            lambda s: np.exp(np.log(out[f"{s}_to_single"]).mean()) - 1, "≤ −3 %, ≤ −5 %"),
        "worst pair against its best peer": (lambda s: out[f"{s}_ratio"].max() - 1, "≤ 10 %"),
    }  # fmt: skip
    for name, (value, target) in rows.items():
        yield f"| {name} | {value('mae'):.1%} | {value('crps'):.1%} | {target} |"
    for level in (80, 95):
        off = (out[f"coverage{level}"] * 100 - level).abs()
        yield f"| coverage at {level} %: pairs within 2 points, and the furthest | {(off <= 2).mean():.0%} | {off.max():.1f} points | all |"


def steadfast(ours, peers):
    """Ours beside peers that must keep one setting for all pairs, the best such in hindsight."""
    yield "| peer with one setting for all | MAE of forescale / its | pairs within 2 % | CRPS of forescale / its | pairs within 2 % |"
    yield "|---|---:|---:|---:|---:|"
    ours = ours.set_index(PAIR)
    for method, rows in peers.groupby("method"):
        cells = []
        for score in ("mae", "crps"):
            wide = rows.set_index([*PAIR, "setting"])[score].unstack()
            windows = sorted((name for name in wide if name.startswith("last")), key=lambda name: int(name.split()[1]))
            if windows:  # a window longer than the load is all of it
                wide = wide[windows].ffill(axis=1)
            ratios = 1 / wide.reindex(ours.index).dropna(axis=1).div(ours[score], axis=0)
            if ratios.shape[1]:
                ratio = ratios[np.log(ratios).mean().idxmax()]
                cells += [f"{np.exp(np.log(ratio).mean()):.3f}", f"{(ratio <= 1.02).mean():.0%}"]
        if cells:
            yield f"| {method} | {' | '.join(cells)} |"


def percent(value):
    return "–" if pd.isna(value) else f"{value * 100:.1f}"


def report(out, floors):
    yield from summary(out)
    yield "\n| trace | minutes | MASE | WAPE % | MAPE % | within 15 % | CRPS | coverage 80 | 95 |\n|---|---:|" + "---:|" * 7
    for (trace, minutes), row in out.iterrows():
        numbers = [f"{row.mase:.3f}", *map(percent, (row.wape, row.mape, row.within15)), f"{row.crps:.4g}"]
        yield f"| {trace} | {minutes} | {' | '.join([*numbers, percent(row.coverage80), percent(row.coverage95)])} |"
    for score in ("mae", "crps"):
        names = [name.split(" ")[1] for name in out if name.startswith(f"{score} ")]
        yield f"\n{score.upper()} of forescale divided by each peer's at its best setting: below 1 forescale is better.\n"
        yield f"| trace | minutes | {' | '.join(names)} | best peer |\n|---|---:|{'---:|' * len(names)}---|"
        for (trace, minutes), row in out.iterrows():
            ratios = ["–" if pd.isna(row[f"{score} {n}"]) else f"{row[f'{score} {n}']:.3f}" for n in names]
            yield f"| {trace} | {minutes} | {' | '.join(ratios)} | {row[f'best_by_{score}']} |"
    if len(floors):
        yield "\n| trace | minutes | MAPE %, floor | MAPE % | MAE / floor | CRPS / floor |\n|---|---:|---:|---:|---:|---:|"
        for _, row in floors.iterrows():
            ours = out.loc[(row.trace, row.horizon_minutes)]
            ratios = f"{ours.mae / row.mae_floor:.2f} | {ours.crps / row.crps_floor:.2f}"
            yield f"| {row.trace} | {row.horizon_minutes} | {percent(row.mape_floor)} | {percent(ours.mape)} | {ratios} |"


def pictures(folder, out, trace, make):
    """Two small SVGs: every pair against every peer, and a stretch of one trace with its bands."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "forescale", "svg.fonttype": "none", "font.size": 9}
    from matplotlib import pyplot as plt

    save = {"metadata": {"Date": None}, "bbox_inches": "tight"}
    names = [name.split(" ")[1] for name in out if name.startswith("crps ")]
    figure, axes = plt.subplots(1, 2, figsize=(8, 2.8), sharey=True)
    for axis, score in zip(axes, ("mae", "crps")):
        for at, name in enumerate(names):
            ratio = out[f"{score} {name}"].dropna()
            axis.plot(ratio, np.full(len(ratio), at), "o", alpha=0.5, markersize=4, color="tab:blue")
            axis.plot(np.exp(np.log(ratio).mean()), at, "|", markersize=14, markeredgewidth=2, color="black")
        axis.axvline(1, color="tab:red", linewidth=1)
        axis.set(xscale="log", xlabel=f"{score.upper()} of forescale / {score.upper()} of the peer", xlim=(0.25, 1.5))
        axis.set_xticks([0.25, 0.5, 0.75, 1, 1.25, 1.5], ["0.25", "0.5", "0.75", "1", "1.25", "1.5"])
        axis.minorticks_off()
    axes[0].set_yticks(range(len(names)), names)
    figure.savefig(pathlib.Path(folder) / "forecast_peers.svg", **save)

    steps = trace.horizons[60] if 60 in trace.horizons else max(trace.horizons.values())
    first = trace.origins(200)[0]
    stride = max(1, int(600 / trace.step))
    origins = np.arange(first, min(len(trace.values) - max(trace.horizons.values()), first + 4 * 86_400 / trace.step), stride)
    mean, table, _ = forecasts(trace, origins.astype(int), make)
    at, column = origins.astype(int) + steps - 1, list(trace.horizons.values()).index(steps)
    days = at * trace.step / 86_400
    figure, axis = plt.subplots(figsize=(8, 2.6))
    quantiles = np.maximum(table[:, column], 0)
    axis.fill_between(days, quantiles[:, 0], quantiles[:, -1], color="tab:blue", alpha=0.15, linewidth=0, label="95 %")
    axis.fill_between(days, quantiles[:, 3], quantiles[:, -4], color="tab:blue", alpha=0.3, linewidth=0, label="80 %")
    axis.plot(days, mean[:, column], color="tab:blue", linewidth=1, label="forecast an hour before")
    axis.plot(days, trace.values[at], color="black", linewidth=0.6, label="measured")
    axis.set(xlabel="days", ylabel="requests/s", title=trace.name)
    axis.legend(fontsize=8, ncols=4)
    figure.savefig(pathlib.Path(folder) / "forecast_band.svg", **save)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="folder of the traces")
    parser.add_argument("--peers", required=True, help="the table that forecast_peers.py wrote")
    parser.add_argument("--model", default="Ensemble", help="a class of forescale.forecast")
    parser.add_argument("--settings", default="{}", help="its arguments, as JSON")
    parser.add_argument("--origins", type=int, default=200, help="origins a trace, as for the peers")
    parser.add_argument("--table", help="file for the scores, as CSV")
    parser.add_argument("--images", help="folder for the pictures")
    parser.add_argument("--pictured", help="the trace whose forecasts are drawn; the longest when not given")
    arguments = parser.parse_args()

    def make():
        return getattr(forescale.forecast, arguments.model)(**json.loads(arguments.settings))

    found = traces(arguments.folder)
    ours = pd.DataFrame([row for trace in found for row in scores(trace, make, arguments.origins)])
    peers = pd.read_csv(arguments.peers)
    out = compare(ours, peers)
    floors = pd.DataFrame([row for trace in found if np.isfinite(trace.requests).any() for row in floor(trace, arguments.origins)])
    if arguments.table:
        out.merge(floors, how="left", on=PAIR).to_csv(arguments.table, index=False) if len(floors) else out.to_csv(arguments.table)
    print("\n".join(report(out, floors)))
    print("\n" + "\n".join(steadfast(ours, peers)))
    if arguments.images:
        drawn = [trace for trace in found if trace.name == (arguments.pictured or found[-1].name)]
        pictures(arguments.images, out, drawn[0], make)
