/* Calls on one object as pointer to const overlap in time; each thread has its own error. */

#define _POSIX_C_SOURCE 200809L

#include "forescale.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 8, ROUNDS = 500, LENGTH = 200 };

static forescale_series *series;

static void *reader(void *number) {
    double values[LENGTH];
    size_t length = 0;
    forescale_error error;
    long wrong = 0;
    for (int round = 0; round < ROUNDS; round++) {
        /* Every other thread asks for what cannot be, and must not disturb the others. */
        size_t capacity = *(int *)number % 2 ? LENGTH : 3;
        forescale_status status = forescale_series_values(series, values, capacity, &length, &error);
        if (capacity == 3) {
            wrong += status != FORESCALE_ERROR_BUFFER_TOO_SMALL || strstr(error.message, "200 are needed") == NULL;
        } else {
            wrong += status != FORESCALE_OK || length != LENGTH || values[LENGTH - 1] != LENGTH - 1;
        }
    }
    *(int *)number = (int)wrong;
    return NULL;
}

int main(void) {
    double values[LENGTH];
    pthread_t threads[THREADS];
    int numbers[THREADS];
    int wrong = 0;
    for (int i = 0; i < LENGTH; i++) values[i] = i;
    if (forescale_series_create(values, LENGTH, 0, 60, &series, NULL) != FORESCALE_OK) return 1;
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, reader, &numbers[i]) != 0) return 1;
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        wrong += numbers[i];
    }
    forescale_series_destroy(series);
    if (wrong != 0) fprintf(stderr, "%d calls went wrong\n", wrong);
    return wrong != 0;
}
