// Who decides?

#ifndef FORESCALE_POLICY_HPP
#define FORESCALE_POLICY_HPP

#include "base.hpp"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace forescale {

// Refuses a policy that is unknown or out of range: a bare name, or a JSON text such as {"hpa": {"target_utilization": 0.6}}.
inline void policy_check(const std::string &policy_json) {
    detail::run([&](auto *error) { return forescale_policy_check(policy_json.c_str(), error); });
}

// A table of the policy q_learning, as train or Engine::q_table give it, as an SVG document: the best action of each state.
inline std::string q_table_to_svg(const std::vector<double> &values) {
    return detail::fetch_text([&](auto... rest) { return forescale_q_table_to_svg(values.data(), values.size(), rest...); });
}

// The replicas of a service at one moment: last asked for, serving, created but not ready yet, on their way out.
struct Fleet {
    std::uint32_t requested = 0, ready = 0, pending = 0, terminating = 0;
};

// Everything that a policy of one's own is shown. Loads are per second; what is not known is NaN.
struct Situation {
    std::int64_t now;
    Fleet fleet;
    double load, in_flight;
    std::uint32_t reactive;  // what the target asks for the load now
    double peak;             // the largest load forecast over the lead time
};

// A policy of one's own: a class to derive from. What it throws comes out of the call on the engine.
class CustomPolicy {
public:
    virtual ~CustomPolicy() = default;
    // A name for reports and messages.
    virtual std::string name() const { return "custom"; }
    // Whether it has rails of its own: its proposals are then only kept within the smallest and the largest count.
    virtual bool own_rails() const { return false; }
    // How many replicas to run.
    virtual std::uint32_t propose(const Situation &situation) = 0;
    // Takes in the load of the interval that ended at now, NaN = missing.
    virtual void observe(std::int64_t, double) {}
    // Learns that the request was changed.
    virtual void applied(std::int64_t, std::uint32_t, std::uint32_t) {}
    // The state as bytes, and back. snapshot may be called by several threads at once, where several save one engine.
    virtual std::vector<std::uint8_t> snapshot() const { throw Error(FORESCALE_ERROR_DATA, "the policy has no snapshots"); }
    virtual void restore(const std::vector<std::uint8_t> &) { throw Error(FORESCALE_ERROR_DATA, "the policy has no snapshots"); }
    // An independent copy: each engine and each run of a backtest works on one.
    virtual std::unique_ptr<CustomPolicy> copy() const = 0;
};

namespace detail {

// Runs a callback of a policy; what it throws waits for the call to return.
template <typename Body>
std::int32_t told(Body &&body) noexcept {
    try {
        body();
        return 0;
    } catch (...) {
        thrown() = std::current_exception();
        return 1;
    }
}

// The callbacks of a policy; name is lent.
inline forescale_custom_policy callbacks(CustomPolicy *policy, const std::string &name) {
    forescale_custom_policy made{};
    made.user = policy;
    made.name = name.c_str();
    made.own_rails = policy->own_rails() ? 1 : 0;
    made.propose = [](void *user, std::int64_t now, std::uint32_t requested, std::uint32_t ready, std::uint32_t pending,
                      std::uint32_t terminating, double load, double in_flight, std::uint32_t reactive, double peak,
                      std::uint32_t *out) -> std::int32_t {
        return told([&] {
            Situation situation{now, {requested, ready, pending, terminating}, load, in_flight, reactive, peak};
            *out = static_cast<CustomPolicy *>(user)->propose(situation);
        });
    };
    made.observe = [](void *user, std::int64_t now, double load) -> std::int32_t {
        return told([&] { static_cast<CustomPolicy *>(user)->observe(now, load); });
    };
    made.applied = [](void *user, std::int64_t now, std::uint32_t before, std::uint32_t after) -> std::int32_t {
        return told([&] { static_cast<CustomPolicy *>(user)->applied(now, before, after); });
    };
    made.snapshot = [](const void *user, std::uint8_t *bytes, std::size_t capacity, std::size_t *length) -> std::int32_t {
        return told([&] {
            std::vector<std::uint8_t> state = static_cast<const CustomPolicy *>(user)->snapshot();
            if (bytes != nullptr) std::copy_n(state.begin(), std::min(state.size(), capacity), bytes);
            *length = state.size();
        });
    };
    made.restore = [](void *user, const std::uint8_t *bytes, std::size_t length) -> std::int32_t {
        return told([&] { static_cast<CustomPolicy *>(user)->restore({bytes, bytes + length}); });
    };
    made.copy = [](const void *user) -> void * {
        CustomPolicy *twin = nullptr;
        told([&] { twin = static_cast<const CustomPolicy *>(user)->copy().release(); });
        return twin;
    };
    made.destroy = [](void *user) { delete static_cast<CustomPolicy *>(user); };
    return made;
}

}  // namespace detail

}  // namespace forescale

#endif  // FORESCALE_POLICY_HPP
