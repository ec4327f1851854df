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

static void certificate(const test_case *c) {
    forescale::EnergyTensor tensor(table_of(c, "matrix"));
    auto plan = tensor.minimize(numbers(c, "demand"), numbers(c, "low"), numbers(c, "high"));
    expect_array(c, "scaling", plan.scaling);
    expect(c, "total", plan.total);
    expect_array(c, "price", plan.price);
    expect_array(c, "low_price", plan.low_price);
    expect_array(c, "high_price", plan.high_price);
    expect(c, "lower_bound", plan.lower_bound);
    expect(c, "residual", plan.residual);
    expect(c, "gap", plan.gap());
}

static forescale::HardwareProfile profile_of(const test_case *c) {
    if (has(c, "name")) return forescale::HardwareProfile::named(text(c, "name"));
    std::optional<double> starting, draining;
    if (has(c, "starting_watts")) starting = number(c, "starting_watts");
    if (has(c, "draining_watts")) draining = number(c, "draining_watts");
    return {"own", forescale::PowerCurve(numbers(c, "points")).times(1.0), starting, draining};
}

static void power(const test_case *c) {
    auto profile = profile_of(c);
    auto curve = profile.power();
    if (has(c, "utilization")) {
        std::size_t length = 0;
        const double *utilization = numbers(c, "utilization", &length);
        std::vector<double> watts;
        for (std::size_t i = 0; i < length; ++i) watts.push_back(curve.watts(utilization[i]));
        expect_array(c, "watts", watts);
    }
    expect(c, "idle", curve.idle());
    expect(c, "busy", curve.busy());
    if (has(c, "path")) {
        std::size_t length = 0;
        const double *path = numbers(c, "path", &length);
        std::vector<std::uint32_t> counts(path, path + length);
        expect(c, "transition_energy",
               forescale::transition_energy(counts, profile, number(c, "boot_seconds"), number(c, "drain_seconds")));
    }
}

static void plan(const test_case *c) {
    std::size_t length = 0, steps = 0, pairs = 0, columns = 0;
    const double *energy = numbers(c, "energy", &length), *duration = numbers(c, "duration_seconds", &length);
    const double *deadline = numbers(c, "deadline", &length), *counts = numbers(c, "capacity", &steps);
    const double *after = has(c, "after") ? table(c, "after", &pairs, &columns) : nullptr;
    std::vector<forescale::Task> tasks(length);
    for (std::size_t i = 0; i < length; ++i) tasks[i] = {std::to_string(i), 1, energy[i], duration[i], deadline[i]};
    if (has(c, "priority")) {
        const double *priority = numbers(c, "priority", &length), *deferrable = numbers(c, "deferrable", &length);
        for (std::size_t i = 0; i < length; ++i) {
            tasks[i].priority = priority[i];
            tasks[i].deferrable = deferrable[i] != 0;
        }
    }
    if (has(c, "release_seconds")) {
        const double *release = numbers(c, "release_seconds", &length);
        for (std::size_t i = 0; i < length; ++i) tasks[i].release_seconds = release[i];
    }
    for (std::size_t i = 0; i < pairs; ++i)
        tasks[static_cast<std::size_t>(after[2 * i])].after.push_back(static_cast<std::size_t>(after[2 * i + 1]));
    auto plan = forescale::schedule(tasks, std::vector<std::uint32_t>(counts, counts + steps), numbers(c, "price"),
                                    number(c, "step_seconds"));
    expect(c, "cost", plan.cost);
    if (!has(c, "task")) return;
    std::vector<double> task, start, end, rank, cost, infeasible;
    for (const auto &placement : plan.placements) {
        task.push_back(static_cast<double>(placement.task));
        start.push_back(placement.start_seconds);
        end.push_back(placement.end_seconds);
        rank.push_back(placement.rank);
        cost.push_back(placement.cost);
    }
    for (const auto &unplaced : plan.infeasible) infeasible.push_back(static_cast<double>(unplaced.task));
    expect_array(c, "task", task);
    expect_array(c, "start_seconds", start);
    expect_array(c, "end_seconds", end);
    expect_array(c, "rank", rank);
    expect_array(c, "task_cost", cost);
    expect_array(c, "infeasible", infeasible);
    expect(c, "lower_bound", plan.lower_bound);
    expect(c, "gap", plan.gap);
    expect(c, "optimal", plan.optimal);
}

const dispatch energy_DISPATCH[] = {
    {"energy_fit", fit},
    {"energy_minimize", minimize},
    {"energy_certificate", certificate},
    {"power", power},
    {"power_coefficients", power},
    {"energy_plan", plan},
    {"energy_schedule", plan},
    {nullptr, nullptr}};
