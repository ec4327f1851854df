use super::super::allocation::tests::{allocation, plans, problems};
use super::*;
use proptest::prelude::*;

fn with(method: Annealing, sweeps: usize) -> AnnealConfig {
    AnnealConfig { method, sweeps, ..AnnealConfig::default() }
}

#[test]
fn the_propagator_is_the_bessel_function() {
    // Abramowitz and Stegun 1964, table 9.8 and 9.9: I₀(1), I₁(1), I₂(1); I₀(4), I₁(4), I₂(4).
    let table = [
        (1.0, [1.266_065_878, 0.565_159_104, 0.135_747_670]),
        (4.0, [11.301_921_952, 9.759_465_154, 6.422_189_375]),
    ];
    for (z, values) in table {
        for (action, value) in propagator(z, 3).into_iter().zip(values) {
            assert!(
                ((-action).exp() / value - 1.0).abs() < 1e-8,
                "I({z}): {} is not {value}",
                (-action).exp()
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn small_problems_are_solved_by_every_method(problem in problems(), seed in any::<u64>()) {
        let feasible = plans(&problem).into_iter().filter(|plan| problem.is_feasible(plan).unwrap());
        let best = feasible.map(|plan| problem.cost_of(&plan)).fold(f64::INFINITY, f64::min);
        for method in [Annealing::Quantum, Annealing::Thermal, Annealing::Exact] {
            match anneal(&problem, seed, &with(method, 60)) {
                Ok(plan) => {
                    prop_assert!(problem.is_feasible(&plan.units).unwrap());
                    prop_assert_eq!(plan.cost, problem.cost(&plan.units).unwrap());
                    prop_assert!(plan.cost <= best + 1e-9, "{:?}: {} is above {}", method, plan.cost, best);
                }
                Err(error) => prop_assert!(error.code() == 61 && best == f64::INFINITY, "{:?}: {}", method, error),
            }
        }
    }
}

/// A load of half of all capacity over places of unequal efficiency, with costs that neighbours share.
fn fleet(places: usize, levels: usize, seed: u64) -> Allocation {
    let mut random = Random::new(seed);
    let costs: Vec<Vec<f64>> = (0..places)
        .map(|_| {
            let (start, slope, bend) = (4.0 * random.unit(), 1.0 + random.unit(), 0.3 * random.unit());
            (0..levels)
                .map(|k| if k == 0 { 0.0 } else { start + slope * k as f64 + bend * (k * k) as f64 })
                .collect()
        })
        .collect();
    let mut pairs = Vec::new();
    for place in 0..places {
        for _ in 0..2 {
            let other = random.below(places as u64) as usize;
            if other != place {
                pairs.extend([place as f64, other as f64, random.unit() - 0.5]);
            }
        }
    }
    let speeds: Vec<f64> = (0..places).map(|_| 1.0 + random.unit()).collect();
    let demand = 0.5 * speeds.iter().sum::<f64>() * (levels - 1) as f64;
    let usage: Vec<f64> = speeds.iter().map(|s| -s).chain((0..places).map(|_| random.unit())).collect();
    allocation(&costs, &pairs, &usage, &[-demand, 0.35 * (places * (levels - 1)) as f64])
}

#[test]
fn fleets_are_solved_and_a_seed_repeats() {
    for seed in 0..3 {
        let problem = fleet(6, 4, seed);
        let best = anneal(&problem, 0, &with(Annealing::Exact, 1)).unwrap();
        for method in [Annealing::Quantum, Annealing::Thermal] {
            let plan = anneal(&problem, seed, &with(method, 200)).unwrap();
            assert!(plan.cost <= best.cost * 1.01, "{method:?}: {} is above {}", plan.cost, best.cost);
            assert_eq!(anneal(&problem, seed, &with(method, 200)).unwrap(), plan);
        }
    }
}

#[test]
fn bad_settings_and_what_cannot_be_met_are_refused() {
    let problem = allocation(&[vec![0.0, 1.0]], &[], &[-1.0], &[-2.0]);
    for method in [Annealing::Quantum, Annealing::Thermal, Annealing::Exact] {
        let error = anneal(&problem, 1, &with(method, 5)).unwrap_err();
        assert!(error.code() == 61 && error.to_string().starts_with("limits: no plan"), "{error}");
    }
    let refused = |config: &AnnealConfig| anneal(&problem, 1, config).unwrap_err().to_string();
    assert_eq!(refused(&with(Annealing::Thermal, 0)), "sweeps: must be at least 1, got 0");
    let single = AnnealConfig { replicas: 1, ..AnnealConfig::default() };
    assert_eq!(refused(&single), "replicas: must be at least 2, got 1");
    assert!(refused(&with(Annealing::Quantum, usize::MAX)).contains("more than 1000000000 steps"));
}

#[test]
fn progress_rises_and_stops_the_search() {
    let problem = fleet(8, 6, 1);
    for method in [Annealing::Quantum, Annealing::Thermal, Annealing::Exact] {
        let (mut last, config) = (0.0, with(method, 20));
        let plan = anneal_with_progress(&problem, 1, &config, &mut |share| {
            let rises = (last..=1.0).contains(&share);
            last = share;
            rises
        });
        assert_eq!(plan.unwrap(), anneal(&problem, 1, &config).unwrap());
        let stopped = anneal_with_progress(&problem, 1, &config, &mut |_| false).unwrap_err();
        assert!(matches!(stopped, Error::Stopped { percent: 0 }), "{method:?}: {stopped}");
    }
}

#[test]
fn progress_is_told_within_a_single_sweep_and_to_the_end() {
    let problem = fleet(12_000, 6, 1);
    let config = AnnealConfig { method: Annealing::Quantum, sweeps: 1, replicas: 2 };
    let mut shares = Vec::new();
    let plan = anneal_with_progress(&problem, 1, &config, &mut |share| {
        shares.push(share);
        true
    });
    assert!(problem.is_feasible(&plan.unwrap().units).unwrap());
    assert!(shares.windows(2).all(|pair| pair[1] - pair[0] < 0.02), "{shares:?}");
    assert!(shares.last().is_some_and(|last| *last > 0.98), "{shares:?}");
    let stopped = anneal_with_progress(&problem, 1, &config, &mut |share| share < 0.9).unwrap_err();
    assert!(matches!(stopped, Error::Stopped { percent: 90 | 91 }), "{stopped}");
}
