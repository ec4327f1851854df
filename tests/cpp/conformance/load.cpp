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

static void calendar(const test_case *c) {
    std::vector<double> raw = numbers(c, "times");
    expect_array(c, "features", forescale::Calendar(text(c, "config")).features({raw.begin(), raw.end()}));
}

// Samples by tenant, then a query of what a snapshot brings back.
static void history(const test_case *c) {
    forescale::History history(text(c, "config"));
    std::vector<double> times = numbers(c, "times"), loads = numbers(c, "loads"), tenants = numbers(c, "tenants");
    for (std::size_t i = 0; i < times.size(); i++) {
        std::string tags = "{\"tenant\": \"t" + std::to_string(static_cast<int>(tenants[i])) + "\"}";
        history.record(static_cast<std::int64_t>(times[i]), {{"load", loads[i]}}, tags);
    }
    forescale::Series answer = forescale::History::restore(history.snapshot())
                                   .query("load", static_cast<std::int64_t>(number(c, "start")),
                                          static_cast<std::int64_t>(number(c, "end")), number(c, "step_seconds"), text(c, "how"),
                                          has(c, "tags") ? text(c, "tags") : "{}", has(c, "across") ? text(c, "across") : "");
    expect(c, "first", static_cast<double>(answer.start()));
    expect_array(c, "answer", answer.values());
}

const dispatch load_DISPATCH[] = {
    {"series", series},
    {"calendar", calendar},
    {"history", history},
    {nullptr, nullptr}};
