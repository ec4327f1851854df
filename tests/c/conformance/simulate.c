#include "harness.h"

#include <math.h>

/* The number under a name of a JSON text, NaN for null. */
static double total(const char *json, const char *name) {
    char key[60];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *found = strstr(json, key);
    if (found == NULL) {
        fprintf(stderr, "%s: has no %s\n", json, name);
        exit(2);
    }
    found += strlen(key);
    return strncmp(found, "null", 4) == 0 ? NAN : strtod(found, NULL);
}

static const char *const TOTALS[] = {
    "replica_hours", "cost", "energy_kwh", "transition_energy_kwh", "violation_seconds", "late_requests",
    "p50_seconds", "p95_seconds", "p99_seconds", "over_provisioned_hours", "under_provisioned_hours", "scale_events",
    "flips", "cold_start_decisions", "equal_service_hpa_cost", "gap_closed"};
enum { TOTAL_COUNT = sizeof TOTALS / sizeof *TOTALS };

static const char *const COLUMNS[] = {"requested", "ready", "charged", "response_seconds", "forecast_lower",
                                      "forecast_expected", "forecast_upper"};

static const char *const PARTS[] = {"first", "second", "difference", "lower", "upper", "p_value", "block_seconds"};

static double largest(const double *values, size_t length) {
    double most = NAN;
    for (size_t i = 0; i < length; i++) most = fmax(most, values[i]);
    return most;
}

static int32_t goes_on(double share, void *user) {
    double *last = user;
    int32_t rises = share > *last;
    *last = share;
    return rises;
}

static forescale_status compare(const test_case *c, const forescale_report *report, forescale_error *error) {
    static char json[10000];
    static double values[10000];
    static const char *const policies[] = {"hpa", "static", "seasonal_max", "predictive", "oracle"};
    size_t length;
    for (size_t p = 0; p < sizeof policies / sizeof *policies; p++) {
        double totals[TOTAL_COUNT];
        TRY(forescale_report_policy(report, policies[p], json, sizeof json, &length, error));
        for (size_t i = 0; i < TOTAL_COUNT; i++) totals[i] = total(json, TOTALS[i]);
        expect_array(c, policies[p], totals, TOTAL_COUNT);
    }
    double peaks[8];
    for (size_t i = 0; i < 7; i++) {
        TRY(forescale_report_timeline(report, "predictive", COLUMNS[i], values, 10000, &length, error));
        peaks[i] = largest(values, length);
    }
    TRY(forescale_report_load(report, values, 10000, &length, error));
    peaks[7] = largest(values, length);
    expect_array(c, "peaks", peaks, 8);
    TRY(forescale_compare(report, "hpa", "predictive", "{\"level\": 0.9}", json, sizeof json, &length, error));
    /* The cost comes first. */
    const char *cost = strstr(json, "\"cost\":");
    double parts[7];
    for (size_t i = 0; i < 7; i++) parts[i] = total(cost, PARTS[i]);
    expect_array(c, "hpa_less_predictive", parts, 7);
    TRY(forescale_report_table(report, json, sizeof json, &length, error));
    return forescale_report_to_json(report, NULL, 0, &length, error);
}

static forescale_status small_backtest(const test_case *c, forescale_error *error) {
    size_t length;
    const double *load = numbers(c, "load", &length);
    forescale_series *series;
    forescale_report *report;
    double share = 0;
    TRY(forescale_series_create(load, length, 0, 60, &series, error));
    forescale_status status = forescale_backtest(series, text(c, "policies"), text(c, "world"), count(c, "seed"), goes_on,
                                                 &share, &report, error);
    forescale_series_destroy(series);
    TRY(status);
    status = compare(c, report, error);
    forescale_report_destroy(report);
    return status;
}

static forescale_status made_load(const test_case *c, forescale_error *error) {
    static double values[10000];
    size_t length;
    forescale_series *load;
    TRY(forescale_synthetic_generate(text(c, "config"), count(c, "seed"), &load, error));
    forescale_status status = forescale_series_values(load, values, 10000, &length, error);
    forescale_series_destroy(load);
    TRY(status);
    expect_array(c, "load", values, length);
    return FORESCALE_OK;
}

static const char *const ROUGH_TOTALS[] = {
    "requests", "replica_hours", "cost", "energy_kwh", "violation_seconds", "violation_requests", "late_requests",
    "dropped_requests", "p95_seconds", "failed_starts", "crashes"};
enum { ROUGH_COUNT = sizeof ROUGH_TOTALS / sizeof *ROUGH_TOTALS };

static forescale_status expect_totals(const test_case *c, const forescale_report *report, const char *policy,
                                      forescale_error *error) {
    static char json[10000];
    double totals[ROUGH_COUNT];
    size_t length;
    TRY(forescale_report_policy(report, policy, json, sizeof json, &length, error));
    for (size_t i = 0; i < ROUGH_COUNT; i++) totals[i] = total(json, ROUGH_TOTALS[i]);
    expect_array(c, policy, totals, ROUGH_COUNT);
    return FORESCALE_OK;
}

static forescale_status rough_world(const test_case *c, forescale_error *error) {
    size_t length;
    const double *load = numbers(c, "load", &length);
    forescale_series *series;
    forescale_report *report;
    TRY(forescale_series_create(load, length, 0, 60, &series, error));
    forescale_status status = forescale_backtest(series, "[{\"static\": {\"replicas\": 9}}, \"hpa\"]", text(c, "world"),
                                                 count(c, "seed"), NULL, NULL, &report, error);
    forescale_series_destroy(series);
    TRY(status);
    status = expect_totals(c, report, "static", error);
    if (status == FORESCALE_OK) status = expect_totals(c, report, "hpa", error);
    forescale_report_destroy(report);
    return status;
}

const dispatch simulate_DISPATCH[] = {
    {"backtest", small_backtest},
    {"rough_world", rough_world},
    {"synthetic", made_load},
    {NULL, NULL}};
