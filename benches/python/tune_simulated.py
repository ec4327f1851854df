"""Tuning three gains on a simulated day of 1,440 steps: `ScalingLaw.tune_simulated` beside SciPy with Numba.

    pip install ./python scipy numba
    python benches/python/tune_simulated.py [--rounds 51]

SciPy's simplex method (Nelder and Mead) minimises the same cost, compiled by Numba, from the same simplex. Prints Markdown: milliseconds of
processor time, the median of rounds that take turns, and the cost that each found: ours may be 1 % higher at most. Then, for 18 demands of
400 steps, our cost over the least that SciPy finds from 40 starts.
"""

import argparse
import math
import statistics
import time
import warnings

import numba
import numpy as np
import scipy
from forescale.scaling import ScalingLaw, stability_margins

STEP, START_UP, MISSING, IDLE, CHANGE, MARGIN, LOW, HIGH = 60.0, 120.0, 10.0, 1.0, 1.0, 2.0, 1.0, 1000.0
DELAY = math.ceil(START_UP / STEP)
SIMPLEX = np.array([[0.05, 0.4, 0.0], [0.15, 0.4, 0.0], [0.05, 0.3, 0.0], [0.05, 0.4, 0.05]])


def day(noise, seed=1):
    minutes = np.arange(1440)
    return 50 - 30 * np.cos(minutes / 1440 * math.tau) + noise * np.random.default_rng(seed).normal(size=1440)


@numba.njit
def stable(alpha, beta, gamma):
    """The recursion of Schur and Cohn on 1 + G, times 1 - q."""
    p, i, d = alpha, 0.5 * beta * STEP, 0.5 * gamma / STEP
    a = np.zeros(DELAY + 4)
    a[0], a[1] = 1.0, -1.0
    a[DELAY] += p + i + 3 * d
    a[DELAY + 1] += i - p - 7 * d
    a[DELAY + 2] += 5 * d
    a[DELAY + 3] -= d
    for last in range(DELAY + 3, 0, -1):
        first, ratio = a[0], a[last] / a[0]
        if not abs(ratio) < 1:
            return False
        for j in range((last + 1) // 2 + 1):
            k = last - j
            if j < k:
                a[j], a[k] = (a[j] - ratio * a[k]) / first, (a[k] - ratio * a[j]) / first
            elif j == k:
                a[j] = (a[j] - ratio * a[j]) / first
    return True


@numba.njit
def cost(point, demand):
    alpha, beta, gamma = point[0], point[1] / (STEP * DELAY), point[2] * STEP * DELAY
    if not (stable(alpha, beta, gamma) and stable(MARGIN * alpha, MARGIN * beta, MARGIN * gamma)):
        return np.inf
    start = min(max(demand[0], LOW), HIGH)
    asked = np.empty(DELAY + demand.size)
    asked[:DELAY] = start
    first = last = before = demand[0] - start
    area = first_slope = bend = total = 0.0
    scale = start
    for i in range(demand.size):
        error = demand[i] - asked[i]
        if i == 2:
            first_slope = (2.0 * last - 1.5 * before - 0.5 * error) / STEP
        if i >= 2:
            bend = (1.5 * error - 2.0 * last + 0.5 * before) / STEP - first_slope
        step_area = 0.0 if i == 0 else 0.5 * STEP * (error + last)
        without = start + alpha * (error - first) + gamma * bend + beta * area
        more = beta * step_area
        wanted = without + more
        furthest = max(without, HIGH) if more > 0 else min(without, LOW)
        if (more > 0 and wanted > furthest) or (more < 0 and wanted < furthest):
            step_area *= (furthest - without) / more
            wanted = furthest
        area += step_area
        wanted = min(max(wanted, LOW), HIGH)
        total += (MISSING * error if error > 0 else -IDLE * error) + CHANGE * abs(wanted - scale)
        scale = wanted
        asked[i + DELAY] = wanted
        before, last = last, error
    return total / demand.size


def ours(demand):
    return ScalingLaw().tune_simulated(demand, STEP, START_UP, MISSING, IDLE, CHANGE, MARGIN)


def theirs(demand):
    options = {"initial_simplex": SIMPLEX}
    return scipy.optimize.minimize(cost, SIMPLEX[0], (demand,), "Nelder-Mead", options=options)


def demands():
    """Days of 200 minutes, random walks and jumps, with noise of many sizes."""
    k = np.arange(400)
    for seed in range(6):
        random = np.random.default_rng(100 + seed)
        yield "day", 50 - 30 * np.cos(k / 200 * math.tau) + (0, 0.3, 1, 3, 0.1, 5)[seed] * random.normal(size=400)
        yield "walk", 60 + np.cumsum(random.normal(size=400)) * (0.3, 1, 2, 0.5, 3, 1)[seed]
        jumps = 15 * ((k // (40, 80, 20, 100, 60, 30)[seed]) % 2)
        yield "jumps", 20 + jumps + (0, 0.5, 2, 0.1, 1, 0)[seed] * random.normal(size=400)


def least(demand):
    options = {"xatol": 1e-6, "fatol": 1e-8, "maxfev": 800}
    starts = [np.random.default_rng(seed).uniform([-0.2, 0, -0.1], [0.6, 1.5, 0.3]) for seed in range(40)]
    return min(scipy.optimize.minimize(cost, start, (demand,), "Nelder-Mead", options=options).fun for start in starts)


def milliseconds(rounds, *calls):
    times = [[] for _ in calls]
    for _ in range(rounds):
        for spent, call in zip(times, calls):
            started = time.thread_time()
            call()
            spent.append(1000 * (time.thread_time() - started))
    return [statistics.median(spent) for spent in times]


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=51)
    rounds = options.parse_args().rounds
    warnings.filterwarnings("ignore", "invalid value encountered", RuntimeWarning)  # infinite costs less infinite costs
    print(f"scipy {scipy.__version__}, numba {numba.__version__}, numpy {np.__version__}, {rounds} rounds\n")
    print("| noise | forescale, ms | SciPy with Numba, ms | ratio | evaluations of SciPy | cost, forescale | cost, SciPy |")
    print("|---|---|---|---|---|---|---|")
    for noise in (0.0, 0.5, 3.0):
        demand = day(noise)
        law = ScalingLaw()
        mine, peer = law.tune_simulated(demand, STEP, START_UP, MISSING, IDLE, CHANGE, MARGIN), theirs(demand)
        alpha, beta, gamma = law.gains
        same = cost(np.array([alpha, beta * STEP * DELAY, gamma / (STEP * DELAY)]), demand)
        assert abs(same / mine - 1) < 1e-9, f"noise {noise}: the costs are not the same: {mine}, {same}"
        assert stability_margins(alpha, beta, gamma, STEP, START_UP)[0] >= MARGIN * (1 - 1e-9)
        assert mine <= 1.01 * peer.fun, f"noise {noise}: {mine}, SciPy {peer.fun}"
        spent = milliseconds(rounds, lambda: ours(demand), lambda: theirs(demand))
        print(
            f"| {noise} | {spent[0]:.2f} | {spent[1]:.2f} | {spent[1] / spent[0]:.1f} | {peer.nfev} "
            f"| {mine:.4f} | {peer.fun:.4f} |",
            flush=True,
        )
    ratios = {}
    for kind, demand in demands():
        demand = np.maximum(demand, LOW)
        mine = ours(demand)
        ratios.setdefault(kind, []).append(mine / min(mine, least(demand)))
    print("\n| demand | our cost over the least of 40 starts, sorted |\n|---|---|")
    for kind, found in ratios.items():
        print(f"| {kind} | {', '.join(f'{ratio:.3f}' for ratio in sorted(found))} |")


if __name__ == "__main__":
    main()
