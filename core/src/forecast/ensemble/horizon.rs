//! One horizon of the ensemble: what its experts say, how they are weighed, and how wide the law around them is.
//!
//! The centre is a weighted mean of experts: two direct regressions (bands of the level; bands of what lies above the season,
//! and the season itself), four levels, the season alone, and the season at its present level, growing as it grew. Around it lies the law of past errors, in units of a spread
//! that follows the recent errors; that law is averaged, quantile by quantile (Vincent 1912), with those of recent values and
//! of the user's own members. Both sets of weights are learned by [`ExponentialWeights`], the first by absolute error, the
//! second by the pinball loss. Last, each quantile is moved by its own offset, q ← q + η·(p − [y ≤ q]) (quantile tracking: Gibbs & Candès
//! 2021; Angelopoulos, Candès & Tibshirani 2023): whatever the data, it is exceeded in the long run as often as it promises.

use super::errors::Errors;
use super::exponential_weights::ExponentialWeights;
use super::levels::{BANDS, SCALES, persistence};
use super::ridge::Ridge;
use super::scale::{Scale, back};
use super::{PROBABILITIES, Quantiles};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// A horizon is judged about this often in its own length; errors that overlap more tell little more.
const JUDGED: usize = 5;
/// While the load is younger than so many of its lengths, it is judged this often: while little is known, a little more counts.
const YOUTH: u64 = 12;
const JUDGED_IN_YOUTH: usize = 8;
pub(super) const CENTERS: usize = 8;
const SEASONAL: usize = BANDS + 3;
/// Laws that are always there: of the errors around the centre, and of values seen lately over a short and a long time.
pub(super) const LAWS: usize = 3;
/// Laws of the user's members: more would make each weighing slow.
pub(super) const MOST_MEMBERS: usize = 64;
/// The quantiles that laws are judged by.
pub(super) const SCORED: [usize; 5] = [2, 6, 9, 12, 16];
const SCORED_PROBABILITIES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];
/// How fast quantiles are moved, in spreads.
const TRACKING: f64 = 0.003;

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
    /// What the season is multiplied by, and by how much that grows in a step.
    pub(super) season_ratio: f64,
    pub(super) season_growth: f64,
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
    /// The scored quantiles of each law, and of each member's.
    laws: [[f32; SCORED.len()]; LAWS],
    members: Vec<[f32; SCORED.len()]>,
}

/// What a horizon makes of the present; the same for every step that it is asked about, whatever the season there.
#[derive(Debug)]
pub(super) struct Outlook {
    spread: f64,
    slowest: f64,
    levels: [f64; 4],
    low: f64,
    high: f64,
    /// What the season is multiplied by now, and at the target.
    season_ratios: [f64; 2],
    /// What the regressions say, the seasonal one without the season at the target.
    plain: f64,
    rest: f64,
    /// Without members.
    law: Law,
}

/// Quantiles around a centre: `share`·centre + `quantiles`.
#[derive(Debug)]
struct Law {
    share: f64,
    quantiles: Quantiles,
}

/// As `map`, which does not run in parallel.
fn each<const N: usize>(numbers: &[f64; N], convert: impl Fn(f64) -> f32) -> [f32; N] {
    let mut converted = [0.0; N];
    converted.iter_mut().zip(numbers).for_each(|(slot, number)| *slot = convert(*number));
    converted
}

fn in_units(value: f64, units: f64) -> f32 {
    (value * units).clamp(-LARGEST, LARGEST) as f32
}

/// The scored quantiles of a law, relative to a centre.
fn scored(law: Option<&Quantiles>, center: f64, units: f64) -> [f32; SCORED.len()] {
    let quantile = |i: usize| law.and_then(|law| law.get(i)).copied();
    SCORED.map(|i| quantile(i).map_or(f32::NAN, |quantile| in_units(quantile - center, units)))
}

/// The pinball loss of scored quantiles.
pub(super) fn pinball_of(truth: f64, quantiles: &[f64; SCORED.len()]) -> f64 {
    let mut loss = 0.0;
    for (quantile, p) in quantiles.iter().zip(SCORED_PROBABILITIES) {
        let miss = truth - quantile;
        loss += (p * miss).max((p - 1.0) * miss);
    }
    loss
}

impl Law {
    fn around(&self, center: f64) -> Quantiles {
        self.quantiles.map(|quantile| quantile + self.share * center)
    }
}

/// How wrong a horizon was: in transformed units, and by the loss of its own law in the unit of the load.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judgement {
    pub(super) error: f64,
    pub(super) loss: f64,
}

/// A centre with what led to it.
struct Opinion {
    center: f64,
    /// What the regressions were added to.
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
            spread: Ridge::new(spread, 50.0 * overlap),
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
        step.is_multiple_of(self.stride_at(step) as u64)
    }

    fn stride_at(&self, step: u64) -> usize {
        let young = step < YOUTH * self.steps as u64;
        if young { (self.steps / JUDGED_IN_YOUTH).max(1) } else { self.stride() }
    }

    /// What it makes of the present.
    pub(super) fn outlook(&self, present: &Present) -> Outlook {
        let [.., slowest] = present.averages;
        let spread = self.expected_size(&present.sizes);
        let [a, _, b, _, c, _, d] = present.averages;
        let rest = present.rest_bands.iter().chain([&present.rest]);
        Outlook {
            spread,
            slowest,
            levels: [a, b, c, d],
            low: a.min(b).min(c.min(d)),
            high: a.max(b).max(c.max(d)),
            season_ratios: [
                present.season_ratio,
                present.season_ratio + present.season_growth * self.steps as f64,
            ],
            plain: slowest + self.plain.predict(&present.bands),
            rest: self.seasonal.coefficients().iter().zip(rest).map(|(beta, x)| f64::from(*beta) * x).sum(),
            law: self.law(spread, present, &[]),
        }
    }

    fn opinion(&self, outlook: &Outlook, shape: Option<Shape>) -> Opinion {
        let Outlook { spread, slowest, levels, low, high, plain, rest, .. } = *outlook;
        let [ratio, ratio_then] = outlook.season_ratios;
        let season = shape.map_or(f64::NAN, |shape| shape.first + shape.others);
        let base = ratio * season;
        let (low, high) = (low.min(base), high.max(base));
        let margin = (high - low).max(8.0 * spread);
        let within = |center: f64| center.clamp(low - margin, high + margin);
        let seasonal = shape.map_or(f64::NAN, |Shape { first, others }| {
            let [.., of_first, of_others] = *self.seasonal.coefficients() else { return f64::NAN };
            let corrected = f64::from(of_first) * (first - slowest) + f64::from(of_others) * others;
            within(base + rest + corrected)
        });
        let [a, b, c, d] = levels;
        let centers = [within(plain), seasonal, a, b, c, d, season, within(ratio_then * season)];
        let (mut sum, mut mass) = (0.0, 0.0);
        for (weight, center) in self.experts.weights().iter().zip(centers) {
            if !center.is_nan() {
                sum += weight * center;
                mass += weight;
            }
        }
        Opinion { center: sum / mass, bases: [slowest, base], centers }
    }

    /// The expected size of this horizon's next error.
    fn expected_size(&self, sizes: &[f64; 3]) -> f64 {
        let [long, fast, middle] = *sizes;
        let usual = f64::from(self.spread.coefficients().first().copied().unwrap_or(1.0).max(0.1)) * long;
        let most = usual * (1.0 + ((fast + middle) / long.max(f64::MIN_POSITIVE)).max(0.0));
        self.spread.predict(sizes).clamp(0.3 * usual, 4.0 * most).max(f64::MIN_POSITIVE)
    }

    /// Quantiles of one step, in transformed units; `members` are the laws of the user's members.
    pub(super) fn quantiles(
        &self,
        outlook: &Outlook,
        present: &Present,
        shape: Option<Shape>,
        members: &[Option<Quantiles>],
        widen: f64,
    ) -> Quantiles {
        let center = self.opinion(outlook, shape).center;
        if members.is_empty() && widen == 1.0 {
            outlook.law.around(center)
        } else {
            self.law(outlook.spread * widen, present, members).around(center)
        }
    }

    /// The law `Σ weight·law + offset`, of which only the own one moves with the centre.
    fn law(&self, spread: f64, present: &Present, members: &[Option<Quantiles>]) -> Law {
        let (own, others) = self.laws.weights().split_first().unwrap_or((&1.0, &[]));
        // Never nothing: the others may all be silent.
        let own = own.max(1e-30);
        let mut mass = own;
        let mut quantiles = self.errors.quantiles().map(|error| own * spread * f64::from(error));
        for (weight, law) in others.iter().zip(present.recent.iter().chain(members)) {
            if let Some(law) = law {
                mass += weight;
                quantiles.iter_mut().zip(law).for_each(|(sum, quantile)| *sum += weight * quantile);
            }
        }
        let share = 1.0 / mass;
        quantiles.iter_mut().for_each(|sum| *sum *= share);
        // Offsets are in units of the law's own width: one that is wide in its tails alone moves as little as its middle.
        let [_, _, _, low, .., high, _, _, _] = quantiles;
        let unit = (high - low) / 2.56;
        quantiles
            .iter_mut()
            .zip(self.offsets)
            .for_each(|(quantile, offset)| *quantile += unit * f64::from(offset));
        if !quantiles.is_sorted() {
            quantiles.sort_unstable_by(f64::total_cmp);
        }
        Law { share: own * share, quantiles }
    }

    /// Says what step `now + steps` will be, to be judged then.
    pub(super) fn say(
        &mut self,
        now: u64,
        present: &Present,
        shape: Option<Shape>,
        members: &[Option<Quantiles>],
    ) {
        let outlook = self.outlook(present);
        let Opinion { center, bases, centers } = self.opinion(&outlook, shape);
        let quantiles = self.quantiles(&outlook, present, shape, members, 1.0);
        let spread = outlook.spread;
        let spreads = 1.0 / spread;
        let units = |value: f64| in_units(value, spreads);
        let relative = |value: f64| in_units(value - center, spreads);
        let Shape { first, others } = shape.unwrap_or(Shape { first: outlook.slowest, others: 0.0 });
        let [a, b, c, d, e, f] = present.rest_bands;
        let seasonal = [a, b, c, d, e, f, present.rest, first - outlook.slowest, others];
        let scored = |law: &Option<Quantiles>| scored(law.as_ref(), center, spreads);
        let own = SCORED.map(|i| self.errors.quantiles().get(i).copied().unwrap_or(0.0));
        let [short, long] = &present.recent;
        self.waiting.push_back(Said {
            due: now.saturating_add(self.steps as u64),
            center,
            spread,
            plain: each(&present.bands, units),
            seasonal: each(&seasonal, units),
            bases: each(&bases, relative),
            centers: each(&centers, relative),
            sizes: each(&present.sizes, units),
            quantiles: each(&quantiles, relative),
            laws: [own, scored(short), scored(long)],
            members: members.iter().map(scored).collect(),
        });
    }

    /// Judges what was said about step `now`, of which the transformed value (NaN = missing) without `shift` is given; `late` is
    /// what the user's members said then, where it was not known then. What is the error of the centre, and the loss of the
    /// own law?
    pub(super) fn judge(
        &mut self,
        now: u64,
        transformed: f64,
        shift: f64,
        scale: &Scale,
        late: Option<&[Option<Quantiles>]>,
    ) -> Option<Judgement> {
        let mut judgement = None;
        while self.waiting.front().is_some_and(|said| said.due <= now) {
            let mut said = self.waiting.pop_front()?;
            if said.due == now && !transformed.is_nan() {
                if let Some(late) = late {
                    let scored = late.iter().map(|law| scored(law.as_ref(), said.center, 1.0 / said.spread));
                    said.members.iter_mut().zip(scored).for_each(|(slot, law)| *slot = law);
                }
                let loss = self.learn(&said, transformed, shift, scale);
                judgement = Some(Judgement { error: transformed - said.center, loss });
            }
        }
        judgement
    }

    fn learn(&mut self, said: &Said, transformed: f64, shift: f64, scale: &Scale) -> f64 {
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
        let stride = self.stride_at(said.due.saturating_sub(self.steps as u64));
        let pace = TRACKING * stride as f64 / self.steps as f64;
        for ((offset, quantile), p) in self.offsets.iter_mut().zip(said.quantiles).zip(PROBABILITIES) {
            let covered = if error <= f64::from(quantile) { 1.0 } else { 0.0 };
            *offset += (pace * (p - covered)) as f32;
        }
        self.weigh_laws(said, transformed, shift, scale)
    }

    /// Gives the loss of the own law.
    fn weigh_laws(&mut self, said: &Said, transformed: f64, shift: f64, scale: &Scale) -> f64 {
        let truth = back(transformed + shift);
        let center = said.center + shift;
        let loss = |law: &[f32; SCORED.len()]| {
            let mut values = law.map(|quantile| center + said.spread * f64::from(quantile));
            scale.to_values(&mut values);
            pinball_of(truth, &values)
        };
        let mut room = [0.0; LAWS + MOST_MEMBERS];
        let losses = room.get_mut(..LAWS + said.members.len()).unwrap_or_default();
        let laws = said.laws.iter().chain(&said.members);
        losses.iter_mut().zip(laws).for_each(|(slot, law)| *slot = loss(law));
        let own = losses.first().copied().unwrap_or(f64::NAN);
        let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
        if !least.is_finite() {
            return own;
        }
        let share = 1.0 / f64::from(self.judged.min(300));
        self.typical_loss += share * (least - self.typical_loss);
        let unit = (20.0 * self.typical_loss).max(f64::MIN_POSITIVE);
        losses.iter_mut().filter(|loss| !loss.is_nan()).for_each(|loss| *loss = (*loss / unit).min(1.0));
        self.laws.learn(losses);
        own
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
                .all(|said| said.center.is_finite() && said.spread > 0.0 && said.members.len() == members)
    }
}
