//! The isolation forest: fit and score 10,000 points in 3 dimensions with 100 trees of 256 points, and stream them.

use criterion::Criterion;
use forescale::Rows;
use forescale::anomaly::{IsolationForest, IsolationForestConfig};

pub fn bench(criterion: &mut Criterion) {
    let mut state = 1u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let values: Vec<f64> = (0..30_000).map(|_| uniform() + uniform() + uniform()).collect();
    let points = Rows::new("points", &values, 3).expect("whole rows");
    let mut forest = IsolationForest::new(IsolationForestConfig::default()).expect("defaults");
    criterion.bench_function("anomaly/fit 10000 x 3", |bencher| {
        bencher.iter(|| forest.fit(points).expect("fits"))
    });
    criterion.bench_function("anomaly/score 10000 x 3", |bencher| {
        bencher.iter(|| forest.score(points).expect("scores"))
    });
    let point = points.get(17).expect("a point");
    criterion.bench_function("anomaly/score one point", |bencher| {
        bencher.iter(|| forest.score_point(point).expect("scores"))
    });
    criterion.bench_function("anomaly/explain one point", |bencher| {
        let one = Rows::new("points", point, 3).expect("a row");
        bencher.iter(|| forest.explain(one).expect("explains"))
    });
    let mut stream = points.iter().cycle();
    criterion.bench_function("anomaly/update", |bencher| {
        bencher.iter(|| stream.next().map(|point| forest.update(point).expect("learns")))
    });
}
