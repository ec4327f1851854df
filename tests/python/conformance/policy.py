import json

from forescale.engine import Engine, Fleet


def control_laws(case):
    """Shows an engine what the case says, second by second, and compares its counts."""
    engine = Engine(**json.loads(case.text("config")))
    replicas = []
    names = ("seconds", "loads", "in_flight", "requested", "ready", "pending")
    following = [*case.numbers("requested")[1:], case.numbers("requested")[-1]]
    for second, load, in_flight, requested, ready, pending, next_requested in zip(*map(case.numbers, names), following):
        engine.observe(second * 1000, load)
        engine.observe_in_flight(second * 1000, in_flight)
        replicas.append(engine.decide(second * 1000, Fleet(requested, ready, pending)).replicas)
        if next_requested != requested:
            engine.applied(second * 1000, next_requested)
    case.expect_array("replicas", replicas)


DISPATCH = {"control_laws": control_laws}
