import json

from forescale.anomaly import Detector, IsolationForest, average_path_length, response, severity


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


LEVELS = ["none", "minor", "major", "critical"]
KINDS = ["ordinary", "spike", "drop", "level_shift", "flat_line", "drift", "missing", "slow_change"]


def responded(case):
    case.expect("response", response(case.number("base"), case.number("severity")))
    case.expect("level", LEVELS.index(severity(case.number("severity"))))


def detected(case):
    """The answers to a stream, with a detector that is saved and restored half way."""
    detector = Detector(**json.loads(case.text("config")))
    times, answers = case.numbers("times"), []
    for at, (time, value) in enumerate(zip(times, case.numbers("values"))):
        if at == len(times) // 2:
            detector = Detector.restore(detector.snapshot())
        answers.append(detector.observe(int(time), value))
    case.expect_array("scores", [answer.score for answer in answers])
    case.expect_array("severities", [answer.severity for answer in answers])
    case.expect_array("kinds", [KINDS.index(answer.kind) for answer in answers])


DISPATCH = {
    "average_path_length": path_length,
    "isolation_forest": fitted,
    "isolation_forest_given": given,
    "response": responded,
    "detector": detected,
}
