//! How far the loop "scaling law on the error, replicas that serve one start-up later" is from swinging up.
//!
//! In steps of `h` seconds with a delay of `d` steps, and with `q = z⁻¹`, the open loop is
//! `G = q^d·[α + β·h/2·(1+q)/(1−q) + γ/(2h)·(3−4q+q²)·(1−ρ)/(1−ρq)]`, with `ρ = e^(−h/T)` of the filter: the law as it is computed
//! from samples. Whether the closed loop is
//! stable is decided exactly, by the Schur-Cohn recursion on its characteristic polynomial (Åström and Wittenmark 1997,
//! "Computer-Controlled Systems", section 3.2); the margins come from a frequency sweep, refined at every crossing.

use super::identity::{Gains, filter_share};
use crate::error::{Error, Result, not_negative, positive};
use crate::math::{atan2, cos, exp, ln, sin};
use std::f64::consts::PI;

/// A start-up of more steps than this is refused.
const MOST_STEPS: f64 = 2000.0;
/// The sweep begins at this angle a step, or below the crossing of a slower integral.
const LOWEST: f64 = 1e-9;

/// How much more gain, phase lag or delay a loop bears; all 0 if it is unstable already.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StabilityMargins {
    /// The factor on all three gains at which the loop begins to swing without end; infinite if none does.
    pub gain: f64,
    /// The phase lag, in radians from 0 to 2π, at which it does; infinite if the open loop has a gain below 1 at every frequency.
    pub phase: f64,
    /// The further delay, in seconds, at which it does; infinite likewise.
    pub delay_seconds: f64,
}

impl StabilityMargins {
    /// Whether the loop is stable: every disturbance dies away.
    pub fn is_stable(&self) -> bool {
        self.gain > 0.0
    }
}

/// The margins of a scaling law with these gains, fed the error (demand minus what serves) every `step_seconds`, where what it
/// asks for serves `start_up_seconds` later, taken up to whole steps, at least one. `filter_seconds` is that of the law.
///
/// A gain margin of 2, a phase margin of π/4 and a delay margin of half the start-up are usual demands. Limits, noise and
/// start-ups that vary are not in it. O(d²) for `d` steps of start-up. Refuses gains that are not finite, times out of range, and a
/// start-up above 2000 steps.
pub fn stability_margins(
    alpha: f64,
    beta: f64,
    gamma: f64,
    step_seconds: f64,
    start_up_seconds: f64,
    filter_seconds: f64,
) -> Result<StabilityMargins> {
    let gains = Gains { alpha, beta, gamma };
    gains.check()?;
    not_negative("filter_seconds", filter_seconds)?;
    let steps = delay_steps(step_seconds, start_up_seconds)?;
    let open_loop = OpenLoop::new(gains, step_seconds, steps, filter_share(filter_seconds, step_seconds));
    if !open_loop.is_stable() {
        return Ok(StabilityMargins { gain: 0.0, phase: 0.0, delay_seconds: 0.0 });
    }
    Ok(open_loop.margins(step_seconds))
}

/// The start-up in whole steps, at least one.
pub(super) fn delay_steps(step_seconds: f64, start_up_seconds: f64) -> Result<usize> {
    positive("step_seconds", step_seconds)?;
    not_negative("start_up_seconds", start_up_seconds)?;
    let steps = (start_up_seconds / step_seconds).ceil().max(1.0);
    if steps > MOST_STEPS {
        let problem = format!("must be at most {MOST_STEPS} steps of {step_seconds}, got {start_up_seconds}");
        return Err(Error::config("start_up_seconds", problem));
    }
    Ok(steps as usize)
}

/// The open loop with the gains in units of the step.
pub(super) struct OpenLoop {
    proportional: f64,
    integral: f64,
    derivative: f64,
    /// ρ: what the filter keeps of its value in a step.
    kept: f64,
    delay: usize,
}

impl OpenLoop {
    pub(super) fn new(gains: Gains, step_seconds: f64, delay: usize, filter_share: f64) -> Self {
        // A filter of so many steps that it keeps all lets no slope through.
        let open = filter_share > f64::EPSILON;
        Self {
            proportional: gains.alpha,
            integral: 0.5 * gains.beta * step_seconds,
            derivative: if open { 0.5 * gains.gamma / step_seconds * filter_share } else { 0.0 },
            kept: if open { 1.0 - filter_share } else { 0.0 },
            delay,
        }
    }

    /// Whether all roots in `q` of the characteristic polynomial lie outside of the unit circle.
    pub(super) fn is_stable(&self) -> bool {
        let Self { proportional: p, integral: i, derivative: d, kept, delay } = *self;
        // 1 + G, times 1 − q where there is an integral, and 1 − ρq.
        let summing = if i == 0.0 { [1.0, 0.0] } else { [1.0, -1.0] };
        let filter = [1.0, -kept];
        let [s0, s1] = summing;
        let common = times(filter, [s0, s1, 0.0]);
        let with_integral = times(filter, [p * s0 + i, p * s1 + i, 0.0]);
        let derivative = times(summing, [3.0 * d, -4.0 * d, d]);
        let mut polynomial = vec![0.0; delay + 4];
        for (from, terms) in [(0, common), (delay, with_integral), (delay, derivative)] {
            polynomial.iter_mut().skip(from).zip(terms).for_each(|(sum, term)| *sum += term);
        }
        let mut reversed = polynomial.clone();
        while let (Some(&first), Some(&last)) = (polynomial.first(), polynomial.last()) {
            if polynomial.len() == 1 {
                break;
            }
            let ratio = last / first;
            // NaN: an overflow.
            if ratio.is_nan() || ratio.abs() >= 1.0 {
                return false;
            }
            reversed.clear();
            reversed.extend(polynomial.iter().rev());
            polynomial.iter_mut().zip(&reversed).for_each(|(a, b)| *a = (*a - ratio * b) / first);
            polynomial.pop();
        }
        true
    }

    /// Real and imaginary part of the open loop at an angle a step, above 0 and up to π.
    fn at(&self, angle: f64) -> (f64, f64) {
        let Self { proportional: p, integral: i, derivative: d, kept, delay } = *self;
        // (1+q)/(1−q) = −i·cot(angle/2), with q = e^(−i·angle).
        let cotangent = cos(0.5 * angle) / sin(0.5 * angle);
        let q = (cos(angle), -sin(angle));
        let slope = (3.0 - 4.0 * q.0 + cos(2.0 * angle), -4.0 * q.1 - sin(2.0 * angle));
        let filter = (1.0 - kept * q.0, -kept * q.1);
        // Divided by the filter: times its conjugate, over its square.
        let share = d / (filter.0 * filter.0 + filter.1 * filter.1);
        let (real, imaginary) = (
            p + share * (slope.0 * filter.0 + slope.1 * filter.1),
            -i * cotangent + share * (slope.1 * filter.0 - slope.0 * filter.1),
        );
        let (c, s) = (cos(angle * delay as f64), -sin(angle * delay as f64));
        (real * c - imaginary * s, real * s + imaginary * c)
    }

    pub(super) fn margins(&self, step_seconds: f64) -> StabilityMargins {
        let size = |(real, imaginary): (f64, f64)| real * real + imaginary * imaginary;
        let mut margins =
            StabilityMargins { gain: f64::INFINITY, phase: f64::INFINITY, delay_seconds: f64::INFINITY };
        let mut phase_crossing = |at: (f64, f64)| {
            if at.0 < 0.0 && size(at) < 1.0 {
                margins.gain = margins.gain.min(-1.0 / at.0);
            }
        };
        let mut crossings = Vec::new();
        let mut before = (0.0, (f64::NAN, f64::NAN));
        if self.integral == 0.0 {
            phase_crossing((self.proportional, 0.0));
        }
        for angle in self.angles() {
            let now = self.at(angle);
            if before.1.1 * now.1 < 0.0 {
                phase_crossing(self.at(bisect(before.0, angle, |angle| self.at(angle).1)));
            }
            if (size(before.1) - 1.0) * (size(now) - 1.0) < 0.0 {
                crossings.push(bisect(before.0, angle, |angle| size(self.at(angle)) - 1.0));
            }
            before = (angle, now);
        }
        phase_crossing((before.1.0, 0.0));
        for angle in crossings {
            let (real, imaginary) = self.at(angle);
            let phase = PI + atan2(imaginary, real);
            margins.phase = margins.phase.min(phase);
            margins.delay_seconds = margins.delay_seconds.min(phase * step_seconds / angle);
        }
        margins
    }

    /// From next to nothing up to π: by factors at first, then 64 and more to every turn that the delay makes of it.
    fn angles(&self) -> impl Iterator<Item = f64> {
        let even = 1024 + 64 * self.delay;
        let first = PI / even as f64;
        let factors = 256;
        // An integral's gain is 1 at 2·integral or above.
        let slowest = if self.integral == 0.0 { LOWEST } else { 0.1 * self.integral.abs() };
        let lowest = slowest.clamp(f64::MIN_POSITIVE, LOWEST);
        let rate = (ln(first) - ln(lowest)) / f64::from(factors);
        let low = (0..factors).map(move |i| lowest * exp(rate * f64::from(i)));
        low.chain((1..=even).map(move |i| PI * (i as f64 / even as f64)))
    }
}

/// The product of two polynomials in `q`.
fn times([a0, a1]: [f64; 2], [b0, b1, b2]: [f64; 3]) -> [f64; 4] {
    [a0 * b0, a0 * b1 + a1 * b0, a0 * b2 + a1 * b1, a1 * b2]
}

/// Where the function changes its sign between two places at which it has different ones.
pub(super) fn bisect(mut low: f64, mut high: f64, function: impl Fn(f64) -> f64) -> f64 {
    let falling = function(low) > 0.0;
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if (function(middle) > 0.0) == falling {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_integral_alone_has_the_margins_of_the_closed_form() {
        // |G| = βh/2·cot(θ/2), arg G = −π/2 − dθ.
        for (beta, step, delay) in [
            (0.001, 15.0, 8.0),
            (0.004, 15.0, 8.0),
            (0.01, 60.0, 1.0),
            (1e-6, 1.0, 300.0),
            (1e-9, 1.0, 8.0),
            (1e-12, 1.0, 2.0),
        ] {
            let margins = stability_margins(0.0, beta, 0.0, step, step * delay, 0.0).unwrap();
            let gain = 2.0 * (PI / (4.0 * delay)).tan() / (beta * step);
            let crossing = 2.0 * (0.5 * beta * step).atan();
            let phase = 0.5 * PI - delay * crossing;
            assert!((margins.gain / gain - 1.0).abs() < 1e-9, "{margins:?} {gain}");
            assert!((margins.phase / phase - 1.0).abs() < 1e-9, "{margins:?} {phase}");
            assert!((margins.delay_seconds * crossing / (phase * step) - 1.0).abs() < 1e-9, "{margins:?}");
        }
    }

    /// The textbook's case (Åström and Hägglund 2006): an integral and a dead time, gain margin π/(2·K·L) and phase margin π/2 − K·L.
    #[test]
    fn in_small_steps_an_integral_and_a_start_up_have_the_margins_of_the_textbook() {
        for (beta, start_up) in [(0.001, 120.0), (0.005, 120.0), (0.01, 150.0)] {
            let margins = stability_margins(0.0, beta, 0.0, start_up / 2000.0, start_up, 0.0).unwrap();
            let phase = 0.5 * PI - beta * start_up;
            assert!((margins.gain * 2.0 * beta * start_up / PI - 1.0).abs() < 1e-6, "{margins:?}");
            assert!((margins.phase - phase).abs() < 1e-6, "{margins:?}");
            assert!((margins.delay_seconds * beta - phase).abs() < 1e-6, "{margins:?}");
        }
        assert!(!stability_margins(0.0, 1.58 / 120.0, 0.0, 0.06, 120.0, 0.0).unwrap().is_stable());
    }

    #[test]
    fn a_proportion_alone_swings_from_1_on() {
        let margins = stability_margins(0.25, 0.0, 0.0, 15.0, 60.0, 0.0).unwrap();
        assert!((margins.gain - 4.0).abs() < 1e-12 && margins.phase.is_infinite() && margins.is_stable());
        for alpha in [1.001, -1.001, 1e300, -1e300] {
            assert!(!stability_margins(alpha, 0.0, 0.0, 15.0, 60.0, 0.0).unwrap().is_stable());
        }
        assert_eq!(stability_margins(-0.25, 0.0, 0.0, 15.0, 60.0, 0.0).unwrap().gain, 4.0);
        assert!(!stability_margins(0.0, -1e-4, 0.0, 15.0, 60.0, 0.0).unwrap().is_stable());
        assert!(!stability_margins(0.0, 0.0, f64::MAX, 1e-300, 1e-300, 0.0).unwrap().is_stable());
        let still = stability_margins(0.0, 0.0, 0.0, 15.0, 60.0, 0.0).unwrap();
        assert!(still.gain.is_infinite() && still.delay_seconds.is_infinite());
    }

    #[test]
    fn bad_arguments_are_refused_by_name() {
        for (answer, name) in [
            (stability_margins(f64::NAN, 0.0, 0.0, 1.0, 1.0, 0.0), "alpha:"),
            (stability_margins(0.0, 0.0, 0.0, 0.0, 1.0, 0.0), "step_seconds:"),
            (stability_margins(0.0, 0.0, 0.0, 1.0, -1.0, 0.0), "start_up_seconds:"),
            (stability_margins(0.0, 0.0, 0.0, 1.0, 1e300, 0.0), "start_up_seconds:"),
            (stability_margins(0.0, 0.0, 0.0, 1.0, 1.0, -1.0), "filter_seconds:"),
        ] {
            assert!(answer.unwrap_err().to_string().starts_with(name), "{name}");
        }
    }

    /// Whether a disturbance dies away, seen by running the loop.
    fn dies_away(gains: Gains, step: f64, delay: usize, share: f64) -> bool {
        let mut asked = vec![0.0; delay];
        let (mut last, mut before, mut area, mut filtered) = (0.0, 0.0, 0.0, 0.0);
        let mut peaks = [0.0f64; 2];
        let length = 4000 * delay;
        for t in 0..length {
            let error = if t == 0 { 1.0 } else { 0.0 } - asked[t];
            area += 0.5 * step * (error + last);
            let slope = (3.0 * error - 4.0 * last + before) / (2.0 * step);
            filtered += share * (slope - filtered);
            asked.push(gains.alpha * error + gains.beta * area + gains.gamma * filtered);
            (before, last) = (last, error);
            if asked[t + delay].abs() > 1e12 {
                return false;
            }
            peaks[usize::from(t > length / 2)] = peaks[usize::from(t > length / 2)].max(error.abs());
        }
        peaks[1] < 0.5 * peaks[0]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// Two independent methods: the sweep says at which factor, running the loop shows it.
        #[test]
        fn the_loop_swings_just_past_its_gain_margin(
            alpha in -0.3f64..0.6, beta in 0.0005f64..0.01, gamma in -3f64..5.0, delay in 1usize..12, filter_seconds in prop::sample::select(vec![0.0, 10.0, 60.0]),
        ) {
            let step = 15.0;
            let margins = stability_margins(alpha, beta, gamma, step, step * delay as f64, filter_seconds).unwrap();
            let share = filter_share(filter_seconds, step);
            let scaled = |by: f64| Gains { alpha, beta, gamma }.times(by);
            let is_stable = |by: f64| OpenLoop::new(scaled(by), step, delay, share).is_stable();
            if margins.is_stable() {
                prop_assert!(dies_away(scaled(0.98 * margins.gain.min(1.0 / 0.98)), step, delay, share), "{margins:?}");
                if margins.gain > 1.02 {
                    prop_assert!(is_stable(0.999 * margins.gain), "{margins:?}");
                    prop_assert!(!is_stable(1.001 * margins.gain), "{margins:?}");
                    prop_assert!(!dies_away(scaled(1.02 * margins.gain), step, delay, share), "{margins:?}");
                }
            } else {
                prop_assert!(!dies_away(scaled(1.02), step, delay, share));
            }
        }

        #[test]
        fn the_loop_is_stable_up_to_its_delay_margin(alpha in 0.0f64..0.4, beta in 0.0002f64..0.003, delay in 1usize..12) {
            let step = 15.0;
            let margins = stability_margins(alpha, beta, 0.0, step, step * delay as f64, 0.0).unwrap();
            if margins.is_stable() {
                let more = (margins.delay_seconds / step).floor().min(500.0) as usize;
                let gains = Gains { alpha, beta, gamma: 0.0 };
                prop_assert!(OpenLoop::new(gains, step, delay + more, 1.0).is_stable(), "{margins:?}");
                if more < 500 {
                    prop_assert!(!OpenLoop::new(gains, step, delay + more + 1, 1.0).is_stable(), "{margins:?}");
                }
            }
        }
    }
}
