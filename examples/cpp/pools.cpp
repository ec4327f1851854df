// Six tenants whose peaks lie four hours apart: what they cost on common capacity, and each alone.
// Build: c++ -std=c++17 pools.cpp -lforescale

#include <forescale.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

// The number under a name of an arm of the report.
static double of(const std::string &report, const std::string &arm, const std::string &name) {
    std::string key = "\"" + name + "\":";
    std::size_t found = report.find(key, report.find("\"" + arm + "\":"));
    return std::strtod(report.c_str() + found + key.size(), nullptr);
}

int main() {
    const std::size_t steps = 720;
    std::vector<double> loads;
    for (int tenant = 0; tenant < 6; tenant++) {
        std::string config = R"({"base": )" + std::to_string(5 * (tenant + 1)) +
                             R"(, "steps": 720, "step_seconds": 600, "counting_noise": false, "parts": [
                             {"cycle": {"amplitude": 0.8, "peak_seconds": )" +
                             std::to_string(14400 * tenant) +
                             R"(}}, {"bursts": {"factor": 1.5, "high_seconds": 1800, "low_seconds": 14400}}]})";
        std::vector<double> values = forescale::synthetic::generate(config, tenant).values();
        loads.insert(loads.end(), values.begin(), values.end());
    }
    // A replica serves 2 requests a second.
    std::string report = forescale::schemes::run({loads, steps}, R"({"scheme": {"sharing": {}},
        "world": {"service_rate": 2, "interval_seconds": 60}, "step_seconds": 600, "learn_share": 0.5})", 1);
    auto late = [&](const char *arm) { return 100 * of(report, arm, "late_requests") / of(report, arm, "requests"); };
    std::printf("sharing costs %.2f against %.2f, late %.3f%% against %.3f%%\n", of(report, "scheme", "cost"),
                of(report, "baseline", "cost"), late("scheme"), late("baseline"));
}
