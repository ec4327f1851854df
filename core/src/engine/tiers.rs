//! How a count is spread over tiers of replicas: the cheapest first, and what is needed now where it starts in time.
//!
//! Growth goes to the cheapest tier with room; the part of it that the load observed now lacks skips the tiers that start too late for it
//! while another has room. Shrinking takes from the dearest. What runs is not moved from one tier to another.

use crate::error::{Error, Result, not_negative};
use crate::policy::Label;
use serde::{Deserialize, Serialize};

/// The largest number of tiers.
const MOST_TIERS: usize = 16;

/// One kind of replicas, such as spot instances.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Its name.
    pub name: Label,
    /// The largest count in this tier.
    pub most: u32,
    /// What one replica costs, in any unit, at least 0; 1.
    #[serde(default = "one")]
    pub cost: f64,
    /// Seconds from asking for a replica to its being ready; by default those of the engine.
    #[serde(default)]
    pub start_up_seconds: Option<f64>,
}

fn one() -> f64 {
    1.0
}

/// Refuses tiers that are out of range, or cannot hold `max_replicas`.
pub(super) fn check(tiers: &[Tier], max_replicas: u32) -> Result<()> {
    if tiers.is_empty() {
        return Ok(());
    }
    if tiers.len() > MOST_TIERS {
        return Err(Error::config("tiers", format!("must be at most {MOST_TIERS}, got {}", tiers.len())));
    }
    for (i, tier) in tiers.iter().enumerate() {
        not_negative(&format!("tiers[{i}].cost"), tier.cost)?;
        not_negative(&format!("tiers[{i}].start_up_seconds"), tier.start_up_seconds.unwrap_or(0.0))?;
        if tiers.iter().take(i).any(|other| other.name == tier.name) {
            return Err(Error::config(format!("tiers[{i}].name"), format!("{} is there twice", tier.name)));
        }
    }
    let room = tiers.iter().map(|tier| u64::from(tier.most)).sum::<u64>();
    if room < u64::from(max_replicas) {
        return Err(Error::config(
            "tiers",
            format!("hold {room} replicas, fewer than max_replicas, {max_replicas}"),
        ));
    }
    Ok(())
}

/// Spreads `total` over the tiers, from the counts that there were; `urgent` of what is added must be ready within `lead` seconds.
pub(super) fn spread(tiers: &[Tier], counts: &mut Vec<u32>, total: u32, urgent: u32, lead: f64) {
    counts.resize(tiers.len(), 0);
    let placed = counts.iter().fold(0u32, |sum, count| sum.saturating_add(*count));
    let growth = total.saturating_sub(placed);
    let urgent = urgent.min(growth);
    let in_time = |tier: &Tier| tier.start_up_seconds.is_none_or(|seconds| seconds <= lead);
    let left = grow(tiers, counts, urgent, in_time);
    grow(tiers, counts, growth - urgent + left, |_| true);
    shrink(tiers, counts, placed.saturating_sub(total));
}

/// Adds replicas to the cheapest tiers that will do, of equally cheap ones the first; returns those without room.
fn grow(tiers: &[Tier], counts: &mut [u32], mut missing: u32, will_do: impl Fn(&Tier) -> bool) -> u32 {
    while missing > 0 {
        let with_room =
            tiers.iter().zip(counts.iter_mut()).filter(|(tier, count)| **count < tier.most && will_do(tier));
        let Some((tier, count)) = with_room.min_by(|a, b| a.0.cost.total_cmp(&b.0.cost)) else { break };
        let added = missing.min(tier.most - *count);
        (*count, missing) = (*count + added, missing - added);
    }
    missing
}

/// Takes replicas from the dearest tiers, of equally dear ones the last.
fn shrink(tiers: &[Tier], counts: &mut [u32], mut surplus: u32) {
    while surplus > 0 {
        let taken_from = tiers.iter().zip(counts.iter_mut()).filter(|(_, count)| **count > 0);
        let Some((_, count)) = taken_from.max_by(|a, b| a.0.cost.total_cmp(&b.0.cost)) else { break };
        let taken = surplus.min(*count);
        (*count, surplus) = (*count - taken, surplus - taken);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tier(name: &str, most: u32, cost: f64, start_up_seconds: Option<f64>) -> Tier {
        Tier { name: Label::new(name).unwrap(), most, cost, start_up_seconds }
    }

    fn three() -> [Tier; 3] {
        [
            tier("on demand", 50, 3.0, None),
            tier("spot", 10, 1.0, Some(600.0)),
            tier("reserved", 5, 0.0, Some(30.0)),
        ]
    }

    #[test]
    fn the_cheapest_first_and_what_is_urgent_where_it_starts_in_time() {
        let mut counts = Vec::new();
        for (total, urgent, expected) in [
            (8, 0, [0, 3, 5]),
            (12, 3, [3, 4, 5]),
            (17, 0, [3, 9, 5]),
            (20, 0, [5, 10, 5]),
            (6, 0, [0, 1, 5]),
            (4, 9, [0, 0, 4]),
        ] {
            spread(&three(), &mut counts, total, urgent, 120.0);
            assert_eq!(counts, expected, "{total} of which {urgent} are urgent");
        }
        let mut counts = vec![50, 0, 5];
        spread(&three(), &mut counts, 57, 2, 120.0);
        assert_eq!(counts, [50, 2, 5], "late is better than never");
    }

    #[test]
    fn tiers_out_of_range_are_refused() {
        let refused = |tiers: &[Tier], max| check(tiers, max).unwrap_err().to_string();
        assert!(check(&[], 1000).is_ok() && check(&three(), 65).is_ok());
        assert!(refused(&three(), 66).starts_with("tiers: hold 65 replicas"));
        assert!(refused(&[tier("a", 9, -1.0, None)], 1).starts_with("tiers[0].cost: "));
        assert!(refused(&[tier("a", 9, 1.0, Some(f64::NAN))], 1).starts_with("tiers[0].start_up_seconds: "));
        assert!(refused(&[three()[0]; 2], 1).starts_with("tiers[1].name: "));
        assert!(refused(&[three()[0]; 17], 1).starts_with("tiers: must be at most 16"));
    }

    proptest! {
        #[test]
        fn counts_add_up_within_the_tiers_and_move_no_more_than_they_must(
            steps in prop::collection::vec((0u32..=65, 0u32..20), 1..50),
        ) {
            let (tiers, mut counts) = (three(), Vec::new());
            for (total, urgent) in steps {
                let before = if counts.is_empty() { vec![0; 3] } else { counts.clone() };
                spread(&tiers, &mut counts, total, urgent, 120.0);
                prop_assert_eq!(counts.iter().sum::<u32>(), total);
                prop_assert!(counts.iter().zip(&tiers).all(|(count, tier)| *count <= tier.most));
                let grows = total >= before.iter().sum();
                let moves_one_way = |(now, was): (&u32, &u32)| now == was || (now > was) == grows;
                prop_assert!(counts.iter().zip(&before).all(moves_one_way));
            }
        }
    }
}
