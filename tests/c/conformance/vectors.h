/* How the test vectors look in C and C++: the suite writes them to all_vectors.h in these types. */

#ifndef VECTORS_H
#define VECTORS_H

#include <stddef.h>
#include <stdint.h>

/* One field of a case: a text, or numbers. `columns` is 0 for a single number, 1 for an array, more for a table. */
typedef struct {
    const char *name;
    const char *text;
    const double *numbers;
    size_t length;
    size_t columns;
} field;

typedef struct {
    const char *label;
    double tolerance;
    double absolute;
    const field *fields;
    size_t field_count;
} test_case;

typedef struct {
    const char *source;
    const char *name;
    const test_case *cases;
    size_t case_count;
} vectors;

#ifdef __cplusplus
extern "C" {
#endif

/* What a case has; a name that it has not ends the program. */
int has(const test_case *c, const char *name);
double number(const test_case *c, const char *name);
uint64_t count(const test_case *c, const char *name);
const double *numbers(const test_case *c, const char *name, size_t *length);
const double *table(const test_case *c, const char *name, size_t *rows, size_t *columns);
const char *text(const test_case *c, const char *name);

/* Compares with what the case expects, by the rule of tests/rust/vectors.rs; differences are printed and counted. */
void expect(const test_case *c, const char *name, double got);
void expect_array(const test_case *c, const char *name, const double *got, size_t length);
void expect_text(const test_case *c, const char *name, const char *got);

/* The lines of a text as calls: copies the next one to `line`, cuts its name off and points `arguments` at what follows; 0 at the end. */
int next_call(const char **text, char *line, size_t capacity, char **arguments);

/* Cuts the next word off. */
char *next_word(char **arguments);

extern int failures;

#ifdef __cplusplus
}
#endif

#endif
