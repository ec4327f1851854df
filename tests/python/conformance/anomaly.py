import json

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
    forest = IsolationForest.from_trees(trees, case.count("sample_size"))
    case.expect_array("scores", forest.score(case.table("points")))
    assert forest.to_trees() == trees


DISPATCH = {"average_path_length": path_length, "isolation_forest": fitted, "isolation_forest_given": given}
