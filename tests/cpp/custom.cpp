// A user's own model in C++: a class, whose exceptions come out of the calls on the forecaster.

#include "forescale.hpp"

#include <cmath>
#include <cstdio>
#include <cstring>
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

class Last : public forescale::CustomModel {
public:
    Last() { alive++; }
    Last(const Last &other) : forescale::CustomModel(other), value_(other.value_) { alive++; }
    ~Last() override { alive--; }
    std::string name() const override { return "Last"; }
    void fit(forescale::Numbers values, std::int64_t, double, const forescale::Rows &) override {
        for (std::size_t i = 0; i < values.size(); i++) update(values.data()[i], forescale::Numbers(nullptr, 0));
    }
    void update(double value, forescale::Numbers) override {
        if (value == 13) throw Unlucky("thirteen");
        if (!std::isnan(value)) value_ = value;
    }
    forescale::CustomForecast forecast(std::size_t horizon, const forescale::Rows &features) const override {
        double more = features.columns() > 0 ? features.data()[0] : 0;
        return {std::vector<double>(value_ == 99 ? horizon + 1 : horizon, value_ + more), std::vector<double>(horizon, 1.0)};
    }
    std::vector<std::uint8_t> snapshot() const override {
        std::vector<std::uint8_t> bytes(sizeof value_);
        std::memcpy(bytes.data(), &value_, sizeof value_);
        return bytes;
    }
    void restore(const std::vector<std::uint8_t> &bytes) override {
        if (bytes.size() != sizeof value_) throw Unlucky("bytes");
        std::memcpy(&value_, bytes.data(), sizeof value_);
    }
    std::unique_ptr<forescale::CustomModel> copy() const override { return std::make_unique<Last>(*this); }

private:
    double value_ = 0;
};

int main() {
    {
        forescale::Custom model(std::make_unique<Last>());
        model.fit(forescale::Series(std::vector<double>{1.0, NAN, 3.0}, 0));
        model.update(5);
        CHECK(model.forecast(2).mean() == (std::vector<double>{5, 5}));
        try {
            model.update(13);
            CHECK(false);
        } catch (const Unlucky &own) {
            CHECK(std::string(own.what()) == "thirteen");
        }
        try {
            model.forecast(0);
            CHECK(false);
        } catch (const forescale::Error &error) {
            CHECK(error.code() == FORESCALE_ERROR_CONFIG);
        }
        std::vector<std::uint8_t> bytes = model.snapshot();
        forescale::Custom again = forescale::Custom::restore(bytes, std::make_unique<Last>());
        CHECK(again.forecast(2).lower(0.8) == model.forecast(2).lower(0.8));
        try {
            forescale::Forecaster::restore(bytes);
            CHECK(false);
        } catch (const forescale::Error &error) {
            CHECK(error.code() == FORESCALE_ERROR_SNAPSHOT && std::strstr(error.what(), "Last") != nullptr);
        }
        again.update(99);
        try {
            again.forecast(2);
            CHECK(false);
        } catch (const forescale::Error &error) {
            CHECK(std::strstr(error.what(), "length") != nullptr);
        }
        CHECK(alive == 2);
    }
    CHECK(alive == 0);
    return failures;
}
