"""Policies of one's own, and what the classes of the laws share."""

import math
import pickle

import pytest

import forescale
from forescale import policy
from forescale.engine import Engine, Fleet
from forescale.load import Series
from forescale.policy import AwsPredictive, CustomPolicy, Dynamo, Hpa, QLearning, Schedule, TargetTracking, q_table_to_svg
from forescale.simulate import World, backtest, train

LAWS = [getattr(policy, name)() for name in policy.__all__ if name not in {"Policy", "Static", "Schedule", "CustomPolicy", "Situation", "q_table_to_svg"}]
WINDOW = {"start": "0 8 * * MON-FRI", "end": "0 18 * * MON-FRI", "time_zone": "Europe/Berlin", "replicas": 10}


class OneMore:
    """One replica more at each decision; remembers what it was told."""

    def __init__(self):
        self.asked, self.told = 0, []

    def propose(self, situation):
        self.asked += 1
        if self.asked == 9:
            raise KeyError("nine")
        return situation.fleet.requested + self.asked

    def observe(self, now, load):
        self.told.append(load)

    def applied(self, now, before, after):
        self.told.append((before, after))

    def snapshot(self):
        return pickle.dumps((self.asked, self.told))

    def restore(self, state):
        self.asked, self.told = pickle.loads(state)


@pytest.mark.parametrize("law", [*LAWS, Schedule([WINDOW], otherwise=2), Dynamo("first"), AwsPredictive(TargetTracking(0.5))], ids=repr)
def test_a_policy_is_a_value(law):
    twin = pickle.loads(pickle.dumps(law))
    assert twin == law and type(twin) is type(law) and repr(twin) == repr(law) and isinstance(law, policy.Policy)
    if law.config != {"oracle": {}}:
        assert Engine(10, policy=law).snapshot() == Engine(10, policy=law.config).snapshot()


def test_settings_out_of_range_are_named():
    with pytest.raises(forescale.ConfigError, match=r"policy\.schedule\.windows\[0\]\.start"):
        Schedule([{**WINDOW, "start": "0 25 * * *"}])
    with pytest.raises(forescale.ConfigError, match="generation"):
        Dynamo("third")
    with pytest.raises(TypeError, match="OneMore|object"):
        CustomPolicy(3)


def test_a_function_decides_within_the_rails():
    engine = Engine(10, policy=CustomPolicy(lambda seen: 1), max_replicas=20)
    engine.observe(15_000, 100.0)
    decision = engine.decide(15_000, Fleet(5, 5))
    assert decision.predicted == 1 and decision.replicas == decision.reactive > 10
    assert decision.reasons[0] == ("own", {"replicas": 1})


def test_an_object_is_told_saved_and_heard():
    own = OneMore()
    engine = Engine(10, policy=CustomPolicy(own, own_rails=True))
    for step in range(1, 4):
        engine.observe(15_000 * step, 42.0)
        decided = engine.decide(15_000 * step, Fleet(3, 3)).replicas
        engine.applied(15_000 * step, decided)
        assert decided == 3 + step
    assert own.asked == 0, "the engine works on a copy"
    with pytest.raises(forescale.SnapshotError, match="OneMore"):
        Engine.restore(engine.snapshot())
    twin = Engine.restore(engine.snapshot(), CustomPolicy(OneMore(), own_rails=True))
    assert twin.snapshot() == engine.snapshot()
    for step in range(4, 9):
        assert twin.decide(15_000 * step, Fleet(3, 3)) == engine.decide(15_000 * step, Fleet(3, 3))
    with pytest.raises(KeyError, match="nine"):
        engine.decide(135_000, Fleet(3, 3))


def test_it_takes_part_in_a_backtest():
    load = Series([100 + 50 * math.sin(i / 12) for i in range(200)], 0, 60)
    seen = []
    report = backtest(load, [Hpa(), CustomPolicy(lambda shown: seen.append(shown.in_flight) or shown.reactive)], World(10.0), seed=1)
    assert [result.policy for result in report.policies] == ["hpa", "<lambda>"]
    # Little's law: about as many in flight as replicas are busy.
    known = [value for value in seen if not math.isnan(value)]
    assert len(known) > 100 and 5 < sum(known) / len(known) < 20


def test_what_was_learned_is_used_frozen():
    engine = Engine(10, policy=QLearning(exploration=0.5, seed=3))
    requested = 9
    for step in range(1, 300):
        engine.observe(15_000 * step, 50 + 30 * math.sin(step / 20))
        decided = engine.decide(15_000 * step, Fleet(requested, requested)).replicas
        if decided != requested:
            engine.applied(15_000 * step, decided)
            requested = decided
    table = engine.q_table
    assert (table < 0).sum() > 20
    frozen = Engine(10, policy=QLearning(learning=False, table=table))
    frozen.observe(15_000, 50.0)
    assert "learned" in dict(frozen.decide(15_000, Fleet(9, 9)).reasons)
    assert (frozen.q_table == table).all() and Engine(10, policy="hpa").q_table is None


def test_training_gives_a_frozen_table():
    load = Series([100 + 50 * math.sin(i / 12) for i in range(300)], 0, 60)
    shares = []
    trained = train(load, QLearning(exploration=0.3), World(10.0), episodes=3, seed=1, progress=shares.append)
    settings = trained.config["q_learning"]
    assert not settings["learning"] and len(settings["table"]) == 6552 and min(settings["table"]) < -1
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert trained == train(load, QLearning(exploration=0.3), World(10.0), 3, 1)
    assert backtest(load, [trained], World(10.0)).policies[0].cost > 0
    assert q_table_to_svg(settings["table"]).startswith("<svg")
