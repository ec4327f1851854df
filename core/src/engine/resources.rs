//! Needs beside the load: resources such as memory, of which each replica brings so much.
//!
//! `need = ⌈use/(capacity · target utilization)⌉`; the largest need of all is the reactive floor. While a resource is not measured nothing is
//! scaled in: what nobody sees may be what binds.

use super::load_window::LARGEST_LOAD;
use crate::error::{Error, Result, positive, strictly_between};
use crate::policy::Label;
use serde::{Deserialize, Serialize};

/// The largest number of resources.
const MOST_RESOURCES: usize = 16;

/// A resource of which each replica brings so much.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Its name.
    pub name: Label,
    /// What one replica brings, above 0, in the unit in which the use is observed.
    pub capacity: f64,
    /// The share of it that may be in use, above 0 and up to 1; 0.8.
    #[serde(default = "most_utilization")]
    pub target_utilization: f64,
    /// Whether replicas that start use so much of it that this says nothing about the load: what is measured while replicas start, but for
    /// two start-up times at the longest, is passed over in favour of what was measured before; no.
    #[serde(default)]
    pub excludes_start_up: bool,
}

fn most_utilization() -> f64 {
    0.8
}

/// Refuses resources that are out of range.
pub(super) fn check(resources: &[Resource]) -> Result<()> {
    if resources.len() > MOST_RESOURCES {
        let problem = format!("must be at most {MOST_RESOURCES}, got {}", resources.len());
        return Err(Error::config("resources", problem));
    }
    for (i, resource) in resources.iter().enumerate() {
        let Resource { name, capacity, target_utilization, .. } = *resource;
        positive(&format!("resources[{i}].capacity"), capacity)?;
        if target_utilization != 1.0 {
            strictly_between(&format!("resources[{i}].target_utilization"), target_utilization, 0.0, 1.0)?;
        }
        if resources.iter().take(i).any(|other| other.name == name) {
            return Err(Error::config(format!("resources[{i}].name"), format!("{name} is there twice")));
        }
    }
    Ok(())
}

/// The use of one resource, and when it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Use {
    time: i64,
    value: f64,
}

/// What is known of the resources' use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ResourceUse {
    uses: Vec<Option<Use>>,
}

/// The need that binds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ResourceNeed {
    pub(super) resource: Label,
    pub(super) value: f64,
    pub(super) replicas: u32,
}

impl ResourceUse {
    pub(super) fn new(resources: &[Resource]) -> Self {
        ResourceUse { uses: vec![None; resources.len()] }
    }

    /// Takes in the use by all replicas at a time that was checked; NaN = missing.
    pub(super) fn observe(
        &mut self,
        resources: &[Resource],
        is_starting: bool,
        now: i64,
        (name, value): (&str, f64),
    ) -> Result<()> {
        if !(value.is_nan() || (0.0..=LARGEST_LOAD).contains(&value)) {
            let problem = format!("must be 0 to {LARGEST_LOAD:e}, or NaN for missing; got {value}");
            return Err(Error::data("value", problem));
        }
        let known = resources.iter().zip(&mut self.uses).find(|(resource, _)| resource.name.as_str() == name);
        let Some((resource, seen)) = known else {
            return Err(Error::data("name", format!("no resource of the settings is called {name:?}")));
        };
        if value.is_nan() || seen.is_some_and(|seen| seen.time > now) {
            return Ok(());
        }
        *seen = match *seen {
            Some(before) if resource.excludes_start_up && is_starting => Some(Use { time: now, ..before }),
            _ => Some(Use { time: now, value }),
        };
        Ok(())
    }

    /// Forgets what was stamped after `latest`: a wrong clock must not hide what comes in time.
    pub(super) fn forget_after(&mut self, latest: i64) {
        for seen in &mut self.uses {
            if seen.is_some_and(|seen| seen.time > latest) {
                *seen = None;
            }
        }
    }

    /// The largest need, and whether any resource was not measured since a moment.
    pub(super) fn need(&self, resources: &[Resource], since: i64) -> (Option<ResourceNeed>, bool) {
        let mut largest: Option<ResourceNeed> = None;
        let mut is_missing = false;
        for (resource, seen) in resources.iter().zip(&self.uses) {
            let Some(Use { value, .. }) = seen.filter(|seen| seen.time > since) else {
                is_missing = true;
                continue;
            };
            let per_replica = resource.capacity * resource.target_utilization;
            // The cast saturates; a division by what underflowed to 0 asks for all there is, and 0 of it for nothing.
            let replicas = (value / per_replica).ceil() as u32;
            if largest.is_none_or(|need| replicas > need.replicas) {
                largest = Some(ResourceNeed { resource: resource.name, value, replicas });
            }
        }
        (largest, is_missing)
    }

    pub(super) fn is_whole(&self, like: &ResourceUse) -> bool {
        let possible = |seen: &Use| (0.0..=LARGEST_LOAD).contains(&seen.value);
        self.uses.len() == like.uses.len() && self.uses.iter().flatten().all(possible)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::EngineConfig;

    fn resources() -> Vec<Resource> {
        let json = r#"{"service_rate": 10, "resources": [{"name": "memory", "capacity": 4},
            {"name": "cpu", "capacity": 2, "target_utilization": 0.5, "excludes_start_up": true}]}"#;
        EngineConfig::from_json(json).unwrap().resources
    }

    #[test]
    fn the_largest_need_binds_and_what_is_old_is_missing() {
        let (all, mut uses) = (resources(), ResourceUse::new(&resources()));
        assert_eq!(uses.need(&all, 0 - 30_000), (None, true));
        uses.observe(&all, false, 0, ("memory", 16.0)).unwrap();
        uses.observe(&all, false, 15_000, ("cpu", 4.5)).unwrap();
        uses.observe(&all, false, 9_000, ("cpu", 99.0)).unwrap();
        let need = |replicas, resource, value| {
            Some(ResourceNeed { resource: Label::new(resource).unwrap(), value, replicas })
        };
        assert_eq!(uses.need(&all, 15_000 - 30_000), (need(5, "memory", 16.0), false), "5 each: the first");
        uses.observe(&all, false, 15_000, ("cpu", 5.5)).unwrap();
        assert_eq!(uses.need(&all, 15_000 - 30_000), (need(6, "cpu", 5.5), false));
        assert_eq!(uses.need(&all, 30_000 - 30_000), (need(6, "cpu", 5.5), true));
        assert!(
            uses.observe(&all, false, 15_000, ("disk", 1.0)).unwrap_err().to_string().starts_with("name: ")
        );
        assert!(
            uses.observe(&all, false, 15_000, ("cpu", -1.0)).unwrap_err().to_string().starts_with("value: ")
        );
        uses.observe(&all, false, 45_000, ("cpu", f64::NAN)).unwrap();
        assert_eq!(uses.need(&all, 45_000 - 30_000), (None, true));
    }

    #[test]
    fn what_starting_replicas_use_is_passed_over() {
        let (all, mut uses) = (resources(), ResourceUse::new(&resources()));
        let cpu = |uses: &mut ResourceUse, is_starting, now, value| {
            uses.observe(&all, is_starting, now, ("cpu", value)).unwrap();
            uses.need(&all, now - 30_000).0.unwrap().value
        };
        assert_eq!(cpu(&mut uses, true, 0, 4.0), 4.0, "better than nothing");
        assert_eq!(cpu(&mut uses, true, 15_000, 9.0), 4.0);
        assert_eq!(cpu(&mut uses, false, 30_000, 5.0), 5.0);
    }

    #[test]
    fn resources_out_of_range_are_refused() {
        let refused = |fields: &str| {
            let json = format!(
                r#"{{"service_rate": 10, "resources": [{{"name": "a", "capacity": 1}}, {{{fields}}}]}}"#
            );
            EngineConfig::from_json(&json).unwrap_err().to_string()
        };
        for (fields, message) in [
            (r#""name": "a", "capacity": 1"#, "resources[1].name: "),
            (r#""name": "b", "capacity": 0"#, "resources[1].capacity: "),
            (r#""name": "b", "capacity": 1, "target_utilization": 1.1"#, "resources[1].target_utilization: "),
            (r#""name": "", "capacity": 1"#, "resources[1].name: "),
        ] {
            assert!(refused(fields).starts_with(message), "{}", refused(fields));
        }
    }
}
