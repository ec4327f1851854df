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
    {"arima", forescale_arima_create},
    {"spectral", forescale_spectral_create},
    {"gradient_boosting", forescale_gradient_boosting_create},
    {"lstm", forescale_lstm_create},
    {"tcn", forescale_tcn_create},
    {"hybrid", forescale_hybrid_create},
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

/* Fitted to all values but the last `updates`, which come one by one; then `skip` steps without a value, and `then`. Ends the model. */
static forescale_status tried(const test_case *c, forescale_forecaster *model,
                              forescale_status (*then)(const test_case *, forescale_forecaster *, forescale_error *),
                              forescale_error *error) {
    size_t length, rows, columns = 0;
    const double *values = numbers(c, "values", &length);
    const double *features = has(c, "features") ? table(c, "features", &rows, &columns) : NULL;
    size_t fitted = length - (has(c, "updates") ? (size_t)count(c, "updates") : 0);
    int64_t start = has(c, "start") ? (int64_t)count(c, "start") : 60000;
    double step = has(c, "step_seconds") ? number(c, "step_seconds") : 60;
    forescale_series *series = NULL;
    forescale_forecaster *again = NULL;
    forescale_forecast *forecast = NULL;
    uint8_t *bytes = NULL;
    size_t size = 0;
    forescale_status status = forescale_series_create(values, fitted, start, step, &series, error);
    if (status == FORESCALE_OK) status = forescale_forecaster_fit(model, series, features, columns, error);
    for (size_t i = fitted; status == FORESCALE_OK && i < length; i++)
        status = forescale_forecaster_update(model, values[i], features == NULL ? NULL : features + i * columns, columns, error);
    if (status == FORESCALE_OK && has(c, "skip")) status = forescale_forecaster_skip(model, count(c, "skip"), error);
    if (status == FORESCALE_OK && then != NULL) status = then(c, model, error);
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

static forescale_status forecaster(const test_case *c, forescale_error *error) {
    forescale_forecaster *model = NULL;
    TRY(create(c, &model, error));
    return tried(c, model, NULL, error);
}

static double calls(void *user) { return ++*(double *)user; }

/* Compares which members' refits are due, and which are refitted with a clock that counts its calls. */
static forescale_status refit(const test_case *c, forescale_forecaster *model, forescale_error *error) {
    size_t members[2], length;
    double indices[2], clock = 0;
    if (!has(c, "budget")) return FORESCALE_OK;
    TRY(forescale_ensemble_refits_due(model, members, 2, &length, error));
    for (size_t i = 0; i < length; i++) indices[i] = (double)members[i];
    expect_array(c, "due", indices, length);
    TRY(forescale_ensemble_refit(model, number(c, "budget"), calls, &clock, members, 2, &length, error));
    for (size_t i = 0; i < length; i++) indices[i] = (double)members[i];
    expect_array(c, "refitted", indices, length);
    return FORESCALE_OK;
}

/* With a moving average and a seasonal naive model as members where there are `steps`, and a shape to begin with. */
static forescale_status ensemble(const test_case *c, forescale_error *error) {
    forescale_forecaster *members[2] = {NULL, NULL}, *model = NULL;
    size_t steps = has(c, "steps") ? (size_t)count(c, "steps") : 1, length = 0;
    forescale_status status = forescale_moving_average_create(steps, &members[0], error);
    if (status == FORESCALE_OK) status = forescale_seasonal_naive_create(steps, &members[1], error);
    if (status == FORESCALE_OK)
        status = forescale_ensemble_create(has(c, "config") ? text(c, "config") : NULL,
                                           (const forescale_forecaster *const *)members, has(c, "steps") ? 2 : 0, &model, error);
    if (status == FORESCALE_OK && has(c, "shape")) {
        const double *shape = numbers(c, "shape", &length);
        status = forescale_ensemble_warm_start(model, shape, length, number(c, "period_seconds"), error);
    }
    forescale_forecaster_destroy(members[0]);
    forescale_forecaster_destroy(members[1]);
    if (status == FORESCALE_OK) return tried(c, model, refit, error);
    forescale_forecaster_destroy(model);
    return status;
}

/* Restored from a file that is kept for ever, then updated. */
static forescale_status model_snapshot(const test_case *c, forescale_error *error) {
    static uint8_t bytes[1 << 18];
    char path[200];
    size_t length;
    const double *values = numbers(c, "updates", &length);
    forescale_forecaster *model = NULL;
    forescale_forecast *forecast = NULL;
    snprintf(path, sizeof path, "vectors/snapshots/%s", text(c, "file"));
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    forescale_status status = forescale_forecaster_restore(bytes, size, &model, error);
    for (size_t i = 0; status == FORESCALE_OK && i < length; i++)
        status = forescale_forecaster_update(model, values[i], NULL, 0, error);
    if (status == FORESCALE_OK)
        status = forescale_forecaster_forecast(model, (size_t)count(c, "horizon"), NULL, 0, NULL, 0, &forecast, error);
    if (status == FORESCALE_OK) status = check(c, forecast, error);
    forescale_forecast_destroy(forecast);
    forescale_forecaster_destroy(model);
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

/* Compares one measure, if the case expects it. */
#define MEASURE(name, call)        \
    do {                           \
        if (has(c, name)) {        \
            double value;          \
            TRY(call);             \
            expect(c, name, value); \
        }                          \
    } while (0)

static forescale_status accuracy(const test_case *c, forescale_error *error) {
    double points[64];
    size_t n, rows, columns, length;
    const double *actual = numbers(c, "actual", &n), *predicted = numbers(c, "predicted", &n);
    TRY(forescale_accuracy(actual, predicted, n, points, error));
    if (has(c, "accuracy")) expect_array(c, "accuracy", points, n);
    if (has(c, "undefined")) {
        TRY(forescale_undefined(actual, predicted, n, &length, error));
        expect(c, "undefined", (double)length);
    }
    MEASURE("mae", forescale_mae(actual, predicted, n, &value, error));
    MEASURE("mape", forescale_mape(actual, predicted, n, &value, error));
    MEASURE("smape", forescale_smape(actual, predicted, n, &value, error));
    MEASURE("wape", forescale_wape(actual, predicted, n, &value, error));
    MEASURE("within", forescale_within(actual, predicted, n, 0.15, &value, error));
    MEASURE("pinball", forescale_pinball(actual, predicted, n, number(c, "q"), &value, error));
    if (has(c, "mase")) {
        const double *before = numbers(c, "history", &length);
        MEASURE("mase", forescale_mase(actual, predicted, n, before, length, (size_t)count(c, "period"), &value, error));
    }
    if (has(c, "crps")) {
        const double *quantiles = table(c, "quantiles", &rows, &columns), *p = numbers(c, "probabilities", &length);
        MEASURE("crps", forescale_crps(actual, n, quantiles, p, length, &value, error));
    }
    if (has(c, "crps_normal")) {
        const double *sigma = numbers(c, "standard_deviation", &length);
        MEASURE("crps_normal", forescale_crps_normal(actual, predicted, sigma, n, &value, error));
    }
    if (has(c, "coverage")) {
        const double *lower = numbers(c, "lower", &length), *upper = numbers(c, "upper", &length);
        MEASURE("coverage", forescale_coverage(actual, lower, upper, n, &value, error));
    }
    return FORESCALE_OK;
}

static forescale_status check_evaluation(const test_case *c, const forescale_evaluation *result, forescale_error *error) {
    static const char *const SCORES[] = {"points", "undefined", "mae",    "mape", "smape",
                                         "mase",   "wape",      "within", "crps", "coverage_0.8"};
    static const char *const FORECASTS[] = {"time", "mean", "lower_0.95"};
    double values[ROOM];
    size_t length;
    for (size_t i = 0; i < sizeof SCORES / sizeof *SCORES; i++) {
        TRY(forescale_evaluation_scores(result, SCORES[i], values, ROOM, &length, error));
        expect_array(c, SCORES[i], values, length);
    }
    for (size_t i = 0; i < sizeof FORECASTS / sizeof *FORECASTS; i++) {
        TRY(forescale_evaluation_forecasts(result, FORECASTS[i], values, ROOM, &length, error));
        expect_array(c, FORECASTS[i], values, length);
    }
    return FORESCALE_OK;
}

static forescale_status evaluation(const test_case *c, forescale_error *error) {
    size_t length, rows, columns = 0;
    const double *values = numbers(c, "values", &length);
    const double *features = has(c, "features") ? table(c, "features", &rows, &columns) : NULL;
    forescale_series *series = NULL;
    forescale_forecaster *model = NULL;
    forescale_evaluation *result = NULL;
    forescale_status status = forescale_seasonal_naive_create((size_t)count(c, "steps"), &model, error);
    if (status == FORESCALE_OK) status = forescale_series_create(values, length, 60000, 60, &series, error);
    if (status == FORESCALE_OK)
        status = forescale_evaluate(model, series, features, columns, text(c, "config"), &result, error);
    if (status == FORESCALE_OK) status = check_evaluation(c, result, error);
    forescale_evaluation_destroy(result);
    forescale_series_destroy(series);
    forescale_forecaster_destroy(model);
    return status;
}

#define SERIES 16

/* Compares the means and upper ends of several forecasts, one after the other. */
static forescale_status check_all(const test_case *c, const char *mean, const char *upper, forescale_forecast **all,
                                  size_t count, forescale_error *error) {
    double means[ROOM], uppers[ROOM];
    size_t length, total = 0;
    for (size_t i = 0; i < count; i++) {
        TRY(forescale_forecast_mean(all[i], means + total, ROOM - total, &length, error));
        TRY(forescale_forecast_upper(all[i], 0.8, uppers + total, ROOM - total, &length, error));
        total += length;
    }
    expect_array(c, mean, means, total);
    expect_array(c, upper, uppers, total);
    return FORESCALE_OK;
}

/* A panel over the columns of a table, fitted and updated; its forecasts, and these reconciled. */
static forescale_status panel(const test_case *c, forescale_error *error) {
    static const char *const NAMES[SERIES] = {"s0", "s1", "s2",  "s3",  "s4",  "s5",  "s6",  "s7",
                                              "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15"};
    size_t rows, columns, size = 0;
    const double *values = table(c, "values", &rows, &columns);
    size_t fitted = rows - (size_t)count(c, "updates");
    forescale_series *series[SERIES] = {NULL};
    forescale_forecast *forecasts[SERIES] = {NULL}, *reconciled[SERIES] = {NULL};
    forescale_forecaster *model = NULL;
    forescale_panel *panel = NULL, *again = NULL;
    forescale_hierarchy *hierarchy = NULL;
    uint8_t *bytes = NULL;
    forescale_status status = forescale_seasonal_naive_create((size_t)count(c, "steps"), &model, error);
    if (status == FORESCALE_OK)
        status = forescale_panel_create(model, NAMES, columns, (size_t)count(c, "threads"), &panel, error);
    for (size_t column = 0; status == FORESCALE_OK && column < columns; column++) {
        double own[ROOM];
        for (size_t row = 0; row < fitted; row++) own[row] = values[row * columns + column];
        status = forescale_series_create(own, fitted, 0, 60, &series[column], error);
    }
    if (status == FORESCALE_OK)
        status = forescale_panel_fit(panel, (const forescale_series *const *)series, columns, NULL, 0, error);
    for (size_t row = fitted; status == FORESCALE_OK && row < rows; row++)
        status = forescale_panel_update(panel, values + row * columns, columns, NULL, 0, error);
    if (status == FORESCALE_OK)
        status = forescale_hierarchy_create(text(c, "leaves"), text(c, "groups"), &hierarchy, error);
    if (status == FORESCALE_OK) status = forescale_panel_snapshot(panel, NULL, 0, &size, error);
    if (status == FORESCALE_OK) {
        bytes = malloc(size);
        status = forescale_panel_snapshot(panel, bytes, size, &size, error);
    }
    if (status == FORESCALE_OK) status = forescale_panel_restore(bytes, size, &again, error);
    if (status == FORESCALE_OK)
        status = forescale_panel_forecast(again, (size_t)count(c, "horizon"), NULL, 0, NULL, 0, forecasts, SERIES, error);
    if (status == FORESCALE_OK)
        status = forescale_hierarchy_reconcile(hierarchy, (const forescale_forecast *const *)forecasts, columns,
                                               text(c, "method"), number(c, "non_negative") != 0, reconciled, error);
    if (status == FORESCALE_OK) status = check_all(c, "mean", "upper", forecasts, columns, error);
    if (status == FORESCALE_OK) status = check_all(c, "reconciled", "reconciled_upper", reconciled, columns, error);
    for (size_t i = 0; i < SERIES; i++) {
        forescale_series_destroy(series[i]);
        forescale_forecast_destroy(forecasts[i]);
        forescale_forecast_destroy(reconciled[i]);
    }
    forescale_hierarchy_destroy(hierarchy);
    forescale_panel_destroy(again);
    forescale_panel_destroy(panel);
    forescale_forecaster_destroy(model);
    free(bytes);
    return status;
}

const dispatch forecast_DISPATCH[] = {
    {"accuracy", accuracy},
    {"evaluation", evaluation},
    {"panel", panel},
    {"normal_quantile", normal_quantile},
    {"confidence", confidence},
    {"forecaster", forecaster},
    {"additive", forecaster},
    {"holt_winters", forecaster},
    {"ets", forecaster},
    {"arima", forecaster},
    {"spectral", forecaster},
    {"learned", forecaster},
    {"ensemble", ensemble},
    {"model_snapshot", model_snapshot},
    {"adaptive_interval", adaptive_interval},
    {NULL, NULL}};
