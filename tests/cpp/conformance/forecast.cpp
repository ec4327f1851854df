#include "harness.hpp"

static void normal_quantile(const test_case *c) { expect(c, "z", forescale::normal_quantile(number(c, "p"))); }

static void confidence(const test_case *c) {
    auto [lower, upper] =
        forescale::confidence_interval(number(c, "mean"), number(c, "sigma"), count(c, "n"), number(c, "z"));
    expect(c, "lower", lower);
    expect(c, "upper", upper);
}

// The model that a case names, with its settings.
static forescale::Forecaster create(const test_case *c) {
    std::string name = text(c, "model");
    std::string config = has(c, "config") ? text(c, "config") : "{}";
    if (name == "additive") return forescale::Additive(config);
    if (name == "moving_average") return forescale::MovingAverage(count(c, "steps"));
    if (name == "seasonal_naive") return forescale::SeasonalNaive(count(c, "steps"));
    if (name == "ets") return forescale::Ets(config);
    std::fprintf(stderr, "%s: no model %s\n", c->label, name.c_str());
    std::exit(1);
}

// Rows of a case's features.
static forescale::Features rows_of(const test_case *c, std::size_t first, std::size_t length) {
    if (!has(c, "features")) return {};
    std::size_t rows = 0, columns = 0;
    const double *values = table(c, "features", &rows, &columns);
    return {{values + first * columns, values + (first + length) * columns}, columns};
}

// Fitted to all values but the last `updates`, which come one by one; then `skip` steps without a value.
static void forecaster(const test_case *c) {
    std::vector<double> values = numbers(c, "values");
    std::size_t fitted = values.size() - (has(c, "updates") ? count(c, "updates") : 0);
    forescale::Forecaster model = create(c);
    std::vector<double> first(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(fitted));
    std::int64_t start = has(c, "start") ? static_cast<std::int64_t>(count(c, "start")) : 60000;
    double step = has(c, "step_seconds") ? number(c, "step_seconds") : 60;
    model.fit(forescale::Series(first, start, step), rows_of(c, 0, fitted));
    for (std::size_t i = fitted; i < values.size(); i++) model.update(values[i], rows_of(c, i, 1).values);
    if (has(c, "skip")) model.skip(count(c, "skip"));
    std::size_t horizon = count(c, "horizon");
    forescale::Forecast forecast =
        forescale::Forecaster::restore(model.snapshot()).forecast(horizon, {}, rows_of(c, values.size(), horizon));
    std::vector<std::int64_t> times = forecast.times();
    auto compare = [&](const char *name, const std::vector<double> &got) {
        if (has(c, name)) expect_array(c, name, got);
    };
    compare("times", std::vector<double>(times.begin(), times.end()));
    compare("mean", forecast.mean());
    compare("standard_deviation", forecast.standard_deviation());
    compare("lower", forecast.lower(0.8));
    compare("upper", forecast.upper(0.8));
    compare("quantile", forecast.quantile(0.9));
}

static void adaptive_interval(const test_case *c) {
    forescale::AdaptiveInterval interval(number(c, "level"), number(c, "rate"));
    std::vector<double> upper;
    for (double value : numbers(c, "actual")) {
        interval.update(value, 0);
        upper.push_back(interval.interval(0).second);
    }
    expect_array(c, "upper", upper);
    expect(c, "coverage", interval.coverage());
}

const dispatch forecast_DISPATCH[] = {
    {"normal_quantile", normal_quantile},
    {"confidence", confidence},
    {"forecaster", forecaster},
    {"additive", forecaster},
    {"holt_winters", forecaster},
    {"ets", forecaster},
    {"adaptive_interval", adaptive_interval},
    {nullptr, nullptr}};
