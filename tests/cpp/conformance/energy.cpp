#include "harness.hpp"

const dispatch energy_DISPATCH[] = {
    {nullptr, nullptr}};
