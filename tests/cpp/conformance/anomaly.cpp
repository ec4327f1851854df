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
    std::string normalizer = has(c, "normalizer") ? text(c, "normalizer") : "harmonic";
    auto forest = forescale::IsolationForest::from_trees(trees, count(c, "sample_size"), normalizer);
    forescale::Rows points = rows(c, "points");
    expect_array(c, "scores", forest.score(points));
    auto again = forescale::IsolationForest::from_trees(forest.to_trees(), count(c, "sample_size"), normalizer);
    expect_array(c, "scores", again.score(points));
}

static void operations(const test_case *c) {
    forescale::Rows points = rows(c, "points"), probes = rows(c, "probes");
    std::vector<float> columns;
    for (std::size_t column = 0; column < points.columns(); column++)
        for (std::size_t row = 0; row < points.rows(); row++)
            columns.push_back(static_cast<float>(points.data()[row * points.columns() + column]));
    forescale::IsolationForest forest(text(c, "config"));
    forest.fit(forescale::Points::by_column(columns.data(), points.rows(), points.columns()), numbers(c, "sample_weights"));
    expect(c, "threshold", forest.threshold());
    expect_array(c, "scores", forest.score(probes));
    std::vector<bool> outliers = forest.is_outlier(probes);
    expect_array(c, "outliers", std::vector<double>(outliers.begin(), outliers.end()));
    forescale::Explanation why = forest.explain(probes);
    expect(c, "base", why.base);
    expect_array(c, "contributions", why.contributions);
    std::vector<double> stream;
    for (std::size_t row = 0; row < points.rows(); row++)
        stream.push_back(forest.update({points.data() + row * points.columns(), points.columns()}));
    expect_array(c, "stream", stream);
    expect_array(c, "scores_after", forest.score(probes));
}

static void clusters(const test_case *c) {
    auto labels = forescale::dbscan(rows(c, "points"), number(c, "eps"), count(c, "min_points"));
    expect_array(c, "labels", std::vector<double>(labels.begin(), labels.end()));
}

static void breaker(const test_case *c) {
    forescale::CircuitBreaker breaker(static_cast<std::uint32_t>(count(c, "failures")), number(c, "cooldown_seconds"),
                                      static_cast<std::uint32_t>(count(c, "probes")));
    std::vector<double> times = numbers(c, "times"), events = numbers(c, "events"), allowed, states, all;
    for (std::size_t i = 0; i < times.size(); i++) {
        auto now = static_cast<std::int64_t>(times[i]);
        if (events[i] == 0) allowed.push_back(breaker.allow(now));
        else breaker.record(now, events[i] == 1);
        breaker = forescale::CircuitBreaker::restore(breaker.snapshot());
        states.push_back(static_cast<double>(breaker.state(now)));
        auto counts = breaker.counts();
        auto retry_at = static_cast<double>(counts.retry_at.value_or(-1));
        all.insert(all.end(), {static_cast<double>(counts.failed), static_cast<double>(counts.succeeded),
                               static_cast<double>(counts.openings), static_cast<double>(counts.rejected), retry_at});
    }
    expect_array(c, "allowed", allowed);
    expect_array(c, "states", states);
    expect_array(c, "counts", all);
}

static void spilled(const test_case *c) {
    std::vector<bool> available;
    for (double flag : numbers(c, "available")) available.push_back(flag != 0);
    auto spilled = forescale::spillover(number(c, "load"), numbers(c, "capacities"), numbers(c, "loads"), available);
    expect_array(c, "taken", spilled.taken);
    expect(c, "shed", spilled.shed);
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
    {"circuit_breaker", breaker},
    {"dbscan", clusters},
    {"spillover", spilled},
    {"isolation_forest", fitted},
    {"isolation_forest_given", given},
    {"isolation_forest_logarithmic", given},
    {"isolation_forest_operations", operations},
    {"response", responded},
    {"detector", detected},
    {nullptr, nullptr}};
