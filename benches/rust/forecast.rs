//! Forecasters, on a daily wave of ten-minute steps over two weeks.

use criterion::Criterion;
use forescale::forecast::{Ets, EtsConfig, Forecaster};
use forescale::load::Series;

fn wave(length: usize, period: usize) -> Series {
    let mut state = 1u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut level = 100.0;
    let value = |i: usize| {
        level += uniform() - 0.5;
        let season = (std::f64::consts::TAU * i as f64 / period as f64).sin();
        level + 20.0 * season + 4.0 * (uniform() + uniform() - 1.0)
    };
    Series::new((0..length).map(value).collect(), 0, 600.0).expect("a series")
}

pub fn bench(criterion: &mut Criterion) {
    ets(criterion);
}

fn ets(criterion: &mut Criterion) {
    for period in [1, 24, 144] {
        let series = wave(2016, period.max(24));
        let mut model = Ets::new(EtsConfig { period, ..EtsConfig::default() }).expect("settings");
        criterion
            .bench_function(&format!("forecast/ets automatic, 2016 values, period {period}"), |bencher| {
                bencher.iter(|| model.fit(&series, None).expect("fits"))
            });
        let mut values = series.values().iter().cycle();
        criterion.bench_function(&format!("forecast/ets update, period {period}"), |bencher| {
            bencher.iter(|| model.update(*values.next().expect("endless"), None).expect("a value"))
        });
        criterion.bench_function(&format!("forecast/ets 12 steps ahead, period {period}"), |bencher| {
            bencher.iter(|| model.forecast(12, &[0.8, 0.95], None).expect("a forecast"))
        });
    }
}
