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
    law = ScalingLaw(low=case.number("low"), high=case.number("high"), **gains)
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


def hysteresis(case):
    up, down = case.table("up"), case.table("down")
    law, scale = Hysteresis(up, down), []
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
    "hysteresis": hysteresis,
    "ramp": ramp,
}
