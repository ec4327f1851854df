#include "harness.h"

static forescale_status queue(const test_case *c, forescale_error *error) {
    uint64_t servers = count(c, "c");
    double offered = number(c, "c") * number(c, "rho"), value;
    forescale_queue *queue;
    TRY(forescale_erlang_b(servers, offered, &value, error));
    expect(c, "erlang_b", value);
    TRY(forescale_erlang_c(servers, offered, &value, error));
    expect(c, "p_wait", value);
    TRY(forescale_queue_create(offered, 1.0, servers, 1.0, 1.0, &queue, error));
    forescale_status status = forescale_queue_wait_quantile(queue, 0.95, &value, error);
    forescale_queue_destroy(queue);
    TRY(status);
    expect(c, "wait_p95", value);
    return FORESCALE_OK;
}

static forescale_status staffing(const test_case *c, forescale_error *error) {
    char target[100];
    uint64_t servers;
    snprintf(target, sizeof target, "{\"response_quantile\": [%.17g, %.17g]}", number(c, "q"), number(c, "t"));
    TRY(forescale_servers_for(number(c, "lambda"), 1.0, target, &servers, error));
    expect(c, "min_c", (double)servers);
    return FORESCALE_OK;
}

const dispatch capacity_DISPATCH[] = {
    {"erlang_c", queue},
    {"erlang_staffing", staffing},
    {NULL, NULL}};
