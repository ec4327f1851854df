//! An encoder of the past and a head that answers for each step ahead.
//!
//! Wen, Torkkola, Narayanaswamy & Madeka 2017, "A Multi-Horizon Quantile Recurrent Forecaster", NIPS Time Series Workshop:
//! one head for all horizons, fed with the hidden vector of the origin and what is known of the target (here: its row).
//! It gives the shift of the mean and two quantiles of what the linear model leaves.

use super::course::{Course, WARM_UP};
use super::encoder::Encoder;
use super::perceptron::Perceptron;
use crate::error::Result;
use crate::forecast::learned::design::Design;
use crate::forecast::learned::lesson::{Correction, Corrector, Lesson, NARROWEST, Sequence, Settings, Watch};
use crate::random::Random;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Outputs of the head: shift, lower and upper quantile.
pub(super) const OUTPUTS: usize = 3;
/// Where the quantiles begin before anything is learned: those of a normal law, about.
pub(super) const SIDES: f64 = 1.3;
/// Largest standardised entry of a row that the head is shown.
const LARGEST_ENTRY: f64 = 5.0;
/// Steps that are read at once where nothing is learned from them, so that a long sequence needs little memory.
const STRETCH: usize = 1024;

/// Encoder and head with their parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Network<E> {
    pub(super) encoder: E,
    pub(super) head: Perceptron,
    /// The encoder's, then the head's.
    pub(super) parameters: Vec<f64>,
    /// Mean and inverse standard deviation of the row's entries that the head sees, by their place in the row.
    standard: Vec<(usize, f64, f64)>,
    /// Share of the shift that the held-out samples bear out.
    pub(in super::super) share: f64,
    /// Steps of the optimiser until the best parameters.
    pub(super) steps: usize,
}

impl<E: Encoder> Network<E> {
    /// An untrained network whose head sees the first `columns` columns of a row and the number of steps ahead.
    pub(super) fn new(encoder: E, columns: usize, lesson: &Lesson<'_>) -> Self {
        let places =
            (0..columns).chain([lesson.design.place_of_linear(), lesson.design.place_of_linear() + 1]);
        let learned = || lesson.rows.iter().take(lesson.learn);
        let standard: Vec<_> = places
            .map(|place| {
                let entry = |row: &[f64]| row.get(place).copied().unwrap_or(0.0);
                let count = learned().count().max(1) as f64;
                let mean = learned().map(|row| entry(row) / count).sum::<f64>();
                let variance = learned().map(|row| entry(row) - mean).map(|d| d * d / count).sum::<f64>();
                (place, mean, if variance > 1e-12 { 1.0 / variance.sqrt() } else { 0.0 })
            })
            .collect();
        let hidden = encoder.hidden();
        let head = Perceptron { inputs: hidden + standard.len(), hidden, outputs: OUTPUTS };
        let mut parameters = vec![0.0; encoder.parameters() + head.parameters()];
        let (of_encoder, of_head) = parameters.split_at_mut(encoder.parameters());
        let mut random = Random::stream(lesson.seed, 1);
        encoder.initialize(of_encoder, &mut random);
        head.initialize(of_head, &mut random);
        Network { encoder, head, parameters, standard, share: 1.0, steps: 0 }
    }

    /// What the head sees: the hidden vector, and the row on a standard scale.
    pub(super) fn view(&self, hidden: &[f64], row: &[f64], view: &mut Vec<f64>) {
        view.clear();
        view.extend_from_slice(hidden);
        view.extend(self.standard.iter().map(|(place, mean, scale)| {
            ((row.get(*place).copied().unwrap_or(0.0) - mean) * scale).clamp(-LARGEST_ENTRY, LARGEST_ENTRY)
        }));
    }

    /// Count of a step's inputs.
    pub(super) fn inputs(&self) -> usize {
        self.encoder.inputs()
    }

    fn correction(&self, out: [f64; OUTPUTS]) -> Correction {
        let [shift, low, high] = out;
        Correction {
            shift: self.share * shift,
            below: (self.share * shift - low + SIDES).max(NARROWEST),
            above: (high + SIDES - self.share * shift).max(NARROWEST),
        }
    }

    /// The raw outputs for a target.
    pub(super) fn answer(&self, hidden: &[f64], row: &[f64]) -> [f64; OUTPUTS] {
        let mut view = Vec::with_capacity(self.head.inputs);
        self.view(hidden, row, &mut view);
        let mut out = [0.0; OUTPUTS];
        let (_, of_head) = self.parameters.split_at(self.encoder.parameters());
        self.head.forward(of_head, &view, &mut vec![0.0; self.head.hidden], &mut out);
        out
    }

    pub(in super::super) fn beginning(&self) -> Sequence {
        Sequence { state: vec![0.0; self.encoder.state()], hidden: vec![0.0; self.encoder.hidden()] }
    }

    pub(in super::super) fn read(&self, sequence: &mut Sequence, input: &[f64]) {
        let (of_encoder, _) = self.parameters.split_at(self.encoder.parameters());
        let input = input.get(..self.inputs()).unwrap_or_default();
        sequence.hidden =
            self.encoder.forward(of_encoder, input, &mut sequence.state, &mut Default::default());
    }

    pub(in super::super) fn correct(&self, hidden: &[f64], row: &[f64]) -> Correction {
        self.correction(self.answer(hidden, row))
    }

    /// The corrections of samples `from` to the last: the sequence is read once, from a little before the first.
    pub(in super::super) fn corrections(&self, lesson: &Lesson<'_>, from: usize) -> Vec<Correction> {
        self.answers(lesson, from).into_iter().map(|out| self.correction(out)).collect()
    }

    pub(super) fn answers(&self, lesson: &Lesson<'_>, from: usize) -> Vec<[f64; OUTPUTS]> {
        let samples = lesson.samples.get(from..).unwrap_or_default();
        let mut order: Vec<_> = samples.iter().map(|sample| sample.origin).enumerate().collect();
        order.sort_by_key(|(_, origin)| *origin);
        let (Some((_, first)), Some((_, last))) = (order.first(), order.last()) else { return Vec::new() };
        let (mut start, end) = (first.saturating_sub(WARM_UP), last + 1);
        let (of_encoder, _) = self.parameters.split_at(self.encoder.parameters());
        let mut state = vec![0.0; self.encoder.state()];
        let mut answers = vec![[0.0; OUTPUTS]; samples.len()];
        let (width, mut rest) = (self.encoder.hidden(), order.as_slice());
        while start < end {
            let stop = (start + STRETCH).min(end);
            let inputs = narrowed(lesson.sequence, start, stop, self.inputs());
            let hidden = self.encoder.forward(of_encoder, &inputs, &mut state, &mut Default::default());
            let (own, later) = rest.split_at(rest.partition_point(|(_, origin)| *origin < stop));
            for (sample, origin) in own {
                let at = (origin - start) * width;
                let hidden = hidden.get(at..at + width).unwrap_or_default();
                let row = lesson.rows.get(from + sample).unwrap_or_default();
                if let Some(answer) = answers.get_mut(*sample) {
                    *answer = self.answer(hidden, row);
                }
            }
            (start, rest) = (stop, later);
        }
        answers
    }

    pub(in super::super) fn is_whole(&self, design: &Design, sequence: &Sequence) -> bool {
        self.encoder.is_whole()
            && self.head.inputs == self.encoder.hidden() + self.standard.len()
            && self.head.hidden == self.encoder.hidden()
            && self.head.outputs == OUTPUTS
            && self.parameters.len() == self.encoder.parameters() + self.head.parameters()
            && self.inputs() <= design.inputs() + design.features()
            && sequence.state.len() == self.encoder.state()
            && sequence.hidden.len() == self.encoder.hidden()
            && self.parameters.iter().chain(&sequence.state).chain(&sequence.hidden).all(|x| x.is_finite())
            && (0.0..=1.0).contains(&self.share)
            && self.standard.iter().all(|(_, mean, scale)| mean.is_finite() && scale.is_finite())
    }

    pub(in super::super) fn describe(&self) -> serde_json::Value {
        serde_json::json!({
            "weights": self.parameters.len(), "steps_of_training": self.steps, "share_of_the_shift": self.share,
        })
    }
}

/// An encoder that the settings of a model describe.
pub(in super::super) trait Architecture:
    Encoder + Serialize + DeserializeOwned + 'static
{
    type Settings: Settings;

    /// For `inputs` numbers a step.
    fn of(settings: &Self::Settings, inputs: usize) -> Self;
    fn course(settings: &Self::Settings) -> Course;
}

impl<E: Architecture> Corrector for Network<E> {
    type Settings = E::Settings;

    fn fit(settings: &E::Settings, lesson: &Lesson<'_>, watch: &mut Watch<'_>) -> Result<Self> {
        Network::fit(E::of(settings, lesson.sequence.columns()), E::course(settings), lesson, watch)
    }

    fn settle(&mut self, settings: &E::Settings, lesson: &Lesson<'_>, watch: &mut Watch<'_>) -> Result<()> {
        Network::settle(self, E::course(settings), lesson, watch)
    }

    fn corrections(&self, lesson: &Lesson<'_>) -> Vec<Correction> {
        Network::corrections(self, lesson, 0)
    }

    fn beginning(&self) -> Sequence {
        Network::beginning(self)
    }

    fn read(&self, sequence: &mut Sequence, input: &[f64]) {
        Network::read(self, sequence, input);
    }

    fn correct(&self, hidden: &[f64], row: &[f64]) -> Correction {
        Network::correct(self, hidden, row)
    }

    fn is_whole(&self, design: &Design, sequence: &Sequence) -> bool {
        Network::is_whole(self, design, sequence)
    }

    fn describe(&self, _names: &[String]) -> serde_json::Value {
        Network::describe(self)
    }
}

/// Rows `start` to `end`, the first `width` numbers of each.
pub(super) fn narrowed(rows: crate::Rows<'_>, start: usize, end: usize, width: usize) -> Vec<f64> {
    rows.iter().take(end).skip(start).flat_map(|row| row.get(..width).unwrap_or_default()).copied().collect()
}
