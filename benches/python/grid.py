"""Carbon saved by moving jobs to clean hours, beside running them at once and beside the best possible.

    python benches/python/grid.py FILE... [--weeks 4] [--svg picture.svg]

Each file is an hourly CSV (also gzipped) with a header, a time and the carbon intensity in g/kWh. Made jobs of 1 kW arrive at random,
200 to a week, and have to end within their length and a slack; at most `capacity` run at once. For `weeks` weeks spread over the file:

- at once: each starts as soon as there is room (the same jobs, none deferrable);
- planned: `schedule` with the intensity that came;
- forecast: `schedule` with that of the same hour one day earlier, or as many days as the jobs may reach ahead: known when it plans;
- bound: no schedule can save more (Lagrangian relaxation).

The picture is the first two days of the last week of the first file, jobs of 4 h with a slack of 12 h: intensity, and what ran when.
"""

import argparse
import gzip
import io
from pathlib import Path

import numpy as np

from forescale.energy import Task, schedule

WEEK, DAY, JOBS, CAPACITY = 168, 24, 200, 1.5
LENGTHS, SLACKS = (1, 4), (4, 12, 24)


def read(path):
    """The second column; missing values as the hour before."""
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rb") as file:
        text = io.TextIOWrapper(file).read().splitlines()[1:]
    values = np.array([float(line.split(",")[1] or "nan") for line in text])
    known = np.where(np.isnan(values), 0, np.arange(len(values)))
    return values[np.maximum.accumulate(known)]


def jobs(random, length, slack, deferrable):
    """Jobs of 1 kW that arrive over a week; lengths vary by half."""
    releases = np.sort(random.integers(0, WEEK, JOBS))
    hours = np.maximum(1, np.round(length * random.uniform(0.5, 1.5, JOBS)))
    return [
        Task(str(i), 1.0, hour, 3600.0 * hour, 3600.0 * (release + hour + slack), deferrable, release_seconds=3600.0 * release)
        for i, (release, hour) in enumerate(zip(releases, hours, strict=True))
    ]


def carbon(plan, tasks, intensity):
    """Kilograms by the intensity that came, and what was left out."""
    starts = [(round(p.start_seconds / 3600), round((p.end_seconds - p.start_seconds) / 3600)) for p in plan.placements]
    assert not plan.infeasible, plan.infeasible[:3]
    return sum(intensity[start : start + hours].sum() for start, hours in starts) / 1000


def study(intensity, length, slack, weeks):
    reach = DAY * int(np.ceil((1.5 * length + slack) / DAY))
    horizon = WEEK + slack + 2 * length
    begins = np.linspace(reach, len(intensity) - horizon - 1, weeks).astype(int)
    capacity = int(np.ceil(CAPACITY * JOBS * max(length, 1) / WEEK))
    sums = np.zeros(4)
    for number, begin in enumerate(begins):
        came = intensity[begin : begin + horizon]
        expected = intensity[begin - reach : begin - reach + horizon]
        tasks = jobs(np.random.default_rng(number), length, slack, True)
        hasty = jobs(np.random.default_rng(number), length, slack, False)
        at_once = schedule(hasty, capacity, came, 3600)
        planned = schedule(tasks, capacity, came, 3600)
        guessed = schedule(tasks, capacity, expected, 3600)
        sums += [carbon(at_once, hasty, came), carbon(planned, tasks, came), carbon(guessed, tasks, came), planned.lower_bound / 1000]
    return sums, (came, at_once, planned)


def picture(path, came, at_once, planned):
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams |= {"svg.hashsalt": "forescale", "svg.fonttype": "none", "font.size": 9}
    import matplotlib.pyplot as plt

    figure, (above, below) = plt.subplots(2, 1, figsize=(7, 4), sharex=True, layout="constrained")
    hours = np.arange(2 * DAY + 1)
    above.step(hours, came[: len(hours)], where="post", color="#555")
    above.set_ylabel("g CO₂ per kWh")
    above.set_ylim(0)
    for plan, color, name in ((at_once, "#c44", "at once"), (planned, "#283", "planned")):
        running = np.zeros(len(came))
        for placement in plan.placements:
            running[round(placement.start_seconds / 3600) : round(placement.end_seconds / 3600)] += 1
        below.step(hours, running[: len(hours)], where="post", color=color, label=name)
    below.set_ylabel("jobs running")
    below.set_xlabel("hours")
    below.set_xticks(range(0, 2 * DAY + 1, 6))
    below.set_xlim(0, 2 * DAY)
    below.legend(frameon=False)
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--weeks", type=int, default=4)
    parser.add_argument("--svg", type=Path)
    options = parser.parse_args()
    print("| grid | job | slack | at once | planned | forecast | bound | of the possible |")
    print("|---|---|---|---|---|---|---|---|")
    for path in options.files:
        intensity = read(path)
        for length in LENGTHS:
            for slack in SLACKS:
                (at_once, planned, forecast, bound), last = study(intensity, length, slack, options.weeks)
                share = [1 - value / at_once for value in (planned, forecast, bound)]
                print(
                    f"| {path.name.split('.')[0]} | {length} h | {slack} h | {at_once:.0f} kg | {share[0]:.1%} | {share[1]:.1%} "
                    f"| {share[2]:.1%} | {share[0] / share[2]:.1%} |",
                    flush=True,
                )
                if options.svg and path == options.files[0] and (length, slack) == (4, 12):
                    picture(options.svg, *last)


if __name__ == "__main__":
    main()
