import json

import numpy as np

from forescale.capacity import (
    Bins,
    BoundedQueue,
    Queue,
    ResponseQuantile,
    WarmUp,
    calibrate as learn,
    calibrate_load,
    erlang_b,
    erlang_c,
    latency as latency_of,
    pack as pack_into,
    servers_for as fewest,
    servers_for_bounded as fewest_bounded,
    target_is_met,
)


def erlang(case):
    servers, offered = case.count("c"), case.number("c") * case.number("rho")
    case.expect("erlang_b", erlang_b(servers, offered))
    case.expect("p_wait", erlang_c(servers, offered))
    queue = Queue(offered, 1.0, servers)
    case.expect("wq", queue.mean_wait)
    case.expect("w", queue.mean_response)
    case.expect("wait_p95", queue.wait_quantile(0.95))
    case.expect("wait_p99", queue.wait_quantile(0.99))
    case.expect("soj_p95", queue.response_quantile(0.95))
    case.expect("soj_p99", queue.response_quantile(0.99))
    case.expect("p_soj_gt_2", queue.response_tail(2.0))


def staffing(case):
    servers = fewest(case.number("lambda"), 1.0, ResponseQuantile(case.number("q"), case.number("t")))
    case.expect("min_c", servers)
    case.expect("p_sojourn_gt_t_at_min_c", Queue(case.number("lambda"), 1.0, servers).response_tail(case.number("t")))


def queue(case):
    queue = Queue(
        case.number("arrival_rate"),
        case.number("service_rate"),
        case.count("servers"),
        arrival_cv=case.number("arrival_cv"),
        service_cv=case.number("service_cv"),
    )
    quantiles = queue.wait_quantile(case.number("p")), queue.response_quantile(case.number("p"))
    case.expect("utilization", queue.utilization)
    case.expect("wait_probability", queue.wait_probability)
    case.expect("mean_wait", queue.mean_wait)
    case.expect("mean_response", queue.mean_response)
    case.expect("wait_quantile", quantiles[0])
    case.expect("response_quantile", quantiles[1])
    case.expect("response_tail", queue.response_tail(case.number("seconds")))


def servers_for(case):
    arrivals, service, target = case.number("arrival_rate"), case.number("service_rate"), json.loads(case.text("target"))
    servers = fewest(arrivals, service, target=target)
    case.expect("servers", servers)
    assert target_is_met(target, Queue(arrivals, service, servers))
    assert not target_is_met(target, Queue(arrivals, service, servers - 1))


def latency(case):
    case.expect("seconds", latency_of(case.number("base"), case.number("rho")))


def bounds(case):
    places = case.count("places") if case.has("places") else None
    return places, case.number("patience_seconds") if case.has("patience_seconds") else None


def bounded_queue(case):
    queue = BoundedQueue(case.number("arrival_rate"), case.number("service_rate"), case.count("servers"), *bounds(case))
    case.expect("blocking", queue.blocking_probability)
    case.expect("abandonment", queue.abandonment_probability)
    case.expect("wait_probability", queue.wait_probability)
    case.expect("mean_wait", queue.mean_wait)
    if case.has("wait_tail"):
        case.expect("wait_tail", queue.wait_tail(case.number("seconds")))
        case.expect("response_tail", queue.response_tail(case.number("seconds")))


def servers_for_bounded(case):
    arrivals, service, target = case.number("arrival_rate"), case.number("service_rate"), json.loads(case.text("target"))
    queue = BoundedQueue(arrivals, service, case.count("servers_given"), *bounds(case))
    quantiles = queue.wait_quantile(case.number("p")), queue.response_quantile(case.number("p"))
    servers = fewest_bounded(arrivals, service, *bounds(case), target, case.number("most_lost"))
    case.expect("wait_quantile", quantiles[0])
    case.expect("response_quantile", quantiles[1])
    case.expect("servers", servers)


def calibrate(case):
    found = (calibrate_load if case.text("kind") == "load" else learn)(case.numbers("load"), case.numbers("latency"))
    case.expect("base", found.base)
    case.expect("base_error", found.base_error)
    case.expect("service_rate", found.service_rate)
    case.expect("service_rate_error", found.service_rate_error)
    case.expect("spread", found.spread)
    case.expect("outliers", found.outliers)


def warm_up(case):
    found = WarmUp.learn(case.numbers("ages"), case.numbers("throughput"))
    case.expect("full", found.full)
    case.expect("full_error", found.full_error)
    case.expect("initial", found.initial)
    case.expect("seconds", found.seconds)
    case.expect_array("shares", [found.share(age) for age in case.numbers("at")])


def packed(case, strategy):
    table = lambda name: np.reshape(np.array(case.numbers(name), dtype=float), (-1, case.count("dimensions")))  # noqa: E731
    most_new = case.count("most_new") if case.has("most_new") else None
    groups = {name: [int(group) for group in case.numbers(name)] for name in ("together", "apart", "placed") if case.has(name)}
    return pack_into(table("items"), Bins(case.numbers("new_bin"), table("running"), most_new), strategy, **groups)


def pack(case):
    """The exact answer lies between the bound and what each strategy needs."""
    for strategy in ("first_fit_decreasing", "best_fit_decreasing", "dot_product"):
        found = packed(case, strategy)
        case.expect("fewest", min(max(case.count("fewest"), found.lower_bound), found.opened))


def packing(case):
    found = packed(case, case.text("strategy"))
    case.expect_array("bins", found.bins)
    case.expect("opened", found.opened)
    case.expect("lower_bound", found.lower_bound)


DISPATCH = {
    "erlang_c": erlang,
    "erlang_staffing": staffing,
    "queue": queue,
    "servers_for": servers_for,
    "latency": latency,
    "bounded_queue": bounded_queue,
    "servers_for_bounded": servers_for_bounded,
    "calibrate": calibrate,
    "warm_up": warm_up,
    "pack": pack,
    "packing": packing,
}
