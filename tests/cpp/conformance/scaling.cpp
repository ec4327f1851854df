#include "harness.hpp"

const dispatch scaling_DISPATCH[] = {
    {nullptr, nullptr}};
