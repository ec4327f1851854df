//! The fractal scaling identity: `S(t+Δt) = S(t) + ∫ [α·dL/dτ + β·L(τ) + γ·d²L/dτ²] dτ`.
//!
//! Two of its three terms are derivatives, so they integrate to the change of the load and the change of its
//! slope: `S(t) = S(0) + α·(L(t) − L(0)) + β·∫L + γ·(L'(t) − L'(0))`. From samples, `∫L` is the trapezoidal
//! rule and `L'` the slope at the newest sample of the parabola through the last three (at the first sample:
//! through the first three). Both are of second order in the step; straight lines are exact, and parabolas
//! but for `∫L`, which is off by `h²/12·(L'(t) − L'(0))`.

use crate::error::{Error, Result, all_finite, finite, positive};
use crate::math::{Sum, expm1};
use serde::{Deserialize, Serialize};

/// `S` at every sample of the load: as many values as samples, the first is `s0`.
///
/// `alpha` is scale per load, `beta` scale per load and second, `gamma` scale per load times seconds. O(n).
///
/// **What it is.** Fed a load *error* (what is demanded minus what is served) this is the velocity form of a
/// PID controller, with β as the integral, α as the proportional and γ as the derivative gain; nothing more
/// and nothing less, and tuned as one. Fed a *load* it is a predictor of scale: α follows the load in
/// proportion, γ leans forward by `γ·L'` (with `γ = α·T` it is α times the load expected `T` seconds ahead
/// along the tangent), and β piles up work.
///
/// **When it misleads.** A load is never negative, so with `β ≠ 0` the scale grows without end although the
/// load may be constant: use β on errors only. Scale is relative to the first sample: if `s0` was wrong for
/// it, `S` stays wrong by as much. γ magnifies noise: independent noise of deviation σ in the load moves `S`
/// by about `2.5·γ·σ/step`, so smooth the load first. And the tangent knows nothing of daily rhythms: ahead
/// by more than a small part of the period, it overshoots at every peak.
///
/// **Fractal** means: stretch time by `k` and take (α, β/k, γ·k), and the same samples give the same `S`.
///
/// **Additive** means: the scale over two adjacent intervals is the scale over the whole. The α and β terms
/// of two arrays that share the sample at the seam add up exactly, whatever the load. The γ term needs the
/// slope at the seam, which either array can only estimate from its own side: it adds up exactly where the
/// load is one parabola about the seam, to the second order in the step where it is smooth, and not where it
/// has a kink. No formula can do better from the two arrays alone; [`ScalingLaw`](super::ScalingLaw) carries
/// the slope along and continues exactly.
///
/// Every value depends on the samples up to its own only, but for the second, which needs the third for its
/// slope (with two samples in all the γ term is 0). Refuses an empty load, values that are not finite, a step
/// that is not above 0, and a result beyond the largest float.
pub fn scaling_identity(
    load: &[f64],
    step_seconds: f64,
    alpha: f64,
    beta: f64,
    gamma: f64,
    s0: f64,
) -> Result<Vec<f64>> {
    let gains = Gains { alpha, beta, gamma };
    gains.check()?;
    all_finite("load", load)?;
    positive("step_seconds", step_seconds)?;
    finite("s0", s0)?;
    let (first, rest) = load.split_first().ok_or_else(|| Error::data("load", "has no samples"))?;
    let mut path = Path::start(*first);
    let mut area = Sum::default();
    let mut scale = vec![s0];
    scale.reserve_exact(rest.len());
    for (i, &value) in rest.iter().enumerate() {
        let mut moved = path.advance(value, step_seconds);
        area.add(moved.area);
        if let (0, Some(next)) = (i, rest.get(1)) {
            moved.bend = (next - value) / step_seconds - (value - first) / step_seconds;
        }
        let now = gains.scale(s0, moved.change, area.value(), moved.bend);
        if !now.is_finite() {
            return Err(Error::data(
                "load",
                format!("the scale overflows at value {} of {}", i + 1, load.len()),
            ));
        }
        scale.push(now);
    }
    Ok(scale)
}

/// The three factors of the identity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gains {
    pub(super) alpha: f64,
    pub(super) beta: f64,
    pub(super) gamma: f64,
}

impl Gains {
    pub(super) fn check(&self) -> Result<()> {
        finite("alpha", self.alpha)?;
        finite("beta", self.beta)?;
        finite("gamma", self.gamma)?;
        Ok(())
    }

    pub(super) fn times(&self, by: f64) -> Self {
        Self { alpha: by * self.alpha, beta: by * self.beta, gamma: by * self.gamma }
    }

    pub(super) fn scale(&self, s0: f64, change: f64, area: f64, bend: f64) -> f64 {
        s0 + self.alpha * change + self.beta * area + self.gamma * bend
    }
}

/// How much of the way to its input a filter of the first order goes in one step: all of it without a time constant.
pub(super) fn filter_share(filter_seconds: f64, step_seconds: f64) -> f64 {
    if filter_seconds == 0.0 { 1.0 } else { -expm1(-step_seconds / filter_seconds) }
}

/// What is to be remembered of a load that arrives sample by sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Path {
    first_load: f64,
    load: f64,
    /// Slope and duration of the last step.
    step: Option<(f64, f64)>,
    /// The slope at the first sample, known from the third sample on.
    first_slope: Option<f64>,
}

/// What one more sample brought: the change of the load and of its slope since the first sample, and the area
/// of this step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moved {
    pub(super) change: f64,
    pub(super) area: f64,
    pub(super) bend: f64,
}

impl Path {
    pub(super) fn start(load: f64) -> Self {
        Self { first_load: load, load, step: None, first_slope: None }
    }

    pub(super) fn advance(&mut self, load: f64, seconds: f64) -> Moved {
        let slope = (load - self.load) / seconds;
        let area = seconds * (0.5 * self.load + 0.5 * load);
        let mut bend = 0.0;
        if let Some((last_slope, last_seconds)) = self.step {
            // The parabola's slopes at its outer points differ from those of the chords by the same, weighted
            // by their lengths.
            let turn = (slope - last_slope) / (seconds + last_seconds);
            let first_slope = *self.first_slope.get_or_insert(last_slope - turn * last_seconds);
            bend = slope + turn * seconds - first_slope;
        }
        self.step = Some((slope, seconds));
        self.load = load;
        Moved { change: load - self.first_load, area, bend }
    }

    /// Whether these numbers can have come from loads and steps that were accepted.
    pub(super) fn is_sound(&self) -> bool {
        let step = self
            .step
            .is_none_or(|(slope, seconds)| slope.is_finite() && seconds.is_finite() && seconds > 0.0);
        step && self.first_load.is_finite()
            && self.load.is_finite()
            && self.first_slope.is_none_or(f64::is_finite)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Deserialize)]
    struct Case {
        load: String,
        params: Vec<f64>,
        alpha: f64,
        beta: f64,
        gamma: f64,
        t: f64,
        dt: f64,
        s_t: f64,
        s_t_plus_dt: f64,
    }

    #[derive(Deserialize)]
    struct Oracle {
        cases: Vec<Case>,
    }

    impl Case {
        fn at(&self, t: f64) -> f64 {
            match (self.load.as_str(), self.params.as_slice()) {
                ("linear", [a, b]) => a + b * t,
                ("quadratic", [a, b, c]) => a + b * t + c * t * t,
                ("sinusoid", [m, a, w, p]) => m + a * (w * t + p).sin(),
                ("exponential", [a, b, r]) => a + b * (r * t).exp(),
                other => panic!("{other:?}"),
            }
        }

        fn error(&self, steps: u32) -> f64 {
            let step = self.dt / f64::from(steps);
            let load: Vec<f64> = (0..=steps).map(|i| self.at(self.t + step * f64::from(i))).collect();
            let scale = scaling_identity(&load, step, self.alpha, self.beta, self.gamma, self.s_t).unwrap();
            assert_eq!((scale.len(), scale[0]), (load.len(), self.s_t));
            (scale.last().unwrap() - self.s_t_plus_dt).abs() / (1.0 + self.s_t_plus_dt.abs())
        }
    }

    #[test]
    fn it_converges_to_the_closed_forms_at_second_order() {
        let text = include_str!("../../../tests/vectors/oracle/fractal_scaling.json");
        let oracle: Oracle = serde_json::from_str(text).unwrap();
        assert_eq!(oracle.cases.len(), 32);
        for case in &oracle.cases {
            let about = format!("{} {} {} {} from {}", case.load, case.alpha, case.beta, case.gamma, case.t);
            let exact =
                case.load == "linear" || case.beta == 0.0 && (case.load == "quadratic" || case.gamma == 0.0);
            if exact {
                assert!(case.error(100) < 1e-12, "{about}: {:e}", case.error(100));
            } else {
                let (coarse, fine, finest) = (case.error(64), case.error(128), case.error(1024));
                let order = (coarse / fine).log2();
                assert!((1.9..2.1).contains(&order), "{about}: order {order}");
                assert!(finest < 2e-6, "{about}: {finest:e}");
            }
        }
    }

    #[test]
    fn every_sample_is_of_second_order_the_second_too() {
        let worst = |steps: u32| {
            let step = 2.0 / f64::from(steps);
            let load: Vec<f64> = (0..=steps).map(|i| (step * f64::from(i)).sin()).collect();
            let scale = scaling_identity(&load, step, 0.0, 0.0, 1.0, 0.0).unwrap();
            let error = |(i, s): (usize, &f64)| (s - ((step * i as f64).cos() - 1.0)).abs();
            scale.iter().enumerate().map(error).fold(0.0, f64::max)
        };
        assert!((1.9..2.1).contains(&(worst(100) / worst(200)).log2()));
    }

    #[test]
    fn bad_arguments_are_refused_by_name() {
        for (answer, name) in [
            (scaling_identity(&[], 1.0, 1.0, 1.0, 1.0, 0.0), "load: has no samples"),
            (scaling_identity(&[1.0, f64::NAN], 1.0, 1.0, 1.0, 1.0, 0.0), "load: value 1 of 2 is NaN"),
            (scaling_identity(&[-f64::MAX, f64::MAX], 1.0, 1.0, 0.0, 0.0, 0.0), "load: the scale overflows"),
            (scaling_identity(&[1.0], -1.0, 1.0, 1.0, 1.0, 0.0), "step_seconds:"),
            (scaling_identity(&[1.0], 1.0, f64::NAN, 1.0, 1.0, 0.0), "alpha:"),
            (scaling_identity(&[1.0], 1.0, 1.0, f64::INFINITY, 1.0, 0.0), "beta:"),
            (scaling_identity(&[1.0], 1.0, 1.0, 1.0, f64::NAN, 0.0), "gamma:"),
            (scaling_identity(&[1.0], 1.0, 1.0, 1.0, 1.0, f64::NAN), "s0:"),
        ] {
            assert!(answer.unwrap_err().to_string().starts_with(name), "{name}");
        }
        assert_eq!(scaling_identity(&[7.0], 1.0, 1.0, 1.0, 1.0, 4.0).unwrap(), [4.0]);
        assert_eq!(scaling_identity(&[7.0, 9.0], 1.0, 1.0, 0.0, 1.0, 4.0).unwrap(), [4.0, 6.0]);
    }

    fn close(ours: &[f64], theirs: &[f64]) -> bool {
        let size = theirs.iter().fold(1.0, |size: f64, value| size.max(value.abs()));
        ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| (a - b).abs() <= 1e-10 * size)
    }

    proptest! {
        #[test]
        fn stretched_time_changes_nothing(
            load in prop::collection::vec(-1e3f64..1e3, 1..60), step in 0.1f64..100.0, k in 0.01f64..100.0,
            alpha in -2f64..2.0, beta in -2f64..2.0, gamma in -2f64..2.0,
        ) {
            let plain = scaling_identity(&load, step, alpha, beta, gamma, 1.0).unwrap();
            let stretched = scaling_identity(&load, step * k, alpha, beta / k, gamma * k, 1.0).unwrap();
            prop_assert!(close(&stretched, &plain));
            let doubled = scaling_identity(&load, step * 2.0, alpha, beta / 2.0, gamma * 2.0, 1.0).unwrap();
            prop_assert_eq!(doubled, plain, "a power of two changes no bit");
        }

        #[test]
        fn any_load_is_additive_without_gamma_and_a_parabola_with_it(
            noise in prop::collection::vec(-1e3f64..1e3, 9..60), a in -9f64..9.0, b in -9f64..9.0, c in -9f64..9.0,
            step in 0.1f64..10.0, alpha in -2f64..2.0, beta in -2f64..2.0, gamma in -2f64..2.0, cut in 2usize..7,
        ) {
            let parabola: Vec<f64> = (0..noise.len()).map(|i| i as f64 * step).map(|t| a + b * t + c * t * t).collect();
            for (load, gamma) in [(noise, 0.0), (parabola, gamma)] {
                let whole = scaling_identity(&load, step, alpha, beta, gamma, 3.0).unwrap();
                let mut parts = scaling_identity(&load[..=cut], step, alpha, beta, gamma, 3.0).unwrap();
                let seam = parts.pop().unwrap();
                parts.extend(scaling_identity(&load[cut..], step, alpha, beta, gamma, seam).unwrap());
                prop_assert!(close(&parts, &whole));
            }
        }

        #[test]
        fn the_future_changes_nothing(
            load in prop::collection::vec(-1e3f64..1e3, 4..60), later in prop::collection::vec(-1e3f64..1e3, 1..9),
        ) {
            let before = scaling_identity(&load, 5.0, 0.3, 0.1, 2.0, 1.0).unwrap();
            let with = scaling_identity(&[load.clone(), later].concat(), 5.0, 0.3, 0.1, 2.0, 1.0).unwrap();
            prop_assert_eq!(before.as_slice(), &with[..load.len()]);
        }
    }
}
