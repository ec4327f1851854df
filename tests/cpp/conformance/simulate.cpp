#include "harness.hpp"

const dispatch simulate_DISPATCH[] = {
    {nullptr, nullptr}};
