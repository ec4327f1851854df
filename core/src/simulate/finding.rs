//! What a report found, in sentences: costs only at equal service, losses said as plainly as gains.

use super::charts::percent;
use super::report::{FrontierPoint, PolicyResult, Report};
use super::svg::number;

/// The policy that a report is about: the predictive one, else the first that is no baseline, else the first.
pub(super) fn subject(report: &Report) -> Option<&PolicyResult> {
    let is_baseline = |result: &&PolicyResult| ["static", "hpa", "oracle"].contains(&result.policy.as_str());
    let other = || report.policies.iter().find(|result| !is_baseline(result));
    report.policy("predictive").or_else(other).or_else(|| report.policies.first())
}

/// The finding in one sentence.
pub(super) fn headline(report: &Report, subject: &PolicyResult) -> String {
    let name = &subject.policy;
    let finding = match (subject.equal_service_hpa_cost, closest_hpa(report)) {
        (Some(hpa), _) => {
            format!("The {name} policy cost {} the cheapest HPA of equal service", against(subject.cost, hpa))
        }
        (None, Some(closest)) => format!(
            "No HPA setting broke the promise as rarely as the {name} policy, which cost {} the one that came closest",
            against(subject.cost, closest.cost)
        ),
        (None, None) => format!(
            "The {name} policy broke the promise for {} of the time",
            percent(subject.violation_share())
        ),
    };
    match report.policy("oracle").filter(|oracle| oracle.policy != *name) {
        Some(oracle) => {
            format!(
                "{finding}, and {} a perfect scaler that knows the future",
                against(subject.cost, oracle.cost)
            )
        }
        None => finding,
    }
}

fn closest_hpa(report: &Report) -> Option<&FrontierPoint> {
    let sweep = report.frontier.iter().filter(|point| point.policy == "hpa");
    sweep.min_by(|a, b| a.violation_share.total_cmp(&b.violation_share))
}

/// The cheapest setting of any other real policy that broke the promise no more often, when it is cheaper than the policy.
fn better<'a>(report: &'a Report, subject: &PolicyResult) -> Option<&'a FrontierPoint> {
    let is_better = |point: &&FrontierPoint| {
        point.violation_share <= subject.violation_share()
            && point.cost < subject.cost
            && point.policy != "oracle"
            && point.policy != subject.policy
    };
    report.frontier.iter().filter(is_better).min_by(|a, b| a.cost.total_cmp(&b.cost))
}

/// What the headline leaves out: who did better, how often the promise was broken, the HPA as given, the worst moment, and the comparison
/// by late requests.
pub(super) fn details(report: &Report, subject: &PolicyResult) -> Vec<String> {
    let name = &subject.policy;
    let mut sentences = Vec::new();
    if let Some(better) = better(report, subject) {
        sentences.push(format!(
            "On this load another policy did better: {} with {} cost {} it and broke the promise for {} of the time.",
            better.policy,
            better.setting,
            against(better.cost, subject.cost),
            percent(better.violation_share)
        ));
    }
    sentences.push(format!(
        "The {name} policy broke the promise for {} of the time; {} of all requests were answered late.",
        percent(subject.violation_share()),
        percent(subject.late_share())
    ));
    let hpa = report.policy("hpa").filter(|hpa| hpa.policy != *name);
    if let Some(hpa) = hpa {
        sentences.push(format!(
            "The HPA as given broke it for {} of the time, with {} late; the {name} policy cost {} it.",
            percent(hpa.violation_share()),
            percent(hpa.late_share()),
            against(subject.cost, hpa.cost)
        ));
    }
    if let Some(closest) = closest_hpa(report).filter(|_| subject.equal_service_hpa_cost.is_none()) {
        sentences.push(format!(
            "The HPA setting that came closest ({}) broke it for {} of the time.",
            closest.setting,
            percent(closest.violation_share)
        ));
    }
    let sweep = report.frontier.iter().filter(|point| point.policy == "hpa");
    let as_punctual = sweep.filter(|point| point.late_share <= subject.late_share()).map(|point| point.cost);
    sentences.push(match as_punctual.min_by(f64::total_cmp) {
        Some(cost) => format!(
            "Counting late requests in place of time, it cost {} the cheapest HPA with no larger share of them.",
            against(subject.cost, cost)
        ),
        None => "No HPA setting had as small a share of late requests.".into(),
    });
    let worst = |result: &PolicyResult| result.timeline.response_seconds.iter().copied().reduce(f64::max);
    if let Some((mine, its)) = worst(subject).zip(hpa.and_then(worst)) {
        let (mine, its) = (number(mine), number(its));
        sentences.push(format!(
            "At the slowest moment, the response time at the promised quantile was {mine} s; with the HPA as given, {its} s."
        ));
    }
    sentences
}

/// "20.1 % less than", "the same as", "3 % more than".
fn against(cost: f64, other: f64) -> String {
    let ratio = cost / other - 1.0;
    match ratio {
        _ if !ratio.is_finite() => "an unknown amount against".into(),
        _ if ratio.abs() < 0.0005 => "the same as".into(),
        _ if ratio < 0.0 => format!("{} less than", percent(-ratio)),
        _ => format!("{} more than", percent(ratio)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(policy: &str, cost: f64, broken: f64, equal: Option<f64>) -> PolicyResult {
        PolicyResult {
            policy: policy.into(),
            cost,
            seconds: 100.0,
            requests: 100.0,
            violation_seconds: broken,
            equal_service_hpa_cost: equal,
            ..PolicyResult::default()
        }
    }

    fn report(policies: Vec<PolicyResult>) -> Report {
        let setting = |policy: &str, setting: &str, cost, violation_share| FrontierPoint {
            policy: policy.into(),
            setting: setting.into(),
            cost,
            violation_share,
            late_share: violation_share,
            violation_request_share: violation_share,
            energy_kwh: 0.0,
            transition_energy_kwh: 0.0,
            over_provisioned_hours: 0.0,
        };
        let frontier = vec![
            setting("hpa", "target_utilization=0.3", 200.0, 0.02),
            setting("hpa", "target_utilization=0.7", 120.0, 0.10),
            setting("static", "replicas=3", 90.0, 0.01),
        ];
        let world = super::super::World { service_rate: 10.0, ..Default::default() };
        Report { world, seed: 0, start: 0, interval_seconds: 15.0, policies, frontier, load: vec![] }
    }

    #[test]
    fn gains_and_losses_are_said_alike() {
        let gain =
            report(vec![result("predictive", 90.0, 5.0, Some(120.0)), result("oracle", 80.0, 0.0, None)]);
        assert_eq!(
            headline(&gain, subject(&gain).unwrap()),
            "The predictive policy cost 25 % less than the cheapest HPA of equal service, and 12.5 % more than a perfect scaler that knows the future"
        );
        let loss =
            report(vec![result("hpa", 120.0, 10.0, None), result("predictive", 150.0, 5.0, Some(120.0))]);
        let found = subject(&loss).unwrap();
        assert_eq!(
            headline(&loss, found),
            "The predictive policy cost 25 % more than the cheapest HPA of equal service"
        );
        let details = details(&loss, found).join(" ");
        assert!(
            details.starts_with(
                "On this load another policy did better: static with replicas=3 cost 40 % less than it"
            ),
            "{details}"
        );
        assert!(details.contains("the predictive policy cost 25 % more than it"), "{details}");
    }

    #[test]
    fn service_that_no_hpa_reached_is_not_called_a_gain() {
        let report = report(vec![result("predictive", 250.0, 1.0, None)]);
        let sentence = headline(&report, subject(&report).unwrap());
        assert!(sentence.ends_with("which cost 25 % more than the one that came closest"), "{sentence}");
    }
}
