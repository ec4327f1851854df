"""Additive beside Prophet: `pip install prophet forescale; python benches/python/additive.py`.

Prints for each series the time of a fit (the best of three), how far apart the means are (the worst step, in half widths of Prophet's
80 % interval), the mean absolute error over the steps held back, and the widths of the intervals, ours over Prophet's.
"""

import logging
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
        begin = time.perf_counter()
        model = fit()
        times.append(time.perf_counter() - begin)
    return model, 1e3 * min(times)


def side_by_side(name, values, step_seconds, horizon, **settings):
    past, future = values[:-horizon], values[-horizon:]
    times = pd.to_datetime(START + np.arange(len(values)) * int(1000 * step_seconds), unit="ms")
    frame = pd.DataFrame({"ds": times[:-horizon], "y": past})
    mode = settings.get("mode", "additive")
    peer, slow = best_of_three(lambda: Prophet(seasonality_mode=mode).fit(frame))
    np.random.seed(0)
    answer = peer.predict(pd.DataFrame({"ds": times[-horizon:]}))
    own, fast = best_of_three(lambda: Additive(autoregressive=False, **settings).fit(Series(past, START, step_seconds)))
    forecast = own.forecast(horizon)
    wide = (answer.yhat_upper - answer.yhat_lower).to_numpy()
    apart = np.max(np.abs(forecast.mean - answer.yhat) / (wide / 2))
    error = lambda mean: np.mean(np.abs(mean - future))
    widths = np.mean(forecast.upper(0.8) - forecast.lower(0.8)) / np.mean(wide)
    print(f"{name:32} {fast:8.2f} ms {slow:8.1f} ms   apart {apart:5.2f}   error {error(forecast.mean):7.2f} {error(answer.yhat):7.2f}   width {widths:4.2f}")


if __name__ == "__main__":
    month = 30.4375 * 86_400
    passengers = np.array(PASSENGERS.split(), float)
    print(f"{'':32} {'forescale':>11} {'Prophet':>11}")
    side_by_side("passengers", passengers, month, 24)
    side_by_side("passengers, multiplicative", passengers, month, 24, mode="multiplicative")
    side_by_side("hourly, 4 weeks", service(3600, 28, 12.0), 3600.0, 48)
    side_by_side("five minutes, 1 week", service(300, 7, 20.0), 300.0, 36)
    side_by_side("ten minutes, 4 weeks", service(600, 28, 20.0), 600.0, 144)
