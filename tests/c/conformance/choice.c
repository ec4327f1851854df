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

static forescale_status scalarize(const test_case *c, forescale_error *error) {
    size_t rows, columns, flags, weight_count, goal_count = 0;
    const double *points = table(c, "points", &rows, &columns), *flag = numbers(c, "maximize", &flags);
    const double *weights = numbers(c, "weights", &weight_count);
    const double *goal = has(c, "goal") ? numbers(c, "goal", &goal_count) : NULL;
    int32_t maximize[MOST];
    double values[MOST];
    uint64_t index;
    for (size_t i = 0; i < flags; i++) maximize[i] = flag[i] != 0;
    TRY(forescale_achievement(points, rows, columns, maximize, flags, weights, weight_count, goal, goal_count,
                              number(c, "augmentation"), values, error));
    expect_array(c, "distance", values, rows);
    TRY(forescale_weighted_sum(points, rows, columns, maximize, flags, weights, weight_count, values, error));
    expect_array(c, "sum", values, rows);
    TRY(forescale_knee(points, rows, columns, maximize, flags, &index, error));
    expect(c, "knee", (double)index);
    return FORESCALE_OK;
}

static forescale_status plan(const test_case *c, const forescale_allocation *problem, forescale_error *error) {
    size_t places;
    uint64_t units[MOST];
    double cost;
    int32_t feasible;
    TRY(forescale_allocation_places(problem, &places, error));
    TRY(forescale_anneal(problem, count(c, "seed"), text(c, "config"), units, places, &cost, error));
    expect(c, "cost", cost);
    TRY(forescale_allocation_cost(problem, units, places, &cost, error));
    expect(c, "cost", cost);
    TRY(forescale_allocation_is_feasible(problem, units, places, &feasible, error));
    expect(c, "feasible", feasible);
    if (has(c, "units")) expect_ranks(c, "units", units, places);
    return FORESCALE_OK;
}

static forescale_status allocation(const test_case *c, forescale_error *error) {
    size_t places, levels, pair_count = 0, resources = 0, three, limit_count = 0;
    const double *costs = table(c, "costs", &places, &levels);
    const double *pairs = has(c, "pairs") ? table(c, "pairs", &pair_count, &three) : NULL;
    const double *usage = has(c, "usage") ? table(c, "usage", &resources, &three) : NULL;
    const double *limits = has(c, "limits") ? numbers(c, "limits", &limit_count) : NULL;
    forescale_allocation *problem;
    TRY(forescale_allocation_create(costs, places, levels, pairs, pair_count, usage, limits, limit_count, &problem, error));
    forescale_status status = plan(c, problem, error);
    forescale_allocation_destroy(problem);
    return status;
}

static forescale_status futures(const test_case *c, forescale_error *error) {
    size_t rows, columns, weight_count;
    const double *costs = table(c, "costs", &rows, &columns), *weights = numbers(c, "weights", &weight_count);
    double expected[MOST], tail[MOST], worst[MOST], regret[MOST];
    uint64_t chosen;
    TRY(forescale_scenarios(costs, rows, columns, weights, weight_count, text(c, "config"), &chosen, expected, tail, worst,
                            regret, error));
    expect(c, "chosen", (double)chosen);
    expect_array(c, "expected", expected, rows);
    expect_array(c, "tail", tail, rows);
    expect_array(c, "worst", worst, rows);
    expect_array(c, "regret", regret, rows);
    return FORESCALE_OK;
}

const dispatch choice_DISPATCH[] = {
    {"hypervolume", volume},
    {"hypervolume_many", volume},
    {"pareto", pareto},
    {"utility", product},
    {"scalarize", scalarize},
    {"anneal", allocation},
    {"scenarios", futures},
    {NULL, NULL}};
