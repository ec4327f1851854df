#include "harness.h"

const dispatch forecast_DISPATCH[] = {
    {NULL, NULL}};
