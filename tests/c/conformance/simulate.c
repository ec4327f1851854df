#include "harness.h"

const dispatch simulate_DISPATCH[] = {
    {NULL, NULL}};
