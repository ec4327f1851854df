/* How calls fail: statuses, messages, and out-parameters that stay as they were. */

#include "forescale.h"

#include <stdio.h>
#include <string.h>

#define CHECK(condition)                                                    \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "line %d: %s is false\n", __LINE__, #condition); \
            return 1;                                                       \
        }                                                                   \
    } while (0)

int main(void) {
    forescale_error error = {77, 77, "unwritten"};
    double value = -1;
    CHECK(sizeof(forescale_error) == 512);
    CHECK(forescale_abi_version() == FORESCALE_ABI_VERSION);
    CHECK(strcmp(forescale_version(), FORESCALE_VERSION) == 0);

    CHECK(forescale_erlang_c(2, 1.0, &value, &error) == FORESCALE_OK);
    CHECK(error.code == FORESCALE_OK && error.reserved == 0 && error.message[0] == '\0');

    value = -1;
    CHECK(forescale_erlang_c(2, -1.0, &value, &error) == FORESCALE_ERROR_CONFIG);
    CHECK(value == -1 && error.code == FORESCALE_ERROR_CONFIG);
    CHECK(strstr(error.message, "offered") != NULL && strstr(error.message, "-1") != NULL);
    CHECK(forescale_erlang_c(2, -1.0, &value, NULL) == FORESCALE_ERROR_CONFIG);
    CHECK(forescale_erlang_c(2, 1.0, NULL, &error) == FORESCALE_ERROR_NULL_ARGUMENT);
    CHECK(strstr(error.message, "out_probability") != NULL);

    uint64_t servers = 7;
    CHECK(forescale_servers_for(1.0, 1.0, "{\"utilisation\": 0.5}", &servers, &error) == FORESCALE_ERROR_CONFIG);
    CHECK(strstr(error.message, "utilisation") != NULL && servers == 7);
    CHECK(forescale_servers_for(1.0, 1.0, "\xff", &servers, &error) == FORESCALE_ERROR_NOT_UTF8);
    CHECK(forescale_servers_for(1.0, 1.0, "{\"mean_wait\": ", &servers, &error) == FORESCALE_ERROR_CONFIG);

    CHECK(strcmp(forescale_status_name(FORESCALE_ERROR_DATA), "Data") == 0);
    CHECK(forescale_status_name(5) == NULL);
    forescale_queue_destroy(NULL);
    return 0;
}
