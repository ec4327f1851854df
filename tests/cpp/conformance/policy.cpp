#include "harness.hpp"

// Shows an engine what the case says, second by second, and compares its counts.
static void control_laws(const test_case *c) {
    forescale::Engine engine(text(c, "config"));
    std::vector<double> seconds = numbers(c, "seconds"), loads = numbers(c, "loads"), in_flight = numbers(c, "in_flight");
    std::vector<double> requested = numbers(c, "requested"), ready = numbers(c, "ready"), pending = numbers(c, "pending");
    std::vector<double> replicas;
    for (std::size_t i = 0; i < seconds.size(); i++) {
        std::int64_t now = static_cast<std::int64_t>(seconds[i]) * 1000;
        engine.observe(now, loads[i]);
        engine.observe_in_flight(now, in_flight[i]);
        forescale::Fleet fleet;
        fleet.requested = static_cast<std::uint32_t>(requested[i]);
        fleet.ready = static_cast<std::uint32_t>(ready[i]);
        fleet.pending = static_cast<std::uint32_t>(pending[i]);
        replicas.push_back(engine.decide(now, fleet).replicas);
        if (i + 1 < requested.size() && requested[i + 1] != requested[i])
            engine.applied(now, static_cast<std::uint32_t>(requested[i + 1]));
    }
    expect_array(c, "replicas", replicas);
}

const dispatch policy_DISPATCH[] = {
    {"control_laws", control_laws},
    {nullptr, nullptr}};
