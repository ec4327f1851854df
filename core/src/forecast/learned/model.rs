//! The body that all learned models share: scaling, the linear model, a correction of it, and intervals from held-out errors.
//! After the fit, values that come move the network on, teach the readout, and widen or narrow the intervals.
//!
//! Forecasts are direct: each number of steps ahead is answered from the origin, so that errors do not feed on themselves.
//! Beyond [`Outline::horizon`] the relations of the farthest band go on, with the seasons still read from the latest one
//! that is known; the forecast then settles on the seasonal shape.

use super::calibration::Calibration;
use super::design::{Design, Outline, Past, Sample, Target, band, steps_of};
use super::highway::Highway;
use super::lesson::{Correction, Corrector, Lesson, Sequence, Settings, Watch};
use super::readout::Readout;
use super::scale::Scale;
use crate::error::{Error, Result};
use crate::forecast::Forecast;
use crate::forecast::progress::Progress;
use crate::load::{Calendar, Series};
use crate::random::Random;
use crate::rows::Rows;
use crate::snapshot::{self, Kind};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Known values without which nothing can be learned and held out.
const NEEDED: usize = 64;
/// Samples of each band that are learned from.
const SAMPLES: usize = 2500;
/// The same for choosing a scale, and how much smaller an error decides for a less plain one.
const TRIAL_SAMPLES: usize = 500;
const GAIN: f64 = 0.99;
/// The last one of so many parts of the series is held out.
const PARTS: usize = 5;
/// Gaps up to this long are filled with the model's own forecasts, longer ones with the season before.
const OWN_FILL: u64 = 64;
/// The longest forecast, in steps, and how many steps of it the calendar is asked for at once.
const LONGEST_FORECAST: usize = 1_000_000;
const STRETCH: usize = 4096;

/// A learned model: its settings, and what it learned.
#[derive(Debug, Clone)]
pub(super) struct Learned<C: Corrector> {
    settings: C::Settings,
    outline: Outline,
    calendar: Calendar,
    progress: Progress,
    fitted: Option<Fitted<C>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Fitted<C> {
    design: Design,
    highway: Highway,
    corrector: C,
    calibration: Calibration,
    past: Past,
    sequence: Sequence,
    readout: Readout,
    /// The latest steps, as many as the horizon has, the last one at the end.
    origins: VecDeque<Origin>,
}

/// A step from which forecasts were made that are compared with what comes: what the network then remembered, and what the
/// readout said of it, band by band.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Origin {
    hidden: Vec<f64>,
    said: Vec<f64>,
}

/// A snapshot: settings, progress, and what was learned.
type Saved<S, C> = (S, Progress, Option<Fitted<C>>);

/// One answer on the scale of z: the linear forecast, its usual error, and the correction.
struct Answer {
    linear: f64,
    unit: f64,
    correction: Correction,
}

/// What is known of each step of a series.
struct Known<'a> {
    times: &'a [i64],
    z: Vec<f64>,
    missing: &'a [bool],
    features: Vec<f64>,
    calendar: Rows<'a>,
}

impl<C: Corrector> Learned<C> {
    pub(super) fn new(settings: C::Settings) -> Result<Self> {
        let outline = settings.outline();
        outline.check()?;
        settings.check()?;
        let calendar = Calendar::new(outline.calendar.clone())?;
        Ok(Learned { settings, outline, calendar, progress: Progress::default(), fitted: None })
    }

    pub(super) fn fit(
        &mut self,
        name: &str,
        series: &Series,
        features: Option<Rows<'_>>,
        watch: &mut dyn FnMut(f64) -> bool,
    ) -> Result<()> {
        let mut progress = Progress::fit(name, series, features, NEEDED)?;
        let mut watch = Watch::new(watch);
        let values = series.values();
        Design::check_size(values.len(), &self.calendar, features.map_or(0, |rows| rows.columns()))?;
        let step = series.step_milliseconds();
        let times: Vec<i64> = series.times().collect();
        let calendar = self.calendar.features(&times)?;
        let missing: Vec<bool> = values.iter().map(|value| value.is_nan()).collect();
        let mut best = None;
        for scale in Scale::candidates(values) {
            watch.tell(0.0)?;
            let design = Design::new(&self.outline, &self.calendar, scale, values.len(), step, features);
            let known = Known {
                z: filled(&design, values),
                features: features
                    .iter()
                    .flat_map(|rows| rows.iter())
                    .flat_map(|row| design.standardised(row))
                    .collect(),
                calendar: calendar.rows(),
                times: &times,
                missing: &missing,
            };
            let lost = self.trial(&design, &known);
            // The plainer scale unless another gains.
            if best.as_ref().is_none_or(|(least, _, _)| lost < GAIN * least) {
                best = Some((lost, design, known));
            }
        }
        let Some((_, mut design, known)) = best else {
            return Err(Error::internal("no scale fits the series"));
        };
        let (samples, learn) = draw(&design, &known, self.outline.seed, SAMPLES);
        if learn < 8 || samples.len() < learn + 8 {
            let problem = format!(
                "too few known values where they are needed: {} pairs of past and future among {} values, needs 8 to learn from \
                 and 8 to hold out",
                samples.len(),
                values.len()
            );
            return Err(Error::not_ready(name, problem));
        }
        design.horizon = samples.iter().map(|sample| sample.ahead).max().unwrap_or(1);
        let inputs = inputs(&design, &known);
        let sequence = Rows::whole(&inputs.0, inputs.1);
        let fitted = self.learn(design, &known, sequence, samples, learn, watch.part(0.1, 1.0))?;
        values.iter().for_each(|value| progress.advance(*value, None));
        self.progress = progress;
        self.fitted = Some(fitted);
        Ok(())
    }

    /// Absolute error of the linear model on the held-out samples, from fewer of them.
    fn trial(&self, design: &Design, known: &Known<'_>) -> f64 {
        let (samples, learn) = draw(design, known, self.outline.seed, TRIAL_SAMPLES);
        let table = rows_of(design, known, &samples);
        let bands = band(design.horizon, usize::MAX) + 1;
        Highway::choose(design, &samples, Rows::whole(&table, design.columns()), learn, bands).1
    }

    fn learn(
        &self,
        design: Design,
        known: &Known<'_>,
        sequence: Rows<'_>,
        samples: Vec<Sample>,
        learn: usize,
        mut watch: Watch<'_>,
    ) -> Result<Fitted<C>> {
        let bands = band(design.horizon, usize::MAX) + 1;
        let columns = design.columns();
        let mut table = rows_of(&design, known, &samples);
        let (highway, _) = Highway::choose(&design, &samples, Rows::whole(&table, columns), learn, bands);
        let residuals = leave(&design, &highway, &samples, &mut table);
        let lesson = Lesson {
            design: &design,
            samples: &samples,
            learn,
            rows: Rows::whole(&table, columns),
            residuals: &residuals,
            sequence,
            seed: self.outline.seed,
        };
        let mut corrector = C::fit(&self.settings, &lesson, &mut watch.part(0.0, 0.8))?;
        let corrections = corrector.corrections(&lesson);
        let held_out = samples.iter().zip(corrections).zip(&residuals).skip(learn);
        let held_out = held_out.map(|((sample, correction), residual)| (sample.ahead, correction, *residual));
        let calibration = Calibration::fit(held_out, bands)?;

        // The held-out part is the latest, and is learned from in the end.
        let mut samples = samples;
        samples.sort_by_key(|sample| sample.origin);
        let mut table = rows_of(&design, known, &samples);
        let highway = highway.settled(&design, &samples, Rows::whole(&table, columns));
        let residuals = leave(&design, &highway, &samples, &mut table);
        let rows = Rows::whole(&table, columns);
        let learn = samples.len();
        let seed = self.outline.seed;
        let lesson =
            Lesson { design: &design, samples: &samples, learn, rows, residuals: &residuals, sequence, seed };
        corrector.settle(&self.settings, &lesson, &mut watch.part(0.8, 1.0))?;

        let beginning = corrector.beginning();
        let keep = design.memory();
        let past = Past {
            z: last(&known.z, keep).to_vec(),
            features: last(&known.features, keep * design.features()).to_vec(),
        };
        let readout = Readout::new(bands, beginning.hidden.len());
        let mut fitted = Fitted {
            design,
            highway,
            corrector,
            calibration,
            past,
            sequence: beginning,
            readout,
            origins: VecDeque::new(),
        };
        sequence.iter().for_each(|input| fitted.read(input));
        Ok(fitted)
    }

    pub(super) fn update(&mut self, value: f64, features: Option<&[f64]>) -> Result<()> {
        self.progress.check_update(value, features)?;
        if let Some(fitted) = &mut self.fitted {
            let time = self.progress.clock().0;
            let calendar = self.calendar.features(&[time])?;
            let row = calendar.rows().get(0).unwrap_or_default();
            fitted.take(value, time, features, row);
        }
        self.progress.advance(value, features);
        Ok(())
    }

    pub(super) fn skip(&mut self, steps: u64) -> Result<()> {
        if let Some(fitted) = &mut self.fitted {
            let own = steps.min(OWN_FILL);
            // Near its end a gap is filled as usual, so that the network has read something before it is asked.
            let (step, next) = (fitted.design.step, self.progress.clock().0);
            let at = |index: u64| {
                next.saturating_add(step.saturating_mul(i64::try_from(index).unwrap_or(i64::MAX)))
            };
            let times: Vec<i64> = (steps - own..steps).map(at).collect();
            let calendar = self.calendar.features(&times)?;
            if steps > own {
                fitted.repeat_season(steps - own);
                fitted.origins.clear();
            }
            for (time, row) in times.iter().zip(calendar.rows().iter()) {
                fitted.take(f64::NAN, *time, None, row);
            }
        }
        self.progress.pass(steps);
        Ok(())
    }

    pub(super) fn forecast(
        &self,
        name: &str,
        horizon: usize,
        levels: &[f64],
        features: Option<Rows<'_>>,
    ) -> Result<Forecast> {
        self.progress.check_forecast(name, 1, horizon, levels, features)?;
        let Some(fitted) = &self.fitted else {
            return Err(Error::not_ready(
                name,
                format!("needs a fit to a series with {NEEDED} known values first"),
            ));
        };
        if horizon > LONGEST_FORECAST {
            return Err(Error::config(
                "horizon",
                format!("must be 1 to {LONGEST_FORECAST} steps, got {horizon}"),
            ));
        }
        let (next, step) = self.progress.clock();
        let times: Vec<i64> =
            (0..horizon as i64).map(|at| next.saturating_add(step.saturating_mul(at))).collect();
        let said = fitted.readout.says(&fitted.sequence.hidden);
        let (mut mean, mut values) = (Vec::with_capacity(horizon), Vec::new());
        let (mut row, mut ahead) = (Vec::new(), 0);
        for times in times.chunks(STRETCH) {
            let calendar = self.calendar.features(times)?;
            for (time, calendar) in times.iter().zip(calendar.rows().iter()) {
                let features = features.and_then(|rows| rows.get(ahead)).unwrap_or_default();
                let features = fitted.design.standardised(features);
                ahead += 1;
                let target = Target { ahead, time: *time, features: &features, calendar };
                let answer = fitted.answer(target, &said, &mut row);
                let value = |units: f64| fitted.design.scale.value(answer.linear + answer.unit * units);
                mean.push(value(answer.correction.shift));
                values.extend(fitted.calibration.quantiles(ahead, answer.correction).map(value));
            }
        }
        Ok(self.progress.quantiles(levels, mean, fitted.calibration.normal().to_vec(), values))
    }

    pub(super) fn settings(&self) -> &C::Settings {
        &self.settings
    }

    pub(super) fn parameters(&self) -> serde_json::Value {
        let learned = self.fitted.as_ref().map(|fitted| {
            let design = &fitted.design;
            let names = design.names(&self.calendar);
            let linear: Vec<_> = fitted.highway.coefficients().collect();
            serde_json::json!({
                "horizon": design.horizon,
                "scale": design.scale.name(),
                "periods": design.seasons.iter().map(|season| season.period).collect::<Vec<_>>(),
                "columns": names,
                "linear": linear,
                "correction": fitted.corrector.describe(&names),
            })
        });
        serde_json::json!({ "settings": self.settings, "learned": learned })
    }

    pub(super) fn snapshot(&self, kind: Kind) -> Result<Vec<u8>> {
        snapshot::save(kind, &(&self.settings, &self.progress, &self.fitted))
    }

    pub(super) fn restore(kind: Kind, bytes: &[u8]) -> Result<Self> {
        let refuse = |problem: String| Error::Snapshot { problem };
        let (settings, progress, fitted): Saved<C::Settings, C> = snapshot::load(kind, bytes)?;
        let mut model = Learned::<C>::new(settings).map_err(|error| refuse(error.to_string()))?;
        let fits = |fitted: &Fitted<C>| fitted.is_whole(&model.calendar, progress.columns());
        if !progress.is_whole() || !fitted.as_ref().is_none_or(fits) {
            return Err(refuse("the learned model is inconsistent".into()));
        }
        model.progress = progress;
        model.fitted = fitted;
        Ok(model)
    }
}

impl<C: Corrector> Fitted<C> {
    /// The answer from the last step, of which the readout says `said`.
    fn answer(&self, target: Target<'_>, said: &[f64], row: &mut Vec<f64>) -> Answer {
        self.answer_from(0, &self.sequence.hidden, said, target, row)
    }

    /// The answer that was right `ago` steps before the last one.
    fn answer_from(
        &self,
        ago: usize,
        hidden: &[f64],
        said: &[f64],
        target: Target<'_>,
        row: &mut Vec<f64>,
    ) -> Answer {
        row.clear();
        let end = self.past.z.len().saturating_sub(ago);
        let z = self.past.z.get(..end).unwrap_or_default();
        let features = self.past.features.get(..end * self.design.features()).unwrap_or_default();
        self.design.row(z, features, target, row);
        let (linear, unit) = self.highway.value(target.ahead, row);
        self.design.relate(row, linear);
        let mut correction = self.corrector.correct(hidden, row);
        let band = band(target.ahead, said.len());
        correction.shift += self.readout.share(band) * said.get(band).copied().unwrap_or(0.0);
        Answer { linear, unit, correction }
    }

    /// Takes in the next step; a missing value is what the model itself expects, a missing row of features the one before.
    fn take(&mut self, value: f64, time: i64, features: Option<&[f64]>, calendar: &[f64]) {
        let features = match features {
            Some(features) => self.design.standardised(features),
            None => last(&self.past.features, self.design.features()).to_vec(),
        };
        let target = Target { ahead: 1, time, features: &features, calendar };
        let said = self.readout.says(&self.sequence.hidden);
        let answer = self.answer(target, &said, &mut Vec::with_capacity(self.design.columns()));
        let z = if value.is_nan() {
            (answer.linear + answer.unit * answer.correction.shift).clamp(-1e9, 1e9)
        } else {
            self.design.scale.learn(value)
        };
        if !value.is_nan() {
            self.judge(z, target);
        }
        self.push(z, &features);
        let mut input = Vec::with_capacity(self.design.inputs() + features.len());
        self.design.input_of(&self.past.z, !value.is_nan(), calendar, &features, &mut input);
        self.read(&input);
    }

    /// Reads the input of the next step, and keeps the step as an origin of forecasts that are to be compared with what comes.
    fn read(&mut self, input: &[f64]) {
        self.corrector.read(&mut self.sequence, input);
        let said = self.readout.says(&self.sequence.hidden);
        self.origins.push_back(Origin { hidden: self.sequence.hidden.clone(), said });
        if self.origins.len() > self.design.horizon {
            self.origins.pop_front();
        }
    }

    /// Compares the forecasts that were made for this step with its `z`, one for each band: that of the band's farthest step.
    fn judge(&mut self, z: f64, target: Target<'_>) {
        let mut row = Vec::with_capacity(self.design.columns());
        for band in 0..self.highway.bands() {
            let (_, ahead) = steps_of(band, self.design.horizon);
            let at = self.origins.len().checked_sub(ahead);
            let Some(origin) = at.and_then(|at| self.origins.get(at)) else { break };
            let target = Target { ahead, ..target };
            let answer = self.answer_from(ahead - 1, &origin.hidden, &origin.said, target, &mut row);
            let residual = (z - answer.linear) / answer.unit;
            self.calibration.learn(ahead, answer.correction, residual);
            let said = origin.said.get(band).copied().unwrap_or(0.0);
            let trained = answer.correction.shift - self.readout.share(band) * said;
            self.readout.learn(band, ahead, &origin.hidden, said, residual - trained);
        }
    }

    /// Appends a step, and now and then drops what nothing looks at any more: O(1) amortised.
    fn push(&mut self, z: f64, features: &[f64]) {
        let keep = self.design.memory();
        self.past.z.push(z);
        self.past.features.extend_from_slice(features);
        if self.past.z.len() > 2 * keep {
            let over = self.past.z.len() - keep;
            self.past.z.drain(..over);
            self.past.features.drain(..over * self.design.features());
        }
    }

    /// Goes on for `steps` steps with the longest season repeated, or the last value.
    fn repeat_season(&mut self, steps: u64) {
        let period =
            self.design.seasons.last().map_or(1, |season| season.period).min(self.past.z.len()).max(1);
        let keep = self.design.memory() as u64;
        // Whole seasons change nothing once all that is remembered is a repetition.
        let steps = if steps > keep { keep + (steps - keep) % period as u64 } else { steps };
        let features = last(&self.past.features, self.design.features()).to_vec();
        for _ in 0..steps {
            let z = self.past.z.len().checked_sub(period).and_then(|at| self.past.z.get(at)).copied();
            self.push(z.unwrap_or(0.0), &features);
        }
    }

    fn is_whole(&self, calendar: &Calendar, features: usize) -> bool {
        self.design.is_whole(calendar, features)
            && self.highway.is_whole(self.design.linear_columns())
            && self.corrector.is_whole(&self.design, &self.sequence)
            && self.calibration.is_whole(self.highway.bands())
            && !self.past.z.is_empty()
            && self.highway.bands() == band(self.design.horizon, usize::MAX) + 1
            && self.readout.is_whole(self.highway.bands(), self.sequence.hidden.len())
            && self.origins.len() <= self.design.horizon
            && self.origins.iter().all(|origin| {
                origin.hidden.len() == self.sequence.hidden.len()
                    && origin.said.len() == self.highway.bands()
                    && origin.hidden.iter().chain(&origin.said).all(|x| x.is_finite())
            })
            && self.past.features.len() == self.past.z.len() * features
            && self.past.z.iter().chain(&self.past.features).all(|x| x.is_finite())
    }
}

fn last(values: &[f64], count: usize) -> &[f64] {
    values.get(values.len().saturating_sub(count)..).unwrap_or_default()
}

/// The values on the scale; a missing one is that of a season before, or else the one before.
fn filled(design: &Design, values: &[f64]) -> Vec<f64> {
    let period = design.seasons.first().map_or(usize::MAX, |season| season.period);
    let first = values.iter().find(|value| !value.is_nan()).map_or(0.0, |value| design.scale.z(*value));
    let mut z: Vec<f64> = Vec::with_capacity(values.len());
    for value in values {
        let before = || z.len().checked_sub(period).and_then(|at| z.get(at)).or(z.last()).copied();
        let next = if value.is_nan() { before().unwrap_or(first) } else { design.scale.z(*value) };
        z.push(next);
    }
    z
}

/// Pairs of origin and steps ahead with a known target, at most `most` to learn from in each band; first those to learn
/// from (the count is given), then those held out, both by origin.
fn draw(design: &Design, known: &Known<'_>, seed: u64, most: usize) -> (Vec<Sample>, usize) {
    let length = known.z.len();
    let first = design.first_origin();
    let split = length - (length.saturating_sub(first) / PARTS).max(1);
    let mut random = Random::stream(seed, 0);
    let (mut learned, mut held_out) = (Vec::new(), Vec::new());
    for of_band in 0..=band(design.horizon, usize::MAX) {
        let (nearest, farthest) = steps_of(of_band, design.horizon);
        let origins = length.saturating_sub(first + nearest);
        let wanted = (most * PARTS / (PARTS - 1)).min(origins);
        for index in 0..wanted {
            let origin = first + index * origins / wanted;
            let ahead = nearest + random.below((farthest - nearest + 1) as u64) as usize;
            let at = origin + ahead;
            let (Some(target), Some(false)) = (known.z.get(at), known.missing.get(at)) else { continue };
            let sample = Sample { origin, ahead, target: *target };
            if at < split { learned.push(sample) } else { held_out.push(sample) }
        }
    }
    learned.sort_by_key(|sample: &Sample| sample.origin);
    held_out.sort_by_key(|sample: &Sample| sample.origin);
    let learn = learned.len();
    learned.extend(held_out);
    (learned, learn)
}

fn rows_of(design: &Design, known: &Known<'_>, samples: &[Sample]) -> Vec<f64> {
    let mut table = Vec::with_capacity(samples.len() * design.columns());
    let columns = design.features();
    let keep = design.memory();
    for sample in samples {
        let (origin, at) = (sample.origin + 1, sample.origin + sample.ahead);
        let start = origin.saturating_sub(keep);
        let target = Target {
            ahead: sample.ahead,
            time: known.times.get(at).copied().unwrap_or(0),
            features: known.features.get(at * columns..(at + 1) * columns).unwrap_or_default(),
            calendar: known.calendar.get(at).unwrap_or_default(),
        };
        let z = known.z.get(start..origin).unwrap_or_default();
        let features = known.features.get(start * columns..origin * columns).unwrap_or_default();
        design.row(z, features, target, &mut table);
    }
    table
}

/// What the linear model leaves of each sample in units of its usual error; its forecasts are put into the table.
fn leave(design: &Design, highway: &Highway, samples: &[Sample], table: &mut [f64]) -> Vec<f64> {
    let rows = table.chunks_exact_mut(design.columns());
    let leaves = rows.zip(samples).map(|(row, sample)| {
        let (linear, unit) = highway.value(sample.ahead, row);
        design.relate(row, linear);
        (sample.target - linear) / unit
    });
    leaves.collect()
}

/// The table of what networks read, and its width.
fn inputs(design: &Design, known: &Known<'_>) -> (Vec<f64>, usize) {
    let columns = design.features();
    let width = design.inputs() + columns;
    let mut inputs = Vec::with_capacity(known.z.len() * width);
    let keep = design.memory();
    for (at, (calendar, missing)) in known.calendar.iter().zip(known.missing).enumerate() {
        let z = known.z.get((at + 1).saturating_sub(keep)..=at).unwrap_or_default();
        let features = known.features.get(at * columns..(at + 1) * columns).unwrap_or_default();
        design.input_of(z, !missing, calendar, features, &mut inputs);
    }
    (inputs, width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::learned::gradient_boosting::Trees;
    use crate::forecast::learned::neural::{lstm_cell::LstmCell, network::Network, tcn_blocks::TcnBlocks};
    use crate::forecast::learned::{GradientBoostingConfig, LstmConfig, TcnConfig};

    /// A day of 48 steps; from step 1,200 on its level, growth or hours are others.
    fn load(kind: &str, seed: u64) -> Vec<f64> {
        let mut random = Random::new(seed);
        let mut wander = 0.0;
        let value = |i: usize| {
            wander = 0.9 * wander + 0.05 * random.normal();
            let late = i >= 1200;
            let phase = if late && kind == "moved" { 8.0 } else { 0.0 };
            let day = std::f64::consts::TAU * (i as f64 + phase) / 48.0;
            let level = match kind {
                "level" if late => 1.7,
                "growth" => 1.0 + if late { (i - 1200) as f64 / 200.0 } else { 0.0 },
                _ => 1.0,
            };
            random.poisson(
                level
                    * 200.0
                    * (1.5 + day.sin() + 0.4 * (2.0 * day).cos()).max(0.1)
                    * (1.0 + wander).max(0.1),
            )
        };
        (0..1600).map(value).collect()
    }

    /// Absolute errors after a fit to the first 1,200 values.
    fn lost<C: Corrector>(settings: C::Settings, values: &[f64], held: bool, ahead: &[usize]) -> Vec<f64> {
        let mut model = Learned::<C>::new(settings).unwrap();
        let series = Series::new(values[..1200].to_vec(), 1_700_000_000_000, 1800.0).unwrap();
        model.fit("model", &series, None, &mut |_| true).unwrap();
        let fresh = model.fitted.as_ref().unwrap().readout.clone();
        let mut errors = vec![0.0; ahead.len()];
        for at in 1200..1500 {
            let forecast = model.forecast("model", 16, &[], None).unwrap();
            for (error, ahead) in errors.iter_mut().zip(ahead) {
                *error += (values[at + ahead - 1] - forecast.mean()[ahead - 1]).abs();
            }
            model.update(values[at], None).unwrap();
            if held {
                model.fitted.as_mut().unwrap().readout = fresh.clone();
            }
        }
        errors
    }

    /// Error of the model that learns from each value over that of the same model with its readout held, at each step ahead;
    /// geometric means over seeds.
    fn gain<C: Corrector>(settings: &C::Settings, kind: &str) -> Vec<f64> {
        let ahead = [1, 4, 16];
        let mut logs = vec![0.0; ahead.len()];
        for seed in 11..14 {
            let values = load(kind, seed);
            let learning = lost::<C>(settings.clone(), &values, false, &ahead);
            let held = lost::<C>(settings.clone(), &values, true, &ahead);
            logs.iter_mut()
                .zip(learning.iter().zip(&held))
                .for_each(|(log, (a, b))| *log += (a / b).ln() / 3.0);
        }
        logs.into_iter().map(f64::exp).collect()
    }

    fn check<C: Corrector>(settings: &C::Settings) {
        for kind in ["level", "growth"] {
            let gain = gain::<C>(settings, kind);
            assert!(gain.iter().all(|ratio| *ratio < 0.9), "{kind}: {gain:?}");
        }
        for kind in ["plain", "moved"] {
            let gain = gain::<C>(settings, kind);
            assert!(gain.iter().all(|ratio| *ratio < 1.02), "{kind}: {gain:?}");
        }
    }

    #[test]
    fn learning_from_each_value_helps_after_a_change_and_costs_little_without() {
        check::<Trees>(&GradientBoostingConfig { horizon: 16, trees: 15, ..Default::default() });
        check::<Network<LstmCell>>(&LstmConfig { horizon: 16, hidden: 8, steps: 100, ..Default::default() });
        check::<Network<TcnBlocks>>(&TcnConfig {
            horizon: 16,
            channels: 8,
            steps: 100,
            ..Default::default()
        });
    }
}
