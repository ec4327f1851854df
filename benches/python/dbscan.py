"""`dbscan` beside scikit-learn's DBSCAN: the same labels, and the CPU time.

    python benches/python/dbscan.py [count]

`count` points a set (100,000 by default), least CPU time of three runs of ours, one run of scikit-learn's.
"""

import sys
import time

import numpy as np
from sklearn.cluster import DBSCAN

from forescale.anomaly import dbscan

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
RANDOM = np.random.default_rng(0)


def blobs(count, columns):
    centres = RANDOM.uniform(-10, 10, (20, columns))
    return centres[RANDOM.integers(0, 20, count)] + RANDOM.normal(0, 0.5, (count, columns))


def cpu_seconds(work):
    started = time.process_time()
    answer = work()
    return time.process_time() - started, answer


SETS = [
    ("blobs, 2 columns", blobs(COUNT, 2), 0.05),
    ("blobs, 3 columns", blobs(COUNT, 3), 0.15),
    ("uniform, 2 columns", RANDOM.uniform(0, 1, (COUNT, 2)), 0.004),
    ("uniform, 3 columns", RANDOM.uniform(0, 1, (COUNT, 3)), 0.02),
    ("crowded blobs, 2 columns", blobs(COUNT, 2), 0.3),
    ("blobs, 10 columns", blobs(COUNT // 5, 10), 1.2),
]

print("| set | points | eps | forescale | scikit-learn | ratio |\n|---|---:|---:|---:|---:|---:|")
for name, points, eps in SETS:
    ours, labels = min((cpu_seconds(lambda: dbscan(points, eps, 5)) for _ in range(3)), key=lambda run: run[0])
    theirs, expected = cpu_seconds(lambda: DBSCAN(eps=eps, min_samples=5).fit(points).labels_)
    assert np.array_equal(labels, expected), name
    print(f"| {name} | {len(points)} | {eps} | {ours:.3f} s | {theirs:.3f} s | {theirs / ours:.0f} |", flush=True)

equal = np.ones((COUNT, 2))
seconds, labels = cpu_seconds(lambda: dbscan(equal, 0.1, 5))
print(f"\n{COUNT} equal points: {seconds:.3f} s (scikit-learn lists all {COUNT**2} pairs)")
assert not labels.any()
