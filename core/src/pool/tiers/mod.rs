//! Three tiers of capacity, and how much of a demand each is to hold.
//!
//! A unit of capacity that is needed with probability `q` costs, in a tier that holds it for `h` and uses it for `u` more an hour,
//! `h + q·(u + l)`, where `l` is what comes too late while it starts: `3600·late_request_cost·min(1, start/need)`. The unit that meets
//! the demand's `x`-th request per second is needed with probability `P(D > x)`, so it lives in a dearer tier as long as that exceeds
//! `(h₁ − h₂)/((u₂ + l₂) − (u₁ + l₁))`: the newsvendor's quantile for each pair of neighbours (Arrow, Harris & Marschak 1951, Econometrica 19).
//!
//! - Hot holds that quantile of the load that cannot wait for a warm unit, at its highest until one could be awake.
//! - Warm holds what is left of the quantile of all load that cannot wait for a cold unit, at its highest until one could have been made.
//! - Cold is made when it is needed.

mod config;

pub(super) use config::within;
pub use config::{QosProfile, TierConfig};

use super::demand::Expected;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// No unit is held for needs that are rarer than this.
const RAREST: f64 = 1e-6;
const SECONDS_PER_HOUR: f64 = 3600.0;

/// Where a unit of capacity lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// It runs and serves at once.
    Hot,
    /// It is ready, at rest: it serves when it has been woken.
    Warm,
    /// It does not exist until it is needed.
    Cold,
}

impl Tier {
    /// All of them, fastest first.
    pub const ALL: [Tier; 3] = [Tier::Hot, Tier::Warm, Tier::Cold];

    /// Its name: `"hot"`, `"warm"`, `"cold"`.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Hot => "hot",
            Tier::Warm => "warm",
            Tier::Cold => "cold",
        }
    }
}

/// One value for each tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tiers<T> {
    /// That of the hot tier.
    pub hot: T,
    /// That of the warm tier.
    pub warm: T,
    /// That of the cold tier.
    pub cold: T,
}

impl<T> Tiers<T> {
    /// The value of a tier.
    pub fn of(&self, tier: Tier) -> &T {
        match tier {
            Tier::Hot => &self.hot,
            Tier::Warm => &self.warm,
            Tier::Cold => &self.cold,
        }
    }

    /// The value of a tier, to be changed.
    pub fn of_mut(&mut self, tier: Tier) -> &mut T {
        match tier {
            Tier::Hot => &mut self.hot,
            Tier::Warm => &mut self.warm,
            Tier::Cold => &mut self.cold,
        }
    }
}

/// A load to come, in requests per second: its mean and its variance.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedLoad {
    /// Its mean, at least 0.
    pub mean: f64,
    /// Its variance, at least 0.
    pub variance: f64,
}

impl ExpectedLoad {
    /// What stays below this with probability `p`, 0 < p < 1, as the gamma law with this mean and variance has it.
    ///
    /// # Errors
    /// [`Error::Config`] for a probability that is not one.
    pub fn quantile(&self, p: f64) -> Result<f64> {
        Expected { mean: self.mean, variance: self.variance }.quantile(p)
    }

    /// Its mean and standard deviation together.
    pub(super) fn high(&self) -> f64 {
        self.mean + self.variance.sqrt()
    }

    fn check(&self, name: &str) -> Result<()> {
        let within = |value: f64| (0.0..=1e100).contains(&value);
        if within(self.mean) && within(self.variance) {
            return Ok(());
        }
        Err(Error::data(
            name,
            format!("mean {} and variance {} are not those of a load", self.mean, self.variance),
        ))
    }
}

/// The load to come, by how long it can wait. Each includes those before it, so that none is below them by its mean and standard deviation
/// together.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierDemand {
    /// Load that cannot wait for a warm unit, at its highest until one that is woken now would serve.
    pub cannot_wait: ExpectedLoad,
    /// Load that cannot wait for a cold unit, at its highest until one that is made now would serve.
    pub can_wait_for_warm: ExpectedLoad,
    /// All load, over the same time.
    pub all: ExpectedLoad,
}

impl TierDemand {
    pub(super) fn check(&self) -> Result<()> {
        let parts = [
            ("demand.cannot_wait", &self.cannot_wait),
            ("demand.can_wait_for_warm", &self.can_wait_for_warm),
            ("demand.all", &self.all),
        ];
        parts.iter().try_for_each(|(name, load)| load.check(name))?;
        for ((part, less), (whole, more)) in parts.iter().zip(parts.iter().skip(1)) {
            if less.high() > more.high() * (1.0 + 1e-9) {
                let say = |load: &ExpectedLoad| format!("mean {}, variance {}", load.mean, load.variance);
                let problem = format!("({}) is above {whole} ({}), which includes it", say(less), say(more));
                return Err(Error::data(*part, problem));
            }
        }
        Ok(())
    }
}

/// What one tier is to hold.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct TierSize {
    /// Load that it is to carry, in requests per second.
    pub load: f64,
    /// The quantile of the demand up to which this tier reaches.
    pub quantile: f64,
}

/// What lateness costs, and how long needs last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lateness {
    /// What a request that comes too late costs.
    pub(super) late_request_cost: f64,
    /// Seconds that a need of capacity lasts.
    pub(super) need_seconds: f64,
    /// Price of a kWh.
    pub(super) energy_price: f64,
}

/// The load that each tier is to hold; cold: what is expected beyond the others.
pub(super) fn tier_sizes(
    demand: &TierDemand,
    tiers: &Tiers<TierConfig>,
    lateness: &Lateness,
) -> Result<Tiers<TierSize>> {
    let line = |tier: Tier| {
        let config = tiers.of(tier);
        let (held, used) = config.hourly(lateness.energy_price);
        let share = (config.start_up_seconds / lateness.need_seconds).min(1.0);
        let late = SECONDS_PER_HOUR * lateness.late_request_cost * share;
        (held / config.service_rate, used / config.service_rate + late)
    };
    let (hot, warm, cold) = (line(Tier::Hot), line(Tier::Warm), line(Tier::Cold));
    let hot_quantile = 1.0 - dearer_from(hot, warm).max(dearer_from(hot, cold));
    let warm_quantile = 1.0 - dearer_from(warm, cold);
    let hot_load = reach(&demand.cannot_wait, hot_quantile)?;
    let both = reach(&demand.can_wait_for_warm, warm_quantile)?.max(hot_load);
    Ok(Tiers {
        hot: TierSize { load: hot_load, quantile: hot_quantile },
        warm: TierSize { load: both - hot_load, quantile: warm_quantile },
        cold: TierSize { load: (demand.all.mean - both).max(0.0), quantile: 0.5 },
    })
}

/// The probability of need from which a unit is cheaper in the first of two tiers (what it costs held, and used); 1 if it never is.
fn dearer_from(first: (f64, f64), second: (f64, f64)) -> f64 {
    let (held, saved) = (first.0 - second.0, second.1 - first.1);
    if saved > 0.0 {
        (held / saved).clamp(0.0, 1.0)
    } else if held < saved {
        0.0
    } else {
        1.0
    }
}

fn reach(load: &ExpectedLoad, quantile: f64) -> Result<f64> {
    if quantile <= RAREST {
        return Ok(0.0);
    }
    load.quantile(quantile.min(1.0 - RAREST))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Hot: 1 an hour, whether it serves or not. Warm: 0.2 at rest, 30 s to wake. Cold: nothing held, 300 s.
    pub(in crate::pool) fn tiers() -> Tiers<TierConfig> {
        let tier = |kind: &str, start_up_seconds, cost_per_hour, standby_cost_per_hour, watts: (f64, f64)| {
            TierConfig {
                kind: kind.into(),
                service_rate: 10.0,
                start_up_seconds,
                cost_per_hour,
                standby_cost_per_hour,
                busy_watts: watts.0,
                standby_watts: watts.1,
                min_units: 0,
                max_units: 100,
            }
        };
        Tiers {
            hot: tier("fast", 0.0, 1.0, 1.0, (200.0, 120.0)),
            warm: tier("usual", 30.0, 0.8, 0.2, (150.0, 10.0)),
            cold: tier("spot", 300.0, 0.6, 0.0, (150.0, 0.0)),
        }
    }

    fn lateness(late_request_cost: f64) -> Lateness {
        Lateness { late_request_cost, need_seconds: 300.0, energy_price: 0.0 }
    }

    fn load(mean: f64, variance: f64) -> ExpectedLoad {
        ExpectedLoad { mean, variance }
    }

    /// By hand: of 10 requests per second and unit, hot holds for 0.1 and uses for 0; warm 0.02 and 0.06; cold 0 and 0.06. A late request
    /// costs 0.001, and all that come in 30 of 300 s are late for warm: 0.36; for cold 3.6. Hot from 0.08/0.42, warm from 0.02/3.24.
    #[test]
    fn the_quantiles_are_the_newsvendors() {
        let demand = TierDemand {
            cannot_wait: load(400.0, 900.0),
            can_wait_for_warm: load(700.0, 3600.0),
            all: load(1000.0, 10_000.0),
        };
        let sizes = tier_sizes(&demand, &tiers(), &lateness(0.001)).unwrap();
        assert!((sizes.hot.quantile - (1.0 - 0.08 / 0.42)).abs() < 1e-12);
        assert!((sizes.warm.quantile - (1.0 - 0.02 / 3.24)).abs() < 1e-12);
        // scipy.stats.gamma(mean²/variance, scale=variance/mean).ppf of SciPy 1.17 at these quantiles.
        let (hot, both) = (426.0845430476, 859.1153159036);
        assert!((sizes.hot.load / hot - 1.0).abs() < 1e-3, "{}", sizes.hot.load);
        assert!(((sizes.hot.load + sizes.warm.load) / both - 1.0).abs() < 1e-3, "{}", sizes.warm.load);
        assert!((sizes.cold.load - (1000.0 - both)).abs() < 0.1);
    }

    #[test]
    fn where_lateness_costs_nothing_the_cheapest_to_use_is_held() {
        let demand = TierDemand {
            cannot_wait: load(100.0, 100.0),
            can_wait_for_warm: load(100.0, 100.0),
            all: load(100.0, 100.0),
        };
        let sizes = tier_sizes(&demand, &tiers(), &lateness(0.0)).unwrap();
        assert_eq!((sizes.hot.load, sizes.warm.load, sizes.cold.load), (0.0, 0.0, 100.0));
    }

    proptest! {
        /// The load lives where the sum of all marginal costs is least: no other split that is tried costs less.
        #[test]
        fn no_other_split_costs_less(
            mean in 10.0f64..1000.0, spread in 0.05f64..0.5, late in 1e-5f64..1e-2, hot in 0.0f64..1.0, both in 0.0f64..1.0,
        ) {
            let variance = (spread * mean) * (spread * mean);
            let law = load(mean, variance);
            let demand = TierDemand { cannot_wait: law, can_wait_for_warm: law, all: law };
            let (tiers, lateness) = (tiers(), lateness(late));
            let sizes = tier_sizes(&demand, &tiers, &lateness).unwrap();
            // P(D > x) from the quantiles, by halving.
            let needed = |x: f64| {
                let (mut low, mut high) = (1e-9, 1.0 - 1e-9);
                for _ in 0..40 {
                    let middle = 0.5 * (low + high);
                    if law.quantile(middle).unwrap() < x { low = middle } else { high = middle }
                }
                1.0 - low
            };
            let cost = |hot: f64, both: f64| {
                let part = |from: f64, to: f64, tier: Tier| {
                    let config = tiers.of(tier);
                    let (held, used) = config.hourly(0.0);
                    let late = 3600.0 * late * (config.start_up_seconds / 300.0).min(1.0);
                    let width = (to - from) / 50.0;
                    let at = |i: i32| needed(from + (f64::from(i) + 0.5) * width);
                    (0..50).map(|i| width * (held / 10.0 + at(i) * (used / 10.0 + late))).sum::<f64>()
                };
                let end = mean + 8.0 * variance.sqrt();
                part(0.0, hot, Tier::Hot) + part(hot, both, Tier::Warm) + part(both, end, Tier::Cold)
            };
            let (ours_hot, ours_both) = (sizes.hot.load, sizes.hot.load + sizes.warm.load);
            let (other_hot, other_both) = (1.5 * mean * hot.min(both), 1.5 * mean * hot.max(both));
            prop_assert!(cost(ours_hot, ours_both) <= 1.01 * cost(other_hot, other_both));
        }
    }
}
