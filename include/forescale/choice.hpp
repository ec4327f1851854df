// What is best? Pareto fronts, what picks a point on them, and plans found by annealing.

#ifndef FORESCALE_CHOICE_HPP
#define FORESCALE_CHOICE_HPP

#include "base.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace forescale {

namespace detail {

// Flags as C takes them.
inline std::vector<std::int32_t> flags(const std::vector<bool> &values) { return {values.begin(), values.end()}; }

}  // namespace detail

// Which points nothing dominates; maximize is empty (minimise all), one flag for all, or one an objective.
inline std::vector<bool> pareto_front(Rows points, const std::vector<bool> &maximize = {}) {
    std::vector<std::int32_t> front(points.rows()), up = detail::flags(maximize);
    detail::run([&](auto *error) {
        return forescale_pareto_front(points.data(), points.rows(), points.columns(), up.data(), up.size(), front.data(),
                                      error);
    });
    return {front.begin(), front.end()};
}

// The rank of each point: 0 on the front, 1 on the front of the rest, and so on.
inline std::vector<std::uint64_t> non_dominated_sort(Rows points, const std::vector<bool> &maximize = {}) {
    std::vector<std::uint64_t> ranks(points.rows());
    std::vector<std::int32_t> up = detail::flags(maximize);
    detail::run([&](auto *error) {
        return forescale_non_dominated_sort(points.data(), points.rows(), points.columns(), up.data(), up.size(),
                                            ranks.data(), error);
    });
    return ranks;
}

// The crowding distance of each point of one front.
inline std::vector<double> crowding_distance(Rows points) {
    std::vector<double> distances(points.rows());
    detail::run([&](auto *error) {
        return forescale_crowding_distance(points.data(), points.rows(), points.columns(), distances.data(), error);
    });
    return distances;
}

// The volume that the points dominate up to a reference, all objectives minimised.
inline double hypervolume(Rows points, Numbers reference) {
    double volume = 0;
    detail::run([&](auto *error) {
        return forescale_hypervolume(points.data(), points.rows(), points.columns(), reference.data(), reference.size(),
                                     &volume, error);
    });
    return volume;
}

// The product of metric^weight, with 0^0 = 1.
inline double utility(Numbers metrics, Numbers weights) {
    double product = 0;
    detail::run([&](auto *error) {
        return forescale_utility(metrics.data(), metrics.size(), weights.data(), weights.size(), &product, error);
    });
    return product;
}

// The natural logarithm of utility.
inline double log_utility(Numbers metrics, Numbers weights) {
    double sum = 0;
    detail::run([&](auto *error) {
        return forescale_log_utility(metrics.data(), metrics.size(), weights.data(), weights.size(), &sum, error);
    });
    return sum;
}

// The index of the best point within the constraints: for each objective a least and a largest value, or none.
inline std::uint64_t choose(Rows points, const std::vector<bool> &maximize, Numbers weights,
                            const std::vector<std::array<double, 2>> &constraints = {}) {
    std::vector<std::int32_t> up = detail::flags(maximize);
    std::uint64_t index = 0;
    detail::run([&](auto *error) {
        return forescale_choose(points.data(), points.rows(), points.columns(), up.data(), up.size(), weights.data(),
                                weights.size(), constraints.empty() ? nullptr : constraints[0].data(), constraints.size(),
                                &index, error);
    });
    return index;
}

// For each point the sum of weight times objective, a maximised objective with a minus: the least is the best.
inline std::vector<double> weighted_sum(Rows points, const std::vector<bool> &maximize, Numbers weights) {
    std::vector<std::int32_t> up = detail::flags(maximize);
    std::vector<double> sums(points.rows());
    detail::run([&](auto *error) {
        return forescale_weighted_sum(points.data(), points.rows(), points.columns(), up.data(), up.size(), weights.data(),
                                      weights.size(), sums.data(), error);
    });
    return sums;
}

// For each point how far it is past the goal where it is worst off; without a goal the Chebyshev distance.
inline std::vector<double> achievement(Rows points, const std::vector<bool> &maximize, Numbers weights,
                                       Numbers goal = {nullptr, 0}, double augmentation = 0) {
    std::vector<std::int32_t> up = detail::flags(maximize);
    std::vector<double> distances(points.rows());
    detail::run([&](auto *error) {
        return forescale_achievement(points.data(), points.rows(), points.columns(), up.data(), up.size(), weights.data(),
                                     weights.size(), goal.data(), goal.size(), augmentation, distances.data(), error);
    });
    return distances;
}

// The index of the knee of the front.
inline std::uint64_t knee(Rows points, const std::vector<bool> &maximize = {}) {
    std::vector<std::int32_t> up = detail::flags(maximize);
    std::uint64_t index = 0;
    detail::run([&](auto *error) {
        return forescale_knee(points.data(), points.rows(), points.columns(), up.data(), up.size(), &index, error);
    });
    return index;
}

// Units for each place, and what they cost.
struct AllocationPlan {
    std::vector<std::uint64_t> units;
    double cost;
};

// An allocation problem: a row of costs a place, pairs of two places and a weight, usage of each resource and its limit.
class Allocation {
public:
    explicit Allocation(Rows costs, Rows pairs = {nullptr, 0, 3}, Rows usage = {nullptr, 0, 1}, Numbers limits = {nullptr, 0})
        : handle_([&](auto **out, auto *error) {
              if (usage.rows() != limits.size() || (limits.size() > 0 && usage.columns() != costs.rows()))
                  throw Error(FORESCALE_ERROR_DATA, "usage: has a row a limit and a column a place");
              if (pairs.columns() != 3) throw Error(FORESCALE_ERROR_DATA, "pairs: has two places and a weight");
              return forescale_allocation_create(costs.data(), costs.rows(), costs.columns(), pairs.data(), pairs.rows(),
                                                 usage.data(), limits.data(), limits.size(), out, error);
          }) {}

    std::size_t places() const {
        std::size_t places = 0;
        detail::run([&](auto *error) { return forescale_allocation_places(handle_.get(), &places, error); });
        return places;
    }

    std::size_t levels() const {
        std::size_t levels = 0;
        detail::run([&](auto *error) { return forescale_allocation_levels(handle_.get(), &levels, error); });
        return levels;
    }

    double cost(const std::vector<std::uint64_t> &units) const {
        double cost = 0;
        detail::run([&](auto *error) {
            return forescale_allocation_cost(handle_.get(), units.data(), units.size(), &cost, error);
        });
        return cost;
    }

    bool is_feasible(const std::vector<std::uint64_t> &units) const {
        std::int32_t is_feasible = 0;
        detail::run([&](auto *error) {
            return forescale_allocation_is_feasible(handle_.get(), units.data(), units.size(), &is_feasible, error);
        });
        return is_feasible != 0;
    }

    const forescale_allocation *get() const noexcept { return handle_.get(); }

private:
    detail::Handle<forescale_allocation, forescale_allocation_destroy> handle_;
};

// The cheapest plan within the limits that is found; config_json such as {"method": "thermal", "sweeps": 100}.
inline AllocationPlan anneal(const Allocation &problem, std::uint64_t seed = 0, const std::string &config_json = "{}") {
    AllocationPlan plan{std::vector<std::uint64_t>(problem.places()), 0};
    detail::run([&](auto *error) {
        return forescale_anneal(problem.get(), seed, config_json.c_str(), plan.units.data(), plan.units.size(), &plan.cost,
                                error);
    });
    return plan;
}

// The plan to go with when any of several futures may come, and what each plan costs over them.
struct Scenarios {
    std::uint64_t chosen;
    std::vector<double> expected, tail, worst, regret;
};

// A row of costs a plan, a column a future; config_json such as {"aversion": 1, "level": 0.95}.
inline Scenarios scenarios(Rows costs, Numbers weights = {nullptr, 0}, const std::string &config_json = "{}") {
    std::vector<double> room(costs.rows());
    Scenarios all{0, room, room, room, room};
    detail::run([&](auto *error) {
        return forescale_scenarios(costs.data(), costs.rows(), costs.columns(), weights.data(), weights.size(),
                                   config_json.c_str(), &all.chosen, all.expected.data(), all.tail.data(),
                                   all.worst.data(), all.regret.data(), error);
    });
    return all;
}

}  // namespace forescale

#endif  // FORESCALE_CHOICE_HPP
