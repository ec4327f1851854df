import json
import math

from forescale.engine import Engine, Fleet, JointBudget
from forescale.engine import replay as replay_log
from vectors import FOLDER

START, INTERVAL = 1_767_225_600_000, 15_000


def load_at(step):
    """A triangle wave with noise and a step, of whole numbers: as in tests/rust/conformance/engine.rs."""
    phase, noise = step % 240, step * 2_654_435_761 & 0xFFFF_FFFF
    noise ^= noise >> 15
    noise = (noise * 2_246_822_519 & 0xFFFF_FFFF) >> 27
    return 200 + 5 * min(phase, 240 - phase) + noise + (400 if 500 <= step < 560 else 0)


def fnv1a(data):
    """The 64-bit hash of Fowler, Noll and Vo, as two numbers that a double holds."""
    value = 0xCBF2_9CE4_8422_2325
    for byte in data:
        value = (value ^ byte) * 0x0100_0000_01B3 & 0xFFFF_FFFF_FFFF_FFFF
    return [value >> 32, value & 0xFFFF_FFFF]


def replay(case, engine, cut):
    requested = case.count("requested")
    latest, lines = [requested] * 8, []
    for step in range(case.count("from"), case.count("to")):
        now, load = START + step * INTERVAL, load_at(step)
        if not 700 <= step < 712:
            engine.observe(now, math.nan if step == 400 else load)
        if step == 300:
            engine.observe(now - 2 * INTERVAL, load + 7)
        if step == 320:
            engine.observe(now, load + 11)
        ready = min(requested, *latest)
        decision = engine.decide(now, Fleet(requested, ready, requested - ready))
        lines.append(decision.to_json())
        latest[step % 8] = requested
        if decision.replicas != requested:
            requested = decision.replicas
            engine.applied(now, requested)
        if step == cut:
            engine = Engine.restore(engine.snapshot())
    case.expect_array("log", fnv1a("\n".join(lines).encode()))
    case.expect_array("snapshot", fnv1a(engine.snapshot()))


def decision_log(case):
    for cut in (None, case.count("cut")):
        replay(case, Engine(**json.loads(case.text("config"))), cut)


def engine_snapshot(case):
    replay(case, Engine.restore((FOLDER / "snapshots" / case.text("file")).read_bytes()), None)


def audit_log(case):
    """As in tests/rust/conformance/engine.rs."""
    engine, requested = Engine(**json.loads(case.text("config"))), case.count("requested")
    lines = [engine.audit_header()]
    for step in range(1, case.count("to") + 1):
        now = START + step * INTERVAL
        engine.observe(now, load_at(step))
        if step % 9 == 0:
            engine.observe_start_up(now, 90 + step % 64)
        if step % 11 == 0:
            engine.observe_performance(now, 0.25 + step % 8 / 64)
        if step == case.count("change_at"):
            engine.reconfigure(json.loads(case.text("changes")))
        decision = engine.decide(now, Fleet(requested, requested))
        lines.append(engine.audit_line())
        if decision.replicas != requested:
            requested = decision.replicas
            engine.applied(now, requested)
    if case.count("headless"):
        del lines[0]
    differences = [replay_log("\n".join(lines)), replay_log(line + "\n" for line in lines)]
    assert differences[0] == differences[1]
    case.expect("difference", differences[0].line if differences[0] else 0)
    case.expect_array("log", fnv1a("\n".join(lines).encode()))
    lead, value, reward, done = engine.lead_time, engine.forecast_value, engine.reward, engine.performance
    case.expect_array("lead_time", [lead.p50, lead.p90, lead.p99, lead.count, lead.horizon_seconds])
    gains = [value.gain, value.gain_error, value.intervals, value.is_followed]
    case.expect_array("forecast_value", [value.ours, value.reactive, value.seasonal_naive, *gains])
    case.expect_array("reward", [reward.last, reward.mean, reward.accuracy, reward.energy, reward.gain])
    case.expect_array("performance", [done.service_rate, done.kept, done.samples])


def engine_by_hand(case):
    engine, requested = Engine(**json.loads(case.text("config"))), 10
    told = {name: [] for name in ("replicas", "advised", "without_forecast", "desired_for_hpa", "tiers", "counterfactuals")}
    pauses = {20: "both", 30: "in", 70: "out"}
    for step in range(case.count("steps")):
        now = START + step * INTERVAL
        engine.observe(now, load_at(4 * step))
        engine.observe_resource(now, "memory", math.nan if step == 55 else 2.0 * step)
        if step in pauses:
            engine.pause(pauses[step])
        if step in (45, 80):
            engine.resume()
        engine.decide(now, Fleet(requested, requested))
        decision = engine.limit_to_share(30 if step == 65 else 1000)
        told["replicas"].append(decision.replicas)
        told["advised"].append(decision.advised)
        told["without_forecast"].append(decision.without_forecast)
        told["desired_for_hpa"].append(decision.desired_for_hpa(requested))
        told["tiers"] += decision.tiers
        told["counterfactuals"] += [replicas for _, replicas in decision.without_rail]
        if decision.replicas != requested:
            requested = decision.replicas
            engine.applied(now, requested)
    for name, counts in told.items():
        case.expect_array(name, counts)


def joint_budget(case):
    counts = [[int(count) for count in case.numbers(name)] for name in ("wanted", "reactive", "current")]
    case.expect_array("share", JointBudget(**json.loads(case.text("budget"))).share(*counts))


DISPATCH = {
    "audit_log": audit_log,
    "decision_log": decision_log,
    "engine_by_hand": engine_by_hand,
    "engine_snapshot": engine_snapshot,
    "joint_budget": joint_budget,
}
