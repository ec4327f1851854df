#include "harness.hpp"

const dispatch anomaly_DISPATCH[] = {
    {nullptr, nullptr}};
