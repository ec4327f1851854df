use super::Dispatch;
use crate::vectors::Case;
use forescale::Result;
use forescale::energy::{EnergyTensor, HardwareProfile, Plan, PowerCurve, Task, schedule, transition_energy};

pub const DISPATCH: &[Dispatch] = &[
    ("energy_fit", fit),
    ("energy_minimize", minimize),
    ("energy_certificate", certificate),
    ("power", power),
    ("power_coefficients", power),
    ("energy_plan", plan),
    ("energy_schedule", plan),
];

fn fit(case: &Case) -> Result<()> {
    let tensor = EnergyTensor::fit(case.table("s"), case.table("e"))?;
    let tensor = EnergyTensor::restore(&tensor.snapshot()?)?;
    case.expect_array("matrix", tensor.matrix().values());
    case.expect("residual", tensor.residual().unwrap_or(f64::NAN));
    case.expect("condition", tensor.condition().unwrap_or(f64::NAN));
    Ok(())
}

fn minimize(case: &Case) -> Result<()> {
    let tensor = EnergyTensor::new(case.table("matrix"))?;
    case.expect_array("energy_of_low", &tensor.apply(case.numbers("low"))?);
    let plan = tensor.minimize(case.numbers("demand"), case.numbers("low"), case.numbers("high"))?;
    case.expect_array("scaling", &plan.scaling);
    case.expect_array("energy", &plan.energy);
    case.expect("total", plan.total);
    case.expect_array("price", &plan.price);
    Ok(())
}

fn certificate(case: &Case) -> Result<()> {
    let tensor = EnergyTensor::new(case.table("matrix"))?;
    let plan = tensor.minimize(case.numbers("demand"), case.numbers("low"), case.numbers("high"))?;
    case.expect_array("scaling", &plan.scaling);
    case.expect("total", plan.total);
    case.expect_array("price", &plan.price);
    case.expect_array("low_price", &plan.low_price);
    case.expect_array("high_price", &plan.high_price);
    case.expect("lower_bound", plan.lower_bound);
    case.expect("residual", plan.residual);
    case.expect("gap", plan.gap());
    Ok(())
}

fn power(case: &Case) -> Result<()> {
    let profile = if case.has("name") {
        HardwareProfile::named(case.text("name"))?
    } else {
        let watts = |name| case.has(name).then(|| case.number(name));
        let curve = PowerCurve::new(case.numbers("points"))?.times(1.0)?;
        HardwareProfile::new("own", curve, watts("starting_watts"), watts("draining_watts"), None)?
    };
    if case.has("utilization") {
        let watts: Result<Vec<f64>> =
            case.numbers("utilization").iter().map(|utilization| profile.power.watts(*utilization)).collect();
        case.expect_array("watts", &watts?);
    }
    case.expect("idle", profile.power.idle());
    case.expect("busy", profile.power.busy());
    if case.has("path") {
        let path: Vec<u32> = case.numbers("path").iter().map(|count| *count as u32).collect();
        let (boot, drain) = (case.number("boot_seconds"), case.number("drain_seconds"));
        case.expect("transition_energy", transition_energy(&path, &profile, boot, drain)?);
    }
    Ok(())
}

/// Tasks of a case: named by their places; of priority 1 and deferrable where it does not say.
fn tasks(case: &Case) -> Vec<Task> {
    let energy = case.numbers("energy");
    let durations = case.numbers("duration_seconds");
    let deadlines = case.numbers("deadline");
    let mut tasks: Vec<Task> = (0..energy.len())
        .map(|i| Task {
            deadline: Some(deadlines[i]).filter(|deadline| deadline.is_finite()),
            ..Task::new(&i.to_string(), 1.0, energy[i], durations[i])
        })
        .collect();
    for (i, task) in tasks.iter_mut().enumerate() {
        if case.has("priority") {
            task.priority = case.numbers("priority")[i];
            task.deferrable = case.numbers("deferrable")[i] != 0.0;
        }
        if case.has("release_seconds") {
            task.release_seconds = case.numbers("release_seconds")[i];
        }
        if case.has("after") {
            let pairs = case.numbers("after").chunks_exact(2).filter(|pair| pair[0] == i as f64);
            task.after = pairs.map(|pair| pair[1].to_string()).collect();
        }
    }
    tasks
}

fn plan(case: &Case) -> Result<()> {
    let capacity: Vec<u32> = case.numbers("capacity").iter().map(|count| *count as u32).collect();
    let plan: Plan = schedule(&tasks(case), &capacity, case.numbers("price"), case.number("step_seconds"))?;
    case.expect("cost", plan.cost);
    if case.has("task") {
        let all = |value: fn(&forescale::energy::Placement) -> f64| {
            plan.placements.iter().map(value).collect::<Vec<f64>>()
        };
        case.expect_array("task", &all(|placement| placement.task as f64));
        case.expect_array("start_seconds", &all(|placement| placement.start_seconds));
        case.expect_array("end_seconds", &all(|placement| placement.end_seconds));
        case.expect_array("rank", &all(|placement| placement.rank));
        case.expect_array("task_cost", &all(|placement| placement.cost));
        let unplaced: Vec<f64> = plan.infeasible.iter().map(|unplaced| unplaced.task as f64).collect();
        case.expect_array("infeasible", &unplaced);
        case.expect("lower_bound", plan.lower_bound);
        case.expect("gap", plan.gap());
        case.expect("optimal", f64::from(u8::from(plan.optimal)));
    }
    Ok(())
}
