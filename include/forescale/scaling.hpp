// How do we get there? The scaling identity, transitions, hysteresis.

#ifndef FORESCALE_SCALING_HPP
#define FORESCALE_SCALING_HPP

#include "base.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace forescale {

// S(t + dt) = S(t) + integral of [alpha dL/dt + beta L + gamma d2L/dt2] at every sample of the load, s0 at the first.
inline std::vector<double> scaling_identity(Numbers load, double step_seconds, double alpha, double beta, double gamma,
                                            double s0 = 0) {
    std::vector<double> scale(load.size());
    detail::run([&](auto *error) {
        return forescale_scaling_identity(load.data(), load.size(), step_seconds, alpha, beta, gamma, s0, scale.data(),
                                          error);
    });
    return scale;
}

// 1 / (1 + exp(-k (t - t0))), from 0 to 1; k is in 1 over the unit of t and t0.
inline double sigmoid(double t, double k, double t0) {
    double value = 0;
    detail::run([&](auto *error) { return forescale_sigmoid(t, k, t0, &value, error); });
    return value;
}

// The natural logarithm of the sigmoid, precise where the sigmoid itself has vanished.
inline double log_sigmoid(double t, double k, double t0) {
    double value = 0;
    detail::run([&](auto *error) { return forescale_log_sigmoid(t, k, t0, &value, error); });
    return value;
}

// The derivative of the sigmoid by t.
inline double sigmoid_slope(double t, double k, double t0) {
    double value = 0;
    detail::run([&](auto *error) { return forescale_sigmoid_slope(t, k, t0, &value, error); });
    return value;
}

// A way from one count of replicas to another: what to ask for in each step, what serves, and what it costs.
struct TransitionPlan {
    std::vector<std::uint64_t> replicas;
    std::vector<double> capacity;
    double cost = 0;
    // The part of the cost beyond the whole replicas that each step needs.
    double transition_cost = 0;
    // Demand beyond capacity, in replica-seconds.
    double shortfall = 0;
    // No plan that covers the demand costs less.
    double least_cost = 0;
};

// The cheapest counts with which capacity never falls under demand (a step each, in replicas with full capacity).
// The settings are a JSON text with the fields of forescale_plan_transition.
inline TransitionPlan plan_transition(Numbers demand, std::uint64_t initial, const std::string &config_json = "{}") {
    TransitionPlan plan;
    plan.replicas.resize(demand.size());
    plan.capacity.resize(demand.size());
    detail::run([&](auto *error) {
        return forescale_plan_transition(demand.data(), demand.size(), initial, config_json.c_str(), plan.replicas.data(),
                                         plan.capacity.data(), &plan.cost, &plan.transition_cost, &plan.least_cost,
                                         error);
    });
    return plan;
}

// What given counts cost in the same terms, whether or not they cover the demand.
inline TransitionPlan assess_transition(Numbers demand, std::uint64_t initial, std::vector<std::uint64_t> replicas,
                                        const std::string &config_json = "{}") {
    if (demand.size() != replicas.size())
        throw Error(FORESCALE_ERROR_DATA, "replicas and demand differ in length");
    TransitionPlan way;
    way.replicas = std::move(replicas);
    way.capacity.resize(demand.size());
    detail::run([&](auto *error) {
        return forescale_assess_transition(demand.data(), demand.size(), initial, way.replicas.data(),
                                           config_json.c_str(), way.capacity.data(), &way.cost, &way.transition_cost,
                                           &way.shortfall, &way.least_cost, error);
    });
    return way;
}

// How much more gain (a factor), phase lag (radians) or delay a loop bears; all 0 if it is unstable.
struct StabilityMargins {
    double gain = 0;
    double phase = 0;
    double delay_seconds = 0;
};

// The margins of a scaling law on the error, when what it asks for serves start_up_seconds later; filter_seconds is that
// of the law.
inline StabilityMargins stability_margins(double alpha, double beta, double gamma, double step_seconds,
                                          double start_up_seconds, double filter_seconds = 0) {
    StabilityMargins margins;
    detail::run([&](auto *error) {
        return forescale_stability_margins(alpha, beta, gamma, step_seconds, start_up_seconds, filter_seconds,
                                           &margins.gain, &margins.phase, &margins.delay_seconds, error);
    });
    return margins;
}

// The gains that do on a load `by` times as slow what the given ones do.
inline std::array<double, 3> stretch_gains(double alpha, double beta, double gamma, double by) {
    std::array<double, 3> gains{};
    detail::run([&](auto *error) {
        return forescale_stretch_gains(alpha, beta, gamma, by, &gains[0], &gains[1], &gains[2], error);
    });
    return gains;
}

// Deviation of a slope over `window` samples (at least 3) per deviation of independent noise in the load.
inline double slope_noise(std::size_t window, double step_seconds) {
    double noise = 0;
    detail::run([&](auto *error) { return forescale_slope_noise(window, step_seconds, &noise, error); });
    return noise;
}

// The change of scale over the last 1, 2, 4, ... steps at every sample: `scales` rows, one after the other.
inline std::vector<double> multiscale_scaling(Numbers load, double step_seconds, double alpha, double beta,
                                              double gamma, std::size_t scales, std::size_t window = 5) {
    std::vector<double> changes(scales > 60 ? 0 : load.size() * scales);
    detail::run([&](auto *error) {
        return forescale_multiscale_scaling(load.data(), load.size(), step_seconds, alpha, beta, gamma, scales, window,
                                            changes.data(), error);
    });
    return changes;
}

// A smooth way from one scale to another, half done at t0: initial + (target - initial) sigmoid(t, k, t0).
class Transition {
public:
    Transition(double initial, double target, double k, double t0)
        : handle_([&](auto **out, auto *error) {
              return forescale_transition_create(initial, target, k, t0, out, error);
          }) {}

    // From one count of replicas to another within duration_seconds from start (in seconds), exact at both ends.
    static Transition over(std::uint64_t initial, std::uint64_t target, double start, double duration_seconds) {
        return Transition(Handle([&](auto **out, auto *error) {
            return forescale_transition_over(initial, target, start, duration_seconds, out, error);
        }));
    }

    // The scale at time t.
    double value(double t) const {
        double scale = 0;
        detail::run([&](auto *error) { return forescale_transition_value(handle_.get(), t, &scale, error); });
        return scale;
    }

    // The change of the scale per unit of time at t.
    double slope(double t) const {
        double slope = 0;
        detail::run([&](auto *error) { return forescale_transition_slope(handle_.get(), t, &slope, error); });
        return slope;
    }

    // The count of replicas at time t: the integer nearest to the scale.
    std::uint64_t replicas(double t) const {
        std::uint64_t count = 0;
        detail::run([&](auto *error) { return forescale_transition_replicas(handle_.get(), t, &count, error); });
        return count;
    }

private:
    using Handle = detail::Handle<forescale_transition, forescale_transition_destroy>;
    explicit Transition(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

// The scaling identity, incremental: clamped to limits, without wind-up of its integral.
class ScalingLaw {
public:
    // The settings are a JSON text with the fields alpha, beta, gamma, filter_seconds, low, high and s0.
    explicit ScalingLaw(const std::string &config_json = "{}")
        : handle_([&](auto **out, auto *error) {
              return forescale_scaling_law_create(config_json.c_str(), out, error);
          }) {}

    static ScalingLaw restore(const std::vector<std::uint8_t> &bytes) {
        return ScalingLaw(Handle([&](auto **out, auto *error) {
            return forescale_scaling_law_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>(
            [&](auto... rest) { return forescale_scaling_law_snapshot(handle_.get(), rest...); });
    }

    // Takes one sample, step_seconds after the one before, and gives the new scale.
    double update(double load, double step_seconds) {
        double scale = 0;
        detail::run([&](auto *error) {
            return forescale_scaling_law_update(handle_.get(), load, step_seconds, &scale, error);
        });
        return scale;
    }

    // Takes the gains that come closest to a recorded scale, by least squares, and begins anew. Gives the root mean square
    // of what they leave unexplained. The record has as many loads as scales, at least 4.
    double tune(const std::vector<double> &load, const std::vector<double> &scale, double step_seconds) {
        if (load.size() != scale.size())
            throw Error(FORESCALE_ERROR_DATA, "load and scale differ in length");
        double error_left = 0;
        detail::run([&](auto *error) {
            return forescale_scaling_law_tune(handle_.get(), load.data(), scale.data(), load.size(), step_seconds,
                                              &error_left, error);
        });
        return error_left;
    }

    // Takes the gains that would have been cheapest on this demand, by simulation with replicas that serve one start-up
    // later, and gives the mean cost of a step. The settings are a JSON text with the fields of
    // forescale_scaling_law_tune_simulated.
    double tune_simulated(Numbers demand, const std::string &config_json = "{}") {
        double cost = 0;
        detail::run([&](auto *error) {
            return forescale_scaling_law_tune_simulated(handle_.get(), demand.data(), demand.size(),
                                                        config_json.c_str(), &cost, error);
        });
        return cost;
    }

    // The gains alpha, beta and gamma.
    std::array<double, 3> gains() const {
        std::array<double, 3> found{};
        detail::run([&](auto *error) {
            return forescale_scaling_law_gains(handle_.get(), &found[0], &found[1], &found[2], error);
        });
        return found;
    }

    // The scale after the last sample.
    double scale() const {
        double scale = 0;
        detail::run([&](auto *error) { return forescale_scaling_law_scale(handle_.get(), &scale, error); });
        return scale;
    }

private:
    using Handle = detail::Handle<forescale_scaling_law, forescale_scaling_law_destroy>;
    explicit ScalingLaw(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

// A deadband in units of load, the steps that noise causes in a sample with it, and the cost of a sample.
struct HysteresisDesign {
    double deadband = 0;
    double false_steps = 0;
    double cost = 0;
};

// The scale with memory: the curve up while the load rises, down while it falls, held while it stands still.
class Hysteresis {
public:
    // Points (load, scale) with increasing loads, straight between them and level at the ends.
    using Points = std::vector<std::pair<double, double>>;

    Hysteresis(const Points &up, const Points &down)
        : handle_([&](auto **out, auto *error) {
              std::vector<double> ups = flat(up), downs = flat(down);
              return forescale_hysteresis_create(ups.data(), up.size(), downs.data(), down.size(), out, error);
          }) {}

    // The hysteresis that a snapshot holds, given the same curves.
    static Hysteresis restore(const Points &up, const Points &down, const std::vector<std::uint8_t> &bytes) {
        return Hysteresis(Handle([&](auto **out, auto *error) {
            std::vector<double> ups = flat(up), downs = flat(down);
            return forescale_hysteresis_restore(ups.data(), up.size(), downs.data(), down.size(), bytes.data(),
                                                bytes.size(), out, error);
        }));
    }

    // The deadband of least cost among those that keep the steps that noise causes in a sample to most_false_steps. noise is
    // the deviation of independent noise in the load, idle_cost that of idle capacity for one unit of load, for one sample.
    static HysteresisDesign design(double noise, double step_cost, double idle_cost, double most_false_steps = 1) {
        HysteresisDesign design;
        detail::run([&](auto *error) {
            return forescale_hysteresis_design(noise, step_cost, idle_cost, most_false_steps, &design.deadband,
                                               &design.false_steps, &design.cost, error);
        });
        return design;
    }

    // Holds the scale from now on until the load is further than this from where the scale was set.
    void set_deadband(double deadband) {
        detail::run(
            [&](auto *error) { return forescale_hysteresis_set_deadband(handle_.get(), deadband, error); });
    }

    // The deadband, in units of load; 0 unless it was set.
    double deadband() const {
        double deadband = 0;
        detail::run([&](auto *error) { return forescale_hysteresis_deadband(handle_.get(), &deadband, error); });
        return deadband;
    }

    // The memory and the deadband, without the curves.
    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>(
            [&](auto... rest) { return forescale_hysteresis_snapshot(handle_.get(), rest...); });
    }

    // Takes the next load and gives the scale.
    double update(double load) {
        double scale = 0;
        detail::run([&](auto *error) { return forescale_hysteresis_update(handle_.get(), load, &scale, error); });
        return scale;
    }

private:
    static std::vector<double> flat(const Points &points) {
        std::vector<double> values;
        for (auto [load, scale] : points) values.insert(values.end(), {load, scale});
        return values;
    }

    using Handle = detail::Handle<forescale_hysteresis, forescale_hysteresis_destroy>;
    explicit Hysteresis(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

// r0 + k (L - L0) at every sample of the predicted load: the integral of dR/dt = k dL/dt.
inline std::vector<double> ramp(Numbers predicted_load, double step_seconds, double k, double r0) {
    std::vector<double> resource(predicted_load.size());
    detail::run([&](auto *error) {
        return forescale_ramp(predicted_load.data(), predicted_load.size(), step_seconds, k, r0, resource.data(), error);
    });
    return resource;
}

}  // namespace forescale

#endif  // FORESCALE_SCALING_HPP
