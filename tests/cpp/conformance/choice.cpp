#include "harness.hpp"

const dispatch choice_DISPATCH[] = {
    {nullptr, nullptr}};
