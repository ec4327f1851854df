// How good forecasts were; many series at once; hierarchies of which the parts sum to the whole.

#ifndef FORESCALE_FORECAST_PANEL_HPP
#define FORESCALE_FORECAST_PANEL_HPP

#include "base.hpp"
#include "forecast.hpp"
#include "load.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace forescale {

namespace detail {

inline void same_length(Numbers a, Numbers b) {
    if (a.size() != b.size()) throw Error(FORESCALE_ERROR_DATA, "the arrays differ in length");
}

// A measure of actual and predicted values.
template <typename Call, typename... Rest>
double measure(Call &&call, Numbers actual, Numbers predicted, Rest... rest) {
    same_length(actual, predicted);
    double value = 0;
    run([&](auto *error) { return call(actual.data(), predicted.data(), actual.size(), rest..., &value, error); });
    return value;
}

}  // namespace detail

// For each point 1 − |actual − predicted| / |actual|; NaN where the load is 0 or a value is missing.
inline std::vector<double> accuracy(Numbers actual, Numbers predicted) {
    detail::same_length(actual, predicted);
    std::vector<double> points(actual.size());
    detail::run([&](auto *error) {
        return forescale_accuracy(actual.data(), predicted.data(), actual.size(), points.data(), error);
    });
    return points;
}

// How many points have no relative error.
inline std::size_t undefined(Numbers actual, Numbers predicted) {
    detail::same_length(actual, predicted);
    std::size_t points = 0;
    detail::run([&](auto *error) {
        return forescale_undefined(actual.data(), predicted.data(), actual.size(), &points, error);
    });
    return points;
}

// Measures are NaN where nothing is defined; percentages are shares: 0.1 is 10 %.
inline double mae(Numbers actual, Numbers predicted) { return detail::measure(forescale_mae, actual, predicted); }
inline double mape(Numbers actual, Numbers predicted) { return detail::measure(forescale_mape, actual, predicted); }
inline double smape(Numbers actual, Numbers predicted) { return detail::measure(forescale_smape, actual, predicted); }
inline double wape(Numbers actual, Numbers predicted) { return detail::measure(forescale_wape, actual, predicted); }
inline double mase(Numbers actual, Numbers predicted, Numbers history, std::size_t period = 1) {
    return detail::measure(forescale_mase, actual, predicted, history.data(), history.size(), period);
}
inline double within(Numbers actual, Numbers predicted, double tolerance = 0.15) {
    return detail::measure(forescale_within, actual, predicted, tolerance);
}
inline double pinball(Numbers actual, Numbers predicted, double q) {
    return detail::measure(forescale_pinball, actual, predicted, q);
}

// Of laws given by quantiles: a row for each point, a column for each probability.
inline double crps(Numbers actual, Rows quantiles, Numbers probabilities) {
    if (quantiles.rows() != actual.size() || quantiles.columns() != probabilities.size())
        throw Error(FORESCALE_ERROR_DATA, "quantiles need a row for each point and a column for each probability");
    double score = 0;
    detail::run([&](auto *error) {
        return forescale_crps(actual.data(), actual.size(), quantiles.data(), probabilities.data(), probabilities.size(), &score,
                              error);
    });
    return score;
}

inline double crps_normal(Numbers actual, Numbers mean, Numbers standard_deviation) {
    detail::same_length(actual, mean);
    detail::same_length(actual, standard_deviation);
    double score = 0;
    detail::run([&](auto *error) {
        return forescale_crps_normal(actual.data(), mean.data(), standard_deviation.data(), actual.size(), &score, error);
    });
    return score;
}

inline double coverage(Numbers actual, Numbers lower, Numbers upper) {
    detail::same_length(actual, lower);
    detail::same_length(actual, upper);
    double share = 0;
    detail::run([&](auto *error) {
        return forescale_coverage(actual.data(), lower.data(), upper.data(), actual.size(), &share, error);
    });
    return share;
}

// How good a model would have been: forecasts from many origins within a series. evaluate() makes it.
class Evaluation {
public:
    // The scores under one name (step, points, mae, mase, crps, coverage_0.8, …): over all steps ahead, then of each.
    std::vector<double> scores(const std::string &name) const {
        return detail::fetch<double>(
            [&](auto... rest) { return forescale_evaluation_scores(handle_.get(), name.c_str(), rest...); });
    }

    // The forecasts under one name (origin, time, step, actual, mean, lower_0.8, …), for each origin and step ahead.
    std::vector<double> forecasts(const std::string &name) const {
        return detail::fetch<double>(
            [&](auto... rest) { return forescale_evaluation_forecasts(handle_.get(), name.c_str(), rest...); });
    }

private:
    friend Evaluation evaluate(const Forecaster &, const Series &, const std::string &, const Features &);
    template <typename Create>
    explicit Evaluation(Create &&create) : handle_(std::forward<Create>(create)) {}
    detail::Handle<forescale_evaluation, forescale_evaluation_destroy> handle_;
};

// Forecasts from many origins, each made from what lay before it. config: JSON text with horizon, origins, refit_every, stride,
// period, levels.
inline Evaluation evaluate(const Forecaster &forecaster, const Series &series, const std::string &config = "{}",
                           const Features &features = {}) {
    return Evaluation([&](auto **out, auto *error) {
        return forescale_evaluate(forecaster.get(), series.get(), features.values.data(), features.columns, config.c_str(), out,
                                  error);
    });
}

// A model for each of several series that share a clock.
class Panel {
public:
    Panel(const Forecaster &forecaster, const std::vector<std::string> &names, std::size_t threads = 1)
        : handle_([&](auto **out, auto *error) {
              std::vector<const char *> texts;
              for (const auto &name : names) texts.push_back(name.c_str());
              return forescale_panel_create(forecaster.get(), texts.data(), texts.size(), threads, out, error);
          }) {}

    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>([&](auto... rest) { return forescale_panel_snapshot(handle_.get(), rest...); });
    }

    // The panel that a snapshot holds.
    static Panel restore(const std::vector<std::uint8_t> &bytes) {
        return Panel(Handle([&](auto **out, auto *error) {
            return forescale_panel_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    // The names of the series, as a JSON array of texts.
    std::string names() const {
        return detail::fetch_text([&](auto... rest) { return forescale_panel_names(handle_.get(), rest...); });
    }

    // How many series there are.
    std::size_t size() const {
        std::size_t length = 0;
        detail::run([&](auto *error) { return forescale_panel_length(handle_.get(), &length, error); });
        return length;
    }

    // A copy of the model of one series.
    Forecaster model(const std::string &name) const {
        return Forecaster([&](auto **out, auto *error) {
            return forescale_panel_model(handle_.get(), name.c_str(), out, error);
        });
    }

    // Forgets everything and learns from one series for each name, all on the same grid.
    Panel &fit(const std::vector<std::reference_wrapper<const Series>> &series, const Features &features = {}) {
        std::vector<const forescale_series *> all;
        for (const Series &one : series) all.push_back(one.get());
        detail::run([&](auto *error) {
            return forescale_panel_fit(handle_.get(), all.data(), all.size(), features.values.data(), features.columns, error);
        });
        return *this;
    }

    // Takes in the next step: a value for each name, NaN = missing.
    void update(Numbers values, const std::vector<double> &features = {}) {
        detail::run([&](auto *error) {
            return forescale_panel_update(handle_.get(), values.data(), values.size(), features.data(), features.size(), error);
        });
    }

    // Passes over steps in which nothing was measured.
    void skip(std::uint64_t steps) {
        detail::run([&](auto *error) { return forescale_panel_skip(handle_.get(), steps, error); });
    }

    // Forecasts the next steps of each series, in the order of the names.
    std::vector<Forecast> forecast(std::size_t horizon, const std::vector<double> &levels = {0.5, 0.8, 0.95},
                                   const Features &features = {}) const {
        std::vector<forescale_forecast *> all(size());
        detail::run([&](auto *error) {
            return forescale_panel_forecast(handle_.get(), horizon, levels.data(), levels.size(), features.values.data(),
                                            features.columns, all.data(), all.size(), error);
        });
        return Forecast::owned(all);
    }

private:
    using Handle = detail::Handle<forescale_panel, forescale_panel_destroy>;
    explicit Panel(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

// Loads by tag, of which the parts sum to the whole. leaves: a JSON array of objects of texts; groups: one of texts.
class Hierarchy {
public:
    explicit Hierarchy(const std::string &leaves, const std::string &groups = "[]")
        : handle_([&](auto **out, auto *error) {
              return forescale_hierarchy_create(leaves.c_str(), groups.c_str(), out, error);
          }) {}

    // The tags of each load, as a JSON array: those of the whole (none), of the sums, of the leaves.
    std::string nodes() const {
        return detail::fetch_text([&](auto... rest) { return forescale_hierarchy_nodes(handle_.get(), rest...); });
    }

    // Forecasts that add up, from one for each node; method is variance or bottom_up.
    std::vector<Forecast> reconcile(const std::vector<std::reference_wrapper<const Forecast>> &forecasts,
                                    const std::string &method = "variance", bool non_negative = true) const {
        std::vector<const forescale_forecast *> given;
        for (const Forecast &one : forecasts) given.push_back(one.get());
        std::vector<forescale_forecast *> all(given.size());
        detail::run([&](auto *error) {
            return forescale_hierarchy_reconcile(handle_.get(), given.data(), given.size(), method.c_str(), non_negative,
                                                 all.data(), error);
        });
        return Forecast::owned(all);
    }

private:
    detail::Handle<forescale_hierarchy, forescale_hierarchy_destroy> handle_;
};

}  // namespace forescale

#endif  // FORESCALE_FORECAST_PANEL_HPP
