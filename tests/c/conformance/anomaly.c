#include "harness.h"

static forescale_status path_length(const test_case *c, forescale_error *error) {
    double value;
    TRY(forescale_average_path_length(count(c, "n"), &value, error));
    expect(c, "average_path_length", value);
    return FORESCALE_OK;
}

/* Scores a table of the case and compares. */
static forescale_status score(const test_case *c, const forescale_isolation_forest *forest, const char *name,
                              forescale_error *error) {
    size_t rows, columns;
    const double *points = table(c, name, &rows, &columns);
    double *scores = malloc(rows * sizeof *scores);
    forescale_status status = forescale_isolation_forest_score(forest, points, rows, columns, scores, error);
    if (status == FORESCALE_OK) expect_array(c, "scores", scores, rows);
    for (size_t row = 0; row < rows && status == FORESCALE_OK; row++)
        status = forescale_isolation_forest_score_point(forest, points + row * columns, columns, &scores[row], error);
    if (status == FORESCALE_OK) expect_array(c, "scores", scores, rows);
    free(scores);
    return status;
}

/* Scores with a forest that was saved and restored. */
static forescale_status score_restored(const test_case *c, const forescale_isolation_forest *forest, const char *name,
                                       forescale_error *error) {
    size_t length;
    forescale_isolation_forest *restored;
    TRY(forescale_isolation_forest_snapshot(forest, NULL, 0, &length, error));
    uint8_t *bytes = malloc(length);
    forescale_status status = forescale_isolation_forest_snapshot(forest, bytes, length, &length, error);
    if (status == FORESCALE_OK) status = forescale_isolation_forest_restore(bytes, length, &restored, error);
    free(bytes);
    TRY(status);
    status = score(c, restored, name, error);
    forescale_isolation_forest_destroy(restored);
    return status;
}

/* Scores with a forest that was made of the trees of another. */
static forescale_status score_rebuilt(const test_case *c, const forescale_isolation_forest *forest, const char *name,
                                      forescale_error *error) {
    size_t node_count, tree_count;
    forescale_isolation_forest *rebuilt;
    TRY(forescale_isolation_forest_to_trees(forest, NULL, 0, &node_count, NULL, 0, &tree_count, error));
    forescale_tree_node *nodes = malloc(node_count * sizeof *nodes);
    size_t *lengths = malloc(tree_count * sizeof *lengths);
    forescale_status status = forescale_isolation_forest_to_trees(forest, nodes, node_count, &node_count, lengths,
                                                                  tree_count, &tree_count, error);
    if (status == FORESCALE_OK)
        status = forescale_isolation_forest_from_trees(nodes, node_count, lengths, tree_count, count(c, "sample_size"),
                                                       &rebuilt, error);
    free(nodes);
    free(lengths);
    TRY(status);
    status = score(c, rebuilt, name, error);
    forescale_isolation_forest_destroy(rebuilt);
    return status;
}

static forescale_status fitted(const test_case *c, forescale_error *error) {
    size_t rows, columns;
    const double *points = table(c, "points", &rows, &columns);
    forescale_isolation_forest *forest;
    TRY(forescale_isolation_forest_create(text(c, "config"), &forest, error));
    forescale_status status = forescale_isolation_forest_fit(forest, points, rows, columns, error);
    if (status == FORESCALE_OK) status = score(c, forest, "probes", error);
    if (status == FORESCALE_OK) status = score_restored(c, forest, "probes", error);
    forescale_isolation_forest_destroy(forest);
    return status;
}

static forescale_status given(const test_case *c, forescale_error *error) {
    size_t node_count, columns, tree_count;
    const double *values = table(c, "nodes", &node_count, &columns);
    const double *sizes = numbers(c, "lengths", &tree_count);
    forescale_tree_node *nodes = malloc(node_count * sizeof *nodes);
    size_t *lengths = malloc(tree_count * sizeof *lengths);
    forescale_isolation_forest *forest;
    for (size_t at = 0; at < node_count; at++) {
        const double *node = values + at * columns;
        nodes[at] = (forescale_tree_node){(int64_t)node[0], node[1], (int64_t)node[2], (int64_t)node[3], (uint64_t)node[4]};
    }
    for (size_t at = 0; at < tree_count; at++) lengths[at] = (size_t)sizes[at];
    forescale_status status = forescale_isolation_forest_from_trees(nodes, node_count, lengths, tree_count,
                                                                    count(c, "sample_size"), &forest, error);
    free(nodes);
    free(lengths);
    TRY(status);
    status = score(c, forest, "points", error);
    if (status == FORESCALE_OK) status = score_rebuilt(c, forest, "points", error);
    forescale_isolation_forest_destroy(forest);
    return status;
}

static forescale_status responded(const test_case *c, forescale_error *error) {
    double value;
    int32_t level;
    TRY(forescale_response(number(c, "base"), number(c, "severity"), &value, error));
    expect(c, "response", value);
    TRY(forescale_severity_of(number(c, "severity"), &level, error));
    expect(c, "level", level);
    return FORESCALE_OK;
}

/* Puts a restored detector in place of the one it was saved from. */
static forescale_status exchange(forescale_detector **detector, forescale_error *error) {
    size_t length;
    forescale_detector *restored;
    TRY(forescale_detector_snapshot(*detector, NULL, 0, &length, error));
    uint8_t *bytes = malloc(length);
    forescale_status status = forescale_detector_snapshot(*detector, bytes, length, &length, error);
    if (status == FORESCALE_OK) status = forescale_detector_restore(bytes, length, &restored, error);
    free(bytes);
    TRY(status);
    forescale_detector_destroy(*detector);
    *detector = restored;
    return FORESCALE_OK;
}

/* The answers to a stream, with a detector that is saved and restored half way. */
static forescale_status detected(const test_case *c, forescale_error *error) {
    size_t length, values_length;
    const double *times = numbers(c, "times", &length), *values = numbers(c, "values", &values_length);
    forescale_detector *detector;
    TRY(forescale_detector_create(text(c, "config"), &detector, error));
    double *scores = malloc(3 * length * sizeof *scores), *severities = scores + length, *kinds = severities + length;
    forescale_status status = FORESCALE_OK;
    for (size_t at = 0; at < length && status == FORESCALE_OK; at++) {
        int32_t kind = 0;
        if (at == length / 2) status = exchange(&detector, error);
        if (status == FORESCALE_OK)
            status = forescale_detector_observe(detector, (int64_t)times[at], values[at], &scores[at], &severities[at], &kind, error);
        kinds[at] = kind;
    }
    forescale_detector_destroy(detector);
    if (status == FORESCALE_OK) {
        expect_array(c, "scores", scores, length);
        expect_array(c, "severities", severities, length);
        expect_array(c, "kinds", kinds, length);
    }
    free(scores);
    return status;
}

const dispatch anomaly_DISPATCH[] = {
    {"average_path_length", path_length},
    {"isolation_forest", fitted},
    {"isolation_forest_given", given},
    {"response", responded},
    {"detector", detected},
    {NULL, NULL}};
