import json

import numpy as np

from forescale.anomaly import IsolationForest, average_path_length


def path_length(case):
    case.expect("average_path_length", average_path_length(case.count("n")))


def fitted(case):
    forest = IsolationForest(**json.loads(case.text("config"))).fit(case.table("points"))
    probes = case.table("probes")
    case.expect_array("scores", forest.score(probes))
    case.expect_array("scores", IsolationForest.restore(forest.snapshot()).score(probes))
    case.expect_array("scores", [forest.score(point) for point in probes])


def given(case):
    nodes = iter(case.table("nodes"))
    trees = [[next(nodes) for _ in range(length)] for length in case.numbers("lengths")]
    normalizer = case.text("normalizer") if case.has("normalizer") else "harmonic"
    forest = IsolationForest.from_trees(trees, case.count("sample_size"), normalizer)
    case.expect_array("scores", forest.score(case.table("points")))
    assert forest.to_trees() == trees


def operations(case):
    points, probes = case.table("points"), case.table("probes")
    forest = IsolationForest(**json.loads(case.text("config")))
    forest.fit(np.asfortranarray(points, dtype=np.float32), case.numbers("sample_weights"))
    case.expect("threshold", forest.threshold)
    case.expect_array("scores", forest.score(probes))
    case.expect_array("outliers", forest.is_outlier(probes).astype(float))
    base, contributions = forest.explain(probes)
    case.expect("base", base)
    case.expect_array("contributions", contributions.ravel())
    case.expect_array("stream", [forest.update(point) for point in points])
    case.expect_array("scores_after", forest.score(probes))


DISPATCH = {
    "average_path_length": path_length,
    "isolation_forest": fitted,
    "isolation_forest_given": given,
    "isolation_forest_logarithmic": given,
    "isolation_forest_operations": operations,
}
