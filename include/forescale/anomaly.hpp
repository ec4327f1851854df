// Is this normal? The isolation forest.

#ifndef FORESCALE_ANOMALY_HPP
#define FORESCALE_ANOMALY_HPP

#include "base.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace forescale {

// The mean path length of an isolation tree of n points, with exact harmonic numbers; 0 for n below 2.
inline double average_path_length(std::uint64_t n) {
    double length = 0;
    detail::run([&](auto *error) { return forescale_average_path_length(n, &length, error); });
    return length;
}

// Points of any layout that are lent for the time of a call: double or float, point after point or column after column.
class Points {
public:
    static Points by_row(const double *data, std::size_t rows, std::size_t columns) noexcept {
        return {data, rows, columns, "double", "rows"};
    }
    static Points by_row(const float *data, std::size_t rows, std::size_t columns) noexcept {
        return {data, rows, columns, "float", "rows"};
    }
    static Points by_column(const double *data, std::size_t rows, std::size_t columns) noexcept {
        return {data, rows, columns, "double", "columns"};
    }
    static Points by_column(const float *data, std::size_t rows, std::size_t columns) noexcept {
        return {data, rows, columns, "float", "columns"};
    }
    Points(Rows rows) noexcept : Points(rows.data(), rows.rows(), rows.columns(), "double", "rows") {}
    const void *data() const noexcept { return data_; }
    std::size_t rows() const noexcept { return rows_; }
    std::size_t columns() const noexcept { return columns_; }
    const char *type() const noexcept { return type_; }
    const char *order() const noexcept { return order_; }

private:
    Points(const void *data, std::size_t rows, std::size_t columns, const char *type, const char *order) noexcept
        : data_(data), rows_(rows), columns_(columns), type_(type), order_(order) {}
    const void *data_;
    std::size_t rows_, columns_;
    const char *type_, *order_;
};

// Why points score as they do: the score of the mean path, and what each column adds to it, point after point.
struct Explanation {
    double base = 0;
    std::vector<double> contributions;
};

// One node of a tree as data; node 0 of a tree is its root.
using TreeNode = forescale_tree_node;

// Scores how easily a point is set apart from those that the forest was fitted on.
class IsolationForest {
public:
    // Settings as JSON, all optional: {"trees": 100, "sample_size": 256, "max_features": 1.0, "seed": 0, "threads": 1,
    // "max_depth": null, "contamination": "auto", "extension_level": 0, "normalizer": "harmonic", "window": null}.
    explicit IsolationForest(const std::string &config_json = "{}")
        : handle_([&](auto **out, auto *error) {
              return forescale_isolation_forest_create(config_json.c_str(), out, error);
          }) {}

    // A forest from trees as data, grown on samples of sample_size points. The normalizer "logarithmic" is scikit-learn's.
    static IsolationForest from_trees(const std::vector<std::vector<TreeNode>> &trees, std::uint64_t sample_size,
                                      const std::string &normalizer = "harmonic") {
        std::vector<TreeNode> nodes;
        std::vector<std::size_t> lengths;
        for (const auto &tree : trees) {
            nodes.insert(nodes.end(), tree.begin(), tree.end());
            lengths.push_back(tree.size());
        }
        return IsolationForest(Made([&](auto **out, auto *error) {
            return forescale_isolation_forest_from_trees_with(nodes.data(), nodes.size(), lengths.data(), lengths.size(),
                                                              sample_size, normalizer.c_str(), out, error);
        }));
    }

    // The forest that a snapshot was taken of.
    static IsolationForest restore(const std::vector<std::uint8_t> &bytes) {
        return IsolationForest(Made([&](auto **out, auto *error) {
            return forescale_isolation_forest_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    // Grows the trees, in place of those there were.
    void fit(Rows points) { grow(points, nullptr); }
    void fit(Points points) { grow(points, nullptr); }

    // As above, with a weight for each point: how often it is drawn beside the others.
    void fit(Points points, Numbers sample_weights) {
        if (sample_weights.size() != points.rows())
            throw Error(FORESCALE_ERROR_DATA, "sample_weights: there must be one for each point");
        grow(points, sample_weights.data());
    }

    // The score of each point, between 0 and 1: the higher the rarer.
    std::vector<double> score(Rows points) const { return score(Points(points)); }
    std::vector<double> score(Points points) const {
        std::vector<double> scores(points.rows());
        detail::run([&](auto *error) {
            return forescale_isolation_forest_score_array(handle_.get(), points.data(), points.rows(), points.columns(),
                                                          points.type(), points.order(), scores.data(), error);
        });
        return scores;
    }

    // Learns one point of a stream; gives the score that it had before, 0.5 while there is no tree.
    double update(Numbers point) {
        double score = 0;
        detail::run([&](auto *error) {
            return forescale_isolation_forest_update(handle_.get(), point.data(), point.size(), &score, error);
        });
        return score;
    }

    // The score above which a point counts as an outlier.
    double threshold() const {
        double threshold = 0;
        detail::run([&](auto *error) { return forescale_isolation_forest_threshold(handle_.get(), &threshold, error); });
        return threshold;
    }

    // Whether each point scores above the threshold.
    std::vector<bool> is_outlier(Rows points) const {
        std::vector<std::int32_t> outliers(points.rows());
        detail::run([&](auto *error) {
            return forescale_isolation_forest_is_outlier(handle_.get(), points.data(), points.rows(), points.columns(),
                                                         outliers.data(), error);
        });
        return {outliers.begin(), outliers.end()};
    }

    // What each column adds to the score of each point: the sum over the columns is score - base.
    Explanation explain(Rows points) const {
        Explanation why;
        why.contributions.resize(points.rows() * points.columns());
        detail::run([&](auto *error) {
            return forescale_isolation_forest_explain(handle_.get(), points.data(), points.rows(), points.columns(),
                                                      &why.base, why.contributions.data(), error);
        });
        return why;
    }

    // The score of one point.
    double score_point(Numbers point) const {
        double score = 0;
        detail::run([&](auto *error) {
            return forescale_isolation_forest_score_point(handle_.get(), point.data(), point.size(), &score, error);
        });
        return score;
    }

    // The trees as data, each in pre-order.
    std::vector<std::vector<TreeNode>> to_trees() const {
        std::vector<TreeNode> nodes;
        std::vector<std::size_t> lengths;
        std::size_t node_count = 0, tree_count = 0;
        auto call = [&](auto *error) {
            return forescale_isolation_forest_to_trees(handle_.get(), nodes.empty() ? nullptr : nodes.data(),
                                                       nodes.size(), &node_count,
                                                       lengths.empty() ? nullptr : lengths.data(), lengths.size(),
                                                       &tree_count, error);
        };
        detail::run(call);
        nodes.resize(node_count);
        lengths.resize(tree_count);
        detail::run(call);
        std::vector<std::vector<TreeNode>> trees;
        auto from = nodes.begin();
        for (std::size_t length : lengths) {
            auto to = from + static_cast<std::ptrdiff_t>(length);
            trees.emplace_back(from, to);
            from = to;
        }
        return trees;
    }

    // The whole state as versioned, checksummed bytes.
    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>([&](auto *out, auto capacity, auto *length, auto *error) {
            return forescale_isolation_forest_snapshot(handle_.get(), out, capacity, length, error);
        });
    }

private:
    using Made = detail::Handle<forescale_isolation_forest, forescale_isolation_forest_destroy>;
    explicit IsolationForest(Made handle) : handle_(std::move(handle)) {}
    void grow(Points points, const double *sample_weights) {
        detail::run([&](auto *error) {
            return forescale_isolation_forest_fit_array(handle_.get(), points.data(), points.rows(), points.columns(),
                                                        points.type(), points.order(), sample_weights, error);
        });
    }
    Made handle_;
};

// The response to an anomaly: base times 1 + severity.
inline double response(double base, double severity) {
    double answer = 0;
    detail::run([&](auto *error) { return forescale_response(base, severity, &answer, error); });
    return answer;
}

// A severity as a level, one of FORESCALE_SEVERITY_...
inline std::int32_t severity_of(double severity) {
    std::int32_t level = 0;
    detail::run([&](auto *error) { return forescale_severity_of(severity, &level, error); });
    return level;
}

// What a detector makes of one sample.
struct Anomaly {
    double score;       // 0.5 and more where an alarm begins
    double severity;    // above 0 while an anomaly lasts
    std::int32_t kind;  // FORESCALE_ANOMALY_...
};

// Learns what is usual of a load stream, and tells what is not.
class Detector {
public:
    // Settings as JSON, all optional: {"alarm_rate": 0.002, "step_seconds": null, "season_seconds": 86400}.
    explicit Detector(const std::string &config_json = "{}")
        : handle_([&](auto **out, auto *error) { return forescale_detector_create(config_json.c_str(), out, error); }) {}

    // The detector that a snapshot was taken of.
    static Detector restore(const std::vector<std::uint8_t> &bytes) {
        return Detector(Made([&](auto **out, auto *error) {
            return forescale_detector_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    // Judges a sample by what came before, then learns from it; time in Unix milliseconds, NaN is a missing sample.
    Anomaly observe(std::int64_t time, double value) {
        Anomaly anomaly{};
        detail::run([&](auto *error) {
            return forescale_detector_observe(handle_.get(), time, value, &anomaly.score, &anomaly.severity,
                                              &anomaly.kind, error);
        });
        return anomaly;
    }

    // The whole state as versioned, checksummed bytes.
    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>([&](auto *out, auto capacity, auto *length, auto *error) {
            return forescale_detector_snapshot(handle_.get(), out, capacity, length, error);
        });
    }

private:
    using Made = detail::Handle<forescale_detector, forescale_detector_destroy>;
    explicit Detector(Made handle) : handle_(std::move(handle)) {}
    Made handle_;
};

}  // namespace forescale

#endif  // FORESCALE_ANOMALY_HPP
