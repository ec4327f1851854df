#include "harness.h"

#include <string.h>

/* Calls a function with one result and compares it. */
#define EXPECT(name, call)          \
    do {                            \
        TRY(call);                  \
        expect(c, name, value);     \
    } while (0)

static forescale_status check_erlang(const test_case *c, const forescale_queue *queue, forescale_error *error) {
    double value;
    EXPECT("wq", forescale_queue_mean_wait(queue, &value, error));
    EXPECT("w", forescale_queue_mean_response(queue, &value, error));
    EXPECT("wait_p95", forescale_queue_wait_quantile(queue, 0.95, &value, error));
    EXPECT("wait_p99", forescale_queue_wait_quantile(queue, 0.99, &value, error));
    EXPECT("soj_p95", forescale_queue_response_quantile(queue, 0.95, &value, error));
    EXPECT("soj_p99", forescale_queue_response_quantile(queue, 0.99, &value, error));
    EXPECT("p_soj_gt_2", forescale_queue_response_tail(queue, 2, &value, error));
    return FORESCALE_OK;
}

static forescale_status erlang(const test_case *c, forescale_error *error) {
    uint64_t servers = count(c, "c");
    double offered = number(c, "c") * number(c, "rho"), value;
    forescale_queue *queue;
    EXPECT("erlang_b", forescale_erlang_b(servers, offered, &value, error));
    EXPECT("p_wait", forescale_erlang_c(servers, offered, &value, error));
    TRY(forescale_queue_create(offered, 1.0, servers, 1.0, 1.0, &queue, error));
    forescale_status status = check_erlang(c, queue, error);
    forescale_queue_destroy(queue);
    return status;
}

static forescale_status staffing(const test_case *c, forescale_error *error) {
    char target[100];
    uint64_t servers;
    double value;
    forescale_queue *queue;
    snprintf(target, sizeof target, "{\"response_quantile\": [%.17g, %.17g]}", number(c, "q"), number(c, "t"));
    TRY(forescale_servers_for(number(c, "lambda"), 1.0, target, &servers, error));
    expect(c, "min_c", (double)servers);
    TRY(forescale_queue_create(number(c, "lambda"), 1.0, servers, 1.0, 1.0, &queue, error));
    forescale_status status = forescale_queue_response_tail(queue, number(c, "t"), &value, error);
    forescale_queue_destroy(queue);
    TRY(status);
    expect(c, "p_sojourn_gt_t_at_min_c", value);
    return FORESCALE_OK;
}

static forescale_status check_queue(const test_case *c, const forescale_queue *queue, forescale_error *error) {
    double p = number(c, "p"), value;
    TRY(forescale_queue_wait_quantile(queue, p, &value, error));
    EXPECT("utilization", forescale_queue_utilization(queue, &value, error));
    EXPECT("wait_probability", forescale_queue_wait_probability(queue, &value, error));
    EXPECT("mean_wait", forescale_queue_mean_wait(queue, &value, error));
    EXPECT("mean_response", forescale_queue_mean_response(queue, &value, error));
    EXPECT("wait_quantile", forescale_queue_wait_quantile(queue, p, &value, error));
    EXPECT("response_quantile", forescale_queue_response_quantile(queue, p, &value, error));
    EXPECT("response_tail", forescale_queue_response_tail(queue, number(c, "seconds"), &value, error));
    return FORESCALE_OK;
}

static forescale_status queue(const test_case *c, forescale_error *error) {
    forescale_queue *queue;
    TRY(forescale_queue_create(number(c, "arrival_rate"), number(c, "service_rate"), count(c, "servers"),
                               number(c, "arrival_cv"), number(c, "service_cv"), &queue, error));
    forescale_status status = check_queue(c, queue, error);
    forescale_queue_destroy(queue);
    return status;
}

/* Whether so many servers meet the case's target; -1 on failure. */
static int32_t is_met(const test_case *c, uint64_t servers, forescale_error *error) {
    forescale_queue *queue;
    int32_t met = -1;
    if (forescale_queue_create(number(c, "arrival_rate"), number(c, "service_rate"), servers, 1, 1, &queue, error))
        return -1;
    forescale_status status = forescale_target_is_met(text(c, "target"), queue, &met, error);
    forescale_queue_destroy(queue);
    return status == FORESCALE_OK ? met : -1;
}

static forescale_status servers_for(const test_case *c, forescale_error *error) {
    uint64_t servers;
    TRY(forescale_servers_for(number(c, "arrival_rate"), number(c, "service_rate"), text(c, "target"), &servers, error));
    expect(c, "servers", (double)servers);
    if (is_met(c, servers, error) != 1 || is_met(c, servers - 1, error) != 0) {
        fprintf(stderr, "%s: %d servers are not the fewest\n", c->label, (int)servers);
        failures++;
    }
    return FORESCALE_OK;
}

static forescale_status latency(const test_case *c, forescale_error *error) {
    double value;
    EXPECT("seconds", forescale_latency(number(c, "base"), number(c, "rho"), &value, error));
    return FORESCALE_OK;
}

/* Makes the case's queue with so many servers. */
static forescale_status bounded(const test_case *c, const char *servers, forescale_bounded_queue **queue,
                                forescale_error *error) {
    uint64_t places = has(c, "places") ? count(c, "places") : 0;
    double patience = has(c, "patience_seconds") ? number(c, "patience_seconds") : 0;
    return forescale_bounded_queue_create(number(c, "arrival_rate"), number(c, "service_rate"), count(c, servers),
                                          has(c, "places") ? &places : NULL,
                                          has(c, "patience_seconds") ? &patience : NULL, queue, error);
}

static forescale_status check_bounded(const test_case *c, const forescale_bounded_queue *queue, forescale_error *error) {
    double value;
    EXPECT("blocking", forescale_bounded_queue_blocking_probability(queue, &value, error));
    EXPECT("abandonment", forescale_bounded_queue_abandonment_probability(queue, &value, error));
    EXPECT("wait_probability", forescale_bounded_queue_wait_probability(queue, &value, error));
    EXPECT("mean_wait", forescale_bounded_queue_mean_wait(queue, &value, error));
    TRY(forescale_bounded_queue_utilization(queue, &value, error));
    if (has(c, "wait_tail")) {
        EXPECT("wait_tail", forescale_bounded_queue_wait_tail(queue, number(c, "seconds"), &value, error));
        EXPECT("response_tail", forescale_bounded_queue_response_tail(queue, number(c, "seconds"), &value, error));
    }
    return FORESCALE_OK;
}

static forescale_status bounded_queue(const test_case *c, forescale_error *error) {
    forescale_bounded_queue *queue;
    TRY(bounded(c, "servers", &queue, error));
    forescale_status status = check_bounded(c, queue, error);
    forescale_bounded_queue_destroy(queue);
    return status;
}

static forescale_status servers_for_bounded(const test_case *c, forescale_error *error) {
    uint64_t places = has(c, "places") ? count(c, "places") : 0, servers;
    double patience = has(c, "patience_seconds") ? number(c, "patience_seconds") : 0, wait, response;
    forescale_bounded_queue *queue;
    TRY(bounded(c, "servers_given", &queue, error));
    forescale_status status = forescale_bounded_queue_wait_quantile(queue, number(c, "p"), &wait, error);
    if (status == FORESCALE_OK)
        status = forescale_bounded_queue_response_quantile(queue, number(c, "p"), &response, error);
    forescale_bounded_queue_destroy(queue);
    TRY(status);
    TRY(forescale_servers_for_bounded(number(c, "arrival_rate"), number(c, "service_rate"),
                                      has(c, "places") ? &places : NULL, has(c, "patience_seconds") ? &patience : NULL,
                                      text(c, "target"), number(c, "most_lost"), &servers, error));
    expect(c, "wait_quantile", wait);
    expect(c, "response_quantile", response);
    expect(c, "servers", (double)servers);
    return FORESCALE_OK;
}

static forescale_status calibrate(const test_case *c, forescale_error *error) {
    size_t length, outliers;
    double rate, rate_error, base, base_error, spread;
    const double *load = numbers(c, "load", &length), *latency = numbers(c, "latency", &length);
    int by_load = strcmp(text(c, "kind"), "load") == 0;
    TRY((by_load ? forescale_calibrate_load : forescale_calibrate)(load, latency, length, &rate, &rate_error, &base,
                                                                   &base_error, &spread, &outliers, error));
    expect(c, "base", base);
    expect(c, "base_error", base_error);
    expect(c, "service_rate", rate);
    expect(c, "service_rate_error", rate_error);
    expect(c, "spread", spread);
    expect(c, "outliers", (double)outliers);
    return FORESCALE_OK;
}

static forescale_status warm_up(const test_case *c, forescale_error *error) {
    enum { MOST = 16 };
    size_t length, asked;
    double full, full_error, initial, seconds, shares[MOST];
    const double *ages = numbers(c, "ages", &length), *at = numbers(c, "at", &asked);
    TRY(forescale_warm_up_learn(ages, numbers(c, "throughput", &length), length, &full, &full_error, &initial, &seconds,
                                error));
    for (size_t i = 0; i < asked && i < MOST; i++)
        TRY(forescale_warm_up_share(initial, seconds, at[i], &shares[i], error));
    expect(c, "full", full);
    expect(c, "full_error", full_error);
    expect(c, "initial", initial);
    expect(c, "seconds", seconds);
    expect_array(c, "shares", shares, asked);
    return FORESCALE_OK;
}

enum { MOST_ITEMS = 64 };

/* The case's whole numbers; NULL where it has none. */
static const int64_t *groups(const test_case *c, const char *name, int64_t *room) {
    size_t length;
    if (!has(c, name)) return NULL;
    const double *values = numbers(c, name, &length);
    for (size_t i = 0; i < length; i++) room[i] = (int64_t)values[i];
    return room;
}

static forescale_status packed(const test_case *c, const char *strategy, int64_t *bins, size_t *rows, size_t *opened,
                               size_t *bound, forescale_error *error) {
    size_t dimensions = (size_t)count(c, "dimensions"), length, running_length;
    uint64_t most_new = has(c, "most_new") ? count(c, "most_new") : 0;
    int64_t together[MOST_ITEMS], apart[MOST_ITEMS], placed[MOST_ITEMS];
    const double *items = numbers(c, "items", &length), *running = numbers(c, "running", &running_length);
    size_t new_length;
    *rows = length / dimensions;
    return forescale_pack(items, *rows, dimensions, running, running_length / dimensions,
                          numbers(c, "new_bin", &new_length), has(c, "most_new") ? &most_new : NULL, strategy,
                          groups(c, "together", together), groups(c, "apart", apart), groups(c, "placed", placed), bins,
                          opened, bound, error);
}

/* The exact answer lies between the bound and what each strategy needs. */
static forescale_status pack(const test_case *c, forescale_error *error) {
    const char *strategies[] = {"first_fit_decreasing", "best_fit_decreasing", NULL};
    for (size_t i = 0; i < 3; i++) {
        int64_t bins[MOST_ITEMS];
        size_t rows, opened, bound, fewest = (size_t)count(c, "fewest");
        TRY(packed(c, strategies[i], bins, &rows, &opened, &bound, error));
        if (fewest < bound) fewest = bound;
        expect(c, "fewest", (double)(fewest < opened ? fewest : opened));
    }
    return FORESCALE_OK;
}

static forescale_status packing(const test_case *c, forescale_error *error) {
    int64_t bins[MOST_ITEMS];
    double values[MOST_ITEMS];
    size_t rows, opened, bound;
    TRY(packed(c, text(c, "strategy"), bins, &rows, &opened, &bound, error));
    for (size_t i = 0; i < rows; i++) values[i] = (double)bins[i];
    expect_array(c, "bins", values, rows);
    expect(c, "opened", (double)opened);
    expect(c, "lower_bound", (double)bound);
    return FORESCALE_OK;
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
    {NULL, NULL}};
