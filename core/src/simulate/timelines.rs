//! The charts over time: load with forecast, replicas and response time of each policy on one time axis.

use super::charts::{class, figure, largest};
use super::report::{PolicyResult, Report};
use super::svg::{
    LEFT, RIGHT, Scale, band, date, escape, is_condensed, line, number, tick_label, time_ticks,
};
use crate::capacity::Target;
use std::fmt::Write as _;
use std::ops::Range;

/// The decisions of the busiest day (of a run over two days) or hour (over two hours), in UTC; none in a shorter run.
pub(super) fn busiest(report: &Report) -> Option<Range<usize>> {
    let interval = (report.interval_seconds * 1000.0) as i64;
    let run = interval.checked_mul(report.load.len() as i64)?;
    let span = [86_400_000, 3_600_000].into_iter().find(|span| run > 2 * span)?;
    let period = |decision: usize| {
        report.start.saturating_add(interval.saturating_mul(decision as i64)).div_euclid(span)
    };
    let mut best = (f64::NEG_INFINITY, 0..0);
    let mut begin = 0;
    let decisions: Vec<usize> = (0..report.load.len()).collect();
    for chunk in decisions.chunk_by(|a, b| period(*a) == period(*b)) {
        let range = begin..begin + chunk.len();
        begin = range.end;
        let total: f64 = report.load.get(range.clone())?.iter().filter(|rate| rate.is_finite()).sum();
        if total > best.0 {
            best = (total, range);
        }
    }
    Some(best.1).filter(|range| !range.is_empty())
}

/// What stands for a promise on the response time: its quantile and its seconds.
fn promised_response(report: &Report) -> Option<(f64, f64)> {
    match report.world.target() {
        Target::ResponseQuantile(p, seconds) => Some((p, seconds)),
        _ => None,
    }
}

/// Load with forecast, replicas and response time of each policy over the decisions of `range`; empty without timelines.
pub(super) fn timelines(report: &Report, range: Range<usize>) -> String {
    let load = report.load.get(range.clone()).unwrap_or_default();
    if load.is_empty() {
        return String::new();
    }
    let interval = (report.interval_seconds * 1000.0) as i64;
    let time = |decision: usize| report.start.saturating_add(interval.saturating_mul(decision as i64));
    let (start, end) = (time(range.start), time(range.end));
    let mut stack = Stack::new(start, end);
    draw_load(&mut stack, report, load, &range);

    let of = |values: &[u32]| -> Vec<f64> {
        values.get(range.clone()).unwrap_or_default().iter().map(|count| f64::from(*count)).collect()
    };
    let oracle = report.policy("oracle").map(|result| of(&result.timeline.ready)).unwrap_or_default();
    // A level line tells nothing, and the oracle is drawn with each of the others.
    let is_shown = |result: &&PolicyResult| result.policy != "oracle" && !result.policy.starts_with("static");
    let all = report.policies.iter().filter(|result| report.policies.len() == 1 || is_shown(result));
    let shown = || all.clone();
    let most = shown().map(|result| largest(&of(&result.timeline.ready))).fold(largest(&oracle), f64::max);
    for result in shown() {
        let class = class(report, &result.policy);
        let mut title = format!(
            "<tspan class=\"name {class}\">{}</tspan><tspan class=\"title\"> replicas ready</tspan>",
            escape(&result.policy)
        );
        if !oracle.is_empty() && result.policy != "oracle" {
            title += "  <tspan class=\"name oracle\" dx=\"10\">oracle</tspan>";
        }
        let scale = stack.panel(&title, 84.0, |from, to| Scale::linear(0.0, 1.05 * most.max(1.0), from, to));
        if result.policy != "oracle" {
            stack.line(&oracle, &scale, "thin oracle");
        }
        stack.values(&of(&result.timeline.ready), &scale, &class);
    }

    let response = |result: &'_ PolicyResult| -> Vec<f64> {
        result.timeline.response_seconds.get(range.clone()).unwrap_or_default().to_vec()
    };
    let finite: Vec<f64> =
        shown().flat_map(response).filter(|seconds| seconds.is_finite() && *seconds > 0.0).collect();
    let low = finite.iter().copied().fold(f64::INFINITY, f64::min).min(1e9);
    let promise = promised_response(report);
    let cap = 20.0 * promise.map_or(low, |(_, seconds)| seconds);
    let high = largest(&finite).max(promise.map_or(0.0, |(_, seconds)| 2.0 * seconds)).min(cap);
    for result in shown() {
        let class = class(report, &result.policy);
        let quantile = promise.map_or("95".into(), |(p, _)| tick_label(100.0 * p));
        let mut title = format!(
            "<tspan class=\"name {class}\">{}</tspan><tspan class=\"title\"> {quantile} % of the responses within, seconds</tspan>",
            escape(&result.policy)
        );
        if let Some((_, seconds)) = promise {
            let _ = write!(title, "  <tspan class=\"alarm\" dx=\"10\">promise {} s</tspan>", number(seconds));
        }
        let scale = stack.panel(&title, 74.0, |from, to| Scale::logarithmic(0.9 * low, high, from, to));
        stack.values(&response(result), &scale, &class);
        if let Some((_, seconds)) = promise {
            let _ = write!(
                stack.body,
                "<path class=\"promise\" d=\"M{LEFT} {:.1}H{RIGHT}\"/>",
                scale.at(seconds)
            );
        }
    }
    let days = format!("{} to {}", date(start, "%F %H:%M"), date(end, "%F %H:%M"));
    stack.finish(&format!("Load, replicas and response time of each policy, {days} UTC"))
}

fn draw_load(stack: &mut Stack, report: &Report, load: &[f64], range: &Range<usize>) {
    let knows =
        |result: &&PolicyResult| result.timeline.forecast.iter().any(|forecast| forecast[1].is_finite());
    let forecaster = report.policy("predictive").filter(knows).or_else(|| report.policies.iter().find(knows));
    let forecasts =
        forecaster.and_then(|result| result.timeline.forecast.get(range.clone())).unwrap_or_default();
    let edge = |which: usize| -> Vec<f64> {
        forecasts.iter().map(|forecast| forecast.get(which).copied().unwrap_or(f64::NAN)).collect()
    };
    let (lower, upper) = (edge(0), edge(2));
    let class = forecaster.map(|result| class(report, &result.policy)).unwrap_or_default();
    let mut title = "<tspan class=\"title\">load per second</tspan>".to_string();
    if forecaster.is_some() {
        let _ = write!(
            title,
            "  <tspan class=\"name {class}\" dx=\"10\">forecast band of its peak over the lead time</tspan>"
        );
    }
    // A band may be far wider than the load: it must not flatten it.
    let most = largest(&upper).min(2.0 * largest(load)).max(largest(load));
    let scale = stack.panel(&title, 150.0, |from, to| Scale::linear(0.0, 1.05 * most.max(1e-9), from, to));
    stack.band(&lower, &upper, &scale, &class);
    stack.line(load, &scale, "thin load");
}

/// A stack of panels over one time axis.
pub(super) struct Stack {
    body: String,
    bottom: f64,
    ticks: Vec<(f64, String)>,
}

impl Stack {
    pub(super) fn new(start: i64, end: i64) -> Self {
        let place = |time: i64| {
            LEFT + (RIGHT - LEFT) * time.saturating_sub(start) as f64
                / end.saturating_sub(start).max(1) as f64
        };
        let ticks = time_ticks(start, end).into_iter().map(|(time, label)| (place(time), label)).collect();
        Stack { body: String::new(), bottom: 0.0, ticks }
    }

    /// A panel under the last one: a title (already markup), room of `height`, grid lines; `scale` maps to the coordinates it is given.
    pub(super) fn panel(&mut self, title: &str, height: f64, scale: impl Fn(f64, f64) -> Scale) -> Scale {
        let top = self.bottom + 32.0;
        self.bottom = top + height;
        let scale = scale(self.bottom, top);
        let _ = write!(self.body, "<text x=\"{LEFT}\" y=\"{:.1}\">{title}</text>", top - 8.0);
        for value in scale.ticks(height / 22.0) {
            let at = scale.at(value);
            let _ = write!(
                self.body,
                "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{RIGHT}\"/><text class=\"end\" x=\"{}\" y=\"{:.1}\">{}</text>",
                LEFT - 8.0,
                at + 4.0,
                tick_label(value)
            );
        }
        for (x, _) in &self.ticks {
            let _ = write!(self.body, "<path class=\"grid\" d=\"M{x:.1} {top:.1}V{:.1}\"/>", self.bottom);
        }
        scale
    }

    pub(super) fn line(&mut self, values: &[f64], scale: &Scale, class: &str) {
        let path = line(values, scale);
        if !path.is_empty() {
            let _ = write!(self.body, "<path class=\"line {class}\" d=\"{path}\"/>");
        }
    }

    pub(super) fn band(&mut self, lower: &[f64], upper: &[f64], scale: &Scale, class: &str) {
        let path = band(lower, upper, scale);
        if !path.is_empty() {
            let _ = write!(self.body, "<path class=\"band {class}\" d=\"{path}\"/>");
        }
    }

    /// A line, and around it what its means hide when there are more values than columns.
    pub(super) fn values(&mut self, values: &[f64], scale: &Scale, class: &str) {
        if is_condensed(values.len()) {
            self.band(values, values, scale, class);
        }
        self.line(values, scale, class);
    }

    pub(super) fn finish(mut self, what: &str) -> String {
        for (x, label) in &self.ticks {
            let y = self.bottom + 18.0;
            let anchor = if *x > RIGHT - 20.0 { "end" } else { "middle" };
            let _ = write!(self.body, "<text class=\"{anchor}\" x=\"{x:.1}\" y=\"{y:.1}\">{label}</text>");
        }
        figure((self.bottom + 28.0).ceil(), what, &self.body)
    }
}
