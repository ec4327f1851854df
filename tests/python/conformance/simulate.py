import json
import math

import numpy as np
from forescale.load import Series
from forescale.simulate import Rollout, World, backtest, backtest_many, chaos, compare, dual, rollout, schemes, synthetic, tune

TOTALS = [
    "replica_hours", "cost", "energy_kwh", "transition_energy_kwh", "violation_seconds", "late_requests",
    "p50_seconds", "p95_seconds", "p99_seconds", "over_provisioned_hours", "under_provisioned_hours",
    "scale_events", "flips", "cold_start_decisions", "equal_service_hpa_cost", "gap_closed",
]  # fmt: skip

ROUGH_TOTALS = [
    "requests", "replica_hours", "cost", "energy_kwh", "violation_seconds", "violation_requests", "late_requests",
    "dropped_requests", "p95_seconds", "failed_starts", "crashes",
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
    cost = compare(report, "hpa", "predictive", level=0.9).cost
    parts = [cost.first, cost.second, cost.difference, cost.lower, cost.upper, cost.p_value, cost.block_seconds]
    case.expect_array("hpa_less_predictive", parts)


def two_backtests(case):
    loads = [Series(case.numbers(name), 0, 3600.0) for name in ("first", "second")]
    world, shares = World(**json.loads(case.text("world"))), []
    settings = json.loads(case.text("config"))
    reports = backtest_many(loads, json.loads(case.text("policies")), world, progress=shares.append, **settings)
    assert shares == sorted(set(shares)) and shares[-1] == 1
    totals = [(result.cost, result.violation_requests, result.gap_closed) for report in reports for result in report.policies]
    case.expect_array("totals", [math.nan if value is None else value for row in totals for value in row])
    points = [(point.cost, point.violation_request_share) for report in reports for point in report.frontier]
    case.expect_array("frontier", [value for point in points for value in point])
    fields = ["start", "seconds", "cost", "energy_kwh", "violation_seconds", "late_requests", "over_provisioned_hours"]
    case.expect_array("days", [getattr(day, field) for day in reports[1].per_day() for field in fields])
    means = reports[1].daily_means(level=0.9)
    case.expect_array("means", [value for row in means for value in (row.days, row.cost.mean, row.cost.lower, row.cost.upper)])


def made_load(case):
    load = synthetic.generate(**json.loads(case.text("config")), seed=case.count("seed"))
    case.expect_array("load", load.values)


def rough_world(case):
    load, world = Series(case.numbers("load")), World(**json.loads(case.text("world")))
    report = backtest(load, [{"static": {"replicas": 9}}, "hpa"], world, case.count("seed"))
    for result in report.policies:
        case.expect_array(result.policy, [getattr(result, name) for name in ROUGH_TOTALS])
        assert [tier.name for tier in result.tiers] == [tier["name"] for tier in world.config["tiers"]]


def a_scenario(case):
    settings = json.loads(case.text("settings"))
    scenario = json.loads(case.text("scenario")) if case.has("scenario") else chaos.scenario(case.count("seed"))
    found = chaos.run(scenario, settings)
    case.expect_array("found", [found[name] for name in ("decisions", "refusals", "flips", "lead_seconds")])
    case.expect("recovery_seconds", math.nan if found["recovery_seconds"] is None else found["recovery_seconds"])
    survey = chaos.survey(case.count("seed"), 2, settings, 2)
    case.expect_array("survey", [survey["decisions"], survey["refusals"]])


def tuned(case):
    load, world = Series(case.numbers("load")), World(**json.loads(case.text("world")))
    found = tune(case.text("policy"), load, world, **json.loads(case.text("config")), seed=case.count("seed"))
    case.expect("target_utilization", found["settings"]["target_utilization"])
    parts = ("training", "training_given", "holdout", "holdout_given")
    case.expect_array("objectives", [found[part]["objective"] for part in parts])


def two_worlds(case):
    config, world = json.loads(case.text("config")), World(**json.loads(case.text("world")))
    found = dual(world, config["elastic"], config["load"], config["buffer"], case.count("seed"))
    assert found.report.policies[0].policy == "static" and found.comparison.second == "static"
    case.expect_array("found", [found.static_replicas, found.cost_saving, found.energy_saving])


def rolled(case):
    settings, verdicts = json.loads(case.text("config")), []
    online = Rollout(**settings)
    numbers = {"hold": 1, "advance": 2, "roll_back": 3, "promote": 4}
    for i, (old, new) in enumerate(zip(case.numbers("old"), case.numbers("new"))):
        if i % 30 == 15:
            online = Rollout.restore(online.snapshot())
        verdicts.append(numbers[online.observe(old, 0.0, new, 1.0)])
    case.expect_array("verdicts", verdicts)
    case.expect("share", online.share)
    load, world = Series(case.numbers("load")), World(**json.loads(case.text("world")))
    end = rollout(load, case.text("old_policy"), json.loads(case.text("new_policy")), world, settings, case.count("seed"))
    case.expect("simulated_share", end.share)


def a_scheme(case):
    config, columns = json.loads(case.text("config")), case.count("columns")
    loads, world = np.asarray(case.numbers("loads")).reshape(-1, columns), World(**config.pop("world"))
    found = schemes.run(loads, world, **config, seed=case.count("seed"))
    for arm in ("scheme", "baseline"):
        names = ("cost", "energy_kwh", "violation_seconds", "late_requests", "p99_seconds")
        case.expect_array(arm, [found[arm][name] for name in names])
    cost = found["comparison"]["cost"]
    case.expect_array("comparison", [cost[name] for name in ("difference", "lower", "upper", "p_value")])
    case.expect("slow_requests", found["slow_requests"]["difference"])
    case.expect("picture", len(schemes.picture(found).encode()))


DISPATCH = {
    "backtest": small_backtest,
    "backtest_many": two_backtests,
    "rough_world": rough_world,
    "synthetic": made_load,
    "chaos": a_scenario,
    "tune": tuned,
    "dual": two_worlds,
    "rollout": rolled,
    "schemes": a_scheme,
}
