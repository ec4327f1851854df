#include "harness.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

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

static std::optional<std::uint64_t> places_of(const test_case *c) {
    return has(c, "places") ? std::optional(count(c, "places")) : std::nullopt;
}

static std::optional<double> patience_of(const test_case *c) {
    return has(c, "patience_seconds") ? std::optional(number(c, "patience_seconds")) : std::nullopt;
}

static void bounded_queue(const test_case *c) {
    forescale::BoundedQueue queue(number(c, "arrival_rate"), number(c, "service_rate"), count(c, "servers"), places_of(c),
                                  patience_of(c));
    expect(c, "blocking", queue.blocking_probability());
    expect(c, "abandonment", queue.abandonment_probability());
    expect(c, "wait_probability", queue.wait_probability());
    expect(c, "mean_wait", queue.mean_wait());
    if (has(c, "wait_tail")) {
        expect(c, "wait_tail", queue.wait_tail(number(c, "seconds")));
        expect(c, "response_tail", queue.response_tail(number(c, "seconds")));
    }
}

static void servers_for_bounded(const test_case *c) {
    double arrivals = number(c, "arrival_rate"), service = number(c, "service_rate"), p = number(c, "p");
    forescale::BoundedQueue queue(arrivals, service, count(c, "servers_given"), places_of(c), patience_of(c));
    double wait = queue.wait_quantile(p), response = queue.response_quantile(p);
    auto servers = forescale::servers_for_bounded(arrivals, service, places_of(c), patience_of(c), text(c, "target"),
                                                  number(c, "most_lost"));
    expect(c, "wait_quantile", wait);
    expect(c, "response_quantile", response);
    expect(c, "servers", static_cast<double>(servers));
}

static void calibrate(const test_case *c) {
    auto learn = std::string(text(c, "kind")) == "load" ? forescale::calibrate_load : forescale::calibrate;
    auto load = numbers(c, "load"), latency = numbers(c, "latency");
    auto found = learn(load, latency);
    expect(c, "base", found.base);
    expect(c, "base_error", found.base_error);
    expect(c, "service_rate", found.service_rate);
    expect(c, "service_rate_error", found.service_rate_error);
    expect(c, "spread", found.spread);
    expect(c, "outliers", static_cast<double>(found.outliers));
}

static void warm_up(const test_case *c) {
    auto found = forescale::WarmUp::learn(numbers(c, "ages"), numbers(c, "throughput"));
    std::vector<double> shares;
    for (double age : numbers(c, "at")) shares.push_back(found.share(age));
    expect(c, "full", found.full);
    expect(c, "full_error", found.full_error);
    expect(c, "initial", found.initial);
    expect(c, "seconds", found.seconds);
    expect_array(c, "shares", shares);
}

static std::vector<std::int64_t> group_of(const test_case *c, const char *name) {
    if (!has(c, name)) return {};
    auto values = numbers(c, name);
    return {values.begin(), values.end()};
}

static forescale::Packing packed(const test_case *c, const std::string &strategy) {
    auto items = numbers(c, "items"), running = numbers(c, "running"), new_bin = numbers(c, "new_bin");
    auto dimensions = static_cast<std::size_t>(count(c, "dimensions"));
    auto most_new = has(c, "most_new") ? std::optional(count(c, "most_new")) : std::nullopt;
    return forescale::pack({items, dimensions}, {running, dimensions}, new_bin, most_new, strategy,
                           {group_of(c, "together"), group_of(c, "apart"), group_of(c, "placed")});
}

// The exact answer lies between the bound and what each strategy needs.
static void pack(const test_case *c) {
    for (const char *strategy : {"first_fit_decreasing", "best_fit_decreasing", "dot_product"}) {
        auto found = packed(c, strategy);
        auto fewest = std::max<std::size_t>(count(c, "fewest"), found.lower_bound);
        expect(c, "fewest", static_cast<double>(std::min(fewest, found.opened)));
    }
}

static void packing(const test_case *c) {
    auto found = packed(c, text(c, "strategy"));
    expect_array(c, "bins", std::vector<double>(found.bins.begin(), found.bins.end()));
    expect(c, "opened", static_cast<double>(found.opened));
    expect(c, "lower_bound", static_cast<double>(found.lower_bound));
}

const dispatch capacity_DISPATCH[] = {
    {"erlang_c", erlang},
    {"erlang_staffing", staffing},
    {"queue", queue},
    {"servers_for", servers_for},
    {"latency", latency},
    {"bounded_queue", bounded_queue},
    {"servers_for_bounded", servers_for_bounded},
    {"calibrate", calibrate},
    {"warm_up", warm_up},
    {"pack", pack},
    {"packing", packing},
    {nullptr, nullptr}};
