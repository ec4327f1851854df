// Who decides?

#ifndef FORESCALE_POLICY_HPP
#define FORESCALE_POLICY_HPP

#include "base.hpp"

#include <string>

namespace forescale {

// Refuses a policy that is unknown or out of range: a bare name, or a JSON text such as {"hpa": {"target_utilization": 0.6}}.
inline void policy_check(const std::string &policy_json) {
    detail::run([&](auto *error) { return forescale_policy_check(policy_json.c_str(), error); });
}

}  // namespace forescale

#endif  // FORESCALE_POLICY_HPP
