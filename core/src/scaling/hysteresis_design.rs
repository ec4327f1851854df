//! How wide the deadband of a hysteresis should be: from the noise of the load, what a step costs, and what idle capacity costs.
//!
//! The scale is set at a load R and held until a load is further than the deadband w from it. For a constant load with independent normal
//! noise of deviation σ, R is normal with deviation σ as well: going from R to R' has the weight φ(R)·φ(R') in both directions, so
//! this is the stationary law (detailed balance). Hence a step in each sample with the probability `P(|L − R| > w) = erfc(w/(2σ))`. That
//! is a mean over long times: steps come in bursts, with calms between them as long as an R near the middle lasts.
//!
//! The load may be w above R while the scale is held, so w units of capacity are kept idle. The cost of a sample,
//! `step_cost·erfc(w/(2σ)) + idle_cost·w`, is convex in w and least at `w = 2σ·√ln(step_cost/(idle_cost·σ·√π))`, or at 0 where the
//! logarithm is negative.

use super::hysteresis::{Hysteresis, Points};
use super::margins::bisect;
use crate::error::{Error, Result, finite, not_negative, positive};
use crate::math::{erfc, ln};
use std::f64::consts::PI;

/// Beyond this, erfc is 0 in floats.
const FURTHEST: f64 = 27.3;

/// A deadband, and what it brings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HysteresisDesign {
    /// In units of load, for [`Hysteresis::set_deadband`]; the curves need room for it: `up(L)` is to serve `L + deadband`.
    pub deadband: f64,
    /// Steps in a sample that noise alone causes.
    pub false_steps: f64,
    /// Cost of a sample: of these steps, and of the capacity that the deadband keeps idle.
    pub cost: f64,
}

impl Hysteresis<Points, Points> {
    /// The deadband of least cost among those that keep the false steps in a sample to `most_false_steps`.
    ///
    /// `noise` is the deviation of independent noise in the load, in units of load; `step_cost` the cost of a change of the scale;
    /// `idle_cost` that of idle capacity for one unit of load, for one sample, above 0; `most_false_steps` is above 0, and 1 is no
    /// limit. Noise that is alike from one sample to the next causes fewer steps than this says. What the load itself does is
    /// not in it: every way further than the deadband is a step that is wanted.
    pub fn design(
        noise: f64,
        step_cost: f64,
        idle_cost: f64,
        most_false_steps: f64,
    ) -> Result<HysteresisDesign> {
        not_negative("noise", noise)?;
        not_negative("step_cost", step_cost)?;
        positive("idle_cost", idle_cost)?;
        if !(most_false_steps > 0.0 && most_false_steps <= 1.0) {
            let problem = format!("must be above 0 and at most 1, got {most_false_steps}");
            return Err(Error::config("most_false_steps", problem));
        }
        if noise == 0.0 {
            return Ok(HysteresisDesign { deadband: 0.0, false_steps: 0.0, cost: 0.0 });
        }
        let worth = ln(step_cost) - ln(idle_cost) - ln(noise) - 0.5 * ln(PI);
        let cheapest = worth.max(0.0).sqrt();
        let fewest = bisect(0.0, FURTHEST, |share| erfc(share) - most_false_steps);
        let share = if most_false_steps < 1.0 { cheapest.max(fewest) } else { cheapest };
        let deadband = 2.0 * noise * share;
        let false_steps = erfc(share);
        let cost = step_cost * false_steps + idle_cost * deadband;
        finite("noise", deadband)?;
        finite("idle_cost", cost)?;
        Ok(HysteresisDesign { deadband, false_steps, cost })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const SAMPLES: usize = 200_000;

    /// Steps in a sample of noise of deviation 1, of which each keeps `alike` of the one before.
    ///
    /// The mean of many short runs: a single one stays for very long where it needs two rare samples to leave.
    fn steps(deadband: f64, alike: f64) -> f64 {
        let line = Points::new("line", [(-100.0, 0.0), (100.0, 200.0)]).unwrap();
        let mut random = Random::new(3);
        let mut count = 0;
        for _ in 0..SAMPLES / 10 {
            let mut hysteresis = Hysteresis::new(line.clone(), line.clone());
            hysteresis.set_deadband(deadband).unwrap();
            let mut load = random.normal();
            let mut last = hysteresis.update(load).unwrap();
            for _ in 0..10 {
                load = alike * load + (1.0 - alike * alike).sqrt() * random.normal();
                let scale = hysteresis.update(load).unwrap();
                count += usize::from(scale != last);
                last = scale;
            }
        }
        count as f64 / SAMPLES as f64
    }

    #[test]
    fn noise_causes_as_many_steps_as_promised() {
        for most in [0.5, 0.1, 0.01, 0.001] {
            let design = Hysteresis::design(1.0, 0.0, 1.0, most).unwrap();
            assert!((design.false_steps / most - 1.0).abs() < 1e-12, "{design:?}");
            // Eight deviations of a count of independent steps, since they come in bursts.
            let allowed = 8.0 * (most / SAMPLES as f64).sqrt();
            let seen = steps(design.deadband, 0.0);
            assert!((seen - most).abs() < allowed, "{most}: {seen}");
            assert!(steps(design.deadband, 0.8) < most);
        }
    }

    #[test]
    fn no_other_deadband_costs_less() {
        for (step_cost, idle_cost) in [(100.0, 1.0), (10.0, 1.0), (20.0, 0.1), (1.0, 1.0)] {
            let design = Hysteresis::design(1.0, step_cost, idle_cost, 1.0).unwrap();
            let cost = |deadband: f64| step_cost * steps(deadband, 0.0) + idle_cost * deadband;
            let at_design = cost(design.deadband);
            assert!((at_design / design.cost - 1.0).abs() < 0.05, "{design:?} {at_design}");
            for i in 0..20 {
                let other = cost(0.4 * f64::from(i));
                assert!(at_design <= 1.03 * other, "{step_cost}: {at_design}, {other} at {i}");
            }
        }
        // A step that costs less than its noise: none is avoided.
        assert_eq!(Hysteresis::design(1.0, 1.0, 1.0, 1.0).unwrap().deadband, 0.0);
        assert_eq!(Hysteresis::design(0.0, 9.0, 1.0, 0.1).unwrap().cost, 0.0);
    }

    #[test]
    fn bad_arguments_are_refused_by_name() {
        for (answer, name) in [
            (Hysteresis::design(f64::NAN, 1.0, 1.0, 1.0), "noise:"),
            (Hysteresis::design(-1.0, 1.0, 1.0, 1.0), "noise:"),
            (Hysteresis::design(f64::MAX, 0.0, 1.0, 1e-9), "noise:"),
            (Hysteresis::design(1.0, f64::INFINITY, 1.0, 1.0), "step_cost:"),
            (Hysteresis::design(1.0, 1.0, 0.0, 1.0), "idle_cost:"),
            (Hysteresis::design(1e200, 0.0, 1e200, 0.1), "idle_cost:"),
            (Hysteresis::design(1.0, 1.0, 1.0, 0.0), "most_false_steps:"),
            (Hysteresis::design(1.0, 1.0, 1.0, f64::NAN), "most_false_steps:"),
        ] {
            assert!(answer.unwrap_err().to_string().starts_with(name), "{name}");
        }
    }
}
