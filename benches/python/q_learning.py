"""One step of tabular Q-learning (state, choice, update) with NumPy, as `policy/q_learning, a step of learning` in benches/rust does it.

    python benches/python/q_learning.py [steps]

Prints nanoseconds of processor time a step. The Rust side: `cargo bench -p forescale-benches -- policy/`.
"""

import sys
import time
from collections import deque

import numpy as np

UTILIZATIONS = np.array([0.4, 0.55, 0.7, 0.8, 0.9, 1.0])
TRENDS = np.array([-0.05, 0.05])
FORECASTS = np.array([0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.1, 1.25])
LEAD, SHORTAGE, RATE, DISCOUNT = 9, 19.0, 0.05, 0.9


def steps(count):
    """The learner over a day's wave; gives the seconds of processor time that it took."""
    table = np.zeros((7, 8, 3, 13, 3))
    random = np.random.default_rng(0)
    waiting = deque()
    replicas, average, exploration = 20, 200.0, 0.1
    start = time.process_time()
    for interval in range(1, count + 1):
        load = 200.0 + abs(interval % 5760 - 2880) / 20 + interval * 7919 % 31
        need = int(load / 7.5)
        average += 0.1 * (load - average)
        utilization = need / replicas
        state = (
            np.searchsorted(UTILIZATIONS, utilization),
            min(replicas.bit_length() - 1, 7),
            np.searchsorted(TRENDS, load / average - 1),
            1 + np.searchsorted(FORECASTS, utilization * (load + 15) / load),
        )
        waiting.append((state, replicas, need))
        if len(waiting) > LEAD:
            before, asked, needed = waiting.popleft()
            following, carried, _ = waiting[0]
            action = 1 + (carried > asked) - (carried < asked)
            reward = -(max(carried - needed, 0) + SHORTAGE * max(need - carried, 0)) / needed
            cell = (*before, action)
            table[cell] += RATE * (reward + DISCOUNT * table[following].max() - table[cell])
        exploration = max(exploration * 0.9995, 0.01)
        action = int(random.integers(3)) if random.random() < exploration else int(np.argmax(table[state]))
        replicas = max(replicas + (action - 1) * max(replicas // 10, 1), need)
    return time.process_time() - start


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    print(f"{1e9 * steps(count) / count:.0f} ns a step")
