/* Six tenants whose peaks lie four hours apart: what they cost on common capacity, and each alone.
 * Build: cc pools.c -lforescale */

#include <forescale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TENANTS 6
#define STEPS 720

/* The number under a name of an arm of the report. */
static double of(const char *report, const char *arm, const char *name) {
    char key[40];
    snprintf(key, sizeof key, "\"%s\":", arm);
    const char *part = strstr(report, key);
    snprintf(key, sizeof key, "\"%s\":", name);
    part = part == NULL ? NULL : strstr(part, key);
    return part == NULL ? -1 : strtod(part + strlen(key), NULL);
}

int main(void) {
    static double loads[TENANTS * STEPS];
    forescale_error error;
    for (int tenant = 0; tenant < TENANTS; tenant++) {
        char config[500];
        snprintf(config, sizeof config,
                 "{\"base\": %d, \"steps\": %d, \"step_seconds\": 600, \"counting_noise\": false, \"parts\": ["
                 "{\"cycle\": {\"amplitude\": 0.8, \"peak_seconds\": %d}},"
                 "{\"bursts\": {\"factor\": 1.5, \"high_seconds\": 1800, \"low_seconds\": 14400}}]}",
                 5 * (tenant + 1), STEPS, 14400 * tenant);
        forescale_series *series;
        if (forescale_synthetic_generate(config, (uint64_t)tenant, &series, &error) != FORESCALE_OK) goto failed;
        size_t length;
        forescale_status status = forescale_series_values(series, loads + tenant * STEPS, STEPS, &length, &error);
        forescale_series_destroy(series);
        if (status != FORESCALE_OK) goto failed;
    }
    /* A replica serves 2 requests a second. */
    const char *config = "{\"scheme\": {\"sharing\": {}}, \"world\": {\"service_rate\": 2, \"interval_seconds\": 60},"
                         "\"step_seconds\": 600, \"learn_share\": 0.5}";
    forescale_text *text;
    if (forescale_schemes_run(loads, TENANTS, STEPS, config, 1, NULL, NULL, &text, &error) != FORESCALE_OK) goto failed;
    static char report[1000000];
    size_t length;
    forescale_status status = forescale_text_value(text, report, sizeof report, &length, &error);
    forescale_text_destroy(text);
    if (status != FORESCALE_OK) goto failed;
    printf("sharing costs %.2f against %.2f, late %.3f%% against %.3f%%\n", of(report, "scheme", "cost"),
           of(report, "baseline", "cost"),
           100 * of(report, "scheme", "late_requests") / of(report, "scheme", "requests"),
           100 * of(report, "baseline", "late_requests") / of(report, "baseline", "requests"));
    return 0;

failed:
    fprintf(stderr, "%s\n", error.message);
    return 1;
}
