//! Forecasters, on a daily wave of ten-minute steps over two weeks.

use criterion::Criterion;
use forescale::forecast::{
    Additive, AdditiveConfig, Arima, ArimaConfig, ArimaOrder, Ensemble, Ets, EtsConfig, Forecaster, Mode,
};
use forescale::load::Series;
use std::hint::black_box;

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
    additive(criterion);
    arima(criterion);
    ensemble(criterion);
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

fn additive(criterion: &mut Criterion) {
    let series = wave(2016, 144);
    for mode in [Mode::Additive, Mode::Multiplicative] {
        let mut model =
            Additive::new(AdditiveConfig { mode, ..AdditiveConfig::default() }).expect("settings");
        let name = format!("{mode:?}").to_lowercase();
        criterion.bench_function(&format!("forecast/additive fit, 2016 values, {name}"), |bencher| {
            bencher.iter(|| model.fit(&series, None).expect("fits"))
        });
        let mut values = series.values().iter().cycle();
        criterion.bench_function(&format!("forecast/additive update, {name}"), |bencher| {
            bencher.iter(|| model.update(*values.next().expect("endless"), None).expect("a value"))
        });
        criterion.bench_function(&format!("forecast/additive 12 steps ahead, {name}"), |bencher| {
            bencher.iter(|| model.forecast(12, &[0.8, 0.95], None).expect("a forecast"))
        });
    }
}

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

fn arima(criterion: &mut Criterion) {
    let series = week();
    let model = |order| Arima::new(ArimaConfig { order, ..ArimaConfig::default() }).unwrap();
    let mut group = criterion.benchmark_group("forecast");
    group.bench_function("arima(1,1,1) fit of 2,016 values", |b| {
        b.iter(|| model(ArimaOrder::Given([1, 1, 1])).fit(black_box(&series), None).unwrap());
    });
    group.bench_function("arima automatic order, 2,016 values", |b| {
        b.iter(|| model(ArimaOrder::Auto).fit(black_box(&series), None).unwrap());
    });
    let mut fitted = model(ArimaOrder::Given([2, 1, 2]));
    fitted.fit(&series, None).unwrap();
    group
        .bench_function("arima(2,1,2) update", |b| b.iter(|| fitted.update(black_box(101.0), None).unwrap()));
    group.bench_function("arima(2,1,2) forecast of 12 steps", |b| {
        b.iter(|| fitted.forecast(black_box(12), &[0.8], None).unwrap())
    });
    group.finish();
}

fn ensemble(criterion: &mut Criterion) {
    let series = wave(2016, 144);
    let mut model = Ensemble::default();
    model.fit(&series, None).expect("fits");
    let mut values = series.values().iter().cycle();
    criterion.bench_function("forecast/ensemble update", |bencher| {
        bencher.iter(|| model.update(*values.next().expect("endless"), None).expect("a value"))
    });
    criterion.bench_function("forecast/ensemble update and 12 steps ahead", |bencher| {
        bencher.iter(|| {
            model.update(*values.next().expect("endless"), None).expect("a value");
            model.forecast(12, &[0.8, 0.95], None).expect("a forecast")
        })
    });
}
