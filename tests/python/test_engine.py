"""What the engine's Python face adds to the shared vectors: times, copies, threads, words."""

import copy
import json
import math
import pickle
import threading
from datetime import datetime, timedelta, timezone

import forescale
import numpy as np
import pytest
from forescale.capacity import MeanWait
from forescale.engine import AuditReplay, Decision, Engine, Fleet, JointBudget, Peak, replay
from forescale.policy import Hpa, Oracle, Predictive, SeasonalMax, Static

START = np.datetime64("2026-01-01T00:00:15", "ms")
TIMES = START + np.arange(40) * np.timedelta64(15, "s")
NOW = int(TIMES[-1].astype(int))


def fed(**settings):
    engine = Engine(10, **settings)
    engine.observe_batch(TIMES, 100.0 + np.arange(40))
    return engine


def test_a_moment_in_any_form_is_the_same_moment():
    utc = datetime(2026, 1, 1, 0, 10, tzinfo=timezone.utc)
    moments = [NOW, np.int64(NOW), TIMES[-1], utc, utc.astimezone(timezone(timedelta(hours=5, minutes=30)))]
    assert len({fed().decide(moment, Fleet(10, 10)).to_json() for moment in moments}) == 1
    with pytest.raises(ValueError, match="time zone"):
        fed().decide(datetime(2026, 1, 1, 0, 10), Fleet(10, 10))


def test_a_batch_is_its_samples():
    one_by_one = Engine(10)
    for now, load in zip(TIMES, 100.0 + np.arange(40)):
        one_by_one.observe(now, load)
    assert one_by_one.snapshot() == fed().snapshot()
    before = one_by_one.snapshot()
    with pytest.raises(forescale.DataError, match="sample 1 of 2"):
        one_by_one.observe_batch([NOW + 15_000, NOW + 30_000], [1, -1])
    assert one_by_one.snapshot() == before


def test_settings_in_any_form_are_the_same_settings():
    durations = {"start_up_seconds": "2min", "interval_seconds": timedelta(seconds=15), "season_seconds": np.timedelta64(1, "D")}
    assert Engine(10, **durations).config == Engine(10).config
    for policy, name in [(Hpa(), "hpa"), (Predictive(), "predictive"), (SeasonalMax(), {"seasonal_max": {}}), (Static(3), {"static": {"replicas": 3}})]:
        assert Engine(10, policy=policy).config == Engine(10, policy=name).config
    stages = Predictive(sizing={"utilization": 0.7}, quantile="newsvendor", operating_point="off", transition_seconds="1min")
    named = {"sizing": {"utilization": 0.7}, "quantile": "newsvendor", "operating_point": "off", "transition_seconds": 60}
    assert Engine(10, policy=stages).config == Engine(10, policy={"predictive": named}).config
    assert Engine(10, target=MeanWait(0.5)).config["target"] == {"mean_wait": 0.5}
    assert Engine(10, rails={"tolerance": {"up": 0.1}}).config["rails"]["tolerance"] == {"up": 0.1, "down": 0.0}
    assert Engine(**Engine(10, policy=Hpa(0.6)).config).snapshot() == Engine(10, policy=Hpa(0.6)).snapshot()


@pytest.mark.parametrize(
    ("settings", "kind", "named"),
    [
        ({"service_rate": 0}, forescale.ConfigError, "service_rate"),
        ({"service_rate": 10, "policy": {"predictive": {"feedback": 2}}}, forescale.ConfigError, "policy.predictive.feedback"),
        ({"service_rate": 10, "policy": {"predictive": {"sizing": {"utilization": 0}}}}, forescale.ConfigError, "policy.predictive.sizing"),
        ({"service_rate": math.nan}, forescale.ConfigError, "service_rate"),
        ({"service_rate": 10, "min_replicas": 5, "max_replicas": 4}, forescale.ConfigError, "max_replicas"),
        ({"service_rate": 10, "policy": "magic"}, forescale.ConfigError, "magic"),
        ({"service_rate": 10, "policy": Oracle()}, forescale.ConfigError, "backtest"),
        ({"service_rate": 10, "rails": {"speed": 1}}, forescale.ConfigError, "speed"),
        ({"service_rate": 10, "target": {"response_quantile": [0.95, 0.01]}}, forescale.InfeasibleError, "target"),
        ({"service_rate": 10, "start_up_seconds": "soon"}, ValueError, "soon"),
    ],
)
def test_bad_settings_are_named(settings, kind, named):
    with pytest.raises(kind, match=named):
        Engine(**settings)


def test_a_decision_says_everything():
    engine = fed()
    assert engine.last_decision is None
    decision = engine.decide(NOW, Fleet(10, 8, 2))
    assert engine.last_decision == decision and decision.now == NOW and decision.valid_until > NOW
    assert decision.mode == "Normal" and decision.active
    assert decision.replicas >= decision.reactive >= 14
    assert isinstance(decision.forecast, Peak) and decision.forecast.lower <= decision.forecast.upper
    code, numbers = decision.reasons[0]
    assert code == "forecast_peak" and numbers == {"load": decision.forecast.upper, "replicas": decision.predicted}
    told = json.loads(decision.to_json())
    assert told["replicas"] == decision.replicas and told["reasons"] == [{code: numbers} for code, numbers in decision.reasons]
    assert decision.explain() == engine.explain()
    limited = fed(max_replicas=9).decide(NOW, Fleet(9, 9))
    assert limited.limited_by == "Max" and limited.replicas == 9 and limited.reasons[-1][0] == "lowered_to_max"
    assert Engine(10).decide(NOW, Fleet(4, 4)).mode == "Hold"


def test_copies_go_on_as_the_original():
    engine = fed()
    engine.decide(NOW, Fleet(10, 10))
    for twin in (copy.deepcopy(engine), pickle.loads(pickle.dumps(engine)), Engine.restore(engine.snapshot())):
        assert repr(twin) == repr(engine) and twin.config == engine.config
        twin.observe(NOW + 15_000, 200)
        assert twin.snapshot() != engine.snapshot()
        assert twin.last_decision == engine.last_decision


@pytest.mark.parametrize("value", [Fleet(3, 2, 1), Peak(1, 2, 3), Static(3), Hpa(0.6, behavior={}), SeasonalMax(Hpa(0.5)), Predictive(), Predictive(sizing={"utilization": 0.7}), Oracle()])
def test_values_are_equal_when_their_contents_are(value):
    for twin in (copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert twin == value and repr(twin) == repr(value)
    assert value != Fleet(1, 1)
    decision = fed().decide(NOW, Fleet(10, 10))
    assert isinstance(decision, Decision) and pickle.loads(pickle.dumps(decision)) == decision


def test_a_log_is_derived_again(tmp_path):
    engine, path = Engine(10, audit=True), tmp_path / "audit.jsonl"
    with path.open("w") as log:
        print(engine.audit_header(), file=log)
        for step, now in enumerate(TIMES):
            engine.observe(now, 100.0 + step)
            engine.decide(now, Fleet(14, 14))
            print(engine.audit_line(), file=log)
    with path.open() as log:
        assert replay(log) is None
    assert replay(path.read_text()) is None
    again = AuditReplay()
    for line in path.read_text().splitlines():
        again.line(line)
    assert again.decisions == 40 and again.difference is None
    lines = path.read_text().splitlines()
    lines[7] = lines[7].replace('"ready":14', '"ready":15')
    with pytest.raises(forescale.DataError, match="line 8: was cut or edited"):
        replay("\n".join(lines))
    with pytest.raises(forescale.NotReadyError, match="audit"):
        fed().audit_line()


def test_settings_change_while_it_runs():
    engine = fed()
    engine.reconfigure({"max_replicas": 9})
    assert engine.decide(NOW, Fleet(9, 9)).limited_by == "Max" and engine.config["max_replicas"] == 9
    with pytest.raises(forescale.ConfigError, match="season_seconds: is fixed"):
        engine.reconfigure({"season_seconds": 60})
    with pytest.raises(forescale.ConfigError, match="speed"):
        engine.reconfigure({"speed": 60})


def test_what_it_learned_can_be_asked():
    engine = fed()
    assert engine.lead_time.p90 == 120 and engine.lead_time.count == 0 and engine.lead_time.horizon_seconds == 135
    for _ in range(30):
        engine.observe_start_up(NOW, 300)
    assert engine.lead_time.p90 == 300 and engine.lead_time.count == 30
    engine.observe_performance(NOW, utilization=0.5)
    assert engine.performance.service_rate == 10 and math.isnan(engine.performance.kept)
    assert engine.forecast_value.is_followed and math.isnan(engine.reward.last)


def test_threads_share_an_engine():
    engine, failures = fed(), []

    def work():
        try:
            for _ in range(200):
                engine.decide(NOW, Fleet(10, 10))
                engine.snapshot()
        except Exception as error:  # noqa: BLE001: whatever it is, it is a failure
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"sizing": "magic"}, "sizing"),
        ({"sizing": {"utilization": 1.5}}, "policy.predictive.sizing.utilization"),
        ({"quantile": "0.9"}, "quantile"),
        ({"feedback": math.nan}, "policy.predictive.feedback"),
        ({"operating_point": ""}, "operating_point"),
        ({"transition_seconds": "2h"}, "policy.predictive.transition_seconds"),
    ],
)
def test_stages_out_of_range_are_named(settings, named):
    with pytest.raises(forescale.ConfigError, match=named):
        Predictive(**settings)


def test_rails_by_hand_and_what_they_tell():
    engine = Engine(
        10, max_replicas=60, tiers=[{"name": "on demand", "most": 60, "cost": 3}, {"name": "spot", "most": 8}],
        resources=[{"name": "memory", "capacity": 4}], rails={"budget": {"cost_per_hour": 25}},
    )
    engine.observe(15_000, 100.0)
    engine.observe_resource(15_000, "memory", 160.0)
    decision = engine.decide(15_000, Fleet(20, 20))
    assert (decision.replicas, decision.limited_by, decision.reactive) == (25, "CostBudget", 50)
    assert ("resource_need", {"resource": "memory", "value": 160.0, "replicas": 50}) in decision.reasons
    assert decision.reasons[-1] == ("lowered_to_cost", {"from": 50, "to": 25, "missing": 25})
    assert dict(decision.without_rail)["CostBudget"] == 50 and decision.without_forecast == 25
    assert sum(decision.tiers) == 25 and decision.tiers[1] <= 8
    assert decision.desired_for_hpa(24) == 27 and decision.desired_for_hpa(24, 0.0) == 25
    engine.pause("both")
    assert engine.paused == "both" and engine.decide(15_000, Fleet(20, 20)).mode == "Paused"
    assert Engine.restore(engine.snapshot()).paused == "both"
    engine.resume()
    assert engine.paused is None
    with pytest.raises(forescale.ConfigError, match="direction"):
        engine.pause("sideways")
    with pytest.raises(forescale.DataError, match="disk"):
        engine.observe_resource(15_000, "disk", 1.0)
    engine.decide(15_000, Fleet(20, 20))
    shared = engine.limit_to_share(22)
    assert (shared.replicas, shared.limited_by) == (22, "SharedBudget")


def test_an_advisory_engine_tells_what_it_would_do():
    engine = Engine(10, mode="advisory")
    engine.observe(15_000, 100.0)
    decision = engine.decide(15_000, Fleet(3, 3))
    assert (decision.mode, decision.replicas) == ("Advisory", 3) and decision.advised > 10
    with pytest.raises(forescale.ConfigError, match="mode"):
        Engine(10, mode="passive")


def test_services_share_one_budget():
    budget = JointBudget(12, [{"min_replicas": 1}, {"min_replicas": 1}])
    assert budget.share([8, 16], [8, 16], [0, 0]) == [4, 8]
    assert pickle.loads(pickle.dumps(budget)) == budget and budget.pools[0]["weight"] == 1.0
    with pytest.raises(forescale.DataError, match="claims"):
        budget.share([8], [8], [0])
    with pytest.raises(forescale.ConfigError, match="limit"):
        JointBudget(1, [{"min_replicas": 2}])
