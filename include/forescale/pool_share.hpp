// Groups of tenants that run on common capacity because their peaks do not coincide.

#ifndef FORESCALE_POOL_SHARE_HPP
#define FORESCALE_POOL_SHARE_HPP

#include "base.hpp"

#include <string>

namespace forescale {

// Groups tenants by their loads, a row each and a column a step; NaN = missing. JSON: the groups with their capacity and risk, and the
// share of the isolated capacity that is saved. config_json such as {"quantile": 0.99}.
inline std::string share(Rows loads, const std::string &config_json = "{}") {
    return detail::fetch_text([&](auto... rest) {
        return forescale_share(loads.data(), loads.rows(), loads.columns(), config_json.c_str(), rest...);
    });
}

}  // namespace forescale

#endif  // FORESCALE_POOL_SHARE_HPP
