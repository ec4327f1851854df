"""Do the automatic Ets and Arima find what statsforecast and statsmodels find? Likelihoods under one definition.

    pip install ./python statsforecast statsmodels pandas
    python benches/python/forecast_likelihood.py FOLDER [--points 1000] [--only ets arima orders]

Both sides choose and fit a model on the last `--points` values of the first half of each trace; then the parameters of
both are judged by the same independent program. ETS: the recursion below and its Gaussian likelihood, with the initial
states of statsforecast's fit, and those that are best for forescale's parameters. ARIMA:
the exact likelihood of statsmodels for the differenced series, the variance at its best. Differences are forescale's
value less the other's: a log-likelihood above 0, and an AICc below 0, is better. "share" is the difference of the
log-likelihoods in percent of the other's; what counts is that it is not below −0.1 %.

"orders" fits each of a list of given orders to three windows of each trace, beside statsforecast (conditional sum of squares,
then the likelihood) and statsmodels (the likelihood), of which the better counts.
"""

import argparse
import warnings

import numpy as np
from forecast_peers import traces
from forescale import forecast
from forescale.load import Series
from scipy.optimize import minimize
from statsforecast.models import ARIMA, AutoARIMA, AutoETS
from statsmodels.tsa.arima.model import ARIMA as Exact


def ets_likelihood(values, form, alpha, beta, phi, level, trend):
    """Log-likelihood of a model without season; `form` is e.g. "AN" or "MA", the error before the trend."""
    squares, logarithms = 0.0, 0.0
    for value in values:
        mean = level + phi * trend
        error = value - mean
        if form[0] == "M":
            if mean <= 0:
                return -np.inf
            logarithms += np.log(mean)
            squares += (error / mean) ** 2
        else:
            squares += error**2
        level, trend = mean + alpha * error, phi * trend + beta * error
    n = len(values)
    return -0.5 * n * (np.log(2 * np.pi * squares / n) + 1) - logarithms


def ets_at_best_start(values, form, alpha, beta, phi):
    """The same with the most likely initial states."""
    scale = values[:20].std() + 1e-9

    def cost(x):
        likelihood = ets_likelihood(values, form, alpha, beta, phi, x[0] * scale, x[1] * scale if form[1] == "A" else 0.0)
        return -likelihood if np.isfinite(likelihood) else 1e12

    first, slope = values[:10].mean() / scale, (values[5:10].mean() - values[:5].mean()) / 5 / scale
    starts = [(first, 0.0), (values[0] / scale, 0.0), (first, slope)]
    return max(-minimize(cost, start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-6}).fun for start in starts)


def aicc(likelihood, parameters, n):
    return -2 * likelihood + 2 * parameters + 2 * parameters * (parameters + 1) / (n - parameters - 1)


def compare_ets(values):
    theirs = AutoETS(season_length=1).fit(values).model_
    error, trend, _, damped = theirs["components"]
    alpha, beta, _, phi = (0.0 if np.isnan(x) else x for x in theirs["par"][:4])
    level, slope = (*theirs["par"][4:], 0.0)[:2] if trend == "A" else (theirs["par"][-1], 0.0)
    phi = phi if damped == "D" else float(trend == "A")
    their = ets_likelihood(values, error + trend, alpha, beta, phi, level, slope)
    model = forecast.Ets().fit(Series(values)).parameters
    form, found = model["learned"], model["learned"]["parameters"]
    beta = (found["beta"] or 0.0) * found["alpha"] if form["trend"] == "A" else 0.0
    phi = (found["phi"] or 1.0) if form["trend"] == "A" else 0.0
    our = ets_at_best_start(values, form["error"] + form["trend"], found["alpha"], beta, phi)
    # statsforecast counts the variance among the parameters.
    count = 3 + 2 * (form["trend"] == "A") + bool(form["damped"])
    ours, n = aicc(our, count, len(values)), len(values)
    names = model["model"], theirs["method"] if damped == "N" else theirs["method"].replace("A,N", "Ad,N")
    return [*names, our - their, 100 * (our - their) / abs(their), ours - aicc(their, int(theirs["n_params"]), n),
            model["log_likelihood"] - our]  # fmt: skip


def exact(values, order, ar, ma, mean):
    """Exact log-likelihood of given parameters for the differenced series."""
    p, d, q = order
    model = Exact(np.diff(values, d), order=(p, 0, q), trend="c" if mean is not None else "n", concentrate_scale=True)
    return model.loglike(np.array([*([mean] if mean is not None else []), *ar, *ma]))


def of_statsforecast(fitted):
    order, coefficients = (fitted["arma"][0], fitted["arma"][5], fitted["arma"][1]), fitted["coef"]
    means = [coefficients[name] for name in ("intercept", "drift") if name in coefficients]
    ar = [coefficients[f"ar{i + 1}"] for i in range(order[0])]
    return order, ar, [coefficients[f"ma{i + 1}"] for i in range(order[2])], means[0] if means else None


def compare_arima(values):
    order, ar, ma, mean = of_statsforecast(AutoARIMA(season_length=1).fit(values).model_)
    their = exact(values, order, ar, ma, mean)
    theirs = aicc(their, len(ar) + len(ma) + (mean is not None) + 1, len(values) - order[1])
    model = forecast.Arima().fit(Series(values)).parameters
    ours_order, mean = tuple(model["order"]), model["mean"] or None
    our = exact(values, ours_order, model["ar"], model["ma"], mean)
    ours = aicc(our, ours_order[0] + ours_order[2] + (mean is not None) + 1, len(values) - ours_order[1])
    # The same order, fitted by the others.
    constant = mean is not None
    same = ARIMA(order=ours_order, include_mean=constant and ours_order[1] == 0, include_drift=constant and ours_order[1] == 1)
    free = Exact(np.diff(values, ours_order[1]), order=(ours_order[0], 0, ours_order[2]), trend="c" if constant else "n")
    best = max(exact(values, *of_statsforecast(same.fit(values).model_)), free.fit(method_kwargs={"maxiter": 200}).llf)
    return [ours_order, order, our - their, our - best, 100 * (our - best) / abs(best), ours - theirs, model["log_likelihood"] - our]


ORDERS = [
    *((p, 0, q) for p in range(4) for q in range(3) if p + q),
    *((p, 1, q) for p in range(3) for q in range(3) if p + q),
    (3, 1, 3), (5, 0, 0), (0, 2, 2), (4, 0, 4),
]  # fmt: skip
SEASONAL = [((1, 0, 1), (1, 0, 0, 12)), ((0, 1, 1), (0, 1, 1, 12))]


def best_of_peers(values, order):
    """The highest likelihood of one order that statsforecast or statsmodels find, judged alike."""
    found = [-np.inf]
    try:
        fitted = of_statsforecast(ARIMA(order=order, include_mean=order[1] == 0).fit(values).model_)
        # On the unit circle its likelihood is that of another model, with a diffuse start.
        if np.all(np.abs(np.roots([1, *(-np.array(fitted[1]))])) < 0.9999):
            found.append(exact(values, *fitted))
    except Exception:  # it refuses what its own optimiser left non-stationary
        pass
    free = Exact(np.diff(values, order[1]), order=(order[0], 0, order[2]), trend="n" if order[1] else "c")
    return max(*found, free.fit(method_kwargs={"maxiter": 200}).llf)


def compare_orders(trace, points):
    """Differences in percent of the best of the peers, a row for each order and window."""
    rows = []
    for share in (0.25, 0.5, 1.0):
        end = int(share * len(trace.values))
        values = trace.filled[max(0, end - points) : end]
        for order in ORDERS:
            found = forecast.Arima(order).fit(Series(values)).parameters
            mean = found["mean"] if order[1] == 0 else None
            our, their = exact(values, order, found["ar"], found["ma"], mean), best_of_peers(values, order)
            rows.append((100 * (our - their) / abs(their), our - their, order, share))
        for order, seasonal in SEASONAL:
            our = forecast.Arima(order, seasonal).fit(Series(values)).parameters["log_likelihood"]
            differenced = np.diff(values, order[1])
            lag = seasonal[3] * seasonal[1]
            differenced = differenced[lag:] - differenced[: len(differenced) - lag] if lag else differenced
            shape = dict(order=(order[0], 0, order[2]), seasonal_order=(seasonal[0], 0, *seasonal[2:]))
            free = Exact(differenced, **shape, trend="n" if order[1] else "c").fit(method_kwargs={"maxiter": 200})
            rows.append((100 * (our - free.llf) / abs(free.llf), our - free.llf, (*order, *seasonal), share))
    return rows


def print_orders(folder, points):
    print("| trace | fits | not below by more than 0.1 % | median share % | least share % | at | most share % |", "|---" * 7 + "|", sep="\n")
    every = []
    for trace in traces(folder):
        rows = compare_orders(trace, points)
        every += rows
        shares, least = [row[0] for row in rows], min(rows)
        within = sum(share >= -0.1 for share in shares)
        print(f"| {trace.name} | {len(rows)} | {within} | {np.median(shares):+.4f} | {least[0]:+.4f} | {least[2]} | {max(shares):+.3f} |", flush=True)
    print(f"\n{sum(row[0] >= -0.1 for row in every)} of {len(every)} fits are not below by more than 0.1 %")
    for row in sorted(row for row in every if row[0] < -0.01):
        print(row)


def line(name, cells):
    return f"| {name} | " + " | ".join(f"{cell:+.3f}" if isinstance(cell, float) else str(cell) for cell in cells) + " |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="folder of the traces")
    parser.add_argument("--points", type=int, default=1000, help="the most values to fit")
    parser.add_argument("--only", nargs="*", default=["ets", "arima", "orders"], help="what to compare")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    heads = {
        compare_ets: "| trace | Ets | AutoETS | log-likelihood | share % | AICc | as reported less as judged |",
        compare_arima: "| trace | Arima | AutoARIMA | log-likelihood | against the best fit of this order | share % | AICc | as reported less as judged |",
    }
    for name, (judge, head) in zip(("ets", "arima"), heads.items()):
        if name not in arguments.only:
            continue
        print(head, "|---" * (head.count("|") - 1) + "|", sep="\n")
        for trace in traces(arguments.folder):
            half = len(trace.values) // 2
            print(line(trace.name, judge(trace.filled[max(0, half - arguments.points) : half])), flush=True)
        print()
    if "orders" in arguments.only:
        print_orders(arguments.folder, arguments.points)
