"""The detector on files of the Numenta Anomaly Benchmark, by its own scoring rule.

    pip install ./python matplotlib river
    python benches/python/nab.py FOLDER WINDOWS [--pictures docs/images]

FOLDER holds files `family__name.csv` or `.csv.gz` with the columns timestamp (RFC 3339) and value, WINDOWS is a table of
file, window_start and window_end. The rule is that of Lavin & Ahmad 2015, "Evaluating Real-time Anomaly Detection
Algorithms: the Numenta Anomaly Benchmark", as the benchmark's sweeper has it, standard profile: the first 15 % of a file,
at most 750 rows, do not count; in a window the earliest detection earns s(y)/s(-1) with s(y) = 2/(1 + e^(5y)) - 1, y from -1 where the
window begins to 0 after its end; a window without one costs 1; a detection outside costs 0.11, less shortly after a window.
One threshold serves all files, the best there is, as the benchmark does. 0 is no detection at all, 100 all windows at once.

Nothing is trained on labels and nothing is set per file. Prints Markdown. `river` may be missing.
"""

import argparse
import csv
import datetime
import gzip
import hashlib
import math
import pathlib
import statistics

import numpy as np
from forescale.anomaly import Detector, IsolationForest

FALSE_ALARM = 0.11


def scaled_sigmoid(position):
    return -1.0 if position >= 3 else 2 / (1 + math.exp(5 * position)) - 1


class Rule:
    """What a detection earns at each row of a file, whose windows are pairs of first and last row."""

    def __init__(self, rows, windows):
        self.probation = min(math.floor(0.15 * rows), 750)
        self.window = np.full(rows, -1)
        self.worth = np.full(rows, -FALSE_ALARM)
        for number, (first, last) in enumerate(windows):
            width = last - first + 1
            self.window[first : last + 1] = number
            for row in range(first, last + 1):
                self.worth[row] = scaled_sigmoid(-(last - row + 1) / width) / scaled_sigmoid(-1)
            end = windows[number + 1][0] if number + 1 < len(windows) else rows
            for row in range(last + 1, end):
                self.worth[row] = FALSE_ALARM * scaled_sigmoid((row - last) / max(width - 1, 1))
        self.windows = len({number for number in self.window[self.probation :] if number >= 0})


def sweep(rules, scores):
    """The normalized score at every threshold: thresholds, falling, and scores; rules and scores are lists, one a file."""
    total = sum(rule.windows for rule in rules)
    score, worth, window = [], [], []
    for number, (rule, given) in enumerate(zip(rules, scores, strict=True)):
        kept = slice(rule.probation, None)
        score.append(np.nan_to_num(np.asarray(given, float)[kept], nan=-np.inf))
        worth.append(rule.worth[kept])
        window.append(np.where(rule.window[kept] >= 0, rule.window[kept] + 10_000 * number, -1))
    score, worth, window = map(np.concatenate, (score, worth, window))
    order = np.argsort(-score, kind="stable")
    best, gains = {}, np.zeros(len(order))
    for at, row in enumerate(order):
        if window[row] < 0:
            gains[at] = worth[row]
        else:
            before = best.get(window[row], -1.0)
            best[window[row]] = max(before, worth[row])
            gains[at] = best[window[row]] - before
    last = np.r_[score[order][1:] != score[order][:-1], True]
    raw = np.r_[0.0, np.cumsum(gains)[last]]
    return np.r_[np.inf, score[order][last]], 100 * raw / (2 * total) if total else raw


def best(rules, scores):
    """The normalized score with the best threshold, and that threshold."""
    thresholds, values = sweep(rules, scores)
    at = int(np.argmax(values))
    return values[at], thresholds[at]


def at_threshold(rules, scores, threshold):
    thresholds, values = sweep(rules, scores)
    return values[int(np.searchsorted(-thresholds, -threshold, "right")) - 1]


def moment(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def files(folder, table):
    """name, times in ms, values, windows as rows; samples that are missing are left out, as in the original files."""
    marked = {}
    with open(table) as lines:
        for row in csv.DictReader(lines):
            name = pathlib.Path(row["file"]).name.removesuffix(".csv")
            marked.setdefault(name, []).append((moment(row["window_start"]), moment(row["window_end"])))
    for path in sorted(pathlib.Path(folder).glob("*.csv*")):
        name = path.name.split(".csv")[0]
        with gzip.open(path, "rt") if path.suffix == ".gz" else open(path) as lines:
            rows = [(moment(row["timestamp"]), float(row["value"])) for row in csv.DictReader(lines) if row["value"]]
        times, values = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
        row = lambda moment, side: int(np.searchsorted(times, moment, side))  # noqa: E731
        windows = [(row(a, "left"), row(b, "right") - 1) for a, b in sorted(marked.get(name, []))]
        yield name, times, values, windows


def detect(times, values):
    detector = Detector()
    return [detector.observe(int(time), value) for time, value in zip(times, values, strict=True)]


def z_score(times, values):
    count, mean, square, scores = 0, 0.0, 0.0, []
    for value in values:
        spread = math.sqrt(square / count) if count else 0.0
        scores.append(abs(value - mean) / spread if spread else 0.0)
        count += 1
        delta = value - mean
        mean += delta / count
        square += delta * (value - mean)
    return scores


def windowed_gaussian(times, values):
    """1 - Q(z) of the last 1,000 values, z upward, as the benchmark's detector of this name."""
    scores = []
    for at, value in enumerate(values):
        window = values[max(0, at - 1000) : at]
        spread = window.std() or 1e-6 if at else 1.0
        mean = window.mean() if at else value
        scores.append(1 - 0.5 * math.erfc(abs(value - mean) / spread / math.sqrt(2)))
    return scores


def forest(times, values):
    """Isolation forest of this library on eight lags, fitted anew every 250 rows to the last 4,096."""
    lags = np.lib.stride_tricks.sliding_window_view(np.r_[np.full(7, values[0]), values], 8)
    scores = np.zeros(len(values))
    for at in range(250, len(values), 250):
        fitted = IsolationForest(seed=1).fit(np.ascontiguousarray(lags[max(0, at - 4096) : at]))
        scores[at : at + 250] = fitted.score(np.ascontiguousarray(lags[at : at + 250]))
    return scores


def half_space_trees(times, values):
    from river import anomaly

    trees, scores = anomaly.HalfSpaceTrees(seed=1), []
    low, high = values[: len(values) * 15 // 100].min(), values[: len(values) * 15 // 100].max()
    for value in values:
        point = {"x": min(max((value - low) / ((high - low) or 1), 0), 1)}
        scores.append(trees.score_one(point))
        trees.learn_one(point)
    return scores


def clock(times, values):
    """Looks at nothing: an alarm every 400 rows."""
    return (np.arange(len(values)) % 400 == 0).astype(float)


def missed_and_false(rule, scores, threshold):
    on = np.asarray(scores) >= threshold
    on[: rule.probation] = False
    found = {int(window) for window in rule.window[on] if window >= 0}
    return len(found), int((on & (rule.window < 0)).sum())


def report(folder, table, pictures):
    data = list(files(folder, table))
    rules = [Rule(len(values), windows) for _, _, values, windows in data]
    answers = [detect(times, values) for _, times, values, _ in data]
    ours = [[answer.score for answer in answer_of] for answer_of in answers]
    found, threshold = best(rules, ours)
    print(f"{len(data)} files, {sum(rule.windows for rule in rules)} windows\n")
    print("| detector | score, best threshold |\n|---|---:|")
    print(f"| forescale, `Detector()` | {found:.1f} |")
    print(f"| the same at its own threshold, 0.5 | {at_threshold(rules, ours, 0.5):.1f} |")
    for name, peer in {
        "windowed Gaussian": windowed_gaussian,
        "z-score": z_score,
        "isolation forest on eight lags": forest,
        "half-space trees (river)": half_space_trees,
        "an alarm every 400 rows": clock,
    }.items():
        try:
            print(f"| {name} | {best(rules, [peer(times, values) for _, times, values, _ in data])[0]:.1f} |")
        except ImportError:
            print(f"| {name} | not installed |")
    generators = [np.random.default_rng(seed) for seed in range(10)]
    chance = [best(rules, [generator.random(len(file[2])) for file in data])[0] for generator in generators]
    print(f"| random numbers, mean of {len(chance)} seeds | {statistics.mean(chance):.1f} |\n")
    for number in (0, 1):
        half = [at for at, (name, *_) in enumerate(data) if int(hashlib.md5(name.encode()).hexdigest(), 16) % 2 == number]
        chosen = [rules[at] for at in half], [ours[at] for at in half]
        print(f"Half {number + 1} by the hash of the name, {len(half)} files: {best(*chosen)[0]:.1f}, at 0.5 {at_threshold(*chosen, 0.5):.1f}")
    print("\n| family | files | windows | found | false alarms | rows | score, at 0.5 |\n|---|---:|---:|---:|---:|---:|---:|")
    families = {}
    for at, (name, *_) in enumerate(data):
        families.setdefault(name.split("__")[0], []).append(at)
    for family, members in families.items():
        counts = [missed_and_false(rules[at], ours[at], 0.5) for at in members]
        windows = sum(rules[at].windows for at in members)
        score = f"{at_threshold([rules[at] for at in members], [ours[at] for at in members], 0.5):.1f}" if windows else "–"
        rows = sum(len(ours[at]) - rules[at].probation for at in members)
        print(f"| {family} | {len(members)} | {windows} | {sum(c[0] for c in counts)} | {sum(c[1] for c in counts)} | {rows} | {score} |")
    print("\n| file | windows | found | false alarms |\n|---|---:|---:|---:|")
    for rule, scores, (name, *_) in zip(rules, ours, data, strict=True):
        print(f"| {name.split('__')[1]} | {rule.windows} | " + " | ".join(map(str, missed_and_false(rule, scores, 0.5))) + " |")
    if pictures:
        draw(pathlib.Path(pictures), data, rules, answers)


def draw(folder, data, rules, answers):
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "forescale", "svg.fonttype": "none", "font.size": 9}
    from matplotlib import pyplot as plt

    colours = {"spike": "tab:red", "drop": "tab:purple", "level_shift": "tab:orange", "drift": "tab:brown"}
    colours |= {"slow_change": "tab:pink", "flat_line": "black", "missing": "tab:gray"}
    for picture, names in {
        "nab_caught": ["nyc_taxi", "rds_cpu_utilization_e47b3b", "art_daily_flatmiddle", "exchange-3_cpc_results"],
        "nab_missed": ["TravelTime_451", "Twitter_volume_GOOG", "ec2_cpu_utilization_c6585a"],
    }.items():
        chosen = [at for name in names for at, file in enumerate(data) if file[0].endswith("__" + name)]
        if not chosen:
            continue
        figure, panels = plt.subplots(len(chosen), 1, figsize=(7, 1.5 * len(chosen)), constrained_layout=True, squeeze=False)
        for panel, at in zip(panels[:, 0], chosen, strict=True):
            name, _, values, windows = data[at]
            step = max(1, len(values) // 400)
            edges = range(0, len(values), step)
            panel.fill_between(edges, [values[i : i + step].min() for i in edges], [values[i : i + step].max() for i in edges],
                               color="tab:blue", linewidth=0.6)
            for first, last in windows:
                panel.axvspan(first, last, color="tab:green", alpha=0.2, linewidth=0)
            panel.axvspan(0, rules[at].probation, color="tab:gray", alpha=0.2, linewidth=0)
            for row, answer in enumerate(answers[at]):
                if answer.score >= 0.5 and row >= rules[at].probation:
                    panel.axvline(row, color=colours[answer.kind], linewidth=0.8)
            panel.set_title(name.split("__")[1], loc="left", fontsize=8)
            panel.margins(x=0)
            panel.spines[["top", "right"]].set_visible(False)
        panels[-1, 0].set_xlabel("sample")
        lines = [plt.Line2D([], [], color=colour, label=kind.replace("_", " ")) for kind, colour in colours.items()]
        figure.legend(handles=lines, loc="outside lower center", ncols=len(lines), fontsize=6, frameon=False)
        figure.savefig(folder / f"{picture}.svg", metadata={"Date": None})
        plt.close(figure)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("windows")
    parser.add_argument("--pictures", help="a folder for the pictures")
    arguments = parser.parse_args()
    report(arguments.folder, arguments.windows, arguments.pictures)
