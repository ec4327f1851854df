#include "harness.hpp"

static forescale::Rows rows(const test_case *c, const char *name) {
    std::size_t count = 0, columns = 0;
    const double *values = table(c, name, &count, &columns);
    return {values, count, columns};
}

static void path_length(const test_case *c) {
    expect(c, "average_path_length", forescale::average_path_length(count(c, "n")));
}

static void fitted(const test_case *c) {
    forescale::IsolationForest forest(text(c, "config"));
    forest.fit(rows(c, "points"));
    forescale::Rows probes = rows(c, "probes");
    expect_array(c, "scores", forest.score(probes));
    expect_array(c, "scores", forescale::IsolationForest::restore(forest.snapshot()).score(probes));
    std::vector<double> scores;
    for (std::size_t row = 0; row < probes.rows(); row++)
        scores.push_back(forest.score_point({probes.data() + row * probes.columns(), probes.columns()}));
    expect_array(c, "scores", scores);
}

static void given(const test_case *c) {
    const double *node = rows(c, "nodes").data();
    std::vector<std::vector<forescale::TreeNode>> trees;
    for (double length : numbers(c, "lengths")) {
        auto &tree = trees.emplace_back();
        for (; tree.size() < static_cast<std::size_t>(length); node += 5)
            tree.push_back({static_cast<std::int64_t>(node[0]), node[1], static_cast<std::int64_t>(node[2]),
                            static_cast<std::int64_t>(node[3]), static_cast<std::uint64_t>(node[4])});
    }
    auto forest = forescale::IsolationForest::from_trees(trees, count(c, "sample_size"));
    forescale::Rows points = rows(c, "points");
    expect_array(c, "scores", forest.score(points));
    expect_array(c, "scores", forescale::IsolationForest::from_trees(forest.to_trees(), count(c, "sample_size")).score(points));
}

static void responded(const test_case *c) {
    expect(c, "response", forescale::response(number(c, "base"), number(c, "severity")));
    expect(c, "level", forescale::severity_of(number(c, "severity")));
}

// The answers to a stream, with a detector that is saved and restored half way.
static void detected(const test_case *c) {
    forescale::Detector detector(text(c, "config"));
    const auto times = numbers(c, "times"), values = numbers(c, "values");
    std::vector<double> scores, severities, kinds;
    for (std::size_t at = 0; at < times.size(); at++) {
        if (at == times.size() / 2) detector = forescale::Detector::restore(detector.snapshot());
        const forescale::Anomaly anomaly = detector.observe(static_cast<std::int64_t>(times.data()[at]), values.data()[at]);
        scores.push_back(anomaly.score);
        severities.push_back(anomaly.severity);
        kinds.push_back(anomaly.kind);
    }
    expect_array(c, "scores", scores);
    expect_array(c, "severities", severities);
    expect_array(c, "kinds", kinds);
}

const dispatch anomaly_DISPATCH[] = {
    {"average_path_length", path_length},
    {"isolation_forest", fitted},
    {"isolation_forest_given", given},
    {"response", responded},
    {"detector", detected},
    {nullptr, nullptr}};
