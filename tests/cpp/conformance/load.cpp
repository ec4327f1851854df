#include "harness.hpp"

static void series(const test_case *c) {
    std::vector<double> raw = numbers(c, "times");
    std::vector<std::int64_t> times(raw.begin(), raw.end());
    std::string how = text(c, "how");
    auto series = forescale::Series::from_samples(times, numbers(c, "values"), number(c, "step_seconds"), how);
    auto other = series.resample(number(c, "other_step_seconds"), how);
    std::optional<std::size_t> period;
    if (has(c, "period")) period = count(c, "period");
    auto filled = series.fill(text(c, "fill"), period);
    expect(c, "start", static_cast<double>(series.start()));
    expect_array(c, "grid", series.values());
    expect_array(c, "resampled", other.values());
    expect_array(c, "filled", filled.values());
}

const dispatch load_DISPATCH[] = {
    {"series", series},
    {nullptr, nullptr}};
