#include "harness.hpp"

#include <cmath>
#include <cstdlib>
#include <stdexcept>

// The number under a name of a JSON text, NaN for null.
static double total(const std::string &json, const std::string &name) {
    std::size_t found = json.find("\"" + name + "\":");
    if (found == std::string::npos) return -1;
    const char *value = json.c_str() + found + name.size() + 3;
    return std::strncmp(value, "null", 4) == 0 ? NAN : std::strtod(value, nullptr);
}

static double largest(const std::vector<double> &values) {
    double most = NAN;
    for (double value : values) most = std::fmax(most, value);
    return most;
}

static void small_backtest(const test_case *c) {
    forescale::Series load(numbers(c, "load"));
    double last = 0;
    auto progress = [&](double share) { return share > std::exchange(last, share); };
    forescale::Report report =
        forescale::backtest(load, text(c, "policies"), text(c, "world"), count(c, "seed"), progress);
    for (const char *policy : {"hpa", "static", "seasonal_max", "predictive", "oracle"}) {
        std::string json = report.policy(policy);
        std::vector<double> totals;
        for (const char *name :
             {"replica_hours", "cost", "energy_kwh", "transition_energy_kwh", "violation_seconds", "late_requests",
              "p50_seconds", "p95_seconds", "p99_seconds", "over_provisioned_hours", "under_provisioned_hours",
              "scale_events", "flips", "cold_start_decisions", "equal_service_hpa_cost", "gap_closed"})
            totals.push_back(total(json, name));
        expect_array(c, policy, totals);
    }
    std::vector<double> peaks;
    for (const char *column : {"requested", "ready", "charged", "response_seconds", "forecast_lower", "forecast_expected",
                               "forecast_upper"})
        peaks.push_back(largest(report.timeline("predictive", column)));
    peaks.push_back(largest(report.load()));
    expect_array(c, "peaks", peaks);
    std::string comparison = forescale::compare(report, "hpa", "predictive", "{\"level\": 0.9}");
    std::string cost = comparison.substr(comparison.find("\"cost\":"));
    std::vector<double> parts;
    for (const char *name : {"first", "second", "difference", "lower", "upper", "p_value", "block_seconds"})
        parts.push_back(total(cost, name));
    expect_array(c, "hpa_less_predictive", parts);
}

// The numbers under a list of names, in this order, of every object of a JSON text.
static std::vector<double> numbers_of(const std::string &json, const std::vector<std::string> &names) {
    std::vector<double> values;
    std::string first = "\"" + names[0] + "\":";
    for (std::size_t at = json.find(first); at != std::string::npos; at = json.find(first, at + 1))
        for (const std::string &name : names) values.push_back(total(json.substr(at, 1000), name));
    return values;
}

static void two_backtests(const test_case *c) {
    forescale::Series first(numbers(c, "first"), 0, 3600), second(numbers(c, "second"), 0, 3600);
    double last = 0;
    auto progress = [&](double share) { return share > std::exchange(last, share); };
    std::vector<forescale::Report> reports =
        forescale::backtest_many({first, second}, text(c, "policies"), text(c, "world"), text(c, "config"), progress);
    std::vector<double> totals, points;
    for (const forescale::Report &report : reports) {
        std::string json = report.to_json();
        std::size_t frontier = json.find("\"frontier\":");
        std::string policies = json.substr(json.find("\"policies\":"));
        policies.resize(policies.find("\"frontier\":"));
        for (double value : numbers_of(policies, {"cost", "violation_requests", "gap_closed"})) totals.push_back(value);
        for (double value : numbers_of(json.substr(frontier), {"cost", "violation_request_share"})) points.push_back(value);
    }
    expect_array(c, "totals", totals);
    expect_array(c, "frontier", points);
    expect_array(c, "days", numbers_of(reports.at(1).per_day(), {"start", "seconds", "cost", "energy_kwh", "violation_seconds",
                                                               "late_requests", "over_provisioned_hours"}));
    expect_array(c, "means", numbers_of(reports.at(1).daily_means("{\"level\": 0.9}"), {"days", "mean", "lower", "upper"}));
    if (reports.at(1).per_day_table().rfind("day", 0) != 0) throw std::runtime_error("per_day_table has no header");
}

static void made_load(const test_case *c) {
    expect_array(c, "load", forescale::synthetic::generate(text(c, "config"), count(c, "seed")).values());
}

static void rough_world(const test_case *c) {
    forescale::Series load(numbers(c, "load"));
    forescale::Report report = forescale::backtest(load, "[{\"static\": {\"replicas\": 9}}, \"hpa\"]",
                                                   text(c, "world"), count(c, "seed"));
    for (const char *policy : {"static", "hpa"}) {
        std::string json = report.policy(policy);
        std::vector<double> totals;
        for (const char *name : {"requests", "replica_hours", "cost", "energy_kwh", "violation_seconds",
                                 "violation_requests", "late_requests", "dropped_requests", "p95_seconds",
                                 "failed_starts", "crashes"})
            totals.push_back(total(json, name));
        expect_array(c, policy, totals);
    }
}

static std::vector<double> totals(const std::string &json, std::initializer_list<const char *> names) {
    std::vector<double> found;
    for (const char *name : names) found.push_back(total(json, name));
    return found;
}

static void a_scenario(const test_case *c) {
    std::string scenario = has(c, "scenario") ? text(c, "scenario") : forescale::chaos::scenario(count(c, "seed"));
    std::string found = forescale::chaos::run(scenario, text(c, "settings"));
    expect_array(c, "found", totals(found, {"decisions", "refusals", "flips", "lead_seconds"}));
    expect(c, "recovery_seconds", total(found, "recovery_seconds"));
    std::string survey = forescale::chaos::survey(count(c, "seed"), 2, text(c, "settings"), 2);
    expect_array(c, "survey", totals(survey, {"decisions", "refusals"}));
}

static void tuned(const test_case *c) {
    std::string found = forescale::tune(text(c, "policy"), forescale::Series(numbers(c, "load")), text(c, "world"),
                                        text(c, "config"), count(c, "seed"));
    std::string settings = found.substr(found.find("\"settings\":"));
    expect(c, "target_utilization", total(settings, "target_utilization"));
    std::vector<double> objectives;
    for (const char *part : {"\"training\":", "\"training_given\":", "\"holdout\":", "\"holdout_given\":"})
        objectives.push_back(total(found.substr(found.find(part)), "objective"));
    expect_array(c, "objectives", objectives);
}

static void two_worlds(const test_case *c) {
    std::string found = forescale::dual(text(c, "config"), text(c, "world"), count(c, "seed"));
    expect_array(c, "found", totals(found, {"static_replicas", "cost_saving", "energy_saving"}));
}

static void rolled(const test_case *c) {
    forescale::Rollout online(text(c, "config"));
    std::vector<double> before = numbers(c, "old"), after = numbers(c, "new"), verdicts;
    for (std::size_t i = 0; i < before.size(); i++) {
        if (i % 30 == 15) online = forescale::Rollout::restore(online.snapshot());
        verdicts.push_back(static_cast<double>(online.observe(before[i], 0, after[i], 1)));
    }
    expect_array(c, "verdicts", verdicts);
    expect(c, "share", online.share());
    forescale::Rollout end = forescale::Rollout::simulate(forescale::Series(numbers(c, "load")), text(c, "old_policy"),
                                                          text(c, "new_policy"), text(c, "world"), text(c, "config"),
                                                          count(c, "seed"));
    expect(c, "simulated_share", end.share());
}

static void a_scheme(const test_case *c) {
    std::string found = forescale::schemes::run({numbers(c, "loads"), count(c, "columns")}, text(c, "config"), count(c, "seed"));
    auto part = [&](const char *name) { return found.substr(found.find(std::string("\"") + name + "\":")); };
    for (const char *arm : {"scheme", "baseline"})
        expect_array(c, arm, totals(part(arm), {"cost", "energy_kwh", "violation_seconds", "late_requests", "p99_seconds"}));
    expect_array(c, "comparison", totals(part("comparison"), {"difference", "lower", "upper", "p_value"}));
    expect(c, "slow_requests", total(part("slow_requests"), "difference"));
    expect(c, "picture", static_cast<double>(forescale::schemes::picture(found).size()));
}

const dispatch simulate_DISPATCH[] = {
    {"backtest", small_backtest},
    {"backtest_many", two_backtests},
    {"rough_world", rough_world},
    {"synthetic", made_load},
    {"chaos", a_scenario},
    {"tune", tuned},
    {"dual", two_worlds},
    {"rollout", rolled},
    {"schemes", a_scheme},
    {nullptr, nullptr}};
