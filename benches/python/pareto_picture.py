"""The picture of docs/choice.md: all fleets that could serve a load, the front of cost and latency, and what is chosen on it.

    pip install ./python
    python benches/python/pareto_picture.py docs/images/choice_front.svg
"""

import math
import sys

import numpy as np
from forescale.capacity import Queue
from forescale.choice import choose, knee, pareto_front

LOAD = 900.0  # requests a second
KINDS = {"small": (20.0, 0.05), "medium": (45.0, 0.10), "large": (100.0, 0.21)}  # requests a second, price an hour
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 430, 70, 20, 20, 55
COLOURS = {"small": "#7a8ba8", "medium": "#b08a5b", "large": "#7f9f77"}


def fleets():
    """The price of each fleet an hour, and its 95th percentile of response times in milliseconds."""
    rows = []
    for kind, (rate, price) in KINDS.items():
        least = math.floor(LOAD / rate) + 1
        for count in range(least, 2 * least):
            rows.append((kind, count, price * count, 1000 * Queue(LOAD, rate, count).response_quantile(0.95)))
    return rows


def main():
    rows = fleets()
    points = np.array([row[2:] for row in rows])
    front = pareto_front(points)
    marks = [
        ("knee", knee(points), "#c0392b"),
        ("utility, latency as important as cost", choose(points, False, [1.0, 1.0]), "#2c5f9e"),
        ("utility, cost three times as important", choose(points, False, [3.0, 1.0]), "#3c8c54"),
    ]
    shown = points[:, 1] <= 400
    x_range, y_range = (points[:, 0].min() * 0.97, points[:, 0].max() * 1.01), (20.0, 400.0)

    def x(value):
        return LEFT + (value - x_range[0]) / (x_range[1] - x_range[0]) * (WIDTH - LEFT - RIGHT)

    def y(value):
        share = math.log(value / y_range[0]) / math.log(y_range[1] / y_range[0])
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for value in (20, 50, 100, 200, 400):
        out.append(f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}" stroke="#e4e4e4"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value}</text>')
    for tick in np.arange(math.ceil(2 * x_range[0]) / 2, x_range[1], 0.5):
        out.append(f'<path d="M{x(tick):.1f} {HEIGHT - BOTTOM}v5" stroke="#555"/>')
        out.append(f'<text x="{x(tick):.1f}" y="{HEIGHT - BOTTOM + 19}" text-anchor="middle">{tick:g}</text>')
    out.append(f'<text x="{(LEFT + WIDTH) / 2}" y="{HEIGHT - 12}" text-anchor="middle">price of the fleet, an hour</text>')
    middle = (TOP + HEIGHT - BOTTOM) / 2
    out.append(f'<text transform="translate(18 {middle}) rotate(-90)" text-anchor="middle">95 % of responses within, ms</text>')
    for (kind, _, cost, latency), on, drawn in zip(rows, front, shown):
        if drawn:
            style = f'fill="{COLOURS[kind]}"' if on else f'fill="white" stroke="{COLOURS[kind]}"'
            out.append(f'<circle cx="{x(cost):.1f}" cy="{y(latency):.1f}" r="4" {style}/>')
    stairs = sorted(map(tuple, points[front & shown]))
    path = f"M{x(stairs[0][0]):.1f} {TOP}V{y(stairs[0][1]):.1f}"
    path += "".join(f"H{x(cost):.1f}V{y(latency):.1f}" for cost, latency in stairs[1:]) + f"H{WIDTH - RIGHT}"
    out.append(f'<path d="{path}" fill="none" stroke="#333"/>')
    top = TOP + 16
    for kind in KINDS:
        out.append(f'<circle cx="{WIDTH - 330}" cy="{top - 4}" r="4" fill="{COLOURS[kind]}"/>')
        rate, price = KINDS[kind]
        out.append(f'<text x="{WIDTH - 318}" y="{top}">{kind}: {rate:g} requests a second for {price:.2f}</text>')
        top += 18
    for label, index, colour in marks:
        kind, count, cost, latency = rows[index]
        out.append(f'<circle cx="{x(cost):.1f}" cy="{y(latency):.1f}" r="8" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        out.append(f'<circle cx="{WIDTH - 330}" cy="{top - 4}" r="6" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        out.append(f'<text x="{WIDTH - 318}" y="{top}">{label}: {count} {kind}</text>')
        top += 18
    out.append("</svg>")
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
