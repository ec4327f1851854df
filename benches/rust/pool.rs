//! One planning round: of 10,000 programs with some 50,000 clones on 1,000 machines, of applications in many regions, and of a resource manager
//! that 4,000 leases wait for.

use criterion::{BatchSize, Criterion};
use forescale::pool::{
    Allocation, Application, CloneManager, CloneManagerConfig, Distance, GlobalBudget, Latency, Machine,
    Outcome, ProgramCode, QosProfile, Region, Regions, RegionsConfig, ResourceManager, ResourceManagerConfig,
    ResourceRequest, TierConfig, Tiers,
};

const STEP: i64 = 300_000;
const PROGRAMS: usize = 10_000;
const ZONES: [&str; 4] = ["europe", "america", "asia", "africa"];

/// Programs whose mean volumes are worth some five clones each: a few are large, most are small.
fn volume(program: usize, step: i64) -> f64 {
    let size = 40.0 / (1.0 + (program % 200) as f64 * 0.1);
    let day = 1.0 + 0.5 * ((step + program as i64 % 7) % 12 - 6).abs() as f64 / 6.0;
    300.0 * size * 0.5 * day
}

fn clones() -> CloneManager {
    let config = CloneManagerConfig { season_seconds: 3600.0, ..CloneManagerConfig::default() };
    let mut manager = CloneManager::new(config).expect("defaults");
    let distance = |from: usize, to: usize| Distance {
        from: ZONES[from].into(),
        to: ZONES[to].into(),
        distance: 40.0 * (to - from) as f64,
    };
    let pairs = (0..4).flat_map(|from| (from + 1..4).map(move |to| (from, to)));
    manager.set_distances(pairs.map(|(from, to)| distance(from, to)).collect()).expect("distances");
    for machine in 0..1000 {
        let room = vec![64.0, 256.0, 4.0, 10.0];
        manager
            .set_machine(Machine { name: format!("m{machine}"), zone: ZONES[machine % 4].into(), room })
            .expect("a machine");
    }
    for program in 0..PROGRAMS {
        let resources =
            vec![0.5 + (program % 3) as f64 * 0.25, 2.0, f64::from(u8::from(program % 100 == 0)) * 0.1, 0.1];
        let code = ProgramCode::new(format!("p{program}"), 1.0, resources);
        manager.set_code(ProgramCode { zone: ZONES[program % 4].into(), ..code }).expect("a program");
    }
    manager
}

fn observe(manager: &mut CloneManager, step: i64) {
    for program in 0..PROGRAMS {
        manager.observe(step * STEP + 1, &format!("p{program}"), volume(program, step)).expect("a count");
    }
}

fn obey(manager: &mut CloneManager, now: i64) {
    for order in manager.plan(now).expect("a plan") {
        manager.report(order.id, Outcome::Confirmed).expect("a report");
    }
}

/// Regions in a row, whose applications have three priorities, under a budget.
fn regions(regions: i64, applications: i64, capacity: u32, budget: f64) -> Regions {
    let config = RegionsConfig {
        budget: Some(GlobalBudget::Cost(budget)),
        season_seconds: 3600.0,
        carbon_price: 0.1,
        ..RegionsConfig::default()
    };
    let mut made = Regions::new(config).expect("defaults");
    let mut latencies = Vec::new();
    for region in 0..regions {
        let cost = 1.0 + 0.1 * (region % 10) as f64;
        made.set_region(Region { name: format!("r{region}"), capacity, cost, watts: 300.0 })
            .expect("a region");
        let to = |other: i64| Latency {
            from: format!("r{region}"),
            to: format!("r{other}"),
            milliseconds: 20.0 * (region - other) as f64,
        };
        latencies.extend((0..region).map(to));
    }
    made.set_latencies(latencies).expect("latencies");
    for application in 0..applications {
        let priority = application as u32 % 3;
        let application = Application { priority, ..Application::new(format!("a{application}"), 10.0) };
        made.set_application(application).expect("an application");
    }
    for step in 0..24 {
        for region in 0..regions {
            for application in 0..applications {
                let requests = 300.0 * 60.0 * (1.0 + ((step + region + application) % 12) as f64 / 6.0);
                made.observe(step * STEP + 1, &format!("r{region}"), &format!("a{application}"), requests)
                    .expect("a count");
            }
        }
    }
    made
}

/// 4,000 leases that can wait and one in four that cannot do so for ever, and the orders for the units that they need.
fn waiting_leases() -> (ResourceManager, Vec<u64>) {
    let tier = |start_up_seconds, cost_per_hour, standby_cost_per_hour| TierConfig {
        kind: String::new(),
        service_rate: 10.0,
        start_up_seconds,
        cost_per_hour,
        standby_cost_per_hour,
        busy_watts: 0.0,
        standby_watts: 0.0,
        min_units: 0,
        max_units: 10_000,
    };
    let tiers = Tiers { hot: tier(0.0, 1.0, 1.0), warm: tier(30.0, 0.8, 0.2), cold: tier(300.0, 0.6, 0.0) };
    let mut manager = ResourceManager::new(ResourceManagerConfig::new(tiers)).expect("defaults");
    for id in 1..=4000 {
        let max_latency_seconds = (id % 4 == 0).then_some(600.0 + id as f64);
        let qos = QosProfile { max_latency_seconds, cost_limit: None, priority: (id % 3) as i32 };
        let request = ResourceRequest { id, user: String::new(), application: String::new(), load: 5.0, qos };
        assert!(matches!(manager.allocate(0, &request), Ok(Allocation::Granted(_))));
    }
    let orders = manager.rebalance(0).expect("a round");
    (manager, orders.into_iter().map(|order| order.id).collect())
}

pub fn bench(criterion: &mut Criterion) {
    let (leased, orders) = waiting_leases();
    criterion.bench_function(
        &format!("pool/4,000 leases wait: {} units confirmed one by one", orders.len()),
        |bencher| {
            bencher.iter_batched(
                || leased.clone(),
                |mut manager| {
                    orders.iter().for_each(|id| manager.report(*id, Outcome::Confirmed).expect("a report"));
                    manager
                },
                BatchSize::LargeInput,
            )
        },
    );
    criterion.bench_function("pool/4,000 leases wait: a round", |bencher| {
        bencher.iter_batched(
            || leased.clone(),
            |mut manager| manager.rebalance(1000).expect("a round").len(),
            BatchSize::LargeInput,
        )
    });
    let mut manager = clones();
    observe(&mut manager, 0);
    let cold = manager.clone();
    criterion.bench_function("pool/10,000 programs, 1,000 machines: first round", |bencher| {
        bencher.iter_batched(
            || cold.clone(),
            |mut manager| manager.plan(STEP).expect("a plan").len(),
            BatchSize::LargeInput,
        )
    });
    obey(&mut manager, STEP);
    for step in 1..24 {
        observe(&mut manager, step);
        obey(&mut manager, (step + 1) * STEP);
    }
    observe(&mut manager, 24);
    let count: u32 =
        (0..PROGRAMS).map(|program| manager.running(&format!("p{program}")).expect("a program")).sum();
    criterion.bench_function(
        &format!("pool/10,000 programs, 1,000 machines, {count} clones: a round"),
        |bencher| {
            bencher.iter_batched(
                || manager.clone(),
                |mut manager| manager.plan(25 * STEP).expect("a plan").len(),
                BatchSize::LargeInput,
            )
        },
    );
    for (places, applications, capacity, budget, what) in [
        (10, 40, 350, 3000.0, "a budget"),
        (64, 31, 400, 18_000.0, "a budget"),
        (64, 31, 200, 16_000.0, "a budget and full regions"),
    ] {
        let regions = regions(places, applications, capacity, budget);
        criterion.bench_function(
            &format!("pool/{places} regions, {applications} applications, {what}: a round"),
            |bencher| {
                bencher.iter_batched(
                    || regions.clone(),
                    |mut regions| regions.plan(24 * STEP).expect("a plan").len(),
                    BatchSize::LargeInput,
                )
            },
        );
    }
}
