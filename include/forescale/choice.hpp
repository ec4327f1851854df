// What is best? Pareto fronts and product utility.

#ifndef FORESCALE_CHOICE_HPP
#define FORESCALE_CHOICE_HPP

#include "base.hpp"

#include <array>
#include <cstdint>
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

}  // namespace forescale

#endif  // FORESCALE_CHOICE_HPP
