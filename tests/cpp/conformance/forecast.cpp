#include "harness.hpp"

#include <fstream>
#include <iterator>

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
    if (name == "arima") return forescale::Arima(config);
    if (name == "spectral") return forescale::Spectral(config);
    if (name == "gradient_boosting") return forescale::GradientBoosting(config);
    if (name == "lstm") return forescale::Lstm(config);
    if (name == "tcn") return forescale::Tcn(config);
    if (name == "hybrid") return forescale::Hybrid(config);
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

// Compares what the case expects of a forecast.
static void check(const test_case *c, const forescale::Forecast &forecast) {
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

// Fitted to all values but the last `updates`, which come one by one; then `skip` steps without a value, and `then`.
template <typename Model, typename Then> static void tried(const test_case *c, Model model, Then then) {
    std::vector<double> values = numbers(c, "values");
    std::size_t fitted = values.size() - (has(c, "updates") ? count(c, "updates") : 0);
    std::vector<double> first(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(fitted));
    std::int64_t start = has(c, "start") ? static_cast<std::int64_t>(count(c, "start")) : 60000;
    double step = has(c, "step_seconds") ? number(c, "step_seconds") : 60;
    model.fit(forescale::Series(first, start, step), rows_of(c, 0, fitted));
    for (std::size_t i = fitted; i < values.size(); i++) model.update(values[i], rows_of(c, i, 1).values);
    if (has(c, "skip")) model.skip(count(c, "skip"));
    then(model);
    std::size_t horizon = count(c, "horizon");
    check(c, forescale::Forecaster::restore(model.snapshot()).forecast(horizon, {}, rows_of(c, values.size(), horizon)));
}

// Restored from a file that is kept for ever, then updated.
static void model_snapshot(const test_case *c) {
    std::ifstream file(std::string("vectors/snapshots/") + text(c, "file"), std::ios::binary);
    std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
    forescale::Forecaster model = forescale::Forecaster::restore(bytes);
    for (double value : numbers(c, "updates")) model.update(value);
    check(c, model.forecast(count(c, "horizon")));
}

static void forecaster(const test_case *c) {
    tried(c, create(c), [](forescale::Forecaster &) {});
}

// With a moving average and a seasonal naive model as members where there are `steps`; a shape to begin with, and a refit with
// a clock that counts its calls.
static void ensemble(const test_case *c) {
    std::size_t steps = has(c, "steps") ? count(c, "steps") : 1;
    forescale::MovingAverage average(steps);
    forescale::SeasonalNaive naive(steps);
    std::vector<const forescale::Forecaster *> members;
    if (has(c, "steps")) members = {&average, &naive};
    forescale::Ensemble model(has(c, "config") ? text(c, "config") : "{}", members);
    if (has(c, "shape")) model.warm_start(numbers(c, "shape"), number(c, "period_seconds"));
    tried(c, std::move(model), [&](forescale::Ensemble &trained) {
        if (!has(c, "budget")) return;
        std::vector<std::size_t> due = trained.refits_due();
        expect_array(c, "due", std::vector<double>(due.begin(), due.end()));
        double calls = 0;
        std::vector<std::size_t> refitted = trained.refit(number(c, "budget"), [&] { return ++calls; });
        expect_array(c, "refitted", std::vector<double>(refitted.begin(), refitted.end()));
    });
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

// Every measure that the case expects.
static void accuracy(const test_case *c) {
    namespace f = forescale;
    std::vector<double> actual = numbers(c, "actual"), predicted = numbers(c, "predicted");
    std::vector<double> points = f::accuracy(actual, predicted);
    if (has(c, "accuracy")) expect_array(c, "accuracy", points);
    auto compare = [&](const char *name, auto measure) {
        if (has(c, name)) expect(c, name, measure());
    };
    compare("undefined", [&] { return static_cast<double>(f::undefined(actual, predicted)); });
    compare("mae", [&] { return f::mae(actual, predicted); });
    compare("mape", [&] { return f::mape(actual, predicted); });
    compare("smape", [&] { return f::smape(actual, predicted); });
    compare("mase", [&] { return f::mase(actual, predicted, numbers(c, "history"), count(c, "period")); });
    compare("wape", [&] { return f::wape(actual, predicted); });
    compare("within", [&] { return f::within(actual, predicted); });
    compare("pinball", [&] { return f::pinball(actual, predicted, number(c, "q")); });
    compare("crps", [&] {
        std::size_t rows = 0, columns = 0;
        const double *values = table(c, "quantiles", &rows, &columns);
        return f::crps(actual, f::Rows(values, rows, columns), numbers(c, "probabilities"));
    });
    compare("crps_normal", [&] { return f::crps_normal(actual, predicted, numbers(c, "standard_deviation")); });
    compare("coverage", [&] { return f::coverage(actual, numbers(c, "lower"), numbers(c, "upper")); });
}

static void evaluation(const test_case *c) {
    std::vector<double> values = numbers(c, "values");
    auto result = forescale::evaluate(forescale::SeasonalNaive(count(c, "steps")), forescale::Series(values, 60000),
                                      text(c, "config"), rows_of(c, 0, values.size()));
    for (const char *name : {"points", "undefined", "mae", "mape", "smape", "mase", "wape", "within", "crps", "coverage_0.8"})
        expect_array(c, name, result.scores(name));
    for (const char *name : {"time", "mean", "lower_0.95"}) expect_array(c, name, result.forecasts(name));
}

// A panel over the columns of a table, fitted and updated; its forecasts, and these reconciled.
static void panel(const test_case *c) {
    std::size_t rows = 0, columns = 0;
    const double *values = table(c, "values", &rows, &columns);
    std::size_t fitted = rows - count(c, "updates");
    std::vector<std::string> names;
    std::vector<forescale::Series> series;
    for (std::size_t column = 0; column < columns; column++) {
        std::vector<double> own;
        for (std::size_t row = 0; row < fitted; row++) own.push_back(values[row * columns + column]);
        series.emplace_back(own);
        names.push_back("s" + std::to_string(column));
    }
    forescale::Panel panel(forescale::SeasonalNaive(count(c, "steps")), names, count(c, "threads"));
    panel.fit({series.begin(), series.end()});
    for (std::size_t row = fitted; row < rows; row++) panel.update({values + row * columns, columns});
    forescale::Hierarchy hierarchy(text(c, "leaves"), text(c, "groups"));
    auto forecasts = forescale::Panel::restore(panel.snapshot()).forecast(count(c, "horizon"));
    auto reconciled =
        hierarchy.reconcile({forecasts.begin(), forecasts.end()}, text(c, "method"), number(c, "non_negative") != 0);
    auto compare = [&](const char *mean, const char *upper, const std::vector<forescale::Forecast> &all) {
        std::vector<double> means, uppers;
        for (const auto &one : all) {
            for (double value : one.mean()) means.push_back(value);
            for (double value : one.upper(0.8)) uppers.push_back(value);
        }
        expect_array(c, mean, means);
        expect_array(c, upper, uppers);
    };
    compare("mean", "upper", forecasts);
    compare("reconciled", "reconciled_upper", reconciled);
}

const dispatch forecast_DISPATCH[] = {
    {"accuracy", accuracy},
    {"evaluation", evaluation},
    {"panel", panel},
    {"normal_quantile", normal_quantile},
    {"confidence", confidence},
    {"forecaster", forecaster},
    {"additive", forecaster},
    {"holt_winters", forecaster},
    {"ets", forecaster},
    {"arima", forecaster},
    {"spectral", forecaster},
    {"learned", forecaster},
    {"ensemble", ensemble},
    {"model_snapshot", model_snapshot},
    {"adaptive_interval", adaptive_interval},
    {nullptr, nullptr}};
