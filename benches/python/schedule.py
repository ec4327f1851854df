"""How near the best a schedule of many tasks is, and what it takes: CPU seconds, cost, and gap to the bound, by size.

    python benches/python/schedule.py

Tasks of half an hour to six and a half hours over a week of daily prices with noise; nine of ten may wait, for 12 to 162 hours.
"""

import time

import numpy as np

from forescale.energy import Task, schedule

print("| tasks | steps | CPU | gap | left out |")
print("|---|---|---|---|---|")
for count, steps, capacity in ((500, 168, 12), (2_000, 672, 50), (10_000, 168, 250), (10_000, 2_016, 250)):
    random = np.random.default_rng(1)
    seconds = 604_800 / steps
    hours = np.arange(steps) * seconds / 3600
    price = 250 + 90 * np.cos(2 * np.pi * hours / 24) + 30 * np.sin(0.037 * hours) + random.uniform(0, 20, steps)
    durations = 3600 * (0.5 + 6 * random.random(count) * random.random(count))
    deadlines = np.minimum(604_800, durations + 3600 * random.uniform(12, 162, count))
    drawn = zip(random.integers(1, 4, count), random.uniform(0.2, 3.2, count), durations, deadlines, random.random(count) < 0.9, strict=True)
    tasks = [
        Task(str(i), float(priority), energy, duration, deadline, bool(deferrable))
        for i, (priority, energy, duration, deadline, deferrable) in enumerate(drawn)
    ]
    begun = time.process_time()
    plan = schedule(tasks, capacity, price, seconds)
    spent = time.process_time() - begun
    print(f"| {count:,} | {steps:,} | {spent:.1f} s | {plan.gap:.2%} | {len(plan.infeasible)} |", flush=True)
