//! The gains that would have been cheapest: a scaling law run on a demand, again and again, with replicas that serve one start-up later.
//!
//! The cost has kinks, so the simplex method looks for its minimum (Nelder and Mead 1965), in gains without dimension: α, β·T and γ/T,
//! with T the start-up. Gains whose loop would swing, alone or with the gain margin asked for, cost infinitely much.

use super::identity::{Gains, filter_share};
use super::margins::{OpenLoop, delay_steps};
use crate::error::{Error, Result, all_finite, not_negative};
use crate::optimise::nelder_mead;
use serde::{Deserialize, Serialize};

/// Gains that are tried.
const TRIALS: usize = 160;
/// A demand of more samples is refused: some seconds of work.
const MOST_SAMPLES: usize = 2_000_000;

/// What [`ScalingLaw::tune_simulated`](super::ScalingLaw::tune_simulated) minimises.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SimulatedTuningConfig {
    /// Between two samples of the demand, above 0. Default 15.
    pub step_seconds: f64,
    /// From asking for scale until it serves; taken up to whole steps, at least one and at most 2000. Default 120.
    pub start_up_seconds: f64,
    /// Cost of a unit of demand that is not served, for one step. Default 10.
    pub missing_cost: f64,
    /// Cost of a unit of scale that serves nothing, for one step. Default 1.
    pub idle_cost: f64,
    /// Cost of a change of the scale by one unit. Default 1.
    pub change_cost: f64,
    /// The factor on all gains up to which the loop must stay stable, at least 1. Default 2.
    pub gain_margin: f64,
}

impl Default for SimulatedTuningConfig {
    fn default() -> Self {
        Self {
            step_seconds: 15.0,
            start_up_seconds: 120.0,
            missing_cost: 10.0,
            idle_cost: 1.0,
            change_cost: 1.0,
            gain_margin: 2.0,
        }
    }
}

/// The gains for a law with these limits and this filter, and the mean cost of a step with them.
pub(super) fn cheapest_gains(
    demand: &[f64],
    limits: (f64, f64),
    filter_seconds: f64,
    config: &SimulatedTuningConfig,
) -> Result<(Gains, f64)> {
    all_finite("demand", demand)?;
    if demand.is_empty() {
        return Err(Error::data("demand", "has no samples"));
    }
    if demand.len() > MOST_SAMPLES {
        let problem = format!("has {} samples, more than {MOST_SAMPLES}", demand.len());
        return Err(Error::data("demand", problem));
    }
    not_negative("missing_cost", config.missing_cost)?;
    not_negative("idle_cost", config.idle_cost)?;
    not_negative("change_cost", config.change_cost)?;
    if !(1.0..=1e6).contains(&config.gain_margin) {
        let problem = format!("must be from 1 to 1000000, got {}", config.gain_margin);
        return Err(Error::config("gain_margin", problem));
    }
    let step = config.step_seconds;
    let delay = delay_steps(step, config.start_up_seconds)?;
    let share = filter_share(filter_seconds, step);
    let start_up = step * delay as f64;
    let gains = |point: &[f64]| match point {
        [alpha, beta, gamma] => Gains { alpha: *alpha, beta: beta / start_up, gamma: gamma * start_up },
        _ => Gains { alpha: 0.0, beta: 0.0, gamma: 0.0 },
    };
    let open_loop = |gains: Gains, by: f64| OpenLoop::new(gains.times(by), step, delay, share);
    let is_stable = |gains: Gains, by: f64| open_loop(gains, by).is_stable();
    let bears_all =
        |gains: Gains| open_loop(gains, 1.0).margins(step).gain >= (1.0 - 1e-9) * config.gain_margin;
    let mut asked = vec![0.0; delay + demand.len()];
    let mut search = |every_factor: bool| {
        let cost = |point: &[f64]| {
            let gains = gains(point);
            let bears = is_stable(gains, 1.0) && is_stable(gains, config.gain_margin);
            if bears && (!every_factor || bears_all(gains)) {
                simulated_cost(demand, gains, limits, share, config, &mut asked)
            } else {
                f64::INFINITY
            }
        };
        // An integral with β·T = 0.4 has a gain margin of about 4.
        nelder_mead(cost, &[0.05, 0.4, 0.0], &[0.1, -0.1, 0.05], TRIALS)
    };
    let mut found = search(false);
    // A loop may swing with a factor between two with which it does not; that is rare, and a sweep of the frequency is slow.
    if found.value.is_finite() && !bears_all(gains(&found.point)) {
        found = search(true);
    }
    if !found.value.is_finite() {
        return Err(Error::data("demand", "no gains with this gain margin have a finite cost"));
    }
    Ok((gains(&found.point), found.value))
}

/// The mean cost of a step. `asked` has room for the demand and the steps of a start-up before it.
///
/// The law is that of `ScalingLaw`, with the slopes of equal steps and without compensated sums. What follows from the errors before
/// the newest stands apart, because steps one start-up apart wait for each other.
fn simulated_cost(
    demand: &[f64],
    gains: Gains,
    (low, high): (f64, f64),
    filter_share: f64,
    config: &SimulatedTuningConfig,
    asked: &mut [f64],
) -> f64 {
    let Some(&first) = demand.first() else { return 0.0 };
    let Gains { alpha, beta, gamma } = gains;
    let start = first.clamp(low, high);
    let delay = asked.len() - demand.len();
    asked.iter_mut().take(delay).for_each(|scale| *scale = start);
    let per_step = 1.0 / config.step_seconds;
    let first = first - start;
    let base = start - alpha * first;
    let (mut last, mut before) = (first, first);
    let (mut area, mut first_slope, mut bend, mut scale) = (0.0, 0.0, 0.0, start);
    let (mut unfit, mut changed) = (0.0, 0.0);
    for (i, demand) in demand.iter().enumerate() {
        let error = demand - asked.get(i).copied().unwrap_or(start);
        if i == 2 {
            first_slope = (2.0 * last - 1.5 * before - 0.5 * error) * per_step;
        }
        let half = if i == 0 { 0.0 } else { 0.5 * config.step_seconds };
        let share = if i < 2 { 0.0 } else { filter_share };
        let slope = (0.5 * before - 2.0 * last) * per_step - first_slope;
        let newest = 1.5 * share * per_step;
        bend += share * (slope - bend);
        let rest = base + beta * (area + half * last) + gamma * bend;
        let with = rest + (alpha + beta * half + gamma * newest) * error;
        bend += newest * error;
        let step_area = half * (error + last);
        area += step_area;
        let mut wanted = with;
        if !(low..=high).contains(&with) {
            let more = beta * step_area;
            let without = with - more;
            let furthest = if more > 0.0 { without.max(high) } else { without.min(low) };
            if (more > 0.0 && with > furthest) || (more < 0.0 && with < furthest) {
                area -= step_area * ((with - furthest) / more);
            }
            wanted = with.clamp(low, high);
        }
        unfit += if error > 0.0 { config.missing_cost * error } else { -config.idle_cost * error };
        changed += (wanted - scale).abs();
        scale = wanted;
        asked.iter_mut().skip(i + delay).take(1).for_each(|asked| *asked = wanted);
        before = last;
        last = error;
    }
    (unfit + config.change_cost * changed) / demand.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::scaling::{ScalingLaw, ScalingLawConfig, stability_margins};
    use proptest::prelude::*;

    /// The slow twin: the law itself in the loop.
    fn with_the_law(
        demand: &[f64],
        (alpha, beta, gamma): (f64, f64, f64),
        law: &ScalingLawConfig,
        config: &SimulatedTuningConfig,
    ) -> f64 {
        let delay = (config.start_up_seconds / config.step_seconds) as usize;
        let start = demand[0].clamp(law.low, law.high);
        let settings = ScalingLawConfig { alpha, beta, gamma, s0: start, ..law.clone() };
        let mut law = ScalingLaw::new(settings).unwrap();
        let (mut asked, mut last, mut cost) = (vec![start; delay], start, 0.0);
        for (i, demand) in demand.iter().enumerate() {
            let error = demand - asked[i];
            let scale = law.update(error, config.step_seconds).unwrap();
            cost += config.missing_cost * error.max(0.0) + config.idle_cost * (-error).max(0.0);
            cost += config.change_cost * (scale - last).abs();
            last = scale;
            asked.push(scale);
        }
        cost / demand.len() as f64
    }

    fn day(seed: u64, length: u32, noise: f64) -> Vec<f64> {
        let mut random = Random::new(seed);
        (0..length)
            .map(|i| {
                50.0 - 30.0 * (f64::from(i) / 1440.0 * std::f64::consts::TAU).cos() + noise * random.normal()
            })
            .collect()
    }

    #[test]
    fn tuned_gains_cost_less_than_any_of_a_grid_nearby_and_keep_the_margin() {
        let config = SimulatedTuningConfig { step_seconds: 60.0, ..SimulatedTuningConfig::default() };
        for (seed, noise) in [(1, 0.0), (2, 0.5), (3, 3.0)] {
            let demand = day(seed, 1440, noise);
            let mut law = ScalingLaw::new(ScalingLawConfig::default()).unwrap();
            let cost = law.tune_simulated(&demand, &config).unwrap();
            let (alpha, beta, gamma) = law.gains();
            assert!((cost / with_the_law(&demand, law.gains(), law.config(), &config) - 1.0).abs() < 1e-9);
            let margins = stability_margins(alpha, beta, gamma, 60.0, 120.0, 0.0).unwrap();
            assert!(margins.gain >= 2.0 - 1e-9, "{margins:?}");
            let mut least = f64::INFINITY;
            for a in 0..12 {
                for b in 0..12 {
                    for c in -3..4 {
                        let gains =
                            (0.05 * f64::from(a), 0.1 / 120.0 * f64::from(b), 0.05 * 120.0 * f64::from(c));
                        if stability_margins(gains.0, gains.1, gains.2, 60.0, 120.0, 0.0).unwrap().gain >= 2.0
                        {
                            least = least.min(with_the_law(&demand, gains, law.config(), &config));
                        }
                    }
                }
            }
            assert!(
                cost <= 1.02 * least,
                "noise {noise}: {cost} with {alpha} {beta} {gamma}, {least} on the grid"
            );
        }
    }

    #[test]
    fn bad_input_is_refused_and_changes_nothing() {
        let mut law = ScalingLaw::new(ScalingLawConfig::default()).unwrap();
        let before = law.clone();
        let standard = SimulatedTuningConfig::default();
        for (demand, config, name) in [
            (&[][..], standard.clone(), "demand:"),
            (&[f64::NAN], standard.clone(), "demand:"),
            (&vec![1.0; 2_000_001], standard.clone(), "demand: has 2000001 samples"),
            (&[f64::MAX, -f64::MAX, f64::MAX], standard.clone(), "demand:"),
            (&[1.0], SimulatedTuningConfig { gain_margin: 0.5, ..standard.clone() }, "gain_margin:"),
            (&[1.0], SimulatedTuningConfig { step_seconds: 0.0, ..standard.clone() }, "step_seconds:"),
            (
                &[1.0],
                SimulatedTuningConfig { start_up_seconds: 1e300, ..standard.clone() },
                "start_up_seconds:",
            ),
            (&[1.0], SimulatedTuningConfig { idle_cost: -1.0, ..standard.clone() }, "idle_cost:"),
        ] {
            assert!(law.tune_simulated(demand, &config).unwrap_err().to_string().starts_with(name), "{name}");
            assert_eq!(law, before);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_quick_loop_is_the_law(
            seed in 0u64..1000, length in 1u32..200, noise in 0f64..20.0, delay in 1u32..9, high in 40f64..90.0,
            alpha in -0.2f64..0.3, beta in 0f64..0.001, gamma in -2f64..4.0, filter_seconds in 0f64..60.0,
        ) {
            let demand = day(seed, length, noise);
            let config = SimulatedTuningConfig { start_up_seconds: 15.0 * f64::from(delay), ..SimulatedTuningConfig::default() };
            let gains = Gains { alpha, beta, gamma };
            let mut asked = vec![0.0; demand.len() + delay as usize];
            let law = ScalingLawConfig { low: 25.0, high, filter_seconds, ..ScalingLawConfig::default() };
            let share = filter_share(filter_seconds, 15.0);
            let quick = simulated_cost(&demand, gains, (25.0, high), share, &config, &mut asked);
            let slow = with_the_law(&demand, (alpha, beta, gamma), &law, &config);
            prop_assert!((quick - slow).abs() <= 1e-9 * (1.0 + slow), "{quick} {slow}");
        }
    }
}
