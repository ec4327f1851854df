//! One horizon of the ensemble: what its experts say, how they are weighed, and how wide the law around them is.
//!
//! The centre is a weighted mean of experts: two direct regressions (bands of the level; bands of what lies above the season,
//! and the season itself), four levels, and the season alone. Around it lies the law of past errors, in units of a spread
//! that follows the recent errors; that law is averaged, quantile by quantile (Vincent 1912), with those of recent values and
//! of the user's own members. Both sets of weights are learned by [`ExponentialWeights`], the first by absolute error, the
//! second by the pinball loss. Last, each quantile is moved by its own offset, q ← q + η·(p − [y ≤ q]) (quantile tracking: Gibbs & Candès
//! 2021; Angelopoulos, Candès & Tibshirani 2023): whatever the data, it is exceeded in the long run as often as it promises.

use super::errors::Errors;
use super::exponential_weights::ExponentialWeights;
use super::levels::{BANDS, SCALES, persistence};
use super::ridge::Ridge;
use super::scale::Scale;
use super::{PROBABILITIES, Quantiles};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// A horizon is judged about this often in its own length; errors that overlap more tell little more.
const JUDGED: usize = 4;
pub(super) const CENTERS: usize = 7;
const SEASONAL: usize = BANDS + 3;
/// Laws that are always there: of the errors around the centre, and of values seen lately over a short and a long time.
pub(super) const LAWS: usize = 3;
/// The quantiles that laws are judged by.
pub(super) const SCORED: [usize; 5] = [2, 6, 9, 12, 16];
/// How fast quantiles are moved, in spreads.
const TRACKING: f64 = 0.005;

/// Numbers in spreads are cut here.
const LARGEST: f64 = 1e30;

/// What all horizons see of the present, in transformed units.
#[derive(Debug, Clone, Copy)]
pub(super) struct Present {
    pub(super) averages: [f64; SCALES],
    pub(super) bands: [f64; BANDS],
    /// The same of what lies above the season.
    pub(super) rest_bands: [f64; BANDS],
    pub(super) rest: f64,
    /// Sizes of recent errors one step ahead: long-run, and what the last few and the last 64 have above slower ones.
    pub(super) sizes: [f64; 3],
    pub(super) recent: [Option<Quantiles>; 2],
}

/// The season at the target: the shape of the shortest, and what the others add.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) first: f64,
    pub(super) others: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Horizon {
    pub(super) steps: usize,
    plain: Ridge,
    seasonal: Ridge,
    spread: Ridge,
    errors: Errors,
    offsets: [f32; PROBABILITIES.len()],
    experts: ExponentialWeights,
    laws: ExponentialWeights,
    typical_loss: f64,
    pub(super) judged: u32,
    waiting: VecDeque<Said>,
}

/// What was said about a step, to be judged when it comes; numbers are relative to the centre, in spreads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Said {
    due: u64,
    center: f64,
    spread: f64,
    plain: [f32; BANDS],
    seasonal: [f32; SEASONAL],
    /// What the regressions were added to.
    bases: [f32; 2],
    centers: [f32; CENTERS],
    sizes: [f32; 3],
    quantiles: [f32; PROBABILITIES.len()],
    /// The scored quantiles of each law.
    laws: Vec<[f32; SCORED.len()]>,
}

/// A centre with all that led to it.
struct Opinion {
    center: f64,
    spread: f64,
    plain: [f64; BANDS],
    seasonal: [f64; SEASONAL],
    bases: [f64; 2],
    centers: [f64; CENTERS],
}

impl Horizon {
    /// For a horizon of `steps`, with `members` of the user's; a `shorter` one tells what to expect.
    pub(super) fn new(steps: usize, members: usize, shorter: Option<&Horizon>) -> Self {
        // As errors overlap, what is believed before must weigh as much more.
        let overlap = (steps / Self::stride_of(steps)) as f64;
        let persistence = persistence(steps).map(|share| share as f32);
        let mut seasonal = persistence.to_vec();
        seasonal.extend([1.0, 0.0, 0.0]);
        let spread = shorter.map_or(vec![1.0, 0.3, 0.6], |shorter| shorter.spread.coefficients().to_vec());
        let mut laws = vec![0.8, 0.1, 0.1];
        laws.resize(LAWS + members, 0.5);
        Horizon {
            steps,
            plain: Ridge::new(persistence.to_vec(), 30.0 * overlap),
            seasonal: Ridge::new(seasonal, 30.0 * overlap),
            spread: Ridge::new(spread, 15.0 * overlap),
            errors: Errors::new(40.0 * overlap),
            offsets: [0.0; PROBABILITIES.len()],
            experts: ExponentialWeights::of(&[1.0; CENTERS], 0.6, 1.0 - 1.0 / 150.0),
            laws: ExponentialWeights::of(&laws, 8.0, 1.0 - 1.0 / 400.0),
            typical_loss: 0.0,
            judged: 0,
            waiting: VecDeque::new(),
        }
    }

    fn stride_of(steps: usize) -> usize {
        (steps / JUDGED).max(1)
    }

    fn stride(&self) -> usize {
        Self::stride_of(self.steps)
    }

    /// Whether it was judged often enough to be asked.
    pub(super) fn is_ready(&self) -> bool {
        let overlap = (self.steps / self.stride()) as f64;
        f64::from(self.judged) >= 4.0 * overlap.sqrt()
    }

    pub(super) fn speaks_at(&self, step: u64) -> bool {
        step.is_multiple_of(self.stride() as u64)
    }

    fn opinion(&self, present: &Present, shape: Option<Shape>) -> Opinion {
        let [.., slowest] = present.averages;
        let mut seasonal = [0.0; SEASONAL];
        let mut bases = [slowest, 0.0];
        let mut centers = [f64::NAN; CENTERS];
        if let Some(Shape { first, others }) = shape {
            let features = present.rest_bands.into_iter().chain([present.rest, first - slowest, others]);
            seasonal.iter_mut().zip(features).for_each(|(slot, feature)| *slot = feature);
            bases = [slowest, first + others];
        }
        let simple = [0, 2, 4, 6].map(|scale| present.averages.get(scale).copied().unwrap_or(slowest));
        let spread = self.expected_size(&present.sizes);
        let low = simple.iter().copied().chain(shape.map(|_| bases[1])).fold(f64::INFINITY, f64::min);
        let high = simple.iter().copied().chain(shape.map(|_| bases[1])).fold(f64::NEG_INFINITY, f64::max);
        let margin = (high - low).max(8.0 * spread);
        let within = |center: f64| center.clamp(low - margin, high + margin);
        let [plain_center, seasonal_center, level_a, level_b, level_c, level_d, season] = &mut centers;
        *plain_center = within(slowest + self.plain.predict(&present.bands));
        [*level_a, *level_b, *level_c, *level_d] = simple;
        if shape.is_some() {
            *seasonal_center = within(bases[1] + self.seasonal.predict(&seasonal));
            *season = bases[1];
        }
        let awake = || self.experts.weights().iter().zip(&centers).filter(|(_, center)| !center.is_nan());
        let mass: f64 = awake().map(|(weight, _)| weight).sum();
        let center = awake().map(|(weight, center)| weight * center).sum::<f64>() / mass;
        Opinion { center, spread, plain: present.bands, seasonal, bases, centers }
    }

    /// The expected size of this horizon's next error.
    fn expected_size(&self, sizes: &[f64; 3]) -> f64 {
        let [long, fast, middle] = *sizes;
        let usual = f64::from(self.spread.coefficients().first().copied().unwrap_or(1.0).max(0.1)) * long;
        let most = usual * (1.0 + ((fast + middle) / long.max(f64::MIN_POSITIVE)).max(0.0));
        self.spread.predict(sizes).clamp(0.3 * usual, 4.0 * most).max(f64::MIN_POSITIVE)
    }

    /// Quantiles `Σ weight·law + offset` of one step, in transformed units; `members` are the laws of the user's members.
    pub(super) fn quantiles(
        &self,
        present: &Present,
        shape: Option<Shape>,
        members: &[Option<Quantiles>],
        widen: f64,
    ) -> Quantiles {
        let opinion = self.opinion(present, shape);
        self.blend(&opinion, present, members, widen)
    }

    fn blend(
        &self,
        opinion: &Opinion,
        present: &Present,
        members: &[Option<Quantiles>],
        widen: f64,
    ) -> Quantiles {
        let spread = opinion.spread * widen;
        let own = self.own_law(opinion.center, spread);
        let mut blend = [0.0; PROBABILITIES.len()];
        let mut mass = 0.0;
        let laws = [Some(own)].into_iter().chain(present.recent).chain(members.iter().copied());
        for (weight, law) in self.laws.weights().iter().zip(laws) {
            if let Some(law) = law {
                mass += weight;
                blend.iter_mut().zip(law).for_each(|(sum, quantile)| *sum += weight * quantile);
            }
        }
        blend.iter_mut().for_each(|sum| *sum /= mass);
        // Offsets are in units of the law's own width: one that is wide in its tails alone moves as little as its middle.
        let unit = match (blend.get(3), blend.get(15)) {
            (Some(low), Some(high)) => (high - low) / 2.56,
            _ => spread,
        };
        blend
            .iter_mut()
            .zip(self.offsets)
            .for_each(|(quantile, offset)| *quantile += unit * f64::from(offset));
        if !blend.is_sorted() {
            blend.sort_unstable_by(f64::total_cmp);
        }
        blend
    }

    fn own_law(&self, center: f64, spread: f64) -> Quantiles {
        self.errors.quantiles().map(|error| center + spread * f64::from(error))
    }

    /// Says what step `now + steps` will be, to be judged then.
    pub(super) fn say(
        &mut self,
        now: u64,
        present: &Present,
        shape: Option<Shape>,
        members: &[Option<Quantiles>],
    ) {
        let opinion = self.opinion(present, shape);
        let quantiles = self.blend(&opinion, present, members, 1.0);
        let (center, spread) = (opinion.center, opinion.spread);
        let relative = |value: f64| ((value - center) / spread).clamp(-LARGEST, LARGEST) as f32;
        let units = |value: f64| (value / spread).clamp(-LARGEST, LARGEST) as f32;
        let own = self.own_law(center, spread);
        let scored = |law: Option<Quantiles>| {
            SCORED.map(|i| law.and_then(|law| law.get(i).copied()).map_or(f32::NAN, relative))
        };
        let laws = [Some(own)].into_iter().chain(present.recent).chain(members.iter().copied());
        self.waiting.push_back(Said {
            due: now + self.steps as u64,
            center,
            spread,
            plain: opinion.plain.map(units),
            seasonal: opinion.seasonal.map(units),
            bases: opinion.bases.map(relative),
            centers: opinion.centers.map(relative),
            sizes: present.sizes.map(units),
            quantiles: quantiles.map(relative),
            laws: laws.map(scored).collect(),
        });
    }

    /// Judges what was said about step `now`, whose value (NaN = missing) and transformed value are given; what is the
    /// error of the centre?
    pub(super) fn judge(&mut self, now: u64, transformed: f64, scale: &Scale) -> Option<f64> {
        let mut error = None;
        while self.waiting.front().is_some_and(|said| said.due <= now) {
            let said = self.waiting.pop_front()?;
            if said.due == now && !transformed.is_nan() {
                self.learn(&said, transformed, scale);
                error = Some(transformed - said.center);
            }
        }
        error
    }

    fn learn(&mut self, said: &Said, transformed: f64, scale: &Scale) {
        let error = (transformed - said.center) / said.spread;
        self.judged = self.judged.saturating_add(1);
        let losses = said.centers.map(|center| ((error - f64::from(center)).abs() / 6.0).min(1.0));
        self.experts.learn(&losses);
        let [plain_center, seasonal_center, ..] = said.centers.map(f64::from);
        let [plain_base, seasonal_base] = said.bases.map(f64::from);
        let cut = |center: f64| error.clamp(center - 8.0, center + 8.0);
        self.plain.add(&said.plain.map(f64::from), cut(plain_center) - plain_base);
        if !seasonal_center.is_nan() {
            self.seasonal.add(&said.seasonal.map(f64::from), cut(seasonal_center) - seasonal_base);
        }
        self.spread.add(&said.sizes.map(f64::from), error.abs().min(8.0));
        self.errors.add(error);
        let pace = TRACKING * self.stride() as f64 / self.steps as f64;
        for ((offset, quantile), p) in self.offsets.iter_mut().zip(said.quantiles).zip(PROBABILITIES) {
            let covered = if error <= f64::from(quantile) { 1.0 } else { 0.0 };
            *offset += (pace * (p - covered)) as f32;
        }
        self.weigh_laws(said, transformed, scale);
    }

    fn weigh_laws(&mut self, said: &Said, transformed: f64, scale: &Scale) {
        let truth = scale.back(transformed);
        let loss = |law: &[f32; SCORED.len()]| {
            let quantiles = law.iter().zip(SCORED.map(|i| PROBABILITIES.get(i).copied().unwrap_or(0.5)));
            quantiles
                .map(|(quantile, p)| {
                    let miss =
                        truth - scale.snap(scale.back(said.center + said.spread * f64::from(*quantile)));
                    if miss >= 0.0 { p * miss } else { (p - 1.0) * miss }
                })
                .sum::<f64>()
        };
        let mut losses: Vec<f64> = said.laws.iter().map(loss).collect();
        let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
        if !least.is_finite() {
            return;
        }
        let share = 1.0 / f64::from(self.judged.min(300));
        self.typical_loss += share * (least - self.typical_loss);
        let unit = (20.0 * self.typical_loss).max(f64::MIN_POSITIVE);
        losses.iter_mut().filter(|loss| !loss.is_nan()).for_each(|loss| *loss = (*loss / unit).min(1.0));
        self.laws.learn(&losses);
    }

    /// Forgets what waits to be judged.
    pub(super) fn skip(&mut self) {
        self.waiting.clear();
    }

    pub(super) fn expert_weights(&self) -> &[f64] {
        self.experts.weights()
    }

    pub(super) fn law_weights(&self) -> &[f64] {
        self.laws.weights()
    }

    /// The recent mean loss of one of the user's members, in [0, 1].
    pub(super) fn member_loss(&self, member: usize) -> f64 {
        self.laws.mean_loss(LAWS + member)
    }

    pub(super) fn is_whole(&self, members: usize) -> bool {
        let finite = |numbers: &[f32]| numbers.iter().all(|number| number.is_finite());
        self.steps >= 1
            && self.plain.is_whole(BANDS)
            && self.seasonal.is_whole(SEASONAL)
            && self.spread.is_whole(3)
            && self.errors.is_whole()
            && finite(&self.offsets)
            && self.experts.is_whole(CENTERS)
            && self.laws.is_whole(LAWS + members)
            && self.typical_loss.is_finite()
            && self
                .waiting
                .iter()
                .all(|said| said.center.is_finite() && said.spread > 0.0 && said.laws.len() == LAWS + members)
    }
}
