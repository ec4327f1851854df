//! A report as one page that needs nothing else: the finding in a sentence, the world, the table, the charts, and how to read them.

use super::charts::{STYLE, class, cost_bars, frontier, percent, standalone};
use super::report::{PolicyResult, Report};
use super::svg::{date, escape, number};
use super::timelines::{busiest, timelines};
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
        let subject = self.subject()?;
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Backtest: {}</title>\n<style>\n{}{STYLE}</style></head><body>\n",
            escape(&subject.policy),
            include_str!("report.css"),
        );
        let _ = write!(
            page,
            "<p class=\"kicker\">Backtest of {} autoscaling policies on one load, in one simulated service</p>\n<h1>{}</h1>\n{}",
            self.policies.len(),
            escape(&headline(self, subject)),
            details(self, subject)
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
        page += LIMITS;
        page += "</body></html>\n";
        Ok(page)
    }

    /// The chart of cost against broken promises as an SVG file: every policy over its settings.
    ///
    /// # Errors
    /// [`Error::Data`] for a report without policies.
    pub fn frontier_svg(&self) -> Result<String> {
        self.subject().map(|_| standalone(&frontier(self)))
    }

    /// The busiest day (of a short run: hour, or all of it) as an SVG file: load, replicas and response times.
    ///
    /// # Errors
    /// [`Error::Data`] for a report without policies or without timelines.
    pub fn timeline_svg(&self) -> Result<String> {
        self.subject()?;
        let chart = timelines(self, busiest(self).unwrap_or(0..self.load.len()));
        if chart.is_empty() {
            return Err(Error::data("report", "has no timelines: JSON text does not carry them"));
        }
        Ok(standalone(&chart))
    }

    /// The policy that the page is about: the predictive one, else the first that is no baseline, else the first.
    fn subject(&self) -> Result<&PolicyResult> {
        let is_baseline =
            |result: &&PolicyResult| ["static", "hpa", "oracle"].contains(&result.policy.as_str());
        self.policy("predictive")
            .or_else(|| self.policies.iter().find(|result| !is_baseline(result)))
            .or_else(|| self.policies.first())
            .ok_or_else(|| Error::data("report", "has no policies"))
    }
}

/// "20.1 % less than", "the same as", "3.0 % more than".
fn against(cost: f64, other: f64) -> String {
    let ratio = cost / other - 1.0;
    match ratio {
        _ if !ratio.is_finite() => "an unknown amount against".into(),
        _ if ratio.abs() < 0.0005 => "the same as".into(),
        _ if ratio < 0.0 => format!("{} less than", percent(-ratio)),
        _ => format!("{} more than", percent(ratio)),
    }
}

fn headline(report: &Report, subject: &PolicyResult) -> String {
    let name = &subject.policy;
    let broken = percent(subject.violation_share());
    let oracle = report.policy("oracle").filter(|oracle| oracle.policy != *name).map(|oracle| oracle.cost);
    match (subject.equal_service_hpa_cost, oracle) {
        (Some(hpa), Some(oracle)) => format!(
            "{name} cost {} the cheapest HPA of equal service, and {} a perfect scaler that knows the future",
            against(subject.cost, hpa),
            against(subject.cost, oracle)
        ),
        (Some(hpa), None) => {
            format!("{name} cost {} the cheapest HPA of equal service", against(subject.cost, hpa))
        }
        (None, Some(oracle)) => format!(
            "No HPA setting broke the promise as rarely as {name} ({broken} of the time), which cost {} a perfect scaler that knows the future",
            against(subject.cost, oracle)
        ),
        (None, None) => {
            format!("No HPA setting broke the promise as rarely as {name} ({broken} of the time)")
        }
    }
}

/// What the headline leaves out: how often each broke the promise, the plain HPA, and the same comparison by late requests.
fn details(report: &Report, subject: &PolicyResult) -> String {
    let name = escape(&subject.policy);
    let mut text = format!(
        "<p>{name} broke the promise in {} of the time, and {} of all requests were answered late.",
        percent(subject.violation_share()),
        percent(subject.late_share())
    );
    if let Some(hpa) = report.policy("hpa").filter(|hpa| hpa.policy != subject.policy) {
        let _ = write!(
            text,
            " The HPA as given broke it in {} of the time with {} late, and {name} cost {} it.",
            percent(hpa.violation_share()),
            percent(hpa.late_share()),
            against(subject.cost, hpa.cost)
        );
    }
    text += "</p>\n<p>";
    let sweep = || report.frontier.iter().filter(|point| point.policy == "hpa");
    if subject.equal_service_hpa_cost.is_none() {
        if let Some(best) = sweep().min_by(|a, b| a.violation_share.total_cmp(&b.violation_share)) {
            let _ = write!(
                text,
                "The HPA setting that came closest ({}) broke it in {} of the time; {name} cost {} that one. ",
                escape(&best.setting),
                percent(best.violation_share),
                against(subject.cost, best.cost)
            );
        }
    }
    let as_punctual =
        sweep().filter(|point| point.late_share <= subject.late_share()).map(|point| point.cost);
    match as_punctual.min_by(f64::total_cmp) {
        Some(cost) => {
            let _ = write!(
                text,
                "Counting late requests in place of time, {name} cost {} the cheapest HPA with no larger share of them.",
                against(subject.cost, cost)
            );
        }
        None => {
            let _ = write!(text, "No HPA setting had as small a share of late requests as {name}.");
        }
    }
    text + "</p>\n"
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
    let seconds = |value: f64| format!("{} s", number(value));
    let rows = [
        ("The promise", promise(world.target())),
        ("One replica serves", format!("{} per second", number(world.service_rate))),
        ("A new replica is ready after", seconds(world.start_up_seconds)),
        ("A stopped one is paid for another", seconds(world.drain_seconds)),
        ("Sample and decision every", seconds(report.interval_seconds)),
        ("Replicas", format!("{} to {}", world.min_replicas, number(f64::from(world.max_replicas)))),
        ("A replica-hour costs", number(world.cost_per_replica_hour)),
        (
            "Power of a replica, idle to busy",
            format!("{} to {} W", number(world.idle_watts), number(world.busy_watts)),
        ),
        (
            "Samples seen by the policies",
            if world.counting_noise {
                format!("Poisson counts, seed {}", report.seed)
            } else {
                "exact".into()
            },
        ),
    ];
    let cells: String = rows
        .iter()
        .map(|(what, value)| format!("<div><dt>{what}</dt><dd>{}</dd></div>", escape(value)))
        .collect();
    format!("<dl>{cells}</dl>\n")
}

fn promise(target: Target) -> String {
    match target {
        Target::Utilization(share) => format!("replicas at most {} busy", percent(share)),
        Target::MeanWait(seconds) => format!("mean wait at most {} s", number(seconds)),
        Target::WaitQuantile(p, seconds) => {
            format!("{} of the requests wait at most {} s", percent(p), number(seconds))
        }
        Target::ResponseQuantile(p, seconds) => {
            format!("{} of the responses within {} s", percent(p), number(seconds))
        }
    }
}

fn table(report: &Report) -> String {
    let mut text = "<div class=\"scroll\"><table><thead><tr><th>policy</th><th>cost</th><th>against HPA of equal service</th><th>gap to oracle closed</th>\
        <th>promise broken, of the time</th><th>requests late</th><th>p95, s</th><th>p99, s</th><th>replica-hours</th><th>of them too many</th>\
        <th>too few</th><th>energy, kWh</th><th>changes</th><th>reversals</th></tr></thead><tbody>\n"
        .to_string();
    for result in &report.policies {
        let equal = result.equal_service_hpa_cost.map(|cost| result.cost / cost - 1.0);
        let signed = |share: f64| format!("{}{}", if share > 0.0 { "+" } else { "" }, percent(share));
        let cells = [
            number(result.cost),
            equal.map_or("–".into(), signed),
            result.gap_closed.map_or("–".into(), percent),
            percent(result.violation_share()),
            percent(result.late_share()),
            number(result.p95_seconds),
            number(result.p99_seconds),
            number(result.replica_hours),
            number(result.over_provisioned_hours),
            number(result.under_provisioned_hours),
            number(result.energy_kwh),
            number(result.scale_events as f64),
            number(result.flips as f64),
        ];
        let cells: String = cells.iter().map(|cell| format!("<td>{cell}</td>")).collect();
        let _ = writeln!(
            text,
            "<tr class=\"{}\"><td>{}</td>{cells}</tr>",
            class(report, &result.policy),
            escape(&result.policy)
        );
    }
    text + "</tbody></table></div>\n" + TABLE_NOTE
}

const TABLE_NOTE: &str = "<p class=\"note\">Equal service: every policy can buy fewer broken promises with more replicas, so each is compared with the cheapest of \
    the HPA's settings that broke the promise no more often. “–”: there is none. Gap closed: the share of the cost between that setting and the oracle that the policy \
    saves. The oracle knows the whole load and runs the cheapest schedule that keeps the promise; nothing real can reach it. Too many and too few are ready \
    replica-hours beyond and below what the promise needed.</p>\n";

const FRONTIER_NOTE: &str = "<p class=\"note\">Each dot is one whole run with another setting, each ring the policy as given; lower and further left is better. \
    A policy is better than another where its line runs below. Dotted: from a policy to the cheapest HPA of equal service. Point at a dot for its setting.</p>\n";

const TIME_NOTE: &str = "<p class=\"note\">Where one pixel stands for several decisions, the line is their mean and the pale band reaches from the smallest to the \
    largest. The forecast band is drawn at the moment it was made; it may leave the chart at the top. Response times more than 100 times the promise are drawn at \
    the upper edge.</p>\n";

const LIMITS: &str = "<h2>How the service is simulated</h2>\n<p>Replicas serve as an M/M/c queue in its steady state under the present load; load beyond the capacity waits as a \
    backlog that delays everyone until it is worked off. Replicas are paid for from their creation to the end of draining. All policies see the same samples. \
    The promise is judged on the true load. Left out: failures, start-up times that vary, slow clients, caches that must warm up, and requests of very unequal size; \
    a real service will do worse than every line here.</p>\n";
