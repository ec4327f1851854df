#include "harness.hpp"

static void sigmoid(const test_case *c) {
    double x = number(c, "x");
    expect(c, "sigmoid", forescale::sigmoid(x, 1, 0));
    expect(c, "one_minus_sigmoid", forescale::sigmoid(x, -1, 0));
    expect(c, "log_sigmoid", forescale::log_sigmoid(x, 1, 0));
    expect(c, "derivative", forescale::sigmoid_slope(x, 1, 0));
}

static void sigmoid_bits(const test_case *c) {
    double t = number(c, "t"), k = number(c, "k"), t0 = number(c, "t0");
    expect(c, "sigmoid", forescale::sigmoid(t, k, t0));
    expect(c, "log_sigmoid", forescale::log_sigmoid(t, k, t0));
    expect(c, "sigmoid_slope", forescale::sigmoid_slope(t, k, t0));
}

static void transition(const test_case *c) {
    forescale::Transition transition(number(c, "from"), number(c, "to"), number(c, "k"), number(c, "t0"));
    expect(c, "value", transition.value(number(c, "t")));
    expect(c, "slope", transition.slope(number(c, "t")));
}

static void transition_over(const test_case *c) {
    auto transition = forescale::Transition::over(count(c, "initial"), count(c, "target"), number(c, "start"),
                                                  number(c, "duration_seconds"));
    std::vector<double> value, slope, replicas;
    for (double t : numbers(c, "t")) {
        value.push_back(transition.value(t));
        slope.push_back(transition.slope(t));
        replicas.push_back(static_cast<double>(transition.replicas(t)));
    }
    expect_array(c, "value", value);
    expect_array(c, "slope", slope);
    expect_array(c, "replicas", replicas);
}

static void scaling_identity(const test_case *c) {
    auto load = numbers(c, "load");
    double alpha = number(c, "alpha"), beta = number(c, "beta"), gamma = number(c, "gamma");
    double s0 = number(c, "s0"), step = number(c, "step_seconds");
    expect_array(c, "scale", forescale::scaling_identity(load, step, alpha, beta, gamma, s0));

    char config[300];
    std::snprintf(config, sizeof config,
                  "{\"alpha\": %.17g, \"beta\": %.17g, \"gamma\": %.17g, \"s0\": %.17g, \"low\": %.17g, \"high\": %.17g}",
                  alpha, beta, gamma, s0, number(c, "low"), number(c, "high"));
    forescale::ScalingLaw law(config);
    std::vector<double> scale;
    for (double value : load) {
        law.update(value, step);
        law = forescale::ScalingLaw::restore(law.snapshot());
        scale.push_back(law.scale());
    }
    expect_array(c, "law", scale);
}

static void scaling_tune(const test_case *c) {
    forescale::ScalingLaw law;
    expect(c, "left", law.tune(numbers(c, "load"), numbers(c, "scale"), number(c, "step_seconds")));
    auto gains = law.gains();
    expect_array(c, "gains", std::vector<double>(gains.begin(), gains.end()));
}

static forescale::Hysteresis::Points points(const test_case *c, const char *name) {
    std::size_t rows = 0, columns = 0;
    const double *values = table(c, name, &rows, &columns);
    forescale::Hysteresis::Points points;
    for (std::size_t row = 0; row < rows; row++) points.emplace_back(values[2 * row], values[2 * row + 1]);
    return points;
}

static void hysteresis(const test_case *c) {
    auto up = points(c, "up"), down = points(c, "down");
    forescale::Hysteresis law(up, down);
    std::vector<double> scale;
    for (double load : numbers(c, "load")) {
        scale.push_back(law.update(load));
        law = forescale::Hysteresis::restore(up, down, law.snapshot());
    }
    expect_array(c, "scale", scale);
}

static void ramp(const test_case *c) {
    expect_array(c, "resource",
                 forescale::ramp(numbers(c, "predicted_load"), number(c, "step_seconds"), number(c, "k"), number(c, "r0")));
}

const dispatch scaling_DISPATCH[] = {
    {"sigmoid", sigmoid},
    {"sigmoid_bits", sigmoid_bits},
    {"sigmoid_transition", transition},
    {"transition_over", transition_over},
    {"scaling_identity", scaling_identity},
    {"scaling_tune", scaling_tune},
    {"hysteresis", hysteresis},
    {"ramp", ramp},
    {nullptr, nullptr}};
