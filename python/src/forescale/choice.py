"""What is best? Pareto fronts, what picks a point on them, and plans found by annealing."""

from ._forescale import (
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

__all__ = [
    "Allocation",
    "achievement",
    "anneal",
    "choose",
    "crowding_distance",
    "hypervolume",
    "knee",
    "log_utility",
    "non_dominated_sort",
    "pareto_front",
    "scenarios",
    "utility",
    "weighted_sum",
]
