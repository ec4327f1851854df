"""Planned transitions beside the optimum: `plan_transition` with a warm-up curve, and SciPy's HiGHS.

    pip install ./python scipy
    python benches/python/plan_transition.py [--cases 160]

Without a warm-up curve a plan is optimal (the tests compare); with one it need not be. Prints how far above the optimum the costs are, on made
cases of 30 steps with random start-ups, curves, costs and limits; which cases have no plan at all must be the same for both.
"""

import argparse
import math

import numpy as np
import scipy
from forescale import InfeasibleError
from forescale.scaling import plan_transition
from scipy.optimize import Bounds, LinearConstraint, milp

STEPS = 30


def case(random):
    t = np.arange(STEPS)
    demand = [
        6 + 10.0 * (t >= 15),
        6 + 10 * np.clip((t - 10) / 10, 0, 1),
        10 - 6 * np.cos(math.tau * t / STEPS),
        6 + 6.0 * (t // 6 % 2),
    ][random.integers(4)]
    demand[8:] += random.random(STEPS - 8) * random.choice([0, 2])
    config = {
        "step_seconds": 15.0,
        "start_up_seconds": float(random.choice([15, 30, 60, 90])),
        "warm_up": sorted(np.round(random.random(random.integers(1, 4)), 2).tolist()),
        "drain_seconds": float(random.choice([0, 10, 30])),
        "running_cost": float(random.choice([0.25, 1, 200])),
        "start_cost": float(random.choice([0, 10, 45])),
        "max_up_per_step": int(random.integers(1, 5)) if random.random() < 0.6 else None,
        "max_down_per_step": int(random.integers(1, 4)) if random.random() < 0.6 else None,
        "min_replicas": int(random.integers(0, 3)),
        "max_replicas": 40,
    }
    return np.round(demand, 2), math.ceil(demand[0]), config


def optimum(demand, initial, config):
    """Counts, starts and stops in each step, and for each age those that have it: at most the least count since. None if there is no plan."""
    start_up = math.ceil(config["start_up_seconds"] / config["step_seconds"])
    shares = [*config["warm_up"], 1.0]
    more = np.diff([0.0, *shares])
    size = (3 + len(shares)) * STEPS
    rows, low, high = [], [], []

    def row(terms, least, most):
        rows.append(np.zeros(size))
        for index, factor in terms:
            rows[-1][index] += factor
        low.append(least)
        high.append(most)

    for t in range(STEPS):
        change = [(t, 1), (STEPS + t, -1), (2 * STEPS + t, 1)]
        row(change if t == 0 else [*change, (t - 1, -1)], initial * (t == 0), initial * (t == 0))
        aged = [(3 + stage) * STEPS + t for stage in range(len(shares))]
        row(zip(aged, more), demand[t], np.inf)
        for stage, index in enumerate(aged):
            for since in range(max(0, t - start_up - stage), t + 1):
                row([(index, 1), (since, -1)], -np.inf, 0)
            if t < start_up + stage:
                row([(index, 1)], -np.inf, initial)
    running, draining = config["running_cost"] * config["step_seconds"], config["running_cost"] * config["drain_seconds"]
    costs = np.repeat([running, config["start_cost"], draining, *[0.0] * len(shares)], STEPS)
    least = np.repeat([config["min_replicas"], *[0] * (2 + len(shares))], STEPS)
    limits = [config["max_replicas"], config["max_up_per_step"] or np.inf, config["max_down_per_step"] or np.inf]
    most = np.repeat([*limits, *[np.inf] * len(shares)], STEPS)
    whole = np.repeat([1, 1, 1, *[0] * len(shares)], STEPS)
    options = {"mip_rel_gap": 0}
    constraints = LinearConstraint(scipy.sparse.csr_matrix(np.array(rows)), low, high)
    answer = milp(costs, integrality=whole, bounds=Bounds(least, most), constraints=constraints, options=options)
    return None if answer.status == 2 else answer.fun


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--cases", type=int, default=160)
    random, above, without = np.random.default_rng(5), [], 0
    cases = options.parse_args().cases
    while len(above) < cases:
        demand, initial, config = case(random)
        best = optimum(demand, initial, config)
        try:
            plan = plan_transition(demand, initial, **config)
        except InfeasibleError:
            assert best is None, (demand, initial, config)
            without += 1
            continue
        assert best is not None and plan.shortfall == 0 and plan.least_cost <= best * (1 + 1e-9)
        above.append(plan.cost / best - 1)
    above = np.array(above)
    assert above.min() > -1e-9
    print(f"scipy {scipy.__version__}: {cases} cases, {without} more have no plan")
    print(f"optimal {np.sum(above < 1e-9)}, above the optimum {above.mean():.2%} on average, {above.max():.2%} at most")


if __name__ == "__main__":
    main()
