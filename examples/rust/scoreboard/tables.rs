//! What was measured, as Markdown.

use crate::cell::{Cell, Figures, OTHERS, Run};
use std::fmt::Write as _;

/// A gap closed below this is behind the best HPA by more than noise.
const BEHIND: f64 = -0.02;

/// A figure that is to be a share smaller than its reference's.
struct Goal {
    name: &'static str,
    share: f64,
    of: fn(&Figures) -> f64,
}

/// Against a reactive autoscaler of equal service.
const GOALS: [Goal; 4] = [
    Goal { name: "cost", share: 0.25, of: |figures| figures.cost },
    Goal { name: "over-provisioned hours", share: 0.40, of: |figures| figures.over },
    Goal { name: "energy", share: 0.20, of: |figures| figures.energy },
    Goal { name: "transition energy", share: 0.30, of: |figures| figures.transitions },
];
/// Against a static fleet.
const STATIC_GOAL: Goal = Goal { name: "cost against static", share: 0.40, of: |figures| figures.cost };

/// All tables, one below the other.
pub fn page(cells: &[Cell]) -> String {
    [summary(cells), scoreboard(cells), goals(cells), others(cells)].join("\n")
}

/// The value in the middle; a mean of ratios follows those whose denominator is nearly nothing.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |place: usize| sorted.get(place).copied().unwrap_or(f64::NAN);
    0.5 * (at(sorted.len().saturating_sub(1) / 2) + at(sorted.len() / 2))
}

fn summary(cells: &[Cell]) -> String {
    let gaps: Vec<f64> = cells.iter().filter_map(Cell::gap_closed).collect();
    let count = |of: &dyn Fn(&Cell) -> bool| cells.iter().filter(|cell| of(cell)).count();
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let least = gaps.iter().copied().fold(f64::INFINITY, f64::min);
    let unreached = count(&|cell| cell.runs.iter().any(|run| run.tuned.is_none()));
    let servable: Vec<&Cell> =
        cells.iter().filter(|cell| cell.runs.iter().all(|run| run.least_late_hpa <= 0.01)).collect();
    let late = |cell: &Cell| cell.mean(|run| Some(run.predictive.late)).unwrap_or(f64::NAN);
    let over = |cell: &Cell| against(cell, |run| Some(run.hpa), |run| run.predictive.over, |hpa| hpa.over);
    let seeds = cells.first().map_or(0, |cell| cell.runs.len());
    let mut text = format!(
        "### In short\n\n{} combinations of load and start-up time, {seeds} seeds each.\n\n",
        cells.len()
    );
    if gaps.is_empty() {
        text += "- Share of the gap between the best HPA in hindsight and the oracle that is closed: defined nowhere.\n";
    } else {
        let _ = writeln!(
            text,
            "- Share of the gap between the best HPA in hindsight and the oracle that is closed: {} on average over the {} combinations where it is \
             defined, {} in the middle one, {} at the least; behind the best HPA by more than 0.02 in {}.",
            signed(mean),
            gaps.len(),
            signed(median(&gaps)),
            signed(least),
            gaps.iter().filter(|gap| **gap < BEHIND).count()
        );
    }
    let _ = writeln!(
        text,
        "- Not defined in {}: in {unreached} no HPA setting broke the promise as rarely, in {} the one that did cost no more than the oracle.",
        cells.len() - gaps.len(),
        cells.len() - gaps.len() - unreached.min(cells.len() - gaps.len())
    );
    let _ = writeln!(
        text,
        "- Late requests (that arrive while the promise is broken) at most 1 %: in {} of the {} combinations where some HPA setting can do that.",
        servable.iter().filter(|cell| late(cell) <= 0.01).count(),
        servable.len()
    );
    let _ = writeln!(
        text,
        "- Some HPA setting that cost no more broke the promise less often: in {} of {}, for every seed.",
        count(&|cell| cell.runs.iter().all(|run| run.hpa_serves_better)),
        cells.len()
    );
    let _ = writeln!(
        text,
        "- Over-provisioned hours at least 40 % below the HPA at its defaults: in {} of {}.",
        count(&|cell| over(cell).is_some_and(|change| change <= -0.4)),
        cells.len()
    );
    text
}

fn scoreboard(cells: &[Cell]) -> String {
    let mut text = "### Cost at equal service\n\nCosts in units of the oracle's.\n\n\
        | load | start-up | predictive | best HPA in hindsight | HPA at its defaults | static | broken time: predictive | HPA | late: predictive | HPA | over-provisioned hours against the HPA | gap closed | over seeds |\n\
        |---|---|---|---|---|---|---|---|---|---|---|---|---|\n"
        .to_string();
    for cell in cells {
        let cost =
            |of: &dyn Fn(&Run) -> Option<f64>| ratio(cell.mean(|run| Some(of(run)? / run.oracle.cost)));
        let share = |of: fn(&Run) -> f64| percent(cell.mean(|run| Some(of(run))));
        let over = against(cell, |run| Some(run.hpa), |run| run.predictive.over, |hpa| hpa.over);
        let gap = match cell.gap_closed() {
            Some(gap) => signed(gap),
            None if cell.runs.iter().any(|run| run.tuned.is_none()) => "no such HPA".into(),
            None => "HPA below oracle".into(),
        };
        let range = cell.range(|run| run.gap_closed);
        let range = range.map_or("–".into(), |(low, high)| format!("{} to {}", signed(low), signed(high)));
        let columns = [
            cost(&|run| Some(run.predictive.cost)),
            cost(&|run| Some(run.tuned?.cost)),
            cost(&|run| Some(run.hpa.cost)),
            ratio(cell.mean(|run| Some(cell.peak.cost / run.oracle.cost))),
            share(|run| run.predictive.violations),
            share(|run| run.hpa.violations),
            share(|run| run.predictive.late),
            share(|run| run.hpa.late),
            change(over),
            gap,
            range,
        ];
        row(&mut text, cell, &columns);
    }
    text
}

fn goals(cells: &[Cell]) -> String {
    let mut text = "### The goals, at equal service\n\nThe reference of the first four is the cheapest HPA with its default scale-in window whose target, chosen in hindsight, breaks the promise \
        no more often than `predictive`; that of the last the smallest static fleet tried that does so. In brackets the oracle, which minimises cost and never breaks the promise.\n\n\
        | load | start-up |"
        .to_string();
    for goal in GOALS.iter().chain([&STATIC_GOAL]) {
        let _ = write!(text, " {} −{:.0} % |", goal.name, 100.0 * goal.share);
    }
    text += "\n|---|---|---|---|---|---|---|\n";
    let mut reached = [[0; 4]; 5];
    for cell in cells {
        let outcomes = GOALS.iter().map(|goal| outcome(cell, goal, |run| run.reactive));
        let outcomes: Vec<Outcome> = outcomes.chain([outcome(cell, &STATIC_GOAL, |_| cell.fixed)]).collect();
        for (outcome, counts) in outcomes.iter().zip(&mut reached) {
            counts[outcome.verdict as usize] += 1;
        }
        row(&mut text, cell, &outcomes.into_iter().map(|outcome| outcome.text).collect::<Vec<_>>());
    }
    text.push('\n');
    for (goal, [yes, no, nobody, unknown]) in GOALS.iter().chain([&STATIC_GOAL]).zip(reached) {
        let _ = writeln!(
            text,
            "- {} −{:.0} %: reached in {yes} of {}; not in {no}; in {nobody} not by the oracle either; in {unknown} nothing serves as well.",
            goal.name,
            100.0 * goal.share,
            cells.len()
        );
    }
    text
}

#[derive(Clone, Copy)]
enum Verdict {
    Reached,
    Missed,
    MissedByAll,
    NoReference,
}

struct Outcome {
    verdict: Verdict,
    text: String,
}

fn outcome(cell: &Cell, goal: &Goal, reference: impl Fn(&Run) -> Option<Figures>) -> Outcome {
    let ours = against(cell, &reference, |run| (goal.of)(&run.predictive), goal.of);
    let oracle = against(cell, &reference, |run| (goal.of)(&run.oracle), goal.of);
    let Some((ours, oracle)) = ours.zip(oracle) else {
        return Outcome { verdict: Verdict::NoReference, text: "–".into() };
    };
    let (verdict, word) = match () {
        () if ours <= -goal.share => (Verdict::Reached, "**yes**"),
        () if oracle <= -goal.share => (Verdict::Missed, "no"),
        () => (Verdict::MissedByAll, "no, nor the oracle"),
    };
    Outcome { verdict, text: format!("{} ({}) {word}", change(Some(ours)), change(Some(oracle))) }
}

/// The mean relative change against a reference; none where one is missing or 0.
fn against(
    cell: &Cell,
    reference: impl Fn(&Run) -> Option<Figures>,
    value: impl Fn(&Run) -> f64,
    of: fn(&Figures) -> f64,
) -> Option<f64> {
    cell.mean(|run| {
        let base = of(&reference(run)?);
        (base > 0.0).then(|| value(run) / base - 1.0)
    })
}

fn others(cells: &[Cell]) -> String {
    let mut text =
        "### The other policies at their defaults\n\nCost in units of the oracle's, and share of the time in which the promise was broken; the first seed. `aibrix_apa` stabilizes as its documents say; `q_learning` learns as it runs.\n\n| load | start-up | predictive |"
            .to_string();
    OTHERS.iter().for_each(|(name, _)| text += &format!(" {name} |"));
    text += &format!("\n|---|---|---|{}\n", "---|".repeat(OTHERS.len()));
    for cell in cells {
        let first = cell.runs.first();
        let columns = first.map(|run| run.predictive).into_iter().chain(cell.others.iter().copied());
        let oracle = first.map_or(f64::NAN, |run| run.oracle.cost);
        let columns = columns
            .map(|figures| format!("{:.2}, {}", figures.cost / oracle, percent(Some(figures.violations))));
        row(&mut text, cell, &columns.collect::<Vec<_>>());
    }
    text
}

fn row(text: &mut String, cell: &Cell, columns: &[String]) {
    let name = cell.load.replace('|', "\\|");
    let _ = writeln!(text, "| {name} | {} s | {} |", cell.start_up_seconds, columns.join(" | "));
}

fn ratio(value: Option<f64>) -> String {
    value.map_or("–".into(), |value| format!("{value:.2}"))
}

fn percent(share: Option<f64>) -> String {
    share.map_or("–".into(), |share| format!("{:.2} %", 100.0 * share))
}

fn change(share: Option<f64>) -> String {
    share.map_or("–".into(), |share| format!("{:+.0} %", 100.0 * share).replace('-', "−"))
}

pub fn signed(value: f64) -> String {
    format!("{value:.2}").replace('-', "−")
}
