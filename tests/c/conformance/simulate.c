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

/* Appends the numbers under a list of names, in this order, of every object of a JSON text from `json` on; gives how many there are then. */
static size_t numbers_of(const char *json, const char *const *names, size_t name_count, double *values, size_t length) {
    char first[60];
    snprintf(first, sizeof first, "\"%s\":", names[0]);
    for (json = strstr(json, first); json != NULL; json = strstr(json + 1, first))
        for (size_t i = 0; i < name_count; i++) values[length++] = total(json, names[i]);
    return length;
}

static forescale_status compare_many(const test_case *c, forescale_report *const *reports, forescale_error *error) {
    static char json[100000];
    static double totals[100], points[1000], days[1000], means[100];
    static const char *const total_names[] = {"cost", "violation_requests", "gap_closed"};
    static const char *const point_names[] = {"cost", "violation_request_share"};
    static const char *const day_names[] = {"start", "seconds", "cost", "energy_kwh", "violation_seconds", "late_requests",
                                            "over_provisioned_hours"};
    static const char *const mean_names[] = {"days", "mean", "lower", "upper"};
    size_t total_count = 0, point_count = 0, length;
    for (size_t i = 0; i < 2; i++) {
        TRY(forescale_report_to_json(reports[i], json, sizeof json, &length, error));
        char *frontier = strstr(json, "\"frontier\":");
        point_count = numbers_of(frontier, point_names, 2, points, point_count);
        *frontier = 0;
        total_count = numbers_of(strstr(json, "\"policies\":"), total_names, 3, totals, total_count);
    }
    expect_array(c, "totals", totals, total_count);
    expect_array(c, "frontier", points, point_count);
    TRY(forescale_report_per_day(reports[1], json, sizeof json, &length, error));
    expect_array(c, "days", days, numbers_of(json, day_names, 7, days, 0));
    TRY(forescale_report_daily_means(reports[1], "{\"level\": 0.9}", json, sizeof json, &length, error));
    expect_array(c, "means", means, numbers_of(json, mean_names, 4, means, 0));
    return forescale_report_per_day_table(reports[1], json, sizeof json, &length, error);
}

static forescale_status two_backtests(const test_case *c, forescale_error *error) {
    static const char *const names[] = {"first", "second"};
    forescale_series *loads[2] = {NULL, NULL};
    forescale_report *reports[2] = {NULL, NULL};
    double share = 0;
    forescale_status status = FORESCALE_OK;
    for (size_t i = 0; i < 2 && status == FORESCALE_OK; i++) {
        size_t length;
        const double *load = numbers(c, names[i], &length);
        status = forescale_series_create(load, length, 0, 3600, &loads[i], error);
    }
    if (status == FORESCALE_OK)
        status = forescale_backtest_many((const forescale_series *const *)loads, 2, text(c, "policies"), text(c, "world"),
                                         text(c, "config"), goes_on, &share, reports, error);
    if (status == FORESCALE_OK) status = compare_many(c, reports, error);
    for (size_t i = 0; i < 2; i++) {
        forescale_series_destroy(loads[i]);
        forescale_report_destroy(reports[i]);
    }
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

/* The numbers under names of a text, which is ended. */
static forescale_status totals(forescale_text *value, const char *const *names, double *found, forescale_error *error) {
    static char json[200000];
    size_t length;
    forescale_status status = forescale_text_value(value, json, sizeof json, &length, error);
    forescale_text_destroy(value);
    TRY(status);
    for (size_t i = 0; names[i] != NULL; i++) {
        /* "part/name" is the name behind a part. */
        const char *from = json, *slash = strchr(names[i], '/'), *name = names[i];
        if (slash != NULL) {
            char part[60];
            snprintf(part, sizeof part, "\"%.*s\":", (int)(slash - name), name);
            from = strstr(json, part);
            name = slash + 1;
        }
        found[i] = total(from, name);
    }
    return FORESCALE_OK;
}

static forescale_status a_scenario(const test_case *c, forescale_error *error) {
    static char scenario[10000];
    static const char *const names[] = {"decisions", "refusals", "flips", "lead_seconds", "recovery_seconds", NULL};
    double found[5];
    size_t length;
    forescale_text *value;
    TRY(forescale_chaos_scenario(count(c, "seed"), scenario, sizeof scenario, &length, error));
    const char *given = has(c, "scenario") ? text(c, "scenario") : scenario;
    TRY(forescale_chaos_run(given, text(c, "settings"), &value, error));
    TRY(totals(value, names, found, error));
    expect_array(c, "found", found, 4);
    expect(c, "recovery_seconds", found[4]);
    TRY(forescale_chaos_survey(count(c, "seed"), 2, text(c, "settings"), 2, NULL, NULL, &value, error));
    static const char *const surveyed[] = {"decisions", "refusals", NULL};
    TRY(totals(value, surveyed, found, error));
    expect_array(c, "survey", found, 2);
    return FORESCALE_OK;
}

static forescale_status tuned(const test_case *c, forescale_error *error) {
    static const char *const names[] = {"settings/target_utilization", "training/objective", "training_given/objective",
                                        "holdout/objective", "holdout_given/objective", NULL};
    double found[5];
    size_t length;
    const double *load = numbers(c, "load", &length);
    forescale_series *series;
    forescale_text *value;
    TRY(forescale_series_create(load, length, 0, 60, &series, error));
    forescale_status status = forescale_tune(text(c, "policy"), series, text(c, "world"), text(c, "config"),
                                             count(c, "seed"), NULL, NULL, &value, error);
    forescale_series_destroy(series);
    TRY(status);
    TRY(totals(value, names, found, error));
    expect(c, "target_utilization", found[0]);
    expect_array(c, "objectives", found + 1, 4);
    return FORESCALE_OK;
}

static forescale_status two_worlds(const test_case *c, forescale_error *error) {
    static const char *const names[] = {"static_replicas", "cost_saving", "energy_saving", NULL};
    double found[3];
    forescale_text *value;
    forescale_report *report;
    TRY(forescale_dual(text(c, "config"), text(c, "world"), count(c, "seed"), NULL, NULL, &value, &report, error));
    forescale_report_destroy(report);
    TRY(totals(value, names, found, error));
    expect_array(c, "found", found, 3);
    return FORESCALE_OK;
}

static forescale_status observe(const test_case *c, forescale_rollout **rollout, forescale_error *error) {
    static double verdicts[10000];
    static unsigned char bytes[100000];
    size_t length, size;
    const double *before = numbers(c, "old", &length), *after = numbers(c, "new", &length);
    for (size_t i = 0; i < length; i++) {
        if (i % 30 == 15) {
            TRY(forescale_rollout_snapshot(*rollout, bytes, sizeof bytes, &size, error));
            forescale_rollout_destroy(*rollout);
            *rollout = NULL;
            TRY(forescale_rollout_restore(bytes, size, rollout, error));
        }
        int32_t verdict;
        TRY(forescale_rollout_observe(*rollout, before[i], 0, after[i], 1, &verdict, error));
        verdicts[i] = verdict;
    }
    expect_array(c, "verdicts", verdicts, length);
    double share;
    int32_t ended;
    TRY(forescale_rollout_share(*rollout, &share, &ended, error));
    expect(c, "share", share);
    return forescale_rollout_to_json(*rollout, NULL, 0, &length, error);
}

static forescale_status rolled(const test_case *c, forescale_error *error) {
    forescale_rollout *rollout;
    TRY(forescale_rollout_create(text(c, "config"), &rollout, error));
    forescale_status status = observe(c, &rollout, error);
    forescale_rollout_destroy(rollout);
    TRY(status);
    size_t length;
    const double *load = numbers(c, "load", &length);
    forescale_series *series;
    TRY(forescale_series_create(load, length, 0, 60, &series, error));
    status = forescale_rollout_simulate(series, text(c, "old_policy"), text(c, "new_policy"), text(c, "world"),
                                        text(c, "config"), count(c, "seed"), NULL, NULL, &rollout, error);
    forescale_series_destroy(series);
    TRY(status);
    double share;
    int32_t ended;
    status = forescale_rollout_share(rollout, &share, &ended, error);
    forescale_rollout_destroy(rollout);
    TRY(status);
    expect(c, "simulated_share", share);
    return FORESCALE_OK;
}

static forescale_status a_scheme(const test_case *c, forescale_error *error) {
    static const char *const names[] = {
        "scheme/cost", "scheme/energy_kwh", "scheme/violation_seconds", "scheme/late_requests", "scheme/p99_seconds",
        "baseline/cost", "baseline/energy_kwh", "baseline/violation_seconds", "baseline/late_requests", "baseline/p99_seconds",
        "comparison/difference", "comparison/lower", "comparison/upper", "comparison/p_value", "slow_requests/difference", NULL};
    static char json[100000];
    double found[15];
    size_t length, columns = (size_t)count(c, "columns");
    const double *loads = numbers(c, "loads", &length);
    forescale_text *value;
    TRY(forescale_schemes_run(loads, length / columns, columns, text(c, "config"), count(c, "seed"), NULL, NULL, &value, error));
    forescale_status status = forescale_text_value(value, json, sizeof json, &length, error);
    if (status != FORESCALE_OK) forescale_text_destroy(value);
    TRY(status);
    TRY(totals(value, names, found, error));
    expect_array(c, "scheme", found, 5);
    expect_array(c, "baseline", found + 5, 5);
    expect_array(c, "comparison", found + 10, 4);
    expect(c, "slow_requests", found[14]);
    TRY(forescale_schemes_picture(json, &value, error));
    status = forescale_text_value(value, NULL, 0, &length, error);
    forescale_text_destroy(value);
    expect(c, "picture", (double)length);
    return FORESCALE_OK;
}

const dispatch simulate_DISPATCH[] = {
    {"backtest", small_backtest},
    {"backtest_many", two_backtests},
    {"rough_world", rough_world},
    {"synthetic", made_load},
    {"chaos", a_scenario},
    {"tune", tuned},
    {"dual", two_worlds},
    {"rollout", rolled},
    {"schemes", a_scheme},
    {NULL, NULL}};
