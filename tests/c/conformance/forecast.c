#include "harness.h"

static forescale_status normal_quantile(const test_case *c, forescale_error *error) {
    double value;
    TRY(forescale_normal_quantile(number(c, "p"), &value, error));
    expect(c, "z", value);
    return FORESCALE_OK;
}

static forescale_status confidence(const test_case *c, forescale_error *error) {
    double lower, upper;
    TRY(forescale_confidence_interval(number(c, "mean"), number(c, "sigma"), count(c, "n"), number(c, "z"), &lower, &upper,
                                      error));
    expect(c, "lower", lower);
    expect(c, "upper", upper);
    return FORESCALE_OK;
}

#define ROOM 512

/* Compares what the case expects of a forecast. */
static forescale_status check(const test_case *c, const forescale_forecast *forecast, forescale_error *error) {
    int64_t whole[ROOM];
    double values[ROOM];
    size_t length;
    TRY(forescale_forecast_times(forecast, whole, ROOM, &length, error));
    for (size_t i = 0; i < length; i++) values[i] = (double)whole[i];
    if (has(c, "times")) expect_array(c, "times", values, length);
    TRY(forescale_forecast_mean(forecast, values, ROOM, &length, error));
    if (has(c, "mean")) expect_array(c, "mean", values, length);
    TRY(forescale_forecast_standard_deviation(forecast, values, ROOM, &length, error));
    if (has(c, "standard_deviation")) expect_array(c, "standard_deviation", values, length);
    TRY(forescale_forecast_lower(forecast, 0.8, values, ROOM, &length, error));
    if (has(c, "lower")) expect_array(c, "lower", values, length);
    TRY(forescale_forecast_upper(forecast, 0.8, values, ROOM, &length, error));
    if (has(c, "upper")) expect_array(c, "upper", values, length);
    TRY(forescale_forecast_quantile(forecast, 0.9, values, ROOM, &length, error));
    if (has(c, "quantile")) expect_array(c, "quantile", values, length);
    return FORESCALE_OK;
}

/* The models that are made from settings, by their name in C. */
static const struct {
    const char *name;
    forescale_status (*create)(const char *config_json, forescale_forecaster **out, forescale_error *error);
} MODELS[] = {
    {"additive", forescale_additive_create},
    {"ets", forescale_ets_create},
    {NULL, NULL},
};

static forescale_status create(const test_case *c, forescale_forecaster **out, forescale_error *error) {
    const char *name = text(c, "model");
    if (strcmp(name, "moving_average") == 0) return forescale_moving_average_create((size_t)count(c, "steps"), out, error);
    if (strcmp(name, "seasonal_naive") == 0) return forescale_seasonal_naive_create((size_t)count(c, "steps"), out, error);
    for (size_t i = 0; MODELS[i].name != NULL; i++)
        if (strcmp(name, MODELS[i].name) == 0) return MODELS[i].create(has(c, "config") ? text(c, "config") : NULL, out, error);
    fprintf(stderr, "%s: no model %s\n", c->label, name);
    exit(1);
}

/* Fitted to all values but the last `updates`, which come one by one; then `skip` steps without a value. */
static forescale_status forecaster(const test_case *c, forescale_error *error) {
    size_t length, rows, columns = 0;
    const double *values = numbers(c, "values", &length);
    const double *features = has(c, "features") ? table(c, "features", &rows, &columns) : NULL;
    size_t fitted = length - (has(c, "updates") ? (size_t)count(c, "updates") : 0);
    int64_t start = has(c, "start") ? (int64_t)count(c, "start") : 60000;
    double step = has(c, "step_seconds") ? number(c, "step_seconds") : 60;
    forescale_series *series = NULL;
    forescale_forecaster *model = NULL, *again = NULL;
    forescale_forecast *forecast = NULL;
    uint8_t *bytes = NULL;
    size_t size = 0;
    forescale_status status = create(c, &model, error);
    if (status == FORESCALE_OK) status = forescale_series_create(values, fitted, start, step, &series, error);
    if (status == FORESCALE_OK) status = forescale_forecaster_fit(model, series, features, columns, error);
    for (size_t i = fitted; status == FORESCALE_OK && i < length; i++)
        status = forescale_forecaster_update(model, values[i], features == NULL ? NULL : features + i * columns, columns, error);
    if (status == FORESCALE_OK && has(c, "skip")) status = forescale_forecaster_skip(model, count(c, "skip"), error);
    if (status == FORESCALE_OK) status = forescale_forecaster_snapshot(model, NULL, 0, &size, error);
    if (status == FORESCALE_OK) {
        bytes = malloc(size);
        status = forescale_forecaster_snapshot(model, bytes, size, &size, error);
    }
    if (status == FORESCALE_OK) status = forescale_forecaster_restore(bytes, size, &again, error);
    if (status == FORESCALE_OK)
        status = forescale_forecaster_forecast(again, (size_t)count(c, "horizon"), NULL, 0,
                                               features == NULL ? NULL : features + length * columns, columns, &forecast, error);
    if (status == FORESCALE_OK) status = check(c, forecast, error);
    free(bytes);
    forescale_forecast_destroy(forecast);
    forescale_forecaster_destroy(again);
    forescale_forecaster_destroy(model);
    forescale_series_destroy(series);
    return status;
}

static forescale_status check_interval(const test_case *c, forescale_adaptive_interval *interval, forescale_error *error) {
    size_t length;
    const double *actual = numbers(c, "actual", &length);
    double lower, upper[ROOM], coverage;
    for (size_t i = 0; i < length && i < ROOM; i++) {
        TRY(forescale_adaptive_interval_update(interval, actual[i], 0, error));
        TRY(forescale_adaptive_interval_interval(interval, 0, &lower, &upper[i], error));
    }
    expect_array(c, "upper", upper, length);
    TRY(forescale_adaptive_interval_coverage(interval, &coverage, error));
    expect(c, "coverage", coverage);
    return FORESCALE_OK;
}

static forescale_status adaptive_interval(const test_case *c, forescale_error *error) {
    forescale_adaptive_interval *interval;
    TRY(forescale_adaptive_interval_create(number(c, "level"), number(c, "rate"), &interval, error));
    forescale_status status = check_interval(c, interval, error);
    forescale_adaptive_interval_destroy(interval);
    return status;
}

const dispatch forecast_DISPATCH[] = {
    {"normal_quantile", normal_quantile},
    {"confidence", confidence},
    {"forecaster", forecaster},
    {"additive", forecaster},
    {"holt_winters", forecaster},
    {"ets", forecaster},
    {"adaptive_interval", adaptive_interval},
    {NULL, NULL}};
