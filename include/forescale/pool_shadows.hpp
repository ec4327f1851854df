// Shadows: standby instances that are given resources before the load comes, and traffic before the primary is overloaded.

#ifndef FORESCALE_POOL_SHADOWS_HPP
#define FORESCALE_POOL_SHADOWS_HPP

#include "base.hpp"
#include "load_history.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace forescale {

// Gives shadows what the coming minutes need, and traffic to shadows: says what to do, and is told what became of it.
// What goes in and comes out is JSON; times are Unix milliseconds.
class ShadowManager {
public:
    explicit ShadowManager(const std::string &config_json = "{}")
        : handle_([&](auto **out, auto *error) {
              return forescale_shadow_manager_create(config_json.c_str(), out, error);
          }) {}

    static ShadowManager restore(const std::vector<std::uint8_t> &bytes) {
        return ShadowManager(Handle([&](auto **out, auto *error) {
            return forescale_shadow_manager_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>(
            [&](auto... rest) { return forescale_shadow_manager_snapshot(handle_.get(), rest...); });
    }

    // Adds a primary, such as {"name": "router", "resources": [{"name": "cpu", "base": 8}]}, or changes one; gives its active instance's number.
    std::uint64_t set_primary(const std::string &primary_json) {
        std::uint64_t instance = 0;
        detail::run([&](auto *error) {
            return forescale_shadow_manager_set_primary(handle_.get(), primary_json.c_str(), &instance, error);
        });
        return instance;
    }

    // Forgets a primary: what is open about it is withdrawn, its active instance gets all of its traffic, its other instances are released.
    void remove_primary(const std::string &primary) {
        detail::run([&](auto *error) {
            return forescale_shadow_manager_remove_primary(handle_.get(), primary.c_str(), error);
        });
    }

    // Takes in what a primary and its shadows used together, such as {"primary": "router", "used": [2.5]}.
    void observe(std::int64_t now, const std::string &sample_json) {
        detail::run([&](auto *error) {
            return forescale_shadow_manager_observe(handle_.get(), now, sample_json.c_str(), error);
        });
    }

    // Uses a forecast of one's own, such as {"primary": "router", "start": 0, "mean": [[0.5]], "deviation": [[0.1]]}.
    void set_forecast(const std::string &forecast_json) {
        detail::run([&](auto *error) {
            return forescale_shadow_manager_set_forecast(handle_.get(), forecast_json.c_str(), error);
        });
    }

    // Queues a request of one's own, such as {"primary": "router", "needed_at": 600000, "amounts": [4]}.
    void prewarm(const std::string &request_json) {
        detail::run([&](auto *error) {
            return forescale_shadow_manager_prewarm(handle_.get(), request_json.c_str(), error);
        });
    }

    // An instance does not answer any more.
    void instance_failed(std::uint64_t instance) {
        detail::run([&](auto *error) {
            return forescale_shadow_manager_instance_failed(handle_.get(), instance, error);
        });
    }

    // An instance that had failed answers again: it becomes standby.
    void instance_recovered(std::uint64_t instance) {
        detail::run([&](auto *error) {
            return forescale_shadow_manager_instance_recovered(handle_.get(), instance, error);
        });
    }

    // What really is there, such as [{"instance": 1, "amounts": [8], "share": 1, "is_active": true}].
    void reconcile(std::int64_t now, const std::string &seen_json) {
        detail::run([&](auto *error) {
            return forescale_shadow_manager_reconcile(handle_.get(), now, seen_json.c_str(), error);
        });
    }

    // What became of an instruction: "confirmed" or "failed". The same report twice changes nothing.
    void report(std::uint64_t id, const std::string &outcome) {
        detail::run([&](auto *error) {
            return forescale_shadow_manager_report(handle_.get(), id, outcome.c_str(), error);
        });
    }

    // One round: the instructions for the actuator.
    std::string plan(std::int64_t now) {
        detail::run([&](auto *error) { return forescale_shadow_manager_plan(handle_.get(), now, error); });
        return instructions();
    }

    // What the last round handed out.
    std::string instructions() const {
        return detail::fetch_text([&](auto... rest) {
            return forescale_shadow_manager_instructions(handle_.get(), rest...);
        });
    }

    // What is expected of a primary in the coming windows.
    std::string forecast(const std::string &primary) const {
        return detail::fetch_text([&](auto... rest) {
            return forescale_shadow_manager_forecast(handle_.get(), primary.c_str(), rest...);
        });
    }

    // What is waiting in the pre-warming queue.
    std::string queue() const {
        return detail::fetch_text([&](auto... rest) {
            return forescale_shadow_manager_queue(handle_.get(), rest...);
        });
    }

    // A primary, its instances, and why they have what they have.
    std::string status(const std::string &primary) const {
        return detail::fetch_text([&](auto... rest) {
            return forescale_shadow_manager_status(handle_.get(), primary.c_str(), rest...);
        });
    }

    // The same in words.
    std::string explain(const std::string &primary) const {
        return detail::fetch_text([&](auto... rest) {
            return forescale_shadow_manager_explain(handle_.get(), primary.c_str(), rest...);
        });
    }

    // Begins a trial of a new version, such as {"primary": "router", "version": "2"}.
    void start_trial(const std::string &trial_json) {
        detail::run([&](auto *error) {
            return forescale_shadow_manager_start_trial(handle_.get(), trial_json.c_str(), error);
        });
    }

    // Takes in what both versions measured over the same time.
    void observe_trial(const std::string &primary, const std::string &pair_json) {
        detail::run([&](auto *error) {
            return forescale_shadow_manager_observe_trial(handle_.get(), primary.c_str(), pair_json.c_str(), error);
        });
    }

    // What the last look of a primary's trial found; null before the first.
    std::string trial(const std::string &primary) const {
        return detail::fetch_text([&](auto... rest) {
            return forescale_shadow_manager_trial(handle_.get(), primary.c_str(), rest...);
        });
    }

    // Ends a trial: the new version becomes active, if it was shown to be no worse, or its shadow goes.
    void end_trial(const std::string &primary, bool is_promoted) {
        detail::run([&](auto *error) {
            return forescale_shadow_manager_end_trial(handle_.get(), primary.c_str(), is_promoted, error);
        });
    }

    // What was decided and what came of it: the records since the journal was last cleared.
    std::string journal() const {
        return detail::fetch_text([&](auto... rest) {
            return forescale_shadow_manager_journal(handle_.get(), rest...);
        });
    }

    // Forgets the records of the journal.
    void clear_journal() {
        detail::run([&](auto *error) {
            return forescale_shadow_manager_clear_journal(handle_.get(), error);
        });
    }

    // The settings, the defaults filled in.
    std::string config() const {
        return detail::fetch_text([&](auto... rest) {
            return forescale_shadow_manager_config(handle_.get(), rest...);
        });
    }

    // What was used of each resource, by the resources' names and the samples' tags; the primary's name is the tag "primary".
    History history() const {
        detail::Handle<forescale_history, forescale_history_destroy> copy(
            [&](auto **out, auto *error) { return forescale_shadow_manager_history(handle_.get(), out, error); });
        return History::restore(detail::fetch<std::uint8_t>(
            [&](auto... rest) { return forescale_history_snapshot(copy.get(), rest...); }));
    }

private:
    using Handle = detail::Handle<forescale_shadow_manager, forescale_shadow_manager_destroy>;
    explicit ShadowManager(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

}  // namespace forescale

#endif  // FORESCALE_POOL_SHADOWS_HPP
