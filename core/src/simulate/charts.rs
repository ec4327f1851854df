//! What all charts of a report share, and the cost bars.

use super::report::Report;
use super::svg::{Scale, WIDTH, escape, number};
use std::fmt::Write as _;

/// Colours and fonts; a chart is complete with this before it.
pub(super) const STYLE: &str = include_str!("chart.css");

/// Costs beyond this many times the dearest policy that scales are cut off: they would flatten all others.
const CUT: f64 = 1.5;
/// Likewise beyond this many times the middle one of them, where some cost far more than most.
const FAR: f64 = 2.0;

/// Policies whose colour is their own; others take turns.
const NAMED: [&str; 5] = ["static", "hpa", "seasonal_max", "predictive", "oracle"];

/// The class that colours a policy.
pub(super) fn class(report: &Report, policy: &str) -> String {
    if NAMED.contains(&policy) {
        return policy.into();
    }
    let others = report.policies.iter().filter(|result| !NAMED.contains(&result.policy.as_str()));
    let place = others.map(|result| &result.policy).position(|name| name == policy).unwrap_or(0);
    format!("other{}", place % 9)
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

/// The largest cost that is drawn: policies as given but for static ones and a few dear ones, which may cost many times the others, and what is near.
pub(super) fn highest_drawn(report: &Report) -> f64 {
    let costs = report
        .policies
        .iter()
        .filter(|result| !result.policy.starts_with("static") && result.cost.is_finite())
        .map(|result| result.cost);
    let mut costs: Vec<f64> = costs.collect();
    costs.sort_by(f64::total_cmp);
    let middle = costs.get(costs.len() / 2).copied();
    middle.map_or(f64::INFINITY, |middle| (CUT * largest(&costs)).min(FAR * middle))
}

/// What each policy costs, with how often it breaks the promise beside it.
pub(super) fn cost_bars(report: &Report) -> String {
    const BAR_LEFT: f64 = 140.0;
    const ROW: f64 = 34.0;
    let others = report.policies.iter().filter_map(|result| result.equal_service_hpa_cost);
    let costs = report.policies.iter().map(|result| result.cost).chain(others);
    let most = largest(&costs.collect::<Vec<_>>()).min(highest_drawn(report));
    let scale = Scale::linear(0.0, most, BAR_LEFT, 690.0);
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
            "<text x=\"{:.1}\" y=\"{text}\"><tspan class=\"title\">{}</tspan>{}, promise broken {} of the time</text>",
            scale.at(result.cost.max(result.equal_service_hpa_cost.unwrap_or(0.0))) + 10.0,
            number(result.cost),
            if result.cost > most { " (bar cut)" } else { "" },
            percent(result.violation_share())
        );
        if let Some(cost) = result.equal_service_hpa_cost.filter(|cost| *cost <= most) {
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
    let digits = if percent.abs() >= 1.0 || percent == 0.0 { 1 } else { 2 };
    match percent.abs() {
        _ if !percent.is_finite() => "–".into(),
        size if size >= 100.0 => format!("{} %", number(percent)),
        size if size >= 0.005 || size == 0.0 => {
            format!("{} %", trim(&format!("{percent:.digits$}")).replace('-', "−"))
        }
        _ => format!("less than {}0.01 %", if percent < 0.0 { "−" } else { "" }),
    }
}

/// A decimal number without a zero fraction.
fn trim(text: &str) -> &str {
    text.strip_suffix(".0").unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn rare_is_told_from_never() {
        let wanted = [
            (0.0, "0 %"),
            (0.000004, "less than 0.01 %"),
            (0.0075, "0.75 %"),
            (0.031, "3.1 %"),
            (0.04, "4 %"),
            (-0.237, "−23.7 %"),
            (12.0, "1,200 %"),
            (f64::NAN, "–"),
        ];
        wanted.iter().for_each(|(share, text)| assert_eq!(percent(*share), *text));
    }
}
