// The loop: observe, decide, learn.

#ifndef FORESCALE_ENGINE_HPP
#define FORESCALE_ENGINE_HPP

#include "base.hpp"
#include "policy.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace forescale {

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
    std::uint32_t advised;  // what would be asked for, were the engine not advisory; else the same as replicas
};

// What would have been advised, given the same fleet, without the forecast, and without each rail (FORESCALE_RAIL_...) that bound.
struct Counterfactuals {
    std::uint32_t without_forecast;
    std::vector<std::pair<std::int32_t, std::uint32_t>> without_rail;
};

// What one service claims of a budget: the count that its engine decided for, what its load observed now needs, what it runs.
struct Claim {
    std::uint32_t wanted, reactive, current;
};

// The count that each of several services gets under one budget, such as {"limit": 16, "pools": [{"cost": 2, "min_replicas": 1}, {}]}.
// Engine::limit_to_share tells each engine.
inline std::vector<std::uint32_t> joint_budget_share(const std::string &budget_json, const std::vector<Claim> &claims) {
    std::vector<std::uint32_t> wanted, reactive, current, shares(claims.size());
    for (const Claim &claim : claims) {
        wanted.push_back(claim.wanted);
        reactive.push_back(claim.reactive);
        current.push_back(claim.current);
    }
    detail::run([&](auto *error) {
        return forescale_joint_budget_share(budget_json.c_str(), wanted.data(), reactive.data(), current.data(),
                                            claims.size(), shares.data(), error);
    });
    return shares;
}
// How long replicas take to start, in seconds from asking for one to its being ready.
struct LeadTime {
    double p50, p90, p99;
    std::uint64_t count;
    double horizon_seconds;
};

// What three ways to size would have cost lately, in mean fleets, broken promises included.
struct ForecastValue {
    double ours, reactive, seasonal_naive, gain, gain_error;
    std::uint64_t intervals;
    bool is_followed;
};

// The reward lately: weight times accuracy, less weight times energy.
struct Reward {
    double last, mean, accuracy, energy, gain;
};

// How the service really did, as far as it was measured.
struct Performance {
    double service_rate, kept;
    std::uint64_t samples;
};

// Decides how many replicas to run, from a stream of load samples. One engine serves one service.
class Engine {
public:
    // Settings are a JSON text, such as {"service_rate": 10, "policy": "hpa"}.
    explicit Engine(const std::string &config_json)
        : handle_([&](auto **out, auto *error) { return forescale_engine_create(config_json.c_str(), out, error); }) {}

    // With a policy of one's own, whatever policy the settings name.
    Engine(const std::string &config_json, std::unique_ptr<CustomPolicy> policy)
        : handle_([&](auto **out, auto *error) {
              if (policy == nullptr) throw Error(FORESCALE_ERROR_NULL_ARGUMENT, "policy: must not be null");
              std::string name = policy->name();
              forescale_custom_policy callbacks = detail::callbacks(policy.get(), name);
              forescale_status status = forescale_engine_create_custom(config_json.c_str(), &callbacks, out, error);
              if (status == FORESCALE_OK) static_cast<void>(policy.release());
              return status;
          }) {}

    // An engine that was saved with a policy of one's own, whose restore is handed its state.
    static Engine restore(const std::vector<std::uint8_t> &bytes, std::unique_ptr<CustomPolicy> policy) {
        return Engine(Handle([&](auto **out, auto *error) {
            if (policy == nullptr) throw Error(FORESCALE_ERROR_NULL_ARGUMENT, "policy: must not be null");
            std::string name = policy->name();
            forescale_custom_policy callbacks = detail::callbacks(policy.get(), name);
            forescale_status status =
                forescale_engine_restore_custom(bytes.data(), bytes.size(), &callbacks, out, error);
            if (status == FORESCALE_OK) static_cast<void>(policy.release());
            return status;
        }));
    }

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

    // Takes in the requests in the service at now, being served and waiting, as a mean over the interval that ends then; NaN = missing.
    void observe_in_flight(std::int64_t now, double in_flight) {
        detail::run(
            [&](auto *error) { return forescale_engine_observe_in_flight(handle_.get(), now, in_flight, error); });
    }

    // What the policy q_learning has learned so far; nothing with another policy.
    std::vector<double> q_table() const {
        return detail::fetch<double>([&](auto... rest) { return forescale_engine_q_table(handle_.get(), rest...); });
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

    // Takes in that a replica that became ready at now took so many seconds from being asked for.
    void observe_start_up(std::int64_t now, double seconds) {
        detail::run([&](auto *error) { return forescale_engine_observe_start_up(handle_.get(), now, seconds, error); });
    }

    // Takes in the response time at the share that is promised, and the utilization of the ready replicas; NaN = missing.
    void observe_performance(std::int64_t now, double response_seconds, double utilization) {
        detail::run([&](auto *error) {
            return forescale_engine_observe_performance(handle_.get(), now, response_seconds, utilization, error);
        });
    }

    LeadTime lead_time() const {
        LeadTime x{};
        detail::run([&](auto *error) {
            return forescale_engine_lead_time(handle_.get(), &x.p50, &x.p90, &x.p99, &x.count, &x.horizon_seconds, error);
        });
        return x;
    }

    ForecastValue forecast_value() const {
        ForecastValue x{};
        std::int32_t is_followed = 0;
        detail::run([&](auto *error) {
            return forescale_engine_forecast_value(handle_.get(), &x.ours, &x.reactive, &x.seasonal_naive, &x.gain,
                                                   &x.gain_error, &x.intervals, &is_followed, error);
        });
        x.is_followed = is_followed != 0;
        return x;
    }

    Reward reward() const {
        Reward x{};
        detail::run([&](auto *error) {
            return forescale_engine_reward(handle_.get(), &x.last, &x.mean, &x.accuracy, &x.energy, &x.gain, error);
        });
        return x;
    }

    Performance performance() const {
        Performance x{};
        detail::run([&](auto *error) {
            return forescale_engine_performance(handle_.get(), &x.service_rate, &x.kept, &x.samples, error);
        });
        return x;
    }

    // Changes settings of the running engine, which keeps what it learned: a JSON text of those that change.
    void reconfigure(const std::string &changes_json) {
        detail::run([&](auto *error) { return forescale_engine_reconfigure(handle_.get(), changes_json.c_str(), error); });
    }

    // The first line of an audit log that goes on from here.
    std::string audit_header() const {
        return detail::fetch_text([&](auto... rest) { return forescale_engine_audit_header(handle_.get(), rest...); });
    }

    // The last decision with all that was told before it as one line of JSON text.
    std::string audit_line() const {
        return detail::fetch_text([&](auto... rest) { return forescale_engine_audit_line(handle_.get(), rest...); });
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
        detail::run([&](auto *failed) {
            return forescale_engine_last_decision_advised(handle_.get(), &last.advised, failed);
        });
        return last;
    }

    // The last decision's count to feed to a horizontal pod autoscaler that passes over changes within its tolerance.
    std::uint32_t desired_for_hpa(std::uint32_t current, double tolerance = 0.1) const {
        std::uint32_t replicas = 0;
        detail::run([&](auto *error) {
            return forescale_engine_last_decision_desired_for_hpa(handle_.get(), current, tolerance, &replicas, error);
        });
        return replicas;
    }

    // What the last decision would have been otherwise.
    Counterfactuals counterfactuals() const {
        Counterfactuals told{};
        std::int32_t rails[32];
        std::uint32_t replicas[32];
        std::size_t length = 0;
        detail::run([&](auto *error) {
            return forescale_engine_last_decision_counterfactuals(handle_.get(), &told.without_forecast, rails, replicas,
                                                                  32, &length, error);
        });
        for (std::size_t i = 0; i < length; i++) told.without_rail.emplace_back(rails[i], replicas[i]);
        return told;
    }

    // How the count that the last decision advises is spread over the tiers of the settings, in their order.
    std::vector<std::uint32_t> tiers() const {
        return detail::fetch<std::uint32_t>(
            [&](auto... rest) { return forescale_engine_last_decision_tiers(handle_.get(), rest...); });
    }

    // Lowers the last decision to its share of a common budget, and gives the count then.
    std::uint32_t limit_to_share(std::uint32_t share) {
        std::uint32_t replicas = 0;
        detail::run([&](auto *error) {
            return forescale_engine_limit_to_share(handle_.get(), share, &replicas, error);
        });
        return replicas;
    }

    // Pauses scaling "in", "out", or "both", until resume; saved with the state.
    void pause(const std::string &direction) {
        detail::run([&](auto *error) { return forescale_engine_pause(handle_.get(), direction.c_str(), error); });
    }

    void resume() {
        detail::run([&](auto *error) { return forescale_engine_resume(handle_.get(), error); });
    }

    // The direction in which scaling is paused, or nothing.
    std::string paused() const {
        return detail::fetch_text([&](auto... rest) { return forescale_engine_paused(handle_.get(), rest...); });
    }

    // Takes in how much of a resource of the settings all replicas together use at now; NaN = missing.
    void observe_resource(std::int64_t now, const std::string &name, double value) {
        detail::run([&](auto *error) {
            return forescale_engine_observe_resource(handle_.get(), now, name.c_str(), value, error);
        });
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

// Where an audit log and what follows from its inputs part.
struct LogDifference {
    std::uint64_t line, sequence;
    std::string logged, derived;
};

// Runs an audit log again, line by line, in the memory of one engine.
class AuditReplay {
public:
    AuditReplay() : handle_([](auto **out, auto *error) { return forescale_audit_replay_create(out, error); }) {}

    // Reads the next line: a header first, then decisions.
    void line(const std::string &text) {
        detail::run([&](auto *error) { return forescale_audit_replay_line(handle_.get(), text.c_str(), error); });
    }

    std::uint64_t decisions() const {
        std::uint64_t decisions = 0, line = 0, sequence = 0;
        detail::run([&](auto *error) {
            return forescale_audit_replay_difference(handle_.get(), &decisions, &line, &sequence, error);
        });
        return decisions;
    }

    // The first difference; none while all decisions are as logged.
    std::optional<LogDifference> difference() const {
        LogDifference x{};
        std::uint64_t decisions = 0;
        detail::run([&](auto *error) {
            return forescale_audit_replay_difference(handle_.get(), &decisions, &x.line, &x.sequence, error);
        });
        if (x.line == 0) return std::nullopt;
        x.logged = detail::fetch_text([&](auto... rest) { return forescale_audit_replay_logged(handle_.get(), rest...); });
        x.derived = detail::fetch_text([&](auto... rest) { return forescale_audit_replay_derived(handle_.get(), rest...); });
        return x;
    }

private:
    detail::Handle<forescale_audit_replay, forescale_audit_replay_destroy> handle_;
};

// Derives every decision of an audit log again: the first line whose decision differs, counted from 1; 0 when all are as logged.
inline std::uint64_t replay(const std::string &log) {
    std::uint64_t line = 0;
    detail::run([&](auto *error) { return forescale_replay(log.c_str(), &line, error); });
    return line;
}

}  // namespace forescale

#endif  // FORESCALE_ENGINE_HPP
