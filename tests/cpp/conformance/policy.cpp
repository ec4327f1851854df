#include "harness.hpp"

const dispatch policy_DISPATCH[] = {
    {nullptr, nullptr}};
