"""Fronts, ranks and hypervolumes beside those of moocore and paretoset: the same answers, and the time of each.

    pip install ./python moocore paretoset numba
    python benches/python/pareto.py [--rounds 5] [--operations front,ranks,hypervolume]

Prints Markdown: milliseconds of processor time of forescale, of moocore and (for fronts) of paretoset, and how many times the
better of those takes ours; the least of rounds in which the programs take turns, more of them for small inputs. A cube has points uniform in the unit cube, few of them on the front; a sphere and a simplex have points on the unit
sphere and on the plane of sum 1, nearly all of them on the front. paretoset compares every point with the whole front: where
that has more than 10,000 points, which takes minutes, it is left out.
"""

import argparse
import time

import moocore
import numpy as np
from forescale.choice import hypervolume, non_dominated_sort, pareto_front
from paretoset import paretoset

SIZES = [(objectives, points) for objectives in (2, 3, 4, 6) for points in (1_000, 10_000, 100_000)]
VOLUME_SIZES = [(2, 1_000), (2, 100_000), (3, 1_000), (3, 10_000), (3, 100_000)]
VOLUME_SIZES += [(4, 100), (4, 1_000), (4, 3_000), (5, 200), (6, 100), (6, 200), (8, 50), (10, 40)]
PATIENCE = 10_000


def cloud(shape, points, objectives, seed=1):
    random = np.random.default_rng(seed)
    if shape == "simplex":
        return random.dirichlet(np.ones(objectives), points)
    cube = random.random((points, objectives))
    return cube if shape == "cube" else 1 - cube / np.linalg.norm(cube, axis=1, keepdims=True)


def milliseconds(rounds, calls):
    """The least processor time of each call over rounds in which they take turns; more rounds for short calls."""
    least, spent, round = [float("inf")] * len(calls), 0.0, 0
    while round < rounds or (spent < 0.2 and round < 50):
        for at, call in enumerate(calls):
            started = time.thread_time()
            call()
            used = time.thread_time() - started
            least[at], spent = min(least[at], 1000 * used), spent + used
        round += 1
    return least


def cell(rounds, case, ours, peers, agree):
    answer = ours()
    for peer in peers:
        assert agree(answer, peer()), f"{case}: the answers differ"
    mine, *others = milliseconds(rounds, [ours, *peers])
    return f"{mine:.3g}, {', '.join(f'{time:.3g}' for time in others)}: {min(others) / mine:.2f}"


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--operations", default="front,ranks,hypervolume")
    options = options.parse_args()
    print(f"moocore {moocore.__version__}, numpy {np.__version__}, {options.rounds} rounds or more\n")
    print("| operation | objectives | points | cube | sphere | simplex |")
    print("|---|---|---|---|---|---|")
    for operation in options.operations.split(","):
        for objectives, points in VOLUME_SIZES if operation == "hypervolume" else SIZES:
            print(f"| {operation} | {objectives} | {points} |", end="", flush=True)
            for shape in ("cube", "sphere", "simplex"):
                x, reference = cloud(shape, points, objectives), np.ones(objectives)
                agree = np.array_equal
                if operation == "front":
                    ours = lambda: pareto_front(x)
                    peers = [lambda: moocore.is_nondominated(x, keep_weakly=True)]
                    peers += [lambda: paretoset(x, distinct=False)] if ours().sum() <= PATIENCE else []
                elif operation == "ranks":
                    ours, peers = lambda: non_dominated_sort(x), [lambda: moocore.pareto_rank(x)]
                else:
                    ours, peers = lambda: hypervolume(x, reference), [lambda: moocore.hypervolume(x, ref=reference)]
                    agree = lambda a, b: abs(a - b) <= 1e-11 * b
                print(f" {cell(options.rounds, (operation, objectives, points, shape), ours, peers, agree)} |", end="", flush=True)
            print()


if __name__ == "__main__":
    main()
