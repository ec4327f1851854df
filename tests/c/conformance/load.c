#include "harness.h"

/* Compares a series' values. */
static forescale_status check(const test_case *c, const char *name, const forescale_series *series, forescale_error *error) {
    double values[64];
    size_t length;
    TRY(forescale_series_values(series, values, 64, &length, error));
    expect_array(c, name, values, length);
    return FORESCALE_OK;
}

static forescale_status check_made(const test_case *c, const forescale_series *series, forescale_error *error) {
    forescale_series *made;
    int64_t start;
    size_t period;
    TRY(forescale_series_resample(series, number(c, "other_step_seconds"), text(c, "how"), &made, error));
    forescale_status status = check(c, "resampled", made, error);
    forescale_series_destroy(made);
    TRY(status);
    if (has(c, "period")) period = (size_t)count(c, "period");
    TRY(forescale_series_fill(series, text(c, "fill"), has(c, "period") ? &period : NULL, &made, error));
    status = check(c, "filled", made, error);
    forescale_series_destroy(made);
    TRY(status);
    TRY(forescale_series_start(series, &start, error));
    expect(c, "start", (double)start);
    return check(c, "grid", series, error);
}

static forescale_status series(const test_case *c, forescale_error *error) {
    size_t length;
    const double *raw = numbers(c, "times", &length);
    int64_t times[64];
    forescale_series *series;
    for (size_t i = 0; i < length && i < 64; i++) times[i] = (int64_t)raw[i];
    TRY(forescale_series_from_samples(times, numbers(c, "values", &length), length, number(c, "step_seconds"),
                                      text(c, "how"), &series, error));
    forescale_status status = check_made(c, series, error);
    forescale_series_destroy(series);
    return status;
}

const dispatch load_DISPATCH[] = {
    {"series", series},
    {NULL, NULL}};
