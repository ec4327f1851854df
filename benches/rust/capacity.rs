//! Erlang C and the smallest count of servers for a target.

use criterion::{BenchmarkId, Criterion};
use forescale::capacity::{Target, erlang_c, servers_for};
use std::hint::black_box;

pub fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("capacity");
    for servers in [1u64, 100, 1_000, 1_000_000] {
        let offered = 0.9 * servers as f64;
        group.bench_function(BenchmarkId::new("erlang_c", servers), |bencher| {
            bencher.iter(|| erlang_c(black_box(servers), black_box(offered)).expect("in range"));
        });
    }
    for load in [10.0, 1_000.0, 100_000.0] {
        group.bench_function(BenchmarkId::new("servers_for", load), |bencher| {
            let target = Target::ResponseQuantile(0.95, 0.4);
            bencher.iter(|| servers_for(black_box(load), 10.0, target).expect("can be met"));
        });
    }
}
