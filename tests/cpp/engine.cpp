// An engine and a backtest as a C++ program uses them.

#include "forescale.hpp"

#include <cstdio>
#include <stdexcept>
#include <string>

#define CHECK(condition)                                                          \
    do {                                                                          \
        if (!(condition)) {                                                       \
            std::fprintf(stderr, "line %d: %s is false\n", __LINE__, #condition); \
            return 1;                                                             \
        }                                                                         \
    } while (0)

int main() {
    forescale::Engine engine(R"({"service_rate": 10, "policy": "predictive"})");
    CHECK(!engine.last_decision());
    std::vector<std::int64_t> times;
    std::vector<double> loads;
    for (int i = 1; i <= 40; i++) {
        times.push_back(i * 15000);
        loads.push_back(100 + i);
    }
    engine.observe_batch(times, loads);
    forescale::Fleet fleet;
    fleet.requested = fleet.ready = 10;
    forescale::Decision decision = engine.decide(times.back(), fleet);
    CHECK(decision.now == times.back() && decision.mode == FORESCALE_MODE_NORMAL && decision.replicas >= decision.reactive);
    CHECK(decision.forecast && decision.forecast->lower <= decision.forecast->upper);
    engine.applied(times.back(), decision.replicas);
    CHECK(engine.explain().find("run ") == 0);
    CHECK(engine.config().find("\"service_rate\":10") != std::string::npos);

    forescale::Engine twin = forescale::Engine::restore(engine.snapshot());
    CHECK(twin.last_decision_json() == engine.last_decision_json());
    engine.observe(615000, 500);
    CHECK(twin.snapshot() != engine.snapshot());
    CHECK(!forescale::Engine(R"({"service_rate": 10})").decide(0, {4, 4}).forecast);

    forescale::Series series(std::vector<double>(60, 50.0));
    const char *world = R"({"service_rate": 10, "season_seconds": 1200})";
    forescale::Report report = forescale::backtest(series, R"(["hpa"])", world);
    CHECK(report.table().find("hpa") != std::string::npos && report.to_json().find("frontier") != std::string::npos);
    CHECK(report.to_html().rfind("<!DOCTYPE html>", 0) == 0);
    CHECK(report.frontier_svg().rfind("<svg ", 0) == 0 && report.timeline_svg().rfind("<svg ", 0) == 0);
    try {
        forescale::backtest(series, R"(["hpa"])", world, 0, [](double) -> bool { throw std::runtime_error("mine"); });
        return 1;
    } catch (const std::runtime_error &error) {
        CHECK(std::string(error.what()) == "mine");
    }
    try {
        forescale::backtest(series, R"(["hpa"])", world, 0, [](double) { return false; });
        return 1;
    } catch (const forescale::Error &error) {
        CHECK(error.code() == FORESCALE_ERROR_STOPPED);
    }
    forescale::policy_check("hpa");
    return 0;
}
