"""A pause in which nobody calls a manager is no time without requests: what the load needs runs on."""

import pytest
from forescale import Error, pool

MINUTE = 60_000
START = 1_760_000_000_000
NEEDED = 20
REQUESTS = 6000.0


class Clones:
    def __init__(self):
        self.manager = pool.CloneManager()
        self.manager.set_machine({"name": "m", "room": [500.0]})
        self.manager.set_code({"name": "c", "service_rate": 5.0, "resources": [1.0]})

    def step(self, now):
        self.manager.observe(now, "c", REQUESTS)
        for order in self.manager.plan(now):
            self.manager.report(order["id"], "confirmed")
        return self.manager.running("c")

    def restart(self):
        self.manager = pool.CloneManager.restore(self.manager.snapshot())


class Regions:
    def __init__(self):
        self.manager = pool.Regions()
        self.manager.set_region({"name": "eu", "capacity": 500})
        self.manager.set_application({"name": "a", "service_rate": 5.0})

    def step(self, now):
        self.manager.observe(now, "eu", "a", REQUESTS)
        for order in self.manager.plan(now):
            self.manager.report(order["id"], "confirmed")
        return self.manager.replicas()[0]["running"]

    def restart(self):
        self.manager = pool.Regions.restore(self.manager.snapshot())


@pytest.mark.parametrize("fleet", [Clones, Regions])
@pytest.mark.parametrize("days", [1, 3])
def test_a_host_that_was_down_finds_what_it_left(fleet, days):
    for pause in (6, 11, 16, 30, 60, 1440, 8 * 1440):
        host, end = fleet(), days * 1440
        before = [host.step(START + minute * MINUTE) for minute in range(end)][-1]
        host.restart()
        after = [host.step(START + (end + pause + minute) * MINUTE) for minute in range(90)]
        assert min(after) >= NEEDED, (pause, before, after)
        assert after[-1] <= 1.2 * NEEDED


@pytest.mark.parametrize("fleet", [Clones, Regions])
def test_one_wrong_stamp_is_refused_and_does_no_harm(fleet):
    host = fleet()
    for wrong in (START * 1000, 2**62):
        with pytest.raises(Error, match=f"now: {wrong} ms lies outside of the years 1 to 9999"):
            host.step(wrong)
    running = [host.step(START + minute * MINUTE) for minute in range(30)][-1]
    for wrong, problem in [
        (START - 1, "lies before"),
        (START * 1000, "lies outside of the years"),
        (START + 400 * 86_400_000, "lies more than 366 days after"),
    ]:
        with pytest.raises(Error, match=f"now: {wrong} ms {problem}"):
            host.step(wrong)
    assert host.step(START + 30 * MINUTE) == running
