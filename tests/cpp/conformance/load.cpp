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

static void dft(const test_case *c) {
    std::vector<double> real, imaginary;
    for (std::complex<double> x : forescale::dft(numbers(c, "values"))) {
        real.push_back(x.real());
        imaginary.push_back(x.imag());
    }
    expect_array(c, "real", real);
    expect_array(c, "imaginary", imaginary);
}

// All densities, or those of the bins with most power.
static void periodogram(const test_case *c) {
    auto [frequencies, density] = forescale::periodogram(numbers(c, "values"), number(c, "step_seconds"));
    if (has(c, "bins")) {
        std::vector<double> top;
        for (double bin : numbers(c, "bins")) top.push_back(density.at(static_cast<std::size_t>(bin)));
        expect_array(c, "top", top);
    } else {
        expect_array(c, "frequencies", frequencies);
        expect_array(c, "density", density);
    }
}

static void periods(const test_case *c) {
    std::vector<double> seconds;
    for (auto period : forescale::periods(numbers(c, "values"), number(c, "step_seconds"), count(c, "max_periods")))
        seconds.push_back(period.seconds);
    expect_array(c, "seconds", seconds);
}

static void correlate(const test_case *c) {
    auto found = forescale::correlate(numbers(c, "load"), numbers(c, "factor"), count(c, "max_lag"));
    expect(c, "lag", static_cast<double>(found.lag));
    expect(c, "r", found.r);
    expect(c, "p_value", found.p_value);
}

static void principal_components(const test_case *c) {
    std::size_t rows = 0, columns = 0;
    const double *points = table(c, "table", &rows, &columns);
    auto found = forescale::principal_components(forescale::Rows(points, rows, columns), count(c, "count"));
    expect_array(c, "scores", found.scores);
    expect_array(c, "directions", found.directions);
    expect_array(c, "explained", found.explained);
}

static void decompose(const test_case *c) {
    std::vector<std::size_t> periods;
    for (double period : numbers(c, "periods")) periods.push_back(static_cast<std::size_t>(period));
    auto parts = forescale::decompose(numbers(c, "values"), periods, number(c, "robust") != 0);
    std::vector<double> seasonal;
    for (const auto &season : parts.seasonal) seasonal.insert(seasonal.end(), season.begin(), season.end());
    expect_array(c, "trend", parts.trend);
    expect_array(c, "seasonal", seasonal);
    expect_array(c, "remainder", parts.remainder);
}

const dispatch load_DISPATCH[] = {
    {"series", series},
    {"calendar", calendar},
    {"history", history},
    {"dft", dft},
    {"periodogram", periodogram},
    {"periods", periods},
    {"correlate", correlate},
    {"principal_components", principal_components},
    {"decompose", decompose},
    {nullptr, nullptr}};
