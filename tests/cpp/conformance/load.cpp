#include "harness.hpp"

const dispatch load_DISPATCH[] = {
    {nullptr, nullptr}};
