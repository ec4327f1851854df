#include "harness.h"

enum { MOST = 64 };

static void expect_flags(const test_case *c, const char *name, const int32_t *got, size_t length) {
    double values[MOST];
    for (size_t i = 0; i < length; i++) values[i] = got[i];
    expect_array(c, name, values, length);
}

static void expect_ranks(const test_case *c, const char *name, const uint64_t *got, size_t length) {
    double values[MOST];
    for (size_t i = 0; i < length; i++) values[i] = (double)got[i];
    expect_array(c, name, values, length);
}

static forescale_status volume(const test_case *c, forescale_error *error) {
    size_t rows, columns, length;
    const double *points = table(c, "points", &rows, &columns), *reference = numbers(c, "reference", &length);
    double value;
    int32_t front[MOST];
    uint64_t ranks[MOST];
    TRY(forescale_hypervolume(points, rows, columns, reference, length, &value, error));
    expect(c, "hypervolume", value);
    TRY(forescale_pareto_front(points, rows, columns, NULL, 0, front, error));
    expect_flags(c, "nondominated", front, rows);
    TRY(forescale_non_dominated_sort(points, rows, columns, NULL, 0, ranks, error));
    expect_ranks(c, "ranks", ranks, rows);
    return FORESCALE_OK;
}

static forescale_status pareto(const test_case *c, forescale_error *error) {
    size_t rows, columns, flags, weight_count, bounds = 0, two = 2;
    const double *points = table(c, "points", &rows, &columns), *flag = numbers(c, "maximize", &flags);
    const double *weights = numbers(c, "weights", &weight_count);
    const double *constraints = has(c, "constraints") ? table(c, "constraints", &bounds, &two) : NULL;
    int32_t maximize[MOST], front[MOST];
    uint64_t ranks[MOST], chosen;
    double crowding[MOST];
    for (size_t i = 0; i < flags; i++) maximize[i] = flag[i] != 0;
    TRY(forescale_pareto_front(points, rows, columns, maximize, flags, front, error));
    expect_flags(c, "front", front, rows);
    TRY(forescale_non_dominated_sort(points, rows, columns, maximize, flags, ranks, error));
    expect_ranks(c, "ranks", ranks, rows);
    TRY(forescale_crowding_distance(points, rows, columns, crowding, error));
    expect_array(c, "crowding", crowding, rows);
    TRY(forescale_choose(points, rows, columns, maximize, flags, weights, weight_count, constraints, bounds, &chosen,
                         error));
    expect(c, "chosen", (double)chosen);
    return FORESCALE_OK;
}

static forescale_status product(const test_case *c, forescale_error *error) {
    size_t metric_count, weight_count;
    const double *metrics = numbers(c, "metrics", &metric_count), *weights = numbers(c, "weights", &weight_count);
    double value;
    TRY(forescale_utility(metrics, metric_count, weights, weight_count, &value, error));
    expect(c, "utility", value);
    TRY(forescale_log_utility(metrics, metric_count, weights, weight_count, &value, error));
    expect(c, "log_utility", value);
    return FORESCALE_OK;
}

const dispatch choice_DISPATCH[] = {
    {"hypervolume", volume},
    {"pareto", pareto},
    {"utility", product},
    {NULL, NULL}};
