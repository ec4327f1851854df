//! The days of a report as tables: text, and a part of the HTML page.

use super::charts::{class, percent};
use super::compare::ComparisonConfig;
use super::days::{DailyMean, DayResult};
use super::report::Report;
use super::svg::{date, escape, number};
use std::fmt::Write as _;

impl Report {
    /// Each policy's days as a text table, a row for each day and policy; only its header for a report read from JSON.
    pub fn per_day_table(&self) -> String {
        let header = ["day", "policy", "cost", "kWh", "over tgt", "late", "over-pr.h"];
        let [day, policy, cost, energy, broken, late, over] = header;
        let mut text =
            format!("{day:<10} {policy:<14} {cost:>9} {energy:>9} {broken:>9} {late:>9} {over:>9}\n");
        for day in by_day(self).iter().flatten() {
            let _ = writeln!(
                text,
                "{:<10} {:<14} {:>9.1} {:>9.1} {:>7.0} s {:>9.0} {:>9.1}",
                date(day.start, "%F"),
                day.policy,
                day.cost,
                day.energy_kwh,
                day.violation_seconds,
                day.late_requests,
                day.over_provisioned_hours
            );
        }
        text
    }
}

/// The results of each day, policies in the report's order.
fn by_day(report: &Report) -> Vec<Vec<DayResult>> {
    let mut days: Vec<Vec<DayResult>> = Vec::new();
    for result in report.per_day() {
        match days.iter_mut().find(|day| day.iter().any(|other| other.start == result.start)) {
            Some(day) => day.push(result),
            None => days.push(vec![result]),
        }
    }
    days
}

/// The section on days of the page; empty where there is only one.
pub(super) fn section(report: &Report) -> String {
    let days = by_day(report);
    if days.len() < 2 {
        return String::new();
    }
    let mut page = "<h2>Day by day</h2>\n".to_string();
    if let Ok(means) = report.daily_means(&ComparisonConfig::default()) {
        page += "<div class=\"scroll\"><table><thead><tr><th>mean day</th><th>cost</th><th>energy, kWh</th><th>promise broken, minutes</th><th>requests late</th><th>hours too many</th></tr></thead><tbody>\n";
        for row in &means {
            let cells = [
                interval(row.cost, 1.0),
                interval(row.energy_kwh, 1.0),
                interval(row.violation_seconds, 60.0),
                interval(row.late_requests, 1.0),
                interval(row.over_provisioned_hours, 1.0),
            ];
            page += &table_row(&class(report, &row.policy), &row.policy, &cells);
        }
        page += "</tbody></table></div>\n<p class=\"note\">Means over the whole days (UTC), with 95 % intervals by block bootstrap over days.</p>\n";
    }
    page += "<details><summary>Every day</summary><div class=\"scroll\"><table><thead><tr><th>day</th><th>policy</th><th>cost</th><th>energy, kWh</th><th>promise broken, of the time</th><th>requests late</th><th>hours too many</th></tr></thead><tbody>\n";
    for day in days.iter().flatten() {
        let cells = [
            escape(&day.policy),
            number(day.cost),
            number(day.energy_kwh),
            percent(day.violation_seconds / day.seconds),
            number(day.late_requests),
            number(day.over_provisioned_hours),
        ];
        page += &table_row(&class(report, &day.policy), &date(day.start, "%-d %b %Y"), &cells);
    }
    page + "</tbody></table></div></details>\n"
}

fn table_row(class: &str, head: &str, cells: &[String]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<td>{cell}</td>")).collect();
    format!("<tr class=\"{class}\"><td>{}</td>{cells}</tr>\n", escape(head))
}

fn interval(mean: DailyMean, unit: f64) -> String {
    let [middle, low, high] = [mean.mean, mean.lower, mean.upper].map(|value| number(value / unit));
    format!("{middle} ({low} to {high})")
}
