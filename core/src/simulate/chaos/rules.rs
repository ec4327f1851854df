//! The rules that hold at each decision, checked from outside: by the samples that came, the fleets that were reported and the settings.

use super::findings::{Findings, Rule};
use super::scenario::{FaultKind, Scenario};
use crate::engine::{Budget, Decision, EngineConfig, Mode, RailsConfig, RateLimit};
use crate::error::{Error, Result};
use crate::policy::{Fleet, replicas_for};
use std::collections::{BTreeMap, VecDeque};

/// Intervals beyond the late bound that a sample may run ahead before an engine doubts its stamp.
const AHEAD: i64 = 4;
/// Shares below this are the last bits of a division.
const WHOLE: f64 = 1e-9;

/// Looks on while an engine is run.
pub(super) struct Watcher<'a> {
    scenario: &'a Scenario,
    settings: &'a EngineConfig,
    pub(super) findings: Findings,
    /// Whether the rails of the engine apply to its policy.
    has_rails: bool,
    /// Whether all stamps and clocks are right, so that what the engine knows follows from what was sent.
    has_true_times: bool,
    /// Loads that were taken in, by their stamps.
    known: BTreeMap<i64, f64>,
    /// The latest time that the engine believes.
    newest: i64,
    decided: i64,
    /// The latest stamp of a load that keeps the last replica.
    loaded: i64,
    /// What was proposed, within the scale-in window.
    proposals: VecDeque<(i64, u32)>,
    /// Changes of the request.
    changes: VecDeque<(i64, i64)>,
    /// When the request changed its direction, other than down to the maximum; and whether the last change was up.
    flips: VecDeque<i64>,
    was_up: Option<bool>,
}

impl<'a> Watcher<'a> {
    pub(super) fn new(scenario: &'a Scenario, settings: &'a EngineConfig, has_rails: bool) -> Self {
        let is_of_time =
            |kind: &FaultKind| matches!(kind, FaultKind::FutureStamps { .. } | FaultKind::WrongClock { .. });
        let lead_seconds = scenario.lead_seconds();
        Watcher {
            scenario,
            settings,
            findings: Findings { seed: scenario.seed, lead_seconds, ..Findings::default() },
            has_rails,
            has_true_times: !scenario.has(is_of_time),
            known: BTreeMap::new(),
            newest: i64::MIN,
            decided: i64::MIN,
            loaded: i64::MIN,
            proposals: VecDeque::new(),
            changes: VecDeque::new(),
            flips: VecDeque::new(),
            was_up: None,
        }
    }

    fn interval(&self) -> i64 {
        self.scenario.interval_milliseconds()
    }

    fn late(&self) -> i64 {
        (self.scenario.late_seconds * 1000.0) as i64
    }

    fn end(&self, time: i64) -> i64 {
        time.saturating_add(self.interval() - 1).div_euclid(self.interval()).saturating_mul(self.interval())
    }

    /// A sample was sent to the engine, which took it or did not.
    pub(super) fn sampled(&mut self, seconds: f64, now: i64, (time, load): (i64, f64), taken: &Result<()>) {
        let ahead = time.saturating_sub(now).saturating_sub(self.late());
        match taken {
            Ok(()) => {
                if !load.is_nan() {
                    self.known.insert(time, load);
                }
                // What runs further ahead is put aside, and forgotten at the decision of this moment.
                if load > self.settings.rails.activation.threshold && ahead <= AHEAD * self.interval() {
                    self.loaded = self.loaded.max(time);
                }
                if ahead <= (AHEAD + 2) * self.interval() {
                    self.newest = self.newest.max(time);
                }
            }
            Err(error) => {
                let is_late = time < self.end(self.newest).saturating_sub(self.interval() + self.late());
                self.refused(seconds, is_late, "observe", error);
            }
        }
    }

    /// A call failed; `is_documented` says whether it had to.
    pub(super) fn refused(&mut self, seconds: f64, is_documented: bool, call: &str, error: &Error) {
        if is_documented {
            self.findings.refusals += 1;
        } else {
            self.findings.broke(Rule::Errors, seconds, format!("{call}: {error}"));
        }
    }

    /// Whether a decision at this moment had to be refused.
    pub(super) fn goes_back(&self, now: i64) -> bool {
        now < self.decided
    }

    /// The load that the engine must know of at `now`: none when it is blind.
    fn load(&self, now: i64) -> Option<f64> {
        let window = (self.scenario.metric_window_seconds / self.scenario.interval_seconds).round() as i64;
        let at = |back: i64| self.known.get(&now.saturating_sub(back * self.interval())).copied();
        let loads: Vec<f64> = (0..window.max(1)).filter_map(at).collect();
        let is_blind = (at(0).is_none() && at(1).is_none()) || loads.is_empty();
        (!is_blind).then(|| loads.iter().sum::<f64>() / loads.len() as f64)
    }

    /// A decision was made on a fleet as it was reported.
    pub(super) fn decided(&mut self, seconds: f64, decision: &Decision, fleet: Fleet) -> Result<()> {
        let Decision { now, replicas, reactive, predicted, .. } = *decision;
        let EngineConfig { min_replicas, max_replicas, service_rate, rails, .. } = *self.settings;
        self.findings.decisions += 1;
        self.decided = now;
        self.newest = self.newest.max(now);
        let mut broken = Vec::new();
        if !(min_replicas..=max_replicas).contains(&replicas) {
            broken.push((Rule::Bounds, format!("{replicas} is not {min_replicas} to {max_replicas}")));
        }
        let current = fleet.ordered();
        let most = self.affordable();
        if most < max_replicas && replicas > most.max(current) {
            broken.push((Rule::Budget, format!("{current} to {replicas}, where {most} are paid for")));
        }
        if !self.settings.tiers.is_empty() && decision.tiers.iter().sum::<u32>() != decision.advised {
            broken.push((Rule::Bounds, format!("tiers of {:?} for {}", decision.tiers, decision.advised)));
        }
        let load = self.load(now);
        if self.has_true_times
            && let Some(load) = load
        {
            let need = replicas_for(load, service_rate, self.settings.target(), max_replicas)?;
            if reactive != need {
                broken.push((Rule::Need, format!("{reactive} instead of {need} for {load}")));
            }
        }
        if self.has_rails {
            let is_plain = rails == RailsConfig::default() && self.settings.anomaly.rate.is_none();
            let least = reactive.min(max_replicas);
            let excused = !is_plain && decision.limited_by.is_some();
            let idle = (rails.activation.idle_seconds * 1000.0) as i64;
            // Without load for long enough the last replica may go.
            let sleeps = min_replicas == 0 && replicas == 0 && now.saturating_sub(self.loaded) >= idle;
            if decision.mode != Mode::Hold && replicas < least && !excused && !sleeps {
                broken.push((Rule::Reactive, format!("{replicas} for a need of {least}")));
            }
            if self.has_true_times && load.is_none() && replicas < current.min(max_replicas) {
                broken.push((Rule::MissingData, format!("{current} scaled in to {replicas}")));
            }
            self.remember(now, predicted.max(reactive));
            let proposed = self.proposals.iter().map(|(_, proposed)| *proposed).max().unwrap_or(0);
            let stable = proposed.min(current).min(most);
            if replicas < stable && !(sleeps && stable <= 1) {
                broken.push((Rule::Stabilization, format!("{replicas}, though {stable} was wanted lately")));
            }
            let within =
                f64::from(current.saturating_sub(predicted)) <= rails.tolerance.down * f64::from(current);
            if within && replicas < current.min(most) && predicted < current {
                broken.push((Rule::Tolerance, format!("{current} to {replicas} for {predicted}")));
            }
            if let Some(limit) = rails.rate.down.filter(|_| self.settings.anomaly.rate.is_none())
                && replicas < current.min(max_replicas)
                && i64::from(current) - i64::from(replicas) > self.allowed(&limit, now, current, false)
            {
                broken.push((Rule::Rate, format!("{current} to {replicas} against {limit:?}")));
            }
            if let Some(limit) = rails.rate.up.filter(|_| self.settings.anomaly.rate.is_none())
                && replicas > current.max(min_replicas)
                && i64::from(replicas) - i64::from(current) > self.allowed(&limit, now, current, true)
            {
                broken.push((Rule::Rate, format!("{current} to {replicas} against {limit:?}")));
            }
        }
        for (rule, problem) in broken {
            self.findings.broke(rule, seconds, problem);
        }
        let oldest = now.saturating_sub(((self.scenario.metric_window_seconds + 1e3) * 1000.0) as i64);
        self.known = self.known.split_off(&oldest.min(now));
        Ok(())
    }

    fn remember(&mut self, now: i64, proposed: u32) {
        let since = now.saturating_sub((self.scale_in_window() * 1000.0) as i64);
        self.proposals.push_back((now, proposed));
        while self.proposals.front().is_some_and(|(time, _)| *time <= since) {
            self.proposals.pop_front();
        }
    }

    /// Seconds that a scale-in must have been wanted for.
    pub(super) fn scale_in_window(&self) -> f64 {
        self.settings.rails.stabilization.down_seconds.unwrap_or(self.scenario.lead_seconds())
    }

    /// The request was changed from `before`, as reported, to `after`.
    pub(super) fn applied(&mut self, seconds: f64, now: i64, before: u32, after: u32) {
        self.changes.push_back((now, i64::from(after) - i64::from(before)));
        let Some(budget) = self.settings.rails.flips.filter(|_| self.has_rails && after != before) else {
            return;
        };
        let is_up = after > before;
        let has_turned = self.was_up.replace(is_up).is_some_and(|was_up| was_up != is_up);
        // The maximum and the other budgets come after that of flips.
        if !has_turned || (!is_up && before > self.affordable()) {
            return;
        }
        let since = now.saturating_sub((budget.period_seconds * 1000.0) as i64);
        self.flips.retain(|time| *time > since);
        self.flips.push_back(now);
        if self.flips.len() > budget.flips as usize {
            self.findings.broke(Rule::Flips, seconds, format!("{} against {budget:?}", self.flips.len()));
        }
    }

    /// The largest count that the maximum and the budgets of cost and power leave.
    fn affordable(&self) -> u32 {
        let Budget { cost_per_hour, cost_per_replica_hour, watts, watts_per_replica } =
            self.settings.rails.budget;
        let whole = |limit: Option<f64>, each: f64| {
            limit.map_or(u32::MAX, |limit| (limit / each * (1.0 + WHOLE)).floor() as u32)
        };
        let paid = whole(cost_per_hour, cost_per_replica_hour).min(whole(watts, watts_per_replica));
        self.settings.max_replicas.min(paid)
    }

    /// How many more may be added or removed at once.
    fn allowed(&self, limit: &RateLimit, now: i64, current: u32, up: bool) -> i64 {
        let since = now.saturating_sub((limit.period_seconds * 1000.0) as i64);
        let recent = self.changes.iter().filter(|(time, change)| *time > since && (*change > 0) == up);
        let done: i64 = recent.map(|(_, change)| change.abs()).sum();
        let start = if up { i64::from(current) - done } else { i64::from(current) + done };
        let share = (start.max(0) as f64 * limit.percent / 100.0).floor() as i64;
        (share.max(i64::from(limit.replicas)) - done).max(0)
    }
}
