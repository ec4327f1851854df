// Does it work? Backtests and reports.

#ifndef FORESCALE_SIMULATE_HPP
#define FORESCALE_SIMULATE_HPP

#include "base.hpp"
#include "load.hpp"
#include "policy.hpp"

#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace forescale {

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

    // A policy's run, one value a decision: requested, ready, charged, response_seconds, forecast_lower, forecast_expected,
    // forecast_upper, cost, energy_kwh, violation_seconds, late_requests or over_provisioned_hours.
    std::vector<double> timeline(const std::string &policy, const std::string &column) const {
        return detail::fetch<double>([&](auto... rest) {
            return forescale_report_timeline(handle_.get(), policy.c_str(), column.c_str(), rest...);
        });
    }

    // Each policy's days (UTC) as a JSON list.
    std::string per_day() const {
        return detail::fetch_text([&](auto... rest) { return forescale_report_per_day(handle_.get(), rest...); });
    }

    // Each policy's days as a text table.
    std::string per_day_table() const {
        return detail::fetch_text([&](auto... rest) { return forescale_report_per_day_table(handle_.get(), rest...); });
    }

    // Each policy's mean day with its interval, as a JSON list; the settings are those of compare.
    std::string daily_means(const std::string &config_json = "{}") const {
        return detail::fetch_text([&](auto... rest) {
            return forescale_report_daily_means(handle_.get(), config_json.c_str(), rest...);
        });
    }

    // The true load per second, one value a decision.
    std::vector<double> load() const {
        return detail::fetch<double>([&](auto... rest) { return forescale_report_load(handle_.get(), rest...); });
    }

    const forescale_report *get() const { return handle_.get(); }

private:
    using Handle = detail::Handle<forescale_report, forescale_report_destroy>;
    explicit Report(Handle handle) : handle_(std::move(handle)) {}
    friend Report backtest(const Series &, const std::string &, const std::string &, std::uint64_t,
                           const std::function<bool(double)> &, CustomPolicy *);
    friend std::vector<Report> backtest_many(const std::vector<std::reference_wrapper<const Series>> &,
                                             const std::string &, const std::string &, const std::string &,
                                             const std::function<bool(double)> &);
    Handle handle_;
};

namespace detail {

// Who is told how far a long call is, and what that threw.
struct Listener {
    const std::function<bool(double)> &progress;
    std::exception_ptr thrown;

    static std::int32_t tell(double share, void *user) {
        auto *told = static_cast<Listener *>(user);
        try {
            return told->progress(share) ? 1 : 0;
        } catch (...) {
            told->thrown = std::current_exception();
            return 0;
        }
    }
};

}  // namespace detail

// Runs every policy in a world over a load. policies_json is a list such as ["hpa", {"static": {"replicas": 9}}], world_json at
// least {"service_rate": 10}. progress is told the share of the work done, 0 to 1; when it answers false, the backtest stops, and
// what it throws comes out again. own is a policy of one's own that runs after the others.
inline Report backtest(const Series &load, const std::string &policies_json, const std::string &world_json,
                       std::uint64_t seed = 0, const std::function<bool(double)> &progress = {},
                       CustomPolicy *own = nullptr) {
    detail::Listener listener{progress, nullptr};
    std::int32_t (*told)(double, void *) = detail::Listener::tell;
    try {
        return Report(Report::Handle([&](auto **out, auto *error) {
            if (own != nullptr) {
                std::string name = own->name();
                forescale_custom_policy callbacks = detail::callbacks(own, name);
                return forescale_backtest_custom(load.get(), policies_json.c_str(), &callbacks, world_json.c_str(), seed,
                                                 progress ? told : nullptr, &listener, out, error);
            }
            return forescale_backtest(load.get(), policies_json.c_str(), world_json.c_str(), seed,
                                      progress ? told : nullptr, &listener, out, error);
        }));
    } catch (const Error &) {
        if (listener.thrown) std::rethrow_exception(listener.thrown);
        throw;
    }
}

// backtest over any number of loads, a report for each: backtest_many({first, second}, policies_json, world_json). config_json such as
// {"seed": 0, "sweep": "full", "threads": 2}; the count of threads does not change the reports.
inline std::vector<Report> backtest_many(const std::vector<std::reference_wrapper<const Series>> &loads,
                                         const std::string &policies_json, const std::string &world_json,
                                         const std::string &config_json = "{}",
                                         const std::function<bool(double)> &progress = {}) {
    detail::Listener listener{progress, nullptr};
    std::int32_t (*told)(double, void *) = detail::Listener::tell;
    std::vector<const forescale_series *> handles;
    for (const Series &load : loads) handles.push_back(load.get());
    std::vector<forescale_report *> made(loads.size());
    std::vector<Report> reports;
    reports.reserve(loads.size());
    try {
        detail::run([&](auto *error) {
            return forescale_backtest_many(handles.data(), handles.size(), policies_json.c_str(), world_json.c_str(),
                                           config_json.c_str(), progress ? told : nullptr, &listener, made.data(), error);
        });
    } catch (const Error &) {
        if (listener.thrown) std::rethrow_exception(listener.thrown);
        throw;
    }
    for (forescale_report *report : made)
        reports.push_back(Report(Report::Handle([&](auto **out, auto *) {
            *out = report;
            return FORESCALE_OK;
        })));
    return reports;
}

// Compares policy `a` of a report with `b` by their names in it: differences with intervals and p-values as JSON text.
inline std::string compare(const Report &report, const std::string &a, const std::string &b,
                           const std::string &config_json = "{}") {
    return detail::fetch_text([&](auto... rest) {
        return forescale_compare(report.get(), a.c_str(), b.c_str(), config_json.c_str(), rest...);
    });
}

namespace synthetic {

// A generated load: {"base": 200, "parts": [{"cycle": {"amplitude": 0.5}}, {"bursts": {}}]}.
inline Series generate(const std::string &config_json = "{}", std::uint64_t seed = 0) {
    return Series::make([&](auto **out, auto *error) {
        return forescale_synthetic_generate(config_json.c_str(), seed, out, error);
    });
}

}  // namespace synthetic

// Trains the policy q_learning for so many episodes over a load, and gives the values of its table, which the setting "table" takes.
inline std::vector<double> train(const Series &load, const std::string &config_json, const std::string &world_json,
                                 std::size_t episodes = 10, std::uint64_t seed = 0,
                                 const std::function<bool(double)> &progress = {}) {
    detail::Listener listener{progress, nullptr};
    std::int32_t (*told)(double, void *) = detail::Listener::tell;
    std::vector<double> values(FORESCALE_Q_TABLE_LENGTH);
    try {
        detail::run([&](auto *error) {
            return forescale_train(load.get(), config_json.c_str(), world_json.c_str(), episodes, seed,
                                   progress ? told : nullptr, &listener, values.data(), error);
        });
    } catch (const Error &) {
        if (listener.thrown) std::rethrow_exception(listener.thrown);
        throw;
    }
    return values;
}

}  // namespace forescale

#endif  // FORESCALE_SIMULATE_HPP
