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
        status = forescale_isolation_forest_from_trees_with(nodes, node_count, lengths, tree_count, count(c, "sample_size"),
                                                            has(c, "normalizer") ? text(c, "normalizer") : "harmonic",
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
    forescale_status status;
    if (has(c, "normalizer"))
        status = forescale_isolation_forest_from_trees_with(nodes, node_count, lengths, tree_count, count(c, "sample_size"),
                                                            text(c, "normalizer"), &forest, error);
    else
        status = forescale_isolation_forest_from_trees(nodes, node_count, lengths, tree_count, count(c, "sample_size"),
                                                       &forest, error);
    free(nodes);
    free(lengths);
    TRY(status);
    status = score(c, forest, "points", error);
    if (status == FORESCALE_OK) status = score_rebuilt(c, forest, "points", error);
    forescale_isolation_forest_destroy(forest);
    return status;
}

static forescale_status clusters(const test_case *c, forescale_error *error) {
    size_t rows, columns;
    const double *points = table(c, "points", &rows, &columns);
    int64_t *labels = malloc(rows * sizeof *labels);
    double *values = malloc(rows * sizeof *values);
    forescale_status status =
        forescale_dbscan(points, rows, columns, number(c, "eps"), count(c, "min_points"), labels, error);
    for (size_t i = 0; i < rows && status == FORESCALE_OK; i++) values[i] = (double)labels[i];
    if (status == FORESCALE_OK) expect_array(c, "labels", values, rows);
    free(labels);
    free(values);
    return status;
}

enum { MOST_EVENTS = 64 };

/* Asks or tells, replaces the breaker by what its snapshot restores, and looks at all that it shows. */
static forescale_status take_event(forescale_circuit_breaker **breaker, int64_t now, int event, double *allowed,
                                   double *state, double *counts, forescale_error *error) {
    uint8_t bytes[200];
    size_t length;
    int32_t number;
    uint32_t failed, succeeded;
    uint64_t openings, rejected;
    int64_t retry_at;
    forescale_circuit_breaker *twin;
    if (event == 0) {
        TRY(forescale_circuit_breaker_allow(*breaker, now, &number, error));
        *allowed = number;
    } else {
        TRY(forescale_circuit_breaker_record(*breaker, now, event == 1, error));
    }
    TRY(forescale_circuit_breaker_snapshot(*breaker, bytes, sizeof bytes, &length, error));
    TRY(forescale_circuit_breaker_restore(bytes, length, &twin, error));
    forescale_circuit_breaker_destroy(*breaker);
    *breaker = twin;
    TRY(forescale_circuit_breaker_state(twin, now, &number, error));
    *state = number;
    TRY(forescale_circuit_breaker_counts(twin, &failed, &succeeded, &openings, &rejected, &retry_at, error));
    counts[0] = failed;
    counts[1] = succeeded;
    counts[2] = (double)openings;
    counts[3] = (double)rejected;
    counts[4] = retry_at == INT64_MIN ? -1 : (double)retry_at;
    return FORESCALE_OK;
}

static forescale_status breaker(const test_case *c, forescale_error *error) {
    size_t length, asked = 0;
    const double *times = numbers(c, "times", &length), *events = numbers(c, "events", &length);
    double allowed[MOST_EVENTS], states[MOST_EVENTS], counts[5 * MOST_EVENTS];
    forescale_circuit_breaker *breaker;
    forescale_status status = FORESCALE_OK;
    TRY(forescale_circuit_breaker_create((uint32_t)count(c, "failures"), number(c, "cooldown_seconds"),
                                         (uint32_t)count(c, "probes"), &breaker, error));
    for (size_t i = 0; i < length && status == FORESCALE_OK; i++) {
        int event = (int)events[i];
        status = take_event(&breaker, (int64_t)times[i], event, &allowed[asked], &states[i], &counts[5 * i], error);
        asked += event == 0;
    }
    forescale_circuit_breaker_destroy(breaker);
    TRY(status);
    expect_array(c, "allowed", allowed, asked);
    expect_array(c, "states", states, length);
    expect_array(c, "counts", counts, 5 * length);
    return FORESCALE_OK;
}

static forescale_status spilled(const test_case *c, forescale_error *error) {
    size_t neighbours, load_count, flag_count;
    const double *capacities = numbers(c, "capacities", &neighbours), *loads = numbers(c, "loads", &load_count);
    const double *flags = numbers(c, "available", &flag_count);
    int32_t available[MOST_EVENTS];
    double taken[MOST_EVENTS], shed;
    for (size_t i = 0; i < flag_count; i++) available[i] = flags[i] != 0;
    TRY(forescale_spillover(number(c, "load"), capacities, neighbours, loads, load_count, available, flag_count, taken,
                            &shed, error));
    expect_array(c, "taken", taken, neighbours);
    expect(c, "shed", shed);
    return FORESCALE_OK;
}

/* Threshold, outliers, explanation and stream of a forest that was fitted with weights. */
static forescale_status ask(const test_case *c, forescale_isolation_forest *forest, double *values, int32_t *flags,
                            forescale_error *error) {
    size_t rows, columns, probe_count;
    const double *points = table(c, "points", &rows, &columns);
    const double *probes = table(c, "probes", &probe_count, &columns);
    TRY(forescale_isolation_forest_threshold(forest, values, error));
    expect(c, "threshold", values[0]);
    TRY(forescale_isolation_forest_score_array(forest, probes, probe_count, columns, "double", "rows", values, error));
    expect_array(c, "scores", values, probe_count);
    TRY(forescale_isolation_forest_is_outlier(forest, probes, probe_count, columns, flags, error));
    for (size_t at = 0; at < probe_count; at++) values[at] = flags[at];
    expect_array(c, "outliers", values, probe_count);
    double base;
    TRY(forescale_isolation_forest_explain(forest, probes, probe_count, columns, &base, values, error));
    expect(c, "base", base);
    expect_array(c, "contributions", values, probe_count * columns);
    for (size_t row = 0; row < rows; row++)
        TRY(forescale_isolation_forest_update(forest, points + row * columns, columns, &values[row], error));
    expect_array(c, "stream", values, rows);
    TRY(forescale_isolation_forest_score(forest, probes, probe_count, columns, values, error));
    expect_array(c, "scores_after", values, probe_count);
    return FORESCALE_OK;
}

static forescale_status operations(const test_case *c, forescale_error *error) {
    size_t rows, columns, probe_count, weight_count;
    const double *points = table(c, "points", &rows, &columns);
    const double *weights = numbers(c, "sample_weights", &weight_count);
    forescale_isolation_forest *forest;
    (void)table(c, "probes", &probe_count, &columns);
    TRY(forescale_isolation_forest_create(text(c, "config"), &forest, error));
    float *by_column = malloc(rows * columns * sizeof *by_column);
    for (size_t row = 0; row < rows; row++)
        for (size_t column = 0; column < columns; column++)
            by_column[column * rows + row] = (float)points[row * columns + column];
    double *values = malloc((rows + probe_count) * columns * sizeof *values);
    int32_t *flags = malloc(probe_count * sizeof *flags);
    forescale_status status = forescale_isolation_forest_fit_array(forest, by_column, rows, columns, "float", "columns",
                                                                   weight_count == rows ? weights : NULL, error);
    if (status == FORESCALE_OK) status = ask(c, forest, values, flags, error);
    free(by_column);
    free(values);
    free(flags);
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
    {"circuit_breaker", breaker},
    {"dbscan", clusters},
    {"spillover", spilled},
    {"isolation_forest", fitted},
    {"isolation_forest_given", given},
    {"isolation_forest_logarithmic", given},
    {"isolation_forest_operations", operations},
    {"response", responded},
    {"detector", detected},
    {NULL, NULL}};
