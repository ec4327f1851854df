// The predictive load balancer: what each user of each application will ask for, and what to have ready for it.

#ifndef FORESCALE_POOL_LOAD_BALANCER_HPP
#define FORESCALE_POOL_LOAD_BALANCER_HPP

#include "base.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace forescale {

// Foresees demand per user and application, and says what to hold ready. What goes in and comes out is JSON; times are Unix
// milliseconds.
class LoadBalancer {
public:
    explicit LoadBalancer(const std::string &config_json = "{}")
        : handle_([&](auto **out, auto *error) { return forescale_load_balancer_create(config_json.c_str(), out, error); }) {}

    static LoadBalancer restore(const std::vector<std::uint8_t> &bytes) {
        return LoadBalancer(Handle([&](auto **out, auto *error) {
            return forescale_load_balancer_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>(
            [&](auto... rest) { return forescale_load_balancer_snapshot(handle_.get(), rest...); });
    }

    // Says what is promised to the users of an application, such as {"max_latency_seconds": 0.5, "priority": 1}; to be said before their
    // requests are counted.
    void set_profile(const std::string &application, const std::string &profile_json) {
        detail::run([&](auto *error) {
            return forescale_load_balancer_set_profile(handle_.get(), nullptr, application.c_str(), profile_json.c_str(),
                                                       error);
        });
    }

    // The same for one user alone.
    void set_profile(const std::string &user, const std::string &application, const std::string &profile_json) {
        detail::run([&](auto *error) {
            return forescale_load_balancer_set_profile(handle_.get(), user.c_str(), application.c_str(),
                                                       profile_json.c_str(), error);
        });
    }

    // What is promised to a user of an application.
    std::string profile(const std::string &user, const std::string &application) const {
        return detail::fetch_text(
            [&](auto... rest) { return forescale_load_balancer_profile(handle_.get(), user.c_str(), application.c_str(), rest...); });
    }

    // Takes in a forecast of the host's own for one user, such as [{"time": 300000, "mean": 900, "upper": 1200}] in requests of a whole
    // step: it counts in place of the balancer's in the steps that it tells.
    void set_forecast(const std::string &user, const std::string &application, const std::string &forecast_json) {
        detail::run([&](auto *error) {
            return forescale_load_balancer_set_forecast(handle_.get(), user.c_str(), application.c_str(),
                                                        forecast_json.c_str(), error);
        });
    }

    // Learns from a history, a list of records as in observe, in any order.
    void train(const std::string &history_json) {
        detail::run([&](auto *error) {
            return forescale_load_balancer_train(handle_.get(), history_json.c_str(), error);
        });
    }

    // Counts one record: {"time": 0, "user": "ann", "application": "search", "requests": 60, "cpu": 2, "memory": 8, "network": 1}.
    void observe(const std::string &record_json) {
        detail::run([&](auto *error) {
            return forescale_load_balancer_observe(handle_.get(), record_json.c_str(), error);
        });
    }

    // What a user of an application will ask for in the step of a time, and what that takes, with intervals.
    std::string predict(const std::string &user, const std::string &application, std::int64_t time) const {
        return detail::fetch_text(
            [&](auto... rest) { return forescale_load_balancer_predict(handle_.get(), user.c_str(), application.c_str(), time, rest...); });
    }

    // All load to come, by how long it can wait: what ResourceManager::foresee takes.
    std::string tier_demand() const {
        return detail::fetch_text(
            [&](auto... rest) { return forescale_load_balancer_tier_demand(handle_.get(), rest...); });
    }

    // How many instances of which kind each tier is to hold, hot first, with intervals.
    std::string recommendations() const {
        return detail::fetch_text(
            [&](auto... rest) { return forescale_load_balancer_recommendations(handle_.get(), rest...); });
    }

    // Keys (users of applications) that are kept.
    std::size_t keys() const {
        std::size_t keys = 0;
        detail::run([&](auto *error) { return forescale_load_balancer_keys(handle_.get(), &keys, error); });
        return keys;
    }

    // Keys that were dropped because others were used more.
    std::uint64_t dropped() const {
        std::uint64_t dropped = 0;
        detail::run([&](auto *error) { return forescale_load_balancer_dropped(handle_.get(), &dropped, error); });
        return dropped;
    }

    // In words: how a user of an application is forecast.
    std::string explain(const std::string &user, const std::string &application) const {
        return detail::fetch_text(
            [&](auto... rest) { return forescale_load_balancer_explain(handle_.get(), user.c_str(), application.c_str(), rest...); });
    }

    // The settings, the defaults filled in.
    std::string config() const {
        return detail::fetch_text([&](auto... rest) { return forescale_load_balancer_config(handle_.get(), rest...); });
    }

private:
    using Handle = detail::Handle<forescale_load_balancer, forescale_load_balancer_destroy>;
    explicit LoadBalancer(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

}  // namespace forescale

#endif  // FORESCALE_POOL_LOAD_BALANCER_HPP
