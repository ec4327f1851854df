import json

from conformance.pool_tiers import load_balancer, resource_manager
from forescale.pool import CloneManager, Regions, ShadowManager, share


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
        "observe_use": quiet("observe_use", int, float),
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


def regions(case):
    made = [Regions(**json.loads(case.text("config")))]

    def quiet(method, *kinds):
        """A call whose words are of these kinds; the last takes all that is left."""
        return lambda rest: getattr(made[0], method)(*(kind(word) for kind, word in zip(kinds, rest.split(" ", len(kinds) - 1))))

    def through_bytes(_):
        made[0] = Regions.restore(made[0].snapshot())

    def plan(rest):
        answer = made[0].plan(int(rest))
        assert answer == made[0].instructions()
        return answer

    run(case, {
        "set_region": quiet("set_region", json.loads),
        "set_application": quiet("set_application", json.loads),
        "set_latencies": quiet("set_latencies", json.loads),
        "set_carbon": quiet("set_carbon", str, json.loads),
        "set_forecast": quiet("set_forecast", str, str, json.loads),
        "region_lost": quiet("region_lost", str),
        "region_back": quiet("region_back", str),
        "observe": quiet("observe", int, str, str, float),
        "reconcile": quiet("reconcile", int, json.loads),
        "report": quiet("report", int, str),
        "forecast": quiet("forecast", str, str),
        "explain": quiet("explain", str),
        "routes": lambda _: made[0].routes(),
        "replicas": lambda _: made[0].replicas(),
        "journal": lambda _: made[0].journal(),
        "config": lambda _: made[0].config,
        "clear_journal": lambda _: made[0].clear_journal(),
        "snapshot": through_bytes,
        "plan": plan,
    })


def shadows(case):
    made = [ShadowManager(**json.loads(case.text("config")))]

    def quiet(method, *kinds):
        return lambda rest: getattr(made[0], method)(*(kind(word) for kind, word in zip(kinds, rest.split(" ", len(kinds) - 1))))

    def through_bytes(_):
        made[0] = ShadowManager.restore(made[0].snapshot())

    def plan(rest):
        answer = made[0].plan(int(rest))
        assert answer == made[0].instructions()
        return answer

    run(case, {
        "set_primary": quiet("set_primary", json.loads),
        "remove_primary": quiet("remove_primary", str),
        "observe": quiet("observe", int, json.loads),
        "set_forecast": quiet("set_forecast", json.loads),
        "prewarm": quiet("prewarm", json.loads),
        "instance_failed": quiet("instance_failed", int),
        "instance_recovered": quiet("instance_recovered", int),
        "reconcile": quiet("reconcile", int, json.loads),
        "report": quiet("report", int, str),
        "start_trial": quiet("start_trial", json.loads),
        "observe_trial": quiet("observe_trial", str, json.loads),
        "end_trial": quiet("end_trial", str, lambda word: word != "0"),
        "forecast": quiet("forecast", str),
        "status": quiet("status", str),
        "explain": quiet("explain", str),
        "trial": quiet("trial", str),
        "queue": lambda _: made[0].queue(),
        "journal": lambda _: made[0].journal(),
        "config": lambda _: made[0].config,
        "clear_journal": lambda _: made[0].clear_journal(),
        "snapshot": through_bytes,
        "history": lambda _: made[0].history.counts,
        "plan": plan,
    })


def sharing(case):
    answer = share(case.table("loads"), **json.loads(case.text("config")))
    assert answer == json.loads(case.text("answer")), case.label


DISPATCH = {
    "clone_manager": clones,
    "regions": regions,
    "shadow_manager": shadows,
    "share": sharing,
    "load_balancer": load_balancer,
    "resource_manager": resource_manager,
}
