//! Extrapolates the spectrum: the waves of a load go on, around a level whose trend dies out.
//!
//! The waves are those of [`crate::load::periods`], with the harmonics that were found, their frequencies sharper than the bins of a
//! transform, so that a period that does not divide the window goes on rightly. Waves, level and slope are fitted
//! together by robust least squares; what the load deviates from them just now fades out as its own past says. The window of the
//! last values is bounded, and the model fits itself anew whenever an eighth of it has been replaced.

mod deviation;
mod waves;

use super::feature_regression::FeatureRegression;
use super::progress::{self, Progress};
use super::{Forecast, Forecaster};
use crate::error::{Error, Result};
use crate::load::{self, Series};
use crate::rows::Rows;
use crate::snapshot;
use deviation::Deviation;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use waves::Waves;

/// Known values that a forecast needs.
const NEEDED: usize = 2;
/// While the window fills, the next fit comes after a quarter more values, and never sooner than this.
const SOONEST: usize = 8;
/// The lowest harmonics of a period are fitted whether or not they stood out.
const LOW_HARMONICS: u32 = 3;

/// Settings of [`Spectral`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpectralConfig {
    /// Steps that the model remembers and fits: 16 to 1,000,000. Two cycles of the slowest period must fit in.
    pub window: usize,
    /// Frequencies at most, harmonics counted: 0 to 100.
    pub frequencies: usize,
    /// Steps between two fits while the model is updated; 0 is an eighth of the window.
    pub refit_every: usize,
}

impl Default for SpectralConfig {
    fn default() -> Self {
        SpectralConfig { window: 10_080, frequencies: 24, refit_every: 0 }
    }
}

/// Forecasts by extrapolating the spectrum. An update costs some 0.1 µs a frequency, and a fit, O(window · frequencies²), once
/// every `refit_every` updates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spectral {
    config: SpectralConfig,
    /// The last values, without the features' effect.
    window: VecDeque<f64>,
    waves: Waves,
    deviation: Deviation,
    /// Values in the window when it was last fitted, and since.
    fitted: usize,
    since: usize,
    features: FeatureRegression,
    progress: Progress,
}

impl Spectral {
    /// A model that has not learned yet.
    ///
    /// # Errors
    /// [`Error::Config`] for a setting out of its range.
    pub fn new(config: SpectralConfig) -> Result<Self> {
        if !(16..=1_000_000).contains(&config.window) {
            return Err(Error::config(
                "window",
                format!("must be 16 to 1000000 steps, got {}", config.window),
            ));
        }
        if config.frequencies > 100 {
            return Err(Error::config(
                "frequencies",
                format!("must be 0 to 100, got {}", config.frequencies),
            ));
        }
        Ok(Spectral {
            config,
            window: VecDeque::new(),
            waves: Waves::default(),
            deviation: Deviation::default(),
            fitted: 0,
            since: 0,
            features: FeatureRegression::default(),
            progress: Progress::default(),
        })
    }

    /// Reads a snapshot of the model.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of this model.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let model: Spectral = snapshot::load(snapshot::Kind::Spectral, bytes)?;
        let whole = Spectral::new(model.config.clone()).is_ok()
            && model.window.len() <= model.config.window
            && model.fitted <= model.config.window
            && model.window.iter().all(|value| !value.is_infinite())
            && model.waves.is_finite()
            && model.deviation.is_whole()
            && model.progress.is_whole()
            && model.features.is_whole(model.progress.columns());
        if !whole {
            return Err(Error::Snapshot { problem: "the spectral model is inconsistent".into() });
        }
        Ok(model)
    }

    /// Missing values refit nothing, so that a long gap costs little.
    fn learn(&mut self, value: f64) -> Result<()> {
        if self.window.len() == self.config.window {
            self.window.pop_front();
        }
        self.window.push_back(value);
        self.since += 1;
        if value.is_nan() {
            self.deviation.take(value);
            return Ok(());
        }
        if self.fitted > 0 {
            let expected = self.trend(self.since) + self.waves.at((self.fitted + self.since - 1) as f64);
            self.deviation.take(value - expected);
        }
        if self.since >= self.due() { self.refit() } else { Ok(()) }
    }

    /// Steps after which the next fit is due.
    fn due(&self) -> usize {
        let rhythm =
            if self.config.refit_every > 0 { self.config.refit_every } else { self.config.window / 8 };
        if self.fitted < 2 * SOONEST {
            return 1;
        }
        rhythm.min((self.fitted / 4).max(SOONEST)).max(1)
    }

    fn refit(&mut self) -> Result<()> {
        let values = self.window.make_contiguous();
        let step = self.progress.clock().1 as f64 / 1000.0;
        let mut frequencies: Vec<f64> = Vec::new();
        for wave in load::waves(values, step)? {
            let base = wave.first().copied().unwrap_or(0.5);
            let low = (1..=LOW_HARMONICS).map(|k| f64::from(k) * base);
            for frequency in low.chain(wave.iter().copied()) {
                let apart = |other: &f64| (other - frequency).abs() * values.len() as f64 > 0.5;
                if frequency < 0.5 && frequencies.iter().all(apart) {
                    frequencies.push(frequency);
                }
            }
        }
        frequencies.truncate(self.config.frequencies);
        if let Some(mut waves) = Waves::fit(values, &frequencies) {
            if values.len() < 2 * SOONEST {
                // A slope through a handful of values says nothing.
                waves = Waves { level: waves.level, ..Waves::default() };
            }
            let n = values.len();
            let mut fit: Vec<f64> = (0..n).map(|t| waves.level - waves.slope * (n - 1 - t) as f64).collect();
            waves.add_to(&mut fit, 0.0);
            let residuals: Vec<f64> = values.iter().zip(&fit).map(|(value, fit)| value - fit).collect();
            self.deviation = Deviation::fit(&residuals);
            self.waves = waves;
            self.fitted = n;
            self.since = 0;
        }
        Ok(())
    }

    /// The level so many steps after the last fit: the slope dies out within a quarter of the window that it was fitted to.
    fn trend(&self, steps: usize) -> f64 {
        let life = (0.25 * self.fitted as f64).max(1.0);
        self.waves.level - self.waves.slope * life * crate::math::expm1(-(steps as f64) / life)
    }
}

impl Forecaster for Spectral {
    fn name(&self) -> &'static str {
        "Spectral"
    }

    fn fit(&mut self, series: &Series, features: Option<Rows<'_>>) -> Result<()> {
        let progress = Progress::fit(self.name(), series, features, NEEDED)?;
        Progress::check_size(self.name(), series, progress::LARGEST)?;
        let (regression, plain) = FeatureRegression::fit(series, features)?;
        let mut fitted = Spectral { features: regression, progress, ..Spectral::new(self.config.clone())? };
        let from = plain.len().saturating_sub(self.config.window);
        fitted.window.extend(plain.values().iter().skip(from));
        fitted.refit()?;
        series.values().iter().for_each(|value| fitted.progress.advance(*value, None));
        *self = fitted;
        Ok(())
    }

    fn update(&mut self, value: f64, features: Option<&[f64]>) -> Result<()> {
        self.progress.check_update(value, features)?;
        let without = self.features.update(value, features)?;
        self.learn(without)?;
        self.progress.advance(value, features);
        Ok(())
    }

    fn forecast(&self, horizon: usize, levels: &[f64], features: Option<Rows<'_>>) -> Result<Forecast> {
        self.progress.check_forecast(self.name(), NEEDED as u64, horizon, levels, features)?;
        let mut mean: Vec<f64> = (1..=horizon).map(|ahead| self.trend(self.since + ahead)).collect();
        self.waves.add_to(&mut mean, (self.fitted + self.since) as f64);
        self.deviation.add_to(&mut mean);
        mean.iter_mut().for_each(|mean| *mean = mean.clamp(f64::MIN, f64::MAX));
        self.features.add_to(&mut mean, features);
        let spread = (1..=horizon).map(|ahead| self.deviation.spread(ahead)).collect();
        Ok(self.progress.normal(levels, mean, spread))
    }

    fn parameters(&self) -> serde_json::Value {
        let waves: Vec<serde_json::Value> = self
            .waves
            .waves
            .iter()
            .map(|wave| {
                let amplitude = (wave.cosine * wave.cosine + wave.sine * wave.sine).sqrt();
                serde_json::json!({ "period": 1.0 / wave.frequency, "amplitude": amplitude })
            })
            .collect();
        serde_json::json!({
            "window": self.config.window,
            "frequencies": self.config.frequencies,
            "refit_every": self.config.refit_every,
            "level": self.waves.level,
            "slope": self.waves.slope,
            "waves": waves,
            "memory": self.deviation.rho,
            "smoothing": self.deviation.alpha,
            "features": self.features.coefficients(),
        })
    }

    fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::Spectral, self)
    }

    fn boxed_clone(&self) -> Box<dyn Forecaster> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use proptest::prelude::*;
    use std::f64::consts::TAU;

    fn model(window: usize) -> Spectral {
        Spectral::new(SpectralConfig { window, ..SpectralConfig::default() }).unwrap()
    }

    /// Two waves, the slower of which does not divide the length, with noise.
    fn load(n: usize, noise: f64) -> Vec<f64> {
        let mut random = Random::new(9);
        let wave = |t: f64, period: f64| (TAU * t / period).sin();
        (0..n)
            .map(|t| t as f64)
            .map(|t| {
                100.0
                    + 20.0 * wave(t, 48.0)
                    + 6.0 * wave(t + 5.0, 24.0)
                    + 8.0 * wave(t, 7.3)
                    + noise * random.normal()
            })
            .collect()
    }

    fn series(values: &[f64]) -> Series {
        Series::new(values.to_vec(), 0, 300.0).unwrap()
    }

    #[test]
    fn waves_that_do_not_divide_the_window_go_on() {
        let all = load(900, 1.0);
        let truth = load(900, 0.0);
        let mut spectral = model(10_080);
        spectral.fit(&series(&all[..700]), None).unwrap();
        let forecast = spectral.forecast(200, &[0.8], None).unwrap();
        let worst = forecast.mean().iter().zip(&truth[700..]).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst < 1.5, "{worst}, of a swing of 34");
        let (lower, upper) = (forecast.lower(0.8).unwrap(), forecast.upper(0.8).unwrap());
        let inside = (0..200).filter(|h| (lower[*h]..upper[*h]).contains(&all[700 + h])).count();
        assert!((140..=178).contains(&inside), "{inside} of 200 within the interval of 80 %");
    }

    #[test]
    fn it_learns_online_and_forgets_an_old_level() {
        let mut spectral = model(400);
        for value in load(1000, 0.5) {
            spectral.update(value, None).unwrap();
        }
        let error = |spectral: &Spectral, shift: f64, from: usize| {
            let forecast = spectral.forecast(48, &[], None).unwrap();
            let truth = &load(from + 48, 0.0)[from..];
            forecast.mean().iter().zip(truth).map(|(a, b)| (a - b - shift).abs()).fold(0.0, f64::max)
        };
        assert!(error(&spectral, 0.0, 1000) < 2.0, "{}", error(&spectral, 0.0, 1000));
        for value in &load(1600, 0.5)[1000..] {
            spectral.update(value + 300.0, None).unwrap();
        }
        assert!(error(&spectral, 300.0, 1600) < 4.0, "{}", error(&spectral, 300.0, 1600));
        spectral.skip(100).unwrap();
        assert!(error(&spectral, 300.0, 1700) < 4.0);
    }

    #[test]
    fn too_little_constants_and_giants() {
        let mut spectral = model(100);
        assert!(spectral.forecast(1, &[], None).unwrap_err().to_string().contains("at least 2"));
        assert!(spectral.fit(&series(&[1.0, f64::NAN]), None).is_err());
        spectral.update(4.0, None).unwrap();
        spectral.update(4.0, None).unwrap();
        assert_eq!(spectral.forecast(3, &[], None).unwrap().mean(), [4.0; 3]);
        spectral.fit(&series(&[7.5; 90]), None).unwrap();
        assert_eq!(spectral.forecast(2, &[], None).unwrap().mean(), [7.5; 2]);
        spectral.update(1e300, None).unwrap();
        for _ in 0..250 {
            spectral.update(7.5, None).unwrap();
            assert!(
                spectral
                    .forecast(40, &[0.9], None)
                    .unwrap()
                    .upper(0.9)
                    .unwrap()
                    .iter()
                    .all(|x| x.is_finite())
            );
        }
        assert!((spectral.forecast(1, &[], None).unwrap().mean()[0] - 7.5).abs() < 1e-9);
        assert!(spectral.update(f64::INFINITY, None).is_err());
        for config in [
            SpectralConfig { window: 15, ..SpectralConfig::default() },
            SpectralConfig { frequencies: 101, ..SpectralConfig::default() },
        ] {
            assert!(Spectral::new(config).is_err());
        }
    }

    #[test]
    fn features_are_taken_out_and_put_back() {
        let plain = load(500, 0.5);
        let promotion: Vec<f64> = (0..500).map(|t| f64::from(u8::from(t % 61 < 5))).collect();
        let values: Vec<f64> = plain.iter().zip(&promotion).map(|(x, on)| x + 50.0 * on).collect();
        let mut spectral = model(1000);
        spectral.fit(&series(&values), Some(Rows::new("features", &promotion, 1).unwrap())).unwrap();
        let mean = |on: f64| {
            spectral.forecast(1, &[], Some(Rows::new("features", &[on], 1).unwrap())).unwrap().mean()[0]
        };
        assert!((mean(1.0) - mean(0.0) - 50.0).abs() < 2.0, "{} {}", mean(1.0), mean(0.0));
        assert!(spectral.forecast(1, &[], None).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn a_restored_model_goes_on_bit_for_bit(
            values in prop::collection::vec(prop_oneof![9 => 0.0..100.0f64, 1 => Just(f64::NAN)], 20..90), cut in 2usize..20,
        ) {
            let mut spectral = model(40);
            values[..cut].iter().for_each(|value| spectral.update(*value, None).unwrap());
            let mut restored = Spectral::restore(&spectral.snapshot().unwrap()).unwrap();
            for value in &values[cut..] {
                spectral.update(*value, None).unwrap();
                restored.update(*value, None).unwrap();
            }
            prop_assert_eq!(spectral.snapshot().unwrap(), restored.snapshot().unwrap());
            if let Ok(forecast) = spectral.forecast(9, &[0.5], None) {
                prop_assert!(forecast.mean().iter().all(|x| x.is_finite() && *x >= 0.0));
            }
        }
    }
}
