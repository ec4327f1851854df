"""Arguments with which every operation of the surface ledger works, for the tests that then spoil them.

`ARGUMENTS["room.function"]`, `["room.Class"]` (its constructor) and `["room.Class.method"]` are positional arguments, or a
function that makes them. `OBJECTS["room.Class"]` makes the object whose methods are called, where the constructor is not enough.
"""

import types

import forescale
import numpy as np

LOAD = [3.0, 4.0, float("nan"), 6.0, 5.0, 4.0, 3.0, 4.0, 5.0, 6.0]


def series():
    return forescale.load.Series(LOAD, 0, 60.0)


POINTS = [[0.0, 1.0], [1.0, 1.5], [2.0, 0.5], [1.0, 1.0], [9.0, 9.0]]
TREE = [[0, 5.0, 1, 2, 5], [-1, 0.0, -1, -1, 4], [-1, 0.0, -1, -1, 1]]


def forest():
    return forescale.anomaly.IsolationForest(10, 4).fit(POINTS)


def sklearn_model():
    """What scikit-learn's fitted forests have that matters here."""
    names = ("feature", "threshold", "children_left", "children_right", "n_node_samples")
    tree = types.SimpleNamespace(**{name: np.array(column) for name, column in zip(names, zip(*TREE))})
    estimators = [types.SimpleNamespace(tree_=tree)]
    return types.SimpleNamespace(estimators_=estimators, estimators_features_=[np.arange(2)], max_samples_=5)


ARGUMENTS = {
    "load.derivatives": (LOAD, 60.0, 5),
    "load.Series": (LOAD, 0, 60.0),
    "load.Series.from_samples": ([0, 60_000, 90_000], [1.0, 2.0, 3.0], 60.0, "mean"),
    "load.Series.from_csv": ("time,load\n0,1\n60,2\n", "load", 60.0),
    "load.Series.resample": (120.0, "mean"),
    "load.Series.fill": ("seasonal", 4),
    "load.Series.snapshot": (),
    "load.Series.restore": lambda: (series().snapshot(),),
    "anomaly.average_path_length": (256,),
    "anomaly.IsolationForest": (10, 4, 1.0, 0, 1, 8),
    "anomaly.IsolationForest.fit": (POINTS,),
    "anomaly.IsolationForest.score": (POINTS,),
    "anomaly.IsolationForest.from_trees": ([TREE, TREE], 5),
    "anomaly.IsolationForest.to_trees": (),
    "anomaly.IsolationForest.snapshot": (),
    "anomaly.IsolationForest.restore": lambda: (forest().snapshot(),),
    "anomaly.IsolationForest.from_sklearn": lambda: (sklearn_model(),),
    "capacity.erlang_b": (10, 7.5),
    "capacity.erlang_c": (10, 7.5),
    "capacity.Queue": (7.5, 1.0, 10),
    "capacity.Queue.wait_quantile": (0.95,),
    "capacity.servers_for": (7.5, 1.0, {"response_quantile": [0.95, 4.0]}),
}

OBJECTS = {"anomaly.IsolationForest": forest}
