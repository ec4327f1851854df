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

#define ROOM 32

static forescale_status check(const test_case *c, const forescale_forecast *forecast, forescale_error *error) {
    int64_t whole[ROOM];
    double values[ROOM];
    size_t length;
    TRY(forescale_forecast_times(forecast, whole, ROOM, &length, error));
    for (size_t i = 0; i < length; i++) values[i] = (double)whole[i];
    expect_array(c, "times", values, length);
    TRY(forescale_forecast_mean(forecast, values, ROOM, &length, error));
    expect_array(c, "mean", values, length);
    TRY(forescale_forecast_standard_deviation(forecast, values, ROOM, &length, error));
    expect_array(c, "standard_deviation", values, length);
    TRY(forescale_forecast_lower(forecast, 0.8, values, ROOM, &length, error));
    expect_array(c, "lower", values, length);
    TRY(forescale_forecast_upper(forecast, 0.8, values, ROOM, &length, error));
    expect_array(c, "upper", values, length);
    TRY(forescale_forecast_quantile(forecast, 0.9, values, ROOM, &length, error));
    expect_array(c, "quantile", values, length);
    return FORESCALE_OK;
}

/* One function for each kind of model: fitted to the series, one update, two steps skipped. */
#define MODEL(noun)                                                                                                     \
    static forescale_status forecast_##noun(const test_case *c, const forescale_series *series, double last,            \
                                            forescale_forecast **out, forescale_error *error) {                        \
        forescale_##noun *model;                                                                                        \
        TRY(forescale_##noun##_create((size_t)count(c, "steps"), &model, error));                                       \
        forescale_status status = forescale_##noun##_fit(model, series, error);                                         \
        if (status == FORESCALE_OK) status = forescale_##noun##_update(model, last, error);                             \
        if (status == FORESCALE_OK) status = forescale_##noun##_skip(model, 2, error);                                  \
        if (status == FORESCALE_OK)                                                                                     \
            status = forescale_##noun##_forecast(model, (size_t)count(c, "horizon"), NULL, 0, out, error);              \
        forescale_##noun##_destroy(model);                                                                              \
        return status;                                                                                                  \
    }
MODEL(moving_average)
MODEL(seasonal_naive)

static forescale_status forecaster(const test_case *c, forescale_error *error) {
    size_t length;
    const double *values = numbers(c, "values", &length);
    forescale_series *series;
    forescale_forecast *forecast;
    TRY(forescale_series_create(values, length - 1, 60000, 60, &series, error));
    forescale_status status = strcmp(text(c, "model"), "moving_average") == 0
                                  ? forecast_moving_average(c, series, values[length - 1], &forecast, error)
                                  : forecast_seasonal_naive(c, series, values[length - 1], &forecast, error);
    forescale_series_destroy(series);
    TRY(status);
    status = check(c, forecast, error);
    forescale_forecast_destroy(forecast);
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
    {"adaptive_interval", adaptive_interval},
    {NULL, NULL}};
