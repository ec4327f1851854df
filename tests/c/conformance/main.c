/* The C face against the shared vectors. */

#include "harness.h"

#include <math.h>

#include "all_vectors.h"

static const dispatch *find(const char *name) {
    const dispatch *rooms[] = {load_DISPATCH,    forecast_DISPATCH, anomaly_DISPATCH, capacity_DISPATCH,
                               scaling_DISPATCH, energy_DISPATCH,   choice_DISPATCH,  policy_DISPATCH,
                               pool_DISPATCH,    engine_DISPATCH,   simulate_DISPATCH};
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
        for (const dispatch *entry = rooms[i]; entry->name != NULL; entry++)
            if (strcmp(entry->name, name) == 0) return entry;
    return NULL; /* the suite checks that no language leaves one out */
}

int main(void) {
    size_t checked = 0;
    for (const vectors *file = all_vectors; file->name != NULL; file++) {
        const dispatch *entry = find(file->name);
        if (entry == NULL) continue;
        for (size_t i = 0; i < file->case_count; i++, checked++) {
            const test_case *c = &file->cases[i];
            forescale_error error;
            forescale_status status = entry->run(c, &error);
            const char *want = has(c, "error") ? text(c, "error") : "Ok", *got = forescale_status_name(status);
            if (got == NULL || strcmp(got, want) != 0) {
                fprintf(stderr, "%s: ended with %s (%s), expected %s\n", c->label, got ? got : "?", status ? error.message : "", want);
                failures++;
            }
        }
    }
    printf("%lu cases checked, %d differ\n", (unsigned long)checked, failures);
    return checked == 0 || failures != 0;
}
