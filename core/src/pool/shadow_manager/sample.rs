//! What was used at one moment, and amounts as they are handed in.

use crate::error::{Error, Result, all_finite};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a primary and its shadows used of each resource at one moment, together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShadowSample {
    /// The primary's name.
    pub primary: String,
    /// How much of each resource, in its unit, at least 0; NaN, in JSON null: not known.
    #[serde(deserialize_with = "null_is_nan")]
    pub used: Vec<f64>,
    /// What the requests were like: type, size, source, destination, …; kept in the history.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// Refuses amounts that are too few, negative, infinite or too large; NaN only where one may miss.
pub(super) fn check_amounts(name: &str, amounts: &[f64], resources: usize, may_miss: bool) -> Result<()> {
    if amounts.len() != resources {
        return Err(Error::data(name, format!("has {} values for {resources} resources", amounts.len())));
    }
    let known: Vec<f64> = amounts.iter().copied().filter(|amount| !(may_miss && amount.is_nan())).collect();
    all_finite(name, &known)?;
    match known.iter().find(|amount| **amount < 0.0 || **amount > 1e15) {
        Some(amount) => Err(Error::data(name, format!("must be 0 to 1e15, got {amount}"))),
        None => Ok(()),
    }
}

fn null_is_nan<'de, D: serde::Deserializer<'de>>(input: D) -> std::result::Result<Vec<f64>, D::Error> {
    let values = Vec::<Option<f64>>::deserialize(input)?;
    Ok(values.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}
