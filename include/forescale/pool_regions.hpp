// Several regions and applications under one budget: what runs where, and who serves whom.

#ifndef FORESCALE_POOL_REGIONS_HPP
#define FORESCALE_POOL_REGIONS_HPP

#include "base.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace forescale {

// How much of each application to run in which region, and which region serves whose requests. What goes in and comes out is JSON;
// times are Unix milliseconds.
class Regions {
public:
    explicit Regions(const std::string &config_json = "{}")
        : handle_([&](auto **out, auto *error) { return forescale_regions_create(config_json.c_str(), out, error); }) {}

    static Regions restore(const std::vector<std::uint8_t> &bytes) {
        return Regions(Handle([&](auto **out, auto *error) {
            return forescale_regions_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>(
            [&](auto... rest) { return forescale_regions_snapshot(handle_.get(), rest...); });
    }

    // Adds a region, such as {"name": "europe", "capacity": 100, "cost": 1.2, "watts": 300}, or changes it.
    void set_region(const std::string &region_json) {
        detail::run([&](auto *error) { return forescale_regions_set_region(handle_.get(), region_json.c_str(), error); });
    }

    // Adds an application, such as {"name": "shop", "service_rate": 10, "most_latency": 100}, or changes it.
    void set_application(const std::string &application_json) {
        detail::run([&](auto *error) { return forescale_regions_set_application(handle_.get(), application_json.c_str(), error); });
    }

    // Says how far regions are apart, such as [{"from": "europe", "to": "america", "milliseconds": 90}].
    void set_latencies(const std::string &latencies_json) {
        detail::run([&](auto *error) { return forescale_regions_set_latencies(handle_.get(), latencies_json.c_str(), error); });
    }

    // The carbon intensity of a region's power, such as [{"time": 0, "grams": 300}], each value until the next.
    void set_carbon(const std::string &region, const std::string &carbon_json) {
        detail::run([&](auto *error) { return forescale_regions_set_carbon(handle_.get(), region.c_str(), carbon_json.c_str(), error); });
    }

    // Takes in a forecast of one's own, such as [{"time": 300000, "mean": 900, "upper": 1200}].
    void set_forecast(const std::string &region, const std::string &application, const std::string &forecast_json) {
        detail::run([&](auto *error) { return forescale_regions_set_forecast(handle_.get(), region.c_str(), application.c_str(), forecast_json.c_str(), error); });
    }

    // A region is lost: its load is spread over the others.
    void region_lost(const std::string &region) {
        detail::run([&](auto *error) { return forescale_regions_region_lost(handle_.get(), region.c_str(), error); });
    }

    // A region is back: it is given its load again step by step.
    void region_back(const std::string &region) {
        detail::run([&](auto *error) { return forescale_regions_region_back(handle_.get(), region.c_str(), error); });
    }

    // Counts requests from a region for an application, as they come in.
    void observe(std::int64_t now, const std::string &region, const std::string &application, double requests) {
        detail::run([&](auto *error) { return forescale_regions_observe(handle_.get(), now, region.c_str(), application.c_str(), requests, error); });
    }

    // What really runs, such as [{"region": "europe", "application": "shop", "replicas": 4}].
    void reconcile(std::int64_t now, const std::string &running_json) {
        detail::run([&](auto *error) { return forescale_regions_reconcile(handle_.get(), now, running_json.c_str(), error); });
    }

    // What became of an instruction: "confirmed" or "failed". The same report twice changes nothing.
    void report(std::uint64_t id, const std::string &outcome) {
        detail::run([&](auto *error) { return forescale_regions_report(handle_.get(), id, outcome.c_str(), error); });
    }

    // One round: the instructions for the actuator.
    std::string plan(std::int64_t now) {
        detail::run([&](auto *error) { return forescale_regions_plan(handle_.get(), now, error); });
        return instructions();
    }

    // What the last round handed out.
    std::string instructions() const {
        return detail::fetch_text([&](auto... rest) { return forescale_regions_instructions(handle_.get(), rest...); });
    }

    // Where the requests for each application from each region are to go.
    std::string routes() const {
        return detail::fetch_text([&](auto... rest) { return forescale_regions_routes(handle_.get(), rest...); });
    }

    // Replicas of each application in each region, wanted and running.
    std::string replicas() const {
        return detail::fetch_text([&](auto... rest) { return forescale_regions_replicas(handle_.get(), rest...); });
    }

    // What is expected from a region for an application in the coming steps.
    std::string forecast(const std::string &region, const std::string &application) const {
        return detail::fetch_text([&](auto... rest) { return forescale_regions_forecast(handle_.get(), region.c_str(), application.c_str(), rest...); });
    }

    // In words: where an application runs, what the last round wanted and why, who serves whom, and what limits it.
    std::string explain(const std::string &application) const {
        return detail::fetch_text([&](auto... rest) { return forescale_regions_explain(handle_.get(), application.c_str(), rest...); });
    }

    // What changed and why: the records since the journal was last cleared, and how many were lost before them.
    std::string journal() const {
        return detail::fetch_text([&](auto... rest) { return forescale_regions_journal(handle_.get(), rest...); });
    }

    // Forgets the records of the journal.
    void clear_journal() {
        detail::run([&](auto *error) { return forescale_regions_clear_journal(handle_.get(), error); });
    }

    // The settings, the defaults filled in.
    std::string config() const {
        return detail::fetch_text([&](auto... rest) { return forescale_regions_config(handle_.get(), rest...); });
    }

private:
    using Handle = detail::Handle<forescale_regions, forescale_regions_destroy>;
    explicit Regions(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

}  // namespace forescale

#endif  // FORESCALE_POOL_REGIONS_HPP
