// Two hours of rising load, one decision, and why.
// Build: c++ -std=c++17 quickstart.cpp -lforescale

#include <forescale.hpp>
#include <iostream>

int main() {
    // One replica serves 10 requests a second; everything else has its default.
    forescale::Engine engine(R"({"service_rate": 10})");
    std::int64_t now = 0;
    for (int sample = 1; sample <= 480; sample++) {
        now = sample * 15000;
        engine.observe(now, 100 + 0.5 * sample);
    }
    forescale::Decision decision = engine.decide(now, {30, 30});
    std::cout << "from 30 to " << decision.replicas << " replicas\n" << engine.explain();
}
