"""What an argument, or a field of a dict, takes; and what is said of one that cannot be used, where, with its value."""

from collections import UserDict
from datetime import datetime, timedelta, timezone

import forescale
import numpy as np
import pandas
import pytest
from forescale import capacity, engine, load, pool
from forescale.simulate import World, chaos, schemes, synthetic

NAN, INF = float("nan"), float("inf")
NEW_YEAR = 1_767_225_600_000
MILLISECOND = np.datetime64(NEW_YEAR, "ms")
LOADS = [[1.0, 2.0] * 50] * 2
CODE = {"name": "c", "service_rate": 5.0, "resources": [1.0]}
DEEP: list = []
DEEP.append(DEEP)


def machine(room):
    return lambda: pool.CloneManager().set_machine({"name": "m", "room": room})


def code(**fields):
    return lambda: pool.CloneManager().set_code({**CODE, **fields})


def event(start):
    return lambda: pool.CloneManager().announce({"start": start, "end": NEW_YEAR + 10, "factor": 2.0})


def trial(scheme=None, **arguments):
    return lambda: schemes.run(LOADS, World(1.0), scheme or {"clones": {}}, **arguments)


def retry(timeout):
    return lambda: pool.CloneManager(retry={"timeout_seconds": timeout})


REFUSED = [
    # A field of a dict: its path and its value.
    (machine([NAN]), "machine.room[0]: must be finite, got NaN"),
    (machine([1.0, -INF]), "machine.room[1]: must be finite, got -inf"),
    (machine(np.array([1.0, NAN])), "machine.room[1]: must be finite, got "),
    (machine([10**400]), "machine.room[0]: must be below 1e308, got 1000"),
    (machine(["x"]), "machine.room[0]: must be a number, got 'x'"),
    (machine([True]), "machine.room[0]: must be a number, got True"),
    (machine([1j]), "machine.room[0]: must be a number, got 1j"),
    (machine([{}]), "machine.room[0]: must be a number, got {}"),
    (machine("x"), "machine.room: must be a list, got 'x'"),
    (machine(b"x"), "machine.room: must be a list, got b'x'"),
    (machine({1.0}), "machine.room: must be a list, got {1.0}"),
    (machine(DEEP), "machine.room[0]: must be a number, got [[...]]"),
    (machine(object), "machine.room: must be a list, got <class 'object'>"),
    (lambda: pool.CloneManager().set_machine({}), "machine: lacks the field `name`"),
    (lambda: pool.CloneManager().set_machine([]), "machine: must be a dict of name, zone, room, got []"),
    (lambda: pool.CloneManager().set_machine({"name": "\ud800"}), "machine.name: must be a text without lone surrogates, got '\\ud800'"),
    (code(min_clones=-1), "code.min_clones: must be a whole number from 0 to 4294967295, got integer `-1`"),
    (code(min_clones=3.0), "code.min_clones: must be a whole number, got 3.0"),
    (code(min_clones=True), "code.min_clones: must be a whole number, got True"),
    (code(min_clones=2**70), "code.min_clones: must be a whole number from -2^63 to 2^64 - 1, got 1180591620717411303424"),
    (code(prority=1), "code.prority: unknown field `prority`, expected one of `name`"),
    (code(**{"service_rate": NAN}), "code.service_rate: must be finite, got NaN"),
    (event(datetime(2026, 1, 1)), "event.start: 2026-01-01 00:00:00 has no time zone"),
    (event(np.datetime64("NaT")), "event.start: a time is missing (NaT)"),
    (event("2026-01-01"), "event.start: must be a whole number, or a time, got '2026-01-01'"),
    (retry("soon"), 'retry.timeout_seconds: "soon" is not a duration such as "5min"'),
    (retry(np.timedelta64(1, "M")), "retry.timeout_seconds: must be a duration: seconds, a timedelta, or a text such as \"5min\", got "),
    (retry(np.timedelta64("NaT")), "retry.timeout_seconds: a duration is missing (NaT)"),
    (retry(True), "retry.timeout_seconds: must be a number, got True"),
    (event(np.array(NEW_YEAR * 10**6, "M8[ns]")), "event.start: must be a time"),
    (retry(np.float64(INF)), "retry.timeout_seconds: must be finite, got inf"),
    (trial("clone"), "scheme: unknown variant `clone`, expected one of `clones`"),
    (lambda: schemes.run(LOADS, World(1.0), {}), "scheme: must be one of clones, sharing, tiers, shadows"),
    (trial({"clones": {}, "tiers": {}}), "scheme: must be one of clones, sharing, tiers, shadows"),
    (trial({"clones": {"cost_ratio": "x"}}), "scheme.clones.cost_ratio: must be a number, got 'x'"),
    (trial(comparison={"resamples": -1}), "comparison.resamples: must be a whole number"),
    (trial(baseline="foo"), "baseline: unknown variant `foo`, expected one of `static`"),
    (trial(baseline={"hpa": {"target_utilization": NAN}}), "baseline.hpa.target_utilization: must be finite, got NaN"),
    (trial(baseline={}), "baseline: must be "),
    (lambda: engine.Engine(10.0, policy="foo"), "policy: unknown variant `foo`"),
    (lambda: engine.Engine(10.0, rails={"max_rate": "x"}), "rails.max_rate: "),
    (lambda: engine.Engine(10.0).reconfigure({"cost_ratio": NAN}), "changes.cost_ratio: must be finite, got NaN"),
    (lambda: capacity.servers_for(1.0, 1.0, {"response_quantile": [0.95, "x"]}), "target.response_quantile[1]: must be a number, got 'x'"),
    (lambda: World(1.0, response_curve={"points": 5}), "response_curve: must be a list, got {'points': 5}"),
    (lambda: synthetic.generate([{"cycle": {"period_seconds": "x"}}]), "parts[0].cycle.period_seconds: "),
    (lambda: chaos.run(DEEP), "scenario: must be a dict of "),
    # A whole number out of range.
    (lambda: capacity.erlang_c(-1, 1.0), "servers: must be a whole number from 0 to 18446744073709551615, got -1"),
    (lambda: capacity.erlang_c(2**64, 1.0), "servers: must be a whole number from 0 to 18446744073709551615, got 18446744073709551616"),
    (lambda: pool.CloneManager().report(-1, "confirmed"), "id: must be a whole number from 0 to "),
    (lambda: pool.CloneManager().reconcile(0, [1, -1]), "running: must be a whole number from 0 to 18446744073709551615, got -1"),
    (lambda: pool.ResourceManager({}, critical_priority=2**31), "critical_priority: must be a whole number from -2147483648 to 2147483647"),
    (lambda: engine.Fleet(-1, 0), "requested: must be a whole number from 0 to 4294967295, got -1"),
    (lambda: synthetic.generate(seed=-1), "seed: must be a whole number from 0 to "),
    (lambda: pool.CloneManager().plan(2**64), "now: must be a time"),
    (lambda: load.Series([1.0], 0, "soon"), 'step_seconds: "soon" is not a duration such as "5min"'),
    (lambda: load.Series([1.0], datetime(1970, 1, 1)), "start: 1970-01-01 00:00:00 has no time zone"),
    (lambda: pool.share([[1.0], [1.0, 2.0]]), "loads: "),
]

WRONG_TYPES = [
    (lambda: capacity.erlang_c("two", 1.0), "servers: must be a whole number, got 'two'"),
    (lambda: capacity.erlang_c(2.0, 1.0), "servers: must be a whole number, got 2.0"),
    (lambda: pool.CloneManager().reconcile(0, b"x"), "running: must be a list of whole numbers, got b'x'"),
    (lambda: pool.CloneManager().reconcile(0, "x"), "running: must be a list of whole numbers, got 'x'"),
    (lambda: pool.CloneManager().reconcile(0, None), "running: must be a list of whole numbers, got None"),
    (lambda: pool.CloneManager().reconcile(0, [1.5]), "running: must be a whole number, got 1.5"),
    (lambda: pool.CloneManager().plan("now"), "now: must be a time"),
    (lambda: pool.CloneManager(step_seconds=None), "step_seconds: must be a duration"),
    (lambda: pool.CloneManager(step_seconds=np.timedelta64(1, "M")), "step_seconds: must be a duration"),
    (lambda: pool.CloneManager(step_seconds=np.timedelta64("NaT")), "step_seconds: a duration is missing (NaT)"),
    (lambda: pool.CloneManager(step_seconds=True), "step_seconds: must be a duration"),
    (lambda: pool.CloneManager(step_seconds=np.array([1, 2])), "step_seconds: must be a duration"),
    (lambda: pool.share(b"x"), "loads: expected real numbers, got an array of "),
    (lambda: pool.share(1.0), "loads: expected an array of 2 dimension(s), got 0"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED + WRONG_TYPES)
def test_what_cannot_be_used_is_named_with_its_value(call, message):
    with pytest.raises(forescale.ConfigError) as caught:
        call()
    assert str(caught.value).startswith(message)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(("call", "message"), WRONG_TYPES)
def test_a_wrong_type_is_a_type_error_as_well(call, message):
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value).startswith(message)


def test_notes_of_others_stay_notes():
    error = forescale.ConfigError("cost_ratio: must be above 0")
    error.add_note("while processing 'settings'")
    assert str(error) == "cost_ratio: must be above 0" and error.__notes__ == ["while processing 'settings'"]


@pytest.mark.parametrize("room", [[2, 3], (2.0, 3), np.array([2, 3]), np.array([2, 3], dtype="f4"), [np.float32(2), np.int64(3)], pandas.Series([2.0, 3.0])])
def test_a_list_of_numbers_in_a_dict_is_any(room):
    manager = pool.CloneManager()
    manager.set_machine({"name": np.str_("m"), "room": room})
    manager.set_code({"name": "c", "service_rate": np.float64(1), "resources": [2, 3], "min_clones": np.uint8(1)})
    manager.plan(NEW_YEAR)
    assert len(manager.instructions()) == 1


@pytest.mark.parametrize(
    "time",
    [
        NEW_YEAR,
        np.int64(NEW_YEAR),
        MILLISECOND,
        MILLISECOND.astype("datetime64[ns]"),
        datetime(2026, 1, 1, tzinfo=timezone.utc),
        pandas.Timestamp("2026-01-01", tz="UTC"),
    ],
)
def test_a_time_in_a_dict_is_any(time):
    balancer = pool.LoadBalancer()
    balancer.observe({"time": time, "user": "u", "application": "a", "requests": 300.0})
    other = pool.LoadBalancer()
    other.observe({"time": NEW_YEAR, "user": "u", "application": "a", "requests": 300.0})
    assert balancer.snapshot() == other.snapshot()


@pytest.mark.parametrize("timeout", [90, 90.0, "90s", "1min 30s", "PT90S", timedelta(seconds=90), np.timedelta64(90, "s"), np.timedelta64(90 * 10**9, "ns"), np.array(90 * 10**9, "m8[ns]"), np.float32(90), np.int64(90), pandas.Timedelta("90s")])
def test_a_duration_in_a_dict_is_any(timeout):
    assert pool.CloneManager(retry={"timeout_seconds": timeout, "attempts": np.int32(3)}).config["retry"]["timeout_seconds"] == 90.0
    assert load.Series([1.0, 2.0], 0, timeout).step_seconds == 90.0


def test_an_interruption_out_of_a_mapping_stays_one():
    class Interrupted(UserDict):
        def items(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pool.CloneManager().set_machine(Interrupted(name="m"))
    with pytest.raises(forescale.ConfigError):
        pool.CloneManager().set_machine({})


@pytest.mark.parametrize("count", [3, np.int64(3), np.uint8(3), np.array(3)])
def test_a_whole_number_is_any(count):
    assert capacity.erlang_c(count, 1.0) == capacity.erlang_c(3, 1.0)
    assert load.decompose([1.0, 2.0, 3.0] * 10, np.array([count])).trend.shape == (30,)
    assert capacity.erlang_c(True, 0.5) == capacity.erlang_c(1, 0.5)


@pytest.mark.parametrize("flag", [True, np.True_])
def test_a_flag_in_a_dict_is_any(flag):
    manager = pool.ShadowManager()
    number = manager.set_primary({"name": "p", "resources": [{"name": "cpu", "base": 8.0}]})
    manager.reconcile(NEW_YEAR, [{"instance": number, "amounts": [8.0], "share": 1.0, "is_active": flag}])
    assert manager.status("p")["instances"]


def test_defaults_are_shown():
    shown = str(pool.CloneManager.__text_signature__)
    assert "step_seconds=300.0" in shown and "horizon_steps=12" in shown and 'rule="quantile"' in shown and "..." not in shown
