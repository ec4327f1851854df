#include "harness.h"

#include <math.h>
#include <string.h>

/* A triangle wave with noise and a step, of whole numbers: as in tests/rust/conformance/engine.rs. */
static double load_at(uint32_t step) {
    uint32_t phase = step % 240, noise = step * 2654435761u;
    noise ^= noise >> 15;
    noise = noise * 2246822519u >> 27;
    return 200 + 5 * (phase < 120 ? phase : 240 - phase) + noise + (step >= 500 && step < 560 ? 400 : 0);
}

/* The 64-bit hash of Fowler, Noll and Vo. */
static uint64_t fnv1a(uint64_t hash, const void *bytes, size_t length) {
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < length; i++) hash = (hash ^ byte[i]) * 0x100000001b3u;
    return hash;
}

#define FNV_START 0xcbf29ce484222325u

static void expect_hash(const test_case *c, const char *name, uint64_t hash) {
    double halves[2];
    halves[0] = (double)(hash >> 32);
    halves[1] = (double)(uint32_t)hash;
    expect_array(c, name, halves, 2);
}

typedef struct {
    uint8_t bytes[1 << 18];
    size_t length;
} saved;

static forescale_status restored(forescale_engine **engine, const saved *state, forescale_error *error) {
    forescale_engine *twin;
    TRY(forescale_engine_restore(state->bytes, state->length, &twin, error));
    forescale_engine_destroy(*engine);
    *engine = twin;
    return FORESCALE_OK;
}

static forescale_status replay(const test_case *c, forescale_engine **engine, uint64_t cut, forescale_error *error) {
    static saved state;
    static char line[4096];
    uint64_t log = FNV_START;
    uint32_t requested = (uint32_t)count(c, "requested"), latest[8], from = (uint32_t)count(c, "from");
    for (size_t i = 0; i < 8; i++) latest[i] = requested;
    for (uint32_t step = from; step < count(c, "to"); step++) {
        int64_t now = 1767225600000 + (int64_t)step * 15000;
        double load = load_at(step);
        if (step < 700 || step >= 712) TRY(forescale_engine_observe(*engine, now, step == 400 ? NAN : load, error));
        if (step == 300) TRY(forescale_engine_observe(*engine, now - 30000, load + 7, error));
        if (step == 320) TRY(forescale_engine_observe(*engine, now, load + 11, error));
        uint32_t ready = requested, replicas;
        for (size_t i = 0; i < 8; i++)
            if (latest[i] < ready) ready = latest[i];
        TRY(forescale_engine_decide(*engine, now, requested, ready, requested - ready, 0, &replicas, error));
        size_t length;
        TRY(forescale_engine_last_decision_json(*engine, line, sizeof line, &length, error));
        if (step > from) log = fnv1a(log, "\n", 1);
        log = fnv1a(log, line, length);
        latest[step % 8] = requested;
        if (replicas != requested) {
            requested = replicas;
            TRY(forescale_engine_applied(*engine, now, requested, error));
        }
        if (step == cut) {
            TRY(forescale_engine_snapshot(*engine, state.bytes, sizeof state.bytes, &state.length, error));
            TRY(restored(engine, &state, error));
        }
    }
    TRY(forescale_engine_snapshot(*engine, state.bytes, sizeof state.bytes, &state.length, error));
    expect_hash(c, "log", log);
    expect_hash(c, "snapshot", fnv1a(FNV_START, state.bytes, state.length));
    return FORESCALE_OK;
}

static forescale_status decision_log(const test_case *c, forescale_error *error) {
    uint64_t cuts[2] = {UINT64_MAX, 0};
    cuts[1] = count(c, "cut");
    for (size_t i = 0; i < 2; i++) {
        forescale_engine *engine;
        TRY(forescale_engine_create(text(c, "config"), &engine, error));
        forescale_status status = replay(c, &engine, cuts[i], error);
        forescale_engine_destroy(engine);
        TRY(status);
    }
    return FORESCALE_OK;
}

static forescale_status engine_snapshot(const test_case *c, forescale_error *error) {
    static saved state;
    char path[200];
    forescale_engine *engine = NULL;
    snprintf(path, sizeof path, "vectors/snapshots/%s", text(c, "file"));
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    state.length = fread(state.bytes, 1, sizeof state.bytes, file);
    fclose(file);
    TRY(restored(&engine, &state, error));
    forescale_status status = replay(c, &engine, UINT64_MAX, error);
    forescale_engine_destroy(engine);
    return status;
}

typedef struct {
    char text[1 << 22];
    size_t length;
} log_text;

static forescale_status add_line(forescale_engine *engine, log_text *log, int is_header, forescale_error *error) {
    size_t length, room;
    if (log->length > 0) log->text[log->length++] = '\n';
    room = sizeof log->text - log->length;
    if (is_header) TRY(forescale_engine_audit_header(engine, log->text + log->length, room, &length, error));
    if (!is_header) TRY(forescale_engine_audit_line(engine, log->text + log->length, room, &length, error));
    log->length += length;
    return FORESCALE_OK;
}

static forescale_status told_engine(const test_case *c, forescale_engine *engine, log_text *log, forescale_error *error) {
    uint32_t requested = (uint32_t)count(c, "requested"), replicas;
    TRY(add_line(engine, log, 1, error));
    for (uint32_t step = 1; step <= count(c, "to"); step++) {
        int64_t now = 1767225600000 + (int64_t)step * 15000;
        TRY(forescale_engine_observe(engine, now, load_at(step), error));
        if (step % 9 == 0) TRY(forescale_engine_observe_start_up(engine, now, 90.0 + step % 64, error));
        if (step % 11 == 0) TRY(forescale_engine_observe_performance(engine, now, 0.25 + step % 8 / 64.0, NAN, error));
        if (step == count(c, "change_at")) TRY(forescale_engine_reconfigure(engine, text(c, "changes"), error));
        TRY(forescale_engine_decide(engine, now, requested, requested, 0, 0, &replicas, error));
        TRY(add_line(engine, log, 0, error));
        if (replicas != requested) {
            requested = replicas;
            TRY(forescale_engine_applied(engine, now, requested, error));
        }
    }
    const char *first = log->text;
    if (count(c, "headless") == 1) first = strchr(first, '\n') + 1;
    uint64_t line, whole;
    TRY(forescale_replay(first, &line, error));
    expect(c, "difference", (double)line);
    expect_hash(c, "log", fnv1a(FNV_START, log->text, log->length));
    double v[6];
    int32_t is_followed;
    double lead[5], value[7];
    TRY(forescale_engine_lead_time(engine, &lead[0], &lead[1], &lead[2], &whole, &lead[4], error));
    lead[3] = (double)whole;
    expect_array(c, "lead_time", lead, 5);
    TRY(forescale_engine_forecast_value(engine, &value[0], &value[1], &value[2], &value[3], &value[4], &whole,
                                        &is_followed, error));
    value[5] = (double)whole;
    value[6] = is_followed;
    expect_array(c, "forecast_value", value, 7);
    TRY(forescale_engine_reward(engine, &v[0], &v[1], &v[2], &v[3], &v[4], error));
    expect_array(c, "reward", v, 5);
    TRY(forescale_engine_performance(engine, &v[0], &v[1], &whole, error));
    v[2] = (double)whole;
    expect_array(c, "performance", v, 3);
    return FORESCALE_OK;
}

/* As in tests/rust/conformance/engine.rs. */
static forescale_status audit_log(const test_case *c, forescale_error *error) {
    static log_text log;
    forescale_engine *engine;
    log.length = 0;
    TRY(forescale_engine_create(text(c, "config"), &engine, error));
    forescale_status status = told_engine(c, engine, &log, error);
    forescale_engine_destroy(engine);
    return status;
}

enum { MOST_STEPS = 200, MOST_TOLD = 8 };

typedef struct {
    double values[MOST_STEPS * MOST_TOLD];
    size_t length;
} told;

static void add(told *list, double value) {
    if (list->length < MOST_STEPS * MOST_TOLD) list->values[list->length++] = value;
}

static forescale_status by_hand(const test_case *c, forescale_engine *engine, forescale_error *error) {
    static told replicas, advised, forecast, hpa, tiers, without;
    replicas.length = advised.length = forecast.length = hpa.length = tiers.length = without.length = 0;
    uint32_t requested = 10;
    for (uint32_t step = 0; step < count(c, "steps"); step++) {
        int64_t now = 1767225600000 + (int64_t)step * 15000;
        uint32_t answer, counts[32];
        int32_t rails[32];
        size_t length;
        TRY(forescale_engine_observe(engine, now, load_at(4 * step), error));
        TRY(forescale_engine_observe_resource(engine, now, "memory", step == 55 ? NAN : 2.0 * step, error));
        if (step == 20) TRY(forescale_engine_pause(engine, "both", error));
        if (step == 30) TRY(forescale_engine_pause(engine, "in", error));
        if (step == 70) TRY(forescale_engine_pause(engine, "out", error));
        if (step == 45 || step == 80) TRY(forescale_engine_resume(engine, error));
        TRY(forescale_engine_decide(engine, now, requested, requested, 0, 0, &answer, error));
        TRY(forescale_engine_limit_to_share(engine, step == 65 ? 30 : 1000, &answer, error));
        uint32_t limited = answer;
        add(&replicas, limited);
        TRY(forescale_engine_last_decision_advised(engine, &answer, error));
        add(&advised, answer);
        TRY(forescale_engine_last_decision_desired_for_hpa(engine, requested, 0.1, &answer, error));
        add(&hpa, answer);
        TRY(forescale_engine_last_decision_tiers(engine, counts, 32, &length, error));
        for (size_t i = 0; i < length; i++) add(&tiers, counts[i]);
        TRY(forescale_engine_last_decision_counterfactuals(engine, &answer, rails, counts, 32, &length, error));
        add(&forecast, answer);
        for (size_t i = 0; i < length; i++) add(&without, counts[i]);
        if (limited != requested) {
            requested = limited;
            TRY(forescale_engine_applied(engine, now, requested, error));
        }
    }
    expect_array(c, "replicas", replicas.values, replicas.length);
    expect_array(c, "advised", advised.values, advised.length);
    expect_array(c, "without_forecast", forecast.values, forecast.length);
    expect_array(c, "desired_for_hpa", hpa.values, hpa.length);
    expect_array(c, "tiers", tiers.values, tiers.length);
    expect_array(c, "counterfactuals", without.values, without.length);
    return FORESCALE_OK;
}

static forescale_status engine_by_hand(const test_case *c, forescale_error *error) {
    forescale_engine *engine;
    TRY(forescale_engine_create(text(c, "config"), &engine, error));
    forescale_status status = by_hand(c, engine, error);
    forescale_engine_destroy(engine);
    return status;
}

static forescale_status joint_budget(const test_case *c, forescale_error *error) {
    static const char *const names[3] = {"wanted", "reactive", "current"};
    uint32_t counts[3][16], share[16];
    double shares[16];
    size_t length = 0;
    for (size_t i = 0; i < 3; i++) {
        const double *values = numbers(c, names[i], &length);
        for (size_t k = 0; k < length && k < 16; k++) counts[i][k] = (uint32_t)values[k];
    }
    TRY(forescale_joint_budget_share(text(c, "budget"), counts[0], counts[1], counts[2], length, share, error));
    for (size_t k = 0; k < length; k++) shares[k] = share[k];
    expect_array(c, "share", shares, length);
    return FORESCALE_OK;
}

const dispatch engine_DISPATCH[] = {
    {"audit_log", audit_log},
    {"decision_log", decision_log},
    {"engine_by_hand", engine_by_hand},
    {"engine_snapshot", engine_snapshot},
    {"joint_budget", joint_budget},
    {NULL, NULL}};
