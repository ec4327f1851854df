//! Training of a network on what the linear model leaves.
//!
//! The series is cut into lanes that are read side by side, a piece at a time; each piece goes on from where its lane stood
//! (truncated back-propagation through time, Williams & Peng 1990, Neural Computation 2), as the network later does when
//! values come one by one. At each origin a few of its samples are answered (Wen et al. 2017, "forking sequences"). The
//! loss is Huber's (1964) for the shift and pinball for the two quantiles; the best parameters on the held-out samples are
//! kept, and the shift is shrunk to the share that they bear out.

use super::adam::Adam;
use super::course::{Course, WARM_UP};
use super::encoder::Encoder;
use super::network::{Network, OUTPUTS, SIDES, narrowed};
use crate::error::Result;
use crate::forecast::learned::lesson::{Lesson, TAIL, Watch};
use crate::random::Random;

const LANES: usize = 8;
const PIECE: usize = 32;
/// Samples answered at an origin in one visit.
const ANSWERS: usize = 2;
const CHECK_EVERY: usize = 10;
const PATIENCE: usize = 10;
const HUBER: f64 = 3.0;
/// Share of the steps, and of the learning rate, for going on with all samples.
const SETTLING: f64 = 0.25;

/// A network that gains less than this on the held-out samples is not worth its risk.
const GAIN: f64 = 0.99;

/// Loss of an answer, and its gradient.
fn loss(out: [f64; OUTPUTS], residual: f64) -> (f64, [f64; OUTPUTS]) {
    let [shift, low, high] = out;
    let error = shift - residual;
    let (huber, slope) = if error.abs() <= HUBER {
        (0.5 * error * error, error)
    } else {
        (HUBER * (error.abs() - 0.5 * HUBER), HUBER * error.signum())
    };
    let pinball = |p: f64, error: f64| {
        if error > 0.0 { (p * error, -p) } else { ((p - 1.0) * error, 1.0 - p) }
    };
    let (of_low, d_low) = pinball(TAIL, residual - (low - SIDES));
    let (of_high, d_high) = pinball(1.0 - TAIL, residual - (high + SIDES));
    (huber + of_low + of_high, [slope, d_low, d_high])
}

/// Steps from a start on, as lanes of equal length; each has its own state.
struct Lanes {
    start: usize,
    length: usize,
    at: usize,
    states: Vec<Vec<f64>>,
}

impl<E: Encoder> Network<E> {
    /// An untrained network, trained on the lesson's samples.
    pub(in super::super) fn fit(
        encoder: E,
        course: Course,
        lesson: &Lesson<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let mut network = Network::new(encoder, lesson.design.network_columns(), lesson);
        let held_out = lesson.residuals.get(lesson.learn..).unwrap_or_default();
        let lost = |network: &Self| {
            let answers = network.answers(lesson, lesson.learn);
            answers.iter().zip(held_out).map(|(out, residual)| loss(*out, *residual).0).sum::<f64>()
        };
        let untrained = lost(&network);
        let mut best = (untrained, network.parameters.clone());
        let mut random = Random::stream(lesson.seed, 2);
        let mut adam = Adam::new(network.parameters.len());
        let mut lanes = network.lanes(lesson, lesson.learn);
        for step in 1..=course.steps {
            watch.tell(step as f64 / course.steps as f64)?;
            let rate = course.learning_rate * (1.0 - 0.9 * step as f64 / course.steps as f64);
            network.step(lesson, lesson.learn, &mut lanes, &mut adam, rate, &mut random);
            if step % CHECK_EVERY == 0 || step == course.steps {
                let now = lost(&network);
                if now < best.0 {
                    best = (now, network.parameters.clone());
                    network.steps = step;
                } else if step >= network.steps + PATIENCE * CHECK_EVERY {
                    break;
                }
            }
        }
        network.parameters = best.1;
        let answers = network.answers(lesson, lesson.learn);
        let (mut product, mut square) = (0.0, 0.0);
        for ([shift, ..], residual) in answers.iter().zip(held_out) {
            let residual = residual.clamp(shift - HUBER, shift + HUBER);
            product += shift * residual;
            square += shift * shift;
        }
        network.share =
            if square > 0.0 && best.0 < GAIN * untrained { (product / square).clamp(0.0, 1.0) } else { 0.0 };
        Ok(network)
    }

    /// Goes on a little with all samples, so that the latest are learned from as well.
    pub(in super::super) fn settle(
        &mut self,
        course: Course,
        lesson: &Lesson<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        let steps = (SETTLING * self.steps as f64) as usize;
        let mut adam = Adam::new(self.parameters.len());
        let mut random = Random::stream(lesson.seed, 3);
        let mut lanes = self.lanes(lesson, lesson.samples.len());
        for step in 0..steps {
            watch.tell(step as f64 / steps as f64)?;
            let rate = SETTLING * course.learning_rate * (1.0 - step as f64 / steps as f64);
            self.step(lesson, lesson.samples.len(), &mut lanes, &mut adam, rate, &mut random);
        }
        Ok(())
    }

    fn lanes(&self, lesson: &Lesson<'_>, learn: usize) -> Lanes {
        let origins = || lesson.samples.iter().take(learn).map(|sample| sample.origin);
        let (first, last) = (origins().min().unwrap_or(0), origins().max().unwrap_or(0));
        let start = first.saturating_sub(WARM_UP);
        let length = (last + 1 - start).div_ceil(LANES).max(1);
        Lanes { start, length, at: 0, states: vec![vec![0.0; self.encoder.state()]; LANES] }
    }

    /// One step of the optimiser: the next piece of every lane.
    fn step(
        &mut self,
        lesson: &Lesson<'_>,
        learn: usize,
        lanes: &mut Lanes,
        adam: &mut Adam,
        rate: f64,
        random: &mut Random,
    ) {
        if lanes.at >= lanes.length {
            lanes.at = 0;
            lanes.states.iter_mut().for_each(|state| state.fill(0.0));
        }
        let end = (lanes.at + PIECE).min(lanes.length);
        let mut gradient = vec![0.0; self.parameters.len()];
        let mut answered = 0;
        for (lane, state) in lanes.states.iter_mut().enumerate() {
            let base = lanes.start + lane * lanes.length;
            answered += self.piece(lesson, learn, base + lanes.at, base + end, state, &mut gradient, random);
        }
        lanes.at = end;
        if answered > 0 {
            gradient.iter_mut().for_each(|g| *g /= answered as f64);
            adam.step(&mut self.parameters, &gradient, rate);
        }
    }

    /// Adds the gradient of the samples whose origins lie in `start..end`; gives how many were answered.
    #[allow(clippy::too_many_arguments, reason = "a kernel: the lesson, the place, and what is moved on")]
    fn piece(
        &self,
        lesson: &Lesson<'_>,
        learn: usize,
        start: usize,
        end: usize,
        state: &mut [f64],
        gradient: &mut [f64],
        random: &mut Random,
    ) -> usize {
        let (of_encoder, of_head) = self.parameters.split_at(self.encoder.parameters());
        let (d_of_encoder, d_of_head) = gradient.split_at_mut(self.encoder.parameters());
        let inputs = narrowed(lesson.sequence, start, end, self.inputs());
        let mut tape = E::Tape::default();
        let hidden = self.encoder.forward(of_encoder, &inputs, state, &mut tape);
        let width = self.encoder.hidden();
        let mut d_hidden = vec![0.0; hidden.len()];
        let (mut view, mut middle) = (Vec::new(), vec![0.0; self.head.hidden]);
        let mut answered = 0;
        let learned = lesson.samples.get(..learn).unwrap_or_default();
        let mut next = learned.partition_point(|sample| sample.origin < start);
        let steps = hidden.chunks_exact(width).zip(d_hidden.chunks_exact_mut(width));
        for (origin, (hidden, d_hidden)) in (start..).zip(steps) {
            let rest = learned.get(next..).unwrap_or_default();
            let own = rest.iter().take_while(|sample| sample.origin == origin).count();
            for _ in 0..own.min(ANSWERS) {
                let sample = next + random.below(own as u64) as usize;
                let (Some(row), Some(residual)) = (lesson.rows.get(sample), lesson.residuals.get(sample))
                else {
                    continue;
                };
                self.view(hidden, row, &mut view);
                let mut out = [0.0; OUTPUTS];
                self.head.forward(of_head, &view, &mut middle, &mut out);
                let (_, d_out) = loss(out, *residual);
                let mut d_view = vec![0.0; view.len()];
                self.head.backward(of_head, &view, &middle, &d_out, d_of_head, &mut d_view);
                d_hidden.iter_mut().zip(&d_view).for_each(|(d, view)| *d += view);
                answered += 1;
            }
            next += own;
        }
        if answered > 0 {
            self.encoder.backward(of_encoder, &inputs, &tape, &d_hidden, d_of_encoder);
        }
        answered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_of_the_loss_is_that_of_finite_differences() {
        for (out, residual) in [([0.3, -0.2, 0.4], 0.9), ([5.0, 2.0, -3.0], -1.0), ([-4.0, -9.0, 9.0], 2.0)] {
            let (_, gradient) = loss(out, residual);
            super::super::kernels::tests::check_gradient(&out, &gradient, |out| {
                loss([out[0], out[1], out[2]], residual).0
            });
        }
    }
}
