//! The settings of an ARIMA model: orders, given or to be found, and parameters, where they are known.

use super::polynomial::{Lags, partial_autocorrelations};
use super::shape::{Coefficients, Shape};
use crate::error::{Error, Result, finite, not_negative};
use serde::{Deserialize, Serialize};

/// The largest p and q.
const MOST_LAGS: usize = 100;
/// The longest state, max(p + P·m, q + Q·m + 1): the likelihood costs its length at each step, and its square once.
pub(super) const LONGEST_STATE: usize = 3000;

/// Settings of [`Arima`](super::Arima).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ArimaConfig {
    /// `"auto"` (the default) or `[p, d, q]`: p autoregressive coefficients (0 to 100), d differences (0 to 2), q moving average
    /// coefficients (0 to 100).
    pub order: ArimaOrder,
    /// None (the default), `["auto", period]` or `[P, D, Q, period]`: the same for steps one season apart; D is 0 or 1, the
    /// period at least 2 steps, and max(p + P·period, q + Q·period + 1) at most 3,000. An automatic order needs an automatic
    /// seasonal order, or none.
    pub seasonal_order: Option<SeasonalOrder>,
    /// Coefficients that are given rather than estimated; the order must then be given too.
    pub parameters: Option<ArimaParameters>,
}

/// The order of a process: p, d, q.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "OrderText", into = "OrderText")]
pub enum ArimaOrder {
    /// The one with the least corrected Akaike criterion, by stepwise search.
    #[default]
    Auto,
    /// p, d, q.
    Given([usize; 3]),
}

/// The seasonal order of a process, and its period in steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SeasonalText", into = "SeasonalText")]
pub enum SeasonalOrder {
    /// Found with the order, for this period.
    Auto(usize),
    /// P, D, Q and the period.
    Given([usize; 4]),
}

/// Given parameters of (1 − Σ ar·Bⁱ)(1 − Σ seasonal_ar·Bⁱᵐ)(w − mean) = (1 + Σ ma·Bⁱ)(1 + Σ seasonal_ma·Bⁱᵐ) e, with w the
/// differenced series.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ArimaParameters {
    /// p autoregressive coefficients of a stationary process.
    pub ar: Vec<f64>,
    /// q moving average coefficients.
    pub ma: Vec<f64>,
    /// P seasonal autoregressive coefficients of a stationary process.
    pub seasonal_ar: Vec<f64>,
    /// Q seasonal moving average coefficients.
    pub seasonal_ma: Vec<f64>,
    /// Mean of the differenced series, in its unit. Default 0.
    pub mean: f64,
    /// Variance of the innovations e; None (the default) estimates it, and goes on doing so with each update.
    pub sigma2: Option<f64>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "must be \"auto\" or [p, d, q]")]
enum OrderText {
    Word(String),
    Numbers([usize; 3]),
}

impl TryFrom<OrderText> for ArimaOrder {
    type Error = String;

    fn try_from(text: OrderText) -> std::result::Result<Self, String> {
        match text {
            OrderText::Word(word) if word == "auto" => Ok(ArimaOrder::Auto),
            OrderText::Word(word) => Err(format!("must be \"auto\" or [p, d, q], got \"{word}\"")),
            OrderText::Numbers(order) => Ok(ArimaOrder::Given(order)),
        }
    }
}

impl From<ArimaOrder> for OrderText {
    fn from(order: ArimaOrder) -> Self {
        match order {
            ArimaOrder::Auto => OrderText::Word("auto".into()),
            ArimaOrder::Given(order) => OrderText::Numbers(order),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "must be null, [\"auto\", period] or [P, D, Q, period]")]
enum SeasonalText {
    Word(String, usize),
    Numbers([usize; 4]),
}

impl TryFrom<SeasonalText> for SeasonalOrder {
    type Error = String;

    fn try_from(text: SeasonalText) -> std::result::Result<Self, String> {
        match text {
            SeasonalText::Word(word, period) if word == "auto" => Ok(SeasonalOrder::Auto(period)),
            SeasonalText::Word(word, _) => {
                Err(format!("must be [\"auto\", period] or [P, D, Q, period], got \"{word}\""))
            }
            SeasonalText::Numbers(order) => Ok(SeasonalOrder::Given(order)),
        }
    }
}

impl From<SeasonalOrder> for SeasonalText {
    fn from(order: SeasonalOrder) -> Self {
        match order {
            SeasonalOrder::Auto(period) => SeasonalText::Word("auto".into(), period),
            SeasonalOrder::Given(order) => SeasonalText::Numbers(order),
        }
    }
}

/// An order in full: how often to difference, and what the differences follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) d: usize,
    pub(super) seasonal_d: usize,
    pub(super) shape: Shape,
}

impl Order {
    pub(super) fn differencing(&self) -> Lags {
        Lags::differencing(self.d, self.seasonal_d, self.shape.period)
    }
}

impl ArimaConfig {
    /// Refuses settings out of their range.
    pub(super) fn check(&self) -> Result<()> {
        let period = self.period();
        if self.seasonal_order.is_some() && !(2..=LONGEST_STATE).contains(&period) {
            let problem = format!("the period must be 2 to {LONGEST_STATE} steps, got {period}");
            return Err(Error::config("seasonal_order", problem));
        }
        let given = match (self.order, self.seasonal_order) {
            (ArimaOrder::Auto, Some(SeasonalOrder::Given(_))) => {
                let problem = "is \"auto\": the seasonal order must be [\"auto\", period] or none";
                return Err(Error::config("order", problem));
            }
            (ArimaOrder::Given(_), Some(SeasonalOrder::Auto(_))) => {
                return Err(Error::config("seasonal_order", "is \"auto\": the order must be too"));
            }
            (ArimaOrder::Given([p, d, q]), _) if p > MOST_LAGS || d > 2 || q > MOST_LAGS => {
                let problem = format!("p and q must be 0 to {MOST_LAGS} and d 0 to 2, got [{p}, {d}, {q}]");
                return Err(Error::config("order", problem));
            }
            _ => self.given(),
        };
        if let Some(SeasonalOrder::Given([p, d, q, _])) = self.seasonal_order
            && (p > MOST_LAGS || d > 1 || q > MOST_LAGS)
        {
            let problem =
                format!("P and Q must be 0 to {MOST_LAGS} and D 0 or 1, got [{p}, {d}, {q}, {period}]");
            return Err(Error::config("seasonal_order", problem));
        }
        match (given, &self.parameters) {
            (Some(order), _) if order.shape.state() > LONGEST_STATE => {
                let problem = format!(
                    "max(p + P·period, q + Q·period + 1) must be at most {LONGEST_STATE}, got {}",
                    order.shape.state()
                );
                Err(Error::config("seasonal_order", problem))
            }
            (Some(order), Some(parameters)) => parameters.check(order.shape),
            (None, Some(_)) => {
                Err(Error::config("parameters", "need an order that is given: it is \"auto\""))
            }
            _ => Ok(()),
        }
    }

    /// Steps a season; 1 when there is none.
    pub(super) fn period(&self) -> usize {
        match self.seasonal_order {
            None => 1,
            Some(SeasonalOrder::Auto(period) | SeasonalOrder::Given([_, _, _, period])) => period,
        }
    }

    /// The order, unless it is to be found. A mean is estimated where nothing is differenced.
    pub(super) fn given(&self) -> Option<Order> {
        let ArimaOrder::Given([p, d, q]) = self.order else { return None };
        let [seasonal_p, seasonal_d, seasonal_q, period] = match self.seasonal_order {
            Some(SeasonalOrder::Given(order)) => order,
            _ => [0, 0, 0, 1],
        };
        let mean = d + seasonal_d == 0;
        Some(Order { d, seasonal_d, shape: Shape { p, q, seasonal_p, seasonal_q, period, mean } })
    }
}

impl ArimaParameters {
    fn check(&self, shape: Shape) -> Result<()> {
        let groups = [
            ("parameters.ar", &self.ar, shape.p),
            ("parameters.ma", &self.ma, shape.q),
            ("parameters.seasonal_ar", &self.seasonal_ar, shape.seasonal_p),
            ("parameters.seasonal_ma", &self.seasonal_ma, shape.seasonal_q),
        ];
        for (name, values, count) in groups {
            if values.len() != count {
                let problem = format!("has {} coefficients, but the order asks for {count}", values.len());
                return Err(Error::config(name, problem));
            }
            if let Some(value) = values.iter().find(|value| value.is_nan() || value.abs() > 1e6) {
                return Err(Error::config(name, format!("{value} is not within -1e6 to 1e6")));
            }
        }
        for (name, values) in [("parameters.ar", &self.ar), ("parameters.seasonal_ar", &self.seasonal_ar)] {
            if partial_autocorrelations(values).is_none() {
                return Err(Error::config(name, format!("{values:?} are not those of a stationary process")));
            }
        }
        finite("parameters.mean", self.mean)?;
        self.sigma2.map_or(Ok(0.0), |sigma2| not_negative("parameters.sigma2", sigma2)).map(|_| ())
    }

    pub(super) fn coefficients(&self) -> Coefficients {
        Coefficients {
            ar: self.ar.clone(),
            ma: self.ma.clone(),
            seasonal_ar: self.seasonal_ar.clone(),
            seasonal_ma: self.seasonal_ma.clone(),
            mean: self.mean,
        }
    }
}
