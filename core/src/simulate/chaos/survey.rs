//! Many scenarios at once, and what each kind of fault and load came to.

use super::findings::{Findings, Rule};
use super::run::run;
use super::scenario::{Scenario, scenario};
use crate::chunks;
use crate::engine::EngineConfig;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// More scenarios than this are refused.
const MOST_SCENARIOS: usize = 1_000_000;
/// Scenarios from one report of progress to the next, for each thread.
const BATCH: usize = 16;

/// What many scenarios came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    /// Seed of the first scenario; the others follow.
    pub first_seed: u64,
    /// How many.
    pub scenarios: usize,
    /// Decisions that were made and checked.
    pub decisions: u64,
    /// Calls that were refused as documented.
    pub refusals: u64,
    /// One row for all, one for each kind of fault, one for each shape of load. A scenario counts in the row of each of its faults.
    pub rows: Vec<SurveyRow>,
    /// The scenarios in which a rule was broken, in the order of their seeds.
    pub failed: Vec<Findings>,
}

/// What the scenarios of one kind came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SurveyRow {
    /// `all`, a fault's name, or a load's name after `load: `.
    pub name: String,
    /// How many there were.
    pub scenarios: usize,
    /// In how many of them a rule was broken.
    pub failed: usize,
    /// In how many of them something learned from a fault had to be forgotten.
    pub had_to_forget: usize,
    /// The slowest recovery, in seconds.
    pub worst_recovery_seconds: f64,
    /// The slowest recovery, in lead times of its own scenario.
    pub worst_recovery_lead_times: f64,
    /// The longest time below the reactive law, in seconds.
    pub worst_below_reactive_seconds: f64,
    /// The most changes of direction within one scale-in window.
    pub most_flips_in_window: u64,
}

impl SurveyRow {
    fn add(&mut self, findings: &Findings) {
        let recovery = findings.recovery_seconds.unwrap_or(0.0);
        self.scenarios += 1;
        self.failed += usize::from(!findings.breaches.is_empty());
        self.had_to_forget += usize::from(findings.had_to_forget);
        self.worst_recovery_seconds = self.worst_recovery_seconds.max(recovery);
        let lead_times = if findings.lead_seconds > 0.0 { recovery / findings.lead_seconds } else { 0.0 };
        self.worst_recovery_lead_times = self.worst_recovery_lead_times.max(lead_times);
        self.worst_below_reactive_seconds =
            self.worst_below_reactive_seconds.max(findings.longest_below_reactive_seconds);
        self.most_flips_in_window = self.most_flips_in_window.max(findings.most_flips_in_window);
    }
}

impl Survey {
    /// The survey as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The rows as a text table, and the seed of every failure.
    pub fn table(&self) -> String {
        let mut text = format!(
            "{:<28} {:>9} {:>6} {:>6} {:>11} {:>10} {:>11} {:>9}\n",
            "fault or load",
            "scenarios",
            "failed",
            "forgot",
            "recovery s",
            "lead times",
            "below rct s",
            "flips/win"
        );
        for row in &self.rows {
            let _ = writeln!(
                text,
                "{:<28} {:>9} {:>6} {:>6} {:>11.0} {:>10.1} {:>11.0} {:>9}",
                row.name,
                row.scenarios,
                row.failed,
                row.had_to_forget,
                row.worst_recovery_seconds,
                row.worst_recovery_lead_times,
                row.worst_below_reactive_seconds,
                row.most_flips_in_window
            );
        }
        for findings in &self.failed {
            for breach in &findings.breaches {
                let (seed, at) = (findings.seed, breach.seconds);
                let _ = writeln!(text, "seed {seed}, {at} s: {:?}: {}", breach.rule, breach.problem);
            }
        }
        text
    }
}

/// Runs the scenarios of `count` seeds from `first_seed` on (1 to 1,000,000), on so many threads; 0 counts as one. The result does not
/// depend on the threads. A scenario takes some milliseconds.
///
/// # Errors
/// [`Error::Config`] for settings out of range; [`Error::Data`] for a count of 0 or above a million.
pub fn survey(first_seed: u64, count: usize, settings: &EngineConfig, threads: usize) -> Result<Survey> {
    survey_with_progress(first_seed, count, settings, threads, &mut |_| true)
}

/// As [`survey`], telling `progress` the share of the work done, 0 to 1; when that answers `false`, it stops.
///
/// # Errors
/// As [`survey`]; [`Error::Stopped`] when asked to stop.
pub fn survey_with_progress(
    first_seed: u64,
    count: usize,
    settings: &EngineConfig,
    threads: usize,
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<Survey> {
    if !(1..=MOST_SCENARIOS).contains(&count) {
        return Err(Error::data("count", format!("must be 1 to {MOST_SCENARIOS}, got {count}")));
    }
    let threads = threads.clamp(1, 256);
    let mut survey = Survey {
        first_seed,
        scenarios: count,
        decisions: 0,
        refusals: 0,
        rows: Vec::new(),
        failed: Vec::new(),
    };
    let mut rows: BTreeMap<String, SurveyRow> = BTreeMap::new();
    let mut done = 0;
    while done < count {
        let mut batch: Vec<Option<Result<(Scenario, Findings)>>> =
            (0..(BATCH * threads).min(count - done)).map(|_| None).collect();
        chunks::fill(&mut batch, threads, |first, chunk| {
            for (offset, slot) in chunk.iter_mut().enumerate() {
                let seed = first_seed.wrapping_add((done + first + offset) as u64);
                *slot = Some(caught(scenario(seed), settings));
            }
        })?;
        done += batch.len();
        for outcome in batch.into_iter().flatten() {
            let (scenario, findings) = outcome?;
            survey.decisions += findings.decisions;
            survey.refusals += findings.refusals;
            let mut names: Vec<String> = vec![" all".into(), format!("load: {}", scenario.load.name())];
            names.extend(scenario.faults.iter().map(|fault| fault.kind.name().to_owned()));
            names.sort();
            names.dedup();
            for name in names {
                rows.entry(name).or_default().add(&findings);
            }
            if !findings.breaches.is_empty() {
                survey.failed.push(findings);
            }
        }
        let share = done as f64 / count as f64;
        if !progress(share) {
            return Err(Error::Stopped { percent: (100.0 * share) as u8 });
        }
    }
    let named = |(name, row): (String, SurveyRow)| SurveyRow { name: name.trim().to_owned(), ..row };
    survey.rows = rows.into_iter().map(named).collect();
    Ok(survey)
}

/// Runs a scenario; a panic is a finding, with the seed.
fn caught(scenario: Scenario, settings: &EngineConfig) -> Result<(Scenario, Findings)> {
    let outcome = catch_unwind(AssertUnwindSafe(|| run(&scenario, settings)));
    let findings = outcome.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or(panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message");
        let mut findings = Findings { seed: scenario.seed, ..Findings::default() };
        findings.broke(Rule::Panic, 0.0, text.to_owned());
        Ok(findings)
    })?;
    Ok((scenario, findings))
}
