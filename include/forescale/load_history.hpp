// What came in, and when: calendars as features, and the history of loads by name and tags.

#ifndef FORESCALE_LOAD_HISTORY_HPP
#define FORESCALE_LOAD_HISTORY_HPP

#include "base.hpp"
#include "load.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace forescale {

// What the clock on the wall and the calendar beside it say about a moment. config: JSON text with time_zone, holidays,
// events, day_pairs, week_pairs.
class Calendar {
public:
    explicit Calendar(const std::string &config = "{}")
        : handle_([&](auto **out, auto *error) { return forescale_calendar_create(config.c_str(), out, error); }) {}

    static Calendar restore(const std::vector<std::uint8_t> &bytes) {
        return Calendar(Handle([&](auto **out, auto *error) {
            return forescale_calendar_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>([&](auto... rest) { return forescale_calendar_snapshot(handle_.get(), rest...); });
    }

    // The names of the features, as a JSON array of texts.
    std::string names() const {
        return detail::fetch_text([&](auto... rest) { return forescale_calendar_names(handle_.get(), rest...); });
    }

    // The features of moments in Unix milliseconds, row after row: one number for each name.
    std::vector<double> features(const std::vector<std::int64_t> &times) const {
        return detail::fetch<double>([&](auto... rest) {
            return forescale_calendar_features(handle_.get(), times.data(), times.size(), rest...);
        });
    }

private:
    using Handle = detail::Handle<forescale_calendar, forescale_calendar_destroy>;
    explicit Calendar(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

// The load of the past by name and tags: fine steps for a short time, coarse steps for a long one, in bounded memory.
// config: JSON text with retention, max_series, max_jump_seconds. Tags are JSON texts: {"tenant": "a"}.
class History {
public:
    explicit History(const std::string &config = "{}")
        : handle_([&](auto **out, auto *error) { return forescale_history_create(config.c_str(), out, error); }) {}

    static History restore(const std::vector<std::uint8_t> &bytes) {
        return History(Handle([&](auto **out, auto *error) {
            return forescale_history_restore(bytes.data(), bytes.size(), out, error);
        }));
    }

    std::vector<std::uint8_t> snapshot() const {
        return detail::fetch<std::uint8_t>([&](auto... rest) { return forescale_history_snapshot(handle_.get(), rest...); });
    }

    // Takes in values of one moment, each under its name; NaN = missing, and left out. Times may come in any order.
    void record(std::int64_t time, const std::vector<std::pair<std::string, double>> &values,
                const std::string &tags = "{}") {
        std::vector<const char *> names;
        std::vector<double> numbers;
        for (const auto &[name, value] : values) {
            names.push_back(name.c_str());
            numbers.push_back(value);
        }
        detail::run([&](auto *error) {
            return forescale_history_record(handle_.get(), time, names.data(), numbers.data(), numbers.size(), tags.c_str(), error);
        });
    }

    // The load under name from start up to end, of all series with the tags: samples aggregated by how; with across, each series
    // by how, then the series of a step by across.
    Series query(const std::string &name, std::int64_t start, std::int64_t end, double step_seconds,
                 const std::string &how = "mean", const std::string &tags = "{}", const std::string &across = {}) const {
        return Series(Series::Handle([&](auto **out, auto *error) {
            return forescale_history_query(handle_.get(), name.c_str(), start, end, step_seconds, how.c_str(), tags.c_str(),
                                           across.empty() ? nullptr : across.c_str(), out, error);
        }));
    }

    // The names and tags of all series, as JSON text.
    std::string series() const {
        return detail::fetch_text([&](auto... rest) { return forescale_history_series(handle_.get(), rest...); });
    }

    // What became of the values so far, as JSON text.
    std::string counts() const {
        return detail::fetch_text([&](auto... rest) { return forescale_history_counts(handle_.get(), rest...); });
    }

private:
    using Handle = detail::Handle<forescale_history, forescale_history_destroy>;
    explicit History(Handle handle) : handle_(std::move(handle)) {}
    Handle handle_;
};

}  // namespace forescale

#endif  // FORESCALE_LOAD_HISTORY_HPP
