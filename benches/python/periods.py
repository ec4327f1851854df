"""How often `periods` finds what was planted, and how often it sees a period in noise; and the speed of `periodogram` beside NumPy's.

    python benches/python/periods.py [seeds] [folder]

`seeds` runs of each row (100 by default). With a folder of CSV files (a time and a load; also gzipped) the periods of each are shown.
Every planted load has a trend, 10 % missing values (scattered or in blocks) and 1 % outliers; its noise has standard deviation 1,
and each wave amplitude 1 (square: ±1). A period counts as found within 3 % of its length.
"""

import sys
import time
from pathlib import Path

import numpy as np

from forescale.load import periodogram, periods, read_csv


def autoregression(random, n, memory):
    """Stationary noise of standard deviation 1, or a random walk."""
    shocks = random.normal(size=n)
    if memory < 1:
        shocks[1:] *= np.sqrt(1 - memory**2)
    values = np.empty(n)
    last = 0.0
    for t, shock in enumerate(shocks):
        last = memory * last + shock
        values[t] = last
    return values


def bursts(random, n, into, out):
    """Poisson counts whose rate jumps between 20 and 60 at random."""
    on, rates = False, np.empty(n)
    for t, draw in enumerate(random.random(n)):
        on = (draw >= out) if on else (draw < into)
        rates[t] = 60 if on else 20
    return random.poisson(rates).astype(float)


NOISE = {
    "white": lambda random, n: random.normal(size=n),
    "Poisson": lambda random, n: random.poisson(2, n).astype(float),
    "AR 0.5": lambda random, n: autoregression(random, n, 0.5),
    "AR 0.9": lambda random, n: autoregression(random, n, 0.9),
    "AR 0.99": lambda random, n: autoregression(random, n, 0.99),
    "walk": lambda random, n: autoregression(random, n, 1.0),
    "bursts": lambda random, n: bursts(random, n, 0.02, 0.05),
    "long bursts": lambda random, n: bursts(random, n, 0.003, 0.01),
}

SHAPES = {
    "sine": lambda x: np.sin(2 * np.pi * x),
    "harmonics": lambda x: np.sin(2 * np.pi * x) + 0.6 * np.sin(4 * np.pi * x + 1) + 0.3 * np.cos(6 * np.pi * x),
    "square": lambda x: np.where(x % 1 < 0.5, 1.0, -1.0),
    "pulses": lambda x: np.where(x % 1 < 0.1, 4.0, 0.0),
}

PLANTED = [
    (500, [24]), (864, [288]), (2016, [288]), (2016, [37.3]), (2016, [600]), (4320, [1440]),
    (1008, [24, 168]), (6048, [288, 2016]), (4320, [20, 60]), (10_080, [1440, 20]), (30_240, [1440, 10_080, 20]),
]  # fmt: skip


def planted(random, n, lengths, shape, memory):
    times = np.arange(n)
    values = autoregression(random, n, memory) + 8 * (random.random() - 0.5) * times / n
    for length in lengths:
        values += shape(times / length + random.random())
    wild = random.random(n) < 0.01
    values[wild] += random.choice([-1, 1], wild.sum()) * random.uniform(5, 20, wild.sum())
    if random.random() < 0.5:
        values[random.random(n) < 0.1] = np.nan
    else:
        for start in random.integers(0, n - n // 50, 5):
            values[start : start + n // 50] = np.nan
    return values


def false_alarms(seeds):
    print(f"Share of {seeds} noises in which a period is seen\n")
    lengths = [200, 500, 1440, 2016, 10_080]
    print("| noise |" + "".join(f" n = {n:,} |" for n in lengths) + "\n|---|" + "---:|" * len(lengths))
    for name, noise in NOISE.items():
        share = lambda n: np.mean([bool(periods(noise(np.random.default_rng([1, seed, n]), n), 60)) for seed in range(seeds)])
        print(f"| {name} |" + "".join(f" {100 * share(n):.1f} % |" for n in lengths), flush=True)


def detection(seeds):
    print(f"\nShare of {seeds} loads in which all planted periods are found; behind the +, in which another one is\n")
    kinds = [("sine", 0.0), ("sine", 0.5), ("harmonics", 0.0), ("square", 0.0), ("pulses", 0.0)]
    heads = [f"{shape}, AR {memory}" if memory else shape for shape, memory in kinds]
    print("| steps | periods |" + "".join(f" {head} |" for head in heads) + "\n|---:|---|" + "---:|" * len(kinds))
    for n, lengths in PLANTED:
        cells = []
        for shape, memory in kinds:
            hits, extras = 0, 0
            for seed in range(seeds):
                load = planted(np.random.default_rng([2, seed, n]), n, lengths, SHAPES[shape], memory)
                found = [period.seconds / 60 for period in periods(load, 60)]
                near = lambda a, b: abs(a / b - 1) < 0.03
                hits += all(any(near(one, length) for one in found) for length in lengths)
                extras += any(not any(near(one, length) for length in lengths) for one in found)
            cells.append(f" {100 * hits / seeds:.0f} + {100 * extras / seeds:.0f} % |")
        print(f"| {n:,} | {', '.join(map(str, lengths))} |" + "".join(cells), flush=True)


def numpy_periodogram(values, step):
    n = len(values)
    spectrum = np.fft.rfft(values - values.mean())
    density = 2 * step / n * np.abs(spectrum) ** 2
    density[0] /= 2
    if n % 2 == 0:
        density[-1] /= 2
    return np.fft.rfftfreq(n, step), density


def best(call, rounds=15):
    """Seconds of CPU a call, the best of several rounds."""
    count, seconds = 200, []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(count):
            call()
        seconds.append((time.process_time() - start) / count)
    return min(seconds)


def speed():
    print("\n| steps | `periodogram` | NumPy | ratio | `periods` |\n|---:|---:|---:|---:|---:|")
    for n in (2016, 2017, 20_160, 20_161):
        values = np.random.default_rng(3).normal(size=n) + np.sin(np.arange(n) * 2 * np.pi / 288)
        assert np.allclose(periodogram(values, 60)[1], numpy_periodogram(values, 60)[1], rtol=1e-9, atol=1e-9)
        ours, theirs = best(lambda: periodogram(values, 60)), best(lambda: numpy_periodogram(values, 60))
        start = time.process_time()
        for _ in range(5):
            periods(values, 300)
        whole = (time.process_time() - start) / 5
        print(f"| {n:,} | {1e6 * ours:.1f} µs | {1e6 * theirs:.1f} µs | {ours / theirs:.2f} | {1e3 * whole:.1f} ms |", flush=True)


def traces(folder):
    print("\n| trace | steps | days | periods in hours (share of the variance) |\n|---|---:|---:|---|")
    for path in sorted(Path(folder).rglob("*.csv*")):
        try:
            series = read_csv(path)
        except Exception as error:
            print(f"| {path.name} | | | {error} |")
            continue
        found = [f"{p.seconds / 3600:.4g} ({100 * p.strength:.0f} %)" for p in periods(series.values, series.step_seconds, 5)]
        days = len(series) * series.step_seconds / 86400
        print(f"| {path.name} | {len(series):,} | {days:.1f} | {', '.join(found) or 'none'} |", flush=True)


if __name__ == "__main__":
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    if len(sys.argv) > 2:
        traces(sys.argv[2])
    speed()
    if seeds > 0:
        false_alarms(seeds)
        detection(seeds)
