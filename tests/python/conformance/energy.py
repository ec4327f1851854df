import pickle

from forescale.energy import EnergyTensor, HardwareProfile, PowerCurve, Task, schedule, transition_energy


def fit(case):
    tensor = pickle.loads(pickle.dumps(EnergyTensor.fit(case.table("s"), case.table("e"))))
    case.expect_array("matrix", tensor.matrix)
    case.expect("residual", tensor.residual)
    case.expect("condition", tensor.condition)


def minimize(case):
    tensor = EnergyTensor(case.table("matrix"))
    case.expect_array("energy_of_low", tensor.apply(case.numbers("low")))
    plan = tensor.minimize(case.numbers("demand"), case.numbers("low"), case.numbers("high"))
    case.expect_array("scaling", plan.scaling)
    case.expect_array("energy", plan.energy)
    case.expect("total", plan.total)
    case.expect_array("price", plan.price)


def certificate(case):
    plan = EnergyTensor(case.table("matrix")).minimize(case.numbers("demand"), case.numbers("low"), case.numbers("high"))
    plan = pickle.loads(pickle.dumps(plan))
    case.expect_array("scaling", plan.scaling)
    case.expect("total", plan.total)
    case.expect_array("price", plan.price)
    case.expect_array("low_price", plan.low_price)
    case.expect_array("high_price", plan.high_price)
    case.expect("lower_bound", plan.lower_bound)
    case.expect("residual", plan.residual)
    case.expect("gap", plan.gap)


def power(case):
    if case.has("name"):
        profile = HardwareProfile.named(case.text("name"))
    else:
        curve = PowerCurve(case.numbers("points")).times(1.0)
        watts = [case.number(name) if case.has(name) else None for name in ("starting_watts", "draining_watts")]
        profile = HardwareProfile("own", curve, *watts)
    profile = pickle.loads(pickle.dumps(profile))
    if case.has("utilization"):
        case.expect_array("watts", [profile.power.watts(utilization) for utilization in case.numbers("utilization")])
    case.expect("idle", profile.power.idle)
    case.expect("busy", profile.power.busy)
    if case.has("path"):
        path = [int(count) for count in case.numbers("path")]
        energy = transition_energy(path, profile, case.number("boot_seconds"), case.number("drain_seconds"))
        case.expect("transition_energy", energy)


def plan(case):
    energy, duration, deadline = (case.numbers(name) for name in ("energy", "duration_seconds", "deadline"))
    priority = case.numbers("priority") if case.has("priority") else [1.0] * len(energy)
    deferrable = case.numbers("deferrable") if case.has("deferrable") else [1.0] * len(energy)
    release = case.numbers("release_seconds") if case.has("release_seconds") else [0.0] * len(energy)
    pairs = case.table("after") if case.has("after") else []
    tasks = [
        Task(
            str(i), priority[i], energy[i], duration[i],
            deadline=None if deadline[i] == float("inf") else deadline[i],
            deferrable=deferrable[i] != 0,
            after=[str(int(before)) for task, before in pairs if task == i],
            release_seconds=release[i],
        )
        for i in range(len(energy))
    ]
    capacity = [int(count) for count in case.numbers("capacity")]
    plan = schedule(pickle.loads(pickle.dumps(tasks)), capacity, case.numbers("price"), case.number("step_seconds"))
    plan = pickle.loads(pickle.dumps(plan))
    case.expect("cost", plan.cost)
    if case.has("task"):
        case.expect_array("task", [placement.task for placement in plan.placements])
        case.expect_array("start_seconds", [placement.start_seconds for placement in plan.placements])
        case.expect_array("end_seconds", [placement.end_seconds for placement in plan.placements])
        case.expect_array("rank", [placement.rank for placement in plan.placements])
        case.expect_array("task_cost", [placement.cost for placement in plan.placements])
        case.expect_array("infeasible", [unplaced.task for unplaced in plan.infeasible])
        case.expect("lower_bound", plan.lower_bound)
        case.expect("gap", plan.gap)
        case.expect("optimal", float(plan.optimal))


DISPATCH = {
    "energy_fit": fit,
    "energy_minimize": minimize,
    "energy_certificate": certificate,
    "power": power,
    "power_coefficients": power,
    "energy_plan": plan,
    "energy_schedule": plan,
}
