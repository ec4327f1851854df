/* An engine and a backtest as a C program uses them, and how they fail. */

#include "forescale.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CHECK(condition)                                                           \
    do {                                                                           \
        if (!(condition)) {                                                        \
            fprintf(stderr, "line %d: %s is false\n", __LINE__, #condition);       \
            return 1;                                                              \
        }                                                                          \
    } while (0)

static int32_t stop(double share, void *user) {
    *(double *)user = share;
    return 0;
}

static int engine(void) {
    forescale_error error;
    forescale_engine *engine;
    CHECK(forescale_engine_create(NULL, &engine, &error) == FORESCALE_ERROR_CONFIG);
    CHECK(strstr(error.message, "service_rate") != NULL);
    CHECK(forescale_engine_create("{\"service_rate\": 10, \"speed\": 1}", &engine, &error) == FORESCALE_ERROR_CONFIG);
    CHECK(strstr(error.message, "speed") != NULL);
    CHECK(forescale_engine_create("{\"service_rate\": 10, \"target\": {\"response_quantile\": [0.95, 0.01]}}", &engine,
                                  &error) == FORESCALE_ERROR_INFEASIBLE);
    CHECK(forescale_engine_create("{\"service_rate\": 10, \"max_replicas\": 9}", &engine, &error) == FORESCALE_OK);

    int64_t now, valid_until;
    uint32_t replicas = 77, reactive, predicted;
    int32_t mode, rail;
    double lower, expected, upper;
    CHECK(forescale_engine_last_decision(engine, &now, &replicas, &reactive, &predicted, &mode, &rail, &valid_until,
                                         &error) == FORESCALE_ERROR_NOT_READY);
    CHECK(replicas == 77);

    int64_t times[40];
    double loads[40];
    for (int i = 0; i < 40; i++) {
        times[i] = (i + 1) * 15000;
        loads[i] = 100 + i;
    }
    CHECK(forescale_engine_observe_batch(engine, times, loads, 40, &error) == FORESCALE_OK);
    CHECK(forescale_engine_observe(engine, 600000, -1, &error) == FORESCALE_ERROR_DATA);
    CHECK(forescale_engine_decide(engine, 600000, 9, 9, 0, 0, &replicas, &error) == FORESCALE_OK);
    CHECK(forescale_engine_decide(engine, 1, 9, 9, 0, 0, &replicas, &error) == FORESCALE_ERROR_DATA);
    CHECK(forescale_engine_last_decision(engine, &now, &replicas, &reactive, &predicted, &mode, &rail, &valid_until,
                                         &error) == FORESCALE_OK);
    CHECK(now == 600000 && replicas == 9 && reactive > 9 && predicted >= reactive && valid_until > now);
    CHECK(mode == FORESCALE_MODE_NORMAL && rail == FORESCALE_RAIL_MAX);
    CHECK(forescale_engine_last_decision_forecast(engine, &lower, &expected, &upper, &error) == FORESCALE_OK);
    CHECK(lower <= upper && expected > 0);

    char text[2000], small[10];
    size_t length = 0, again;
    CHECK(forescale_engine_config(engine, NULL, 0, &length, &error) == FORESCALE_OK);
    CHECK(length > 10 && length < sizeof text);
    CHECK(forescale_engine_config(engine, small, sizeof small, &again, &error) == FORESCALE_ERROR_BUFFER_TOO_SMALL);
    CHECK(forescale_engine_config(engine, text, length + 1, &again, &error) == FORESCALE_OK && again == length);
    CHECK(strlen(text) == length && strstr(text, "\"max_replicas\":9") != NULL);
    CHECK(forescale_engine_explain(engine, text, sizeof text, &length, &error) == FORESCALE_OK);
    CHECK(strncmp(text, "run 9;", 6) == 0);
    CHECK(forescale_engine_applied(engine, 600000, 9, &error) == FORESCALE_OK);
    forescale_engine_destroy(engine);
    CHECK(forescale_policy_check("hpa", &error) == FORESCALE_OK);
    CHECK(forescale_policy_check("{\"hpa\": {\"target_utilization\": -1}}", &error) == FORESCALE_ERROR_CONFIG);
    return 0;
}

static int backtest(void) {
    forescale_error error;
    forescale_series *series;
    forescale_report *report;
    double load[60], values[240], share = -1;
    size_t length;
    for (int i = 0; i < 60; i++) load[i] = 50 + i % 20;
    CHECK(forescale_series_create(load, 60, 0, 60, &series, &error) == FORESCALE_OK);
    const char *world = "{\"service_rate\": 10, \"season_seconds\": 1200}";
    CHECK(forescale_backtest(series, "[\"hpa\"]", world, 1, stop, &share, &report, &error) == FORESCALE_ERROR_STOPPED);
    CHECK(share > 0 && share < 1);
    CHECK(forescale_backtest(series, NULL, world, 1, NULL, NULL, &report, &error) == FORESCALE_ERROR_NULL_ARGUMENT);
    CHECK(forescale_backtest(series, "[]", world, 1, NULL, NULL, &report, &error) == FORESCALE_ERROR_DATA);
    CHECK(forescale_backtest(series, "[\"hpa\", \"hpa\"]", world, 1, NULL, NULL, &report, &error) == FORESCALE_OK);
    forescale_series_destroy(series);
    CHECK(forescale_report_timeline(report, "hpa 2", "ready", values, 240, &length, &error) == FORESCALE_OK);
    CHECK(length == 240 && values[0] > 5);
    CHECK(forescale_report_timeline(report, "magic", "ready", values, 240, &length, &error) == FORESCALE_ERROR_DATA);
    CHECK(forescale_report_timeline(report, "hpa", "magic", values, 240, &length, &error) == FORESCALE_ERROR_DATA);
    CHECK(forescale_report_to_html(report, NULL, 0, &length, &error) == FORESCALE_OK && length > 1000);
    forescale_report_destroy(report);
    return 0;
}

int main(void) { return engine() || backtest(); }
