// A user's own policy in C++: a class, whose exceptions come out of the calls on the engine.

#include "forescale.hpp"

#include <cstdio>
#include <memory>
#include <stdexcept>

static int failures = 0;
static int alive = 0;
#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            std::fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
            failures++; \
        } \
    } while (0)

struct Unlucky : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class OneMore : public forescale::CustomPolicy {
public:
    OneMore() { alive++; }
    OneMore(const OneMore &other) : forescale::CustomPolicy(other), asked_(other.asked_) { alive++; }
    ~OneMore() override { alive--; }
    std::string name() const override { return "one more"; }
    bool own_rails() const override { return true; }
    std::uint32_t propose(const forescale::Situation &situation) override {
        if (++asked_ == 4) throw Unlucky("four");
        return situation.fleet.requested + asked_;
    }
    std::vector<std::uint8_t> snapshot() const override { return {asked_}; }
    void restore(const std::vector<std::uint8_t> &bytes) override { asked_ = bytes.at(0); }
    std::unique_ptr<forescale::CustomPolicy> copy() const override { return std::make_unique<OneMore>(*this); }

private:
    std::uint8_t asked_ = 0;
};

int main() {
    {
        forescale::Engine engine("{\"service_rate\": 10}", std::make_unique<OneMore>());
        engine.observe(15000, 42);
        engine.observe_in_flight(15000, 4.2);
        CHECK(engine.decide(15000, {3, 3, 0, 0}).replicas == 4);
        CHECK(engine.q_table().empty());
        forescale::Engine twin = forescale::Engine::restore(engine.snapshot(), std::make_unique<OneMore>());
        CHECK(twin.decide(30000, {3, 3, 0, 0}).replicas == 5);
        CHECK(twin.decide(45000, {3, 3, 0, 0}).replicas == 6);
        bool thrown = false;
        try {
            twin.decide(60000, {3, 3, 0, 0});
        } catch (const Unlucky &) {
            thrown = true;
        }
        CHECK(thrown);
        forescale::Engine learner("{\"service_rate\": 10, \"policy\": \"q_learning\"}");
        CHECK(learner.q_table().size() == FORESCALE_Q_TABLE_LENGTH);
        OneMore own;
        forescale::Series load(std::vector<double>{20, 30}, 0, 15);
        std::string table = forescale::backtest(load, "[\"hpa\"]", "{\"service_rate\": 10}", 0, {}, &own).table();
        CHECK(table.find("one more") != std::string::npos);
        CHECK(forescale::train(load, "{\"exploration\": 0.5}", "{\"service_rate\": 10}", 2).size() == FORESCALE_Q_TABLE_LENGTH);
        CHECK(forescale::q_table_to_svg(learner.q_table()).rfind("<svg", 0) == 0);
    }
    CHECK(alive == 0);
    return failures;
}
