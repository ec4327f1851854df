"""Generated loads of many kinds, so that a forecaster is judged on more than a handful of recorded traces.

    python benches/python/forecast_loads.py FOLDER [--seed 1]

Writes one CSV a kind with `timestamp,value,requests`, starting on a Monday: the requests of each step are Poisson around
the rate below, and the value is requests a second.
"""

import argparse
import pathlib

import numpy as np
import pandas as pd

MINUTE, TEN = 60, 600


def loads(random):
    """Name, step in seconds, rate in requests a second."""
    turn = 2 * np.pi * np.arange(20_000)
    week, month = turn[:10_080], turn[:4_032]
    wander = np.exp(autoregressive(random, 10_080, 0.95, 0.05))
    yield "daily_cycle", MINUTE, 50 * (1 + 0.6 * np.sin(week / 1440)) * wander
    weekday = np.where(np.arange(4_032) // 144 % 7 < 5, 1.0, 0.55)
    shape = 1 + 0.5 * np.sin(month / 144) + 0.25 * np.sin(month / 72 + 1)
    yield "day_and_week", TEN, 200 * shape * weekday * np.exp(autoregressive(random, 4_032, 0.8, 0.05))
    yield "low_rate", MINUTE, 0.05 * (1 + 0.8 * np.sin(week / 1440))
    levels = np.exp(random.normal(3, 0.6, 40))
    yield "level_shifts", MINUTE, levels[np.cumsum(random.random(4_000) < 1 / 200) % 40] * np.exp(random.normal(0, 0.1, 4_000))
    busy = markov(random, 4_000, 1 / 60, 1 / 15)
    yield "bursts", 10, np.where(busy, 12.0, 1.5)
    growth = np.linspace(1, 4, 4_032)
    yield "growth", TEN, 40 * growth * (1 + 0.4 * np.sin(month / 144)) * np.exp(autoregressive(random, 4_032, 0.7, 0.06))
    yield "random_walk", MINUTE, 30 * np.exp(np.cumsum(random.normal(0, 0.03, 4_000)))
    batch = np.where(np.arange(5_000) % 20 < 3, 25.0, 0.0)
    yield "batch_job", MINUTE, (8 + batch) * np.exp(random.normal(0, 0.08, 5_000))
    yield "steady", MINUTE, np.full(3_000, 20.0)
    crowds = np.zeros(10_080)
    for start in random.integers(0, 10_080, 25):
        crowds[start:] += random.exponential(120) * np.exp(-np.arange(10_080 - start) / 45)
    yield "flash_crowds", MINUTE, 40 * (1 + 0.5 * np.sin(week / 1440)) + crowds
    yield "on_off", MINUTE, np.where(markov(random, 4_000, 1 / 90, 1 / 30), 6.0, 0.0)


def autoregressive(random, size, coefficient, deviation):
    value, path = 0.0, np.empty(size)
    for at, shock in enumerate(random.normal(0, deviation, size)):
        path[at] = value = coefficient * value + shock
    return path


def markov(random, size, enter, leave):
    state, path = False, np.empty(size, bool)
    for at, chance in enumerate(random.random(size)):
        path[at] = state = chance >= leave if state else chance < enter
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="folder to write to")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    folder = pathlib.Path(arguments.folder)
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(arguments.seed)
    for name, step, rate in loads(random):
        requests = random.poisson(rate * step)
        stamps = pd.date_range("2024-01-01", periods=len(rate), freq=f"{step}s", tz="UTC").strftime("%Y-%m-%dT%H:%M:%SZ")
        table = pd.DataFrame({"timestamp": stamps, "value": requests / step, "requests": requests})
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.7g")
