#include "harness.hpp"

#include <cmath>
#include <cstdlib>

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

static void made_load(const test_case *c) {
    expect_array(c, "load", forescale::synthetic::generate(text(c, "config"), count(c, "seed")).values());
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

const dispatch simulate_DISPATCH[] = {
    {"backtest", small_backtest},
    {"synthetic", made_load},
    {"chaos", a_scenario},
    {"tune", tuned},
    {"dual", two_worlds},
    {"rollout", rolled},
    {nullptr, nullptr}};
