import json
import pickle

from forescale import scaling
from forescale.scaling import Hysteresis, ScalingLaw, Transition


def sigmoid(case):
    x = case.number("x")
    case.expect("sigmoid", scaling.sigmoid(x, 1.0, 0.0))
    case.expect("one_minus_sigmoid", scaling.sigmoid(x, -1.0, 0.0))
    case.expect("log_sigmoid", scaling.log_sigmoid(x, 1.0, 0.0))
    case.expect("derivative", scaling.sigmoid_slope(x, 1.0, 0.0))


def sigmoid_bits(case):
    arguments = case.number("t"), case.number("k"), case.number("t0")
    case.expect("sigmoid", scaling.sigmoid(*arguments))
    case.expect("log_sigmoid", scaling.log_sigmoid(*arguments))
    case.expect("sigmoid_slope", scaling.sigmoid_slope(*arguments))


def transition(case):
    transition = Transition(case.number("from"), case.number("to"), case.number("k"), case.number("t0"))
    case.expect("value", transition.value(case.number("t")))
    case.expect("slope", transition.slope(case.number("t")))


def transition_over(case):
    transition = Transition.over(
        case.count("initial"), case.count("target"), case.number("start"), case.number("duration_seconds")
    )
    transition = pickle.loads(pickle.dumps(transition))
    times = case.numbers("t")
    case.expect_array("value", [transition.value(t) for t in times])
    case.expect_array("slope", [transition.slope(t) for t in times])
    case.expect_array("replicas", [transition.replicas(t) for t in times])


def scaling_identity(case):
    load, step = case.numbers("load"), case.number("step_seconds")
    gains = {name: case.number(name) for name in ("alpha", "beta", "gamma", "s0")}
    case.expect_array("scale", scaling.scaling_identity(load, step, **gains))
    filter_seconds = case.number("filter_seconds") if case.has("filter_seconds") else 0.0
    law = ScalingLaw(low=case.number("low"), high=case.number("high"), filter_seconds=filter_seconds, **gains)
    scale = []
    for value in load:
        law.update(value, step)
        law = ScalingLaw.restore(pickle.loads(pickle.dumps(law)).snapshot())
        scale.append(law.scale)
    case.expect_array("law", scale)


def scaling_tune(case):
    law = ScalingLaw()
    case.expect("left", law.tune(case.numbers("load"), case.numbers("scale"), case.number("step_seconds")))
    case.expect_array("gains", law.gains)


def scaling_tune_simulated(case):
    law = ScalingLaw(**json.loads(case.text("law")))
    case.expect("cost", law.tune_simulated(case.numbers("demand"), **json.loads(case.text("config"))))
    if case.has("gains"):
        case.expect_array("gains", law.gains)


def stability_margins(case):
    names = "alpha", "beta", "gamma", "step_seconds", "start_up_seconds", "filter_seconds"
    gain, phase, delay_seconds = scaling.stability_margins(*(case.number(name) for name in names))
    case.expect("gain", gain)
    case.expect("phase", phase)
    case.expect("delay_seconds", delay_seconds)


def multiscale_scaling(case):
    gains = [case.number(name) for name in ("step_seconds", "alpha", "beta", "gamma")]
    changes = scaling.multiscale_scaling(case.numbers("load"), *gains, case.count("scales"), case.count("window"))
    case.expect_array("changes", changes.ravel())


def stretch_gains(case):
    case.expect_array("gains", scaling.stretch_gains(*(case.number(name) for name in ("alpha", "beta", "gamma", "by"))))


def slope_noise(case):
    case.expect("noise", scaling.slope_noise(case.count("window"), case.number("step_seconds")))


def plan_transition(case):
    plan = scaling.plan_transition(case.numbers("demand"), case.count("initial"), **json.loads(case.text("config")))
    for name in ("cost", "transition_cost", "least_cost", "shortfall"):
        case.expect(name, getattr(plan, name))
    if case.has("replicas"):
        case.expect_array("replicas", plan.replicas)
        case.expect_array("capacity", plan.capacity)


def assess_transition(case):
    replicas = [int(count) for count in case.numbers("replicas")]
    config = json.loads(case.text("config"))
    way = scaling.assess_transition(case.numbers("demand"), case.count("initial"), replicas, **config)
    for name in ("cost", "transition_cost", "least_cost", "shortfall"):
        case.expect(name, getattr(way, name))
    case.expect_array("capacity", way.capacity)


def hysteresis_design(case):
    names = "noise", "step_cost", "idle_cost", "most_false_steps"
    deadband, false_steps, cost = Hysteresis.design(*(case.number(name) for name in names))
    case.expect("deadband", deadband)
    case.expect("false_steps", false_steps)
    case.expect("cost", cost)


def hysteresis(case):
    up, down = case.table("up"), case.table("down")
    law, scale = Hysteresis(up, down, case.number("deadband") if case.has("deadband") else 0.0), []
    for load in case.numbers("load"):
        scale.append(law.update(load))
        law = Hysteresis.restore(up, down, pickle.loads(pickle.dumps(law)).snapshot())
    case.expect_array("scale", scale)


def ramp(case):
    resource = scaling.ramp(
        case.numbers("predicted_load"), case.number("step_seconds"), case.number("k"), case.number("r0")
    )
    case.expect_array("resource", resource)


DISPATCH = {
    "sigmoid": sigmoid,
    "sigmoid_bits": sigmoid_bits,
    "sigmoid_transition": transition,
    "transition_over": transition_over,
    "scaling_identity": scaling_identity,
    "scaling_tune": scaling_tune,
    "scaling_tune_simulated": scaling_tune_simulated,
    "stability_margins": stability_margins,
    "multiscale_scaling": multiscale_scaling,
    "stretch_gains": stretch_gains,
    "slope_noise": slope_noise,
    "plan_transition": plan_transition,
    "assess_transition": assess_transition,
    "hysteresis": hysteresis,
    "hysteresis_design": hysteresis_design,
    "ramp": ramp,
}
