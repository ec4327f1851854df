from forescale.capacity import Queue, erlang_b, erlang_c, servers_for


def queue(case):
    servers, offered = case.count("c"), case.number("c") * case.number("rho")
    case.expect("erlang_b", erlang_b(servers, offered))
    case.expect("p_wait", erlang_c(servers, offered))
    case.expect("wait_p95", Queue(offered, 1.0, servers).wait_quantile(0.95))


def staffing(case):
    target = {"response_quantile": [case.number("q"), case.number("t")]}
    case.expect("min_c", servers_for(case.number("lambda"), 1.0, target))


DISPATCH = {"erlang_c": queue, "erlang_staffing": staffing}
