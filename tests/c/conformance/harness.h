/* What a room's dispatches in C need. */

#ifndef HARNESS_H
#define HARNESS_H

#include "forescale.h"
#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The name of a vector file, and what is to be done with its cases. */
typedef struct {
    const char *name;
    forescale_status (*run)(const test_case *c, forescale_error *error);
} dispatch;

/* Hands a failure to the caller. */
#define TRY(call)                               \
    do {                                        \
        forescale_status try_status = (call);   \
        if (try_status != FORESCALE_OK) return try_status; \
    } while (0)

extern const dispatch load_DISPATCH[], forecast_DISPATCH[], anomaly_DISPATCH[], capacity_DISPATCH[], scaling_DISPATCH[],
    energy_DISPATCH[], choice_DISPATCH[], policy_DISPATCH[], pool_DISPATCH[], engine_DISPATCH[], simulate_DISPATCH[];

#endif
