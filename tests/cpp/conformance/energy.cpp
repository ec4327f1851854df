#include "harness.hpp"

static forescale::Rows table_of(const test_case *c, const char *name) {
    std::size_t rows = 0, columns = 0;
    const double *values = table(c, name, &rows, &columns);
    return {values, rows, columns};
}

static void fit(const test_case *c) {
    auto fitted = forescale::EnergyTensor::fit(table_of(c, "s"), table_of(c, "e"));
    auto tensor = forescale::EnergyTensor::restore(fitted.snapshot());
    expect_array(c, "matrix", tensor.matrix());
    expect(c, "residual", tensor.residual());
    expect(c, "condition", tensor.condition());
}

static void minimize(const test_case *c) {
    forescale::EnergyTensor tensor(table_of(c, "matrix"));
    expect_array(c, "energy_of_low", tensor.apply(numbers(c, "low")));
    auto plan = tensor.minimize(numbers(c, "demand"), numbers(c, "low"), numbers(c, "high"));
    expect_array(c, "scaling", plan.scaling);
    expect_array(c, "energy", plan.energy);
    expect(c, "total", plan.total);
    expect_array(c, "price", plan.price);
}

const dispatch energy_DISPATCH[] = {
    {"energy_fit", fit},
    {"energy_minimize", minimize},
    {nullptr, nullptr}};
