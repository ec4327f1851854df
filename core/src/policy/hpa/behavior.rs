//! From a proposed count to a request: stabilization windows and rate limits of the horizontal pod autoscaler.

use crate::error::{Error, Result};
use crate::policy::situation::ceil_count;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// What a scaling policy counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScalingPolicyKind {
    /// Pods per period.
    Pods,
    /// Percent of the pods at the period's start.
    Percent,
}

/// A limit on how much changes within a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScalingPolicy {
    /// What `value` counts.
    pub kind: ScalingPolicyKind,
    /// Pods or percent, at least 1.
    pub value: u32,
    /// Length of the period in seconds, 1 to 1,800.
    pub period_seconds: u32,
}

/// Which of several policies holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelectPolicy {
    /// The one that allows the largest change.
    #[default]
    Max,
    /// The one that allows the smallest change.
    Min,
    /// None: this direction is off.
    Disabled,
}

/// The rules of one direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behavior {
    /// Window within which the most cautious recommendation holds, in seconds, 0 to 3,600.
    pub stabilization_window_seconds: u32,
    /// Which of the policies holds.
    #[serde(default)]
    pub select_policy: SelectPolicy,
    /// The limits, at least one.
    pub policies: Vec<ScalingPolicy>,
}

/// The rules of both directions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HpaBehavior {
    /// Scaling up; by default no window, and the larger of 4 pods and 100 % in 15 s.
    pub scale_up: Behavior,
    /// Scaling down; by default a window of 300 s, and 100 % in 15 s.
    pub scale_down: Behavior,
}

impl Default for HpaBehavior {
    fn default() -> Self {
        let percent = ScalingPolicy { kind: ScalingPolicyKind::Percent, value: 100, period_seconds: 15 };
        let pods = ScalingPolicy { kind: ScalingPolicyKind::Pods, value: 4, period_seconds: 15 };
        let rules = |stabilization_window_seconds, policies| Behavior {
            stabilization_window_seconds,
            select_policy: SelectPolicy::Max,
            policies,
        };
        HpaBehavior { scale_up: rules(0, vec![pods, percent]), scale_down: rules(300, vec![percent]) }
    }
}

impl HpaBehavior {
    pub(super) fn check(&self) -> Result<()> {
        for (name, rules) in [("scale_up", &self.scale_up), ("scale_down", &self.scale_down)] {
            let refuse = |field: &str, problem: String| {
                Err(Error::config(format!("policy.hpa.behavior.{name}.{field}"), problem))
            };
            let window = rules.stabilization_window_seconds;
            if window > 3600 {
                return refuse("stabilization_window_seconds", format!("must be 0 to 3600, got {window}"));
            }
            if rules.policies.is_empty() || rules.policies.len() > 100 {
                return refuse(
                    "policies",
                    format!("must be 1 to 100 policies, got {}", rules.policies.len()),
                );
            }
            for ScalingPolicy { value, period_seconds, .. } in &rules.policies {
                if *value == 0 {
                    return refuse("policies.value", "must be at least 1, got 0".into());
                }
                if !(1..=1800).contains(period_seconds) {
                    return refuse(
                        "policies.period_seconds",
                        format!("must be 1 to 1800, got {period_seconds}"),
                    );
                }
            }
        }
        Ok(())
    }
}

/// What the controller remembers: its recommendations, before stabilization, and the changes that were applied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct History {
    recommendations: VecDeque<(i64, u32)>,
    added: VecDeque<(i64, u32)>,
    removed: VecDeque<(i64, u32)>,
    #[serde(skip)]
    largest: Largest,
}

/// The largest recommendation since a moment, the latest of several, kept so that the window need not be searched at every decision.
#[derive(Debug, Clone, Copy, Default)]
struct Largest {
    since: i64,
    found: Option<(i64, u32)>,
}

/// It follows from the recommendations.
impl PartialEq for Largest {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Largest {}

/// No window is longer (1 h), so that older entries can go.
const MEMORY_MILLISECONDS: i64 = 3_600_000;

impl History {
    pub(super) fn without_behavior(
        &mut self,
        window_seconds: f64,
        now: i64,
        current: u32,
        wanted: u32,
    ) -> u32 {
        self.remember(now, current, wanted);
        let stable = self.largest_within(window_seconds, now).unwrap_or(wanted).max(wanted);
        stable.min(current.saturating_mul(2).max(4))
    }

    fn largest_within(&mut self, window_seconds: f64, now: i64) -> Option<u32> {
        let since = begin_of(window_seconds, now);
        let is_known =
            since >= self.largest.since && self.largest.found.is_some_and(|(time, _)| time > since);
        if !is_known {
            let recent = self.recommendations.iter().rev().take_while(|(time, _)| *time > since);
            // Of equal ones the first in this order is the latest.
            let found = recent.copied().reduce(|one, older| if older.1 > one.1 { older } else { one });
            self.largest = Largest { since, found };
        }
        self.largest.found.map(|(_, count)| count)
    }

    pub(super) fn with_behavior(&mut self, rules: &HpaBehavior, now: i64, current: u32, wanted: u32) -> u32 {
        self.remember(now, current, wanted);
        if wanted >= current {
            let window = f64::from(rules.scale_up.stabilization_window_seconds);
            let stable = self.within(window, now).min().unwrap_or(wanted).min(wanted).max(current);
            stable.min(self.highest(&rules.scale_up, now, current))
        } else {
            let window = f64::from(rules.scale_down.stabilization_window_seconds);
            let stable = self.within(window, now).max().unwrap_or(wanted).max(wanted).min(current);
            stable.max(self.lowest(&rules.scale_down, now, current))
        }
    }

    /// Largest count that the rate limits of scaling up allow.
    fn highest(&self, rules: &Behavior, now: i64, current: u32) -> u32 {
        let allowed = rules.policies.iter().map(|policy| {
            let start = current.saturating_sub(sum_within(&self.added, policy.period_seconds, now));
            match policy.kind {
                ScalingPolicyKind::Pods => start.saturating_add(policy.value),
                ScalingPolicyKind::Percent => {
                    ceil_count(f64::from(start) * (1.0 + f64::from(policy.value) / 100.0))
                }
            }
        });
        let selected = match rules.select_policy {
            SelectPolicy::Max => allowed.max(),
            SelectPolicy::Min => allowed.min(),
            SelectPolicy::Disabled => None,
        };
        selected.unwrap_or(current).max(current)
    }

    /// Smallest count that the rate limits of scaling down allow.
    fn lowest(&self, rules: &Behavior, now: i64, current: u32) -> u32 {
        let allowed = rules.policies.iter().map(|policy| {
            let start = current.saturating_add(sum_within(&self.removed, policy.period_seconds, now));
            match policy.kind {
                ScalingPolicyKind::Pods => start.saturating_sub(policy.value),
                ScalingPolicyKind::Percent => {
                    let share = 1.0 - f64::from(policy.value) / 100.0;
                    (f64::from(start) * share).max(0.0).trunc() as u32
                }
            }
        });
        let selected = match rules.select_policy {
            SelectPolicy::Max => allowed.min(),
            SelectPolicy::Min => allowed.max(),
            SelectPolicy::Disabled => None,
        };
        selected.unwrap_or(current).min(current)
    }

    pub(super) fn applied(&mut self, now: i64, before: u32, after: u32) {
        match after.cmp(&before) {
            std::cmp::Ordering::Greater => record(&mut self.added, now, after - before),
            std::cmp::Ordering::Less => record(&mut self.removed, now, before - after),
            std::cmp::Ordering::Equal => {}
        }
        forget(&mut self.added, now);
        forget(&mut self.removed, now);
    }

    /// The first recommendation that the controller remembers is the count that it found.
    fn remember(&mut self, now: i64, current: u32, wanted: u32) {
        if self.recommendations.is_empty() {
            self.recommendations.push_back((now, current));
        }
        // Asked twice at one moment, the controller has still decided once.
        if self.recommendations.len() > 1 && self.recommendations.back().is_some_and(|(time, _)| *time == now)
        {
            self.recommendations.pop_back();
            self.largest.found = None;
        }
        self.recommendations.push_back((now, wanted));
        if self.largest.found.is_some_and(|(_, count)| wanted >= count) {
            self.largest.found = Some((now, wanted));
        }
        forget(&mut self.recommendations, now);
    }

    fn within(&self, window_seconds: f64, now: i64) -> impl Iterator<Item = u32> {
        let since = begin_of(window_seconds, now);
        let recent = self.recommendations.iter().rev().take_while(move |(time, _)| *time > since);
        recent.map(|(_, count)| *count)
    }
}

fn begin_of(window_seconds: f64, now: i64) -> i64 {
    now.saturating_sub((window_seconds * 1000.0) as i64)
}

fn sum_within(events: &VecDeque<(i64, u32)>, period_seconds: u32, now: i64) -> u32 {
    let since = now.saturating_sub(i64::from(period_seconds) * 1000);
    let recent = events.iter().filter(|(time, _)| *time > since);
    recent.fold(0, |sum: u32, (_, change)| sum.saturating_add(*change))
}

/// Changes of one moment are one event, however many they are.
fn record(events: &mut VecDeque<(i64, u32)>, now: i64, change: u32) {
    match events.back_mut() {
        Some((time, sum)) if *time == now => *sum = sum.saturating_add(change),
        _ => events.push_back((now, change)),
    }
}

fn forget(entries: &mut VecDeque<(i64, u32)>, now: i64) {
    let since = now.saturating_sub(MEMORY_MILLISECONDS);
    while entries.front().is_some_and(|(time, _)| *time <= since) {
        entries.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn the_window_that_is_kept_along_has_the_largest_that_a_search_of_it_has() {
        let (mut random, mut history, mut now) = (Random::new(9), History::default(), 0);
        // The first that is remembered is the count that was found.
        let (mut asked, current) = (vec![(15_000, 10)], 10);
        for _ in 0..3000 {
            // Asked twice at one moment, the second answer counts.
            if random.below(4) == 0 && asked.len() > 1 {
                asked.pop();
            } else {
                now += 15_000;
            }
            let wanted = random.below(15) as u32;
            asked.push((now, wanted));
            let window = if random.below(10) == 0 { 600.0 } else { 300.0 };
            let since = now - (1000.0 * window) as i64;
            let largest = asked.iter().filter(|(time, _)| *time > since).map(|(_, count)| *count).max();
            assert_eq!(history.without_behavior(window, now, current, wanted), largest.unwrap().min(20));
        }
    }
}
