"""Arguments with which every operation of the surface ledger works, for the tests that then spoil them.

`ARGUMENTS["room.function"]`, `["room.Class"]` (its constructor) and `["room.Class.method"]` are positional arguments, or a
function that makes them. `OBJECTS["room.Class"]` makes the object whose methods are called, where the constructor is not enough.
"""

import forescale

UP, DOWN = [[0.0, 1.0], [100.0, 11.0]], [[0.0, 3.0], [100.0, 13.0]]
LOAD = [3.0, 4.0, float("nan"), 6.0, 5.0, 4.0, 3.0, 4.0, 5.0, 6.0]


def series():
    return forescale.load.Series(LOAD, 0, 60.0)


def scaling_law():
    law = forescale.scaling.ScalingLaw(0.5, 0.01, 2.0, 1.0, 20.0, 5.0)
    for load in (3.0, 4.0, 6.0, 50.0):
        law.update(load, 60.0)
    return law


def hysteresis():
    law = forescale.scaling.Hysteresis(UP, DOWN)
    law.update(50.0)
    law.update(60.0)
    return law


ARGUMENTS = {
    "load.derivatives": (LOAD, 60.0, 5),
    "load.Series": (LOAD, 0, 60.0),
    "load.Series.from_samples": ([0, 60_000, 90_000], [1.0, 2.0, 3.0], 60.0, "mean"),
    "load.Series.from_csv": ("time,load\n0,1\n60,2\n", "load", 60.0),
    "load.Series.resample": (120.0, "mean"),
    "load.Series.fill": ("seasonal", 4),
    "load.Series.snapshot": (),
    "load.Series.restore": lambda: (series().snapshot(),),
    "capacity.erlang_b": (10, 7.5),
    "capacity.erlang_c": (10, 7.5),
    "capacity.Queue": (7.5, 1.0, 10),
    "capacity.Queue.wait_quantile": (0.95,),
    "capacity.Queue.response_quantile": (0.95,),
    "capacity.Queue.response_tail": (4.0,),
    "capacity.Utilization": (0.7,),
    "capacity.MeanWait": (0.5,),
    "capacity.WaitQuantile": (0.95, 0.5),
    "capacity.ResponseQuantile": (0.95, 4.0),
    "capacity.servers_for": (7.5, 1.0, {"response_quantile": [0.95, 4.0]}),
    "capacity.target_is_met": lambda: ({"wait_quantile": [0.95, 0.5]}, forescale.capacity.Queue(7.5, 1.0, 10)),
    "capacity.latency": (0.2, 0.75),
    "scaling.scaling_identity": ([3.0, 4.0, 6.0, 5.0], 60.0, 0.5, 0.01, 2.0, 1.0),
    "scaling.sigmoid": (1.0, 2.0, 0.5),
    "scaling.log_sigmoid": (1.0, 2.0, 0.5),
    "scaling.sigmoid_slope": (1.0, 2.0, 0.5),
    "scaling.ramp": ([3.0, 4.0, 6.0], 60.0, 0.5, 2.0),
    "scaling.Transition": (2.0, 10.0, 0.1, 60.0),
    "scaling.Transition.over": (2, 10, 0.0, 120.0),
    "scaling.Transition.value": (50.0,),
    "scaling.Transition.slope": (50.0,),
    "scaling.Transition.replicas": (50.0,),
    "scaling.ScalingLaw": (0.5, 0.01, 2.0, 1.0, 20.0, 5.0),
    "scaling.ScalingLaw.update": (4.0, 60.0),
    "scaling.ScalingLaw.snapshot": (),
    "scaling.ScalingLaw.restore": lambda: (scaling_law().snapshot(),),
    "scaling.Hysteresis": (UP, DOWN),
    "scaling.Hysteresis.update": (4.0,),
    "scaling.Hysteresis.snapshot": (),
    "scaling.Hysteresis.restore": lambda: (UP, DOWN, hysteresis().snapshot()),
}

OBJECTS = {"scaling.ScalingLaw": scaling_law, "scaling.Hysteresis": hysteresis}
