// forescale for C++17: the functions and objects of forescale.h with exceptions, containers and ownership.
//
// Every failure is a forescale::Error. Objects are moved, not copied, and end with their scope.
// Arrays go in as forescale::Numbers: a vector, a std::array, a C array, or a pointer and a length.
// Calls on const objects may overlap in time; any other call on an object may not.

#ifndef FORESCALE_HPP
#define FORESCALE_HPP

#include "forescale.h"

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

// ---- room: anomaly ----

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

    // The wait that a share p of all arrivals stays within, 0 < p < 1.
    double wait_quantile(double p) const {
        double seconds = 0;
        detail::run([&](auto *error) { return forescale_queue_wait_quantile(handle_.get(), p, &seconds, error); });
        return seconds;
    }

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

// ---- room: scaling ----

// ---- room: energy ----

// ---- room: choice ----

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
