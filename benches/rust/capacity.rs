//! Erlang C, the queue's response quantile, and the fewest servers for a target, from one server to a million, beside the textbook's recursion; the same for
//! queues with a limited line and with patience; 100 000 items packed.

use criterion::Criterion;
use forescale::Rows;
use forescale::capacity::{
    Bins, BoundedQueue, Groups, Queue, Strategy, Target, erlang_b, erlang_c, pack, servers_for,
};
use std::hint::black_box;

/// Counts of servers, each with a utilization that is usual at this size.
const SIZES: [(u64, f64); 4] = [(1, 0.7), (100, 0.9), (1000, 0.95), (1_000_000, 0.999)];

pub fn bench(criterion: &mut Criterion) {
    for (servers, utilization) in SIZES {
        let offered = utilization * servers as f64;
        let mut run = |name: &str, body: &mut dyn FnMut() -> f64| {
            criterion
                .bench_function(&format!("capacity/{name}/{servers}"), |bencher| bencher.iter(&mut *body));
        };
        run("erlang_c", &mut || erlang_c(black_box(servers), black_box(offered)).unwrap_or(f64::NAN));
        // Erlang's recursion, as textbooks have it: a division for each server.
        run("erlang_b by the recursion", &mut || {
            let offered = black_box(offered);
            (1..=black_box(servers)).fold(1.0, |b, k| offered * b / (k as f64 + offered * b))
        });
        run("erlang_b", &mut || erlang_b(black_box(servers), black_box(offered)).unwrap_or(f64::NAN));
        run("Queue, response_quantile", &mut || {
            Queue::new(black_box(offered), 1.0, servers)
                .and_then(|queue| queue.response_quantile(0.95))
                .unwrap_or(f64::NAN)
        });
        for (name, target) in [
            ("servers_for, response quantile", Target::ResponseQuantile(0.95, 4.0)),
            ("servers_for, utilization", Target::Utilization(0.7)),
        ] {
            run(name, &mut || servers_for(black_box(offered), 1.0, target).unwrap_or(0) as f64);
        }
        for (name, places, patience) in
            [("limited line", Some(servers), None), ("patience", None, Some(10.0))]
        {
            run(&format!("BoundedQueue, {name}, response_tail"), &mut || {
                BoundedQueue::new(black_box(offered), 1.0, servers, places, patience)
                    .and_then(|queue| queue.response_tail(3.0))
                    .unwrap_or(f64::NAN)
            });
        }
    }
    for dimensions in [1, 2, 3] {
        for largest in [0.2, 0.6] {
            for strategy in [Strategy::FirstFitDecreasing, Strategy::BestFitDecreasing, Strategy::DotProduct]
            {
                let items = demands(100_000 * dimensions, largest);
                let name = format!("capacity/pack/{dimensions} dimensions, at most {largest}, {strategy:?}");
                criterion.bench_function(&name, |bencher| {
                    bencher.iter(|| packed(&items, dimensions, strategy));
                });
            }
        }
    }
}

fn packed(items: &[f64], dimensions: usize, strategy: Strategy) -> forescale::Result<usize> {
    let new_bin = vec![1.0; dimensions];
    let bins =
        Bins { running: Rows::new("running", &[], dimensions)?, new_bin: &new_bin, most_new: usize::MAX };
    Ok(pack(Rows::new("items", items, dimensions)?, bins, strategy, Groups::default())?.opened)
}

/// Uniform from 0.01 to the largest, by Knuth's congruential generator.
fn demands(count: usize, largest: f64) -> Vec<f64> {
    let mut state = 1_u64;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            0.01 + (largest - 0.01) * (state >> 11) as f64 / (1_u64 << 53) as f64
        })
        .collect()
}
