#include "harness.h"

const dispatch policy_DISPATCH[] = {
    {NULL, NULL}};
