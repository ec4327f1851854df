//! What each tier is to have in a round: by the forecast, the leases, what is observed, and what was refused.

use super::{MOST_ROUNDS, ResourceManager, TierObservation, TierReason, TierRecord};
use crate::capacity::{Target, servers_for};
use crate::error::{Error, Result};
use crate::pool::tiers::{Tier, Tiers};
use serde::{Deserialize, Serialize};

/// Rounds that are told apart while capacity is held; what is kept may be a few more.
const KEPT_ROUNDS: i64 = 1000;

/// What a tier is to have: units, and how many of them are to serve.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Need {
    pub(super) units: u32,
    pub(super) serving: u32,
}

/// What the tiers were to have in rounds that lie close together: the most of them, from the first to the last.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Round {
    first: i64,
    last: i64,
    needs: Tiers<Need>,
}

/// The time of what was never told.
const NEVER: i64 = i64::MIN;

/// One value that was observed, when, and how many units served then.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Told {
    pub(super) time: i64,
    pub(super) value: f64,
    pub(super) serving: u32,
}

impl Default for Told {
    fn default() -> Self {
        Told { time: NEVER, value: 0.0, serving: 0 }
    }
}

/// What was observed of a tier last, each value by itself: they may come in calls of their own.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Seen {
    pub(super) load: Told,
    pub(super) latency_seconds: Told,
    pub(super) utilization: Told,
}

impl Seen {
    pub(super) fn take_in(&mut self, time: i64, observation: &TierObservation, serving: u32) {
        for (known, value) in [
            (&mut self.load, observation.load),
            (&mut self.latency_seconds, observation.latency_seconds),
            (&mut self.utilization, observation.utilization),
        ] {
            if let Some(value) = value {
                *known = Told { time, value, serving };
            }
        }
    }
}

impl ResourceManager {
    /// What each tier is to have, by all that asks for units; what was needed a short while ago is held.
    pub(super) fn needs(&mut self, now: i64) -> Result<Tiers<Need>> {
        let kept = (self.config.hold_seconds.min(1e12) * 1000.0) as i64;
        let mut asked = Tiers::<Need>::default();
        let mut reasons = Tiers { hot: TierReason::Load, warm: TierReason::Load, cold: TierReason::Load };
        for tier in Tier::ALL {
            let (need, reason) = self.need_of(tier, now.saturating_sub(kept))?;
            (*asked.of_mut(tier), *reasons.of_mut(tier)) = (need, reason);
        }
        self.remember_round(now, kept, asked);
        let last = std::mem::take(&mut self.decided);
        let mut needs = asked;
        for tier in Tier::ALL {
            let config = self.config.tiers.of(tier);
            let held = |of: fn(&Need) -> u32| {
                self.rounds.iter().map(|round| of(round.needs.of(tier))).max().unwrap_or(0)
            };
            let (asked_for, need) = (*asked.of(tier), needs.of_mut(tier));
            let (mut wanted, mut serving) = (held(|need| need.units), held(|need| need.serving));
            // What is not known is no reason to give anything back.
            let stays = last.iter().find(|last| last.tier == tier).filter(|last| {
                self.is_unseen(tier, now, now.saturating_sub(kept))
                    && (last.wanted > wanted || last.serving > serving)
            });
            if let Some(last) = stays {
                (wanted, serving) = (wanted.max(last.wanted), serving.max(last.serving));
            }
            need.units = wanted.clamp(config.min_units, config.max_units);
            need.serving = serving.min(config.max_units);
            let reason = if need.units != wanted {
                TierReason::Limit
            } else if stays.is_some() {
                TierReason::Unseen
            } else if wanted > asked_for.units {
                TierReason::Held
            } else {
                *reasons.of(tier)
            };
            let (before, load) = (self.units.staying(tier), self.carried.of(tier).load());
            let Need { units: wanted, serving } = *need;
            let record = TierRecord { time: now, tier, before, wanted, serving, load, reason };
            if before != wanted {
                self.journal.add(record.clone());
            }
            self.decided.push(record);
        }
        Ok(needs)
    }

    /// Whether the load of a tier was told once, and what was told is too old to count.
    fn is_unseen(&self, tier: Tier, now: i64, since: i64) -> bool {
        let seen = self.observed.of(tier);
        let told = seen.load.time.max(seen.utilization.time);
        (told > NEVER || self.foreseen.is_some())
            && self.foreseen.is_none_or(|(until, _)| until < now)
            && told < since
    }

    /// Remembers a round for as long as capacity is held, together with those right before it, so that however many there are, few are kept.
    fn remember_round(&mut self, now: i64, kept: i64, needs: Tiers<Need>) {
        while self.rounds.front().is_some_and(|round| round.last.saturating_add(kept) < now) {
            self.rounds.pop_front();
        }
        if let Some(round) = self.rounds.back_mut()
            && now.saturating_sub(round.first) <= kept / KEPT_ROUNDS
        {
            round.last = now;
            for tier in Tier::ALL {
                let (most, need) = (round.needs.of_mut(tier), needs.of(tier));
                *most = Need { units: most.units.max(need.units), serving: most.serving.max(need.serving) };
            }
            return;
        }
        if self.rounds.len() >= MOST_ROUNDS {
            self.rounds.pop_front();
        }
        self.rounds.push_back(Round { first: now, last: now, needs });
    }

    fn need_of(&self, tier: Tier, since: i64) -> Result<(Need, TierReason)> {
        let carried = self.carried.of(tier);
        let rate = self.config.tiers.of(tier).service_rate;
        let seen = self.observed.of(tier);
        let counts = |told: &Told| told.time >= since;
        let told = if counts(&seen.load) { seen.load.value } else { 0.0 };
        let brought = carried.load().max(told);
        let enough = |load: f64, target: Target| match servers_for(load, rate, target) {
            _ if load == 0.0 => Ok(0),
            Ok(units) => Ok(u32::try_from(units).unwrap_or(u32::MAX)),
            Err(Error::Infeasible { .. }) => Ok(u32::MAX),
            Err(error) => Err(error),
        };
        // So many times as many as served then, twice at the most.
        let scaled = |told: Told, target: f64| {
            (f64::from(told.serving) * (told.value / target).min(2.0) * (1.0 - 1e-12)).ceil() as u32
        };
        let target = self.config.utilization;
        let in_use = if counts(&seen.utilization) { scaled(seen.utilization, target) } else { 0 };
        let load = enough(brought, Target::Utilization(self.config.utilization))?.max(in_use);
        let mut promised = 0;
        let strictest = carried.strictest();
        if strictest.is_finite() {
            promised = enough(brought, Target::ResponseQuantile(self.config.response_share, strictest))?;
        }
        // Where the promise is broken although the queue would keep it, units are weaker than they should be.
        if counts(&seen.latency_seconds) && seen.latency_seconds.value > strictest {
            promised = promised.max(scaled(seen.latency_seconds, strictest));
        }
        let refused = enough(brought + self.refused.of(tier), Target::Utilization(self.config.utilization))?;
        let foreseen =
            self.foreseen.filter(|(until, _)| *until >= self.now()).map_or(0, |(_, held)| *held.of(tier));
        let serving = load.max(promised).max(if *self.refused.of(tier) > 0.0 { refused } else { 0 });
        let reason = if foreseen > serving {
            TierReason::Forecast
        } else if serving > load.max(promised) {
            TierReason::Refused
        } else if promised > load {
            TierReason::Promise
        } else {
            TierReason::Load
        };
        Ok((Need { units: serving.max(foreseen), serving }, reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::resource_manager::tests::{granted, known, manager, obey, request, status};

    #[test]
    fn one_late_observation_asks_for_more_once() {
        let mut manager = manager();
        manager.foresee(0, &known(70.0, 70.0, 70.0)).unwrap();
        obey(&mut manager, 0);
        assert_eq!(granted(&mut manager, 0, &request(1, 50.0, Some(0.5), 0)).tier, Tier::Hot);
        let late =
            TierObservation { tier: Tier::Hot, load: None, latency_seconds: Some(1.0), utilization: None };
        manager.observe(1, &late).unwrap();
        for round in 1..5 {
            obey(&mut manager, round * 15_000);
            assert_eq!(status(&manager, Tier::Hot).serving, 20);
        }
    }

    #[test]
    fn what_is_told_in_calls_of_their_own_counts_together() {
        let mut manager = manager();
        let nothing =
            TierObservation { tier: Tier::Hot, load: None, latency_seconds: None, utilization: None };
        for round in 0..60 {
            let now = round * 15_000;
            manager.observe(now, &TierObservation { load: Some(70.0), ..nothing }).unwrap();
            manager.observe(now + 1, &TierObservation { latency_seconds: Some(0.1), ..nothing }).unwrap();
            let asked = obey(&mut manager, now + 1);
            assert_eq!(asked.is_empty(), round > 0, "round {round}: {asked:?}");
            assert_eq!(status(&manager, Tier::Hot).serving, 10);
        }
    }

    #[test]
    fn capacity_is_held_as_long_as_it_should_be_however_many_rounds_there_are() {
        let mut manager = manager();
        manager.config.hold_seconds = 3600.0;
        granted(&mut manager, 0, &request(1, 35.0, None, 0));
        obey(&mut manager, 0);
        manager.release(1, 1).unwrap();
        for second in 1..=3600 {
            assert!(obey(&mut manager, second * 1000).is_empty(), "after {second} s");
        }
        assert!(manager.rounds.len() <= MOST_ROUNDS);
        assert_eq!(obey(&mut manager, 3_605_000).len(), 5);
    }
}
