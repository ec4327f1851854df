#include "harness.hpp"

static void queue(const test_case *c) {
    auto servers = count(c, "c");
    double offered = number(c, "c") * number(c, "rho");
    expect(c, "erlang_b", forescale::erlang_b(servers, offered));
    expect(c, "p_wait", forescale::erlang_c(servers, offered));
    forescale::Queue queue(offered, 1.0, servers);
    expect(c, "wait_p95", queue.wait_quantile(0.95));
}

static void staffing(const test_case *c) {
    char target[100];
    std::snprintf(target, sizeof target, "{\"response_quantile\": [%.17g, %.17g]}", number(c, "q"), number(c, "t"));
    expect(c, "min_c", static_cast<double>(forescale::servers_for(number(c, "lambda"), 1.0, target)));
}

const dispatch capacity_DISPATCH[] = {
    {"erlang_c", queue},
    {"erlang_staffing", staffing},
    {nullptr, nullptr}};
