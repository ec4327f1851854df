"""What is best? Pareto fronts and the weighted product utility that picks a point on them."""

from ._forescale import (
    choose,
    crowding_distance,
    hypervolume,
    log_utility,
    non_dominated_sort,
    pareto_front,
    utility,
)

__all__ = [
    "choose",
    "crowding_distance",
    "hypervolume",
    "log_utility",
    "non_dominated_sort",
    "pareto_front",
    "utility",
]
