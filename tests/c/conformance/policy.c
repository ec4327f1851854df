#include "harness.h"

/* Shows an engine what the case says, second by second, and compares its counts. */
static forescale_status laws(const test_case *c, forescale_engine *engine, forescale_error *error) {
    size_t length, same;
    const double *seconds = numbers(c, "seconds", &length), *loads = numbers(c, "loads", &same);
    const double *in_flight = numbers(c, "in_flight", &same), *requested = numbers(c, "requested", &same);
    const double *ready = numbers(c, "ready", &same), *pending = numbers(c, "pending", &same);
    double replicas[64];
    for (size_t i = 0; i < length; i++) {
        int64_t now = (int64_t)seconds[i] * 1000;
        uint32_t count;
        TRY(forescale_engine_observe(engine, now, loads[i], error));
        TRY(forescale_engine_observe_in_flight(engine, now, in_flight[i], error));
        TRY(forescale_engine_decide(engine, now, (uint32_t)requested[i], (uint32_t)ready[i], (uint32_t)pending[i], 0, &count,
                                    error));
        replicas[i] = count;
        if (i + 1 < length && requested[i + 1] != requested[i])
            TRY(forescale_engine_applied(engine, now, (uint32_t)requested[i + 1], error));
    }
    expect_array(c, "replicas", replicas, length);
    return FORESCALE_OK;
}

static forescale_status control_laws(const test_case *c, forescale_error *error) {
    forescale_engine *engine;
    TRY(forescale_engine_create(text(c, "config"), &engine, error));
    forescale_status status = laws(c, engine, error);
    forescale_engine_destroy(engine);
    return status;
}

const dispatch policy_DISPATCH[] = {
    {"control_laws", control_laws},
    {NULL, NULL}};
