#include "harness.hpp"

const dispatch engine_DISPATCH[] = {
    {nullptr, nullptr}};
