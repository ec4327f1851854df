#include "harness.hpp"

static forescale::Rows table_of(const test_case *c, const char *name) {
    std::size_t rows = 0, columns = 0;
    const double *points = table(c, name, &rows, &columns);
    return {points, rows, columns};
}

static std::vector<bool> flags(const test_case *c) {
    std::vector<bool> flags;
    for (double flag : numbers(c, "maximize")) flags.push_back(flag != 0);
    return flags;
}

template <typename Container>
static std::vector<double> as_numbers(const Container &values) {
    return {values.begin(), values.end()};
}

static void volume(const test_case *c) {
    auto points = table_of(c, "points");
    expect(c, "hypervolume", forescale::hypervolume(points, numbers(c, "reference")));
    expect_array(c, "nondominated", as_numbers(forescale::pareto_front(points)));
    expect_array(c, "ranks", as_numbers(forescale::non_dominated_sort(points)));
}

static void pareto(const test_case *c) {
    auto points = table_of(c, "points");
    auto maximize = flags(c);
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

static void scalarize(const test_case *c) {
    auto points = table_of(c, "points");
    auto maximize = flags(c);
    auto weights = numbers(c, "weights"), goal = has(c, "goal") ? numbers(c, "goal") : std::vector<double>();
    expect_array(c, "distance", forescale::achievement(points, maximize, weights, goal, number(c, "augmentation")));
    expect_array(c, "sum", forescale::weighted_sum(points, maximize, weights));
    expect(c, "knee", static_cast<double>(forescale::knee(points, maximize)));
}

static void allocation(const test_case *c) {
    auto pairs = has(c, "pairs") ? table_of(c, "pairs") : forescale::Rows(nullptr, 0, 3);
    auto usage = has(c, "usage") ? table_of(c, "usage") : forescale::Rows(nullptr, 0, 1);
    auto limits = has(c, "limits") ? numbers(c, "limits") : std::vector<double>();
    forescale::Allocation problem(table_of(c, "costs"), pairs, usage, limits);
    auto plan = forescale::anneal(problem, count(c, "seed"), text(c, "config"));
    expect(c, "cost", plan.cost);
    expect(c, "cost", problem.cost(plan.units));
    expect(c, "feasible", problem.is_feasible(plan.units));
    if (has(c, "units")) expect_array(c, "units", as_numbers(plan.units));
}

static void futures(const test_case *c) {
    auto all = forescale::scenarios(table_of(c, "costs"), numbers(c, "weights"), text(c, "config"));
    expect(c, "chosen", static_cast<double>(all.chosen));
    expect_array(c, "expected", all.expected);
    expect_array(c, "tail", all.tail);
    expect_array(c, "worst", all.worst);
    expect_array(c, "regret", all.regret);
}

const dispatch choice_DISPATCH[] = {
    {"hypervolume", volume},
    {"hypervolume_many", volume},
    {"pareto", pareto},
    {"utility", product},
    {"scalarize", scalarize},
    {"anneal", allocation},
    {"scenarios", futures},
    {nullptr, nullptr}};
