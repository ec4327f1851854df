#include "harness.h"

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
    forescale_energy_tensor *tensor;
    TRY(forescale_energy_tensor_create(matrix, rows, columns, &tensor, error));
    forescale_status status = forescale_energy_tensor_apply(tensor, low, lows, idle, MOST, &length, error);
    if (status == FORESCALE_OK) status = forescale_energy_tensor_shape(tensor, &rows, &columns, error);
    if (status == FORESCALE_OK)
        status = forescale_energy_tensor_minimize(tensor, demand, demands, low, lows, high, highs, scaling, MOST, energy,
                                                  MOST, &total, price, error);
    forescale_energy_tensor_destroy(tensor);
    TRY(status);
    expect_array(c, "energy_of_low", idle, length);
    expect_array(c, "scaling", scaling, columns);
    expect_array(c, "energy", energy, rows);
    expect(c, "total", total);
    expect_array(c, "price", price, demands);
    return FORESCALE_OK;
}

const dispatch energy_DISPATCH[] = {
    {"energy_fit", fit},
    {"energy_minimize", minimize},
    {NULL, NULL}};
