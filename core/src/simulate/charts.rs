//! The charts of a report's totals: cost bars, and cost against violations.

use super::report::{FrontierPoint, Report};
use super::svg::{LEFT, RIGHT, Scale, WIDTH, escape, number, tick_label};
use std::fmt::Write as _;

/// Colours and fonts; a chart is complete with this before it.
pub(super) const STYLE: &str = include_str!("chart.css");

/// Policies whose colour is their own; others take turns.
const NAMED: [&str; 5] = ["static", "hpa", "seasonal_max", "predictive", "oracle"];

/// The class that colours a policy.
pub(super) fn class(report: &Report, policy: &str) -> String {
    if NAMED.contains(&policy) {
        return policy.into();
    }
    let place = report.policies.iter().position(|result| result.policy == policy).unwrap_or(0);
    format!("other{}", place % 3)
}

/// A chart as an element of a page.
pub(super) fn figure(height: f64, what: &str, body: &str) -> String {
    let what = escape(what);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{what}\">{body}</svg>\n"
    )
}

/// A chart as a file of its own.
pub(super) fn standalone(figure: &str) -> String {
    let ground = format!("><style>{STYLE}</style><rect class=\"paper\" width=\"100%\" height=\"100%\"/>");
    figure.replacen('>', &ground, 1)
}

pub(super) fn largest<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    values.into_iter().copied().filter(|value| value.is_finite()).fold(0.0, f64::max)
}

/// What each policy costs, with how often it breaks the promise beside it.
pub(super) fn cost_bars(report: &Report) -> String {
    const BAR_LEFT: f64 = 140.0;
    const ROW: f64 = 34.0;
    let others = report.policies.iter().filter_map(|result| result.equal_service_hpa_cost);
    let costs: Vec<f64> = report.policies.iter().map(|result| result.cost).chain(others).collect();
    let scale = Scale::linear(0.0, largest(&costs), BAR_LEFT, 720.0);
    let mut body = String::new();
    for (i, result) in report.policies.iter().enumerate() {
        let (top, class, name) =
            (6.0 + ROW * i as f64, class(report, &result.policy), escape(&result.policy));
        let (end, text) = (scale.at(result.cost), top + 17.0);
        let _ = write!(
            body,
            "<g class=\"{class}\"><text class=\"end name\" x=\"{}\" y=\"{text}\">{name}</text><rect class=\"bar\" x=\"{BAR_LEFT}\" y=\"{top}\" width=\"{:.1}\" height=\"24\" rx=\"2\"/></g>",
            BAR_LEFT - 12.0,
            end - BAR_LEFT
        );
        let _ = write!(
            body,
            "<text x=\"{:.1}\" y=\"{text}\"><tspan class=\"title\">{}</tspan>, promise broken {} of the time</text>",
            scale.at(result.cost.max(result.equal_service_hpa_cost.unwrap_or(0.0))) + 10.0,
            number(result.cost),
            percent(result.violation_share())
        );
        if let Some(cost) = result.equal_service_hpa_cost {
            let _ = write!(
                body,
                "<g class=\"hpa\"><title>the cheapest HPA with no more violation: {}</title><path class=\"ring\" d=\"M{:.1} {}v28\"/></g>",
                number(cost),
                scale.at(cost),
                top - 2.0
            );
        }
    }
    figure(ROW * report.policies.len() as f64 + 6.0, "Cost of each policy", &body)
}

/// A share as a percentage: enough figures to tell rare from never.
pub(super) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    match percent.abs() {
        _ if !percent.is_finite() => "–".into(),
        size if size >= 100.0 => format!("{} %", number(percent)),
        size if size >= 0.05 || size == 0.0 => format!("{} %", format!("{percent:.1}").replace('-', "−")),
        _ if percent < 0.0 => "less than −0.1 %".into(),
        _ => "less than 0.1 %".into(),
    }
}

/// Cost against the share of time in which the promise was broken, every policy over its settings.
pub(super) fn frontier(report: &Report) -> String {
    const TOP: f64 = 40.0;
    const BOTTOM: f64 = 380.0;
    let own = report.policies.iter().map(|result| (result.violation_share(), result.cost));
    let all: Vec<(f64, f64)> = own
        .chain(report.frontier.iter().map(|point| (point.violation_share, point.cost)))
        .filter(|(share, cost)| share.is_finite() && cost.is_finite())
        .collect();
    let shares = || all.iter().map(|(share, _)| *share).filter(|share| *share > 0.0);
    let rarest = shares().fold(1.0, f64::min).max(1e-9);
    let x = Scale::logarithmic(0.4 * rarest, shares().fold(rarest, f64::max) * 1.2, LEFT, RIGHT);
    let cheapest = all.iter().map(|(_, cost)| *cost).fold(f64::INFINITY, f64::min).min(f64::MAX);
    let dearest = all.iter().map(|(_, cost)| *cost).fold(cheapest, f64::max);
    let y = if cheapest > 0.0 && dearest > 6.0 * cheapest {
        Scale::logarithmic(0.9 * cheapest, 1.1 * dearest, BOTTOM, TOP)
    } else {
        Scale::linear(0.8 * cheapest.min(dearest), dearest + 0.05 * (dearest - cheapest), BOTTOM, TOP)
    };
    let mut body = format!("<text class=\"title\" x=\"{LEFT}\" y=\"16\">cost</text>");
    for cost in y.ticks(8.0) {
        let at = y.at(cost);
        let _ = write!(
            body,
            "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{RIGHT}\"/><text class=\"end\" x=\"{}\" y=\"{:.1}\">{}</text>",
            LEFT - 8.0,
            at + 4.0,
            tick_label(cost)
        );
    }
    let never = all.iter().any(|(share, _)| *share == 0.0).then_some((0.0, "never".to_string()));
    let ticks = x.ticks(8.0).into_iter().map(|share| (share, format!("{} %", tick_label(100.0 * share))));
    for (share, label) in ticks.chain(never) {
        let at = x.at(share);
        let _ = write!(
            body,
            "<path class=\"grid\" d=\"M{at:.1} {TOP}V{BOTTOM}\"/><text class=\"middle\" x=\"{at:.1}\" y=\"{}\">{label}</text>",
            BOTTOM + 18.0
        );
    }
    let _ = write!(
        body,
        "<text class=\"middle title\" x=\"{}\" y=\"{}\">share of the time in which the promise was broken</text>",
        0.5 * (LEFT + RIGHT),
        BOTTOM + 40.0
    );
    for result in &report.policies {
        if let Some(cost) = result.equal_service_hpa_cost.filter(|_| result.policy != "hpa") {
            let at = x.at(result.violation_share());
            let _ = write!(
                body,
                "<path class=\"saving\" d=\"M{at:.1} {:.1}V{:.1}\"/>",
                y.at(result.cost),
                y.at(cost)
            );
        }
    }
    let mut policies: Vec<&str> = Vec::new();
    let names = report
        .frontier
        .iter()
        .map(|point| &point.policy)
        .chain(report.policies.iter().map(|result| &result.policy));
    names.for_each(|name| {
        if !policies.contains(&name.as_str()) {
            policies.push(name)
        }
    });
    let mut legend = LEFT + 60.0;
    for name in policies {
        let points: Vec<&FrontierPoint> =
            report.frontier.iter().filter(|point| point.policy == name).collect();
        let run = report.policies.iter().find(|result| result.policy == name);
        let class = class(report, name);
        let _ = write!(
            body,
            "<g class=\"{class}\"><text class=\"name\" x=\"{legend}\" y=\"16\">{}</text>",
            escape(name)
        );
        legend += 9.0 * name.chars().count() as f64 + 24.0;
        let path =
            points.iter().map(|point| format!("{:.1} {:.1}", x.at(point.violation_share), y.at(point.cost)));
        let _ = write!(body, "<path class=\"line\" d=\"M{}\"/>", path.collect::<Vec<_>>().join("L"));
        for point in points {
            let _ = write!(
                body,
                "<circle class=\"dot\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\"><title>{} {}: cost {}, broken {} of the time, {} of the requests late</title></circle>",
                x.at(point.violation_share),
                y.at(point.cost),
                escape(name),
                escape(&point.setting),
                number(point.cost),
                percent(point.violation_share),
                percent(point.late_share)
            );
        }
        if let Some(run) = run {
            let _ = write!(
                body,
                "<circle class=\"ring\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"8\"><title>{} as given: cost {}, broken {} of the time</title></circle>",
                x.at(run.violation_share()),
                y.at(run.cost),
                escape(name),
                number(run.cost),
                percent(run.violation_share())
            );
        }
        body += "</g>";
    }
    figure(BOTTOM + 52.0, "Cost against the share of time in which the promise was broken", &body)
}
