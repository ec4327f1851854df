import json

from forescale.choice import (
    Allocation,
    achievement,
    anneal,
    choose,
    crowding_distance,
    hypervolume,
    knee,
    log_utility,
    non_dominated_sort,
    pareto_front,
    scenarios,
    utility,
    weighted_sum,
)


def flags(case):
    return [bool(flag) for flag in case.numbers("maximize")]


def volume(case):
    points = case.table("points")
    case.expect("hypervolume", hypervolume(points, case.numbers("reference")))
    case.expect_array("nondominated", pareto_front(points))
    case.expect_array("ranks", non_dominated_sort(points))


def pareto(case):
    points, maximize = case.table("points"), flags(case)
    case.expect_array("front", pareto_front(points, maximize))
    case.expect_array("ranks", non_dominated_sort(points, maximize))
    case.expect_array("crowding", crowding_distance(points))
    constraints = case.table("constraints") if case.has("constraints") else None
    case.expect("chosen", choose(points, maximize, case.numbers("weights"), constraints))


def product(case):
    metrics, weights = case.numbers("metrics"), case.numbers("weights")
    case.expect("utility", utility(metrics, weights))
    case.expect("log_utility", log_utility(metrics, weights))


def scalarize(case):
    points, maximize, weights = case.table("points"), flags(case), case.numbers("weights")
    goal = case.numbers("goal") if case.has("goal") else None
    case.expect_array("distance", achievement(points, maximize, weights, goal, case.number("augmentation")))
    case.expect_array("sum", weighted_sum(points, maximize, weights))
    case.expect("knee", knee(points, maximize))


def allocation(case):
    table = lambda name: case.table(name) if case.has(name) else None
    problem = Allocation(case.table("costs"), table("pairs"), table("usage"), table("limits"))
    units, cost = anneal(problem, case.count("seed"), **json.loads(case.text("config")))
    case.expect("cost", cost)
    case.expect("cost", problem.cost(units))
    case.expect("feasible", problem.is_feasible(units))
    if case.has("units"):
        case.expect_array("units", units)


def futures(case):
    settings = json.loads(case.text("config"))
    chosen, expected, tail, worst, regret = scenarios(case.table("costs"), case.numbers("weights"), **settings)
    case.expect("chosen", chosen)
    case.expect_array("expected", expected)
    case.expect_array("tail", tail)
    case.expect_array("worst", worst)
    case.expect_array("regret", regret)


DISPATCH = {
    "hypervolume": volume,
    "hypervolume_many": volume,
    "pareto": pareto,
    "utility": product,
    "scalarize": scalarize,
    "anneal": allocation,
    "scenarios": futures,
}
