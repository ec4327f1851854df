// The multi-tiered resource manager: hot units that serve at once, warm ones at rest, cold ones that are made when they are needed.

#ifndef FORESCALE_POOL_RESOURCE_MANAGER_HPP
#define FORESCALE_POOL_RESOURCE_MANAGER_HPP

#include "base.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace forescale {

// Keeps as much capacity in each tier as will be needed, and says who gets it. What goes in and comes out is JSON; times are Unix
// milliseconds.
class ResourceManager {
public:
    explicit ResourceManager(const std::string &config_json)
        : handle_([&](auto **out, auto *error) { return forescale_resource_manager_create(config_json.c_str(), out, error); }) {}

    static ResourceManager restore(const std::vector<std::uint8_t> &bytes) {
        return ResourceManager(Handle([&](auto **out, auto *error) {
            return forescale_resource_manager_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>(
            [&](auto... rest) { return forescale_resource_manager_snapshot(handle_.get(), rest...); });
    }

    // Sizes the tiers by the load to come, as LoadBalancer::tier_demand has it; the loads that they are to carry.
    std::string foresee(std::int64_t now, const std::string &demand_json) {
        detail::run([&](auto *error) {
            return forescale_resource_manager_foresee(handle_.get(), now, demand_json.c_str(), error);
        });
        return sizes();
    }

    // The same, by the last forecast.
    std::string sizes() const {
        return detail::fetch_text(
            [&](auto... rest) { return forescale_resource_manager_sizes(handle_.get(), rest...); });
    }

    // Holds as many hot and warm units as LoadBalancer::recommendations says.
    void follow(std::int64_t now, const std::string &recommendations_json) {
        detail::run([&](auto *error) {
            return forescale_resource_manager_follow(handle_.get(), now, recommendations_json.c_str(), error);
        });
    }

    // Takes in what is seen of a tier: {"tier": "warm", "load": 80, "latency_seconds": 0.4, "utilization": 0.9}.
    void observe(std::int64_t now, const std::string &observation_json) {
        detail::run([&](auto *error) {
            return forescale_resource_manager_observe(handle_.get(), now, observation_json.c_str(), error);
        });
    }

    // Asks for capacity: {"id": 1, "load": 20, "qos": {"max_latency_seconds": 0.5}}; {"granted": lease} or {"refused": why}.
    std::string allocate(std::int64_t now, const std::string &request_json) {
        detail::run([&](auto *error) {
            return forescale_resource_manager_allocate(handle_.get(), now, request_json.c_str(), error);
        });
        return allocation();
    }

    // What became of the last request; null before any.
    std::string allocation() const {
        return detail::fetch_text(
            [&](auto... rest) { return forescale_resource_manager_allocation(handle_.get(), rest...); });
    }

    // Gives the capacity of a lease back; whether there was one.
    bool release(std::int64_t now, std::uint64_t lease) {
        std::int32_t was_held = 0;
        detail::run([&](auto *error) {
            return forescale_resource_manager_release(handle_.get(), now, lease, &was_held, error);
        });
        return was_held != 0;
    }

    // A unit is gone, as when its machine failed; whether there was one.
    bool unit_lost(std::int64_t now, std::uint64_t unit) {
        std::int32_t was_known = 0;
        detail::run([&](auto *error) {
            return forescale_resource_manager_unit_lost(handle_.get(), now, unit, &was_known, error);
        });
        return was_known != 0;
    }

    // The units that really are there: [{"unit": 1, "tier": "warm", "is_awake": false}].
    void reconcile(std::int64_t now, const std::string &inventory_json) {
        detail::run([&](auto *error) {
            return forescale_resource_manager_reconcile(handle_.get(), now, inventory_json.c_str(), error);
        });
    }

    // What became of an instruction: "confirmed" or "failed". The same report twice changes nothing.
    void report(std::uint64_t id, const std::string &outcome) {
        detail::run([&](auto *error) {
            return forescale_resource_manager_report(handle_.get(), id, outcome.c_str(), error);
        });
    }

    // One round: the instructions for the actuator.
    std::string rebalance(std::int64_t now) {
        detail::run([&](auto *error) { return forescale_resource_manager_rebalance(handle_.get(), now, error); });
        return instructions();
    }

    // What the last round handed out.
    std::string instructions() const {
        return detail::fetch_text(
            [&](auto... rest) { return forescale_resource_manager_instructions(handle_.get(), rest...); });
    }

    // The lease of a number, or null.
    std::string lease(std::uint64_t id) const {
        return detail::fetch_text(
            [&](auto... rest) { return forescale_resource_manager_lease(handle_.get(), id, rest...); });
    }

    // All leases, by their numbers.
    std::string leases() const {
        return detail::fetch_text(
            [&](auto... rest) { return forescale_resource_manager_leases(handle_.get(), rest...); });
    }

    // How the tiers are, hot first.
    std::string status() const {
        return detail::fetch_text(
            [&](auto... rest) { return forescale_resource_manager_status(handle_.get(), rest...); });
    }

    // In words: how the tiers are.
    std::string explain() const {
        return detail::fetch_text(
            [&](auto... rest) { return forescale_resource_manager_explain(handle_.get(), rest...); });
    }

    // What was decided in which round: the records since the journal was last cleared, and how many were lost before them.
    std::string journal() const {
        return detail::fetch_text(
            [&](auto... rest) { return forescale_resource_manager_journal(handle_.get(), rest...); });
    }

    // Forgets the records of the journal.
    void clear_journal() {
        detail::run([&](auto *error) { return forescale_resource_manager_clear_journal(handle_.get(), error); });
    }

    // The settings, the defaults filled in.
    std::string config() const {
        return detail::fetch_text(
            [&](auto... rest) { return forescale_resource_manager_config(handle_.get(), rest...); });
    }

private:
    using Handle = detail::Handle<forescale_resource_manager, forescale_resource_manager_destroy>;
    explicit ResourceManager(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

}  // namespace forescale

#endif  // FORESCALE_POOL_RESOURCE_MANAGER_HPP
