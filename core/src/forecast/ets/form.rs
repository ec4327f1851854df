//! The family: which components a model has, and which parameters leave it stable.
//!
//! Error A or M, trend N, A or Ad (damped), seasonal N, A or M: Hyndman, Koehler, Ord & Snyder 2008, "Forecasting with
//! Exponential Smoothing: The State Space Approach", tables 2.2 and 2.3. A multiplicative trend is left out, as in other
//! packages' automatic choice: it explodes at long horizons.

use serde::{Deserialize, Deserializer, Serialize};

/// One component of an [`Ets`](super::Ets) model, or its automatic choice.
///
/// In JSON and Python: `"auto"`, `"N"`, `"A"`, `"M"`, or `"none"` (also `null`), `"add"`, `"mul"`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub enum EtsComponent {
    /// The choice with the least AICc.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// No such component.
    #[serde(rename = "N")]
    None,
    /// Added to the rest.
    #[serde(rename = "A")]
    Additive,
    /// Multiplied with the rest: for loads above 0 whose swings grow with their level.
    #[serde(rename = "M")]
    Multiplicative,
}

impl<'de> Deserialize<'de> for EtsComponent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        enum Word {
            #[serde(rename = "auto")]
            Auto,
            #[serde(rename = "N", alias = "none")]
            None,
            #[serde(rename = "A", alias = "add", alias = "additive")]
            Additive,
            #[serde(rename = "M", alias = "mul", alias = "multiplicative")]
            Multiplicative,
        }
        // Snapshots are not self-describing and hold the word alone.
        let word = if deserializer.is_human_readable() {
            Option::<Word>::deserialize(deserializer)?.unwrap_or(Word::None)
        } else {
            Word::deserialize(deserializer)?
        };
        Ok(match word {
            Word::Auto => EtsComponent::Auto,
            Word::None => EtsComponent::None,
            Word::Additive => EtsComponent::Additive,
            Word::Multiplicative => EtsComponent::Multiplicative,
        })
    }
}

/// Steps of the longest season whose polynomial is looked at.
const LONGEST: usize = 1000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Season {
    None,
    Additive,
    Multiplicative,
}

/// The components of one model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Form {
    pub(super) multiplicative_error: bool,
    pub(super) trend: bool,
    /// Only with a trend.
    pub(super) damped: bool,
    pub(super) season: Season,
    /// Steps a season, 1 without one.
    pub(super) period: usize,
}

impl Form {
    /// Whether a load must stay above 0.
    pub(super) fn needs_positive_values(self) -> bool {
        self.multiplicative_error || self.season == Season::Multiplicative
    }

    pub(super) fn is_seasonal(self) -> bool {
        self.season != Season::None
    }

    /// As the field writes it: `ETS(M,Ad,A)`.
    pub(super) fn name(self) -> String {
        let [error, trend, seasonal] = self.letters();
        format!("ETS({error},{trend},{seasonal})")
    }

    pub(super) fn letters(self) -> [&'static str; 3] {
        [
            if self.multiplicative_error { "M" } else { "A" },
            match (self.trend, self.damped) {
                (false, _) => "N",
                (true, false) => "A",
                (true, true) => "Ad",
            },
            match self.season {
                Season::None => "N",
                Season::Additive => "A",
                Season::Multiplicative => "M",
            },
        ]
    }
}

/// The smoothing parameters of the state space form: `beta` is the share of an error that goes into the trend, αβ* in the
/// notation of Holt and Winters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Smoothing {
    pub(super) alpha: f64,
    pub(super) beta: f64,
    pub(super) gamma: f64,
    pub(super) phi: f64,
}

impl Smoothing {
    /// Whether forecasts forget the distant past: no root of the innovations' polynomial
    /// (1 − φB)(1 − Bᵐ) + [αB(1 − φB) + φβB](1 + B + … + Bᵐ⁻¹) + γBᵐ(1 − φB)
    /// lies within the unit circle (book, chapter 10), by the Schur–Cohn recursion at O(m²); roots on the circle, as those
    /// of fixed components, pass. The region hardly changes with m where that is large, so that it is kept small.
    pub(super) fn is_admissible(self, form: Form) -> bool {
        let Smoothing { alpha, beta, gamma, phi } = self;
        let period = form.period.min(LONGEST);
        if !form.is_seasonal() {
            // The triangle of an AR(2): B² + c₁B + c₂.
            let (first, second) = (alpha + phi * beta - 1.0 - phi, phi * (1.0 - alpha));
            return if form.trend {
                second.abs() <= 1.0 && first.abs() <= 1.0 + second + 1e-12
            } else {
                (0.0..=2.0).contains(&alpha)
            };
        }
        // Roots shrunk by this much tell those on the circle from those within.
        let shrink: f64 = 1.0 - 1e-6;
        let mut polynomial = vec![0.0; period + 2];
        let mut add = |power: usize, value: f64| {
            if let Some(coefficient) = polynomial.get_mut(power) {
                *coefficient += value;
            }
        };
        let phi = if form.trend { phi } else { 0.0 };
        let beta = if form.trend { beta } else { 0.0 };
        add(0, 1.0);
        add(1, -phi);
        add(period, gamma - 1.0);
        add(period + 1, phi * (1.0 - gamma));
        for power in 0..period {
            add(power + 1, alpha + phi * beta);
            add(power + 2, -alpha * phi);
        }
        let mut factor = 1.0;
        for coefficient in &mut polynomial {
            *coefficient *= factor;
            factor *= shrink;
        }
        roots_outside(polynomial)
    }
}

/// Whether all roots of Σ cᵢBⁱ lie outside the unit circle.
fn roots_outside(mut polynomial: Vec<f64>) -> bool {
    while let (Some(first), Some(last)) = (polynomial.first().copied(), polynomial.last().copied()) {
        if polynomial.len() == 1 {
            return first != 0.0;
        }
        let reflection = last / first;
        if reflection.is_nan() || reflection.abs() >= 1.0 {
            return false;
        }
        let reversed: Vec<f64> = polynomial.iter().rev().copied().collect();
        for (coefficient, mirrored) in polynomial.iter_mut().zip(reversed) {
            *coefficient -= reflection * mirrored;
        }
        polynomial.pop();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn form(trend: bool, season: Season, period: usize) -> Form {
        Form { multiplicative_error: false, trend, damped: trend, season, period }
    }

    /// Steps of x ← (F − g w')x on random states: whether they stay bounded.
    fn stays_bounded(smoothing: Smoothing, form: Form) -> bool {
        let Smoothing { alpha, beta, gamma, phi } = smoothing;
        let (mut level, mut trend) = (1.0, if form.trend { 0.5 } else { 0.0 });
        let mut season: Vec<f64> = (0..form.period).map(|i| if i == 0 { 1.0 } else { -0.1 }).collect();
        for step in 0..40_000 {
            let slot = step % form.period;
            let expected = level + phi * trend;
            let error = -expected - if form.is_seasonal() { season[slot] } else { 0.0 };
            level = expected + alpha * error;
            trend = phi * trend + beta * error;
            if form.is_seasonal() {
                season[slot] += gamma * error;
            }
        }
        level.abs() + trend.abs() + season.iter().map(|s| s.abs()).sum::<f64>() < 1e3
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn what_is_admissible_stays_bounded_and_nothing_else(
            alpha in 0.02..1.9f64, share in 0.02..1.5f64, gamma in 0.02..1.9f64, phi in 0.8..0.99f64, trend: bool, seasonal: bool, period in 2usize..9,
        ) {
            let season = if seasonal { Season::Additive } else { Season::None };
            let form = form(trend, season, if seasonal { period } else { 1 });
            let beta = if trend { alpha * share } else { 0.0 };
            let smoothing = Smoothing { alpha, beta, gamma, phi };
            // Close to the border neither says anything.
            let near = |scale: f64| Smoothing { alpha: alpha * scale, beta: beta * scale, gamma: gamma * scale, phi };
            let clear = near(0.98).is_admissible(form) == near(1.02).is_admissible(form);
            prop_assume!(clear);
            prop_assert_eq!(smoothing.is_admissible(form), stays_bounded(smoothing, form));
        }
    }

    #[test]
    fn fixed_components_are_admissible() {
        for period in [2, 24, 144] {
            let fixed = Smoothing { alpha: 0.2, beta: 0.0, gamma: 0.0, phi: 1.0 };
            assert!(fixed.is_admissible(form(true, Season::Additive, period)));
            assert!(!Smoothing { gamma: 2.5, ..fixed }.is_admissible(form(true, Season::Additive, period)));
        }
    }

    #[test]
    fn words_of_both_traditions_are_read() {
        let read = |text: &str| serde_json::from_str::<EtsComponent>(text);
        assert_eq!(read("\"mul\"").unwrap(), EtsComponent::Multiplicative);
        assert_eq!(read("\"A\"").unwrap(), EtsComponent::Additive);
        assert_eq!(read("null").unwrap(), EtsComponent::None);
        assert!(read("\"Z\"").unwrap_err().to_string().contains("Z"));
    }
}
