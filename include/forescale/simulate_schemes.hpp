// Does it work? Trials of the pool's schemes.

#ifndef FORESCALE_SIMULATE_SCHEMES_HPP
#define FORESCALE_SIMULATE_SCHEMES_HPP

#include "simulate_trials.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace forescale {

namespace schemes {

// Tries a scheme of the pool and the simple thing in its place over loads, a row for each tenant, key, primary or program, NaN = missing:
// {"scheme": {"clones": {...}}, "world": {"service_rate": 10}, "step_seconds": 60}. Gives both arms and their differences as JSON text.
// progress is as for backtest.
inline std::string run(Rows loads, const std::string &config_json, std::uint64_t seed = 0,
                       const std::function<bool(double)> &progress = {}) {
    return detail::listened(progress, [&](auto told, void *user) {
        return detail::value(detail::Text([&](auto **out, auto *error) {
            return forescale_schemes_run(loads.data(), loads.rows(), loads.columns(), config_json.c_str(), seed, told,
                                         user, out, error);
        }));
    });
}

// Draws the busiest day of a report that run gave, as an SVG file's text.
inline std::string picture(const std::string &report_json) {
    return detail::value(detail::Text(
        [&](auto **out, auto *error) { return forescale_schemes_picture(report_json.c_str(), out, error); }));
}

}  // namespace schemes

}  // namespace forescale

#endif  // FORESCALE_SIMULATE_SCHEMES_HPP
