#include "harness.h"

#define EXPECT(name, call)          \
    do {                            \
        TRY(call);                  \
        expect(c, name, value);     \
    } while (0)

/* More than any case's arrays and snapshots need. */
enum { ROOM = 1000 };

static forescale_status sigmoid(const test_case *c, forescale_error *error) {
    double x = number(c, "x"), value;
    EXPECT("sigmoid", forescale_sigmoid(x, 1, 0, &value, error));
    EXPECT("one_minus_sigmoid", forescale_sigmoid(x, -1, 0, &value, error));
    EXPECT("log_sigmoid", forescale_log_sigmoid(x, 1, 0, &value, error));
    EXPECT("derivative", forescale_sigmoid_slope(x, 1, 0, &value, error));
    return FORESCALE_OK;
}

static forescale_status sigmoid_bits(const test_case *c, forescale_error *error) {
    double t = number(c, "t"), k = number(c, "k"), t0 = number(c, "t0"), value;
    EXPECT("sigmoid", forescale_sigmoid(t, k, t0, &value, error));
    EXPECT("log_sigmoid", forescale_log_sigmoid(t, k, t0, &value, error));
    EXPECT("sigmoid_slope", forescale_sigmoid_slope(t, k, t0, &value, error));
    return FORESCALE_OK;
}

static forescale_status check_transition(const test_case *c, const forescale_transition *transition,
                                         forescale_error *error) {
    double t = number(c, "t"), value;
    EXPECT("value", forescale_transition_value(transition, t, &value, error));
    EXPECT("slope", forescale_transition_slope(transition, t, &value, error));
    return FORESCALE_OK;
}

static forescale_status transition(const test_case *c, forescale_error *error) {
    forescale_transition *transition;
    TRY(forescale_transition_create(number(c, "from"), number(c, "to"), number(c, "k"), number(c, "t0"), &transition,
                                    error));
    forescale_status status = check_transition(c, transition, error);
    forescale_transition_destroy(transition);
    return status;
}

static forescale_status check_over(const test_case *c, const forescale_transition *transition, forescale_error *error) {
    size_t length;
    const double *t = numbers(c, "t", &length);
    double value[ROOM], slope[ROOM], replicas[ROOM];
    for (size_t i = 0; i < length; i++) {
        uint64_t servers;
        TRY(forescale_transition_value(transition, t[i], &value[i], error));
        TRY(forescale_transition_slope(transition, t[i], &slope[i], error));
        TRY(forescale_transition_replicas(transition, t[i], &servers, error));
        replicas[i] = (double)servers;
    }
    expect_array(c, "value", value, length);
    expect_array(c, "slope", slope, length);
    expect_array(c, "replicas", replicas, length);
    return FORESCALE_OK;
}

static forescale_status transition_over(const test_case *c, forescale_error *error) {
    forescale_transition *transition;
    TRY(forescale_transition_over(count(c, "initial"), count(c, "target"), number(c, "start"),
                                  number(c, "duration_seconds"), &transition, error));
    forescale_status status = check_over(c, transition, error);
    forescale_transition_destroy(transition);
    return status;
}

/* Replaces the law by what its snapshot restores. */
static forescale_status through_bytes(forescale_scaling_law **law, forescale_error *error) {
    uint8_t bytes[ROOM];
    size_t length;
    forescale_scaling_law *twin;
    TRY(forescale_scaling_law_snapshot(*law, bytes, sizeof bytes, &length, error));
    TRY(forescale_scaling_law_restore(bytes, length, &twin, error));
    forescale_scaling_law_destroy(*law);
    *law = twin;
    return FORESCALE_OK;
}

static forescale_status run_law(forescale_scaling_law **law, const double *load, size_t length, double step,
                                double *scale, forescale_error *error) {
    for (size_t i = 0; i < length; i++) {
        TRY(forescale_scaling_law_update(*law, load[i], step, &scale[i], error));
        TRY(through_bytes(law, error));
        TRY(forescale_scaling_law_scale(*law, &scale[i], error));
    }
    return FORESCALE_OK;
}

static forescale_status scaling_identity(const test_case *c, forescale_error *error) {
    size_t length;
    const double *load = numbers(c, "load", &length);
    double scale[ROOM], alpha = number(c, "alpha"), beta = number(c, "beta"), gamma = number(c, "gamma");
    double s0 = number(c, "s0"), step = number(c, "step_seconds");
    TRY(forescale_scaling_identity(load, length, step, alpha, beta, gamma, s0, scale, error));
    expect_array(c, "scale", scale, length);

    char config[400];
    snprintf(config, sizeof config,
             "{\"alpha\": %.17g, \"beta\": %.17g, \"gamma\": %.17g, \"s0\": %.17g, \"low\": %.17g, \"high\": %.17g, "
             "\"filter_seconds\": %.17g}",
             alpha, beta, gamma, s0, number(c, "low"), number(c, "high"),
             has(c, "filter_seconds") ? number(c, "filter_seconds") : 0);
    forescale_scaling_law *law;
    TRY(forescale_scaling_law_create(config, &law, error));
    forescale_status status = run_law(&law, load, length, step, scale, error);
    forescale_scaling_law_destroy(law);
    TRY(status);
    expect_array(c, "law", scale, length);
    return FORESCALE_OK;
}

static forescale_status scaling_tune(const test_case *c, forescale_error *error) {
    size_t length, same;
    const double *load = numbers(c, "load", &length), *scale = numbers(c, "scale", &same);
    double left, gains[3];
    forescale_scaling_law *law;
    TRY(forescale_scaling_law_create(NULL, &law, error));
    forescale_status status =
        forescale_scaling_law_tune(law, load, scale, length, number(c, "step_seconds"), &left, error);
    if (status == FORESCALE_OK) status = forescale_scaling_law_gains(law, &gains[0], &gains[1], &gains[2], error);
    forescale_scaling_law_destroy(law);
    TRY(status);
    expect(c, "left", left);
    expect_array(c, "gains", gains, 3);
    return FORESCALE_OK;
}

static forescale_status scaling_tune_simulated(const test_case *c, forescale_error *error) {
    size_t length;
    const double *demand = numbers(c, "demand", &length);
    double cost, gains[3];
    forescale_scaling_law *law;
    TRY(forescale_scaling_law_create(text(c, "law"), &law, error));
    forescale_status status =
        forescale_scaling_law_tune_simulated(law, demand, length, text(c, "config"), &cost, error);
    if (status == FORESCALE_OK) status = forescale_scaling_law_gains(law, &gains[0], &gains[1], &gains[2], error);
    forescale_scaling_law_destroy(law);
    TRY(status);
    expect(c, "cost", cost);
    if (has(c, "gains")) expect_array(c, "gains", gains, 3);
    return FORESCALE_OK;
}

static forescale_status stability_margins(const test_case *c, forescale_error *error) {
    double gain, phase, delay_seconds;
    TRY(forescale_stability_margins(number(c, "alpha"), number(c, "beta"), number(c, "gamma"), number(c, "step_seconds"),
                                    number(c, "start_up_seconds"), number(c, "filter_seconds"), &gain, &phase,
                                    &delay_seconds, error));
    expect(c, "gain", gain);
    expect(c, "phase", phase);
    expect(c, "delay_seconds", delay_seconds);
    return FORESCALE_OK;
}

static forescale_status multiscale_scaling(const test_case *c, forescale_error *error) {
    size_t length, scales = count(c, "scales");
    const double *load = numbers(c, "load", &length);
    double changes[ROOM];
    TRY(forescale_multiscale_scaling(load, length, number(c, "step_seconds"), number(c, "alpha"), number(c, "beta"),
                                     number(c, "gamma"), scales, count(c, "window"), changes, error));
    expect_array(c, "changes", changes, length * scales);
    return FORESCALE_OK;
}

static forescale_status stretch_gains(const test_case *c, forescale_error *error) {
    double gains[3];
    TRY(forescale_stretch_gains(number(c, "alpha"), number(c, "beta"), number(c, "gamma"), number(c, "by"), &gains[0],
                                &gains[1], &gains[2], error));
    expect_array(c, "gains", gains, 3);
    return FORESCALE_OK;
}

static forescale_status slope_noise(const test_case *c, forescale_error *error) {
    double value;
    EXPECT("noise", forescale_slope_noise(count(c, "window"), number(c, "step_seconds"), &value, error));
    return FORESCALE_OK;
}

static forescale_status plan_transition(const test_case *c, forescale_error *error) {
    size_t length;
    const double *demand = numbers(c, "demand", &length);
    uint64_t counts[ROOM];
    double capacity[ROOM], replicas[ROOM], cost, transition_cost, least_cost;
    TRY(forescale_plan_transition(demand, length, count(c, "initial"), text(c, "config"), counts, capacity, &cost,
                                  &transition_cost, &least_cost, error));
    expect(c, "cost", cost);
    expect(c, "transition_cost", transition_cost);
    expect(c, "least_cost", least_cost);
    expect(c, "shortfall", 0);
    if (has(c, "replicas")) {
        for (size_t i = 0; i < length; i++) replicas[i] = (double)counts[i];
        expect_array(c, "replicas", replicas, length);
        expect_array(c, "capacity", capacity, length);
    }
    return FORESCALE_OK;
}

static forescale_status assess_transition(const test_case *c, forescale_error *error) {
    size_t length, same;
    const double *demand = numbers(c, "demand", &length), *replicas = numbers(c, "replicas", &same);
    uint64_t counts[ROOM];
    double capacity[ROOM], cost, transition_cost, shortfall, least_cost;
    for (size_t i = 0; i < length; i++) counts[i] = (uint64_t)replicas[i];
    TRY(forescale_assess_transition(demand, length, count(c, "initial"), counts, text(c, "config"), capacity, &cost,
                                    &transition_cost, &shortfall, &least_cost, error));
    expect(c, "cost", cost);
    expect(c, "transition_cost", transition_cost);
    expect(c, "least_cost", least_cost);
    expect(c, "shortfall", shortfall);
    expect_array(c, "capacity", capacity, length);
    return FORESCALE_OK;
}

static forescale_status hysteresis_design(const test_case *c, forescale_error *error) {
    double deadband, false_steps, cost;
    TRY(forescale_hysteresis_design(number(c, "noise"), number(c, "step_cost"), number(c, "idle_cost"),
                                    number(c, "most_false_steps"), &deadband, &false_steps, &cost, error));
    expect(c, "deadband", deadband);
    expect(c, "false_steps", false_steps);
    expect(c, "cost", cost);
    return FORESCALE_OK;
}

static forescale_status hysteresis(const test_case *c, forescale_error *error) {
    size_t length, up_count, down_count, columns, size;
    const double *load = numbers(c, "load", &length);
    const double *up = table(c, "up", &up_count, &columns), *down = table(c, "down", &down_count, &columns);
    double scale[ROOM];
    uint8_t bytes[ROOM];
    forescale_hysteresis *law;
    TRY(forescale_hysteresis_create(up, up_count, down, down_count, &law, error));
    forescale_status status = FORESCALE_OK;
    if (has(c, "deadband")) status = forescale_hysteresis_set_deadband(law, number(c, "deadband"), error);
    for (size_t i = 0; i < length && status == FORESCALE_OK; i++) {
        status = forescale_hysteresis_update(law, load[i], &scale[i], error);
        if (status != FORESCALE_OK) break;
        status = forescale_hysteresis_snapshot(law, bytes, sizeof bytes, &size, error);
        forescale_hysteresis_destroy(law);
        law = NULL;
        if (status == FORESCALE_OK)
            status = forescale_hysteresis_restore(up, up_count, down, down_count, bytes, size, &law, error);
    }
    forescale_hysteresis_destroy(law);
    TRY(status);
    expect_array(c, "scale", scale, length);
    return FORESCALE_OK;
}

static forescale_status ramp(const test_case *c, forescale_error *error) {
    size_t length;
    const double *load = numbers(c, "predicted_load", &length);
    double resource[ROOM];
    TRY(forescale_ramp(load, length, number(c, "step_seconds"), number(c, "k"), number(c, "r0"), resource, error));
    expect_array(c, "resource", resource, length);
    return FORESCALE_OK;
}

const dispatch scaling_DISPATCH[] = {
    {"sigmoid", sigmoid},
    {"sigmoid_bits", sigmoid_bits},
    {"sigmoid_transition", transition},
    {"transition_over", transition_over},
    {"scaling_identity", scaling_identity},
    {"scaling_tune", scaling_tune},
    {"scaling_tune_simulated", scaling_tune_simulated},
    {"stability_margins", stability_margins},
    {"multiscale_scaling", multiscale_scaling},
    {"stretch_gains", stretch_gains},
    {"slope_noise", slope_noise},
    {"plan_transition", plan_transition},
    {"assess_transition", assess_transition},
    {"hysteresis", hysteresis},
    {"hysteresis_design", hysteresis_design},
    {"ramp", ramp},
    {NULL, NULL}};
