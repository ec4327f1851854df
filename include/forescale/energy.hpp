// What does it burn? The energy tensor.

#ifndef FORESCALE_ENERGY_HPP
#define FORESCALE_ENERGY_HPP

#include "base.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace forescale {

// The cheapest scaling vector that covers a demand, with the certificate that it is, and how the total follows demand and bounds.
struct CheapestScaling {
    std::vector<double> scaling;  // how much of each scaling dimension
    std::vector<double> energy;   // the energy of each kind that it takes
    double total = 0;             // the sum of the energy
    std::vector<double> price;       // for each demand the energy that its last unit takes
    std::vector<double> low_price;   // for each dimension what a unit more of its lower bound adds
    std::vector<double> high_price;  // for each dimension what a unit more of its upper bound adds, at most 0
    double lower_bound = 0;          // the value of these prices in the dual program: no total is below
    double residual = 0;             // the largest violation of the Karush-Kuhn-Tucker conditions, as a share of its own terms

    // The most by which the total can be above the least, but for rounding.
    double gap() const noexcept { return total - lower_bound; }
};

// A linear map T from scaling dimensions (a column each) to kinds of energy (a row each).
class EnergyTensor {
public:
    explicit EnergyTensor(Rows matrix)
        : handle_([&](auto **out, auto *error) {
              return forescale_energy_tensor_create(matrix.data(), matrix.rows(), matrix.columns(), out, error);
          }) {}

    // The tensor without negative entries that explains a record best: a row an observation in both.
    static EnergyTensor fit(Rows s, Rows e) {
        return EnergyTensor(Handle([&](auto **out, auto *error) {
            return forescale_energy_tensor_fit(s.data(), s.rows(), s.columns(), e.data(), e.rows(), e.columns(), out, error);
        }));
    }

    static EnergyTensor restore(const std::vector<std::uint8_t> &bytes) {
        return EnergyTensor(Handle([&](auto **out, auto *error) {
            return forescale_energy_tensor_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>(
            [&](auto... rest) { return forescale_energy_tensor_snapshot(handle_.get(), rest...); });
    }

    // The energy of each kind at the scaling vector s.
    std::vector<double> apply(Numbers s) const {
        return detail::fetch<double>(
            [&](auto... rest) { return forescale_energy_tensor_apply(handle_.get(), s.data(), s.size(), rest...); });
    }

    // The scaling vector of least total energy that covers a demand: on its sum (one number) or on each dimension.
    CheapestScaling minimize(Numbers demand, Numbers low, Numbers high) const {
        auto [rows, columns] = shape();
        CheapestScaling cheapest;
        cheapest.scaling.resize(columns);
        cheapest.energy.resize(rows);
        cheapest.price.resize(demand.size());
        cheapest.low_price.resize(columns);
        cheapest.high_price.resize(columns);
        detail::run([&](auto *error) {
            return forescale_energy_tensor_minimize(handle_.get(), demand.data(), demand.size(), low.data(), low.size(),
                                                    high.data(), high.size(), cheapest.scaling.data(), columns,
                                                    cheapest.energy.data(), rows, &cheapest.total, cheapest.price.data(),
                                                    cheapest.low_price.data(), cheapest.high_price.data(),
                                                    &cheapest.lower_bound, &cheapest.residual, error);
        });
        return cheapest;
    }

    // The counts of rows (kinds of energy) and columns (scaling dimensions).
    std::pair<std::size_t, std::size_t> shape() const {
        std::pair<std::size_t, std::size_t> counts;
        detail::run([&](auto *error) {
            return forescale_energy_tensor_shape(handle_.get(), &counts.first, &counts.second, error);
        });
        return counts;
    }

    // The matrix, row after row.
    std::vector<double> matrix() const {
        return detail::fetch<double>(
            [&](auto... rest) { return forescale_energy_tensor_matrix(handle_.get(), rest...); });
    }

    // Of a fitted tensor the norm of all that stayed unexplained; NaN of a given one.
    double residual() const {
        double norm = 0;
        detail::run([&](auto *error) { return forescale_energy_tensor_residual(handle_.get(), &norm, error); });
        return norm;
    }

    // Of a fitted tensor the condition number of the record; NaN of a given one.
    double condition() const {
        double number = 0;
        detail::run([&](auto *error) { return forescale_energy_tensor_condition(handle_.get(), &number, error); });
        return number;
    }

private:
    using Handle = detail::Handle<forescale_energy_tensor, forescale_energy_tensor_destroy>;
    explicit EnergyTensor(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

}  // namespace forescale

#endif  // FORESCALE_ENERGY_HPP
