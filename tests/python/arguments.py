"""Arguments with which every operation of the surface ledger works, for the tests that then spoil them.

`ARGUMENTS["room.function"]`, `["room.Class"]` (its constructor) and `["room.Class.method"]` are positional arguments, or a
function that makes them. `OBJECTS["room.Class"]` makes the object whose methods are called, where the constructor is not enough.
"""

import forescale

LOAD = [3.0, 4.0, float("nan"), 6.0, 5.0, 4.0, 3.0, 4.0, 5.0, 6.0]


def series():
    return forescale.load.Series(LOAD, 0, 60.0)


POINTS = [[1.0, 4.0, 2.0], [2.0, 3.0, 2.0], [3.0, 5.0, 1.0], [4.0, 1.0, 6.0], [2.0, 3.0, 2.0]]
MATRIX = [[1.0, 2.0, 0.5], [0.0, 1.0, -0.25]]


def tensor():
    return forescale.energy.EnergyTensor(MATRIX)


ARGUMENTS = {
    "load.derivatives": (LOAD, 60.0, 5),
    "load.Series": (LOAD, 0, 60.0),
    "load.Series.from_samples": ([0, 60_000, 90_000], [1.0, 2.0, 3.0], 60.0, "mean"),
    "load.Series.from_csv": ("time,load\n0,1\n60,2\n", "load", 60.0),
    "load.Series.resample": (120.0, "mean"),
    "load.Series.fill": ("seasonal", 4),
    "load.Series.snapshot": (),
    "load.Series.restore": lambda: (series().snapshot(),),
    "energy.EnergyTensor": (MATRIX,),
    "energy.EnergyTensor.fit": (POINTS, [[1.0], [2.0], [3.0], [4.0], [5.0]]),
    "energy.EnergyTensor.apply": ([1.0, 2.0, 3.0],),
    "energy.EnergyTensor.minimize": ([5.0], [0.0, 0.0, 1.0], [4.0, 4.0, 4.0]),
    "energy.EnergyTensor.snapshot": (),
    "energy.EnergyTensor.restore": lambda: (tensor().snapshot(),),
    "energy.CheapestScaling": ([1.0], [2.0], 2.0, [0.0]),
    "choice.pareto_front": (POINTS, [True, False, True]),
    "choice.non_dominated_sort": (POINTS, [True, False, True]),
    "choice.crowding_distance": (POINTS,),
    "choice.hypervolume": (POINTS, [5.0, 6.0, 7.0]),
    "choice.utility": ([1.0, 2.0, 3.0], [0.5, -1.0, 2.0]),
    "choice.log_utility": ([1.0, 2.0, 3.0], [0.5, -1.0, 2.0]),
    "choice.choose": (POINTS, [True, False, True], [1.0, 2.0, 0.5], [[0.0, 9.0], [0.0, 9.0], [1.0, 9.0]]),
    "capacity.erlang_b": (10, 7.5),
    "capacity.erlang_c": (10, 7.5),
    "capacity.Queue": (7.5, 1.0, 10),
    "capacity.Queue.wait_quantile": (0.95,),
    "capacity.servers_for": (7.5, 1.0, {"response_quantile": [0.95, 4.0]}),
}

OBJECTS = {}
