// Objects, arrays and exceptions of the C++ face.

#include "forescale.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <string>

#define CHECK(condition)                                                          \
    do {                                                                          \
        if (!(condition)) {                                                       \
            std::fprintf(stderr, "line %d: %s is false\n", __LINE__, #condition); \
            return 1;                                                             \
        }                                                                         \
    } while (0)

template <typename Call>
static forescale_status status_of(Call &&call) {
    try {
        call();
    } catch (const forescale::Error &error) {
        return error.code();
    }
    return FORESCALE_OK;
}

int main() {
    CHECK(std::string(forescale::version()) == FORESCALE_VERSION);

    std::vector<double> load;
    for (int t = 0; t < 10; t++) load.push_back(3 + 2 * t + 0.5 * t * t);
    auto [first, second] = forescale::derivatives(load, 1.0);
    CHECK(std::fabs(first.back() - 11) < 1e-12 && std::fabs(second.back() - 1) < 1e-12);

    double raw[] = {1, NAN, 3};
    std::array<double, 2> pair = {1, 2};
    CHECK(forescale::Series(pair).values().size() == 2);
    forescale::Series series(raw, 60000, 60);
    CHECK(series.start() == 60000 && series.step_seconds() == 60);
    CHECK(series.fill("linear").values()[1] == 2);
    CHECK(series.fill("seasonal", 2).values()[1] == 2);
    CHECK(series.resample(180, "max").values().back() == 3);
    CHECK(forescale::Series::from_samples({0, 30000}, pair, 60).values() == std::vector<double>{1.5});
    CHECK(forescale::Series::from_csv("time,load\n0,1\n60,2\n").values().size() == 2);

    std::vector<std::uint8_t> bytes = series.snapshot();
    forescale::Series twin = forescale::Series::restore(bytes);
    CHECK(twin.snapshot() == bytes);
    bytes.back() ^= 1;
    CHECK(status_of([&] { forescale::Series::restore(bytes); }) == FORESCALE_ERROR_SNAPSHOT);

    forescale::Series moved = std::move(series);
    CHECK(moved.values().size() == 3);
    CHECK(status_of([&] { series.values(); }) == FORESCALE_ERROR_NULL_ARGUMENT);
    CHECK(status_of([&] { moved.fill("magic"); }) == FORESCALE_ERROR_CONFIG);
    CHECK(status_of([&] { forescale::Rows rows(load, 3); }) == FORESCALE_ERROR_DATA);
    return 0;
}
