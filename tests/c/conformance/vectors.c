#include "vectors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int failures = 0;

static const field *find(const test_case *c, const char *name) {
    for (size_t i = 0; i < c->field_count; i++)
        if (strcmp(c->fields[i].name, name) == 0) return &c->fields[i];
    return NULL;
}

static const field *need(const test_case *c, const char *name, int is_text) {
    const field *found = find(c, name);
    if (found == NULL || (found->text != NULL) != is_text) {
        fprintf(stderr, "%s: has no %s %s\n", c->label, is_text ? "text" : "numbers", name);
        exit(2);
    }
    return found;
}

int has(const test_case *c, const char *name) { return find(c, name) != NULL; }

double number(const test_case *c, const char *name) { return need(c, name, 0)->numbers[0]; }

uint64_t count(const test_case *c, const char *name) { return (uint64_t)number(c, name); }

const double *numbers(const test_case *c, const char *name, size_t *length) {
    const field *found = need(c, name, 0);
    *length = found->length;
    return found->numbers;
}

const double *table(const test_case *c, const char *name, size_t *rows, size_t *columns) {
    const field *found = need(c, name, 0);
    *columns = found->columns > 1 ? found->columns : 1;
    *rows = found->length / *columns;
    return found->numbers;
}

const char *text(const test_case *c, const char *name) { return need(c, name, 1)->text; }

static int close_enough(const test_case *c, double got, double want) {
    double allowed = c->tolerance * fabs(want) + c->absolute;
    if (memcmp(&got, &want, sizeof got) == 0 || (isnan(got) && isnan(want))) return 1;
    return allowed > 0 && (got == want || fabs(got - want) <= allowed);
}

void expect(const test_case *c, const char *name, double got) { expect_array(c, name, &got, 1); }

void expect_array(const test_case *c, const char *name, const double *got, size_t length) {
    const field *want = need(c, name, 0);
    if (length != want->length) {
        fprintf(stderr, "%s: %s has %lu numbers, expected %lu\n", c->label, name, (unsigned long)length,
                (unsigned long)want->length);
        failures++;
        return;
    }
    for (size_t i = 0; i < length; i++)
        if (!close_enough(c, got[i], want->numbers[i])) {
            fprintf(stderr, "%s: %s[%lu] is %.17g, expected %.17g\n", c->label, name, (unsigned long)i, got[i],
                    want->numbers[i]);
            failures++;
        }
}

void expect_text(const test_case *c, const char *name, const char *got) {
    const char *want = text(c, name);
    size_t at = 0;
    if (strcmp(got, want) == 0) return;
    while (got[at] == want[at]) at++;
    fprintf(stderr, "%s: %s differs at %lu: %.300s, expected %.300s\n", c->label, name, (unsigned long)at, got + at, want + at);
    failures++;
}

int next_call(const char **text, char *line, size_t capacity, char **arguments) {
    size_t length = strcspn(*text, "\n");
    if (length == 0) return 0;
    if (length >= capacity) {
        fprintf(stderr, "a line of %lu characters is too long\n", (unsigned long)length);
        exit(2);
    }
    memcpy(line, *text, length);
    line[length] = '\0';
    *text += length + ((*text)[length] == '\n');
    *arguments = line;
    next_word(arguments);
    return 1;
}

char *next_word(char **arguments) {
    char *word = *arguments;
    char *end = word + strcspn(word, " ");
    *arguments = *end == '\0' ? end : end + 1;
    *end = '\0';
    return word;
}
