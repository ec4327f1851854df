"""An isolation forest as one of scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._forescale import average_path_length

if TYPE_CHECKING:
    from ._forescale import IsolationForest


def to_sklearn(forest: IsolationForest) -> Any:
    """A fitted `sklearn.ensemble.IsolationForest` whose `score_samples` are the scores of `forest` with their sign changed.

    scikit-learn divides the path lengths by its own logarithmic c(n). It keeps those of all leaves, so that they are scaled here.
    """
    from sklearn.ensemble import IsolationForest as Model
    from sklearn.tree import ExtraTreeRegressor

    trees, columns, sample_size, settings = forest.to_trees(), max(forest.dimensions, 1), forest.sample_size, forest.get_params()
    share = settings["contamination"]
    model = Model(
        n_estimators=len(trees),
        max_samples=sample_size,
        contamination="auto" if share is None else share,
        random_state=settings["seed"] % 2**32,
    )
    # A forest of single leaves, for all that a fit sets beside the trees.
    model.fit(np.zeros((sample_size, columns)) if sample_size * columns < 2**24 else np.zeros((2, columns)))
    exact = settings["normalizer"] == "harmonic"
    scale = _logarithmic(sample_size) / average_path_length(sample_size) if exact else 1.0
    model.max_samples_ = model._max_samples = sample_size
    model.offset_ = -forest.threshold
    model.estimators_features_ = [np.arange(columns)] * len(trees)
    model._decision_path_lengths, model._average_path_length_per_tree = [], []
    for at, nodes in enumerate(trees):
        depth = np.ones(len(nodes))
        for node, (feature, _, left, right, _) in enumerate(nodes):
            if feature >= 0:
                depth[int(left)] = depth[int(right)] = depth[node] + 1
        rest = np.array([average_path_length(int(node[4])) if exact else _logarithmic(int(node[4])) for node in nodes])
        model._decision_path_lengths.append(depth)
        model._average_path_length_per_tree.append((depth - 1 + rest) * scale - (depth - 1))
        estimator = ExtraTreeRegressor(max_features=1, splitter="random", random_state=0)
        estimator.fit(np.zeros((2, columns)), np.zeros(2))
        # As a pickle is read.
        make, arguments, state = estimator.tree_.__reduce__()
        estimator.tree_ = make(*arguments)
        estimator.tree_.__setstate__(_state(state, nodes, int(depth.max()) - 1))
        model.estimators_[at] = estimator
    return model


def _logarithmic(n: int) -> float:
    """scikit-learn's c(n)."""
    return 2 * (np.log(n - 1) + np.euler_gamma) - 2 * (n - 1) / n if n > 2 else max(n - 1.0, 0.0)


def _state(state: dict[str, Any], nodes: list[list[float]], depth: int) -> dict[str, Any]:
    """The state of a scikit-learn tree with other nodes."""
    feature, threshold, left, right, points = (np.array(column) for column in zip(*nodes))
    leaf = feature < 0
    table = np.zeros(len(nodes), state["nodes"].dtype)
    table["left_child"], table["right_child"] = left, right
    table["feature"], table["threshold"] = np.where(leaf, -2, feature), np.where(leaf, -2.0, threshold)
    table["n_node_samples"] = table["weighted_n_node_samples"] = points
    values = np.zeros((len(nodes), *state["values"].shape[1:]))
    return state | {"max_depth": depth, "node_count": len(nodes), "nodes": table, "values": values}
