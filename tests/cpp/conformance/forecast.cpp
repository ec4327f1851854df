#include "harness.hpp"

static void normal_quantile(const test_case *c) { expect(c, "z", forescale::normal_quantile(number(c, "p"))); }

static void confidence(const test_case *c) {
    auto [lower, upper] =
        forescale::confidence_interval(number(c, "mean"), number(c, "sigma"), count(c, "n"), number(c, "z"));
    expect(c, "lower", lower);
    expect(c, "upper", upper);
}

template <typename Model>
static void check(const test_case *c) {
    std::vector<double> values = numbers(c, "values");
    double last = values.back();
    values.pop_back();
    Model model(count(c, "steps"));
    model.fit(forescale::Series(values, 60000)).update(last);
    model.skip(2);
    forescale::Forecast forecast = model.forecast(count(c, "horizon"));
    std::vector<std::int64_t> times = forecast.times();
    expect_array(c, "times", std::vector<double>(times.begin(), times.end()));
    expect_array(c, "mean", forecast.mean());
    expect_array(c, "standard_deviation", forecast.standard_deviation());
    expect_array(c, "lower", forecast.lower(0.8));
    expect_array(c, "upper", forecast.upper(0.8));
    expect_array(c, "quantile", forecast.quantile(0.9));
}

static void forecaster(const test_case *c) {
    if (std::strcmp(text(c, "model"), "moving_average") == 0)
        check<forescale::MovingAverage>(c);
    else
        check<forescale::SeasonalNaive>(c);
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
    {"adaptive_interval", adaptive_interval},
    {nullptr, nullptr}};
