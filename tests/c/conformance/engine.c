#include "harness.h"

const dispatch engine_DISPATCH[] = {
    {NULL, NULL}};
