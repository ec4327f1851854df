import json

from conformance.pool_tiers import load_balancer, resource_manager
from forescale.pool import CloneManager, share


def run(case, calls):
    """Runs the calls of a case and compares what they answered."""
    answers = [calls[name](rest) for name, rest in case.calls("calls")]
    case.expect_lines("answers", [answer for answer in answers if answer is not None])


def clones(case):
    manager = [CloneManager(**json.loads(case.text("config")))]

    def quiet(method, *kinds):
        """A call whose words are of these kinds; the last takes all that is left."""
        return lambda rest: getattr(manager[0], method)(*(kind(word) for kind, word in zip(kinds, rest.split(" ", len(kinds) - 1))))

    def through_bytes(_):
        manager[0] = CloneManager.restore(manager[0].snapshot())

    def plan(rest):
        answer = manager[0].plan(int(rest))
        assert answer == manager[0].instructions()
        return answer

    run(case, {
        "set_code": quiet("set_code", json.loads),
        "set_machine": quiet("set_machine", json.loads),
        "machine_lost": quiet("machine_lost", str),
        "set_distances": quiet("set_distances", json.loads),
        "announce": quiet("announce", json.loads),
        "set_forecast": quiet("set_forecast", str, json.loads),
        "observe": quiet("observe", int, str, float),
        "observe_health": quiet("observe_health", int, lambda word: word != "0"),
        "reconcile": quiet("reconcile", int, lambda rest: [int(word) for word in rest.split()]),
        "report": quiet("report", int, str),
        "forecast": quiet("forecast", str),
        "running": quiet("running", str),
        "explain": quiet("explain", str),
        "journal": lambda _: manager[0].journal(),
        "config": lambda _: manager[0].config,
        "clear_journal": lambda _: manager[0].clear_journal(),
        "snapshot": through_bytes,
        "plan": plan,
    })


def sharing(case):
    answer = share(case.table("loads"), **json.loads(case.text("config")))
    assert answer == json.loads(case.text("answer")), case.label


DISPATCH = {
    "clone_manager": clones,
    "share": sharing,
    "load_balancer": load_balancer,
    "resource_manager": resource_manager,
}
