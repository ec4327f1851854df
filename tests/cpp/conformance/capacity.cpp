#include "harness.hpp"

static void erlang(const test_case *c) {
    auto servers = count(c, "c");
    double offered = number(c, "c") * number(c, "rho");
    expect(c, "erlang_b", forescale::erlang_b(servers, offered));
    expect(c, "p_wait", forescale::erlang_c(servers, offered));
    forescale::Queue queue(offered, 1.0, servers);
    expect(c, "wq", queue.mean_wait());
    expect(c, "w", queue.mean_response());
    expect(c, "wait_p95", queue.wait_quantile(0.95));
    expect(c, "wait_p99", queue.wait_quantile(0.99));
    expect(c, "soj_p95", queue.response_quantile(0.95));
    expect(c, "soj_p99", queue.response_quantile(0.99));
    expect(c, "p_soj_gt_2", queue.response_tail(2));
}

static void staffing(const test_case *c) {
    char target[100];
    std::snprintf(target, sizeof target, "{\"response_quantile\": [%.17g, %.17g]}", number(c, "q"), number(c, "t"));
    auto servers = forescale::servers_for(number(c, "lambda"), 1.0, target);
    expect(c, "min_c", static_cast<double>(servers));
    expect(c, "p_sojourn_gt_t_at_min_c", forescale::Queue(number(c, "lambda"), 1.0, servers).response_tail(number(c, "t")));
}

static void queue(const test_case *c) {
    forescale::Queue queue(number(c, "arrival_rate"), number(c, "service_rate"), count(c, "servers"),
                           number(c, "arrival_cv"), number(c, "service_cv"));
    double wait = queue.wait_quantile(number(c, "p")), response = queue.response_quantile(number(c, "p"));
    expect(c, "utilization", queue.utilization());
    expect(c, "wait_probability", queue.wait_probability());
    expect(c, "mean_wait", queue.mean_wait());
    expect(c, "mean_response", queue.mean_response());
    expect(c, "wait_quantile", wait);
    expect(c, "response_quantile", response);
    expect(c, "response_tail", queue.response_tail(number(c, "seconds")));
}

static void servers_for(const test_case *c) {
    double arrivals = number(c, "arrival_rate"), service = number(c, "service_rate");
    auto servers = forescale::servers_for(arrivals, service, text(c, "target"));
    expect(c, "servers", static_cast<double>(servers));
    if (!forescale::target_is_met(text(c, "target"), forescale::Queue(arrivals, service, servers)) ||
        forescale::target_is_met(text(c, "target"), forescale::Queue(arrivals, service, servers - 1))) {
        std::fprintf(stderr, "%s: %d servers are not the fewest\n", c->label, static_cast<int>(servers));
        failures++;
    }
}

static void latency(const test_case *c) {
    expect(c, "seconds", forescale::latency(number(c, "base"), number(c, "rho")));
}

const dispatch capacity_DISPATCH[] = {
    {"erlang_c", erlang},
    {"erlang_staffing", staffing},
    {"queue", queue},
    {"servers_for", servers_for},
    {"latency", latency},
    {nullptr, nullptr}};
