// Clones of program code, made before the requests come and placed near them.

#ifndef FORESCALE_POOL_CLONES_HPP
#define FORESCALE_POOL_CLONES_HPP

#include "base.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace forescale {

// Keeps as many clones of each program as its requests will need: says what to create and remove, and is told what became of it.
// What goes in and comes out is JSON; times are Unix milliseconds.
class CloneManager {
public:
    explicit CloneManager(const std::string &config_json = "{}")
        : handle_([&](auto **out, auto *error) {
              return forescale_clone_manager_create(config_json.c_str(), out, error);
          }) {}

    static CloneManager restore(const std::vector<std::uint8_t> &bytes) {
        return CloneManager(Handle([&](auto **out, auto *error) {
            return forescale_clone_manager_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>(
            [&](auto... rest) { return forescale_clone_manager_snapshot(handle_.get(), rest...); });
    }

    // Adds a program, such as {"name": "a", "service_rate": 2, "resources": [1, 4], "zone": "europe"}, or changes what one needs.
    void set_code(const std::string &code_json) {
        detail::run(
            [&](auto *error) { return forescale_clone_manager_set_code(handle_.get(), code_json.c_str(), error); });
    }

    // Adds a machine, such as {"name": "m", "zone": "europe", "room": [8, 32]}, or changes its room; it is up.
    // Where clones have no room any more, the newest are made elsewhere, and go when those run.
    void set_machine(const std::string &machine_json) {
        detail::run([&](auto *error) {
            return forescale_clone_manager_set_machine(handle_.get(), machine_json.c_str(), error);
        });
    }

    // A machine is gone, and with it its clones, which are created anew elsewhere.
    void machine_lost(const std::string &name) {
        detail::run(
            [&](auto *error) { return forescale_clone_manager_machine_lost(handle_.get(), name.c_str(), error); });
    }

    // Says how far zones are apart, such as [{"from": "europe", "to": "america", "distance": 90}].
    void set_distances(const std::string &distances_json) {
        detail::run([&](auto *error) {
            return forescale_clone_manager_set_distances(handle_.get(), distances_json.c_str(), error);
        });
    }

    // Announces that more, or less, will be asked for: {"code": "a", "start": 0, "end": 3600000, "factor": 3}; without a code, of all.
    void announce(const std::string &event_json) {
        detail::run(
            [&](auto *error) { return forescale_clone_manager_announce(handle_.get(), event_json.c_str(), error); });
    }

    // Takes in a forecast of one's own, such as [{"time": 300000, "mean": 900, "upper": 1200}].
    void set_forecast(const std::string &code, const std::string &forecast_json) {
        detail::run([&](auto *error) {
            return forescale_clone_manager_set_forecast(handle_.get(), code.c_str(), forecast_json.c_str(), error);
        });
    }

    // Counts requests for a program, as they come in.
    void observe(std::int64_t now, const std::string &code, double requests) {
        detail::run([&](auto *error) {
            return forescale_clone_manager_observe(handle_.get(), now, code.c_str(), requests, error);
        });
    }

    // What a health check said of a clone.
    void observe_health(std::uint64_t clone, bool is_healthy) {
        detail::run([&](auto *error) {
            return forescale_clone_manager_observe_health(handle_.get(), clone, is_healthy, error);
        });
    }

    // What a clone has served since this was last said of it: of clones that are too much, those go first that have been idle longest.
    void observe_use(std::uint64_t clone, double requests) {
        detail::run([&](auto *error) {
            return forescale_clone_manager_observe_use(handle_.get(), clone, requests, error);
        });
    }

    // The numbers of the clones that really run, as the actuator's own list has them.
    void reconcile(std::int64_t now, const std::vector<std::uint64_t> &running) {
        detail::run([&](auto *error) {
            return forescale_clone_manager_reconcile(handle_.get(), now, running.data(), running.size(), error);
        });
    }

    // What became of an instruction: "confirmed" or "failed". The same report twice changes nothing.
    void report(std::uint64_t id, const std::string &outcome) {
        detail::run([&](auto *error) {
            return forescale_clone_manager_report(handle_.get(), id, outcome.c_str(), error);
        });
    }

    // One round: the instructions for the actuator.
    std::string plan(std::int64_t now) {
        detail::run([&](auto *error) { return forescale_clone_manager_plan(handle_.get(), now, error); });
        return instructions();
    }

    // What the last round handed out.
    std::string instructions() const {
        return detail::fetch_text(
            [&](auto... rest) { return forescale_clone_manager_instructions(handle_.get(), rest...); });
    }

    // What is expected of a program in the coming steps.
    std::string forecast(const std::string &code) const {
        return detail::fetch_text(
            [&](auto... rest) { return forescale_clone_manager_forecast(handle_.get(), code.c_str(), rest...); });
    }

    // Clones of a program that run.
    std::uint32_t running(const std::string &code) const {
        std::uint32_t clones = 0;
        detail::run([&](auto *error) {
            return forescale_clone_manager_running(handle_.get(), code.c_str(), &clones, error);
        });
        return clones;
    }

    // In words: the clones that a program has, what the last round wanted and why, and since when it has been so.
    std::string explain(const std::string &code) const {
        return detail::fetch_text(
            [&](auto... rest) { return forescale_clone_manager_explain(handle_.get(), code.c_str(), rest...); });
    }

    // Why programs got their clones: the records since the journal was last cleared, and how many were lost before them.
    std::string journal() const {
        return detail::fetch_text([&](auto... rest) { return forescale_clone_manager_journal(handle_.get(), rest...); });
    }

    // Forgets the records of the journal.
    void clear_journal() {
        detail::run([&](auto *error) { return forescale_clone_manager_clear_journal(handle_.get(), error); });
    }

    // The settings, the defaults filled in.
    std::string config() const {
        return detail::fetch_text([&](auto... rest) { return forescale_clone_manager_config(handle_.get(), rest...); });
    }

private:
    using Handle = detail::Handle<forescale_clone_manager, forescale_clone_manager_destroy>;
    explicit CloneManager(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

}  // namespace forescale

#endif  // FORESCALE_POOL_CLONES_HPP
