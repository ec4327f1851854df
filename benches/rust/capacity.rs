//! Erlang C, the queue's response quantile, and the fewest servers for a target, from one server to a million.
//! Beside the textbook's recursion.

use criterion::Criterion;
use forescale::capacity::{Queue, Target, erlang_b, erlang_c, servers_for};
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
    }
}
