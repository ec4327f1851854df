//! Minimisation of smooth and of rough costs: the only file that calls argmin, behind guards that argmin lacks.
//!
//! Nelder & Mead 1965, "A simplex method for function minimization", Computer Journal 7; Liu & Nocedal 1989, "On the limited memory
//! BFGS method", Mathematical Programming 45, with the line search of Moré & Thuente 1994, TOMS 20. Both go on from their best point
//! as long as that pays.
//!
//! The guards: a cost that is not finite becomes a finite penalty that slopes down to the start, since argmin loses
//! its way or its answer in regions of NaN; evaluations are counted, and past the budget the run ends, since its line
//! search has no limit of its own; the best point is kept here, whatever argmin makes of its own. The answer follows
//! from the arguments alone: nothing is random, and no time is measured that could change it.

use argmin::core::{CostFunction, Error, Executor, Gradient};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::neldermead::NelderMead;
use argmin::solver::quasinewton::LBFGS;
use argmin_math::{
    ArgminAdd, ArgminDot, ArgminL1Norm, ArgminL2Norm, ArgminMinMax, ArgminMul, ArgminSignum, ArgminSub,
    ArgminZeroLike,
};
use std::cell::RefCell;

/// A run that gains less than this, relative to the cost, is the last.
const WORTHWHILE: f64 = 1e-9;
/// Steps that L-BFGS remembers.
const MEMORY: usize = 10;

/// The best point that was evaluated, and its cost.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Minimum {
    /// As many coordinates as the start has.
    pub(crate) point: Vec<f64>,
    /// The cost there; infinite when no evaluated point had a finite cost, and the point is then the start.
    pub(crate) value: f64,
}

/// The least cost that the simplex method finds from `start`, with `steps` as its first edges (1e-3 for 0 or none).
///
/// `cost` may be anything: with kinks, NaN or infinite in places. At most `budget` evaluations, but one more than
/// there are dimensions in any case. Costs that differ by less than about 1e-10 of their size count as equal.
pub(crate) fn nelder_mead(
    mut cost: impl FnMut(&[f64]) -> f64,
    start: &[f64],
    steps: &[f64],
    budget: usize,
) -> Minimum {
    // One for the start, and a simplex: argmin panics when its first simplex cannot be evaluated.
    let budget = budget.max(start.len() + 2);
    let objective = Objective::new(|x: &[f64], _: &mut [f64]| cost(x), start, budget);
    while_it_pays(objective, (start.len(), WORTHWHILE), |objective, best| {
        let mut simplex = vec![Point(best.point.clone())];
        for i in 0..start.len() {
            let step = steps.get(i).copied().filter(|step| step.is_finite() && *step != 0.0).unwrap_or(1e-3);
            let mut vertex = best.point.clone();
            vertex.iter_mut().skip(i).take(1).for_each(|x| *x += step);
            simplex.push(Point(vertex));
        }
        let Ok(solver) = NelderMead::new(simplex).with_sd_tolerance(1e-10 * scale(best.value)) else {
            return;
        };
        let _ended = Executor::new(objective, solver).timer(false).ctrlc(false).run();
    })
}

/// The least cost that L-BFGS finds from `start`; it ends as soon as a step gains less than `tolerance`, relative to the cost.
///
/// `cost` writes the gradient into its second argument and gives the cost; a point where either is not finite counts
/// as outside of the domain. At most `budget` evaluations, but two in any case. Meant for smooth costs: at a kink the
/// search ends where it is stuck.
pub(crate) fn lbfgs(
    cost: impl FnMut(&[f64], &mut [f64]) -> f64,
    start: &[f64],
    budget: usize,
    tolerance: f64,
) -> Minimum {
    let objective = Objective::new(cost, start, budget.max(2));
    while_it_pays(objective, (1, WORTHWHILE.max(10.0 * tolerance)), |objective, best| {
        let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY);
        let Ok(solver) = solver.with_tolerance_cost(tolerance * scale(best.value)) else { return };
        let start = Point(best.point.clone());
        let run = Executor::new(objective, solver).configure(|state| state.param(start));
        let _ended = run.timer(false).ctrlc(false).run();
    })
}

/// Starts the solver at the best point so far, again and again, until a run gains no more than is `worthwhile`, relative to
/// the cost, or no more than `least` evaluations are left.
///
/// How a run ended says nothing that the objective does not know better.
fn while_it_pays<F>(
    objective: Objective<F>,
    (least, worthwhile): (usize, f64),
    mut run: impl for<'a> FnMut(Guarded<'a, F>, &Minimum),
) -> Minimum
where
    F: FnMut(&[f64], &mut [f64]) -> f64,
{
    let dimensions = objective.anchor.len();
    let objective = RefCell::new(objective);
    objective.borrow_mut().start();
    while dimensions > 0 && objective.borrow().left > least {
        let best = objective.borrow().best.clone();
        run(Guarded(&objective), &best);
        let reached = objective.borrow().best.value;
        if reached.is_infinite() || best.value - reached <= worthwhile * scale(reached) {
            break;
        }
    }
    objective.into_inner().best
}

/// The size that differences of costs near `value` are measured by.
fn scale(value: f64) -> f64 {
    1.0 + if value.is_finite() { value.abs().min(1e200) } else { 0.0 }
}

/// The cost as argmin sees it, and what argmin does not look after.
struct Objective<F> {
    cost: F,
    /// Where the penalty is least: the start.
    anchor: Vec<f64>,
    penalty: f64,
    /// Evaluations that are left.
    left: usize,
    /// The point evaluated last, its guarded cost and gradient: argmin asks for the two separately.
    last: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
    best: Minimum,
}

impl<F: FnMut(&[f64], &mut [f64]) -> f64> Objective<F> {
    fn new(cost: F, start: &[f64], budget: usize) -> Self {
        let anchor: Vec<f64> = start.iter().map(|x| if x.is_finite() { *x } else { 0.0 }).collect();
        Objective {
            cost,
            penalty: 1e12,
            left: budget,
            last: Vec::new(),
            value: f64::NAN,
            gradient: vec![0.0; anchor.len()],
            best: Minimum { point: anchor.clone(), value: f64::INFINITY },
            anchor,
        }
    }

    fn start(&mut self) {
        let anchor = self.anchor.clone();
        self.evaluate(&anchor);
        self.penalty = 1e12 * scale(self.best.value);
    }

    fn evaluate(&mut self, point: &[f64]) {
        self.left = self.left.saturating_sub(1);
        if self.last == point {
            return;
        }
        self.last = point.to_vec();
        self.value = (self.cost)(point, &mut self.gradient);
        if self.value.is_finite() && self.gradient.iter().all(|slope| slope.is_finite()) {
            if self.value < self.best.value {
                self.best = Minimum { point: point.to_vec(), value: self.value };
            }
            return;
        }
        let away = point.iter().zip(&self.anchor).map(|(x, start)| x - start);
        let distance = away.clone().fold(0.0, |sum, x| sum + x * x);
        self.value = (self.penalty * (1.0 + distance)).min(f64::MAX);
        let slopes = self.gradient.iter_mut().zip(away);
        slopes.for_each(|(slope, x)| *slope = (2.0 * self.penalty * x).clamp(-1e300, 1e300));
    }
}

/// What argmin is handed: an objective that it cannot lose.
struct Guarded<'a, F>(&'a RefCell<Objective<F>>);

impl<F: FnMut(&[f64], &mut [f64]) -> f64> Guarded<'_, F> {
    fn at(&self, point: &Point) -> Result<std::cell::RefMut<'_, Objective<F>>, Error> {
        let mut objective = self.0.borrow_mut();
        if objective.left == 0 {
            return Err(Error::msg("the budget of evaluations is spent"));
        }
        if point.0.iter().any(|x| x.is_nan()) {
            return Err(Error::msg("the search has left the numbers"));
        }
        objective.evaluate(&point.0);
        Ok(objective)
    }
}

impl<F: FnMut(&[f64], &mut [f64]) -> f64> CostFunction for Guarded<'_, F> {
    type Param = Point;
    type Output = f64;

    fn cost(&self, point: &Point) -> Result<f64, Error> {
        Ok(self.at(point)?.value)
    }
}

impl<F: FnMut(&[f64], &mut [f64]) -> f64> Gradient for Guarded<'_, F> {
    type Param = Point;
    type Gradient = Point;

    fn gradient(&self, point: &Point) -> Result<Point, Error> {
        let mut objective = self.0.borrow_mut();
        if objective.last != point.0 {
            drop(objective);
            objective = self.at(point)?;
        }
        Ok(Point(objective.gradient.clone()))
    }
}

/// A vector as argmin wants it. Its own backends end at older versions of our libraries, or draw in a random generator.
#[derive(Debug, Clone, PartialEq)]
struct Point(Vec<f64>);

impl Point {
    fn map(&self, change: impl Fn(f64) -> f64) -> Point {
        Point(self.0.iter().map(|x| change(*x)).collect())
    }

    fn with(&self, other: &Point, join: impl Fn(f64, f64) -> f64) -> Point {
        Point(self.0.iter().zip(&other.0).map(|(x, y)| join(*x, *y)).collect())
    }

    fn total(&self, term: impl Fn(f64) -> f64) -> f64 {
        self.0.iter().fold(0.0, |sum, x| sum + term(*x))
    }
}

impl ArgminAdd<Point, Point> for Point {
    fn add(&self, other: &Point) -> Point {
        self.with(other, |x, y| x + y)
    }
}

impl ArgminAdd<f64, Point> for Point {
    fn add(&self, other: &f64) -> Point {
        self.map(|x| x + other)
    }
}

impl ArgminSub<Point, Point> for Point {
    fn sub(&self, other: &Point) -> Point {
        self.with(other, |x, y| x - y)
    }
}

impl ArgminSub<f64, Point> for Point {
    fn sub(&self, other: &f64) -> Point {
        self.map(|x| x - other)
    }
}

impl ArgminMul<Point, Point> for Point {
    fn mul(&self, other: &Point) -> Point {
        self.with(other, |x, y| x * y)
    }
}

impl ArgminMul<f64, Point> for Point {
    fn mul(&self, other: &f64) -> Point {
        self.map(|x| x * other)
    }
}

impl ArgminMul<Point, Point> for f64 {
    fn mul(&self, other: &Point) -> Point {
        other.map(|x| self * x)
    }
}

impl ArgminDot<Point, f64> for Point {
    fn dot(&self, other: &Point) -> f64 {
        self.with(other, |x, y| x * y).total(|x| x)
    }
}

impl ArgminL1Norm<f64> for Point {
    fn l1_norm(&self) -> f64 {
        self.total(f64::abs)
    }
}

impl ArgminL2Norm<f64> for Point {
    fn l2_norm(&self) -> f64 {
        self.total(|x| x * x).sqrt()
    }
}

impl ArgminSignum for Point {
    fn signum(self) -> Point {
        self.map(f64::signum)
    }
}

impl ArgminZeroLike for Point {
    fn zero_like(&self) -> Point {
        self.map(|_| 0.0)
    }
}

impl ArgminMinMax for Point {
    fn min(x: &Point, y: &Point) -> Point {
        x.with(y, f64::min)
    }

    fn max(x: &Point, y: &Point) -> Point {
        x.with(y, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EXACT: f64 = 1e-13;

    fn rosenbrock(x: &[f64]) -> f64 {
        100.0 * (x[1] - x[0] * x[0]).powi(2) + (1.0 - x[0]).powi(2)
    }

    fn rosenbrock_with_gradient(x: &[f64], gradient: &mut [f64]) -> f64 {
        let rise = x[1] - x[0] * x[0];
        gradient.copy_from_slice(&[-400.0 * x[0] * rise - 2.0 * (1.0 - x[0]), 200.0 * rise]);
        rosenbrock(x)
    }

    /// ln²x, which is NaN for x < 0 and least at 1.
    fn squared_logarithm(x: &[f64], gradient: &mut [f64]) -> f64 {
        gradient[0] = 2.0 * x[0].ln() / x[0];
        x[0].ln().powi(2)
    }

    fn near(found: &Minimum, wanted: &[f64], tolerance: f64) {
        let far = found.point.iter().zip(wanted).any(|(x, y)| (x - y).abs() > tolerance);
        assert!(!far, "{found:?} against {wanted:?}");
    }

    #[test]
    fn it_finds_the_floor_of_the_banana() {
        near(&lbfgs(rosenbrock_with_gradient, &[-1.2, 1.0], 500, EXACT), &[1.0, 1.0], 1e-8);
    }

    #[test]
    fn a_quadratic_of_thirty_dimensions_with_curvatures_from_1_to_10000() {
        let curvature = |i: usize| 10_f64.powf(4.0 * i as f64 / 29.0);
        let cost = |x: &[f64], gradient: &mut [f64]| {
            let mut total = 0.0;
            for (i, (x, slope)) in x.iter().zip(gradient).enumerate() {
                let away = x - i as f64;
                *slope = curvature(i) * away;
                total += 0.5 * curvature(i) * away * away;
            }
            total
        };
        let wanted: Vec<f64> = (0..30).map(f64::from).collect();
        near(&lbfgs(cost, &[0.0; 30], 2000, EXACT), &wanted, 1e-6);
    }

    #[test]
    fn regions_of_nan_do_not_catch_it() {
        for start in [0.05, 20.0] {
            near(&lbfgs(squared_logarithm, &[start], 500, EXACT), &[1.0], 1e-8);
        }
    }

    #[test]
    fn a_kink_ends_the_run() {
        let kink = |x: &[f64]| x[0].abs() + x[1].abs();
        let with_gradient = |x: &[f64], gradient: &mut [f64]| {
            gradient.copy_from_slice(&[x[0].signum(), x[1].signum()]);
            kink(x)
        };
        let found = lbfgs(with_gradient, &[3.0, -4.0], 300, EXACT);
        assert!(found.value < 7.0 && found.value == kink(&found.point));
    }

    #[test]
    fn nan_everywhere_gives_the_start_back() {
        let nowhere = Minimum { point: vec![2.0, 3.0], value: f64::INFINITY };
        let nan = |_: &[f64], gradient: &mut [f64]| {
            gradient.fill(f64::NAN);
            f64::NAN
        };
        assert_eq!(lbfgs(nan, &[2.0, 3.0], 200, EXACT), nowhere);
        assert_eq!(lbfgs(nan, &[], 0, EXACT).point, [0.0; 0]);
    }

    #[test]
    fn the_simplex_finds_floors_kinks_and_walls() {
        near(&nelder_mead(rosenbrock, &[-1.2, 1.0], &[0.1, 0.1], 2000), &[1.0, 1.0], 1e-4);
        near(&nelder_mead(|x| x[0].ln().powi(2), &[20.0], &[20.0], 500), &[1.0], 1e-4);
        let kink = |x: &[f64]| x[0].abs() + x[1].abs();
        near(&nelder_mead(kink, &[3.0, -4.0], &[1.0, 1.0], 1000), &[0.0, 0.0], 1e-6);
        let walled = |x: &[f64]| if x[0] < 1.0 { f64::INFINITY } else { x[0] };
        near(&nelder_mead(walled, &[5.0], &[1.0], 500), &[1.0], 1e-6);
        let nowhere = nelder_mead(|_| f64::NAN, &[2.0, 3.0], &[1.0, 1.0], 200);
        assert_eq!((nowhere.point, nowhere.value), (vec![2.0, 3.0], f64::INFINITY));
        assert_eq!(nelder_mead(|_| 3.0, &[], &[], 0).point, [0.0; 0]);
        for budget in [0, 1, 4, 30, 100] {
            let mut count = 0;
            let rough = |x: &[f64]| {
                count += 1;
                rosenbrock(x) + (1e3 * x[0]).sin()
            };
            nelder_mead(rough, &[-1.2, 1.0], &[0.5, 0.5], budget);
            assert!(count <= budget.max(4), "{count} of {budget}");
        }
    }

    #[test]
    fn the_budget_holds() {
        for budget in [0, 1, 4, 30, 100] {
            let mut count = 0;
            let smooth = |x: &[f64], gradient: &mut [f64]| {
                count += 1;
                rosenbrock_with_gradient(x, gradient)
            };
            lbfgs(smooth, &[-1.2, 1.0], budget, EXACT);
            assert!(count <= budget.max(2), "{count} of {budget}");
        }
    }

    proptest! {
        #[test]
        fn never_worse_than_the_start_and_the_same_twice(start in prop::collection::vec(-1e3..1e3f64, 1..6), hole in 0.0..1e3f64) {
            let cost = |x: &[f64], gradient: &mut [f64]| {
                let radius = x.iter().map(|x| x * x).sum::<f64>();
                gradient.iter_mut().zip(x).for_each(|(slope, x)| *slope = x / radius.sqrt() + x.signum());
                if radius < hole { f64::NAN } else { radius.sqrt() + x.iter().map(|x| x.abs()).sum::<f64>() }
            };
            let found = lbfgs(cost, &start, 400, EXACT);
            let mut room = vec![0.0; start.len()];
            let at_start = cost(&start, &mut room);
            prop_assert!(at_start.is_nan() || found.value <= at_start);
            prop_assert!(found.value.is_infinite() || cost(&found.point, &mut room) == found.value);
            prop_assert_eq!(lbfgs(cost, &start, 400, EXACT), found);
        }

        #[test]
        fn wild_numbers_never_break_it(start in prop::collection::vec(prop::num::f64::ANY, 0..4), scale in prop::num::f64::ANY) {
            let cost = |x: &[f64], gradient: &mut [f64]| {
                gradient.iter_mut().zip(x).for_each(|(slope, x)| *slope = scale * x);
                x.iter().map(|x| scale * x * x).sum()
            };
            let found = lbfgs(cost, &start, 200, EXACT);
            prop_assert!(found.point.len() == start.len() && !found.value.is_nan());
            prop_assert!(found.point.iter().all(|x| x.is_finite()));
            let found = nelder_mead(|x| cost(x, &mut [0.0; 4]), &start, &start, 200);
            prop_assert!(found.point.iter().all(|x| x.is_finite()));
        }
    }
}
