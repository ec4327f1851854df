// What comes next, and how sure are we?

#ifndef FORESCALE_FORECAST_HPP
#define FORESCALE_FORECAST_HPP

#include "base.hpp"
#include "load.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
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

    const forescale_forecast *get() const noexcept { return handle_.get(); }

private:
    friend class Forecaster;
    friend class Panel;
    friend class Hierarchy;
    // Objects for forecasts that a call has made.
    static std::vector<Forecast> owned(const std::vector<forescale_forecast *> &made) {
        std::vector<Forecast> all;
        all.reserve(made.size());
        for (auto *one : made)
            all.push_back(Forecast([&](auto **out, auto *) {
                *out = one;
                return FORESCALE_OK;
            }));
        return all;
    }
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
    friend class Panel;
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

// Prophet's model: a trend that bends at few points, seasons, holidays, events and features.
class Additive : public Forecaster {
public:
    explicit Additive(const std::string &config_json = "{}")
        : Forecaster([&](auto **out, auto *error) { return forescale_additive_create(config_json.c_str(), out, error); }) {}
};

// What a user's own model forecasts: a mean and a standard deviation (NaN where it is not known) for each step ahead.
struct CustomForecast {
    std::vector<double> mean, standard_deviation;
};

// A user's own model. What it is handed is checked before, and what it answers after; what it throws comes out of the call on the
// forecaster. Features are empty where there are none. forecast, snapshot and copy may run on several threads at once.
class CustomModel {
public:
    virtual ~CustomModel() = default;
    // A name for messages.
    virtual std::string name() const { return "custom"; }
    // Forgets everything and learns from values (NaN = missing) from start (Unix milliseconds) on.
    virtual void fit(Numbers values, std::int64_t start, double step_seconds, const Rows &features) = 0;
    // Takes in the value of the next step, NaN = missing.
    virtual void update(double value, Numbers features) = 0;
    virtual CustomForecast forecast(std::size_t horizon, const Rows &features) const = 0;
    // The state as bytes, and back.
    virtual std::vector<std::uint8_t> snapshot() const { throw Error(FORESCALE_ERROR_DATA, "the model has no snapshots"); }
    virtual void restore(const std::vector<std::uint8_t> &) { throw Error(FORESCALE_ERROR_DATA, "the model has no snapshots"); }
    // An independent copy.
    virtual std::unique_ptr<CustomModel> copy() const { throw Error(FORESCALE_ERROR_DATA, "the model cannot be copied"); }
};

namespace detail {

// Runs a callback; what it throws waits for the call to return.
template <typename Body>
std::int32_t answer(Body &&body) noexcept {
    try {
        body();
        return 0;
    } catch (...) {
        thrown() = std::current_exception();
        return 1;
    }
}

// The callbacks of a model; name is lent.
inline forescale_custom_model callbacks(CustomModel *model, const std::string &name) {
    forescale_custom_model made{};
    made.user = model;
    made.name = name.c_str();
    made.fit = [](void *user, const double *values, std::size_t length, std::int64_t start, double step_seconds,
                  const double *features, std::size_t columns) -> std::int32_t {
        return answer([&] {
            Rows rows(features, columns == 0 ? 0 : length, columns);
            static_cast<CustomModel *>(user)->fit(Numbers(values, length), start, step_seconds, rows);
        });
    };
    made.update = [](void *user, double value, const double *features, std::size_t columns) -> std::int32_t {
        return answer([&] { static_cast<CustomModel *>(user)->update(value, Numbers(features, columns)); });
    };
    made.forecast = [](const void *user, std::size_t horizon, const double *features, std::size_t columns, double *mean,
                       double *standard_deviation) -> std::int32_t {
        return answer([&] {
            Rows rows(features, columns == 0 ? 0 : horizon, columns);
            CustomForecast law = static_cast<const CustomModel *>(user)->forecast(horizon, rows);
            if (law.mean.size() != horizon || law.standard_deviation.size() != horizon)
                throw Error(FORESCALE_ERROR_DATA, "the model's forecast has another length than the horizon");
            std::copy(law.mean.begin(), law.mean.end(), mean);
            std::copy(law.standard_deviation.begin(), law.standard_deviation.end(), standard_deviation);
        });
    };
    made.snapshot = [](const void *user, std::uint8_t *bytes, std::size_t capacity, std::size_t *length) -> std::int32_t {
        return answer([&] {
            std::vector<std::uint8_t> state = static_cast<const CustomModel *>(user)->snapshot();
            if (bytes != nullptr) std::copy_n(state.begin(), std::min(state.size(), capacity), bytes);
            *length = bytes == nullptr ? state.size() : std::min(state.size(), capacity);
        });
    };
    made.restore = [](void *user, const std::uint8_t *bytes, std::size_t length) -> std::int32_t {
        return answer([&] { static_cast<CustomModel *>(user)->restore({bytes, bytes + length}); });
    };
    made.copy = [](const void *user) -> void * {
        CustomModel *twin = nullptr;
        answer([&] { twin = static_cast<const CustomModel *>(user)->copy().release(); });
        return twin;
    };
    made.destroy = [](void *user) { delete static_cast<CustomModel *>(user); };
    return made;
}

}  // namespace detail

// A forecaster that a user's own model stands behind.
class Custom : public Forecaster {
public:
    explicit Custom(std::unique_ptr<CustomModel> model)
        : Forecaster([&](auto **out, auto *error) {
              std::string name = model->name();
              forescale_custom_model callbacks = detail::callbacks(model.get(), name);
              forescale_status status = forescale_custom_create(&callbacks, out, error);
              if (status == FORESCALE_OK) static_cast<void>(model.release());
              return status;
          }) {}

    // The forecaster that snapshot wrote: the model is handed its own bytes.
    static Custom restore(const std::vector<std::uint8_t> &bytes, std::unique_ptr<CustomModel> model) {
        return Custom(bytes, std::move(model));
    }

private:
    Custom(const std::vector<std::uint8_t> &bytes, std::unique_ptr<CustomModel> model)
        : Forecaster([&](auto **out, auto *error) {
              std::string name = model->name();
              forescale_custom_model callbacks = detail::callbacks(model.get(), name);
              forescale_status status = forescale_custom_restore(bytes.data(), bytes.size(), &callbacks, out, error);
              if (status == FORESCALE_OK) static_cast<void>(model.release());
              return status;
          }) {}
};

// The default forecaster: built-in experts and copies of the members; its settings as JSON text, as in forescale_ensemble_create.
class Ensemble : public Forecaster {
public:
    explicit Ensemble(const std::string &config_json = "{}", const std::vector<const Forecaster *> &members = {})
        : Forecaster([&](auto **out, auto *error) {
              std::vector<const forescale_forecaster *> handles;
              for (const Forecaster *member : members) handles.push_back(member->get());
              return forescale_ensemble_create(config_json.c_str(), handles.data(), handles.size(), out, error);
          }) {}

    // Begins with a seasonal shape learned elsewhere, as pooled_shape gives it.
    void warm_start(const std::vector<double> &shape, double period_seconds) {
        detail::run([&](auto *error) {
            return forescale_ensemble_warm_start(handle_.get(), shape.data(), shape.size(), period_seconds, error);
        });
    }

    // The indices of the members whose refit is due.
    std::vector<std::size_t> refits_due() const {
        return detail::fetch<std::size_t>([&](auto... rest) { return forescale_ensemble_refits_due(handle_.get(), rest...); });
    }

    // Refits members, those that are due first, while budget lasts, measured by the clock; gives the indices of those tried.
    template <typename Clock>
    std::vector<std::size_t> refit(double budget, Clock clock) {
        std::vector<std::size_t> refitted(64);
        std::size_t length = 0;
        detail::run([&](auto *error) {
            return forescale_ensemble_refit(
                handle_.get(), budget, [](void *user) -> double { return (*static_cast<Clock *>(user))(); }, &clock, refitted.data(),
                refitted.size(), &length, error);
        });
        refitted.resize(length);
        return refitted;
    }
};

// The shape of one season that several series have in common, as in forescale_pooled_shape.
inline std::vector<double> pooled_shape(const std::vector<const Series *> &series, double period_seconds) {
    std::vector<const forescale_series *> handles;
    for (const Series *one : series) handles.push_back(one->get());
    return detail::fetch<double>(
        [&](auto... rest) { return forescale_pooled_shape(handles.data(), handles.size(), period_seconds, rest...); });
}

// Exponential smoothing in state space form; its settings as JSON text, as in forescale_ets_create.
class Ets : public Forecaster {
public:
    explicit Ets(const std::string &config_json = "{}")
        : Forecaster([&](auto **out, auto *error) { return forescale_ets_create(config_json.c_str(), out, error); }) {}
};

// An ARIMA model with the exact Gaussian likelihood; its settings as JSON text, as in forescale_arima_create.
class Arima : public Forecaster {
public:
    explicit Arima(const std::string &config_json = "{}")
        : Forecaster([&](auto **out, auto *error) { return forescale_arima_create(config_json.c_str(), out, error); }) {}
};

// Extrapolates the spectrum: the waves of a load go on. Settings as JSON text.
class Spectral : public Forecaster {
public:
    explicit Spectral(const std::string &config_json = "{}")
        : Forecaster([&](auto **out, auto *error) { return forescale_spectral_create(config_json.c_str(), out, error); }) {}
};

// Boosted trees on lags, seasons, calendar and features; settings as in forescale_gradient_boosting_create.
class GradientBoosting : public Forecaster {
public:
    explicit GradientBoosting(const std::string &config_json = "{}")
        : Forecaster([&](auto **out, auto *error) { return forescale_gradient_boosting_create(config_json.c_str(), out, error); }) {}
};

// Long short-term memory; settings as in forescale_lstm_create.
class Lstm : public Forecaster {
public:
    explicit Lstm(const std::string &config_json = "{}")
        : Forecaster([&](auto **out, auto *error) { return forescale_lstm_create(config_json.c_str(), out, error); }) {}
};

// Dilated causal convolutions; settings as in forescale_tcn_create.
class Tcn : public Forecaster {
public:
    explicit Tcn(const std::string &config_json = "{}")
        : Forecaster([&](auto **out, auto *error) { return forescale_tcn_create(config_json.c_str(), out, error); }) {}
};

// Long short-term memory for the sequence, gradient boosting for calendar, events and features; settings as in
// forescale_hybrid_create.
class Hybrid : public Forecaster {
public:
    explicit Hybrid(const std::string &config_json = "{}")
        : Forecaster([&](auto **out, auto *error) { return forescale_hybrid_create(config_json.c_str(), out, error); }) {}
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
