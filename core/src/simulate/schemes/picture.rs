//! The picture of a trial: the day with the most load, what both arms were ready for, and what was late.

use super::report::{RegionTimeline, SchemeReport, SchemeTimeline};
use crate::simulate::charts::{largest, standalone};
use crate::simulate::svg::{Scale, date, escape};
use crate::simulate::timelines::Stack;
use std::ops::Range;

/// Regions whose names are written beside their colours, at the most.
const MOST_NAMES: usize = 6;

/// Load and ready capacity of both arms on the busiest day (in UTC) that counts, and their late requests, as an SVG file; of a run of less
/// than two days all that counts. Empty without a timeline.
pub fn picture(report: &SchemeReport) -> String {
    let timeline = &report.timeline;
    let range = busiest(report);
    let part = |values: &[f64]| values.get(range.clone()).map(<[f64]>::to_vec).unwrap_or_default();
    let load = part(&timeline.load);
    if load.is_empty() || timeline.step_seconds.is_nan() || timeline.step_seconds <= 0.0 {
        return String::new();
    }
    let step = (timeline.step_seconds * 1000.0) as i64;
    let time = |place: usize| timeline.start.saturating_add(step.saturating_mul(place as i64));
    let (start, end) = (time(range.start), time(range.end));
    let name =
        |class: &str, name: &str| format!("<tspan class=\"name {class}\" dx=\"10\">{}</tspan>", escape(name));
    let both = || name("predictive", &report.scheme.policy) + &name("hpa", &report.baseline.policy);
    let mut stack = Stack::new(start, end);

    let (scheme, baseline) = (part(&timeline.scheme_capacity), part(&timeline.baseline_capacity));
    let most = [&load, &scheme, &baseline].map(largest).into_iter().fold(1e-9, f64::max);
    let title = format!("<tspan class=\"title\">load per second, and what is ready for it</tspan>{}", both());
    let scale = stack.panel(&title, 220.0, |from, to| Scale::linear(0.0, 1.05 * most, from, to));
    stack.band(&vec![0.0; load.len()], &load, &scale, "load");
    stack.line(&baseline, &scale, "hpa");
    stack.line(&scheme, &scale, "predictive");

    let (scheme, baseline) = (part(&timeline.scheme_late), part(&timeline.baseline_late));
    let most = largest(&scheme).max(largest(&baseline)).max(1e-9);
    let title = format!("<tspan class=\"title\">late requests per second</tspan>{}", both());
    let scale = stack.panel(&title, 90.0, |from, to| Scale::linear(0.0, 1.05 * most, from, to));
    stack.line(&baseline, &scale, "hpa");
    stack.line(&scheme, &scale, "predictive");
    draw_regions(&mut stack, timeline, &range);
    let days = format!("{} to {}", date(start, "%F %H:%M"), date(end, "%F %H:%M"));
    let what = format!("{} against {}, {days} UTC", report.scheme.policy, report.baseline.policy);
    standalone(&stack.finish(&what))
}

/// Where the load arises, where replicas run, and how clean the power is there, a line for each region.
fn draw_regions(stack: &mut Stack, timeline: &SchemeTimeline, range: &Range<usize>) {
    let class = |place: usize| format!("other{}", place % 9);
    let regions = || timeline.regions.iter().enumerate();
    let names: String = regions()
        .take(MOST_NAMES)
        .map(|(place, region)| {
            format!("<tspan class=\"name {}\" dx=\"10\">{}</tspan>", class(place), escape(&region.name))
        })
        .collect();
    type Values = fn(&RegionTimeline) -> &[f64];
    let panels: [(&str, Values); 3] = [
        ("load per second where it arises", |region| &region.load),
        ("load per second that the scheme's replicas serve at the most", |region| &region.scheme_capacity),
        ("carbon intensity, grams of CO₂ per kWh", |region| &region.carbon_grams),
    ];
    for (title, of) in panels {
        let part = |region: &RegionTimeline| of(region).get(range.clone()).unwrap_or_default().to_vec();
        let most = regions().map(|(_, region)| largest(&part(region))).fold(0.0, f64::max);
        if most <= 0.0 {
            continue;
        }
        let title = format!("<tspan class=\"title\">{title}</tspan>{names}");
        let scale = stack.panel(&title, 110.0, |from, to| Scale::linear(0.0, 1.05 * most, from, to));
        for (place, region) in regions() {
            stack.line(&part(region), &scale, &class(place));
        }
    }
}

/// The values of the day with the most load.
fn busiest(report: &SchemeReport) -> Range<usize> {
    let timeline = &report.timeline;
    let count = timeline.load.len();
    let step = (timeline.step_seconds * 1000.0).max(1.0) as i64;
    if step.saturating_mul(count as i64) < 2 * 86_400_000 {
        return 0..count;
    }
    let day = |place: usize| {
        timeline.start.saturating_add(step.saturating_mul(place as i64)).div_euclid(86_400_000)
    };
    let places: Vec<usize> = (0..count).collect();
    let days = places.chunk_by(|a, b| day(*a) == day(*b));
    let ranges = days.filter_map(|chunk| Some(*chunk.first()?..*chunk.last()? + 1));
    let total =
        |range: &Range<usize>| timeline.load.get(range.clone()).unwrap_or_default().iter().sum::<f64>();
    ranges.max_by(|a, b| total(a).total_cmp(&total(b))).unwrap_or(0..count)
}
