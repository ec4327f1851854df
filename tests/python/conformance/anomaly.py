import json

import numpy as np

from forescale.anomaly import CircuitBreaker, IsolationForest, average_path_length, dbscan, spillover
from forescale.anomaly import Detector, response, severity


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


def clusters(case):
    case.expect_array("labels", dbscan(case.table("points"), case.number("eps"), case.count("min_points")))


def breaker(case):
    breaker = CircuitBreaker(case.count("failures"), case.number("cooldown_seconds"), case.count("probes"))
    allowed, states, counts = [], [], []
    for now, event in zip(case.numbers("times"), case.numbers("events")):
        if event == 0:
            allowed.append(breaker.allow(now))
        else:
            breaker.record(now, event == 1)
        breaker = CircuitBreaker.restore(breaker.snapshot())
        states.append(1 + ["closed", "open", "half_open"].index(breaker.state(now)))
        retry_at = -1 if breaker.retry_at is None else breaker.retry_at
        counts += [breaker.failed, breaker.succeeded, breaker.openings, breaker.rejected, retry_at]
    case.expect_array("allowed", allowed)
    case.expect_array("states", states)
    case.expect_array("counts", counts)


def spilled(case):
    available = [flag != 0 for flag in case.numbers("available")]
    spilled = spillover(case.number("load"), case.numbers("capacities"), case.numbers("loads"), available)
    case.expect_array("taken", spilled.taken)
    case.expect("shed", spilled.shed)


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
    "circuit_breaker": breaker,
    "dbscan": clusters,
    "spillover": spilled,
    "isolation_forest": fitted,
    "isolation_forest_given": given,
    "isolation_forest_logarithmic": given,
    "isolation_forest_operations": operations,
    "response": responded,
    "detector": detected,
}
