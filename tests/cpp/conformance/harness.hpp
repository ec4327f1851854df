// What a room's dispatches in C++ need.

#pragma once

#include "forescale.hpp"
#include "vectors.h"

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

// The name of a vector file, and what is to be done with its cases.
struct dispatch {
    const char *name;
    void (*run)(const test_case *c);
};

// An array of a case.
inline std::vector<double> numbers(const test_case *c, const char *name) {
    std::size_t length = 0;
    const double *first = numbers(c, name, &length);
    return {first, first + length};
}

inline void expect_array(const test_case *c, const char *name, const std::vector<double> &got) {
    expect_array(c, name, got.data(), got.size());
}

extern const dispatch load_DISPATCH[], forecast_DISPATCH[], anomaly_DISPATCH[], capacity_DISPATCH[], scaling_DISPATCH[],
    energy_DISPATCH[], choice_DISPATCH[], policy_DISPATCH[], pool_DISPATCH[], engine_DISPATCH[], simulate_DISPATCH[];
