"""How far annealing ends above the best plan: the table of docs/choice.md, quantum beside thermal at as many proposals.

    pip install ./python
    python benches/python/anneal.py

Random fleets: convex costs with a start-up, two pairs a place that share a cost, a demand for half of all capacity and a budget. Up to 10 places
the best plan is proved (branch and bound); beyond, it is the best that 5,000 sweeps of either method found.
"""

import numpy as np
from forescale.choice import Allocation, anneal


def fleet(places, levels, seed):
    random = np.random.default_rng(seed)
    start, slope, bend = 4 * random.random(places), 1 + random.random(places), 0.3 * random.random(places)
    count = np.arange(levels)
    costs = np.where(count == 0, 0, start[:, None] + slope[:, None] * count + bend[:, None] * count**2)
    others = random.integers(places, size=(places, 2))
    pairs = [[i, j, random.random() - 0.5] for i, row in enumerate(others) for j in row if i != j]
    speeds, budget = 1 + random.random(places), random.random(places)
    return Allocation(costs, pairs, [-speeds, budget], [-0.5 * speeds.sum() * (levels - 1), 0.35 * places * (levels - 1)])


def cost(*arguments, **settings):
    return anneal(*arguments, **settings)[1]


def rows(places, levels, fleets, best):
    problems = [fleet(places, levels, seed) for seed in range(fleets)]
    bests = [best(problem, seed) for seed, problem in enumerate(problems)]
    for sweeps in [5, 20, 100, 500]:
        cells = [f"{places}", f"{levels}", f"{sweeps}"]
        for method in ["quantum", "thermal"]:
            costs = [cost(problem, seed=seed, method=method, sweeps=sweeps) for seed, problem in enumerate(problems)]
            gaps = [(found - least) / abs(least) for found, least in zip(costs, bests)]
            reached = sum(gap < 1e-9 for gap in gaps)
            cells += [f"{100 * np.mean(gaps):.3f}", f"{reached} of {fleets}"]
        print(f"| {' | '.join(cells)} |", flush=True)


def proved(problem, _):
    return cost(problem, method="exact")


def best_known(problem, seed):
    return min(
        cost(problem, seed=seed + more, method=method, sweeps=5000)
        for method, more in [("quantum", 0), ("thermal", 100), ("thermal", 200)]
    )


print("| places | counts | sweeps | quantum: mean gap, % | reached in | thermal: mean gap, % | reached in |")
print("|---|---|---|---|---|---|---|")
for places, levels in [(6, 4), (8, 6), (10, 6)]:
    rows(places, levels, 20, proved)
for places in [30, 100]:
    rows(places, 6, 5, best_known)
