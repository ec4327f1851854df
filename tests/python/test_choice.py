import signal
import threading

import numpy as np
import pytest
from forescale import InfeasibleError
from forescale.choice import Allocation, anneal, choose, hypervolume, knee, pareto_front, scenarios


def fleet(places, levels=6, seed=0):
    random = np.random.default_rng(seed)
    costs = np.cumsum(random.random((places, levels)), axis=1)
    pairs = [[i, (i + 1) % places, random.random() - 0.5] for i in range(places)]
    return Allocation(costs, pairs, [-np.ones(places)], [-0.5 * places * (levels - 1)])


LONG = {
    "quantum": lambda: anneal(fleet(100), sweeps=15_000),
    "thermal": lambda: anneal(fleet(100), method="thermal", sweeps=15_000),
    "exact": lambda: anneal(fleet(40), method="exact"),
    "hypervolume": lambda: hypervolume(np.random.default_rng(0).dirichlet(np.ones(10), 400), np.ones(10)),
}


@pytest.mark.parametrize("call", LONG)
def test_ctrl_c_ends_a_long_search(call):
    timer = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        LONG[call]()
    timer.join()


def test_a_seed_repeats_and_the_plan_is_what_it_says():
    problem = fleet(20)
    units, cost = anneal(problem, 3, sweeps=50)
    again, _ = anneal(problem, 3, sweeps=50)
    assert units.tolist() == again.tolist() and cost == problem.cost(units) and problem.is_feasible(units)
    assert (problem.places, problem.levels) == (20, 6) and repr(problem) == "Allocation(places=20, levels=6)"
    with pytest.raises(InfeasibleError, match="limits"):
        anneal(Allocation([[0.0, 1.0]], usage=[[-1.0]], limits=[-2.0]), method="exact")


def test_one_plan_for_several_futures():
    days = [0.7, 0.2, 0.1]
    costs = [[2.0, 9.0, 40.0], [4.0, 4.0, 20.0], [8.0, 8.0, 8.0]]
    assert scenarios(costs, days, aversion=0.0)[0] == 1 and scenarios(costs, days, 1.0, 1.0)[0] == 2
    _, expected, tail, worst, regret = scenarios(costs, days)
    assert worst.tolist() == [40.0, 20.0, 8.0] and regret.tolist() == [32.0, 12.0, 6.0]
    assert np.all(expected <= tail) and np.all(tail <= worst)


def test_what_is_chosen_lies_on_the_front():
    points = np.random.default_rng(1).random((2_000, 3))
    front = pareto_front(points, [True, False, False])
    assert front[choose(points, [True, False, False], [1.0, 2.0, 0.5])] and front[knee(points, [True, False, False])]
