//! An actuator for tests, honest or not, and what must hold whatever it does.

use super::fleet::Life;
use super::*;
use crate::random::Random;
use proptest::prelude::*;
use std::collections::BTreeSet;

pub(super) const MINUTE: i64 = 60_000;

/// A primary of 8 CPUs, 32 GB and 10 Gbit/s.
pub(super) fn router() -> Primary {
    let resource = |name: &str, base: f64, price_per_hour: f64| ShadowResource {
        name: name.into(),
        base,
        price_per_hour,
    };
    Primary {
        name: "router".into(),
        version: "1".into(),
        resources: vec![
            resource("cpu", 8.0, 0.04),
            resource("memory", 32.0, 0.005),
            resource("network", 10.0, 0.01),
        ],
        sizes: Vec::new(),
        min_shadows: 1,
        max_shadows: 4,
        policies: Vec::new(),
    }
}

pub(super) fn manager(config: ShadowManagerConfig) -> ShadowManager {
    let mut manager = ShadowManager::new(config).unwrap();
    manager.set_primary(router()).unwrap();
    manager
}

/// Use of so much of each resource of the router.
pub(super) fn sample(utilization: f64) -> ShadowSample {
    let used = vec![8.0 * utilization, 16.0 * utilization, 3.0 * utilization];
    ShadowSample { primary: "router".into(), used, tags: BTreeMap::new() }
}

/// Confirms all that is asked for; what was asked.
pub(super) fn obey(manager: &mut ShadowManager, now: i64) -> Vec<ShadowAction> {
    let asked = manager.plan(now).unwrap();
    asked.iter().for_each(|order| manager.report(order.id, Outcome::Confirmed).unwrap());
    asked.into_iter().map(|order| order.action).collect()
}

/// A sample and a round in each minute; gives what was asked for.
pub(super) fn run(
    manager: &mut ShadowManager,
    minutes: std::ops::Range<i64>,
    utilization: impl Fn(i64) -> f64,
) -> Vec<ShadowAction> {
    let mut asked = Vec::new();
    for minute in minutes {
        manager.observe(minute * MINUTE, &sample(utilization(minute))).unwrap();
        asked.extend(obey(manager, minute * MINUTE + 1000));
    }
    asked
}

/// What the shadows have of the first resource.
pub(super) fn shadow_cpu(manager: &ShadowManager) -> f64 {
    let status = manager.status("router").unwrap();
    let shadows = status.instances.iter().filter(|instance| instance.role == ShadowRole::Standby);
    shadows.map(|instance| instance.amounts[0]).sum()
}

/// Share of the traffic that shadows serve.
pub(super) fn handed_over(manager: &ShadowManager) -> f64 {
    let status = manager.status("router").unwrap();
    status
        .instances
        .iter()
        .filter(|instance| instance.instance != status.active)
        .map(|instance| instance.share)
        .sum()
}

/// What really is there.
#[derive(Default)]
struct Truth {
    there: BTreeMap<u64, (Vec<f64>, f64, bool)>,
    table: u64,
    epoch: u64,
}

impl Truth {
    fn carry_out(&mut self, action: &ShadowAction) {
        match action {
            ShadowAction::Create { instance, amounts, .. } => {
                self.there.entry(*instance).or_insert((amounts.clone(), 0.0, false));
            }
            ShadowAction::Resize { instance, amounts } => {
                if let Some(there) = self.there.get_mut(instance) {
                    there.0.clone_from(amounts);
                }
            }
            ShadowAction::Route { version, shares, .. } if *version > self.table => {
                self.table = *version;
                for (id, there) in &mut self.there {
                    there.1 = shares.iter().find(|(other, _)| other == id).map_or(0.0, |(_, share)| *share);
                }
            }
            ShadowAction::Promote { instance, epoch, .. } if *epoch >= self.epoch => {
                self.epoch = *epoch;
                self.there.iter_mut().for_each(|(id, there)| there.2 = id == instance);
            }
            ShadowAction::Demote { instance, .. } => {
                self.there.get_mut(instance).into_iter().for_each(|there| there.2 = false);
            }
            ShadowAction::Release { instance } => drop(self.there.remove(instance)),
            _ => {}
        }
    }

    fn seen(&self) -> Vec<SeenInstance> {
        let seen = |(id, (amounts, share, is_active)): (&u64, &(Vec<f64>, f64, bool))| SeenInstance {
            instance: *id,
            amounts: amounts.clone(),
            share: *share,
            is_active: *is_active,
        };
        self.there.iter().map(seen).collect()
    }
}

/// What holds after every call.
fn check(manager: &ShadowManager) {
    let status = manager.status("router").unwrap();
    let active = status.instances.iter().filter(|instance| instance.instance == status.active).count();
    assert_eq!(active, 1);
    assert!(status.instances.iter().filter(|instance| instance.role == ShadowRole::Active).count() <= 1);
    let total: f64 = status.instances.iter().map(|instance| instance.share).sum();
    assert!(
        total <= 1.0 + 1e-9 && status.instances.iter().all(|instance| (0.0..=1.0).contains(&instance.share))
    );
    for instance in &status.instances {
        let within = instance
            .amounts
            .iter()
            .zip(&instance.ceiling)
            .all(|(amount, most)| *amount >= 0.0 && *amount <= most * (1.0 + 1e-9));
        assert!(within, "{instance:?}");
    }
    let current = |instance: &&ShadowInstance| {
        matches!(instance.role, ShadowRole::Standby | ShadowRole::Creating)
            && instance.version == status.version
    };
    assert!(status.instances.iter().filter(current).count() <= 5, "four shadows, and one that has come back");
    assert!(manager.queue().windows(2).all(|pair| pair[0].needed_at <= pair[1].needed_at));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]
    /// An actuator that fails, is slow, lies, repeats itself and loses instances: the manager's own state stays sound at every step, every
    /// instruction is confirmed, tried again, or withdrawn, and once the actuator is honest again both agree.
    #[test]
    fn an_unreliable_actuator_does_no_lasting_harm(
        seed in 0u64..100_000, failing in 0.0f64..0.6, slow in 0.0f64..0.5, lying in 0.0f64..0.3,
    ) {
        let mut random = Random::stream(seed, 0);
        let retry = crate::pool::RetryConfig { timeout_seconds: 90.0, attempts: 2, backoff: 1.0 };
        let mut manager = manager(ShadowManagerConfig { retry, ..ShadowManagerConfig::default() });
        let mut truth = Truth::default();
        truth.there.insert(1, (vec![8.0, 32.0, 10.0], 1.0, true));
        let mut unanswered: Vec<(u64, Outcome)> = Vec::new();
        let (mut level, mut attempts) = (0.5, BTreeMap::new());
        for minute in 0..150i64 {
            let is_honest = minute >= 110;
            level = if is_honest { 0.4 } else { (level + 0.2 * (random.unit() - 0.5)).clamp(0.05, 2.0) };
            let now = minute * MINUTE;
            manager.observe(now, &sample(level)).unwrap();
            if !is_honest && random.unit() < 0.1 {
                let ids: Vec<u64> = manager.fleet.instances.keys().copied().collect();
                let id = ids[random.below(ids.len() as u64) as usize];
                manager.instance_failed(id).unwrap();
                if random.unit() < 0.5 {
                    manager.instance_recovered(id).unwrap();
                } else if id != 1 {
                    truth.there.remove(&id);
                }
            }
            for order in manager.plan(now + 1000).unwrap() {
                let before = attempts.insert(order.id, order.attempt);
                prop_assert_eq!(before.unwrap_or(0) + 1, order.attempt);
                prop_assert!(order.attempt <= 2);
                if let ShadowAction::Route { shares, .. } = &order.action {
                    let total: f64 = shares.iter().map(|(_, share)| share).sum();
                    prop_assert!((total - 1.0).abs() < 1e-9);
                    prop_assert!(shares.iter().all(|(_, share)| (0.0..=1.0).contains(share)));
                }
                let fails = !is_honest && random.unit() < failing;
                let lies = !is_honest && random.unit() < lying;
                if fails == lies {
                    truth.carry_out(&order.action);
                }
                let outcome = if fails { Outcome::Failed } else { Outcome::Confirmed };
                if !is_honest && random.unit() < slow {
                    unanswered.push((order.id, outcome));
                } else {
                    manager.report(order.id, outcome).unwrap();
                    let once = (manager.fleet.clone(), manager.status("router").unwrap());
                    manager.report(order.id, outcome).unwrap();
                    let twice = (manager.fleet.clone(), manager.status("router").unwrap());
                    prop_assert_eq!(once, twice, "the same report twice");
                }
                check(&manager);
            }
            if random.unit() < 0.3 {
                unanswered.drain(..).for_each(|(id, outcome)| manager.report(id, outcome).unwrap());
            }
            if is_honest && minute % 3 == 0 {
                for id in manager.fleet.instances.iter().filter(|(_, i)| i.life == Life::Failed).map(|(id, _)| *id).collect::<Vec<_>>() {
                    if truth.there.contains_key(&id) {
                        manager.instance_recovered(id).unwrap();
                    }
                }
                manager.reconcile(now + 2000, &truth.seen()).unwrap();
            }
            check(&manager);
            prop_assert!(manager.is_whole());
        }
        let status = manager.status("router").unwrap();
        let ours: BTreeSet<u64> = status.instances.iter().map(|instance| instance.instance).collect();
        let theirs: BTreeSet<u64> = truth.there.keys().copied().collect();
        prop_assert_eq!(&ours, &theirs, "what it thinks is there is there");
        let actives: Vec<u64> = truth.there.iter().filter(|(_, there)| there.2).map(|(id, _)| *id).collect();
        prop_assert_eq!(actives, vec![status.active], "no split brain");
        for instance in &status.instances {
            let there = &truth.there[&instance.instance];
            prop_assert!((there.1 - instance.share).abs() < 1e-9 && there.0 == instance.amounts, "{:?} {:?}", instance, there);
        }
        prop_assert!(manager.fleet.orders.open().next().is_none(), "every instruction is settled");
    }

    /// Whatever is asked of it, it refuses what is wrong and stays sound; and a restored one goes on as if nothing had been.
    #[test]
    fn it_goes_on_after_a_restart_as_if_nothing_had_been(seed in 0u64..1000, cut in 1i64..40) {
        let mut random = Random::stream(seed, 0);
        let levels: Vec<f64> = (0..60).map(|_| 1.2 * random.unit()).collect();
        let mut manager = manager(ShadowManagerConfig::default());
        run(&mut manager, 0..cut, |minute| levels[minute as usize]);
        let mut twin = ShadowManager::restore(&manager.snapshot().unwrap()).unwrap();
        let (one, other) = (
            run(&mut manager, cut..60, |minute| levels[minute as usize]),
            run(&mut twin, cut..60, |minute| levels[minute as usize]),
        );
        prop_assert_eq!(one, other);
        prop_assert_eq!(manager.take_journal(), twin.take_journal());
        prop_assert_eq!(manager.snapshot().unwrap(), twin.snapshot().unwrap());
    }
}
