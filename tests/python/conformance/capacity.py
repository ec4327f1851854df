import json

from forescale.capacity import (
    Queue,
    ResponseQuantile,
    erlang_b,
    erlang_c,
    latency as latency_of,
    servers_for as fewest,
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


DISPATCH = {
    "erlang_c": erlang,
    "erlang_staffing": staffing,
    "queue": queue,
    "servers_for": servers_for,
    "latency": latency,
}
