#include "harness.hpp"

const dispatch forecast_DISPATCH[] = {
    {nullptr, nullptr}};
