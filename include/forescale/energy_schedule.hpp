// What does it burn? Power curves, kinds of hardware, and tasks moved to where energy is cheap.

#ifndef FORESCALE_ENERGY_SCHEDULE_HPP
#define FORESCALE_ENERGY_SCHEDULE_HPP

#include "base.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace forescale {

// The power of a machine at every utilization from 0 to 1, in watts: straight lines between points at equal distances.
class PowerCurve {
public:
    using Handle = detail::Handle<forescale_power_curve, forescale_power_curve_destroy>;

    // Two numbers are idle and busy, eleven a SPECpower table.
    explicit PowerCurve(Numbers watts_at_utilization)
        : handle_([&](auto **out, auto *error) {
              return forescale_power_curve_create(watts_at_utilization.data(), watts_at_utilization.size(), out, error);
          }) {}
    explicit PowerCurve(Handle handle) : handle_(std::move(handle)) {}

    double watts(double utilization) const {
        double watts = 0;
        detail::run([&](auto *error) { return forescale_power_curve_watts(handle_.get(), utilization, &watts, error); });
        return watts;
    }

    std::vector<double> points() const {
        return detail::fetch<double>([&](auto... rest) { return forescale_power_curve_points(handle_.get(), rest...); });
    }

    double idle() const { return points().front(); }
    double busy() const { return points().back(); }

    // The curve of `count` such machines side by side, equally used.
    PowerCurve times(double count) const {
        return PowerCurve(Handle([&](auto **out, auto *error) {
            return forescale_power_curve_times(handle_.get(), count, out, error);
        }));
    }

    const forescale_power_curve *get() const noexcept { return handle_.get(); }

private:
    Handle handle_;
};

// A kind of machine: what it draws in service, while it starts, and while it drains.
class HardwareProfile {
public:
    // Starting and draining take the idle power where they are not given.
    HardwareProfile(const std::string &name, const PowerCurve &power, std::optional<double> starting_watts = {},
                    std::optional<double> draining_watts = {}, const std::string &source = "given")
        : handle_([&](auto **out, auto *error) {
              return forescale_hardware_profile_create(name.c_str(), power.get(), starting_watts ? &*starting_watts : nullptr,
                                                       draining_watts ? &*draining_watts : nullptr, source.c_str(), out, error);
          }) {}

    // A kind that ships with the library: a hardware thread of a CPU generation, a GPU, or a whole cloud instance type.
    static HardwareProfile named(const std::string &name) {
        return HardwareProfile(
            Handle([&](auto **out, auto *error) { return forescale_hardware_profile_named(name.c_str(), out, error); }));
    }

    // The names that named() knows, as a JSON array of texts.
    static std::string names_json() {
        return detail::fetch_text([](auto... rest) { return forescale_hardware_profile_names(rest...); });
    }

    std::string name() const {
        return detail::fetch_text([&](auto... rest) { return forescale_hardware_profile_name(handle_.get(), rest...); });
    }

    std::string source() const {
        return detail::fetch_text([&](auto... rest) { return forescale_hardware_profile_source(handle_.get(), rest...); });
    }

    PowerCurve power() const {
        return PowerCurve(PowerCurve::Handle(
            [&](auto **out, auto *error) { return forescale_hardware_profile_power(handle_.get(), out, error); }));
    }

    double starting_watts() const { return transition_watts().first; }
    double draining_watts() const { return transition_watts().second; }

    const forescale_hardware_profile *get() const noexcept { return handle_.get(); }

private:
    using Handle = detail::Handle<forescale_hardware_profile, forescale_hardware_profile_destroy>;
    explicit HardwareProfile(Handle handle) : handle_(std::move(handle)) {}

    std::pair<double, double> transition_watts() const {
        std::pair<double, double> watts;
        detail::run([&](auto *error) {
            return forescale_hardware_profile_transition_watts(handle_.get(), &watts.first, &watts.second, error);
        });
        return watts;
    }

    Handle handle_;
};

// The energy of changing counts along a path, in joules: what starting and draining take.
inline double transition_energy(const std::vector<std::uint32_t> &path, const HardwareProfile &profile, double boot_seconds,
                                double drain_seconds = 0) {
    double joules = 0;
    detail::run([&](auto *error) {
        return forescale_transition_energy(path.data(), path.size(), profile.get(), boot_seconds, drain_seconds, &joules, error);
    });
    return joules;
}

// Work to be done once.
struct Task {
    std::string name;             // unique within a schedule
    double priority = 0;          // what it is worth, at least 0
    double energy = 0;            // what it takes over its whole duration
    double duration_seconds = 0;  // how long it runs
    double deadline = std::numeric_limits<double>::infinity();  // the latest end, in seconds from the beginning of the prices
    bool deferrable = true;                                     // whether it may wait for cheap energy
    std::vector<std::size_t> after = {};                        // the places of the tasks that have to end before it begins
    double release_seconds = 0;                                 // the earliest start, in seconds from the beginning of the prices
};

// When one task runs.
struct Placement {
    std::size_t task;      // its place among those handed in
    double rank;           // priority/energy
    double start_seconds;  // from the beginning of the prices
    double end_seconds;
    double cost;  // its energy at the prices of that time
};

// A task that cannot run, and why.
struct Unplaced {
    std::size_t task;
    std::string reason;
};

// When each task runs, what that costs, and how far from the best it can be at most.
struct Plan {
    std::vector<Placement> placements;  // by start; of those that start together, the greatest rank first
    std::vector<Unplaced> infeasible;   // the tasks that do not run
    double cost = 0;                    // the sum of the costs
    double lower_bound = 0;             // no schedule of the same tasks costs less, those not deferrable at the same times
    double gap = 0;                     // the most by which the cost can be above the least, as a share of it
    bool optimal = false;               // whether no schedule at all is better; false where that is not known
};

// When to run each task: by priority/energy, deferrable ones where energy is cheap, none later than its deadline.
inline Plan schedule(const std::vector<Task> &tasks, const std::vector<std::uint32_t> &capacity, Numbers energy_price,
                     double step_seconds = 3600) {
    std::vector<const char *> names;
    std::vector<double> priority, energy, duration, deadline, release;
    std::vector<std::int32_t> deferrable;
    std::vector<std::size_t> after;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        names.push_back(tasks[i].name.c_str());
        priority.push_back(tasks[i].priority);
        energy.push_back(tasks[i].energy);
        duration.push_back(tasks[i].duration_seconds);
        deadline.push_back(tasks[i].deadline);
        deferrable.push_back(tasks[i].deferrable);
        release.push_back(tasks[i].release_seconds);
        for (std::size_t before : tasks[i].after) after.insert(after.end(), {i, before});
    }
    detail::Handle<forescale_plan, forescale_plan_destroy> plan([&](auto **out, auto *error) {
        return forescale_schedule(names.data(), priority.data(), energy.data(), duration.data(), deadline.data(),
                                  deferrable.data(), release.data(), tasks.size(), after.data(), after.size() / 2, capacity.data(),
                                  capacity.size(), energy_price.data(), energy_price.size(), step_seconds, out, error);
    });
    Plan answer;
    std::int32_t optimal = 0;
    std::size_t placed = 0, unplaced = 0;
    detail::run([&](auto *error) {
        return forescale_plan_cost(plan.get(), &answer.cost, &answer.lower_bound, &answer.gap, &optimal, error);
    });
    answer.optimal = optimal != 0;
    detail::run([&](auto *error) { return forescale_plan_lengths(plan.get(), &placed, &unplaced, error); });
    std::vector<std::size_t> which(placed), left(unplaced);
    std::vector<double> rank(placed), start(placed), end(placed), cost(placed);
    detail::run([&](auto *error) {
        return forescale_plan_placements(plan.get(), which.data(), rank.data(), start.data(), end.data(), cost.data(), placed,
                                         error);
    });
    for (std::size_t i = 0; i < placed; ++i) answer.placements.push_back({which[i], rank[i], start[i], end[i], cost[i]});
    detail::run([&](auto *error) { return forescale_plan_infeasible(plan.get(), left.data(), unplaced, error); });
    for (std::size_t i = 0; i < unplaced; ++i)
        answer.infeasible.push_back(
            {left[i], detail::fetch_text([&](auto... rest) { return forescale_plan_reason(plan.get(), i, rest...); })});
    return answer;
}

}  // namespace forescale

#endif  // FORESCALE_ENERGY_SCHEDULE_HPP
