#include "harness.h"

const dispatch scaling_DISPATCH[] = {
    {NULL, NULL}};
