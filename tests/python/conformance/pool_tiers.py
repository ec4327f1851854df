import json

from forescale.pool import LoadBalancer, ResourceManager


def load_balancer(case):
    balancer = LoadBalancer(**json.loads(case.text("config")))
    answers = []
    for name, rest in case.calls("calls"):
        words = rest.split(" ")
        if name == "set_profile":
            user, application, profile = rest.split(" ", 2)
            answer = balancer.set_profile(None if user == "-" else user, application, json.loads(profile))
        elif name == "set_forecast":
            user, application, forecast = rest.split(" ", 2)
            answer = balancer.set_forecast(user, application, json.loads(forecast))
        elif name in ("train", "observe"):
            answer = getattr(balancer, name)(json.loads(rest))
        elif name == "predict":
            answer = balancer.predict(words[0], words[1], int(words[2]))
        elif name in ("profile", "explain"):
            answer = getattr(balancer, name)(words[0], words[1])
        elif name in ("keys", "dropped", "config"):
            answer = getattr(balancer, name)
        elif name == "snapshot":
            balancer = LoadBalancer.restore(balancer.snapshot())
            continue
        else:
            answer = getattr(balancer, name)()
        if answer is not None:
            answers.append(answer)
    case.expect_lines("answers", answers)


def resource_manager(case):
    manager = ResourceManager(**json.loads(case.text("config")))
    answers = []
    for name, rest in case.calls("calls"):
        first, _, after = rest.partition(" ")
        if name in ("follow", "observe", "reconcile"):
            getattr(manager, name)(int(first), json.loads(after))
        elif name in ("foresee", "allocate"):
            answers.append(getattr(manager, name)(int(first), json.loads(after)))
        elif name in ("release", "unit_lost"):
            answers.append(getattr(manager, name)(int(first), int(after)))
        elif name in ("rebalance", "lease"):
            answers.append(getattr(manager, name)(int(first)))
        elif name == "report":
            manager.report(int(first), after)
        elif name == "snapshot":
            manager = ResourceManager.restore(manager.snapshot())
        elif name == "clear_journal":
            manager.clear_journal()
        elif name == "config":
            answers.append(manager.config)
        else:
            answers.append(getattr(manager, name)())
    case.expect_lines("answers", answers)
