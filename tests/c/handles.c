/* Handles of a wrong type, snapshots that are cut, buffers that are too small. */

#include "forescale.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                    \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "line %d: %s is false\n", __LINE__, #condition); \
            return 1;                                                       \
        }                                                                   \
    } while (0)

int main(void) {
    const double values[] = {1, 2, 3};
    double room[3] = {-1, -1, -1};
    size_t length = 99;
    forescale_series *series = NULL, *twin = NULL;
    forescale_error error;

    CHECK(forescale_series_create(values, 3, 0, 60, &series, &error) == FORESCALE_OK);
    CHECK(forescale_series_values(series, NULL, 0, &length, &error) == FORESCALE_OK && length == 3);
    length = 99;
    CHECK(forescale_series_values(series, room, 2, &length, &error) == FORESCALE_ERROR_BUFFER_TOO_SMALL);
    CHECK(length == 99 && room[0] == -1 && strstr(error.message, "out_values") != NULL);
    CHECK(forescale_series_values(series, NULL, 3, &length, &error) == FORESCALE_ERROR_NULL_ARGUMENT);
    CHECK(forescale_series_values(series, room, 3, &length, &error) == FORESCALE_OK && room[2] == 3);

    /* A handle of another type is noticed, and left alone by the wrong destroy. */
    CHECK(forescale_queue_wait_quantile((forescale_queue *)(void *)series, 0.5, room, &error) == FORESCALE_ERROR_BAD_HANDLE);
    forescale_queue_destroy((forescale_queue *)(void *)series);
    CHECK(forescale_series_values(series, room, 3, &length, &error) == FORESCALE_OK);

    CHECK(forescale_series_snapshot(series, NULL, 0, &length, &error) == FORESCALE_OK);
    uint8_t *bytes = malloc(length);
    CHECK(bytes != NULL && forescale_series_snapshot(series, bytes, length, &length, &error) == FORESCALE_OK);
    for (size_t cut = 0; cut < length; cut++) {
        CHECK(forescale_series_restore(bytes, cut, &twin, &error) == FORESCALE_ERROR_SNAPSHOT && twin == NULL);
        bytes[cut] ^= 0x10;
        CHECK(forescale_series_restore(bytes, length, &twin, &error) == FORESCALE_ERROR_SNAPSHOT && twin == NULL);
        bytes[cut] ^= 0x10;
    }
    CHECK(forescale_series_restore(bytes, length, &twin, &error) == FORESCALE_OK);
    CHECK(forescale_series_values(twin, room, 3, &length, &error) == FORESCALE_OK && room[2] == 3);

    /* Out and in may be the same memory. */
    double load[] = {0, 1, 4, 9, 16};
    CHECK(forescale_derivatives(load, 5, 1, 3, load, load, &error) == FORESCALE_OK && load[4] > 1.99 && load[4] < 2.01);

    /* Sizes that cannot be. */
    CHECK(forescale_series_create(values, (size_t)-1, 0, 60, &twin, &error) == FORESCALE_ERROR_DATA);

    free(bytes);
    forescale_series_destroy(twin);
    forescale_series_destroy(series);
    return 0;
}
