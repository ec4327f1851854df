#include "harness.h"

const dispatch choice_DISPATCH[] = {
    {NULL, NULL}};
