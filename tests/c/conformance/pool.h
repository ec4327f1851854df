/* What the scenarios of the pool's managers need in C. */

#ifndef POOL_H
#define POOL_H

#include "harness.h"

enum { MOST_TEXT = 1 << 20 };

/* The answers of a scenario, a line each. */
typedef struct {
    char text[MOST_TEXT];
    size_t length;
} answers;

/* Fetches a text and adds it as a line: `ANSWER(all, forescale_clone_manager_forecast, manager, code)`. */
#define ANSWER(all, function, ...)                                                                                      \
    do {                                                                                                                \
        size_t answer_length = 0;                                                                                       \
        TRY(function(__VA_ARGS__, (all)->text + (all)->length, MOST_TEXT - (all)->length - 2, &answer_length, error));  \
        (all)->length += answer_length;                                                                                 \
        end_answer(all);                                                                                                \
    } while (0)

void end_answer(answers *all);
void answer_number(answers *all, double number);
/* Turns the line that was added last into a text of JSON. */
void quote_answer(answers *all, size_t from);

forescale_status load_balancer(const test_case *c, forescale_error *error);
forescale_status resource_manager(const test_case *c, forescale_error *error);

#endif
