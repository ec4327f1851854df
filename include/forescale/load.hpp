// What came in? Regular series with gaps, causal derivatives, and the structure of a load.

#ifndef FORESCALE_LOAD_HPP
#define FORESCALE_LOAD_HPP

#include "base.hpp"

#include <algorithm>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace forescale {

// Slope and curvature of a load at each sample, per second and per second squared, from the past alone.
inline std::pair<std::vector<double>, std::vector<double>> derivatives(Numbers values, double step_seconds,
                                                                       std::size_t window = 5) {
    std::vector<double> first(values.size()), second(values.size());
    detail::run([&](auto *error) {
        return forescale_derivatives(values.data(), values.size(), step_seconds, window, first.data(), second.data(), error);
    });
    return {std::move(first), std::move(second)};
}

// The discrete Fourier transform of a load.
inline std::vector<std::complex<double>> dft(Numbers values) {
    std::vector<double> real(values.size()), imaginary(values.size());
    detail::run([&](auto *error) {
        return forescale_dft(values.data(), values.size(), real.data(), imaginary.data(), error);
    });
    std::vector<std::complex<double>> answer(values.size());
    for (std::size_t i = 0; i < answer.size(); i++) answer[i] = {real[i], imaginary[i]};
    return answer;
}

// One-sided power spectral density: frequencies in hertz, and at each the power per hertz; the mean is removed.
inline std::pair<std::vector<double>, std::vector<double>> periodogram(Numbers values, double step_seconds) {
    std::vector<double> frequencies(values.size() / 2 + 1), density(frequencies.size());
    detail::run([&](auto *error) {
        return forescale_periodogram(values.data(), values.size(), step_seconds, frequencies.data(), density.data(), error);
    });
    return {std::move(frequencies), std::move(density)};
}

// A period of a load, and the share of the load's variance that it explains with its harmonics.
struct Period {
    double seconds, strength;
};

// The periods of a load (NaN = missing), the strongest first; none for noise and constants.
inline std::vector<Period> periods(Numbers values, double step_seconds, std::size_t max_periods = 3) {
    // There are fewer periods than values.
    std::size_t most = std::min(max_periods, values.size()), length = 0;
    std::vector<double> seconds(most), strengths(most);
    detail::run([&](auto *error) {
        return forescale_periods(values.data(), values.size(), step_seconds, most, seconds.data(), strengths.data(), &length,
                                 error);
    });
    std::vector<Period> answer;
    for (std::size_t i = 0; i < length; i++) answer.push_back({seconds[i], strengths[i]});
    return answer;
}

// How a factor goes with a load: it is lag steps ahead; the p-value is corrected for autocorrelation and the choice of the lag.
struct Correlation {
    std::size_t lag = 0;
    double r = 0, p_value = 1;
};

// The lag among 0 to max_lag steps at which a factor, which is never later than the load, says most about it.
inline Correlation correlate(Numbers load, Numbers factor, std::size_t max_lag = 0) {
    if (load.size() != factor.size()) throw Error(FORESCALE_ERROR_DATA, "load and factor differ in length");
    Correlation found;
    detail::run([&](auto *error) {
        return forescale_correlate(load.data(), factor.data(), load.size(), max_lag, &found.lag, &found.r, &found.p_value,
                                   error);
    });
    return found;
}

// Rows in the new coordinates (rows × count), directions (count × columns), and the share of the variance of each.
struct PrincipalComponents {
    std::vector<double> scores, directions, explained;
};

// The first principal components of a table with a row a moment and a column a metric.
inline PrincipalComponents principal_components(Rows table, std::size_t count) {
    // More than that are refused, before anything is written.
    std::size_t room = std::min({count, table.rows(), table.columns()});
    PrincipalComponents found;
    found.scores.resize(table.rows() * room);
    found.directions.resize(room * table.columns());
    found.explained.resize(room);
    detail::run([&](auto *error) {
        return forescale_principal_components(table.data(), table.rows(), table.columns(), count, found.scores.data(),
                                              found.directions.data(), found.explained.data(), error);
    });
    return found;
}

// A load taken apart: the slow part, a season for each period, and what remains (NaN where the load was missing).
struct Decomposition {
    std::vector<double> trend;
    std::vector<std::vector<double>> seasonal;
    std::vector<double> remainder;
};

// A load (NaN = missing) taken apart by periods in steps; robust leaves outliers in the remainder.
inline Decomposition decompose(Numbers values, const std::vector<std::size_t> &periods, bool robust = false) {
    std::size_t n = values.size();
    Decomposition parts;
    parts.trend.resize(n);
    parts.remainder.resize(n);
    std::vector<double> seasonal(n * periods.size());
    detail::run([&](auto *error) {
        return forescale_decompose(values.data(), n, periods.data(), periods.size(), robust, parts.trend.data(),
                                   seasonal.data(), parts.remainder.data(), error);
    });
    auto from = seasonal.begin();
    for (std::size_t i = 0; i < periods.size(); i++, from += static_cast<std::ptrdiff_t>(n))
        parts.seasonal.emplace_back(from, from + static_cast<std::ptrdiff_t>(n));
    return parts;
}

// A load on a regular grid: one value a step, NaN where nothing was measured. Times are Unix milliseconds.
class Series {
public:
    explicit Series(Numbers values, std::int64_t start = 0, double step_seconds = 60)
        : handle_([&](auto **out, auto *error) {
              return forescale_series_create(values.data(), values.size(), start, step_seconds, out, error);
          }) {}

    // From samples at any times: sorted, and aggregated within a step; how is mean, sum, max, min, last or count.
    static Series from_samples(const std::vector<std::int64_t> &times, Numbers values, double step_seconds,
                               const std::string &how = "mean") {
        if (times.size() != values.size()) throw Error(FORESCALE_ERROR_DATA, "times and values differ in length");
        return Series(Handle([&](auto **out, auto *error) {
            return forescale_series_from_samples(times.data(), values.data(), times.size(), step_seconds, how.c_str(), out,
                                                 error);
        }));
    }

    // From samples taken regularly, in any order: the step is the smallest distance of two times.
    static Series from_regular(const std::vector<std::int64_t> &times, Numbers values) {
        if (times.size() != values.size()) throw Error(FORESCALE_ERROR_DATA, "times and values differ in length");
        return Series(Handle([&](auto **out, auto *error) {
            return forescale_series_from_regular(times.data(), values.data(), times.size(), out, error);
        }));
    }

    // From CSV text with a header line; the second column and the smallest distance of two times unless given.
    static Series from_csv(const std::string &csv, const std::optional<std::string> &column = {},
                           std::optional<double> step_seconds = {}) {
        return Series(Handle([&](auto **out, auto *error) {
            return forescale_series_from_csv(csv.c_str(), column ? column->c_str() : nullptr,
                                             step_seconds ? &*step_seconds : nullptr, out, error);
        }));
    }

    static Series restore(const std::vector<std::uint8_t> &bytes) {
        return Series(Handle([&](auto **out, auto *error) {
            return forescale_series_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    // What a function of the C interface makes.
    template <typename Create>
    static Series make(Create &&create) {
        return Series(Handle(std::forward<Create>(create)));
    }

    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>(
            [&](auto... rest) { return forescale_series_snapshot(handle_.get(), rest...); });
    }

    std::vector<double> values() const {
        return detail::fetch<double>([&](auto... rest) { return forescale_series_values(handle_.get(), rest...); });
    }

    std::int64_t start() const {
        std::int64_t milliseconds = 0;
        detail::run([&](auto *error) { return forescale_series_start(handle_.get(), &milliseconds, error); });
        return milliseconds;
    }

    double step_seconds() const {
        double seconds = 0;
        detail::run([&](auto *error) { return forescale_series_step_seconds(handle_.get(), &seconds, error); });
        return seconds;
    }

    // The same load on a coarser or a finer grid.
    Series resample(double step_seconds, const std::string &how = "mean") const {
        return Series(Handle([&](auto **out, auto *error) {
            return forescale_series_resample(handle_.get(), step_seconds, how.c_str(), out, error);
        }));
    }

    // The same series with its missing values replaced: linear, hold, or seasonal with a period in steps.
    Series fill(const std::string &how, std::optional<std::size_t> period = {}) const {
        return Series(Handle([&](auto **out, auto *error) {
            return forescale_series_fill(handle_.get(), how.c_str(), period ? &*period : nullptr, out, error);
        }));
    }

    const forescale_series *get() const noexcept { return handle_.get(); }

private:
    friend class History;
    using Handle = detail::Handle<forescale_series, forescale_series_destroy>;
    explicit Series(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

}  // namespace forescale

#endif  // FORESCALE_LOAD_HPP
