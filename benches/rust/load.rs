//! Calendars and histories: a day of features, a record, a query.

use criterion::Criterion;
use forescale::load::{Aggregation, Calendar, CalendarConfig, History, HistoryConfig};
use std::hint::black_box;

const MINUTE: i64 = 60_000;

pub fn bench(criterion: &mut Criterion) {
    let holidays = vec!["US".parse().expect("holidays")];
    let config =
        CalendarConfig { time_zone: "America/New_York".into(), holidays, ..CalendarConfig::default() };
    let calendar = Calendar::new(config).expect("a calendar");
    let day: Vec<i64> = (0..1440).map(|minute| 1_790_000_000_000 + minute * MINUTE).collect();
    criterion.bench_function("load/calendar features, a day of minutes", |bench| {
        bench.iter(|| calendar.features(black_box(&day)).expect("features"));
    });

    let mut history = History::new(HistoryConfig::default()).expect("a history");
    let mut time = 1_790_000_000_000;
    criterion.bench_function("load/history record, 4 values", |bench| {
        bench.iter(|| {
            time += 15_000;
            let values = [("cpu", 0.5), ("memory", 0.7), ("network", 12.0), ("tokens", 900.0)];
            history.record(time, black_box(&values), &[("tenant", "a")]).expect("a record");
        });
    });
    criterion.bench_function("load/history query, a day of minutes", |bench| {
        let (start, end) = (time - 1440 * MINUTE, time);
        bench.iter(|| history.query("cpu", start, end, 60.0, Aggregation::Mean, &[], None).expect("a query"));
    });
}
