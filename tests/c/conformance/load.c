#include "harness.h"

const dispatch load_DISPATCH[] = {
    {NULL, NULL}};
