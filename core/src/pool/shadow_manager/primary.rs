//! A primary that has shadows: its resources, the sizes that shadows come in, and how many there are.

use crate::error::{Error, Result, not_negative, positive};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const MOST_RESOURCES: usize = 16;
const MOST_SIZES: usize = 16;
const MOST_POLICIES: usize = 100;
/// Shadows of one primary at the most.
const MOST_SHADOWS: u32 = 100;
/// No amount, and no price, is larger.
const LARGEST: f64 = 1e12;

/// A resource of a primary: CPU, memory, network, or any other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShadowResource {
    /// Its name.
    pub name: String,
    /// What the primary has of it, above 0, in any unit.
    pub base: f64,
    /// What a unit of it costs for an hour, at least 0; 0.
    #[serde(default)]
    pub price_per_hour: f64,
}

/// A configuration that shadows come in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShadowSize {
    /// Its name.
    pub name: String,
    /// What a shadow of it can have at the most of each resource, in the order of the primary's, above 0.
    pub amounts: Vec<f64>,
    /// What one costs for an hour, besides the resources that it is given; 0.
    #[serde(default)]
    pub price_per_hour: f64,
}

/// So many shadows at least while so much is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShadowPolicy {
    /// Predicted utilization of any resource from which on it applies, at least 0; 1 is all that the primary has.
    pub above: f64,
    /// Shadows at least.
    pub shadows: u32,
}

/// A live instance that has shadows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Primary {
    /// Its name.
    pub name: String,
    /// Version of its software or configuration; empty where there is but one.
    #[serde(default)]
    pub version: String,
    /// What it has, 1 to 16 resources.
    pub resources: Vec<ShadowResource>,
    /// Sizes that shadows come in, at most 16; none: each is as large as the primary, and named "base".
    #[serde(default)]
    pub sizes: Vec<ShadowSize>,
    /// Shadows that there always are, as for a failover, whether they pay or not; 1. With 0 none is held that does not pay.
    #[serde(default = "one")]
    pub min_shadows: u32,
    /// Shadows at the most, 1 to 100; 4.
    #[serde(default = "four")]
    pub max_shadows: u32,
    /// Counts that follow what is predicted.
    #[serde(default)]
    pub policies: Vec<ShadowPolicy>,
}

fn one() -> u32 {
    1
}

fn four() -> u32 {
    4
}

impl Primary {
    pub(super) fn check(&self) -> Result<()> {
        let field = |name: &str| format!("primary {}: {name}", self.name);
        let counted = |name: &str, count: usize, least: usize, most: usize| {
            if (least..=most).contains(&count) {
                return Ok(());
            }
            Err(Error::config(field(name), format!("must have {least} to {most}, got {count}")))
        };
        counted("resources", self.resources.len(), 1, MOST_RESOURCES)?;
        counted("sizes", self.sizes.len(), 0, MOST_SIZES)?;
        counted("policies", self.policies.len(), 0, MOST_POLICIES)?;
        let names: BTreeSet<&str> = self.resources.iter().map(|resource| resource.name.as_str()).collect();
        if names.len() < self.resources.len() || names.contains("") {
            return Err(Error::config(field("resources"), "each must have a name of its own"));
        }
        for resource in &self.resources {
            bounded(&field(&format!("{}.base", resource.name)), positive, resource.base)?;
            bounded(
                &field(&format!("{}.price_per_hour", resource.name)),
                not_negative,
                resource.price_per_hour,
            )?;
        }
        for size in &self.sizes {
            let field = |name: &str| field(&format!("size {}.{name}", size.name));
            if size.amounts.len() != self.resources.len() {
                let (has, needs) = (size.amounts.len(), self.resources.len());
                return Err(Error::config(
                    field("amounts"),
                    format!("has {has} values for {needs} resources"),
                ));
            }
            size.amounts.iter().try_for_each(|amount| bounded(&field("amounts"), positive, *amount))?;
            bounded(&field("price_per_hour"), not_negative, size.price_per_hour)?;
        }
        for policy in &self.policies {
            bounded(&field("policies.above"), not_negative, policy.above)?;
        }
        let most = self.max_shadows;
        if !(1..=MOST_SHADOWS).contains(&most) {
            return Err(Error::config(
                field("max_shadows"),
                format!("must be 1 to {MOST_SHADOWS}, got {most}"),
            ));
        }
        if self.min_shadows > most {
            let problem = format!("{} is above max_shadows, {most}", self.min_shadows);
            return Err(Error::config(field("min_shadows"), problem));
        }
        Ok(())
    }

    /// What the primary has of each resource.
    pub(super) fn base(&self) -> impl Iterator<Item = f64> {
        self.resources.iter().map(|resource| resource.base)
    }

    /// The sizes that shadows come in.
    pub(super) fn all_sizes(&self) -> Vec<ShadowSize> {
        if self.sizes.is_empty() {
            vec![ShadowSize { name: "base".into(), amounts: self.base().collect(), price_per_hour: 0.0 }]
        } else {
            self.sizes.clone()
        }
    }

    /// What these amounts cost for an hour.
    pub(super) fn price(&self, amounts: &[f64]) -> f64 {
        self.resources.iter().zip(amounts).map(|(resource, amount)| resource.price_per_hour * amount).sum()
    }

    /// Shadows that there must be while `utilization` is predicted.
    pub(super) fn least_shadows(&self, utilization: f64) -> u32 {
        let asked = self.policies.iter().filter(|policy| utilization >= policy.above);
        let asked = asked.map(|policy| policy.shadows).max().unwrap_or(0);
        asked.clamp(self.min_shadows, self.max_shadows)
    }
}

fn bounded(field: &str, rule: fn(&str, f64) -> Result<f64>, value: f64) -> Result<()> {
    if rule(field, value)? > LARGEST {
        return Err(Error::config(field, format!("must be at most {LARGEST:e}, got {value}")));
    }
    Ok(())
}
