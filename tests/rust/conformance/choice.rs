use super::Dispatch;
use crate::vectors::Case;
use forescale::Result;
use forescale::choice::{
    Bounds, choose, crowding_distance, hypervolume, log_utility, non_dominated_sort, pareto_front, utility,
};

pub const DISPATCH: &[Dispatch] = &[("hypervolume", volume), ("pareto", pareto), ("utility", product)];

fn numbers<T>(values: Vec<T>, number: fn(T) -> f64) -> Vec<f64> {
    values.into_iter().map(number).collect()
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
    let maximize: Vec<bool> = case.numbers("maximize").iter().map(|flag| *flag != 0.0).collect();
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
