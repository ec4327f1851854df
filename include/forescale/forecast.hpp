// What comes next, and how sure are we?

#ifndef FORESCALE_FORECAST_HPP
#define FORESCALE_FORECAST_HPP

#include "base.hpp"
#include "load.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace forescale {

// The p-quantile of the standard normal law, 0 < p < 1.
inline double normal_quantile(double p) {
    double quantile = 0;
    detail::run([&](auto *error) { return forescale_normal_quantile(p, &quantile, error); });
    return quantile;
}

// The interval mean ± z·sigma/√n for the mean of n observations with standard deviation sigma.
inline std::pair<double, double> confidence_interval(double mean, double sigma, std::uint64_t n, double z) {
    std::pair<double, double> ends;
    detail::run([&](auto *error) {
        return forescale_confidence_interval(mean, sigma, n, z, &ends.first, &ends.second, error);
    });
    return ends;
}

// A forecast: for each step ahead a normal law around the mean. Models make it.
class Forecast {
public:
    // Unix milliseconds at which each forecast step begins.
    std::vector<std::int64_t> times() const {
        return detail::fetch<std::int64_t>([&](auto... rest) { return forescale_forecast_times(handle_.get(), rest...); });
    }

    std::vector<double> mean() const {
        return detail::fetch<double>([&](auto... rest) { return forescale_forecast_mean(handle_.get(), rest...); });
    }

    // NaN where the model has not seen an error yet.
    std::vector<double> standard_deviation() const {
        return detail::fetch<double>([&](auto... rest) { return forescale_forecast_standard_deviation(handle_.get(), rest...); });
    }

    // The interval levels that were asked for.
    std::vector<double> levels() const {
        return detail::fetch<double>([&](auto... rest) { return forescale_forecast_levels(handle_.get(), rest...); });
    }

    // The central interval of each step with probability level, between 0 and 1.
    std::vector<double> lower(double level) const {
        return detail::fetch<double>([&](auto... rest) { return forescale_forecast_lower(handle_.get(), level, rest...); });
    }

    std::vector<double> upper(double level) const {
        return detail::fetch<double>([&](auto... rest) { return forescale_forecast_upper(handle_.get(), level, rest...); });
    }

    std::vector<double> quantile(double q) const {
        return detail::fetch<double>([&](auto... rest) { return forescale_forecast_quantile(handle_.get(), q, rest...); });
    }

private:
    friend class MovingAverage;
    friend class SeasonalNaive;
    template <typename Create>
    explicit Forecast(Create &&create) : handle_(std::forward<Create>(create)) {}
    detail::Handle<forescale_forecast, forescale_forecast_destroy> handle_;
};

// The mean of the last window known values, at every horizon.
class MovingAverage {
public:
    explicit MovingAverage(std::size_t window)
        : handle_([&](auto **out, auto *error) { return forescale_moving_average_create(window, out, error); }) {}

    static MovingAverage restore(const std::vector<std::uint8_t> &bytes) {
        return MovingAverage(Handle([&](auto **out, auto *error) {
            return forescale_moving_average_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>(
            [&](auto... rest) { return forescale_moving_average_snapshot(handle_.get(), rest...); });
    }

    std::size_t window() const {
        std::size_t steps = 0;
        detail::run([&](auto *error) { return forescale_moving_average_window(handle_.get(), &steps, error); });
        return steps;
    }

    // Forgets everything and learns from the series.
    MovingAverage &fit(const Series &series) {
        detail::run([&](auto *error) { return forescale_moving_average_fit(handle_.get(), series.get(), error); });
        return *this;
    }

    // Takes in the value of the next step, NaN = missing.
    void update(double value) {
        detail::run([&](auto *error) { return forescale_moving_average_update(handle_.get(), value, error); });
    }

    // Passes over steps in which nothing was measured.
    void skip(std::uint64_t steps) {
        detail::run([&](auto *error) { return forescale_moving_average_skip(handle_.get(), steps, error); });
    }

    // Forecasts the next steps, at least 1.
    Forecast forecast(std::size_t horizon, const std::vector<double> &levels = {0.5, 0.8, 0.95}) const {
        return Forecast([&](auto **out, auto *error) {
            return forescale_moving_average_forecast(handle_.get(), horizon, levels.data(), levels.size(), out, error);
        });
    }

private:
    using Handle = detail::Handle<forescale_moving_average, forescale_moving_average_destroy>;
    explicit MovingAverage(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

// The value of one season, period steps, ago.
class SeasonalNaive {
public:
    explicit SeasonalNaive(std::size_t period)
        : handle_([&](auto **out, auto *error) { return forescale_seasonal_naive_create(period, out, error); }) {}

    static SeasonalNaive restore(const std::vector<std::uint8_t> &bytes) {
        return SeasonalNaive(Handle([&](auto **out, auto *error) {
            return forescale_seasonal_naive_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>(
            [&](auto... rest) { return forescale_seasonal_naive_snapshot(handle_.get(), rest...); });
    }

    std::size_t period() const {
        std::size_t steps = 0;
        detail::run([&](auto *error) { return forescale_seasonal_naive_period(handle_.get(), &steps, error); });
        return steps;
    }

    // Forgets everything and learns from the series.
    SeasonalNaive &fit(const Series &series) {
        detail::run([&](auto *error) { return forescale_seasonal_naive_fit(handle_.get(), series.get(), error); });
        return *this;
    }

    // Takes in the value of the next step, NaN = missing.
    void update(double value) {
        detail::run([&](auto *error) { return forescale_seasonal_naive_update(handle_.get(), value, error); });
    }

    // Passes over steps in which nothing was measured.
    void skip(std::uint64_t steps) {
        detail::run([&](auto *error) { return forescale_seasonal_naive_skip(handle_.get(), steps, error); });
    }

    // Forecasts the next steps, at least 1.
    Forecast forecast(std::size_t horizon, const std::vector<double> &levels = {0.5, 0.8, 0.95}) const {
        return Forecast([&](auto **out, auto *error) {
            return forescale_seasonal_naive_forecast(handle_.get(), horizon, levels.data(), levels.size(), out, error);
        });
    }

private:
    using Handle = detail::Handle<forescale_seasonal_naive, forescale_seasonal_naive_destroy>;
    explicit SeasonalNaive(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

// The running upper quantile of a stream of scores: a share level of them shall not exceed it; rate is how fast it follows.
class AdaptiveQuantile {
public:
    AdaptiveQuantile(double level, double rate)
        : handle_([&](auto **out, auto *error) { return forescale_adaptive_quantile_create(level, rate, out, error); }) {}

    static AdaptiveQuantile restore(const std::vector<std::uint8_t> &bytes) {
        return AdaptiveQuantile(Handle([&](auto **out, auto *error) {
            return forescale_adaptive_quantile_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>(
            [&](auto... rest) { return forescale_adaptive_quantile_snapshot(handle_.get(), rest...); });
    }

    // Infinite when misses ask for more than was ever seen, NaN before the first score.
    double value() const {
        double quantile = 0;
        detail::run([&](auto *error) { return forescale_adaptive_quantile_value(handle_.get(), &quantile, error); });
        return quantile;
    }

    // The plain p-quantile of the scores in memory.
    double of_memory(double p) const {
        double quantile = 0;
        detail::run([&](auto *error) { return forescale_adaptive_quantile_of_memory(handle_.get(), p, &quantile, error); });
        return quantile;
    }

    // How many scores are in memory, 1,024 at the most.
    std::size_t size() const {
        std::size_t length = 0;
        detail::run([&](auto *error) { return forescale_adaptive_quantile_length(handle_.get(), &length, error); });
        return length;
    }

    // Takes in the next score; NaN is left out.
    void update(double score) {
        detail::run([&](auto *error) { return forescale_adaptive_quantile_update(handle_.get(), score, error); });
    }

private:
    using Handle = detail::Handle<forescale_adaptive_quantile, forescale_adaptive_quantile_destroy>;
    explicit AdaptiveQuantile(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

// An interval around any forecast that covers the truth with long-run frequency level, adjusting at rate.
class AdaptiveInterval {
public:
    AdaptiveInterval(double level, double rate)
        : handle_([&](auto **out, auto *error) { return forescale_adaptive_interval_create(level, rate, out, error); }) {}

    static AdaptiveInterval restore(const std::vector<std::uint8_t> &bytes) {
        return AdaptiveInterval(Handle([&](auto **out, auto *error) {
            return forescale_adaptive_interval_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>(
            [&](auto... rest) { return forescale_adaptive_interval_snapshot(handle_.get(), rest...); });
    }

    // The interval around predicted; infinitely wide before the first update.
    std::pair<double, double> interval(double predicted) const {
        std::pair<double, double> ends;
        detail::run([&](auto *error) {
            return forescale_adaptive_interval_interval(handle_.get(), predicted, &ends.first, &ends.second, error);
        });
        return ends;
    }

    // Learns from what really came; a missing (NaN) actual value is left out.
    void update(double actual, double predicted) {
        detail::run([&](auto *error) { return forescale_adaptive_interval_update(handle_.get(), actual, predicted, error); });
    }

    // Share of the updates so far whose actual value lay in the interval; NaN before the first.
    double coverage() const {
        double share = 0;
        detail::run([&](auto *error) { return forescale_adaptive_interval_coverage(handle_.get(), &share, error); });
        return share;
    }

private:
    using Handle = detail::Handle<forescale_adaptive_interval, forescale_adaptive_interval_destroy>;
    explicit AdaptiveInterval(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

}  // namespace forescale

#endif  // FORESCALE_FORECAST_HPP
