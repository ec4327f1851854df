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

// One node of a tree as data; node 0 of a tree is its root.
using TreeNode = forescale_tree_node;

// Scores how easily a point is set apart from those that the forest was fitted on.
class IsolationForest {
public:
    // Settings as JSON, all optional: {"trees": 100, "sample_size": 256, "max_features": 1.0, "seed": 0, "threads": 1}.
    explicit IsolationForest(const std::string &config_json = "{}")
        : handle_([&](auto **out, auto *error) {
              return forescale_isolation_forest_create(config_json.c_str(), out, error);
          }) {}

    // A forest from trees as data, grown on samples of sample_size points.
    static IsolationForest from_trees(const std::vector<std::vector<TreeNode>> &trees, std::uint64_t sample_size) {
        std::vector<TreeNode> nodes;
        std::vector<std::size_t> lengths;
        for (const auto &tree : trees) {
            nodes.insert(nodes.end(), tree.begin(), tree.end());
            lengths.push_back(tree.size());
        }
        return IsolationForest(Made([&](auto **out, auto *error) {
            return forescale_isolation_forest_from_trees(nodes.data(), nodes.size(), lengths.data(), lengths.size(),
                                                         sample_size, out, error);
        }));
    }

    // The forest that a snapshot was taken of.
    static IsolationForest restore(const std::vector<std::uint8_t> &bytes) {
        return IsolationForest(Made([&](auto **out, auto *error) {
            return forescale_isolation_forest_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    // Grows the trees, in place of those there were.
    void fit(Rows points) {
        detail::run([&](auto *error) {
            return forescale_isolation_forest_fit(handle_.get(), points.data(), points.rows(), points.columns(), error);
        });
    }

    // The score of each point, between 0 and 1: the higher the rarer.
    std::vector<double> score(Rows points) const {
        std::vector<double> scores(points.rows());
        detail::run([&](auto *error) {
            return forescale_isolation_forest_score(handle_.get(), points.data(), points.rows(), points.columns(),
                                                    scores.data(), error);
        });
        return scores;
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
