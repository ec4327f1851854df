#include "harness.hpp"

static forescale::Rows points_of(const test_case *c) {
    std::size_t rows = 0, columns = 0;
    const double *points = table(c, "points", &rows, &columns);
    return {points, rows, columns};
}

template <typename Container>
static std::vector<double> as_numbers(const Container &values) {
    return {values.begin(), values.end()};
}

static void volume(const test_case *c) {
    auto points = points_of(c);
    expect(c, "hypervolume", forescale::hypervolume(points, numbers(c, "reference")));
    expect_array(c, "nondominated", as_numbers(forescale::pareto_front(points)));
    expect_array(c, "ranks", as_numbers(forescale::non_dominated_sort(points)));
}

static void pareto(const test_case *c) {
    auto points = points_of(c);
    std::vector<bool> maximize;
    for (double flag : numbers(c, "maximize")) maximize.push_back(flag != 0);
    std::vector<std::array<double, 2>> constraints;
    if (has(c, "constraints")) {
        auto bounds = numbers(c, "constraints");
        for (std::size_t i = 0; i < bounds.size(); i += 2) constraints.push_back({bounds[i], bounds[i + 1]});
    }
    expect_array(c, "front", as_numbers(forescale::pareto_front(points, maximize)));
    expect_array(c, "ranks", as_numbers(forescale::non_dominated_sort(points, maximize)));
    expect_array(c, "crowding", forescale::crowding_distance(points));
    expect(c, "chosen", static_cast<double>(forescale::choose(points, maximize, numbers(c, "weights"), constraints)));
}

static void product(const test_case *c) {
    auto metrics = numbers(c, "metrics"), weights = numbers(c, "weights");
    expect(c, "utility", forescale::utility(metrics, weights));
    expect(c, "log_utility", forescale::log_utility(metrics, weights));
}

const dispatch choice_DISPATCH[] = {
    {"hypervolume", volume},
    {"pareto", pareto},
    {"utility", product},
    {nullptr, nullptr}};
