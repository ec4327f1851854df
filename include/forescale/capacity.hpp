// How much is enough? Queueing, latency targets, what a replica serves, and packing.

#ifndef FORESCALE_CAPACITY_HPP
#define FORESCALE_CAPACITY_HPP

#include "base.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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

// A queue with a limited line (M/M/c/K), impatient customers (Erlang A), or both, in its steady state: at most so many places
// to wait, and the mean patience of those who wait. One of the two must be given. Tails and quantiles are those of
// customers who are served, the mean wait is that of all who enter.
class BoundedQueue {
public:
    BoundedQueue(double arrival_rate, double service_rate, std::uint64_t servers, std::optional<std::uint64_t> places,
                 std::optional<double> patience_seconds = {})
        : handle_([&](auto **out, auto *error) {
              return forescale_bounded_queue_create(arrival_rate, service_rate, servers, places ? &*places : nullptr,
                                                    patience_seconds ? &*patience_seconds : nullptr, out, error);
          }) {}

    // The share of arrivals that is turned away since all places are taken.
    double blocking_probability() const { return ask(forescale_bounded_queue_blocking_probability); }

    // The share of arrivals that enters and gives up before it is served.
    double abandonment_probability() const { return ask(forescale_bounded_queue_abandonment_probability); }

    // The share of the servers' time that is spent serving.
    double utilization() const { return ask(forescale_bounded_queue_utilization); }

    // Of those who enter, the share that must wait.
    double wait_probability() const { return ask(forescale_bounded_queue_wait_probability); }

    // The mean time in line of those who enter, whether they are served in the end or give up; 0 without arrivals.
    double mean_wait() const { return ask(forescale_bounded_queue_mean_wait); }

    // Of those who are served, the share that waits longer; refused with both bounds.
    double wait_tail(double seconds) const { return ask(forescale_bounded_queue_wait_tail, seconds); }

    // The wait that a share p of those who are served stays within, 0 < p < 1; refused with both bounds.
    double wait_quantile(double p) const { return ask(forescale_bounded_queue_wait_quantile, p); }

    // Of those who are served, the share whose wait and service together take longer; refused with both bounds.
    double response_tail(double seconds) const { return ask(forescale_bounded_queue_response_tail, seconds); }

    // The response time that a share p of those who are served stays within, 0 < p < 1; refused with both bounds.
    double response_quantile(double p) const { return ask(forescale_bounded_queue_response_quantile, p); }

private:
    template <typename Function, typename... Arguments>
    double ask(Function function, Arguments... arguments) const {
        double answer = 0;
        detail::run([&](auto *error) { return function(handle_.get(), arguments..., &answer, error); });
        return answer;
    }

    detail::Handle<forescale_bounded_queue, forescale_bounded_queue_destroy> handle_;
};

// The smallest count of servers with which a bounded queue meets the target, and loses at most the share most_lost of the
// arrivals, 0 < most_lost <= 1, at the door or to impatience. A quantile is that of those who are served, mean_wait the mean of
// all who enter, also of those who give up.
inline std::uint64_t servers_for_bounded(double arrival_rate, double service_rate, std::optional<std::uint64_t> places,
                                         std::optional<double> patience_seconds, const std::string &target_json,
                                         double most_lost) {
    std::uint64_t servers = 0;
    detail::run([&](auto *error) {
        return forescale_servers_for_bounded(arrival_rate, service_rate, places ? &*places : nullptr,
                                             patience_seconds ? &*patience_seconds : nullptr, target_json.c_str(),
                                             most_lost, &servers, error);
    });
    return servers;
}

// What calibrate and calibrate_load learn, with standard errors: what one replica serves, its latency without load, the robust
// spread around the curve as a share of it, and the count of pairs that lie far off.
struct Calibration {
    double service_rate = 0, service_rate_error = 0, base = 0, base_error = 0, spread = 0;
    std::size_t outliers = 0;

    // The latency expected under a load; infinite from the service rate on.
    double latency(double load) const { return forescale::latency(base, load / service_rate); }
};

namespace detail {

template <typename Function>
Calibration calibrated(Function function, Numbers load, Numbers latency) {
    if (load.size() != latency.size()) throw Error(FORESCALE_ERROR_DATA, "the two arrays differ in length");
    Calibration found;
    run([&](auto *error) {
        return function(load.data(), latency.data(), load.size(), &found.service_rate, &found.service_rate_error,
                        &found.base, &found.base_error, &found.spread, &found.outliers, error);
    });
    return found;
}

}  // namespace detail

// Base latency and service rate of one server from pairs of utilization, in [0, 1), and latency, above 0, in seconds.
inline Calibration calibrate(Numbers utilization, Numbers latency) {
    return detail::calibrated(forescale_calibrate, utilization, latency);
}

// Base latency and service rate of one replica from pairs of its load, in load units per second, and its latency.
inline Calibration calibrate_load(Numbers load, Numbers latency) {
    return detail::calibrated(forescale_calibrate_load, load, latency);
}

// How a replica's throughput grows after its start: what it serves when warm, the share of it that it serves at once, and the
// seconds in which the missing share falls to 1/e.
struct WarmUp {
    double full = 0, full_error = 0, initial = 1, seconds = 1;

    // From the greatest throughput that replicas reached at ages in seconds since they were ready: from 12 to 10 000 pairs.
    static WarmUp learn(Numbers ages, Numbers throughput) {
        if (ages.size() != throughput.size()) throw Error(FORESCALE_ERROR_DATA, "ages and throughput differ in length");
        WarmUp found;
        detail::run([&](auto *error) {
            return forescale_warm_up_learn(ages.data(), throughput.data(), ages.size(), &found.full, &found.full_error,
                                           &found.initial, &found.seconds, error);
        });
        return found;
    }

    // The share of its full throughput that a replica of this age serves; a negative age counts as 0.
    double share(double age_seconds) const {
        double answer = 0;
        detail::run([&](auto *error) { return forescale_warm_up_share(initial, seconds, age_seconds, &answer, error); });
        return answer;
    }
};

// A whole number for each item, of which a negative one stands for none; empty where there are none. Items of one group
// together share a bin, no two items of one group apart do, and an item with a place is in that running bin already.
struct Groups {
    std::vector<std::int64_t> together{}, apart{}, placed{};
};

// Where items go: the bin of each, the running ones first, or -1 for too large, -2 for a conflict of groups, -3 for no room.
struct Packing {
    std::vector<std::int64_t> bins;
    std::size_t opened = 0, lower_bound = 0;
};

// Packs items, a row each, into as few bins as possible: running has the free room of the bins that run already, a row each,
// and new_bin the room of a new one, of which at most most_new are opened. The strategy is first_fit_decreasing,
// best_fit_decreasing or dot_product.
inline Packing pack(Rows items, Rows running, Numbers new_bin, std::optional<std::uint64_t> most_new = {},
                    const std::string &strategy = "dot_product", const Groups &groups = {}) {
    if (new_bin.size() != items.columns() || (running.rows() > 0 && running.columns() != items.columns()))
        throw Error(FORESCALE_ERROR_DATA, "items and bins differ in their dimensions");
    auto each = [&](const std::vector<std::int64_t> &numbers) -> const std::int64_t * {
        if (!numbers.empty() && numbers.size() != items.rows())
            throw Error(FORESCALE_ERROR_DATA, "the groups and the items differ in length");
        return numbers.empty() ? nullptr : numbers.data();
    };
    Packing found;
    found.bins.resize(items.rows());
    detail::run([&](auto *error) {
        return forescale_pack(items.data(), items.rows(), items.columns(), running.data(), running.rows(),
                              new_bin.data(), most_new ? &*most_new : nullptr, strategy.c_str(), each(groups.together),
                              each(groups.apart), each(groups.placed), found.bins.data(), &found.opened,
                              &found.lower_bound, error);
    });
    return found;
}

}  // namespace forescale

#endif  // FORESCALE_CAPACITY_HPP
