//! What came in, kept for long in little room: fine steps for a short time, coarse steps for a long one.
//!
//! Every sample goes into the bucket of its step at every level of the retention, and a bucket holds sum, count, smallest,
//! largest and last value: a coarse query says what a fine one says, summed up, for as long as both reach back. Memory is
//! bounded whatever comes in: at most `max_series` series of at most `Σ keep/step` buckets of 56 bytes.
//!
//! - **Too many series.** A quarter of `max_series` is set apart. When the rest is taken, the samples of a new combination of
//!   tags go to the series of the same name and tags with every value `"other"`: sums over all tags stay right. When even
//!   those have no room the sample is dropped. Both are counted. Series that have aged out make room.
//! - **Late samples** count in every level that still reaches back to them; too late for all, they are dropped and counted.
//! - **Samples from far ahead** (a broken clock, microseconds for milliseconds) would push all else out. One that is more
//!   than `max_jump_seconds` ahead waits until three in a row agree within that time; then the clock has truly moved on.
//!   If a sample near the old time comes instead, those that wait are dropped and counted.
//!   A time that fewer than three records stand by gives way to a sample that is too old for it: the first may be the broken one.

use super::history_config::{HistoryConfig, Level};
use super::history_ring::{Bucket, Ring};
use super::series::MAX_STEPS;
use super::{Aggregation, Series, whole_milliseconds};
use crate::error::{Error, Result};
use crate::snapshot;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Where the samples of tags go that there is no room for.
const OTHER: &str = "other";
/// So many records must agree before a far-off time is believed.
const WITNESSES: usize = 3;
const MOST_TAGS: usize = 16;
const LONGEST_TEXT: usize = 256;
const MOST_VALUES: usize = 10_000;

/// What became of the values that were recorded, missing ones not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryCounts {
    /// Values kept, folded ones among them.
    pub kept: u64,
    /// Values that went to the series `"other"`, because there were too many series.
    pub folded: u64,
    /// Values dropped because even those had no room.
    pub no_room: u64,
    /// Values dropped because they were older than every level keeps.
    pub too_late: u64,
    /// Values dropped because they came from far ahead and no others agreed.
    pub too_early: u64,
}

/// A name and tags, in the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Key {
    name: String,
    tags: BTreeMap<String, String>,
}

/// Values of one moment, as they were recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Record {
    time: i64,
    values: Vec<(String, f64)>,
    tags: BTreeMap<String, String>,
}

/// The load of the past, by name and tags.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct History {
    config: HistoryConfig,
    series: BTreeMap<Key, Vec<Ring>>,
    /// How many of the series are folded ones.
    folded: usize,
    /// The coarsest slot at which the series were last looked through for aged ones.
    looked_at: i64,
    /// The newest time taken in, and how many records stand by it.
    newest: Option<(i64, usize)>,
    waiting: Vec<Record>,
    counts: HistoryCounts,
}

impl History {
    /// An empty history.
    ///
    /// # Errors
    /// [`Error::Config`] for levels that are not as [`HistoryConfig`] says, or settings that would take more than 14 GiB.
    pub fn new(config: HistoryConfig) -> Result<Self> {
        config.levels()?;
        let (series, counts) = (BTreeMap::new(), HistoryCounts::default());
        Ok(History {
            config,
            series,
            folded: 0,
            looked_at: i64::MIN,
            newest: None,
            waiting: Vec::new(),
            counts,
        })
    }

    /// Takes in values of one moment (Unix milliseconds), each under its name; NaN = missing, and left out. `tags` say whose
    /// they are: up to 16 pairs of key and value. Times may come in any order. Texts have 1 to 256 bytes.
    ///
    /// Costs O(levels · log series) per value.
    ///
    /// # Errors
    /// [`Error::Data`] for an infinite value, more than 10,000 values, or a name or tag that is empty, too long, or twice
    /// there; nothing is then taken in.
    pub fn record(&mut self, time: i64, values: &[(&str, f64)], tags: &[(&str, &str)]) -> Result<()> {
        if values.len() > MOST_VALUES {
            return Err(Error::data(
                "values",
                format!("has {}, at most {MOST_VALUES} are allowed", values.len()),
            ));
        }
        for (name, value) in values {
            check_text("values", "name", name)?;
            if value.is_infinite() {
                return Err(Error::data("values", format!("\"{name}\" is {value}")));
            }
        }
        let known = values.iter().filter(|(_, value)| !value.is_nan());
        let values = known.map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let record = Record { time, values, tags: checked_tags(tags)? };
        if record.values.is_empty() {
            return Ok(());
        }
        let jump = self.jump();
        match self.newest {
            Some((newest, _)) if time > newest.saturating_add(jump) => self.wait(record, jump),
            Some((newest, witnesses)) if self.is_too_late(time, newest) => {
                // A clock that stands on one or two records alone was the broken one.
                if witnesses < WITNESSES {
                    self.restart();
                    self.take(record);
                } else {
                    self.counts.too_late += record.values.len() as u64;
                }
            }
            newest => {
                if newest.is_none_or(|(newest, _)| time >= newest.saturating_sub(jump)) {
                    self.give_up_waiting();
                }
                self.take(record);
            }
        }
        Ok(())
    }

    /// The load under `name` from `start` up to `end` (Unix milliseconds), in steps of `step_seconds`, a multiple of the
    /// finest step kept. The first step begins at the multiple of the step at or before `start`, the last one before `end`.
    ///
    /// Taken together are all series with `tags`, whatever their other tags. With `across`, each series is first aggregated
    /// by `how`, then the series of a step by `across`: `how` mean and `across` sum give the total of rates. Without, all
    /// their samples count alike. Steps without a sample are NaN, or 0 when counting; so is what has aged out of the
    /// coarsest level whose step fits.
    ///
    /// # Errors
    /// [`Error::Config`] for a step that does not fit, [`Error::Data`] for bad tags or an `end` not after `start`, or more
    /// than a year of seconds of steps. A name that was never recorded is not an error.
    #[allow(clippy::too_many_arguments, reason = "the same arguments in the same order in every language")]
    pub fn query(
        &self,
        name: &str,
        start: i64,
        end: i64,
        step_seconds: f64,
        how: Aggregation,
        tags: &[(&str, &str)],
        across: Option<Aggregation>,
    ) -> Result<Series> {
        let step = whole_milliseconds(step_seconds)?;
        let tags = checked_tags(tags)?;
        let levels = self.levels();
        let fitting = levels.iter().enumerate().rev().find(|(_, level)| step % level.step == 0);
        let Some((at, level)) = fitting else {
            let finest = levels.first().map_or(0.0, |level| level.step as f64 / 1000.0);
            return Err(Error::config(
                "step_seconds",
                format!("must be a multiple of the finest step kept, {finest} s, got {step_seconds}"),
            ));
        };
        if end <= start {
            return Err(Error::data("end", format!("must be later than start {start}, got {end}")));
        }
        let first = start.div_euclid(step);
        let last = (end - 1).div_euclid(step);
        let count = last.saturating_sub(first).saturating_add(1);
        if count > MAX_STEPS {
            let problem = format!("{start} to {end} are {count} steps; at most {} are allowed", MAX_STEPS);
            return Err(Error::data("end", problem));
        }
        let parts = step / level.step;
        let (from, to) = (first.saturating_mul(parts), last.saturating_add(1).saturating_mul(parts));
        let kept = self.newest.map_or((0, 0), |(newest, _)| level.kept(newest));
        let (from, to) = (from.max(kept.0), to.min(kept.1));
        // Only what may be there takes room: steps outside of what the level keeps are empty.
        let begin = first.max(from.div_euclid(parts));
        let end = last.min(to.saturating_sub(1).div_euclid(parts)).saturating_add(1);
        let length = if from < to { usize::try_from(end.saturating_sub(begin)).unwrap_or(0) } else { 0 };
        let mut steps = vec![Bucket::default(); length];
        for rings in self.matching(name, &tags) {
            let mut own = across.map(|_| vec![Bucket::default(); length]);
            let target = own.as_mut().unwrap_or(&mut steps);
            for (slot, bucket) in rings.get(at).into_iter().flat_map(|ring| ring.between(from, to)) {
                let index = usize::try_from(slot.div_euclid(parts) - begin).unwrap_or(usize::MAX);
                if let Some(step) = target.get_mut(index) {
                    step.merge(bucket);
                }
            }
            for (all, own) in steps.iter_mut().zip(own.iter().flatten()) {
                let value = own.value(how);
                if !value.is_nan() {
                    all.merge(&Bucket::of(own.last_time(), value));
                }
            }
        }
        let how = across.unwrap_or(how);
        let mut values = vec![Bucket::default().value(how); usize::try_from(count).unwrap_or(0)];
        let place = usize::try_from(begin.saturating_sub(first)).unwrap_or(0);
        for (value, bucket) in values.iter_mut().skip(place).zip(&steps) {
            *value = bucket.value(how);
        }
        Series::new(values, first.saturating_mul(step), step_seconds)
    }

    /// The names and tags of all series, in order.
    pub fn series(&self) -> impl Iterator<Item = (&str, &BTreeMap<String, String>)> {
        self.series.keys().map(|key| (key.name.as_str(), &key.tags))
    }

    /// What became of the values so far.
    pub fn counts(&self) -> HistoryCounts {
        self.counts
    }

    /// The settings.
    pub fn config(&self) -> &HistoryConfig {
        &self.config
    }

    /// Writes the history as a snapshot.
    ///
    /// # Errors
    /// [`Error::Internal`] only.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::History, self)
    }

    /// Reads a snapshot of a history.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of a history.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let history: History = snapshot::load(snapshot::Kind::History, bytes)?;
        history.config.levels().map_err(|error| Error::Snapshot { problem: error.to_string() })?;
        if !history.is_whole() {
            return Err(Error::Snapshot { problem: "the history is inconsistent".into() });
        }
        Ok(history)
    }

    fn is_whole(&self) -> bool {
        let levels = self.levels();
        let newest = self.newest.map_or(i64::MIN, |(newest, _)| newest);
        let fits = |rings: &Vec<Ring>| {
            let ring_fits =
                |(level, ring): (&Level, &Ring)| ring.fits(level.slots, newest.div_euclid(level.step));
            rings.len() == levels.len() && levels.iter().zip(rings).all(ring_fits)
        };
        self.series.len() <= self.config.max_series
            && (self.newest.is_some() || self.series.is_empty())
            && self.folded == self.series.keys().filter(|key| key.is_folded()).count()
            && self.waiting.len() < WITNESSES
            && self.series.values().all(fits)
    }

    /// The levels; the settings were checked when they came in.
    fn levels(&self) -> Vec<Level> {
        self.config.levels().unwrap_or_default()
    }

    fn jump(&self) -> i64 {
        (self.config.max_jump_seconds * 1000.0) as i64
    }

    fn is_too_late(&self, time: i64, newest: i64) -> bool {
        self.levels().iter().all(|level| time.div_euclid(level.step) < level.kept(newest.max(time)).0)
    }

    /// Sets a record from far ahead aside, until enough of them agree.
    fn wait(&mut self, record: Record, jump: i64) {
        if self.waiting.iter().any(|other| other.time.abs_diff(record.time) > jump.unsigned_abs()) {
            self.give_up_waiting();
        }
        self.waiting.push(record);
        if self.waiting.len() >= WITNESSES {
            let agreed = std::mem::take(&mut self.waiting);
            self.newest = agreed.iter().map(|record| (record.time, 0)).max();
            agreed.into_iter().for_each(|record| self.take(record));
        }
    }

    fn give_up_waiting(&mut self) {
        let values: usize = self.waiting.drain(..).map(|record| record.values.len()).sum();
        self.counts.too_early += values as u64;
    }

    /// Forgets what stands on a clock that was broken.
    fn restart(&mut self) {
        self.counts.too_early += std::mem::take(&mut self.counts.kept);
        self.give_up_waiting();
        self.series.clear();
        (self.folded, self.looked_at, self.newest) = (0, i64::MIN, None);
    }

    fn take(&mut self, record: Record) {
        let (newest, witnesses) = self.newest.unwrap_or((record.time, 0));
        let newest = newest.max(record.time);
        self.newest = Some((newest, witnesses.saturating_add(1)));
        let levels = self.levels();
        for (name, value) in record.values {
            let Some(key) = self.room_for(Key { name, tags: record.tags.clone() }, &levels, newest) else {
                self.counts.no_room += 1;
                continue;
            };
            self.counts.kept += 1;
            self.counts.folded += u64::from(key.tags != record.tags);
            if !self.series.contains_key(&key) {
                self.folded += usize::from(key.is_folded());
            }
            let rings = self.series.entry(key).or_insert_with(|| vec![Ring::default(); levels.len()]);
            for (level, ring) in levels.iter().zip(rings) {
                let (slot, (oldest, _)) = (record.time.div_euclid(level.step), level.kept(newest));
                if slot >= oldest {
                    ring.add(slot, &Bucket::of(record.time, value), oldest);
                }
            }
        }
    }

    /// Where a value goes: to its own series, to the folded one, or nowhere.
    fn room_for(&mut self, key: Key, levels: &[Level], newest: i64) -> Option<Key> {
        if self.has_room(&key) {
            return Some(key);
        }
        self.forget_aged(levels, newest);
        let folded = key.folded();
        [key, folded].into_iter().find(|key| self.has_room(key))
    }

    fn has_room(&self, key: &Key) -> bool {
        let most = self.config.max_series;
        let own = self.series.len() - self.folded;
        self.series.contains_key(key)
            || (self.series.len() < most && (key.is_folded() || own < most - most / 4))
    }

    /// Forgets the series of which every bucket has aged out: at most once per coarsest step, for it looks at them all.
    fn forget_aged(&mut self, levels: &[Level], newest: i64) {
        let Some(coarsest) = levels.last() else { return };
        let (oldest, now) = coarsest.kept(newest);
        if self.looked_at < now {
            self.looked_at = now;
            self.series.retain(|_, rings| rings.last().is_some_and(|ring| !ring.is_before(oldest)));
            self.folded = self.series.keys().filter(|key| key.is_folded()).count();
        }
    }

    fn matching<'a>(
        &'a self,
        name: &'a str,
        tags: &'a BTreeMap<String, String>,
    ) -> impl Iterator<Item = &'a Vec<Ring>> {
        let from = Key { name: name.to_owned(), tags: BTreeMap::new() };
        let named = self.series.range(from..).take_while(move |(key, _)| key.name == name);
        named
            .filter(move |(key, _)| tags.iter().all(|(tag, value)| key.tags.get(tag) == Some(value)))
            .map(|(_, rings)| rings)
    }
}

impl Key {
    fn folded(&self) -> Key {
        let tags = self.tags.keys().map(|tag| (tag.clone(), OTHER.to_owned())).collect();
        Key { name: self.name.clone(), tags }
    }

    fn is_folded(&self) -> bool {
        !self.tags.is_empty() && self.tags.values().all(|value| value == OTHER)
    }
}

fn checked_tags(tags: &[(&str, &str)]) -> Result<BTreeMap<String, String>> {
    if tags.len() > MOST_TAGS {
        return Err(Error::data("tags", format!("has {}, at most {MOST_TAGS} are allowed", tags.len())));
    }
    let mut keys = BTreeSet::new();
    for (key, value) in tags {
        check_text("tags", "key", key)?;
        check_text("tags", "value", value)?;
        if !keys.insert(key) {
            return Err(Error::data("tags", format!("has \"{key}\" twice")));
        }
    }
    Ok(tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
}

fn check_text(argument: &str, what: &str, text: &str) -> Result<()> {
    if text.is_empty() || text.len() > LONGEST_TEXT {
        let problem = format!("a {what} must have 1 to {LONGEST_TEXT} bytes, got {}", text.len());
        return Err(Error::data(argument, problem));
    }
    Ok(())
}
