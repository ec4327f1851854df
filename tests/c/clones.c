/* A manager of clones, its actuator, and its reports; docs/pools.md shows the rounds. And what is said of JSON that cannot be used. */

#include "forescale.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int clones = 0;

/* The actuator. A real one would read the JSON with a library, and start and stop something. */
static const char *carry_out(const char *instruction) {
    const char *action = strstr(instruction, "\"action\":{\"");
    if (action == NULL) return "failed";
    clones += strncmp(action + 11, "create", 6) == 0 ? 1 : -1;
    return "confirmed";
}

static forescale_status rounds(forescale_clone_manager *manager, forescale_error *error) {
    static char text[65536];
    size_t length;
    int64_t now = 1767225600000; /* Unix milliseconds */
    for (int minute = 0; minute < 30; minute++, now += 60000) {
        forescale_status status = forescale_clone_manager_observe(manager, now, "resize", 60 * 100, error);
        if (!status) status = forescale_clone_manager_plan(manager, now, error);
        if (!status) status = forescale_clone_manager_instructions(manager, text, sizeof text, &length, error);
        const char *next = status ? NULL : strstr(text, "{\"id\":");
        for (; next != NULL && !status; next = strstr(next + 1, "{\"id\":"))
            status = forescale_clone_manager_report(manager, strtoull(next + 6, NULL, 10), carry_out(next), error);
        if (status) return status; /* and error->message says why */
    }
    return FORESCALE_OK;
}

static const char *const REFUSED[][2] = {
    {"{\"name\": \"m\", \"room\": [NaN]}", "machine.room[0]: is not JSON: expected value at line 1 column 24 (JSON has no NaN"},
    {"{\"name\": \"m\", \"room\": [\"x\"]}", "machine.room[0]: must be a number, got string \"x\""},
    {"{\"name\": \"m\", \"room\": 5}", "machine.room: must be a list, got integer `5`"},
    {"{\"room\": []}", "machine_json: lacks the field `name`"},
    {"[]", "machine_json: must be an object, got a list"},
    {"{\"name\": \"m\", \"roam\": []}", "machine.roam: unknown field `roam`, expected one of `name`"},
};

int main(void) {
    forescale_error error;
    forescale_clone_manager *manager = NULL;
    int failures = 0;
    if (forescale_clone_manager_create(NULL, &manager, &error) ||
        forescale_clone_manager_set_machine(manager, "{\"name\": \"rack-1\", \"room\": [64, 256]}", &error) ||
        forescale_clone_manager_set_code(manager, "{\"name\": \"resize\", \"service_rate\": 20, \"resources\": [1, 2]}", &error) ||
        rounds(manager, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    uint32_t running = 0;
    failures += forescale_clone_manager_running(manager, "resize", &running, &error) != FORESCALE_OK;
    failures += clones < 5 || running != (uint32_t)clones;
    for (size_t each = 0; each < sizeof REFUSED / sizeof *REFUSED; each++) {
        forescale_status status = forescale_clone_manager_set_machine(manager, REFUSED[each][0], &error);
        if (status != FORESCALE_ERROR_CONFIG || strncmp(error.message, REFUSED[each][1], strlen(REFUSED[each][1])) != 0) {
            fprintf(stderr, "%s: %s\n", REFUSED[each][0], error.message);
            failures++;
        }
    }
    forescale_clone_manager_destroy(manager);
    return failures;
}
