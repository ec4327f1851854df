"""The isolation forest beside those of scikit-learn, isotree, river and rcf3: detection, agreement, speed, streams.

    pip install ./python scikit-learn isotree pandas river rcf3
    python benches/python/isolation_forest.py detection FOLDER [--seeds 30] [--trees 100]
    python benches/python/isolation_forest.py speed
    python benches/python/isolation_forest.py stream [--points 100000]

FOLDER holds tables as `.csv` or `.csv.gz` with a header; the last column is the label, 1 for an outlier. `detection` prints, as
Markdown: the mean area under the ROC curve (AUC) of each library over the seeds; Spearman's rank correlation of scores
averaged over ten forests a side, of this library with scikit-learn and of scikit-learn with itself, each the mean over
all pairs of sides. ± is one standard error, of the seeds for the AUC and by the jackknife over the sides for the correlation.
`speed` prints the CPU time to fit, to score many points and to score one, on one thread, medians of runs that take turns, and
the bytes of a pickled model. `stream` sends normal points in 3 dimensions, two of a hundred far out, past each library's
online detector: the AUC of the scores given before each point was learned, the CPU time of score and update, and the
greatest time of this library's beside its median. Libraries that are not installed are left out.
"""

import argparse
import importlib.util
import itertools
import pathlib
import pickle
import statistics
import time

import numpy as np
from isotree import IsolationForest as Isotree
from scipy.stats import rankdata
from sklearn.ensemble import IsolationForest as Sklearn
from sklearn.metrics import roc_auc_score

from forescale.anomaly import IsolationForest

SAMPLE_SIZE, SIDE = 256, 10


def forescale_forest(points, trees, seed):
    return IsolationForest(trees=trees, sample_size=SAMPLE_SIZE, seed=seed).fit(points).score


def sklearn_forest(points, trees, seed):
    samples = min(SAMPLE_SIZE, len(points))
    forest = Sklearn(n_estimators=trees, max_samples=samples, random_state=seed, n_jobs=1).fit(points)
    return lambda points: -forest.score_samples(points)


def isotree_forest(points, trees, seed):
    # Its tree number i draws from seed + i: seeds closer than the count of trees share trees.
    seed *= max(trees, 1000)
    settings = {"ntrees": trees, "ndim": 1, "nthreads": 1, "missing_action": "fail"}
    return Isotree(sample_size=min(SAMPLE_SIZE, len(points)), random_seed=seed, **settings).fit(points).predict


PEERS = {"forescale": forescale_forest, "scikit-learn": sklearn_forest, "isotree": isotree_forest}


def tables(folder):
    for path in sorted(pathlib.Path(folder).glob("*.csv*")):
        data = np.loadtxt(path, delimiter=",", skiprows=1)
        yield path.name.split(".")[0], np.ascontiguousarray(data[:, :-1]), data[:, -1] > 0.5


def sides(scores):
    """Standardized ranks of each side's averaged scores: their products are Spearman's correlations."""
    ranks = [rankdata(np.mean(scores[at : at + SIDE], axis=0)) for at in range(0, len(scores) - SIDE + 1, SIDE)]
    centred = [rank - rank.mean() for rank in ranks]
    return np.array([rank / np.linalg.norm(rank) for rank in centred])


def correlations(ours, theirs):
    """The mean correlation of a side of ours with one of theirs, and of two different sides of theirs."""
    own = theirs @ theirs.T
    return (ours @ theirs.T).mean(), own[~np.eye(len(own), dtype=bool)].mean()


def jackknife(ours, theirs):
    """The standard error of the difference between the two correlations."""
    without = [np.delete(range(len(ours)), side) for side in range(len(ours))]
    left_out = [[np.subtract(*correlations(ours[w], theirs)), np.subtract(*correlations(ours, theirs[w]))] for w in without]
    return np.sqrt((len(without) - 1) * np.var(left_out, axis=0).sum())


def compare(folder, seeds, trees):
    print(f"| table | points × dimensions, outliers | {' | '.join(f'AUC {name}' for name in PEERS)}", end=" ")
    print("| difference to scikit-learn | correlation with scikit-learn | scikit-learn with itself | difference |")
    print("|---|---|" + "---:|" * (len(PEERS) + 4))
    for name, points, outlier in tables(folder):
        scores = {peer: [make(points, trees, seed)(points) for seed in range(seeds)] for peer, make in PEERS.items()}
        auc = {peer: [roc_auc_score(outlier, score) for score in of_peer] for peer, of_peer in scores.items()}
        ours, theirs = sides(scores["forescale"]), sides(scores["scikit-learn"])
        with_theirs, with_itself = correlations(ours, theirs)
        difference = np.mean(auc["forescale"]) - np.mean(auc["scikit-learn"])
        error = np.hypot(np.std(auc["forescale"]), np.std(auc["scikit-learn"])) / np.sqrt(seeds - 1)
        print(f"| {name} | {len(points)} × {points.shape[1]}, {outlier.sum()}", end=" ")
        print("".join(f"| {np.mean(value):.4f} " for value in auc.values()), end="")
        print(f"| {difference:+.4f} ± {error:.4f} | {with_theirs:.5f} | {with_itself:.5f}", end=" ")
        print(f"| {with_theirs - with_itself:+.5f} ± {jackknife(ours, theirs):.5f} |", flush=True)


def cpu(call):
    start = time.process_time()
    result = call()
    return result, time.process_time() - start


def speed(trees, runs=7):
    print("| points × dimensions | library | fit, ms | score, ms | ns a point and tree | one point, µs | pickled, KB |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for rows, dimensions in [(1_000, 4), (10_000, 3), (20_000, 6), (100_000, 20)]:
        points = np.random.default_rng(0).normal(size=(rows, dimensions))
        times = {peer: ([], [], []) for peer in PEERS}
        for run, (peer, make) in itertools.product(range(runs), PEERS.items()):
            score, fit = cpu(lambda: make(points, trees, run))
            repeats = {"forescale": 2000, "isotree": 200, "scikit-learn": 5}[peer]
            # forescale and isotree take a point alone; scikit-learn takes a table of one.
            single = [points[at] if peer == "forescale" else points[at : at + 1] for at in range(min(repeats, rows))]
            one = cpu(lambda: [score(point) for point in single])[1] / len(single)
            for kind, value in zip(times[peer], (fit, cpu(lambda: score(points))[1], one)):
                kind.append(value)
        for peer, kinds in times.items():
            fit, score, one = (statistics.median(kind) for kind in kinds)
            size = len(pickle.dumps(fitted(peer, points, trees))) / 1e3
            print(f"| {rows} × {dimensions} | {peer} | {fit * 1e3:.2f} | {score * 1e3:.2f}", end=" ")
            print(f"| {score * 1e9 / rows / trees:.1f} | {one * 1e6:.1f} | {size:.0f} |", flush=True)


def fitted(peer, points, trees):
    """The model behind the function that scores."""
    score = PEERS[peer](points, trees, 0)
    return score.__self__ if hasattr(score, "__self__") else score.__closure__[0].cell_contents


def forescale_stream():
    return IsolationForest().update


def rcf3_stream():
    from rcf3 import OnlineIForest

    forest = OnlineIForest(3, seed=1)

    def step(point):
        score = forest.score(point)
        forest.update(point)
        return score

    return step


def river_stream():
    from river.anomaly import HalfSpaceTrees

    # It expects values between 0 and 1, and so is told the range of all points beforehand, which no other detector here is.
    forest = HalfSpaceTrees(seed=1, limits={column: (-9.0, 9.0) for column in range(3)})

    def step(point):
        point = dict(enumerate(point.tolist()))
        score = forest.score_one(point)
        forest.learn_one(point)
        return score

    return step


STREAMS = {"forescale": forescale_stream, "rcf3": rcf3_stream, "river": river_stream}


def stream(count):
    random = np.random.default_rng(0)
    points, outlier = random.normal(size=(count, 3)), random.random(count) < 0.02
    far = points[outlier]
    points[outlier] = far / np.linalg.norm(far, axis=1, keepdims=True) * random.uniform(5, 8, size=(len(far), 1))
    print("| detector | points | AUC | score and update, µs |\n|---|---:|---:|---:|")
    for name, make in STREAMS.items():
        if importlib.util.find_spec(name) is None:
            continue
        step, some = make(), min(count, 100_000)
        scores, spent = cpu(lambda: [step(point) for point in points[:some]])
        print(f"| {name} | {some} | {roc_auc_score(outlier[:some], scores):.4f} | {spent / some * 1e6:.1f} |", flush=True)
    forest, times = IsolationForest(), np.empty(count)
    for at, point in enumerate(points):
        start = time.thread_time_ns()
        forest.update(point)
        times[at] = time.thread_time_ns() - start
    median, *others = np.quantile(times, [0.5, 0.99, 0.999, 0.9999]) / 1e3
    print(f"\nforescale, {count} points, CPU time with the clock's own: median {median:.2f} µs;", end=" ")
    print(", ".join(f"{share} % {value:.2f}" for share, value in zip((99, 99.9, 99.99), others)), end="")
    # What the machine does in between strikes all points alike; what the work on a tree costs, one in 20, window / trees.
    phases = [np.median(times[count // 2 + phase :: 20]) / 1e3 for phase in range(20)]
    print(f"; the slowest of the 20 points of a tree {max(phases):.2f}; {len(forest.snapshot()) / 1e3:.0f} KB afterwards")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["detection", "speed", "stream"])
    parser.add_argument("folder", nargs="?", help="folder of the tables")
    parser.add_argument("--seeds", type=int, default=30, help="forests per table and library, at least 30")
    parser.add_argument("--trees", type=int, default=100, help="trees of each forest")
    parser.add_argument("--points", type=int, default=100_000, help="points of the stream")
    arguments = parser.parse_args()
    if arguments.what == "detection":
        compare(arguments.folder, arguments.seeds, arguments.trees)
    elif arguments.what == "speed":
        speed(arguments.trees)
    else:
        stream(arguments.points)
