/* A user's own policy in C: one replica more at each decision, as callbacks. */

#include "forescale.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint32_t asked, observed;
} state;

static int alive = 0;

static state *make(void) {
    state *made = calloc(1, sizeof *made);
    alive++;
    return made;
}

static void *copy(const void *user) {
    state *twin = make();
    memcpy(twin, user, sizeof *twin);
    return twin;
}

static void destroy(void *user) {
    alive--;
    free(user);
}

static int32_t propose(void *user, int64_t now, uint32_t requested, uint32_t ready, uint32_t pending, uint32_t terminating,
                       double load, double in_flight, uint32_t reactive, double peak, uint32_t *out) {
    state *own = user;
    own->asked++;
    if (own->asked == 5) return 7;
    if (now < 0 || ready + pending < terminating || reactive == 0 || isinf(load) || isinf(in_flight) || peak < 0) return 1;
    *out = requested + own->asked;
    return 0;
}

static int32_t observe(void *user, int64_t now, double load) {
    ((state *)user)->observed++;
    return now % 15000 == 0 && (isnan(load) || load >= 0) ? 0 : 1;
}

static int32_t snapshot(const void *user, uint8_t *bytes, size_t capacity, size_t *length) {
    *length = sizeof(state);
    if (bytes != NULL && capacity >= sizeof(state)) memcpy(bytes, user, sizeof(state));
    return 0;
}

static int32_t restore(void *user, const uint8_t *bytes, size_t length) {
    if (length != sizeof(state)) return 1;
    memcpy(user, bytes, length);
    return 0;
}

static int failures = 0;
#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "line %d: %s, %s\n", __LINE__, #condition, error.message); \
            failures++; \
        } \
    } while (0)

int main(void) {
    forescale_error error;
    memset(&error, 0, sizeof error);
    const char *settings = "{\"service_rate\": 10, \"max_replicas\": 50}";
    forescale_custom_policy policy = {0};
    forescale_engine *engine = NULL, *again = NULL;
    uint32_t replicas = 0;
    policy.name = "one more";

    /* Without a proposal there is no policy, and its user stays with the caller. */
    CHECK(forescale_engine_create_custom(settings, &policy, &engine, &error) == FORESCALE_ERROR_NULL_ARGUMENT);
    CHECK(strstr(error.message, "policy.propose") != NULL && engine == NULL);
    policy.propose = propose;
    policy.observe = observe;
    policy.own_rails = 1;
    policy.copy = copy;
    policy.destroy = destroy;
    policy.user = make();
    CHECK(forescale_engine_create_custom("{}", &policy, &engine, &error) == FORESCALE_ERROR_CONFIG && alive == 1);

    CHECK(forescale_engine_create_custom(settings, &policy, &engine, &error) == FORESCALE_OK && alive == 2);
    for (int64_t now = 15000; now <= 30000; now += 15000) {
        CHECK(forescale_engine_observe(engine, now, 42, &error) == FORESCALE_OK);
        CHECK(forescale_engine_decide(engine, now, 3, 3, 0, 0, &replicas, &error) == FORESCALE_OK);
    }
    CHECK(replicas == 5);

    static uint8_t bytes[1 << 18];
    size_t length = 0;
    CHECK(forescale_engine_snapshot(engine, bytes, sizeof bytes, &length, &error) == FORESCALE_ERROR_DATA);
    CHECK(strstr(error.message, "one more.snapshot") != NULL);
    forescale_engine_destroy(engine);
    CHECK(alive == 0);

    policy.snapshot = snapshot;
    policy.restore = restore;
    policy.user = make();
    CHECK(forescale_engine_create_custom(settings, &policy, &engine, &error) == FORESCALE_OK);
    CHECK(forescale_engine_observe(engine, 15000, 42, &error) == FORESCALE_OK);
    CHECK(forescale_engine_decide(engine, 15000, 3, 3, 0, 0, &replicas, &error) == FORESCALE_OK && replicas == 4);
    CHECK(forescale_engine_snapshot(engine, bytes, sizeof bytes, &length, &error) == FORESCALE_OK);
    CHECK(forescale_engine_restore(bytes, length, &again, &error) == FORESCALE_ERROR_SNAPSHOT);
    CHECK(strstr(error.message, "one more") != NULL);
    policy.user = make();
    CHECK(forescale_engine_restore_custom(bytes, length, &policy, &again, &error) == FORESCALE_OK);
    for (uint32_t asked = 2; asked <= 4; asked++) {
        CHECK(forescale_engine_decide(again, 15000 * (int64_t)asked, 3, 3, 0, 0, &replicas, &error) == FORESCALE_OK);
        CHECK(replicas == 3 + asked);
    }
    CHECK(forescale_engine_decide(again, 75000, 3, 3, 0, 0, &replicas, &error) == FORESCALE_ERROR_DATA);
    CHECK(strcmp(error.message, "one more.propose: answered 7") == 0);
    forescale_engine_destroy(engine);
    forescale_engine_destroy(again);
    CHECK(alive == 0);

    /* In a backtest it runs beside the others, and stays the caller's. */
    double loads[] = {20, 30};
    forescale_series *series = NULL;
    forescale_report *report = NULL;
    char text[4096];
    state local = {0, 0};
    policy.user = &local;
    policy.destroy = NULL;
    policy.copy = NULL;
    CHECK(forescale_series_create(loads, 2, 0, 15, &series, &error) == FORESCALE_OK);
    CHECK(forescale_backtest_custom(series, "[\"hpa\"]", &policy, "{\"service_rate\": 10}", 0, NULL, NULL, &report, &error) ==
          FORESCALE_OK);
    CHECK(forescale_report_policy(report, "one more", text, sizeof text, &length, &error) == FORESCALE_OK);
    CHECK(local.asked > 0);
    forescale_report_destroy(report);

    static double table[FORESCALE_Q_TABLE_LENGTH];
    CHECK(forescale_train(series, NULL, "{\"service_rate\": 10}", 0, 0, NULL, NULL, table, &error) == FORESCALE_ERROR_CONFIG);
    CHECK(forescale_train(series, NULL, "{\"service_rate\": 10}", 3, 0, NULL, NULL, table, &error) == FORESCALE_OK);
    static char svg[1 << 18];
    CHECK(forescale_q_table_to_svg(table, FORESCALE_Q_TABLE_LENGTH, svg, sizeof svg, &length, &error) == FORESCALE_OK);
    CHECK(strncmp(svg, "<svg", 4) == 0 && strstr(svg, "</svg>") != NULL);
    CHECK(forescale_q_table_to_svg(table, 3, svg, sizeof svg, &length, &error) == FORESCALE_ERROR_CONFIG);
    forescale_series_destroy(series);
    return failures;
}
