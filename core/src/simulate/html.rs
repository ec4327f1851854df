//! A report as one page that needs nothing else: the finding in a sentence, the world, the table, the charts, and how to read them.

use super::charts::{STYLE, class, cost_bars, percent, standalone};
use super::days_table;
use super::finding::{details, headline, subject};
use super::frontier_chart::frontier;
use super::report::{PolicyResult, Report};
use super::svg::{date, escape, number, tick_label};
use super::timelines::{busiest, timelines};
use super::world::World;
use crate::capacity::Target;
use crate::error::{Error, Result};
use std::fmt::Write as _;

impl Report {
    /// The report as one HTML page without anything external: the finding, the world, the table and the charts.
    ///
    /// A report read from JSON has no timelines; its page has no charts over time.
    ///
    /// # Errors
    /// [`Error::Data`] for a report without policies.
    pub fn to_html(&self) -> Result<String> {
        let subject = known_subject(self)?;
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Backtest: {}</title>\n<style>\n{}{STYLE}</style></head><body>\n",
            escape(&subject.policy),
            include_str!("report.css"),
        );
        let _ = write!(
            page,
            "<p class=\"kicker\">Backtest of {} autoscaling policies on one load, in one simulated service</p>\n<h1>{}</h1>\n<p>{}</p>\n",
            self.policies.len(),
            escape(&headline(self, subject)),
            escape(&details(self, subject).join(" "))
        );
        let _ = write!(page, "<h2>The load and the service</h2>\n{}{}", load(self), world(self));
        let _ = write!(page, "<h2>The result</h2>\n{}<figure>{}</figure>\n", table(self), cost_bars(self));
        page += "<p class=\"note\">Bars: cost of the whole run. Orange mark: the cheapest HPA setting that broke the promise no more often than that policy.</p>\n";
        let _ = write!(page, "<h2>Cost against broken promises</h2>\n<figure>{}</figure>\n", frontier(self));
        page += FRONTIER_NOTE;
        if let Some(range) = busiest(self) {
            let _ = write!(
                page,
                "<h2>The busiest {}</h2>\n<figure>{}</figure>\n",
                busiest_name(self),
                timelines(self, range)
            );
        }
        if !self.load.is_empty() {
            let _ = write!(
                page,
                "<h2>The whole run</h2>\n<figure>{}</figure>\n{TIME_NOTE}",
                timelines(self, 0..self.load.len())
            );
        }
        page += &days_table::section(self);
        page += LIMITS;
        page += "</body></html>\n";
        Ok(page)
    }

    /// The chart of cost against broken promises as an SVG file: every policy over its settings.
    ///
    /// # Errors
    /// [`Error::Data`] for a report without policies.
    pub fn frontier_svg(&self) -> Result<String> {
        known_subject(self).map(|_| standalone(&frontier(self)))
    }

    /// The busiest day (of a short run: hour, or all of it) as an SVG file: load, replicas and response times.
    ///
    /// # Errors
    /// [`Error::Data`] for a report without policies or without timelines.
    pub fn timeline_svg(&self) -> Result<String> {
        known_subject(self)?;
        let chart = timelines(self, busiest(self).unwrap_or(0..self.load.len()));
        if chart.is_empty() {
            return Err(Error::data("report", "has no timelines: JSON text does not carry them"));
        }
        Ok(standalone(&chart))
    }
}

fn known_subject(report: &Report) -> Result<&PolicyResult> {
    subject(report).ok_or_else(|| Error::data("report", "has no policies"))
}

fn busiest_name(report: &Report) -> String {
    let (interval, range) = ((report.interval_seconds * 1000.0) as i64, busiest(report).unwrap_or(0..0));
    let at = report.start.saturating_add(interval.saturating_mul(range.start as i64));
    if range.len() as f64 * report.interval_seconds > 7_200.0 {
        date(at, "day, %-d %B %Y")
    } else {
        date(at, "hour, %-d %B %Y %H:%M")
    }
}

fn load(report: &Report) -> String {
    let subject = report.policies.first();
    let (seconds, requests) = subject.map_or((0.0, 0.0), |result| (result.seconds, result.requests));
    let end = report.start.saturating_add((1000.0 * seconds) as i64);
    let peak = report.load.iter().copied().filter(|rate| rate.is_finite()).fold(f64::NAN, f64::max);
    let mut text = format!(
        "<p>The load runs from {} to {} (UTC): {} requests, {} per second on average",
        date(report.start, "%-d %B %Y %H:%M"),
        date(end, "%-d %B %Y %H:%M"),
        number(requests),
        number(requests / seconds)
    );
    if peak.is_finite() {
        let _ = write!(text, ", {} at its peak", number(peak));
    }
    text + ". What was not measured is taken to lie on the straight line between its neighbours; the policies see a gap there.</p>\n"
}

fn world(report: &Report) -> String {
    let world = &report.world;
    let seconds = |value: f64| format!("{} s", tick_label(value));
    let rows = [
        ("The promise", promise(world.target())),
        ("One replica serves", format!("{} per second", tick_label(world.service_rate))),
        ("A new replica is ready after", seconds(world.start_up_seconds)),
        ("A stopped one is paid for another", seconds(world.drain_seconds)),
        ("Sample and decision every", seconds(report.interval_seconds)),
        ("Replicas", format!("{} to {}", world.min_replicas, tick_label(f64::from(world.max_replicas)))),
        ("A replica-hour costs", tick_label(world.cost_per_replica_hour)),
        (
            "Power of a replica, idle to busy",
            format!("{} to {} W", tick_label(world.idle_watts), tick_label(world.busy_watts)),
        ),
        (
            "Samples seen by the policies",
            if world.counting_noise {
                format!("counts, with Poisson noise where the load is coarser, seed {}", report.seed)
            } else {
                "exact".into()
            },
        ),
    ];
    let rows: Vec<_> = rows.into_iter().chain(hardships(world)).collect();
    let cells: String = rows
        .iter()
        .map(|(what, value)| format!("<div><dt>{what}</dt><dd>{}</dd></div>", escape(value)))
        .collect();
    format!("<dl>{cells}</dl>\n")
}

/// What goes wrong in the world, as far as anything does.
fn hardships(world: &World) -> Vec<(&'static str, String)> {
    let seconds = |value: f64| format!("{} s", tick_label(value));
    let mut rows = Vec::new();
    let mut say = |is_on: bool, what: &'static str, value: String| {
        if is_on {
            rows.push((what, value));
        }
    };
    let percent_of = |share: f64, of: &str| format!("{} of {of}", percent(share));
    say(
        world.start_up_variation > 0.0,
        "Its start-up varies by",
        percent_of(world.start_up_variation, "the mean"),
    );
    say(world.drain_variation > 0.0, "The drain varies by", percent_of(world.drain_variation, "the mean"));
    say(world.warm_up_seconds > 0.0, "A new replica warms up in", seconds(world.warm_up_seconds));
    say(world.start_failure_share > 0.0, "Starts that fail", percent(world.start_failure_share));
    say(
        world.crashes_per_replica_hour > 0.0,
        "Crashes per replica-hour",
        tick_label(world.crashes_per_replica_hour),
    );
    say(world.metric_lag_seconds > 0.0, "Samples are late by", seconds(world.metric_lag_seconds));
    let scrape = world.scrape_interval_seconds.unwrap_or(world.interval_seconds);
    say(scrape != world.interval_seconds, "A scrape every", seconds(scrape));
    say(world.lost_sample_share > 0.0, "Scrapes that are lost", percent(world.lost_sample_share));
    let names: Vec<&str> = world.tiers.iter().map(|tier| tier.name.as_str()).collect();
    say(!names.is_empty(), "Tiers", names.join(", "));
    let cvs = format!("{} and {}", tick_label(world.arrival_cv), tick_label(world.service_cv));
    say((world.arrival_cv, world.service_cv) != (1.0, 1.0), "Variation of arrivals and services", cvs);
    say(world.response_curve.is_some(), "Responses", "by a measured curve".into());
    let limit = world.backlog_limit.map(|limit| tick_label(limit as f64)).unwrap_or_default();
    say(world.backlog_limit.is_some(), "Most requests that wait", limit);
    let patience = world.patience_seconds.map(seconds).unwrap_or_default();
    say(world.patience_seconds.is_some(), "Mean patience of a request", patience);
    rows
}

fn promise(target: Target) -> String {
    match target {
        Target::Utilization(share) => format!("replicas at most {} busy", percent(share)),
        Target::MeanWait(seconds) => format!("mean wait at most {} s", tick_label(seconds)),
        Target::WaitQuantile(p, seconds) => {
            format!("{} of the requests wait at most {} s", percent(p), tick_label(seconds))
        }
        Target::ResponseQuantile(p, seconds) => {
            format!("{} of the responses within {} s", percent(p), tick_label(seconds))
        }
    }
}

fn whole(count: u64) -> String {
    if count < 1000 { count.to_string() } else { number(count as f64) }
}

fn table(report: &Report) -> String {
    let mut text = "<div class=\"scroll\"><table><thead><tr><th>policy</th><th>cost</th><th>against HPA of equal service</th><th>gap to oracle closed</th>\
        <th>promise broken, of the time</th><th>of the requests</th><th>requests late</th><th>p95, s</th><th>p99, s</th><th>replica-hours</th><th>hours too many</th>\
        <th>hours too few</th><th>energy, kWh</th><th>of it starting and stopping</th><th>changes</th><th>reversals</th></tr></thead><tbody>\n"
        .to_string();
    for result in &report.policies {
        let equal = result.equal_service_hpa_cost.map(|cost| result.cost / cost - 1.0);
        let signed = |share: f64| format!("{}{}", if share > 0.0 { "+" } else { "" }, percent(share));
        let cells = [
            number(result.cost),
            equal.map_or("–".into(), signed),
            result.gap_closed.map_or("–".into(), percent),
            percent(result.violation_share()),
            percent(result.violation_request_share()),
            percent(result.late_share()),
            number(result.p95_seconds),
            number(result.p99_seconds),
            number(result.replica_hours),
            number(result.over_provisioned_hours),
            number(result.under_provisioned_hours),
            number(result.energy_kwh),
            number(result.transition_energy_kwh),
            whole(result.scale_events),
            whole(result.flips),
        ];
        let cells: String = cells.iter().map(|cell| format!("<td>{cell}</td>")).collect();
        let _ = writeln!(
            text,
            "<tr class=\"{}\"><td>{}</td>{cells}</tr>",
            class(report, &result.policy),
            escape(&result.policy)
        );
    }
    text + "</tbody></table></div>\n" + TABLE_NOTE + &lost(report)
}

/// What was lost and what failed, as far as anything was.
fn lost(report: &Report) -> String {
    let of = |result: &PolicyResult| {
        let PolicyResult { policy, requests, dropped_requests, failed_starts, crashes, .. } = result;
        format!(
            "{}: {} of the requests lost, {failed_starts} failed starts, {crashes} crashes",
            escape(policy),
            percent(dropped_requests / requests)
        )
    };
    let goes_wrong =
        |result: &&PolicyResult| result.dropped_requests > 0.0 || result.failed_starts + result.crashes > 0;
    let lines: Vec<String> = report.policies.iter().filter(goes_wrong).map(of).collect();
    if lines.is_empty() { String::new() } else { format!("<p class=\"note\">{}.</p>\n", lines.join("; ")) }
}

const TABLE_NOTE: &str = "<p class=\"note\">Equal service: every policy can buy fewer broken promises with more replicas, so each is compared with the cheapest of \
    the HPA's settings that broke the promise no more often. “–”: there is none. Gap closed: the share of the cost between that setting and the oracle that the policy \
    saves. The oracle knows the whole load and runs the cheapest schedule that keeps the promise; nothing real can reach it. Too many and too few are ready \
    replica-hours beyond and below what the promise needed.</p>\n";

const FRONTIER_NOTE: &str = "<p class=\"note\">Each dot is one whole run with another setting, each ring the policy as given; lower and further left is better. \
    A policy's line runs through those of its settings that no other of its settings beats; it is better than another where its line runs below. Much dearer settings are not drawn, nor those that broke the promise for more than half of the time. Dotted: from a policy to the cheapest HPA of equal service. Point at a dot for its setting.</p>\n";

const TIME_NOTE: &str = "<p class=\"note\">Where one pixel stands for several decisions, the line is their mean and the pale band reaches from the smallest to the \
    largest. The forecast band is drawn at the moment it was made; it may leave the chart at the top. A static policy, a level line, is left out. Response times more than 20 times the promise are drawn at \
    the upper edge.</p>\n";

const LIMITS: &str = "<h2>How the service is simulated</h2>\n<p>Replicas serve as an M/M/c queue in its steady state under the present load; load beyond the capacity waits as a \
    backlog that delays everyone until it is worked off. Replicas are paid for from their creation to the end of draining. All policies see the same samples. \
    The promise is judged on the true load. Left out: failures, start-up times that vary, slow clients, caches that must warm up, and requests of very unequal size; \
    a real service will do worse than every line here.</p>\n";

#[cfg(test)]
mod tests {
    use super::super::{World, backtest};
    use super::*;
    use crate::load::Series;
    use crate::policy::PolicyConfig;

    fn made(steps: usize) -> Report {
        let values = (0..steps)
            .map(|i| if i == 40 { f64::NAN } else { 60.0 + 50.0 * ((i % 240) as f64 / 120.0 - 1.0) });
        let load = Series::new(values.collect(), 893_980_800_000, 60.0).unwrap();
        let policies = ["hpa", "predictive", "oracle"].map(|name| PolicyConfig::from_text(name).unwrap());
        backtest(&load, &policies, &World { service_rate: 10.0, ..World::default() }, 0).unwrap()
    }

    /// Every tag is closed in order: what a browser repairs silently, a reader of SVG files refuses.
    fn check_markup(text: &str) {
        let mut open: Vec<&str> = Vec::new();
        for tag in text.split('<').skip(1).filter(|tag| !tag.starts_with("!DOCTYPE")) {
            let inner = tag.split_once('>').unwrap_or_else(|| panic!("unclosed <{tag}")).0;
            assert_eq!(inner.matches('"').count() % 2, 0, "<{inner}>");
            let name = inner.trim_start_matches('/').split([' ', '/']).next().unwrap();
            if inner.starts_with('/') {
                assert_eq!(open.pop(), Some(name), "before <{inner}>");
            } else if !inner.ends_with('/') && name != "meta" {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }

    #[test]
    fn the_page_is_whole_needs_nothing_else_and_is_the_same_each_time() {
        let report = made(600);
        let page = report.to_html().unwrap();
        check_markup(&page);
        assert!(!page.contains("NaN") && !page.contains("inf "), "a number that is none reached a chart");
        for external in ["src=", "href=", "@import", "url(", "<script"] {
            assert!(!page.contains(external), "{external}");
        }
        assert_eq!(page, made(600).to_html().unwrap());
        for chart in [report.frontier_svg().unwrap(), report.timeline_svg().unwrap()] {
            check_markup(&chart);
            assert!(chart.starts_with("<svg xmlns=") && chart.contains("<style>"));
        }
    }

    #[test]
    fn hostile_and_incomplete_reports_still_give_a_page() {
        let mut report = made(60);
        report.policies[0].policy = "<b>\"&".into();
        report.policies[1].cost = f64::NAN;
        report.policies[2].timeline.response_seconds = vec![f64::INFINITY; 3];
        report.frontier[0].setting = "</title>".into();
        report.frontier[1].violation_share = f64::INFINITY;
        report.load.truncate(7);
        check_markup(&report.to_html().unwrap());
        report.load.clear();
        check_markup(&report.to_html().unwrap());
        assert!(report.timeline_svg().unwrap_err().to_string().starts_with("report: "));
        (report.start, report.interval_seconds) = (i64::MAX, f64::NAN);
        report.load = vec![f64::NAN, f64::INFINITY, -1.0];
        check_markup(&report.to_html().unwrap());
        report.policies.clear();
        assert!(report.to_html().is_err() && report.frontier_svg().is_err());
    }
}
