"""The isolation forest beside those of scikit-learn and isotree: detection, agreement, speed.

    pip install ./python scikit-learn isotree pandas
    python benches/python/isolation_forest.py FOLDER [--seeds 30] [--trees 100]

FOLDER holds tables as `.csv` or `.csv.gz` with a header; the last column is the label, 1 for an outlier. Prints, as
Markdown: the mean area under the ROC curve (AUC) of each library over the seeds; Spearman's rank correlation of scores
averaged over ten forests a side, of this library with scikit-learn and of scikit-learn with itself, each the mean over
all pairs of sides; and the CPU time to fit and to score on one thread, the median of runs that take turns. ± is one standard
error, of the seeds for the AUC and by the jackknife over the sides for the correlation.
"""

import argparse
import itertools
import pathlib
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
    settings = {"ntrees": trees, "ndim": 1, "nthreads": 1, "missing_action": "fail"}
    return Isotree(sample_size=min(SAMPLE_SIZE, len(points)), random_seed=trees * seed, **settings).fit(points).predict


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


def clock(rows, dimensions, trees, runs=7):
    points = np.random.default_rng(0).normal(size=(rows, dimensions))
    times = {peer: ([], []) for peer in PEERS}
    for run, (peer, make) in itertools.product(range(runs), PEERS.items()):
        start = time.process_time()
        score = make(points, trees, run)
        fitted = time.process_time()
        score(points)
        times[peer][0].append(fitted - start)
        times[peer][1].append(time.process_time() - fitted)
    for peer, (fit, score) in times.items():
        fit, score = statistics.median(fit) * 1e3, statistics.median(score) * 1e3
        print(f"| {rows} × {dimensions} | {peer} | {fit:.2f} | {score:.2f} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="folder of the tables")
    parser.add_argument("--seeds", type=int, default=30, help="forests per table and library, at least 30")
    parser.add_argument("--trees", type=int, default=100, help="trees of each forest")
    arguments = parser.parse_args()
    compare(arguments.folder, arguments.seeds, arguments.trees)
    print("\n| points × dimensions | library | fit, ms | score, ms |\n|---|---|---:|---:|")
    for shape in [(1_000, 4), (20_000, 6), (100_000, 20)]:
        clock(*shape, arguments.trees)
