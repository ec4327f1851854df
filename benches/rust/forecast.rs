//! Forecasting models: fits, updates and forecasts.

use criterion::Criterion;
use forescale::forecast::{Arima, ArimaConfig, ArimaOrder, Forecaster};
use forescale::load::Series;
use std::hint::black_box;

/// A week of five-minute steps (2,016): a daily wave, and noise that a short recursion makes.
fn week() -> Series {
    let mut noise = 0.0;
    let mut state = 1_u32;
    let values = (0..2016).map(|i| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise = 0.8 * noise + f64::from(state >> 8) / f64::from(1 << 24) - 0.5;
        100.0 + 30.0 * (f64::from(i) * std::f64::consts::TAU / 288.0).sin() + 4.0 * noise
    });
    Series::new(values.collect(), 0, 300.0).unwrap()
}

pub fn bench(criterion: &mut Criterion) {
    let series = week();
    let arima = |order| Arima::new(ArimaConfig { order, ..ArimaConfig::default() }).unwrap();
    let mut group = criterion.benchmark_group("forecast");
    group.bench_function("arima(1,1,1) fit of 2,016 values", |b| {
        b.iter(|| arima(ArimaOrder::Given([1, 1, 1])).fit(black_box(&series), None).unwrap());
    });
    group.bench_function("arima automatic order, 2,016 values", |b| {
        b.iter(|| arima(ArimaOrder::Auto).fit(black_box(&series), None).unwrap());
    });
    let mut fitted = arima(ArimaOrder::Given([2, 1, 2]));
    fitted.fit(&series, None).unwrap();
    group
        .bench_function("arima(2,1,2) update", |b| b.iter(|| fitted.update(black_box(101.0), None).unwrap()));
    group.bench_function("arima(2,1,2) forecast of 12 steps", |b| {
        b.iter(|| fitted.forecast(black_box(12), &[0.8], None).unwrap())
    });
    group.finish();
}
