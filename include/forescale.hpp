// forescale for C++17: the functions and objects of forescale.h with exceptions, containers and ownership.
//
// Every failure is a forescale::Error. Objects are moved, not copied, and end with their scope.
// Arrays go in as forescale::Numbers: a vector, a std::array, a C array, or a pointer and a length.
// Calls on const objects may overlap in time; any other call on an object may not.

#ifndef FORESCALE_HPP
#define FORESCALE_HPP

#include "forescale.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace forescale {

// Why a call failed: what() names the argument and the value, code() is one of FORESCALE_ERROR_....
class Error : public std::runtime_error {
public:
    Error(forescale_status code, const char *message) : std::runtime_error(message), code_(code) {}
    forescale_status code() const noexcept { return code_; }

private:
    forescale_status code_;
};

// Numbers that are lent for the time of a call.
class Numbers {
public:
    Numbers(const double *data, std::size_t size) noexcept : data_(data), size_(size) {}
    template <typename Container,
              typename = std::enable_if_t<std::is_same_v<
                  std::remove_cv_t<std::remove_pointer_t<decltype(std::data(std::declval<const Container &>()))>>, double>>>
    Numbers(const Container &values) noexcept : data_(std::data(values)), size_(std::size(values)) {}
    const double *data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }

private:
    const double *data_;
    std::size_t size_;
};

// A table that is lent for the time of a call: row after row.
class Rows {
public:
    Rows(const double *data, std::size_t rows, std::size_t columns) noexcept
        : data_(data), rows_(rows), columns_(columns) {}
    Rows(Numbers values, std::size_t columns)
        : data_(values.data()), rows_(columns == 0 ? 0 : values.size() / columns), columns_(columns) {
        if (columns == 0 || rows_ * columns != values.size())
            throw Error(FORESCALE_ERROR_DATA, "the values do not fill whole rows");
    }
    const double *data() const noexcept { return data_; }
    std::size_t rows() const noexcept { return rows_; }
    std::size_t columns() const noexcept { return columns_; }

private:
    const double *data_;
    std::size_t rows_, columns_;
};

namespace detail {

// Runs a function of the C interface and turns its failure into an exception.
template <typename Call>
void run(Call &&call) {
    forescale_error error;
    if (forescale_status status = call(&error); status != FORESCALE_OK) throw Error(status, error.message);
}

// Asks for the length of an answer, makes room, and fetches it.
template <typename Element, typename Call>
std::vector<Element> fetch(Call &&call) {
    std::size_t length = 0;
    run([&](forescale_error *error) { return call(static_cast<Element *>(nullptr), std::size_t{0}, &length, error); });
    std::vector<Element> values(length);
    if (length > 0) run([&](forescale_error *error) { return call(values.data(), values.size(), &length, error); });
    return values;
}

// As fetch, for a text.
template <typename Call>
std::string fetch_text(Call &&call) {
    std::size_t length = 0;
    run([&](forescale_error *error) { return call(static_cast<char *>(nullptr), std::size_t{0}, &length, error); });
    std::string text(length + 1, '\0');
    run([&](forescale_error *error) { return call(text.data(), text.size(), &length, error); });
    text.resize(length);
    return text;
}

// Owns an object of the C interface.
template <typename Object, void (*Destroy)(Object *)>
class Handle {
public:
    template <typename Create, typename = std::enable_if_t<!std::is_same_v<std::decay_t<Create>, Handle>>>
    explicit Handle(Create &&create) {
        Object *made = nullptr;
        run([&](forescale_error *error) { return create(&made, error); });
        object_.reset(made);
    }
    Object *get() noexcept { return object_.get(); }
    const Object *get() const noexcept { return object_.get(); }

private:
    struct Destroyer {
        void operator()(Object *object) const noexcept { Destroy(object); }
    };
    std::unique_ptr<Object, Destroyer> object_;
};

}  // namespace detail

inline const char *version() noexcept { return forescale_version(); }
inline std::uint32_t abi_version() noexcept { return forescale_abi_version(); }

// ---- room: load ----

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
    using Handle = detail::Handle<forescale_series, forescale_series_destroy>;
    explicit Series(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

// ---- room: forecast ----

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

// ---- room: anomaly ----

// The mean path length of an isolation tree of n points, with exact harmonic numbers; 0 for n below 2.
inline double average_path_length(std::uint64_t n) {
    double length = 0;
    detail::run([&](auto *error) { return forescale_average_path_length(n, &length, error); });
    return length;
}

// One node of a tree as data; node 0 of a tree is its root.
using TreeNode = forescale_tree_node;

// Scores how easily a point is set apart from those that the forest was fitted on.
class IsolationForest {
public:
    // Settings as JSON, all optional: {"trees": 100, "sample_size": 256, "max_features": 1.0, "seed": 0, "threads": 1}.
    explicit IsolationForest(const std::string &config_json = "{}")
        : handle_([&](auto **out, auto *error) {
              return forescale_isolation_forest_create(config_json.c_str(), out, error);
          }) {}

    // A forest from trees as data, grown on samples of sample_size points.
    static IsolationForest from_trees(const std::vector<std::vector<TreeNode>> &trees, std::uint64_t sample_size) {
        std::vector<TreeNode> nodes;
        std::vector<std::size_t> lengths;
        for (const auto &tree : trees) {
            nodes.insert(nodes.end(), tree.begin(), tree.end());
            lengths.push_back(tree.size());
        }
        return IsolationForest(Made([&](auto **out, auto *error) {
            return forescale_isolation_forest_from_trees(nodes.data(), nodes.size(), lengths.data(), lengths.size(),
                                                         sample_size, out, error);
        }));
    }

    // The forest that a snapshot was taken of.
    static IsolationForest restore(const std::vector<std::uint8_t> &bytes) {
        return IsolationForest(Made([&](auto **out, auto *error) {
            return forescale_isolation_forest_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    // Grows the trees, in place of those there were.
    void fit(Rows points) {
        detail::run([&](auto *error) {
            return forescale_isolation_forest_fit(handle_.get(), points.data(), points.rows(), points.columns(), error);
        });
    }

    // The score of each point, between 0 and 1: the higher the rarer.
    std::vector<double> score(Rows points) const {
        std::vector<double> scores(points.rows());
        detail::run([&](auto *error) {
            return forescale_isolation_forest_score(handle_.get(), points.data(), points.rows(), points.columns(),
                                                    scores.data(), error);
        });
        return scores;
    }

    // The score of one point.
    double score_point(Numbers point) const {
        double score = 0;
        detail::run([&](auto *error) {
            return forescale_isolation_forest_score_point(handle_.get(), point.data(), point.size(), &score, error);
        });
        return score;
    }

    // The trees as data, each in pre-order.
    std::vector<std::vector<TreeNode>> to_trees() const {
        std::vector<TreeNode> nodes;
        std::vector<std::size_t> lengths;
        std::size_t node_count = 0, tree_count = 0;
        auto call = [&](auto *error) {
            return forescale_isolation_forest_to_trees(handle_.get(), nodes.empty() ? nullptr : nodes.data(),
                                                       nodes.size(), &node_count,
                                                       lengths.empty() ? nullptr : lengths.data(), lengths.size(),
                                                       &tree_count, error);
        };
        detail::run(call);
        nodes.resize(node_count);
        lengths.resize(tree_count);
        detail::run(call);
        std::vector<std::vector<TreeNode>> trees;
        auto from = nodes.begin();
        for (std::size_t length : lengths) {
            auto to = from + static_cast<std::ptrdiff_t>(length);
            trees.emplace_back(from, to);
            from = to;
        }
        return trees;
    }

    // The whole state as versioned, checksummed bytes.
    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>([&](auto *out, auto capacity, auto *length, auto *error) {
            return forescale_isolation_forest_snapshot(handle_.get(), out, capacity, length, error);
        });
    }

private:
    using Made = detail::Handle<forescale_isolation_forest, forescale_isolation_forest_destroy>;
    explicit IsolationForest(Made handle) : handle_(std::move(handle)) {}
    Made handle_;
};

// ---- room: capacity ----

// The probability that an arrival finds all servers busy and is lost (M/M/c/c).
inline double erlang_b(std::uint64_t servers, double offered) {
    double probability = 0;
    detail::run([&](auto *error) { return forescale_erlang_b(servers, offered, &probability, error); });
    return probability;
}

// The probability that an arrival must wait (M/M/c).
inline double erlang_c(std::uint64_t servers, double offered) {
    double probability = 0;
    detail::run([&](auto *error) { return forescale_erlang_c(servers, offered, &probability, error); });
    return probability;
}

// A queue M/M/c in its steady state, or with other variability. Rates are per second, times in seconds.
class Queue {
public:
    Queue(double arrival_rate, double service_rate, std::uint64_t servers, double arrival_cv = 1, double service_cv = 1)
        : handle_([&](auto **out, auto *error) {
              return forescale_queue_create(arrival_rate, service_rate, servers, arrival_cv, service_cv, out, error);
          }) {}

    // Arrival rate over the rate that all servers together can serve; infinite without servers.
    double utilization() const {
        double share = 0;
        detail::run([&](auto *error) { return forescale_queue_utilization(handle_.get(), &share, error); });
        return share;
    }

    // The probability that an arrival must wait: Erlang C.
    double wait_probability() const {
        double probability = 0;
        detail::run([&](auto *error) { return forescale_queue_wait_probability(handle_.get(), &probability, error); });
        return probability;
    }

    // The mean time before service begins, over all arrivals; infinite from a utilization of 1.
    double mean_wait() const {
        double seconds = 0;
        detail::run([&](auto *error) { return forescale_queue_mean_wait(handle_.get(), &seconds, error); });
        return seconds;
    }

    // The mean time from arrival to the end of service; infinite from a utilization of 1.
    double mean_response() const {
        double seconds = 0;
        detail::run([&](auto *error) { return forescale_queue_mean_response(handle_.get(), &seconds, error); });
        return seconds;
    }

    // The wait that a share p of all arrivals stays within, 0 < p < 1.
    double wait_quantile(double p) const {
        double seconds = 0;
        detail::run([&](auto *error) { return forescale_queue_wait_quantile(handle_.get(), p, &seconds, error); });
        return seconds;
    }

    // The response time that a share p of all arrivals stays within, 0 < p < 1.
    double response_quantile(double p) const {
        double seconds = 0;
        detail::run([&](auto *error) { return forescale_queue_response_quantile(handle_.get(), p, &seconds, error); });
        return seconds;
    }

    // The probability that a response takes longer than so many seconds; 1 from a utilization of 1.
    double response_tail(double seconds) const {
        double probability = 0;
        detail::run(
            [&](auto *error) { return forescale_queue_response_tail(handle_.get(), seconds, &probability, error); });
        return probability;
    }

    const forescale_queue *get() const noexcept { return handle_.get(); }

private:
    detail::Handle<forescale_queue, forescale_queue_destroy> handle_;
};

// The smallest count of servers that meets the target, a JSON text such as {"response_quantile": [0.95, 0.4]}.
inline std::uint64_t servers_for(double arrival_rate, double service_rate, const std::string &target_json) {
    std::uint64_t servers = 0;
    detail::run([&](auto *error) {
        return forescale_servers_for(arrival_rate, service_rate, target_json.c_str(), &servers, error);
    });
    return servers;
}

// Whether the queue meets the target, which is written as for servers_for.
inline bool target_is_met(const std::string &target_json, const Queue &queue) {
    std::int32_t is_met = 0;
    detail::run([&](auto *error) { return forescale_target_is_met(target_json.c_str(), queue.get(), &is_met, error); });
    return is_met != 0;
}

// The response time of a single server whose queue is M/M/1: base / (1 - rho), infinite from rho = 1.
inline double latency(double base, double rho) {
    double seconds = 0;
    detail::run([&](auto *error) { return forescale_latency(base, rho, &seconds, error); });
    return seconds;
}

// ---- room: scaling ----

// S(t + dt) = S(t) + integral of [alpha dL/dt + beta L + gamma d2L/dt2] at every sample of the load, s0 at the first.
inline std::vector<double> scaling_identity(Numbers load, double step_seconds, double alpha, double beta, double gamma,
                                            double s0 = 0) {
    std::vector<double> scale(load.size());
    detail::run([&](auto *error) {
        return forescale_scaling_identity(load.data(), load.size(), step_seconds, alpha, beta, gamma, s0, scale.data(),
                                          error);
    });
    return scale;
}

// 1 / (1 + exp(-k (t - t0))), from 0 to 1; k is in 1 over the unit of t and t0.
inline double sigmoid(double t, double k, double t0) {
    double value = 0;
    detail::run([&](auto *error) { return forescale_sigmoid(t, k, t0, &value, error); });
    return value;
}

// The natural logarithm of the sigmoid, precise where the sigmoid itself has vanished.
inline double log_sigmoid(double t, double k, double t0) {
    double value = 0;
    detail::run([&](auto *error) { return forescale_log_sigmoid(t, k, t0, &value, error); });
    return value;
}

// The derivative of the sigmoid by t.
inline double sigmoid_slope(double t, double k, double t0) {
    double value = 0;
    detail::run([&](auto *error) { return forescale_sigmoid_slope(t, k, t0, &value, error); });
    return value;
}

// A smooth way from one scale to another, half done at t0: initial + (target - initial) sigmoid(t, k, t0).
class Transition {
public:
    Transition(double initial, double target, double k, double t0)
        : handle_([&](auto **out, auto *error) {
              return forescale_transition_create(initial, target, k, t0, out, error);
          }) {}

    // From one count of replicas to another within duration_seconds from start (in seconds), exact at both ends.
    static Transition over(std::uint64_t initial, std::uint64_t target, double start, double duration_seconds) {
        return Transition(Handle([&](auto **out, auto *error) {
            return forescale_transition_over(initial, target, start, duration_seconds, out, error);
        }));
    }

    // The scale at time t.
    double value(double t) const {
        double scale = 0;
        detail::run([&](auto *error) { return forescale_transition_value(handle_.get(), t, &scale, error); });
        return scale;
    }

    // The change of the scale per unit of time at t.
    double slope(double t) const {
        double slope = 0;
        detail::run([&](auto *error) { return forescale_transition_slope(handle_.get(), t, &slope, error); });
        return slope;
    }

    // The count of replicas at time t: the integer nearest to the scale.
    std::uint64_t replicas(double t) const {
        std::uint64_t count = 0;
        detail::run([&](auto *error) { return forescale_transition_replicas(handle_.get(), t, &count, error); });
        return count;
    }

private:
    using Handle = detail::Handle<forescale_transition, forescale_transition_destroy>;
    explicit Transition(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

// The scaling identity, incremental: clamped to limits, without wind-up of its integral.
class ScalingLaw {
public:
    // The settings are a JSON text with the fields alpha, beta, gamma, low, high and s0.
    explicit ScalingLaw(const std::string &config_json = "{}")
        : handle_([&](auto **out, auto *error) {
              return forescale_scaling_law_create(config_json.c_str(), out, error);
          }) {}

    static ScalingLaw restore(const std::vector<std::uint8_t> &bytes) {
        return ScalingLaw(Handle([&](auto **out, auto *error) {
            return forescale_scaling_law_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>(
            [&](auto... rest) { return forescale_scaling_law_snapshot(handle_.get(), rest...); });
    }

    // Takes one sample, step_seconds after the one before, and gives the new scale.
    double update(double load, double step_seconds) {
        double scale = 0;
        detail::run([&](auto *error) {
            return forescale_scaling_law_update(handle_.get(), load, step_seconds, &scale, error);
        });
        return scale;
    }

    // Takes the gains that come closest to a recorded scale, by least squares, and begins anew. Gives the root mean square
    // of what they leave unexplained. The record has as many loads as scales, at least 4.
    double tune(const std::vector<double> &load, const std::vector<double> &scale, double step_seconds) {
        if (load.size() != scale.size())
            throw Error(FORESCALE_ERROR_DATA, "load and scale differ in length");
        double error_left = 0;
        detail::run([&](auto *error) {
            return forescale_scaling_law_tune(handle_.get(), load.data(), scale.data(), load.size(), step_seconds,
                                              &error_left, error);
        });
        return error_left;
    }

    // The gains alpha, beta and gamma.
    std::array<double, 3> gains() const {
        std::array<double, 3> found{};
        detail::run([&](auto *error) {
            return forescale_scaling_law_gains(handle_.get(), &found[0], &found[1], &found[2], error);
        });
        return found;
    }

    // The scale after the last sample.
    double scale() const {
        double scale = 0;
        detail::run([&](auto *error) { return forescale_scaling_law_scale(handle_.get(), &scale, error); });
        return scale;
    }

private:
    using Handle = detail::Handle<forescale_scaling_law, forescale_scaling_law_destroy>;
    explicit ScalingLaw(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

// The scale with memory: the curve up while the load rises, down while it falls, held while it stands still.
class Hysteresis {
public:
    // Points (load, scale) with increasing loads, straight between them and level at the ends.
    using Points = std::vector<std::pair<double, double>>;

    Hysteresis(const Points &up, const Points &down)
        : handle_([&](auto **out, auto *error) {
              std::vector<double> ups = flat(up), downs = flat(down);
              return forescale_hysteresis_create(ups.data(), up.size(), downs.data(), down.size(), out, error);
          }) {}

    // The hysteresis that a snapshot holds, given the same curves.
    static Hysteresis restore(const Points &up, const Points &down, const std::vector<std::uint8_t> &bytes) {
        return Hysteresis(Handle([&](auto **out, auto *error) {
            std::vector<double> ups = flat(up), downs = flat(down);
            return forescale_hysteresis_restore(ups.data(), up.size(), downs.data(), down.size(), bytes.data(),
                                                bytes.size(), out, error);
        }));
    }

    // The memory, without the curves.
    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>(
            [&](auto... rest) { return forescale_hysteresis_snapshot(handle_.get(), rest...); });
    }

    // Takes the next load and gives the scale.
    double update(double load) {
        double scale = 0;
        detail::run([&](auto *error) { return forescale_hysteresis_update(handle_.get(), load, &scale, error); });
        return scale;
    }

private:
    static std::vector<double> flat(const Points &points) {
        std::vector<double> values;
        for (auto [load, scale] : points) values.insert(values.end(), {load, scale});
        return values;
    }

    using Handle = detail::Handle<forescale_hysteresis, forescale_hysteresis_destroy>;
    explicit Hysteresis(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

// r0 + k (L - L0) at every sample of the predicted load: the integral of dR/dt = k dL/dt.
inline std::vector<double> ramp(Numbers predicted_load, double step_seconds, double k, double r0) {
    std::vector<double> resource(predicted_load.size());
    detail::run([&](auto *error) {
        return forescale_ramp(predicted_load.data(), predicted_load.size(), step_seconds, k, r0, resource.data(), error);
    });
    return resource;
}

// ---- room: energy ----

// The cheapest scaling vector that covers a demand, with the proof of it.
struct CheapestScaling {
    std::vector<double> scaling;  // how much of each scaling dimension
    std::vector<double> energy;   // the energy of each kind that it takes
    double total = 0;             // the sum of the energy
    std::vector<double> price;    // for each demand the energy that its last unit takes
};

// A linear map T from scaling dimensions (a column each) to kinds of energy (a row each).
class EnergyTensor {
public:
    explicit EnergyTensor(Rows matrix)
        : handle_([&](auto **out, auto *error) {
              return forescale_energy_tensor_create(matrix.data(), matrix.rows(), matrix.columns(), out, error);
          }) {}

    // The tensor without negative entries that explains a record best: a row an observation in both.
    static EnergyTensor fit(Rows s, Rows e) {
        return EnergyTensor(Handle([&](auto **out, auto *error) {
            return forescale_energy_tensor_fit(s.data(), s.rows(), s.columns(), e.data(), e.rows(), e.columns(), out, error);
        }));
    }

    static EnergyTensor restore(const std::vector<std::uint8_t> &bytes) {
        return EnergyTensor(Handle([&](auto **out, auto *error) {
            return forescale_energy_tensor_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>(
            [&](auto... rest) { return forescale_energy_tensor_snapshot(handle_.get(), rest...); });
    }

    // The energy of each kind at the scaling vector s.
    std::vector<double> apply(Numbers s) const {
        return detail::fetch<double>(
            [&](auto... rest) { return forescale_energy_tensor_apply(handle_.get(), s.data(), s.size(), rest...); });
    }

    // The scaling vector of least total energy that covers a demand: on its sum (one number) or on each dimension.
    CheapestScaling minimize(Numbers demand, Numbers low, Numbers high) const {
        auto [rows, columns] = shape();
        CheapestScaling cheapest;
        cheapest.scaling.resize(columns);
        cheapest.energy.resize(rows);
        cheapest.price.resize(demand.size());
        detail::run([&](auto *error) {
            return forescale_energy_tensor_minimize(handle_.get(), demand.data(), demand.size(), low.data(), low.size(),
                                                    high.data(), high.size(), cheapest.scaling.data(), columns,
                                                    cheapest.energy.data(), rows, &cheapest.total, cheapest.price.data(),
                                                    error);
        });
        return cheapest;
    }

    // The counts of rows (kinds of energy) and columns (scaling dimensions).
    std::pair<std::size_t, std::size_t> shape() const {
        std::pair<std::size_t, std::size_t> counts;
        detail::run([&](auto *error) {
            return forescale_energy_tensor_shape(handle_.get(), &counts.first, &counts.second, error);
        });
        return counts;
    }

    // The matrix, row after row.
    std::vector<double> matrix() const {
        return detail::fetch<double>(
            [&](auto... rest) { return forescale_energy_tensor_matrix(handle_.get(), rest...); });
    }

    // Of a fitted tensor the norm of all that stayed unexplained; NaN of a given one.
    double residual() const {
        double norm = 0;
        detail::run([&](auto *error) { return forescale_energy_tensor_residual(handle_.get(), &norm, error); });
        return norm;
    }

    // Of a fitted tensor the condition number of the record; NaN of a given one.
    double condition() const {
        double number = 0;
        detail::run([&](auto *error) { return forescale_energy_tensor_condition(handle_.get(), &number, error); });
        return number;
    }

private:
    using Handle = detail::Handle<forescale_energy_tensor, forescale_energy_tensor_destroy>;
    explicit EnergyTensor(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

// ---- room: choice ----

namespace detail {

// Flags as C takes them.
inline std::vector<std::int32_t> flags(const std::vector<bool> &values) { return {values.begin(), values.end()}; }

}  // namespace detail

// Which points nothing dominates; maximize is empty (minimise all), one flag for all, or one an objective.
inline std::vector<bool> pareto_front(Rows points, const std::vector<bool> &maximize = {}) {
    std::vector<std::int32_t> front(points.rows()), up = detail::flags(maximize);
    detail::run([&](auto *error) {
        return forescale_pareto_front(points.data(), points.rows(), points.columns(), up.data(), up.size(), front.data(),
                                      error);
    });
    return {front.begin(), front.end()};
}

// The rank of each point: 0 on the front, 1 on the front of the rest, and so on.
inline std::vector<std::uint64_t> non_dominated_sort(Rows points, const std::vector<bool> &maximize = {}) {
    std::vector<std::uint64_t> ranks(points.rows());
    std::vector<std::int32_t> up = detail::flags(maximize);
    detail::run([&](auto *error) {
        return forescale_non_dominated_sort(points.data(), points.rows(), points.columns(), up.data(), up.size(),
                                            ranks.data(), error);
    });
    return ranks;
}

// The crowding distance of each point of one front.
inline std::vector<double> crowding_distance(Rows points) {
    std::vector<double> distances(points.rows());
    detail::run([&](auto *error) {
        return forescale_crowding_distance(points.data(), points.rows(), points.columns(), distances.data(), error);
    });
    return distances;
}

// The volume that the points dominate up to a reference, all objectives minimised.
inline double hypervolume(Rows points, Numbers reference) {
    double volume = 0;
    detail::run([&](auto *error) {
        return forescale_hypervolume(points.data(), points.rows(), points.columns(), reference.data(), reference.size(),
                                     &volume, error);
    });
    return volume;
}

// The product of metric^weight, with 0^0 = 1.
inline double utility(Numbers metrics, Numbers weights) {
    double product = 0;
    detail::run([&](auto *error) {
        return forescale_utility(metrics.data(), metrics.size(), weights.data(), weights.size(), &product, error);
    });
    return product;
}

// The natural logarithm of utility.
inline double log_utility(Numbers metrics, Numbers weights) {
    double sum = 0;
    detail::run([&](auto *error) {
        return forescale_log_utility(metrics.data(), metrics.size(), weights.data(), weights.size(), &sum, error);
    });
    return sum;
}

// The index of the best point within the constraints: for each objective a least and a largest value, or none.
inline std::uint64_t choose(Rows points, const std::vector<bool> &maximize, Numbers weights,
                            const std::vector<std::array<double, 2>> &constraints = {}) {
    std::vector<std::int32_t> up = detail::flags(maximize);
    std::uint64_t index = 0;
    detail::run([&](auto *error) {
        return forescale_choose(points.data(), points.rows(), points.columns(), up.data(), up.size(), weights.data(),
                                weights.size(), constraints.empty() ? nullptr : constraints[0].data(), constraints.size(),
                                &index, error);
    });
    return index;
}

// ---- room: policy ----

// Refuses a policy that is unknown or out of range: a bare name, or a JSON text such as {"hpa": {"target_utilization": 0.6}}.
inline void policy_check(const std::string &policy_json) {
    detail::run([&](auto *error) { return forescale_policy_check(policy_json.c_str(), error); });
}

// ---- room: engine ----

// The replicas of a service at one moment: last asked for, serving, created but not ready yet, on their way out.
struct Fleet {
    std::uint32_t requested = 0, ready = 0, pending = 0, terminating = 0;
};

// The forecast of the largest load over the lead time, in load per second; upper is what is sized for.
struct Peak {
    double lower, expected, upper;
};

// What an engine answers: a count, and the numbers that led to it. Times are Unix milliseconds.
struct Decision {
    std::int64_t now;
    std::uint32_t replicas, reactive, predicted;
    std::int32_t mode;        // FORESCALE_MODE_...
    std::int32_t limited_by;  // FORESCALE_RAIL_...
    std::int64_t valid_until;
    std::optional<Peak> forecast;
};

// Decides how many replicas to run, from a stream of load samples. One engine serves one service.
class Engine {
public:
    // Settings are a JSON text, such as {"service_rate": 10, "policy": "hpa"}.
    explicit Engine(const std::string &config_json)
        : handle_([&](auto **out, auto *error) { return forescale_engine_create(config_json.c_str(), out, error); }) {}

    static Engine restore(const std::vector<std::uint8_t> &bytes) {
        return Engine(Handle([&](auto **out, auto *error) {
            return forescale_engine_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>(
            [&](auto... rest) { return forescale_engine_snapshot(handle_.get(), rest...); });
    }

    // The settings as JSON text, the defaults filled in.
    std::string config() const {
        return detail::fetch_text([&](auto... rest) { return forescale_engine_config(handle_.get(), rest...); });
    }

    // Takes in the mean load per second over the interval that ends at now; NaN = missing.
    void observe(std::int64_t now, double load) {
        detail::run([&](auto *error) { return forescale_engine_observe(handle_.get(), now, load, error); });
    }

    // Takes in many samples: all of them, or none when one is refused.
    void observe_batch(const std::vector<std::int64_t> &times, Numbers loads) {
        if (times.size() != loads.size()) throw Error(FORESCALE_ERROR_DATA, "times and loads differ in length");
        detail::run([&](auto *error) {
            return forescale_engine_observe_batch(handle_.get(), times.data(), loads.data(), loads.size(), error);
        });
    }

    // Decides how many replicas to ask for at now, given the fleet as it is. Does not allocate memory once warm.
    Decision decide(std::int64_t now, const Fleet &fleet) {
        std::uint32_t replicas = 0;
        detail::run([&](auto *error) {
            return forescale_engine_decide(handle_.get(), now, fleet.requested, fleet.ready, fleet.pending,
                                           fleet.terminating, &replicas, error);
        });
        return *last_decision();
    }

    // Learns that the request was changed at now to replicas.
    void applied(std::int64_t now, std::uint32_t replicas) {
        detail::run([&](auto *error) { return forescale_engine_applied(handle_.get(), now, replicas, error); });
    }

    // The last decision in words; says so when there is none.
    std::string explain() const {
        return detail::fetch_text([&](auto... rest) { return forescale_engine_explain(handle_.get(), rest...); });
    }

    // The last decision, none before the first.
    std::optional<Decision> last_decision() const {
        Decision last{};
        forescale_error error;
        forescale_status status = forescale_engine_last_decision(handle_.get(), &last.now, &last.replicas, &last.reactive,
                                                                 &last.predicted, &last.mode, &last.limited_by,
                                                                 &last.valid_until, &error);
        if (status == FORESCALE_ERROR_NOT_READY) return std::nullopt;
        if (status != FORESCALE_OK) throw Error(status, error.message);
        Peak peak{};
        detail::run([&](auto *failed) {
            return forescale_engine_last_decision_forecast(handle_.get(), &peak.lower, &peak.expected, &peak.upper, failed);
        });
        if (peak.upper == peak.upper) last.forecast = peak;
        return last;
    }

    // The last decision as one line of JSON text, with every reason and its numbers.
    std::string last_decision_json() const {
        return detail::fetch_text(
            [&](auto... rest) { return forescale_engine_last_decision_json(handle_.get(), rest...); });
    }

private:
    using Handle = detail::Handle<forescale_engine, forescale_engine_destroy>;
    explicit Engine(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

// ---- room: simulate ----

// What a backtest found.
class Report {
public:
    // Totals and frontier as JSON text, without the timelines.
    std::string to_json() const {
        return detail::fetch_text([&](auto... rest) { return forescale_report_to_json(handle_.get(), rest...); });
    }

    // The totals as a text table.
    std::string table() const {
        return detail::fetch_text([&](auto... rest) { return forescale_report_table(handle_.get(), rest...); });
    }

    // The totals of one policy as JSON text, by its name in the report.
    std::string policy(const std::string &name) const {
        return detail::fetch_text(
            [&](auto... rest) { return forescale_report_policy(handle_.get(), name.c_str(), rest...); });
    }

    // The report as one HTML page without anything external.
    std::string to_html() const {
        return detail::fetch_text([&](auto... rest) { return forescale_report_to_html(handle_.get(), rest...); });
    }

    // The chart of cost against broken promises as SVG text.
    std::string frontier_svg() const {
        return detail::fetch_text([&](auto... rest) { return forescale_report_frontier_svg(handle_.get(), rest...); });
    }

    // The busiest day (of a short run: hour, or all of it) as SVG text: load, replicas and response times.
    std::string timeline_svg() const {
        return detail::fetch_text([&](auto... rest) { return forescale_report_timeline_svg(handle_.get(), rest...); });
    }

    // A policy's run, one value a decision: requested, ready, charged, response_seconds, forecast_lower, forecast_expected or
    // forecast_upper.
    std::vector<double> timeline(const std::string &policy, const std::string &column) const {
        return detail::fetch<double>([&](auto... rest) {
            return forescale_report_timeline(handle_.get(), policy.c_str(), column.c_str(), rest...);
        });
    }

    // The true load per second, one value a decision.
    std::vector<double> load() const {
        return detail::fetch<double>([&](auto... rest) { return forescale_report_load(handle_.get(), rest...); });
    }

private:
    using Handle = detail::Handle<forescale_report, forescale_report_destroy>;
    explicit Report(Handle handle) : handle_(std::move(handle)) {}
    friend Report backtest(const Series &, const std::string &, const std::string &, std::uint64_t,
                           const std::function<bool(double)> &);
    Handle handle_;
};

// Runs every policy in a world over a load. policies_json is a list such as ["hpa", {"static": {"replicas": 9}}], world_json at
// least {"service_rate": 10}. progress is told the share of the work done, 0 to 1; when it answers false, the backtest stops, and
// what it throws comes out again.
inline Report backtest(const Series &load, const std::string &policies_json, const std::string &world_json,
                       std::uint64_t seed = 0, const std::function<bool(double)> &progress = {}) {
    struct Listener {
        const std::function<bool(double)> &progress;
        std::exception_ptr thrown;
    } listener{progress, nullptr};
    auto tell = [](double share, void *user) -> std::int32_t {
        auto *told = static_cast<Listener *>(user);
        try {
            return told->progress(share) ? 1 : 0;
        } catch (...) {
            told->thrown = std::current_exception();
            return 0;
        }
    };
    std::int32_t (*told)(double, void *) = tell;
    try {
        return Report(Report::Handle([&](auto **out, auto *error) {
            return forescale_backtest(load.get(), policies_json.c_str(), world_json.c_str(), seed,
                                      progress ? told : nullptr, &listener, out, error);
        }));
    } catch (const Error &) {
        if (listener.thrown) std::rethrow_exception(listener.thrown);
        throw;
    }
}

}  // namespace forescale

#endif  // FORESCALE_HPP
