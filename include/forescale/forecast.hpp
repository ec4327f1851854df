// What comes next, and how sure are we?

#ifndef FORESCALE_FORECAST_HPP
#define FORESCALE_FORECAST_HPP

#include "base.hpp"
#include "load.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
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

// A forecast: for each step ahead a mean, and the law of what may come. Models make it.
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
    friend class Forecaster;
    template <typename Create>
    explicit Forecast(Create &&create) : handle_(std::forward<Create>(create)) {}
    detail::Handle<forescale_forecast, forescale_forecast_destroy> handle_;
};

// Numbers known beforehand for each step, row after row; none by default.
struct Features {
    std::vector<double> values;
    std::size_t columns = 0;
};

// A model of a load, of whatever kind: learns from a series or value by value, and forecasts the steps that follow. A model
// that learned with features must be given as many at every later call.
class Forecaster {
public:
    // The model that a snapshot holds.
    static Forecaster restore(const std::vector<std::uint8_t> &bytes) {
        return Forecaster([&](auto **out, auto *error) {
            return forescale_forecaster_restore(bytes.data(), bytes.size(), out, error);
        });
    }

    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>([&](auto... rest) { return forescale_forecaster_snapshot(handle_.get(), rest...); });
    }

    // The name of the model's kind.
    std::string name() const {
        return detail::fetch_text([&](auto... rest) { return forescale_forecaster_name(handle_.get(), rest...); });
    }

    // The settings, and what was learned, as JSON text.
    std::string parameters() const {
        return detail::fetch_text([&](auto... rest) { return forescale_forecaster_parameters(handle_.get(), rest...); });
    }

    // Forgets everything and learns from the series.
    Forecaster &fit(const Series &series, const Features &features = {}) {
        detail::run([&](auto *error) {
            return forescale_forecaster_fit(handle_.get(), series.get(), features.values.data(), features.columns, error);
        });
        return *this;
    }

    // Takes in the value of the next step, NaN = missing.
    void update(double value, const std::vector<double> &features = {}) {
        detail::run([&](auto *error) {
            return forescale_forecaster_update(handle_.get(), value, features.data(), features.size(), error);
        });
    }

    // Passes over steps in which nothing was measured.
    void skip(std::uint64_t steps) {
        detail::run([&](auto *error) { return forescale_forecaster_skip(handle_.get(), steps, error); });
    }

    // Forecasts the next steps, at least 1.
    Forecast forecast(std::size_t horizon, const std::vector<double> &levels = {0.5, 0.8, 0.95},
                      const Features &features = {}) const {
        return Forecast([&](auto **out, auto *error) {
            return forescale_forecaster_forecast(handle_.get(), horizon, levels.data(), levels.size(), features.values.data(),
                                                 features.columns, out, error);
        });
    }

    // For calls of the C interface.
    const forescale_forecaster *get() const { return handle_.get(); }

protected:
    template <typename Create>
    explicit Forecaster(Create &&create) : handle_(std::forward<Create>(create)) {}
    detail::Handle<forescale_forecaster, forescale_forecaster_destroy> handle_;
};

// The mean of the last window known values, at every horizon.
class MovingAverage : public Forecaster {
public:
    explicit MovingAverage(std::size_t window)
        : Forecaster([&](auto **out, auto *error) { return forescale_moving_average_create(window, out, error); }) {}
};

// The value of one season, period steps, ago.
class SeasonalNaive : public Forecaster {
public:
    explicit SeasonalNaive(std::size_t period)
        : Forecaster([&](auto **out, auto *error) { return forescale_seasonal_naive_create(period, out, error); }) {}
};

// Exponential smoothing in state space form; its settings as JSON text, as in forescale_ets_create.
class Ets : public Forecaster {
public:
    explicit Ets(const std::string &config_json = "{}")
        : Forecaster([&](auto **out, auto *error) { return forescale_ets_create(config_json.c_str(), out, error); }) {}
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
