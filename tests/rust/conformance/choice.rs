use super::Dispatch;
use crate::vectors::Case;
use forescale::choice::{
    Allocation, AnnealConfig, Bounds, ScenarioConfig, achievement, anneal, choose, crowding_distance,
    hypervolume, knee, log_utility, non_dominated_sort, pareto_front, scenarios, utility, weighted_sum,
};
use forescale::{Result, Rows, config};

pub const DISPATCH: &[Dispatch] = &[
    ("hypervolume", volume),
    ("hypervolume_many", volume),
    ("pareto", pareto),
    ("utility", product),
    ("scalarize", scalarize),
    ("anneal", allocation),
    ("scenarios", futures),
];

fn numbers<T>(values: Vec<T>, number: fn(T) -> f64) -> Vec<f64> {
    values.into_iter().map(number).collect()
}

fn flags(case: &Case) -> Vec<bool> {
    case.numbers("maximize").iter().map(|flag| *flag != 0.0).collect()
}

fn volume(case: &Case) -> Result<()> {
    let points = case.table("points");
    case.expect("hypervolume", hypervolume(points, case.numbers("reference"))?);
    case.expect_array("nondominated", &numbers(pareto_front(points, &[])?, f64::from));
    case.expect_array("ranks", &numbers(non_dominated_sort(points, &[])?, |rank| rank as f64));
    Ok(())
}

fn pareto(case: &Case) -> Result<()> {
    let points = case.table("points");
    let maximize = flags(case);
    case.expect_array("front", &numbers(pareto_front(points, &maximize)?, f64::from));
    case.expect_array("ranks", &numbers(non_dominated_sort(points, &maximize)?, |rank| rank as f64));
    case.expect_array("crowding", &crowding_distance(points)?);
    let constraints =
        if case.has("constraints") { Bounds::of(case.table("constraints"))? } else { Vec::new() };
    case.expect("chosen", choose(points, &maximize, case.numbers("weights"), &constraints)? as f64);
    Ok(())
}

fn product(case: &Case) -> Result<()> {
    let (metrics, weights) = (case.numbers("metrics"), case.numbers("weights"));
    case.expect("utility", utility(metrics, weights)?);
    case.expect("log_utility", log_utility(metrics, weights)?);
    Ok(())
}

fn scalarize(case: &Case) -> Result<()> {
    let (points, maximize, weights) = (case.table("points"), flags(case), case.numbers("weights"));
    let goal = if case.has("goal") { case.numbers("goal") } else { &[] };
    let distances = achievement(points, &maximize, weights, goal, case.number("augmentation"))?;
    case.expect_array("distance", &distances);
    case.expect_array("sum", &weighted_sum(points, &maximize, weights)?);
    case.expect("knee", knee(points, &maximize)? as f64);
    Ok(())
}

fn allocation(case: &Case) -> Result<()> {
    let table = |name| if case.has(name) { case.table(name) } else { Rows::new(name, &[], 3).unwrap() };
    let limits = if case.has("limits") { case.numbers("limits") } else { &[] };
    let problem = Allocation::new(case.table("costs"), table("pairs"), table("usage"), limits)?;
    let settings: AnnealConfig = config::from_json("config", case.text("config"))?;
    let plan = anneal(&problem, case.count("seed"), &settings)?;
    case.expect("cost", plan.cost);
    case.expect("cost", problem.cost(&plan.units)?);
    case.expect("feasible", f64::from(problem.is_feasible(&plan.units)?));
    if case.has("units") {
        case.expect_array("units", &numbers(plan.units, |count| count as f64));
    }
    Ok(())
}

fn futures(case: &Case) -> Result<()> {
    let settings: ScenarioConfig = config::from_json("config", case.text("config"))?;
    let all = scenarios(case.table("costs"), case.numbers("weights"), &settings)?;
    case.expect("chosen", all.chosen as f64);
    case.expect_array("expected", &all.expected);
    case.expect_array("tail", &all.tail);
    case.expect_array("worst", &all.worst);
    case.expect_array("regret", &all.regret);
    Ok(())
}
