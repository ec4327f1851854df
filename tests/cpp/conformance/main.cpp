// The C++ face against the shared vectors.

#include "harness.hpp"

#include <cmath>
#include <cstdlib>

#include "all_vectors.h"

static const dispatch *find(const char *name) {
    for (const dispatch *room : {load_DISPATCH, forecast_DISPATCH, anomaly_DISPATCH, capacity_DISPATCH, scaling_DISPATCH,
                                 energy_DISPATCH, choice_DISPATCH, policy_DISPATCH, pool_DISPATCH, engine_DISPATCH,
                                 simulate_DISPATCH})
        for (const dispatch *entry = room; entry->name != nullptr; entry++)
            if (std::strcmp(entry->name, name) == 0) return entry;
    return nullptr;  // the suite checks that no language leaves one out
}

int main() {
    std::size_t checked = 0;
    for (const vectors *file = all_vectors; file->name != nullptr; file++) {
        const dispatch *entry = find(file->name);
        if (entry == nullptr) continue;
        for (std::size_t i = 0; i < file->case_count; i++, checked++) {
            const test_case *c = &file->cases[i];
            std::string want = has(c, "error") ? text(c, "error") : "Ok", got = "Ok", message;
            try {
                entry->run(c);
            } catch (const forescale::Error &error) {
                got = forescale_status_name(error.code());
                message = error.what();
            }
            if (got != want) {
                std::fprintf(stderr, "%s: ended with %s (%s), expected %s\n", c->label, got.c_str(), message.c_str(), want.c_str());
                failures++;
            }
        }
    }
    std::printf("%zu cases checked, %d differ\n", checked, failures);
    return checked == 0 || failures != 0;
}
