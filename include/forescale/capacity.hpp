// How much is enough? Queueing and latency targets.

#ifndef FORESCALE_CAPACITY_HPP
#define FORESCALE_CAPACITY_HPP

#include "base.hpp"

#include <cstdint>
#include <string>

namespace forescale {

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

}  // namespace forescale

#endif  // FORESCALE_CAPACITY_HPP
