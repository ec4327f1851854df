// Is this normal? Clusters, circuit breakers, and where the load behind an open one goes.

#ifndef FORESCALE_ANOMALY_BREAKER_HPP
#define FORESCALE_ANOMALY_BREAKER_HPP

#include "base.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace forescale {

// The cluster of each point, counted from 0; -1 for noise (DBSCAN).
inline std::vector<std::int64_t> dbscan(Rows points, double eps, std::size_t min_points) {
    std::vector<std::int64_t> labels(points.rows());
    detail::run([&](auto *error) {
        return forescale_dbscan(points.data(), points.rows(), points.columns(), eps, min_points, labels.data(), error);
    });
    return labels;
}

// What a circuit breaker does with a call.
enum class BreakerState : std::int32_t {
    Closed = FORESCALE_BREAKER_CLOSED,
    Open = FORESCALE_BREAKER_OPEN,
    HalfOpen = FORESCALE_BREAKER_HALF_OPEN,
};

// When to stop asking what keeps failing, and when to try again. Times are Unix milliseconds.
class CircuitBreaker {
public:
    // What a breaker counted.
    struct Counts {
        std::uint32_t failed = 0;                // in a row, while it is closed
        std::uint32_t succeeded = 0;             // probes since it is half-open
        std::uint64_t openings = 0;              // how often it opened
        std::uint64_t rejected = 0;              // calls that it did not let pass
        std::optional<std::int64_t> retry_at{};  // no call before this; none while calls pass
    };

    CircuitBreaker(std::uint32_t failures, double cooldown_seconds, std::uint32_t probes)
        : handle_([&](auto **out, auto *error) {
              return forescale_circuit_breaker_create(failures, cooldown_seconds, probes, out, error);
          }) {}

    // The breaker that a snapshot was taken of.
    static CircuitBreaker restore(const std::vector<std::uint8_t> &bytes) {
        return CircuitBreaker(Made([&](auto **out, auto *error) {
            return forescale_circuit_breaker_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    // Whether a call may be made now; one that may is expected to be recorded.
    bool allow(std::int64_t now) {
        std::int32_t allowed = 0;
        detail::run([&](auto *error) { return forescale_circuit_breaker_allow(handle_.get(), now, &allowed, error); });
        return allowed != 0;
    }

    // Learns how a call ended.
    void record(std::int64_t now, bool success) {
        detail::run([&](auto *error) { return forescale_circuit_breaker_record(handle_.get(), now, success, error); });
    }

    // The state at a moment.
    BreakerState state(std::int64_t now) const {
        std::int32_t state = 0;
        detail::run([&](auto *error) { return forescale_circuit_breaker_state(handle_.get(), now, &state, error); });
        return static_cast<BreakerState>(state);
    }

    // What it counted.
    Counts counts() const {
        Counts counts;
        std::int64_t retry_at = 0;
        detail::run([&](auto *error) {
            return forescale_circuit_breaker_counts(handle_.get(), &counts.failed, &counts.succeeded, &counts.openings,
                                                    &counts.rejected, &retry_at, error);
        });
        if (retry_at != INT64_MIN) counts.retry_at = retry_at;
        return counts;
    }

    // The whole state as versioned, checksummed bytes.
    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>([&](auto *out, auto capacity, auto *length, auto *error) {
            return forescale_circuit_breaker_snapshot(handle_.get(), out, capacity, length, error);
        });
    }

private:
    using Made = detail::Handle<forescale_circuit_breaker, forescale_circuit_breaker_destroy>;
    explicit CircuitBreaker(Made handle) : handle_(std::move(handle)) {}
    Made handle_;
};

// Where a diverted load goes.
struct Spillover {
    std::vector<double> taken;  // by each neighbour, on top of its own load
    double shed = 0;            // what none can take
};

// Splits the load of a service whose breaker opened over its neighbours, none beyond its capacity; available has a flag
// for each that may be given more, or is empty: all may.
inline Spillover spillover(double load, Numbers capacities, Numbers loads, const std::vector<bool> &available = {}) {
    std::vector<std::int32_t> flags(available.begin(), available.end());
    Spillover spilled{std::vector<double>(capacities.size()), 0};
    detail::run([&](auto *error) {
        return forescale_spillover(load, capacities.data(), capacities.size(), loads.data(), loads.size(), flags.data(),
                                   flags.size(), spilled.taken.data(), &spilled.shed, error);
    });
    return spilled;
}

}  // namespace forescale

#endif  // FORESCALE_ANOMALY_BREAKER_HPP
