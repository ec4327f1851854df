"""Fronts, ranks and hypervolumes beside those of moocore: the same answers, and the time of each.

    pip install ./python moocore
    python benches/python/pareto.py [--rounds 7]

Prints Markdown: milliseconds of processor time, the median of rounds that take turns. A cube has points uniform in the unit
cube, few of them on the front; a sphere has points on the unit sphere, all of them on the front.
"""

import argparse
import statistics
import time

import moocore
import numpy as np
from forescale.choice import hypervolume, non_dominated_sort, pareto_front

SIZES = {2: 100_000, 3: 100_000, 4: 10_000, 5: 10_000, 8: 10_000}
VOLUME_SIZES = {2: 100_000, 3: 100_000, 4: 300, 5: 200, 6: 100, 8: 50, 10: 50}


def cloud(shape, points, objectives, seed=1):
    cube = np.random.default_rng(seed).random((points, objectives))
    return cube if shape == "cube" else 1 - cube / np.linalg.norm(cube, axis=1, keepdims=True)


def milliseconds(rounds, *calls):
    times = [[] for _ in calls]
    for _ in range(rounds):
        for spent, call in zip(times, calls):
            started = time.thread_time()
            call()
            spent.append(1000 * (time.thread_time() - started))
    return [statistics.median(spent) for spent in times]


def row(rounds, name, objectives, points, shape, ours, theirs, agree):
    assert agree(ours(), theirs()), f"{name}, {objectives} objectives, {shape}: the answers differ"
    mine, peer = milliseconds(rounds, ours, theirs)
    print(f"| {name} | {objectives} | {points} | {shape} | {mine:.3g} | {peer:.3g} | {peer / mine:.2g} |", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=7)
    rounds = options.parse_args().rounds
    print(f"moocore {moocore.__version__}, numpy {np.__version__}, {rounds} rounds\n")
    print("| operation | objectives | points | shape | forescale, ms | moocore, ms | moocore / forescale |")
    print("|---|---|---|---|---|---|---|")
    for objectives, points in SIZES.items():
        for shape in ("cube", "sphere"):
            x = cloud(shape, points, objectives)
            size = (objectives, points, shape)
            front = (lambda: pareto_front(x), lambda: moocore.is_nondominated(x, keep_weakly=True))
            row(rounds, "front", *size, *front, np.array_equal)
            row(rounds, "ranks", *size, lambda: non_dominated_sort(x), lambda: moocore.pareto_rank(x), np.array_equal)
    for objectives, points in VOLUME_SIZES.items():
        x, reference = cloud("sphere", points, objectives), np.ones(objectives)
        volume = (lambda: hypervolume(x, reference), lambda: moocore.hypervolume(x, ref=reference))
        row(rounds, "hypervolume", objectives, points, "sphere", *volume, lambda a, b: abs(a - b) <= 1e-11 * b)


if __name__ == "__main__":
    main()
