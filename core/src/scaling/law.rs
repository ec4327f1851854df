//! The fractal scaling identity one sample at a time, kept within limits.
//!
//! Within its limits it gives what [`scaling_identity`](super::scaling_identity) gives, bit for bit from the
//! third sample on (at the second the slope is not known yet, and the γ term is 0). At a limit the output is
//! clamped, and the integral takes no step that would push it further out: anti-windup by conditional
//! integration (Åström and Hägglund 2006, "Advanced PID Control", section 3.5). The α and γ terms are not
//! cut, so a spike beyond the limit leaves no trace once it is over.
//!
//! Against noise the γ term can pass a filter of the first order, `T·b' = B − b` with `B` the change of the slope (ibid., section
//! 3.3): with ρ = e^(−h/T), independent noise of deviation σ in the load becomes `(1 − ρ)·√((6.5 − 1.5ρ)/(1 + ρ))·σ/h` in the slope.

use super::identity::{Gains, Path, filter_share};
use super::tune::least_squares;
use super::tune_simulated::{SimulatedTuningConfig, cheapest_gains};
use crate::error::{Error, Result, finite, not_negative, positive};
use crate::math::Sum;
use crate::snapshot::{Kind, load, save};
use serde::{Deserialize, Serialize};

/// The settings of a [`ScalingLaw`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScalingLawConfig {
    /// Scale per unit of load: the proportional gain. Default 1.
    pub alpha: f64,
    /// Scale per unit of load and second: the integral gain. Default 0.
    pub beta: f64,
    /// Scale per unit of load, times seconds: the derivative gain. Default 0.
    pub gamma: f64,
    /// Time constant of the filter on the γ term: the slope then lags by this, and carries less noise. Default 0, no filter.
    pub filter_seconds: f64,
    /// The least scale that is given. Default 1.
    pub low: f64,
    /// The largest scale that is given, at least `low`. Default 1000.
    pub high: f64,
    /// The scale that belongs to the first sample; brought within the limits. Default 0.
    pub s0: f64,
}

impl Default for ScalingLawConfig {
    fn default() -> Self {
        Self { alpha: 1.0, beta: 0.0, gamma: 0.0, filter_seconds: 0.0, low: 1.0, high: 1000.0, s0: 0.0 }
    }
}

/// The scaling identity, incremental: feed it load samples (or load errors), read the scale.
///
/// What the gains mean and when they mislead stands with [`scaling_identity`](super::scaling_identity).
#[derive(Debug, Clone, PartialEq)]
pub struct ScalingLaw {
    config: ScalingLawConfig,
    path: Option<Path>,
    area: Sum,
    /// The change of the slope, filtered.
    bend: f64,
    scale: f64,
}

impl ScalingLaw {
    /// A law that has seen nothing yet. Refuses settings that are not finite, a filter below 0 and `high < low`.
    pub fn new(config: ScalingLawConfig) -> Result<Self> {
        gains(&config).check()?;
        not_negative("filter_seconds", config.filter_seconds)?;
        finite("low", config.low)?;
        finite("high", config.high)?;
        finite("s0", config.s0)?;
        if config.high < config.low {
            let problem = format!("must be at least low, {}; got {}", config.low, config.high);
            return Err(Error::config("high", problem));
        }
        let scale = config.s0.clamp(config.low, config.high);
        Ok(Self { config, path: None, area: Sum::default(), bend: 0.0, scale })
    }

    /// Takes one sample, `step_seconds` after the one before (for the first sample the step is without
    /// effect), and gives the new scale.
    ///
    /// O(1), no allocation; steps may differ. Refuses a load that is not finite, a step that is not above 0,
    /// and numbers so large that the scale overflows; the law is then as it was.
    pub fn update(&mut self, load: f64, step_seconds: f64) -> Result<f64> {
        if !load.is_finite() {
            return Err(Error::data("load", format!("must be finite, got {load}")));
        }
        positive("step_seconds", step_seconds)?;
        let Some(mut path) = self.path else {
            self.path = Some(Path::start(load));
            return Ok(self.scale);
        };
        let ScalingLawConfig { low, high, .. } = self.config;
        let s0 = self.config.s0.clamp(low, high);
        let moved = path.advance(load, step_seconds);
        let share = filter_share(self.config.filter_seconds, step_seconds);
        let bend = (1.0 - share) * self.bend + share * moved.bend;
        let wanted = |area: Sum| gains(&self.config).scale(s0, moved.change, area.value(), bend);

        let before = wanted(self.area);
        let mut area = self.area;
        area.add(moved.area);
        let mut after = wanted(area);
        if !before.is_finite() || !after.is_finite() {
            return Err(Error::data("load", format!("the scale overflows at {load}")));
        }
        let furthest = if after > before { before.max(high) } else { before.min(low) };
        if (after > before && after > furthest) || (after < before && after < furthest) {
            area = self.area;
            area.add(moved.area * ((furthest - before) / (after - before)));
            after = furthest;
        }
        self.path = Some(path);
        self.area = area;
        self.bend = bend;
        self.scale = after.clamp(low, high);
        Ok(self.scale)
    }

    /// Takes the gains with which the identity comes closest to a recorded `scale`, by least squares, and begins anew at `s0`.
    ///
    /// `load` and `scale` are what was recorded of a controller (or wished of one), sample by sample, `step_seconds` apart, at least 4 of
    /// each. Gives the root mean square of what the gains leave unexplained, in units of scale. A gain of which the record says nothing
    /// becomes 0. A record that was cut by limits bends the gains: leave such stretches out. O(n).
    ///
    /// Refuses unequal lengths, too few samples, and values that are not finite; the law is then as it was.
    pub fn tune(&mut self, load: &[f64], scale: &[f64], step_seconds: f64) -> Result<f64> {
        let (Gains { alpha, beta, gamma }, error) = least_squares(load, scale, step_seconds)?;
        *self = Self::new(ScalingLawConfig { alpha, beta, gamma, ..self.config })?;
        Ok(error)
    }

    /// Takes the gains that would have been cheapest on this `demand` (in units of scale), found by simulation, and begins anew at `s0`.
    ///
    /// The law, with its limits and its filter, is run on the error, demand minus what serves, where what it asks for serves one
    /// start-up later; the cost is the mean, per step, of what is missing, idle and changed, as `config` prices it. The search is among
    /// gains that keep the gain margin asked for, as [`stability_margins`](super::stability_margins) measures it; it finds a local
    /// minimum, and gives its cost. The demand before the first sample is taken to be served. O(n) for each of at most 160 gains.
    ///
    /// Refuses an empty demand, more than 2 000 000 samples, values that are not finite, and settings out of range; the law is then as it was.
    pub fn tune_simulated(&mut self, demand: &[f64], config: &SimulatedTuningConfig) -> Result<f64> {
        let ScalingLawConfig { filter_seconds, low, high, .. } = self.config;
        let (Gains { alpha, beta, gamma }, cost) =
            cheapest_gains(demand, (low, high), filter_seconds, config)?;
        *self = Self::new(ScalingLawConfig { alpha, beta, gamma, ..self.config })?;
        Ok(cost)
    }

    /// The gains α, β and γ.
    pub fn gains(&self) -> (f64, f64, f64) {
        (self.config.alpha, self.config.beta, self.config.gamma)
    }

    /// The scale after the last sample.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// The settings.
    pub fn config(&self) -> &ScalingLawConfig {
        &self.config
    }

    /// The whole state as bytes.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        save(Kind::ScalingLaw, &(&self.config, self.path, self.area, self.bend, self.scale))
    }

    /// A law that goes on exactly as the one that was saved. Refuses bytes that are damaged, of another kind
    /// or newer.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        type State = (ScalingLawConfig, Option<Path>, Sum, f64, f64);
        let (config, path, area, bend, scale): State = load(Kind::ScalingLaw, bytes)?;
        let refuse = |problem: String| Error::Snapshot { problem };
        let law = Self::new(config).map_err(|error| refuse(error.to_string()))?;
        let within = (law.config.low..=law.config.high).contains(&scale);
        let finite = area.value().is_finite() && bend.is_finite();
        if !within || !finite || !path.is_none_or(|path| path.is_sound()) {
            return Err(refuse("the state of the scaling law is out of range".into()));
        }
        Ok(Self { path, area, bend, scale, ..law })
    }
}

fn gains(config: &ScalingLawConfig) -> Gains {
    Gains { alpha: config.alpha, beta: config.beta, gamma: config.gamma }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::scaling::scaling_identity;
    use proptest::prelude::*;

    fn law(alpha: f64, beta: f64, gamma: f64, low: f64, high: f64, s0: f64) -> ScalingLaw {
        let config = ScalingLawConfig { alpha, beta, gamma, low, high, s0, ..ScalingLawConfig::default() };
        ScalingLaw::new(config).unwrap()
    }

    #[test]
    fn the_filter_lets_through_the_noise_that_its_formula_says_and_lags_by_its_time() {
        let (step, gamma) = (15.0, 100.0);
        for filter_seconds in [0.0, 15.0, 60.0, 240.0] {
            let config = ScalingLawConfig {
                alpha: 0.0,
                gamma,
                filter_seconds,
                low: -1e9,
                high: 1e9,
                ..ScalingLawConfig::default()
            };
            let mut law = ScalingLaw::new(config.clone()).unwrap();
            let mut random = Random::new(5);
            let scale: Vec<f64> = (0..40_000).map(|_| law.update(random.normal(), step).unwrap()).collect();
            let scale = &scale[1000..];
            let mean = scale.iter().sum::<f64>() / scale.len() as f64;
            let variance = scale.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / scale.len() as f64;
            let rho: f64 = if filter_seconds == 0.0 { 0.0 } else { (-step / filter_seconds).exp() };
            let formula = gamma * (1.0 - rho) * ((6.5 - 1.5 * rho) / (1.0 + rho)).sqrt() / step;
            assert!((variance.sqrt() / formula - 1.0).abs() < 0.03, "{filter_seconds}: {variance} {formula}");

            // On a parabola the slope rises by 2 in a second: one that lags by T is 2·T lower.
            let mut law = ScalingLaw::new(config).unwrap();
            let last = (0..400).map(|i| law.update((f64::from(i) * step).powi(2), step).unwrap()).last();
            let lag = (gamma * 2.0 * 399.0 * step - last.unwrap()) / (2.0 * gamma);
            let discrete = if rho == 0.0 { 0.0 } else { step * rho / (1.0 - rho) };
            assert!((lag - discrete).abs() < 1e-6, "{filter_seconds}: {lag} {discrete}");
        }
    }

    #[test]
    fn the_integral_does_not_wind_up() {
        let mut law = law(0.0, 1.0, 0.0, 0.0, 10.0, 0.0);
        // An error of 1 for 100 s would integrate to 100; the limit is 10.
        for _ in 0..=100 {
            law.update(1.0, 1.0).unwrap();
        }
        assert_eq!(law.scale(), 10.0);
        // Back down at once: the step to −1 brings a trapezoid of 0, the next one −1.
        assert_eq!(law.update(-1.0, 1.0).unwrap(), 10.0);
        assert_eq!(law.update(-1.0, 1.0).unwrap(), 9.0);
    }

    #[test]
    fn a_spike_beyond_the_limit_leaves_no_trace() {
        let mut law = law(1.0, 0.0, 0.0, 1.0, 10.0, 5.0);
        let scale: Vec<f64> =
            [5.0, 500.0, 5.0, -500.0, 5.0].iter().map(|&l| law.update(l, 1.0).unwrap()).collect();
        assert_eq!(scale, [5.0, 10.0, 5.0, 1.0, 5.0]);
    }

    #[test]
    fn uneven_steps_are_exact_on_a_parabola() {
        let mut law = law(0.0, 0.0, 1.0, -1e9, 1e9, 0.0);
        let mut scale = 0.0;
        for (t, step) in [(0.0, 1.0), (1.0, 1.0), (4.0, 3.0), (4.5, 0.5), (10.0, 5.5)] {
            scale = law.update(3.0 + 2.0 * t - 0.5 * t * t, step).unwrap();
        }
        assert!((scale - -10.0).abs() < 1e-12, "{scale}");
    }

    #[test]
    fn bad_settings_and_samples_are_refused_and_change_nothing() {
        let refused = |config: ScalingLawConfig| ScalingLaw::new(config).unwrap_err().to_string();
        let standard = ScalingLawConfig::default();
        assert!(refused(ScalingLawConfig { alpha: f64::NAN, ..standard.clone() }).starts_with("alpha:"));
        assert!(
            refused(ScalingLawConfig { filter_seconds: -1.0, ..standard.clone() })
                .starts_with("filter_seconds:")
        );
        assert!(refused(ScalingLawConfig { low: 5.0, high: 4.0, ..standard.clone() }).starts_with("high:"));
        assert!(refused(ScalingLawConfig { s0: f64::INFINITY, ..standard.clone() }).starts_with("s0:"));
        assert!(serde_json::from_str::<ScalingLawConfig>(r#"{"delta": 1}"#).is_err());
        let mut law = ScalingLaw::new(standard).unwrap();
        law.update(-f64::MAX, 1.0).unwrap();
        let before = law.clone();
        for (load, step, name) in [
            (f64::NAN, 1.0, "load:"),
            (1.0, 0.0, "step_seconds:"),
            (f64::MAX, 1.0, "load: the scale overflows"),
        ] {
            assert!(law.update(load, step).unwrap_err().to_string().starts_with(name));
            assert_eq!(law, before);
        }
    }

    proptest! {
        #[test]
        fn it_is_the_identity_within_its_limits_and_continues_exactly_at_any_cut(
            load in prop::collection::vec(-1e3f64..1e3, 3..60), step in 0.1f64..100.0, cut in 0usize..60,
            alpha in -2f64..2.0, beta in -2f64..2.0, gamma in -2f64..2.0,
        ) {
            let mut law = law(alpha, beta, gamma, -1e12, 1e12, 7.0);
            let whole = scaling_identity(&load, step, alpha, beta, gamma, 7.0).unwrap();
            for (i, &value) in load.iter().enumerate() {
                if i == cut {
                    law = ScalingLaw::restore(&law.snapshot().unwrap()).unwrap();
                }
                let scale = law.update(value, step).unwrap();
                prop_assert!(i == 1 || scale == whole[i], "{i}: {scale} {}", whole[i]);
            }
        }

        #[test]
        fn it_stays_within_its_limits_and_comes_back_from_bytes_the_same(
            load in prop::collection::vec(-1e3f64..1e3, 3..60), beta in -2f64..2.0, gamma in -2f64..2.0, filter_seconds in 0f64..9.0,
        ) {
            let config = ScalingLawConfig { filter_seconds, ..law(0.5, beta, gamma, -3.0, 20.0, 0.0).config };
            let mut law = ScalingLaw::new(config).unwrap();
            let mut twin = law.clone();
            for value in load {
                let scale = law.update(value, 1.0).unwrap();
                prop_assert!((-3.0..=20.0).contains(&scale));
                twin = ScalingLaw::restore(&twin.snapshot().unwrap()).unwrap();
                twin.update(value, 1.0).unwrap();
                prop_assert_eq!(twin.snapshot().unwrap(), law.snapshot().unwrap());
            }
        }
    }
}
