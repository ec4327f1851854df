//! Cost against the share of time in which the promise was broken: every policy over its settings, and as it was given.

use super::charts::{class, figure, highest_drawn, percent};
use super::report::Report;
use super::svg::{LEFT, RIGHT, Scale, escape, number, tick_label};
use std::fmt::Write as _;

const TOP: f64 = 40.0;
const BOTTOM: f64 = 380.0;
/// Settings that break the promise for a larger share of the time are no choice.
const MOST_BROKEN: f64 = 0.5;
/// Height of a line of the legend.
const LINE: f64 = 18.0;

/// One run: how often it broke the promise, what it cost, and what it was.
struct Dot {
    share: f64,
    cost: f64,
    what: String,
}

/// The chart; settings much dearer than the policies as given, or that break the promise most of the time, are left out.
pub(super) fn frontier(report: &Report) -> String {
    let runs = runs(report);
    let settings = settings(report);
    let dots = || runs.iter().chain(&settings).flat_map(|(_, dots)| dots);
    let (x, y) = scales(dots);
    let mut body = axes(&x, &y, dots().any(|dot| dot.share == 0.0));
    let has_ring = |name: &str| runs.iter().any(|(drawn, _)| *drawn == name);
    let compared = |name: &str| !["hpa", "static"].contains(&name) && has_ring(name);
    for result in report.policies.iter().filter(|result| compared(&result.policy)) {
        if let Some(cost) = result.equal_service_hpa_cost {
            let (at, from, to) = (x.at(result.violation_share()), y.at(result.cost), y.at(cost));
            let _ = write!(body, "<path class=\"saving\" d=\"M{at:.1} {from:.1}V{to:.1}\"/>");
        }
    }
    // The legend's last line stands beside the name of the axis, those before it above.
    let (mut legend, mut lines, mut names) = (LEFT + 60.0, 1.0, Vec::new());
    for (name, dots) in &settings {
        let path = unbeaten(dots).into_iter();
        let path = path.map(|dot| format!("{:.1} {:.1}", x.at(dot.share), y.at(dot.cost)));
        let path = path.collect::<Vec<_>>().join("L");
        let class = class(report, name);
        let _ = write!(body, "<g class=\"{class}\"><path class=\"line\" d=\"M{path}\"/>");
        let width = 9.0 * name.chars().count() as f64 + 24.0;
        if legend + width > RIGHT {
            (legend, lines) = (LEFT + 60.0, lines + 1.0);
        }
        names.push((class, escape(name), legend, lines));
        legend += width;
        dots.iter().for_each(|dot| circle(&mut body, dot, "dot", 3.5, &x, &y));
        body += "</g>";
    }
    for (name, dots) in &runs {
        let _ = write!(body, "<g class=\"{}\">", class(report, name));
        dots.iter().for_each(|dot| circle(&mut body, dot, "ring", 8.0, &x, &y));
        body += "</g>";
    }
    for (class, name, at, line) in names {
        let height = 16.0 - LINE * (lines - line);
        let _ = write!(body, "<text class=\"name {class}\" x=\"{at}\" y=\"{height}\">{name}</text>");
    }
    let more = LINE * (lines - 1.0);
    let body = if more > 0.0 { format!("<g transform=\"translate(0 {more})\">{body}</g>") } else { body };
    figure(BOTTOM + 52.0 + more, "Cost against the share of time in which the promise was broken", &body)
}

/// The settings than which no other of the same policy is at once cheaper and no worse, from the most to the least broken promises.
fn unbeaten(dots: &[Dot]) -> Vec<&Dot> {
    let beats = |other: &Dot, dot: &Dot| {
        other.cost <= dot.cost
            && other.share <= dot.share
            && (other.cost < dot.cost || other.share < dot.share)
    };
    let mut best: Vec<&Dot> = dots.iter().filter(|dot| !dots.iter().any(|other| beats(other, dot))).collect();
    best.sort_by(|a, b| b.share.total_cmp(&a.share));
    best
}

fn circle(body: &mut String, dot: &Dot, class: &str, radius: f64, x: &Scale, y: &Scale) {
    let (at, height, what) = (x.at(dot.share), y.at(dot.cost), escape(&dot.what));
    let _ = write!(
        body,
        "<circle class=\"{class}\" cx=\"{at:.1}\" cy=\"{height:.1}\" r=\"{radius}\"><title>{what}</title></circle>"
    );
}

/// Each policy as given.
fn runs(report: &Report) -> Vec<(&str, Vec<Dot>)> {
    let highest = highest_drawn(report);
    let of = |result: &super::report::PolicyResult| Dot {
        share: result.violation_share(),
        cost: result.cost,
        what: format!(
            "{} as given: cost {}, promise broken {} of the time",
            result.policy,
            number(result.cost),
            percent(result.violation_share())
        ),
    };
    let all = report.policies.iter().map(|result| (result.policy.as_str(), of(result)));
    all.filter(|(_, dot)| is_drawn(dot, highest)).map(|(name, dot)| (name, vec![dot])).collect()
}

/// Each kind of policy with the settings of its sweep.
fn settings(report: &Report) -> Vec<(&str, Vec<Dot>)> {
    let highest = highest_drawn(report);
    let mut kinds: Vec<(&str, Vec<Dot>)> = Vec::new();
    for point in &report.frontier {
        let dot = Dot {
            share: point.violation_share,
            cost: point.cost,
            what: format!(
                "{} {}: cost {}, promise broken {} of the time, {} of the requests late",
                point.policy,
                point.setting,
                number(point.cost),
                percent(point.violation_share),
                percent(point.late_share)
            ),
        };
        if !is_drawn(&dot, highest) {
            continue;
        }
        match kinds.iter_mut().find(|(name, _)| *name == point.policy) {
            Some((_, dots)) => dots.push(dot),
            None => kinds.push((&point.policy, vec![dot])),
        }
    }
    kinds
}

fn is_drawn(dot: &Dot, highest: f64) -> bool {
    dot.share <= MOST_BROKEN && dot.cost.is_finite() && dot.cost <= highest
}

fn scales<'a, I: Iterator<Item = &'a Dot>>(dots: impl Fn() -> I) -> (Scale, Scale) {
    let shares = || dots().map(|dot| dot.share).filter(|share| *share > 0.0);
    let rarest = shares().fold(1.0, f64::min).max(1e-9);
    // Room to the left, where the settings stand that never broke it.
    let x = Scale::logarithmic(0.4 * rarest, 1.2 * shares().fold(rarest, f64::max), LEFT, RIGHT);
    let cheapest = dots().map(|dot| dot.cost).fold(f64::INFINITY, f64::min).min(f64::MAX);
    let dearest = dots().map(|dot| dot.cost).fold(cheapest, f64::max);
    let margin = 0.06 * (dearest - cheapest).max(0.01 * cheapest.abs());
    (x, Scale::linear(cheapest - margin, dearest + margin, BOTTOM, TOP))
}

fn axes(x: &Scale, y: &Scale, some_never: bool) -> String {
    let mut body = format!(
        "<text class=\"title\" x=\"{LEFT}\" y=\"16\">cost</text><text class=\"middle title\" x=\"{}\" y=\"{}\">share of the time in which the promise was broken</text>",
        0.5 * (LEFT + RIGHT),
        BOTTOM + 40.0
    );
    for cost in y.ticks(8.0) {
        let (at, label) = (y.at(cost), tick_label(cost));
        let _ = write!(
            body,
            "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{RIGHT}\"/><text class=\"end\" x=\"{}\" y=\"{:.1}\">{label}</text>",
            LEFT - 8.0,
            at + 4.0
        );
    }
    let ticks = x.ticks(8.0).into_iter().map(|share| (share, format!("{} %", tick_label(100.0 * share))));
    for (share, label) in ticks.chain(some_never.then(|| (0.0, "never".to_string()))) {
        let at = x.at(share);
        let _ = write!(
            body,
            "<path class=\"grid\" d=\"M{at:.1} {TOP}V{BOTTOM}\"/><text class=\"middle\" x=\"{at:.1}\" y=\"{}\">{label}</text>",
            BOTTOM + 18.0
        );
    }
    body
}
