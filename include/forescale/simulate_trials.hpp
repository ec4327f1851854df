// Does it work? Chaos, rollouts, tuning, and two worlds under the same load.

#ifndef FORESCALE_SIMULATE_TRIALS_HPP
#define FORESCALE_SIMULATE_TRIALS_HPP

#include "simulate.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace forescale {

namespace detail {

using Text = Handle<forescale_text, forescale_text_destroy>;

inline std::string value(const Text &text) {
    return fetch_text([&](auto... rest) { return forescale_text_value(text.get(), rest...); });
}

// A long call that tells progress the share of the work done; what that throws comes out again.
template <typename Call>
auto listened(const std::function<bool(double)> &progress, Call &&call) {
    Listener listener{progress, nullptr};
    std::int32_t (*told)(double, void *) = Listener::tell;
    try {
        return call(progress ? told : nullptr, static_cast<void *>(&listener));
    } catch (const Error &) {
        if (listener.thrown) std::rethrow_exception(listener.thrown);
        throw;
    }
}

}  // namespace detail

namespace chaos {

// The scenario of a seed as JSON text: a service, a hostile load, and one to three faults.
inline std::string scenario(std::uint64_t seed) {
    return detail::fetch_text([&](auto... rest) { return forescale_chaos_scenario(seed, rest...); });
}

// Plays a scenario with an engine of these settings, such as {"policy": "hpa"}; gives what it brought to light as JSON text.
inline std::string run(const std::string &scenario_json, const std::string &config_json = "{}") {
    return detail::value(detail::Text([&](auto **out, auto *error) {
        return forescale_chaos_run(scenario_json.c_str(), config_json.c_str(), out, error);
    }));
}

// Plays the scenarios of so many seeds; gives the survey as JSON text. progress is as for backtest.
inline std::string survey(std::uint64_t first_seed, std::size_t count, const std::string &config_json = "{}",
                          std::size_t threads = 1, const std::function<bool(double)> &progress = {}) {
    return detail::listened(progress, [&](auto told, void *user) {
        return detail::value(detail::Text([&](auto **out, auto *error) {
            return forescale_chaos_survey(first_seed, count, config_json.c_str(), threads, told, user, out, error);
        }));
    });
}

}  // namespace chaos

// Tunes the settings of a policy (a name, or JSON text) on the first part of a load, and reports what they are worth on the rest, as JSON text.
// progress is as for backtest.
inline std::string tune(const std::string &policy, const Series &load, const std::string &world_json,
                        const std::string &config_json = "{}", std::uint64_t seed = 0,
                        const std::function<bool(double)> &progress = {}) {
    return detail::listened(progress, [&](auto told, void *user) {
        return detail::value(detail::Text([&](auto **out, auto *error) {
            return forescale_tune(policy.c_str(), load.get(), world_json.c_str(), config_json.c_str(), seed, told, user, out,
                                  error);
        }));
    });
}

// Runs the same generated load through a world of the peak's size and an elastic one; gives what the two came to as JSON text, with the report.
// progress is as for backtest.
inline std::string dual(const std::string &config_json, const std::string &world_json, std::uint64_t seed = 0,
                        const std::function<bool(double)> &progress = {}) {
    return detail::listened(progress, [&](auto told, void *user) {
        forescale_report *report = nullptr;
        detail::Text text([&](auto **out, auto *error) {
            return forescale_dual(config_json.c_str(), world_json.c_str(), seed, told, user, out, &report, error);
        });
        forescale_report_destroy(report);
        return detail::value(text);
    });
}

enum class Verdict {
    hold = FORESCALE_VERDICT_HOLD,            // stay at this share
    advance = FORESCALE_VERDICT_ADVANCE,      // go on to the next share
    roll_back = FORESCALE_VERDICT_ROLL_BACK,  // back to the old policy everywhere, for good
    promote = FORESCALE_VERDICT_PROMOTE,      // the new policy everywhere, for good
};

// A new policy takes over step by step, and only while what is measured says that it is better.
class Rollout {
public:
    explicit Rollout(const std::string &config_json = "{}")
        : handle_([&](auto **out, auto *error) { return forescale_rollout_create(config_json.c_str(), out, error); }) {}

    // The rollout that a snapshot was taken of.
    static Rollout restore(const std::vector<std::uint8_t> &bytes) {
        return Rollout(Made([&](auto **out, auto *error) {
            return forescale_rollout_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    // In simulation: over the load for each of the services.
    static Rollout simulate(const Series &load, const std::string &old_policy, const std::string &new_policy,
                            const std::string &world_json, const std::string &config_json = "{}", std::uint64_t seed = 0,
                            const std::function<bool(double)> &progress = {}) {
        return detail::listened(progress, [&](auto told, void *user) {
            return Rollout(Made([&](auto **out, auto *error) {
                return forescale_rollout_simulate(load.get(), old_policy.c_str(), new_policy.c_str(), world_json.c_str(),
                                                  config_json.c_str(), seed, told, user, out, error);
            }));
        });
    }

    // Takes in what one interval cost, and for how many seconds the promise was broken in it, in both groups.
    Verdict observe(double old_cost, double old_violation_seconds, double new_cost, double new_violation_seconds) {
        std::int32_t verdict = 0;
        detail::run([&](auto *error) {
            return forescale_rollout_observe(handle_.get(), old_cost, old_violation_seconds, new_cost,
                                             new_violation_seconds, &verdict, error);
        });
        return static_cast<Verdict>(verdict);
    }

    // The share that is to run the new policy now.
    double share() const { return state().first; }

    // Whether it is over: promoted or rolled back.
    bool ended() const { return state().second != 0; }

    // Share, end and looks as JSON text.
    std::string to_json() const {
        return detail::fetch_text([&](auto... rest) { return forescale_rollout_to_json(handle_.get(), rest...); });
    }

    // The whole state as versioned, checksummed bytes.
    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>(
            [&](auto... rest) { return forescale_rollout_snapshot(handle_.get(), rest...); });
    }

private:
    using Made = detail::Handle<forescale_rollout, forescale_rollout_destroy>;
    explicit Rollout(Made handle) : handle_(std::move(handle)) {}

    std::pair<double, std::int32_t> state() const {
        double share = 0;
        std::int32_t ended = 0;
        detail::run([&](auto *error) { return forescale_rollout_share(handle_.get(), &share, &ended, error); });
        return {share, ended};
    }

    Made handle_;
};

}  // namespace forescale

#endif  // FORESCALE_SIMULATE_TRIALS_HPP
