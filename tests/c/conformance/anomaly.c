#include "harness.h"

const dispatch anomaly_DISPATCH[] = {
    {NULL, NULL}};
