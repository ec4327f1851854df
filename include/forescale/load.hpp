// What came in? Regular series with gaps, and causal derivatives.

#ifndef FORESCALE_LOAD_HPP
#define FORESCALE_LOAD_HPP

#include "base.hpp"

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
