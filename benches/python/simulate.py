"""A month of 15-second decisions of the horizontal pod autoscaler: forescale's simulator beside the plainest loop in Python.

The loop in Python has the law, its stabilization window, start-up and drain, and replica-hours; no queue, no response times, no energy.
forescale has all of it. CPU time of one process, best of a few.

    python benches/python/simulate.py [--rounds 3]
"""

import argparse
import math
import time
from collections import deque

import numpy as np
from forescale.load import Series
from forescale.simulate import World, backtest

SERVICE_RATE, TARGET, INTERVAL, START_UP, DRAIN, WINDOW, METRIC = 10.0, 0.7, 15.0, 8, 2, 20, 4


def plain(rates):
    """Replica-hours of the law, one step an interval."""
    ready = requested = 30
    starting, draining, recommended = deque(), deque(), deque(maxlen=WINDOW)
    seen = deque(maxlen=METRIC)
    hours = 0.0
    for step, rate in enumerate(rates):
        while starting and starting[0][0] <= step:
            ready += starting.popleft()[1]
        while draining and draining[0][0] <= step:
            draining.popleft()
        if seen:
            ratio = sum(seen) / len(seen) / (ready * SERVICE_RATE * TARGET)
            wanted = requested if 0.9 <= ratio <= 1.1 else math.ceil(ready * ratio)
            recommended.append(wanted)
            wanted = min(max(recommended), 2 * requested)
            if wanted > requested:
                starting.append((step + START_UP, wanted - requested))
            elif wanted < requested:
                draining.append((step + DRAIN, requested - wanted))
                ready -= requested - wanted
            requested = wanted
        seen.append(rate)
        hours += (ready + sum(n for _, n in starting) + sum(n for _, n in draining)) * INTERVAL / 3600
    return hours


def best(call, rounds):
    times = []
    for _ in range(rounds):
        begin = time.process_time()
        answer = call()
        times.append(time.process_time() - begin)
    return min(times), answer


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    random = np.random.default_rng(7)
    minutes = np.arange(30 * 1440)
    load = 200 * (1 - 0.5 * np.cos(2 * np.pi * minutes / 1440)) * random.lognormal(0, 0.05, len(minutes))
    world = World(service_rate=SERVICE_RATE)
    steps = 4 * len(minutes)
    rates = np.repeat(load, 4).tolist()
    seconds, hours = best(lambda: plain(rates), rounds)
    print(f"plain Python, the law alone: {1e9 * seconds / steps:.0f} ns a step ({hours:.0f} replica-hours)")
    one, report = best(lambda: backtest(Series(load), ["hpa"], world, sweep="none"), rounds)
    print(f"forescale, one backtest with its timeline: {1e9 * one / steps:.0f} ns a step ({report.policies[0].replica_hours:.0f} replica-hours)")
    swept, report = best(lambda: backtest(Series(load), ["hpa"], world), rounds)
    runs = len(report.frontier)
    print(f"forescale, each of the {runs} runs of the sweep and the oracle's: {1e9 * (swept - one) / steps / (runs + 1):.0f} ns a step")


if __name__ == "__main__":
    main()
