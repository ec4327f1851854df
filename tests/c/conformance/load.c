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

/* The times of a case as whole numbers; the caller frees them. */
static int64_t *times_of(const test_case *c, size_t *length) {
    const double *raw = numbers(c, "times", length);
    int64_t *times = malloc((*length + 1) * sizeof *times);
    for (size_t i = 0; i < *length; i++) times[i] = raw[i] >= 9e18 ? INT64_MAX : (int64_t)raw[i];
    return times;
}

static forescale_status calendar(const test_case *c, forescale_error *error) {
    size_t length, size = 0;
    double *features = NULL;
    forescale_calendar *calendar = NULL;
    int64_t *times = times_of(c, &length);
    forescale_status status = forescale_calendar_create(text(c, "config"), &calendar, error);
    if (status == FORESCALE_OK) status = forescale_calendar_features(calendar, times, length, NULL, 0, &size, error);
    if (status == FORESCALE_OK) {
        features = malloc((size + 1) * sizeof *features);
        status = forescale_calendar_features(calendar, times, length, features, size, &size, error);
    }
    if (status == FORESCALE_OK) expect_array(c, "features", features, size);
    forescale_calendar_destroy(calendar);
    free(features);
    free(times);
    return status;
}

static forescale_status answer(const test_case *c, const forescale_history *history, forescale_error *error) {
    forescale_series *series;
    double values[2048];
    size_t length;
    int64_t start;
    TRY(forescale_history_query(history, "load", (int64_t)number(c, "start"), (int64_t)number(c, "end"),
                                number(c, "step_seconds"), text(c, "how"), has(c, "tags") ? text(c, "tags") : NULL,
                                has(c, "across") ? text(c, "across") : NULL, &series, error));
    forescale_status status = forescale_series_values(series, values, 2048, &length, error);
    if (status == FORESCALE_OK) status = forescale_series_start(series, &start, error);
    forescale_series_destroy(series);
    TRY(status);
    expect(c, "first", (double)start);
    expect_array(c, "answer", values, length);
    return FORESCALE_OK;
}

/* Samples by tenant, then a query of what a snapshot brings back. */
static forescale_status history(const test_case *c, forescale_error *error) {
    size_t length, size = 0;
    const double *loads = numbers(c, "loads", &length), *tenants = numbers(c, "tenants", &length);
    const char *name = "load";
    uint8_t *bytes = NULL;
    forescale_history *history = NULL, *again = NULL;
    int64_t *times = times_of(c, &length);
    forescale_status status = forescale_history_create(text(c, "config"), &history, error);
    for (size_t i = 0; status == FORESCALE_OK && i < length; i++) {
        char tags[64];
        snprintf(tags, sizeof tags, "{\"tenant\": \"t%d\"}", (int)tenants[i]);
        status = forescale_history_record(history, times[i], &name, loads + i, 1, tags, error);
    }
    if (status == FORESCALE_OK) status = forescale_history_snapshot(history, NULL, 0, &size, error);
    if (status == FORESCALE_OK) {
        bytes = malloc(size);
        status = forescale_history_snapshot(history, bytes, size, &size, error);
    }
    if (status == FORESCALE_OK) status = forescale_history_restore(bytes, size, &again, error);
    if (status == FORESCALE_OK) status = answer(c, again, error);
    forescale_history_destroy(again);
    forescale_history_destroy(history);
    free(bytes);
    free(times);
    return status;
}

#define ROOM 512

static forescale_status dft(const test_case *c, forescale_error *error) {
    double real[ROOM], imaginary[ROOM];
    size_t length;
    const double *values = numbers(c, "values", &length);
    TRY(forescale_dft(values, length, real, imaginary, error));
    expect_array(c, "real", real, length);
    expect_array(c, "imaginary", imaginary, length);
    return FORESCALE_OK;
}

/* All densities, or those of the bins with most power. */
static forescale_status periodogram(const test_case *c, forescale_error *error) {
    double frequencies[ROOM], density[ROOM], top[ROOM];
    size_t length, count_of_bins;
    const double *values = numbers(c, "values", &length);
    TRY(forescale_periodogram(values, length, number(c, "step_seconds"), frequencies, density, error));
    if (has(c, "bins")) {
        const double *bins = numbers(c, "bins", &count_of_bins);
        for (size_t i = 0; i < count_of_bins; i++) top[i] = density[(size_t)bins[i]];
        expect_array(c, "top", top, count_of_bins);
    } else {
        expect_array(c, "frequencies", frequencies, length / 2 + 1);
        expect_array(c, "density", density, length / 2 + 1);
    }
    return FORESCALE_OK;
}

static forescale_status periods(const test_case *c, forescale_error *error) {
    double seconds[ROOM], strengths[ROOM];
    size_t length, found;
    const double *values = numbers(c, "values", &length);
    TRY(forescale_periods(values, length, number(c, "step_seconds"), (size_t)count(c, "max_periods"), seconds, strengths,
                          &found, error));
    expect_array(c, "seconds", seconds, found);
    return FORESCALE_OK;
}

static forescale_status correlate(const test_case *c, forescale_error *error) {
    size_t length, factors, lag;
    double r, p_value;
    const double *load = numbers(c, "load", &length), *factor = numbers(c, "factor", &factors);
    /* C is told one length only. */
    if (factors != length) return FORESCALE_ERROR_DATA;
    TRY(forescale_correlate(load, factor, length, (size_t)count(c, "max_lag"), &lag, &r, &p_value, error));
    expect(c, "lag", (double)lag);
    expect(c, "r", r);
    expect(c, "p_value", p_value);
    return FORESCALE_OK;
}

static forescale_status principal_components(const test_case *c, forescale_error *error) {
    double scores[ROOM], directions[ROOM], explained[ROOM];
    size_t rows, columns, wanted = (size_t)count(c, "count");
    const double *points = table(c, "table", &rows, &columns);
    TRY(forescale_principal_components(points, rows, columns, wanted, scores, directions, explained, error));
    expect_array(c, "scores", scores, rows * wanted);
    expect_array(c, "directions", directions, wanted * columns);
    expect_array(c, "explained", explained, wanted);
    return FORESCALE_OK;
}

static forescale_status decompose(const test_case *c, forescale_error *error) {
    double trend[ROOM], seasonal[ROOM], remainder[ROOM];
    size_t length, seasons, periods[8];
    const double *values = numbers(c, "values", &length), *raw = numbers(c, "periods", &seasons);
    for (size_t i = 0; i < seasons && i < 8; i++) periods[i] = (size_t)raw[i];
    TRY(forescale_decompose(values, length, periods, seasons, number(c, "robust") != 0, trend, seasonal, remainder, error));
    expect_array(c, "trend", trend, length);
    expect_array(c, "seasonal", seasonal, seasons * length);
    expect_array(c, "remainder", remainder, length);
    return FORESCALE_OK;
}

const dispatch load_DISPATCH[] = {
    {"series", series},
    {"calendar", calendar},
    {"history", history},
    {"dft", dft},
    {"periodogram", periodogram},
    {"periods", periods},
    {"correlate", correlate},
    {"principal_components", principal_components},
    {"decompose", decompose},
    {NULL, NULL}};
