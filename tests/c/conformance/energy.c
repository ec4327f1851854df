#include "harness.h"

#include <stdio.h>

enum { MOST = 64 };

static forescale_status fit(const test_case *c, forescale_error *error) {
    size_t s_rows, s_columns, e_rows, e_columns, length;
    const double *s = table(c, "s", &s_rows, &s_columns), *e = table(c, "e", &e_rows, &e_columns);
    double matrix[MOST], residual = 0, condition = 0;
    uint8_t bytes[1024];
    forescale_energy_tensor *fitted, *tensor = NULL;
    TRY(forescale_energy_tensor_fit(s, s_rows, s_columns, e, e_rows, e_columns, &fitted, error));
    forescale_status status = forescale_energy_tensor_snapshot(fitted, bytes, sizeof bytes, &length, error);
    forescale_energy_tensor_destroy(fitted);
    TRY(status);
    TRY(forescale_energy_tensor_restore(bytes, length, &tensor, error));
    status = forescale_energy_tensor_matrix(tensor, matrix, MOST, &length, error);
    if (status == FORESCALE_OK) status = forescale_energy_tensor_residual(tensor, &residual, error);
    if (status == FORESCALE_OK) status = forescale_energy_tensor_condition(tensor, &condition, error);
    forescale_energy_tensor_destroy(tensor);
    TRY(status);
    expect_array(c, "matrix", matrix, length);
    expect(c, "residual", residual);
    expect(c, "condition", condition);
    return FORESCALE_OK;
}

static forescale_status minimize(const test_case *c, forescale_error *error) {
    size_t rows, columns, demands, lows, highs, length = 0;
    const double *matrix = table(c, "matrix", &rows, &columns), *demand = numbers(c, "demand", &demands);
    const double *low = numbers(c, "low", &lows), *high = numbers(c, "high", &highs);
    double scaling[MOST], energy[MOST], idle[MOST], price[MOST], total = 0;
    double low_price[MOST], high_price[MOST], bound = 0, residual = 0;
    forescale_energy_tensor *tensor;
    TRY(forescale_energy_tensor_create(matrix, rows, columns, &tensor, error));
    forescale_status status = forescale_energy_tensor_apply(tensor, low, lows, idle, MOST, &length, error);
    if (status == FORESCALE_OK) status = forescale_energy_tensor_shape(tensor, &rows, &columns, error);
    if (status == FORESCALE_OK)
        status = forescale_energy_tensor_minimize(tensor, demand, demands, low, lows, high, highs, scaling, MOST, energy,
                                                  MOST, &total, price, low_price, high_price, &bound, &residual, error);
    forescale_energy_tensor_destroy(tensor);
    TRY(status);
    expect_array(c, "energy_of_low", idle, length);
    expect_array(c, "scaling", scaling, columns);
    expect_array(c, "energy", energy, rows);
    expect(c, "total", total);
    expect_array(c, "price", price, demands);
    return FORESCALE_OK;
}

static forescale_status certificate(const test_case *c, forescale_error *error) {
    size_t rows, columns, demands, lows, highs;
    const double *matrix = table(c, "matrix", &rows, &columns), *demand = numbers(c, "demand", &demands);
    const double *low = numbers(c, "low", &lows), *high = numbers(c, "high", &highs);
    double scaling[MOST], energy[MOST], price[MOST], low_price[MOST], high_price[MOST], total = 0, bound = 0, residual = 0;
    forescale_energy_tensor *tensor;
    TRY(forescale_energy_tensor_create(matrix, rows, columns, &tensor, error));
    forescale_status status =
        forescale_energy_tensor_minimize(tensor, demand, demands, low, lows, high, highs, scaling, MOST, energy, MOST, &total,
                                         price, low_price, high_price, &bound, &residual, error);
    forescale_energy_tensor_destroy(tensor);
    TRY(status);
    expect_array(c, "scaling", scaling, columns);
    expect(c, "total", total);
    expect_array(c, "price", price, demands);
    expect_array(c, "low_price", low_price, columns);
    expect_array(c, "high_price", high_price, columns);
    expect(c, "lower_bound", bound);
    expect(c, "residual", residual);
    expect(c, "gap", total - bound);
    return FORESCALE_OK;
}

static forescale_status profile_of(const test_case *c, forescale_hardware_profile **profile, forescale_error *error) {
    if (has(c, "name")) return forescale_hardware_profile_named(text(c, "name"), profile, error);
    size_t length;
    const double *points = numbers(c, "points", &length);
    double starting = has(c, "starting_watts") ? number(c, "starting_watts") : 0;
    double draining = has(c, "draining_watts") ? number(c, "draining_watts") : 0;
    forescale_power_curve *given, *curve = NULL;
    TRY(forescale_power_curve_create(points, length, &given, error));
    forescale_status status = forescale_power_curve_times(given, 1.0, &curve, error);
    forescale_power_curve_destroy(given);
    TRY(status);
    status = forescale_hardware_profile_create("own", curve, has(c, "starting_watts") ? &starting : NULL,
                                               has(c, "draining_watts") ? &draining : NULL, NULL, profile, error);
    forescale_power_curve_destroy(curve);
    return status;
}

static forescale_status power_of(const test_case *c, const forescale_hardware_profile *profile,
                                 const forescale_power_curve *curve, forescale_error *error) {
    double points[MOST], watts[MOST];
    size_t length;
    if (has(c, "utilization")) {
        const double *utilization = numbers(c, "utilization", &length);
        for (size_t i = 0; i < length; i++) TRY(forescale_power_curve_watts(curve, utilization[i], &watts[i], error));
        expect_array(c, "watts", watts, length);
    }
    TRY(forescale_power_curve_points(curve, points, MOST, &length, error));
    expect(c, "idle", points[0]);
    expect(c, "busy", points[length - 1]);
    if (has(c, "path")) {
        const double *counts = numbers(c, "path", &length);
        uint32_t path[MOST];
        double joules;
        for (size_t i = 0; i < length; i++) path[i] = (uint32_t)counts[i];
        TRY(forescale_transition_energy(path, length, profile, number(c, "boot_seconds"), number(c, "drain_seconds"), &joules,
                                        error));
        expect(c, "transition_energy", joules);
    }
    return FORESCALE_OK;
}

static forescale_status power(const test_case *c, forescale_error *error) {
    forescale_hardware_profile *profile;
    forescale_power_curve *curve = NULL;
    TRY(profile_of(c, &profile, error));
    forescale_status status = forescale_hardware_profile_power(profile, &curve, error);
    if (status == FORESCALE_OK) status = power_of(c, profile, curve, error);
    forescale_power_curve_destroy(curve);
    forescale_hardware_profile_destroy(profile);
    return status;
}

enum { MOST_TASKS = 100 };

static forescale_status planned(const test_case *c, const forescale_plan *plan, forescale_error *error) {
    double rank[MOST_TASKS], start[MOST_TASKS], end[MOST_TASKS], each[MOST_TASKS], values[MOST_TASKS];
    double cost, bound, gap;
    int32_t optimal;
    size_t placed, unplaced, which[MOST_TASKS], length;
    char reason[200];
    TRY(forescale_plan_cost(plan, &cost, &bound, &gap, &optimal, error));
    expect(c, "cost", cost);
    if (!has(c, "task")) return FORESCALE_OK;
    TRY(forescale_plan_lengths(plan, &placed, &unplaced, error));
    TRY(forescale_plan_placements(plan, which, rank, start, end, each, MOST_TASKS, error));
    for (size_t i = 0; i < placed; i++) values[i] = (double)which[i];
    expect_array(c, "task", values, placed);
    expect_array(c, "start_seconds", start, placed);
    expect_array(c, "end_seconds", end, placed);
    expect_array(c, "rank", rank, placed);
    expect_array(c, "task_cost", each, placed);
    TRY(forescale_plan_infeasible(plan, which, MOST_TASKS, error));
    for (size_t i = 0; i < unplaced; i++) {
        values[i] = (double)which[i];
        TRY(forescale_plan_reason(plan, i, reason, sizeof reason, &length, error));
    }
    expect_array(c, "infeasible", values, unplaced);
    expect(c, "lower_bound", bound);
    expect(c, "gap", gap);
    expect(c, "optimal", optimal);
    return FORESCALE_OK;
}

static forescale_status plan(const test_case *c, forescale_error *error) {
    size_t length, steps, prices, pairs = 0, columns;
    const double *energy = numbers(c, "energy", &length), *duration = numbers(c, "duration_seconds", &length);
    const double *deadline = numbers(c, "deadline", &length), *counts = numbers(c, "capacity", &steps);
    const double *price = numbers(c, "price", &prices);
    const double *worth = has(c, "priority") ? numbers(c, "priority", &length) : NULL;
    const double *deferrable = has(c, "deferrable") ? numbers(c, "deferrable", &length) : NULL;
    const double *release = has(c, "release_seconds") ? numbers(c, "release_seconds", &length) : NULL;
    const double *after = has(c, "after") ? table(c, "after", &pairs, &columns) : NULL;
    char names[MOST_TASKS][24];
    const char *named[MOST_TASKS];
    double priority[MOST_TASKS];
    int32_t may_wait[MOST_TASKS];
    size_t before[2 * MOST_TASKS];
    uint32_t capacity[MOST_TASKS];
    for (size_t i = 0; i < length; i++) {
        snprintf(names[i], sizeof names[i], "%zu", i);
        named[i] = names[i];
        priority[i] = worth ? worth[i] : 1;
        may_wait[i] = deferrable ? deferrable[i] != 0 : 1;
    }
    for (size_t i = 0; i < 2 * pairs; i++) before[i] = (size_t)after[i];
    for (size_t i = 0; i < steps; i++) capacity[i] = (uint32_t)counts[i];
    forescale_plan *plan;
    TRY(forescale_schedule(named, priority, energy, duration, deadline, may_wait, release, length, before, pairs, capacity, steps, price,
                           prices, number(c, "step_seconds"), &plan, error));
    forescale_status status = planned(c, plan, error);
    forescale_plan_destroy(plan);
    return status;
}

const dispatch energy_DISPATCH[] = {
    {"energy_fit", fit},
    {"energy_minimize", minimize},
    {"energy_certificate", certificate},
    {"power", power},
    {"power_coefficients", power},
    {"energy_plan", plan},
    {"energy_schedule", plan},
    {NULL, NULL}};
