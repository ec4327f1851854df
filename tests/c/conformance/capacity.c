#include "harness.h"

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

const dispatch capacity_DISPATCH[] = {
    {"erlang_c", erlang},
    {"erlang_staffing", staffing},
    {"queue", queue},
    {"servers_for", servers_for},
    {"latency", latency},
    {NULL, NULL}};
