//! The state of the tiers and the last round's reasons, in words.

use super::{ResourceManager, TierReason, TierRecord, TierStatus};
use crate::error::Result;

pub(super) fn explain(manager: &ResourceManager) -> Result<String> {
    let mut lines = Vec::new();
    for status in manager.status()? {
        let TierStatus { tier, serving, resting, starting, stopping, load, leases, waiting, .. } = status;
        let size = manager.sizes().of(tier);
        let latency = status.latency_seconds.map_or("none".to_string(), |seconds| format!("{seconds:.3} s"));
        lines.push(format!(
            "{}: {serving} serve, {resting} rest, {starting} start, {stopping} stop; {leases} leases ({waiting} wait) bring {load:.3} per \
             second, latency {latency}; forecast to carry {:.3} per second, the quantile {:.4}; {}.",
            tier.name(),
            size.load,
            size.quantile,
            manager.decided.iter().find(|record| record.tier == tier).map_or("no round yet".into(), decision),
        ));
    }
    Ok(lines.join(" "))
}

/// What the last round decided for a tier, and why.
fn decision(record: &TierRecord) -> String {
    let TierRecord { time, before, wanted, serving, reason, .. } = record;
    let why = match reason {
        TierReason::Forecast => "the forecast asks for them",
        TierReason::Load => "the load asks for them",
        TierReason::Promise => "the promised latency asks for them",
        TierReason::Refused => "requests had to be refused",
        TierReason::Held => "they were needed a short while ago",
        TierReason::Limit => "the tier's limits say so",
        TierReason::Unseen => "neither a load nor a forecast is known any longer",
    };
    format!(
        "the last round, at {time} ms, found {before} and wants {wanted}, {serving} of them for the load of now: {why}"
    )
}

#[cfg(test)]
mod tests {
    use crate::pool::resource_manager::tests::{MINUTE, known, manager, obey};

    #[test]
    fn the_last_round_is_told_even_if_it_changed_nothing() {
        let mut manager = manager();
        assert!(manager.explain().unwrap().contains("hot: 0 serve, 0 rest, 0 start, 0 stop"));
        assert!(manager.explain().unwrap().contains("the quantile 0.0000; no round yet."));
        manager.foresee(0, &known(70.0, 70.0, 70.0)).unwrap();
        obey(&mut manager, 0);
        let told = manager.explain().unwrap();
        assert!(
            told.contains(
                "at 0 ms, found 0 and wants 10, 0 of them for the load of now: the forecast asks for them."
            ),
            "{told}"
        );
        manager.foresee(MINUTE, &known(35.0, 35.0, 35.0)).unwrap();
        assert!(obey(&mut manager, MINUTE).is_empty());
        let told = manager.explain().unwrap();
        let last = "at 60000 ms, found 10 and wants 10, 0 of them for the load of now: they were needed a short while ago.";
        assert!(told.contains(last), "{told}");
    }
}
