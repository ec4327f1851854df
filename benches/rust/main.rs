//! Speed of what runs often: `cargo bench -p forescale-benches`, or one group: `-- engine`.

use criterion::{Criterion, criterion_group, criterion_main};

mod anomaly;
mod capacity;
mod engine;
mod forecast;
mod load;
mod policy;
mod pool;
mod scaling;
mod simulate;

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = anomaly::bench, capacity::bench, engine::bench, forecast::bench, load::bench, policy::bench, pool::bench, scaling::bench, simulate::bench
}
criterion_main!(benches);
