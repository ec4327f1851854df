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

    char config[400];
    std::snprintf(config, sizeof config,
                  "{\"alpha\": %.17g, \"beta\": %.17g, \"gamma\": %.17g, \"s0\": %.17g, \"low\": %.17g, \"high\": %.17g, "
                  "\"filter_seconds\": %.17g}",
                  alpha, beta, gamma, s0, number(c, "low"), number(c, "high"),
                  has(c, "filter_seconds") ? number(c, "filter_seconds") : 0);
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

static void scaling_tune_simulated(const test_case *c) {
    forescale::ScalingLaw law(text(c, "law"));
    expect(c, "cost", law.tune_simulated(numbers(c, "demand"), text(c, "config")));
    if (!has(c, "gains")) return;
    auto gains = law.gains();
    expect_array(c, "gains", std::vector<double>(gains.begin(), gains.end()));
}

static void stability_margins(const test_case *c) {
    auto margins = forescale::stability_margins(number(c, "alpha"), number(c, "beta"), number(c, "gamma"),
                                                number(c, "step_seconds"), number(c, "start_up_seconds"),
                                                number(c, "filter_seconds"));
    expect(c, "gain", margins.gain);
    expect(c, "phase", margins.phase);
    expect(c, "delay_seconds", margins.delay_seconds);
}

static void multiscale_scaling(const test_case *c) {
    expect_array(c, "changes",
                 forescale::multiscale_scaling(numbers(c, "load"), number(c, "step_seconds"), number(c, "alpha"),
                                               number(c, "beta"), number(c, "gamma"), count(c, "scales"),
                                               count(c, "window")));
}

static void stretch_gains(const test_case *c) {
    auto gains = forescale::stretch_gains(number(c, "alpha"), number(c, "beta"), number(c, "gamma"), number(c, "by"));
    expect_array(c, "gains", std::vector<double>(gains.begin(), gains.end()));
}

static void slope_noise(const test_case *c) {
    expect(c, "noise", forescale::slope_noise(count(c, "window"), number(c, "step_seconds")));
}

static void expect_costs(const test_case *c, const forescale::TransitionPlan &plan) {
    expect(c, "cost", plan.cost);
    expect(c, "transition_cost", plan.transition_cost);
    expect(c, "least_cost", plan.least_cost);
    expect(c, "shortfall", plan.shortfall);
}

static void plan_transition(const test_case *c) {
    auto plan = forescale::plan_transition(numbers(c, "demand"), count(c, "initial"), text(c, "config"));
    expect_costs(c, plan);
    if (!has(c, "replicas")) return;
    expect_array(c, "replicas", std::vector<double>(plan.replicas.begin(), plan.replicas.end()));
    expect_array(c, "capacity", plan.capacity);
}

static void assess_transition(const test_case *c) {
    auto counts = numbers(c, "replicas");
    std::vector<std::uint64_t> replicas(counts.begin(), counts.end());
    auto way = forescale::assess_transition(numbers(c, "demand"), count(c, "initial"), replicas, text(c, "config"));
    expect_costs(c, way);
    expect_array(c, "capacity", way.capacity);
}

static void hysteresis_design(const test_case *c) {
    auto design = forescale::Hysteresis::design(number(c, "noise"), number(c, "step_cost"), number(c, "idle_cost"),
                                                number(c, "most_false_steps"));
    expect(c, "deadband", design.deadband);
    expect(c, "false_steps", design.false_steps);
    expect(c, "cost", design.cost);
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
    if (has(c, "deadband")) law.set_deadband(number(c, "deadband"));
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
    {"scaling_tune_simulated", scaling_tune_simulated},
    {"stability_margins", stability_margins},
    {"multiscale_scaling", multiscale_scaling},
    {"stretch_gains", stretch_gains},
    {"slope_noise", slope_noise},
    {"plan_transition", plan_transition},
    {"assess_transition", assess_transition},
    {"hysteresis", hysteresis},
    {"hysteresis_design", hysteresis_design},
    {"ramp", ramp},
    {nullptr, nullptr}};
