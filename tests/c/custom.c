/* A user's own model in C: the mean of all values, as callbacks. */

#include "forescale.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    double sum, count;
} state;

static int alive = 0;

static state *make(void) {
    state *made = calloc(1, sizeof *made);
    alive++;
    return made;
}

static void destroy(void *user) {
    alive--;
    free(user);
}

static int32_t update(void *user, double value, const double *features, size_t columns) {
    state *own = user;
    if (value == 13) return 7;
    if (columns > 0) value += features[0];
    if (isnan(value)) return 0;
    own->sum += value;
    own->count += 1;
    return 0;
}

static int32_t fit(void *user, const double *values, size_t length, int64_t start, double step_seconds, const double *features,
                   size_t columns) {
    state *own = user;
    if (start != 60000 || step_seconds != 60) return 1;
    own->sum = own->count = 0;
    for (size_t i = 0; i < length; i++) update(user, values[i], features == NULL ? NULL : features + i * columns, columns);
    return 0;
}

static int32_t forecast(const void *user, size_t horizon, const double *features, size_t columns, double *mean,
                        double *standard_deviation) {
    const state *own = user;
    for (size_t i = 0; i < horizon; i++) {
        mean[i] = own->sum / own->count + (columns > 0 ? features[i * columns] : 0);
        standard_deviation[i] = 2;
    }
    return 0;
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
    forescale_custom_model model = {0};
    model.name = "Average";
    model.fit = fit;
    model.update = update;
    model.forecast = forecast;
    forescale_forecaster *forecaster = NULL, *again = NULL;
    forescale_series *series = NULL;
    forescale_forecast *law = NULL;
    double values[] = {1, NAN, 3, 5}, mean[2];
    size_t length = 0;
    CHECK(forescale_series_create(values, 4, 60000, 60, &series, &error) == FORESCALE_OK);

    /* Without a forecast there is no model, and its user stays with the caller. */
    forescale_custom_model half = model;
    half.forecast = NULL;
    CHECK(forescale_custom_create(&half, &forecaster, &error) == FORESCALE_ERROR_NULL_ARGUMENT);
    CHECK(strstr(error.message, "model.forecast") != NULL && forecaster == NULL);

    /* Without snapshots and a destroy. */
    state local = {0, 0};
    model.user = &local;
    CHECK(forescale_custom_create(&model, &forecaster, &error) == FORESCALE_OK);
    CHECK(forescale_forecaster_snapshot(forecaster, NULL, 0, &length, &error) == FORESCALE_ERROR_DATA);
    CHECK(strstr(error.message, "Average.snapshot") != NULL);
    forescale_forecaster_destroy(forecaster);

    model.user = make();
    model.snapshot = snapshot;
    model.restore = restore;
    model.destroy = destroy;
    CHECK(forescale_custom_create(&model, &forecaster, &error) == FORESCALE_OK);
    CHECK(forescale_forecaster_fit(forecaster, series, NULL, 0, &error) == FORESCALE_OK);
    CHECK(forescale_forecaster_update(forecaster, 7, NULL, 0, &error) == FORESCALE_OK);
    CHECK(forescale_forecaster_update(forecaster, 13, NULL, 0, &error) == FORESCALE_ERROR_DATA);
    CHECK(strcmp(error.message, "Average.update: answered 7") == 0);
    CHECK(forescale_forecaster_forecast(forecaster, 2, NULL, 0, NULL, 0, &law, &error) == FORESCALE_OK);
    CHECK(forescale_forecast_mean(law, mean, 2, &length, &error) == FORESCALE_OK && length == 2);
    CHECK(mean[0] == 4 && mean[1] == 4);
    forescale_forecast_destroy(law);

    uint8_t bytes[512];
    CHECK(forescale_forecaster_snapshot(forecaster, bytes, sizeof bytes, &length, &error) == FORESCALE_OK);
    CHECK(forescale_forecaster_restore(bytes, length, &again, &error) == FORESCALE_ERROR_SNAPSHOT);
    CHECK(strstr(error.message, "Average") != NULL);
    model.user = make();
    CHECK(forescale_custom_restore(bytes, length - 1, &model, &again, &error) == FORESCALE_ERROR_SNAPSHOT && alive == 2);
    CHECK(forescale_custom_restore(bytes, length, &model, &again, &error) == FORESCALE_OK);
    CHECK(forescale_forecaster_forecast(again, 1, NULL, 0, NULL, 0, &law, &error) == FORESCALE_OK);
    CHECK(forescale_forecast_mean(law, mean, 2, &length, &error) == FORESCALE_OK && mean[0] == 4);
    forescale_forecast_destroy(law);

    double features[] = {0, 0, 0, 6};
    CHECK(forescale_forecaster_fit(again, series, features, 1, &error) == FORESCALE_OK);
    CHECK(forescale_forecaster_forecast(again, 1, NULL, 0, features + 3, 1, &law, &error) == FORESCALE_OK);
    CHECK(forescale_forecast_mean(law, mean, 2, &length, &error) == FORESCALE_OK && mean[0] == 11);
    forescale_forecast_destroy(law);

    forescale_forecaster_destroy(forecaster);
    forescale_forecaster_destroy(again);
    forescale_series_destroy(series);
    CHECK(alive == 0);
    return failures;
}
