import json
import math

import numpy as np
from forescale.load import Series
from forescale.simulate import World, backtest

TOTALS = [
    "replica_hours", "cost", "energy_kwh", "transition_energy_kwh", "violation_seconds", "late_requests",
    "p50_seconds", "p95_seconds", "p99_seconds", "over_provisioned_hours", "under_provisioned_hours",
    "scale_events", "flips", "cold_start_decisions", "equal_service_hpa_cost", "gap_closed",
]  # fmt: skip


def small_backtest(case):
    load, world = Series(case.numbers("load")), World(**json.loads(case.text("world")))
    shares = []
    report = backtest(load, json.loads(case.text("policies")), world, case.count("seed"), shares.append)
    assert shares == sorted(set(shares)) and shares[-1] == 1
    for result in report.policies:
        totals = [getattr(result, name) for name in TOTALS]
        case.expect_array(result.policy, [math.nan if value is None else value for value in totals])
    timeline = report.timeline("predictive")
    columns = [timeline.requested, timeline.ready, timeline.charged, timeline.response_seconds, *timeline.forecast.T, report.load]
    case.expect_array("peaks", [np.nanmax(column) for column in columns])


DISPATCH = {"backtest": small_backtest}
