from forescale.choice import (
    choose,
    crowding_distance,
    hypervolume,
    log_utility,
    non_dominated_sort,
    pareto_front,
    utility,
)


def volume(case):
    points = case.table("points")
    case.expect("hypervolume", hypervolume(points, case.numbers("reference")))
    case.expect_array("nondominated", pareto_front(points))
    case.expect_array("ranks", non_dominated_sort(points))


def pareto(case):
    points, maximize = case.table("points"), [bool(flag) for flag in case.numbers("maximize")]
    case.expect_array("front", pareto_front(points, maximize))
    case.expect_array("ranks", non_dominated_sort(points, maximize))
    case.expect_array("crowding", crowding_distance(points))
    constraints = case.table("constraints") if case.has("constraints") else None
    case.expect("chosen", choose(points, maximize, case.numbers("weights"), constraints))


def product(case):
    metrics, weights = case.numbers("metrics"), case.numbers("weights")
    case.expect("utility", utility(metrics, weights))
    case.expect("log_utility", log_utility(metrics, weights))


DISPATCH = {"hypervolume": volume, "pareto": pareto, "utility": product}
