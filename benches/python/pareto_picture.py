"""The picture of docs/choice.md: fleets that could serve a load, the front of price and latency, and what is chosen on it.

    pip install ./python matplotlib
    python benches/python/pareto_picture.py docs/images/choice_front.svg
"""

import math
import sys

import matplotlib
import numpy as np
from forescale.capacity import Queue
from forescale.choice import choose, knee, pareto_front

LOAD = 900.0  # requests a second
KINDS = {"small": (20.0, 0.04, "o"), "medium": (45.0, 0.10, "s"), "large": (100.0, 0.26, "^")}  # requests a second, price


def fleets():
    """Kind and count of each fleet, its price an hour, and within how many milliseconds it answers 95 % of requests."""
    for kind, (rate, price, _) in KINDS.items():
        least = math.floor(LOAD / rate) + 1
        for count in range(least, least * 8 // 5):
            yield kind, count, price * count, 1000 * Queue(LOAD, rate, count).response_quantile(0.95)


def main():
    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "forescale", "svg.fonttype": "none", "font.size": 9}
    from matplotlib import pyplot

    rows = list(fleets())
    points = np.array([row[2:] for row in rows])
    front = pareto_front(points)
    figure, axes = pyplot.subplots(figsize=(7.5, 4), layout="constrained")
    for kind, (rate, price, marker) in KINDS.items():
        mine = np.array([row[0] == kind for row in rows])
        label = f"{kind}: {rate:g} requests a second for {price:.2f}"
        axes.scatter(*points[mine & ~front].T, marker=marker, s=18, facecolors="white", edgecolors="#8899aa")
        axes.scatter(*points[mine & front].T, marker=marker, s=18, color="#445566", label=label)
    axes.step(*points[front][np.argsort(points[front][:, 0])].T, where="post", color="#445566", lw=0.8)
    chosen = {
        "knee": (knee(points), "#c0392b"),
        "utility, weights 1 and 1": (choose(points, False, [1.0, 1.0]), "#2c5f9e"),
        "utility, price counts 8 times": (choose(points, False, [8.0, 1.0]), "#3c8c54"),
    }
    for size, (label, (at, colour)) in enumerate(chosen.items()):
        kind, count = rows[at][:2]
        label = f"{label}: {count} {kind}"
        axes.scatter(*points[at], s=90 + 70 * size, facecolors="none", edgecolors=colour, lw=2, label=label)
    axes.set(yscale="log", xlabel="price of the fleet, an hour", ylabel="95 % of responses within, ms")
    axes.set_yticks([30, 50, 100, 200], ["30", "50", "100", "200"])
    axes.minorticks_off()
    axes.legend(frameon=False, loc="upper right")
    figure.savefig(sys.argv[1], metadata={"Date": None})


if __name__ == "__main__":
    main()
