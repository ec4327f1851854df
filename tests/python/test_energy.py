"""Schedules beside an exact solver, where SciPy is there, and what only Python has."""

import signal
import threading

import numpy as np
import pytest

import forescale
from forescale.energy import HardwareProfile, PowerCurve, Task, schedule, transition_energy
from forescale.load import Series


def least_cost(tasks, capacity, price):
    """The cost of the best schedule of tasks that last whole steps of a second: a time-indexed integer program."""
    optimize = pytest.importorskip("scipy.optimize")
    steps, rows, low, high, cost = len(price), [], [], [], []
    starts = [(i, s) for i, task in enumerate(tasks) for s in range(int(task.release_seconds), int(task.deadline - task.duration_seconds) + 1)]
    for i, start in starts:
        length = int(tasks[i].duration_seconds)
        cost.append(tasks[i].energy * np.mean(price[start : start + length]))
    for i in range(len(tasks)):
        rows.append([float(j == i) for j, _ in starts])
        low, high = [*low, 1], [*high, 1]
    for t in range(steps):
        rows.append([float(s <= t < s + tasks[j].duration_seconds) for j, s in starts])
        low, high = [*low, 0], [*high, capacity]
    found = optimize.milp(
        cost,
        constraints=optimize.LinearConstraint(np.array(rows), low, high),
        integrality=np.ones(len(cost)),
        bounds=optimize.Bounds(0, 1),
        options={"mip_rel_gap": 0},
    )
    return found.fun if found.success else None


def test_small_schedules_are_those_of_an_integer_program():
    random, compared = np.random.default_rng(4), 0
    for _ in range(40):
        price = random.integers(-5, 60, 12)
        tasks = []
        for i in range(int(random.integers(2, 8))):
            length, release = int(random.integers(1, 4)), int(random.integers(0, 5))
            deadline = min(12, release + length + int(random.integers(0, 8)))
            tasks.append(Task(str(i), 1, float(random.integers(1, 9)), length, deadline, release_seconds=release))
        least = least_cost(tasks, 2, price)
        plan = schedule(tasks, 2, price, 1)
        assert plan.optimal and (least is None) == bool(plan.infeasible)
        if least is not None:
            assert plan.cost == pytest.approx(least, abs=1e-9) and plan.gap == 0
            compared += 1
    assert compared > 20


def test_the_step_is_that_of_the_series_or_an_hour():
    task = Task("backup", 1, 2, "1h")
    price = [3, 1, 2]
    assert schedule([task], 1, price).placements[0].start_seconds == 3600
    series = Series(price, start=0, step_seconds=1800.0)
    plan = schedule([task], [1, 1, 1], series)
    assert plan.placements[0].start_seconds == 1800 and plan.cost == 3
    with pytest.raises(ValueError, match="step_seconds"):
        schedule([task], 1, series, 60)


def test_the_infeasible_is_named():
    plan = schedule([Task("late", 1, 1, 7200, deadline=3600), Task("fine", 1, 1, 3600)], 1, [1, 2])
    assert [unplaced.name for unplaced in plan.infeasible] == ["late"] and "deadline is 3600 s" in plan.infeasible[0].reason
    assert plan.infeasible[0].task == 0 and plan.placements[0].name == "fine"


def test_ctrl_c_ends_a_long_search():
    random = np.random.default_rng(0)
    tasks = [Task(str(i), 1, float(e), 3600 * float(h)) for i, (e, h) in enumerate(zip(random.uniform(1, 9, 5000), random.uniform(1, 9, 5000), strict=True))]
    threading.Timer(0.3, signal.raise_signal, [signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        schedule(tasks, 200, random.uniform(50, 400, 2000))


def test_shipped_kinds_say_where_their_numbers_come_from():
    for name in HardwareProfile.names():
        profile = HardwareProfile.named(name)
        assert 0 < profile.power.idle < profile.power.busy and len(profile.source) > 20
    with pytest.raises(forescale.ConfigError, match="z80"):
        HardwareProfile.named("z80")


def test_starting_and_draining_take_idle_power_unless_said():
    mine = HardwareProfile("mine", PowerCurve([100, 200]), starting_watts=150)
    assert mine.draining_watts == 100 and mine.source == "given"
    assert transition_energy([2, 4, 3], mine, "1min", 30) == 2 * 150 * 60 + 100 * 30
    assert transition_energy([2, 4, 3], mine, 60) == 2 * 150 * 60
