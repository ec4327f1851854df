//! An audit log run again: every decision is derived from what was told, and compared with what was logged, to the byte.

use super::audit::Input;
use super::audit_log::{FORM, Header, Line, is_undamaged};
use super::config::EngineConfig;
use super::engine_loop::Engine;
use crate::error::{Error, Result};

/// Where a log and what follows from its inputs part.
#[derive(Debug, Clone, PartialEq)]
pub struct LogDifference {
    /// The line of the log, counted from 1.
    pub line: u64,
    /// The decision, counted from 1 over the engine's life.
    pub sequence: u64,
    /// The decision as logged, in JSON.
    pub logged: String,
    /// The decision that follows from the inputs.
    pub derived: String,
}

/// Runs an audit log again, line by line, in the memory of one engine.
///
/// ```
/// use forescale::engine::{AuditReplay, Engine, EngineConfig, Fleet};
/// let mut engine = Engine::new(EngineConfig { service_rate: 10.0, audit: true, ..EngineConfig::default() })?;
/// let mut log = engine.audit_header()?;
/// for step in 1..=60 {
///     engine.observe(step * 15_000, 200.0)?;
///     engine.decide(step * 15_000, Fleet::new(24, 24))?;
///     log += "\n";
///     log += &engine.audit_line()?;
/// }
/// let mut replay = AuditReplay::new();
/// for line in log.lines() {
///     replay.line(line)?;
/// }
/// assert_eq!((replay.decisions(), replay.difference()), (60, None));
/// # Ok::<(), forescale::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct AuditReplay {
    engine: Option<Engine>,
    lines: u64,
    decisions: u64,
    difference: Option<LogDifference>,
}

impl AuditReplay {
    /// A replay that has read nothing yet.
    pub fn new() -> Self {
        AuditReplay::default()
    }

    /// Reads the next line: a header first, later a decision, or the header of a new log that goes on there or begins with a new engine. After
    /// a difference nothing more is derived.
    ///
    /// # Errors
    /// [`Error::Data`] names the line that was cut or edited, or before which others are missing, or whose inputs the engine refuses.
    pub fn line(&mut self, text: &str) -> Result<()> {
        self.lines += 1;
        let wrong = |problem: String| Error::data(format!("line {}", self.lines), problem);
        if !is_undamaged(text) {
            return Err(wrong("was cut or edited: its checksum does not match".into()));
        }
        if self.difference.is_some() {
            return Ok(());
        }
        let refused = |error: Error| wrong(error.to_string());
        if text.starts_with("{\"audit\":") {
            let header = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
            self.engine = Some(begin(&header, self.engine.as_ref()).map_err(refused)?);
            return Ok(());
        }
        let Some(engine) = &mut self.engine else {
            return Err(wrong("comes before any header: the log's beginning is missing".into()));
        };
        let line: Line = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let expected = engine.state.audit.sequence() + 1;
        if line.sequence != expected {
            let problem =
                format!("has decision {}, where {expected} should follow: lines are missing", line.sequence);
            return Err(wrong(problem));
        }
        // After a header with a state, the first inputs may have been told before it.
        let told = engine.state.audit.open().len();
        if line.inputs.get(..told) != Some(engine.state.audit.open()) {
            return Err(wrong("does not go on from its header".into()));
        }
        for input in line.inputs.into_iter().skip(told) {
            tell(engine, input).map_err(refused)?;
        }
        engine.decide(line.now, line.fleet).map_err(refused)?;
        if let Some(share) = line.share {
            engine.limit_to_share(share).map_err(refused)?;
        }
        let derived = engine.audit_line().map_err(refused)?;
        self.decisions += 1;
        if derived != text {
            self.difference = Some(LogDifference {
                line: self.lines,
                sequence: line.sequence,
                logged: decision_of(text),
                derived: decision_of(&derived),
            });
        }
        Ok(())
    }

    /// Decisions that were derived again.
    pub fn decisions(&self) -> u64 {
        self.decisions
    }

    /// The first difference; none while all decisions are as logged.
    pub fn difference(&self) -> Option<&LogDifference> {
        self.difference.as_ref()
    }
}

/// Derives every decision of a log again, and answers the first that differs; none when all are as logged.
///
/// # Errors
/// As [`AuditReplay::line`]; [`Error::Data`] for a log without a line.
pub fn replay(log: &str) -> Result<Option<LogDifference>> {
    let mut replay = AuditReplay::new();
    log.lines().try_for_each(|line| replay.line(line))?;
    if replay.lines == 0 {
        return Err(Error::data("log", "is empty"));
    }
    Ok(replay.difference)
}

fn begin(header: &Header, before: Option<&Engine>) -> Result<Engine> {
    if header.audit != FORM {
        let problem = format!("has form {}; this version reads form {FORM}", header.audit);
        return Err(Error::data("the header", problem));
    }
    let sequence = before.map_or(0, |engine| engine.state.audit.sequence());
    if before.is_some() && header.sequence != sequence && header.sequence != 0 {
        let problem = format!(
            "goes on from decision {}, but {sequence} was the last: lines are missing",
            header.sequence
        );
        return Err(Error::data("the header", problem));
    }
    let engine = match &header.state {
        Some(digits) => Engine::restore(&bytes(digits)?)?,
        None => Engine::new(EngineConfig::from_json(&header.config)?)?,
    };
    if engine.state.audit.sequence() != header.sequence {
        return Err(Error::data("the header", "has another sequence number than its state"));
    }
    Ok(engine)
}

fn bytes(digits: &str) -> Result<Vec<u8>> {
    let damaged = || Error::data("state", "is not made of pairs of hexadecimal digits");
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            let text = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2);
            text.and_then(|pair| u8::from_str_radix(pair, 16).ok()).ok_or_else(damaged)
        })
        .collect()
}

fn tell(engine: &mut Engine, input: Input) -> Result<()> {
    let known = |value: Option<f64>| value.unwrap_or(f64::NAN);
    match input {
        Input::Load(now, load) => engine.observe(now, known(load)),
        Input::InFlight(now, in_flight) => engine.observe_in_flight(now, known(in_flight)),
        Input::Applied(now, replicas) => engine.applied(now, replicas),
        Input::StartUp(now, seconds) => engine.observe_start_up(now, seconds),
        Input::Performance(now, response, utilization) => {
            engine.observe_performance(now, known(response), known(utilization))
        }
        Input::Resource(now, name, value) => engine.observe_resource(now, &name, known(value)),
        Input::Pause(Some(direction)) => {
            engine.pause(direction);
            Ok(())
        }
        Input::Pause(None) => {
            engine.resume();
            Ok(())
        }
        Input::Settings(config) => engine.reconfigure(EngineConfig::from_json(&config)?),
    }
}

/// The decision within a line.
fn decision_of(line: &str) -> String {
    let from = line.split_once(",\"decision\":").map_or(line, |(_, rest)| rest);
    from.rsplit_once(",\"check\":").map_or(from, |(decision, _)| decision).into()
}
