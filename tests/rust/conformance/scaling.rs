use super::Dispatch;
use crate::vectors::Case;
use forescale::Result;
use forescale::scaling::{
    Hysteresis, Points, ScalingLaw, ScalingLawConfig, Transition, TransitionPlanConfig,
};
use forescale::{Rows, scaling};

pub const DISPATCH: &[Dispatch] = &[
    ("sigmoid", sigmoid),
    ("sigmoid_bits", sigmoid_bits),
    ("sigmoid_transition", transition),
    ("transition_over", transition_over),
    ("scaling_identity", scaling_identity),
    ("scaling_tune", scaling_tune),
    ("scaling_tune_simulated", scaling_tune_simulated),
    ("stability_margins", stability_margins),
    ("multiscale_scaling", multiscale_scaling),
    ("stretch_gains", stretch_gains),
    ("slope_noise", slope_noise),
    ("plan_transition", plan_transition),
    ("assess_transition", assess_transition),
    ("hysteresis", hysteresis),
    ("hysteresis_design", hysteresis_design),
    ("ramp", ramp),
];

fn sigmoid(case: &Case) -> Result<()> {
    let x = case.number("x");
    case.expect("sigmoid", scaling::sigmoid(x, 1.0, 0.0)?);
    case.expect("one_minus_sigmoid", scaling::sigmoid(x, -1.0, 0.0)?);
    case.expect("log_sigmoid", scaling::log_sigmoid(x, 1.0, 0.0)?);
    case.expect("derivative", scaling::sigmoid_slope(x, 1.0, 0.0)?);
    Ok(())
}

fn sigmoid_bits(case: &Case) -> Result<()> {
    let (t, k, t0) = (case.number("t"), case.number("k"), case.number("t0"));
    case.expect("sigmoid", scaling::sigmoid(t, k, t0)?);
    case.expect("log_sigmoid", scaling::log_sigmoid(t, k, t0)?);
    case.expect("sigmoid_slope", scaling::sigmoid_slope(t, k, t0)?);
    Ok(())
}

fn transition(case: &Case) -> Result<()> {
    let transition =
        Transition::new(case.number("from"), case.number("to"), case.number("k"), case.number("t0"))?;
    case.expect("value", transition.value(case.number("t"))?);
    case.expect("slope", transition.slope(case.number("t"))?);
    Ok(())
}

fn transition_over(case: &Case) -> Result<()> {
    let transition = Transition::over(
        case.count("initial"),
        case.count("target"),
        case.number("start"),
        case.number("duration_seconds"),
    )?;
    let times = case.numbers("t").iter();
    let replicas = times.clone().map(|&t| Ok(transition.replicas(t)? as f64)).collect::<Result<Vec<_>>>()?;
    case.expect_array("value", &times.clone().map(|&t| transition.value(t)).collect::<Result<Vec<_>>>()?);
    case.expect_array("slope", &times.map(|&t| transition.slope(t)).collect::<Result<Vec<_>>>()?);
    case.expect_array("replicas", &replicas);
    Ok(())
}

fn scaling_identity(case: &Case) -> Result<()> {
    let (load, step) = (case.numbers("load"), case.number("step_seconds"));
    let (alpha, beta, gamma) = (case.number("alpha"), case.number("beta"), case.number("gamma"));
    let (s0, low, high) = (case.number("s0"), case.number("low"), case.number("high"));
    case.expect_array("scale", &scaling::scaling_identity(load, step, alpha, beta, gamma, s0)?);
    let filter_seconds = if case.has("filter_seconds") { case.number("filter_seconds") } else { 0.0 };
    let mut law = ScalingLaw::new(ScalingLawConfig { alpha, beta, gamma, filter_seconds, low, high, s0 })?;
    let mut scale = Vec::new();
    for &value in load {
        law.update(value, step)?;
        law = ScalingLaw::restore(&law.snapshot()?)?;
        scale.push(law.scale());
    }
    case.expect_array("law", &scale);
    Ok(())
}

fn scaling_tune(case: &Case) -> Result<()> {
    let mut law = ScalingLaw::new(ScalingLawConfig::default())?;
    let left = law.tune(case.numbers("load"), case.numbers("scale"), case.number("step_seconds"))?;
    case.expect("left", left);
    let (alpha, beta, gamma) = law.gains();
    case.expect_array("gains", &[alpha, beta, gamma]);
    Ok(())
}

fn scaling_tune_simulated(case: &Case) -> Result<()> {
    let mut law = ScalingLaw::new(serde_json::from_str(case.text("law")).unwrap())?;
    let config = serde_json::from_str(case.text("config")).unwrap();
    case.expect("cost", law.tune_simulated(case.numbers("demand"), &config)?);
    if case.has("gains") {
        let (alpha, beta, gamma) = law.gains();
        case.expect_array("gains", &[alpha, beta, gamma]);
    }
    Ok(())
}

fn stability_margins(case: &Case) -> Result<()> {
    let margins = scaling::stability_margins(
        case.number("alpha"),
        case.number("beta"),
        case.number("gamma"),
        case.number("step_seconds"),
        case.number("start_up_seconds"),
        case.number("filter_seconds"),
    )?;
    case.expect("gain", margins.gain);
    case.expect("phase", margins.phase);
    case.expect("delay_seconds", margins.delay_seconds);
    Ok(())
}

fn multiscale_scaling(case: &Case) -> Result<()> {
    let rows = scaling::multiscale_scaling(
        case.numbers("load"),
        case.number("step_seconds"),
        case.number("alpha"),
        case.number("beta"),
        case.number("gamma"),
        case.count("scales") as usize,
        case.count("window") as usize,
    )?;
    case.expect_array("changes", &rows.concat());
    Ok(())
}

fn stretch_gains(case: &Case) -> Result<()> {
    let (alpha, beta, gamma) = scaling::stretch_gains(
        case.number("alpha"),
        case.number("beta"),
        case.number("gamma"),
        case.number("by"),
    )?;
    case.expect_array("gains", &[alpha, beta, gamma]);
    Ok(())
}

fn slope_noise(case: &Case) -> Result<()> {
    case.expect("noise", scaling::slope_noise(case.count("window") as usize, case.number("step_seconds"))?);
    Ok(())
}

fn plan_transition(case: &Case) -> Result<()> {
    let config: TransitionPlanConfig = serde_json::from_str(case.text("config")).unwrap();
    let plan = scaling::plan_transition(case.numbers("demand"), case.count("initial"), &config)?;
    case.expect("cost", plan.cost);
    case.expect("transition_cost", plan.transition_cost);
    case.expect("least_cost", plan.least_cost);
    case.expect("shortfall", plan.shortfall);
    if case.has("replicas") {
        case.expect_array("replicas", &plan.replicas.iter().map(|&count| count as f64).collect::<Vec<_>>());
        case.expect_array("capacity", &plan.capacity);
    }
    Ok(())
}

fn assess_transition(case: &Case) -> Result<()> {
    let config: TransitionPlanConfig = serde_json::from_str(case.text("config")).unwrap();
    let replicas: Vec<u64> = case.numbers("replicas").iter().map(|&count| count as u64).collect();
    let way = scaling::assess_transition(case.numbers("demand"), case.count("initial"), &replicas, &config)?;
    case.expect("cost", way.cost);
    case.expect("transition_cost", way.transition_cost);
    case.expect("least_cost", way.least_cost);
    case.expect("shortfall", way.shortfall);
    case.expect_array("capacity", &way.capacity);
    Ok(())
}

fn hysteresis(case: &Case) -> Result<()> {
    let pairs = |table: Rows<'_>| table.iter().map(|row| (row[0], row[1])).collect::<Vec<_>>();
    let up = Points::new("up", pairs(case.table("up")))?;
    let down = Points::new("down", pairs(case.table("down")))?;
    let mut law = Hysteresis::new(up.clone(), down.clone());
    if case.has("deadband") {
        law.set_deadband(case.number("deadband"))?;
    }
    let mut scale = Vec::new();
    for &load in case.numbers("load") {
        scale.push(law.update(load)?);
        law = Hysteresis::restore(up.clone(), down.clone(), &law.snapshot()?)?;
    }
    case.expect_array("scale", &scale);
    Ok(())
}

fn hysteresis_design(case: &Case) -> Result<()> {
    let design = Hysteresis::design(
        case.number("noise"),
        case.number("step_cost"),
        case.number("idle_cost"),
        case.number("most_false_steps"),
    )?;
    case.expect("deadband", design.deadband);
    case.expect("false_steps", design.false_steps);
    case.expect("cost", design.cost);
    Ok(())
}

fn ramp(case: &Case) -> Result<()> {
    let (load, step) = (case.numbers("predicted_load"), case.number("step_seconds"));
    case.expect_array("resource", &scaling::ramp(load, step, case.number("k"), case.number("r0"))?);
    Ok(())
}
