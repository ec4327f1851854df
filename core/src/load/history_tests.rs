use super::{Aggregation, History, HistoryConfig, Series};
use crate::Result;
use proptest::prelude::*;

const HOUR: i64 = 3_600_000;
const HOWS: [Aggregation; 6] = [
    Aggregation::Mean,
    Aggregation::Sum,
    Aggregation::Max,
    Aggregation::Min,
    Aggregation::Last,
    Aggregation::Count,
];

/// Minutes for an hour, 5 minutes for 6 hours, hours for a week.
fn small(max_series: usize) -> HistoryConfig {
    let retention = vec![(60.0, 3600.0), (300.0, 6.0 * 3600.0), (3600.0, 168.0 * 3600.0)];
    HistoryConfig { retention, max_series, ..HistoryConfig::default() }
}

fn history(max_series: usize) -> History {
    History::new(small(max_series)).unwrap()
}

fn load(history: &History, start: i64, end: i64, step: f64, how: Aggregation) -> Vec<f64> {
    history.query("load", start, end, step, how, &[], None).unwrap().values().to_vec()
}

fn known(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|value| !value.is_nan()).collect()
}

#[test]
fn a_long_query_costs_what_is_kept_not_what_is_asked_for() {
    let mut history =
        History::new(HistoryConfig { retention: vec![(1.0, 60.0)], max_series: 400, max_jump_seconds: 1e9 })
            .unwrap();
    for tenant in 0..300 {
        let tenant = tenant.to_string();
        history.record(90_000, &[("load", 1.0)], &[("tenant", &tenant)]).unwrap();
    }
    // A year of seconds of 300 series, each of which would be gone through whole.
    let found =
        history.query("load", -31_000_000_000, 600_000, 1.0, Aggregation::Mean, &[], Some(Aggregation::Sum));
    let found = found.unwrap();
    assert_eq!((found.len(), known(found.values())), (31_000_600, vec![300.0]));
    assert_eq!(found.values()[31_000_090], 300.0);
}

#[test]
fn the_ends_of_time_are_no_trouble() {
    for time in [i64::MIN, i64::MIN + 1, -1, i64::MAX - 1, i64::MAX] {
        let retention = vec![(0.001, 0.01), (400.0 * 86_400.0, 800.0 * 86_400.0)];
        let config = HistoryConfig { retention, max_series: 2, max_jump_seconds: 1e-3 };
        let mut history = History::new(config).unwrap();
        for near in [time, time.saturating_sub(3), time.saturating_add(3), 0, time, time, time] {
            history.record(near, &[("load", 1.0)], &[]).unwrap();
        }
        let saved = history.snapshot().unwrap();
        assert_eq!(History::restore(&saved).unwrap(), history, "{time}");
        for (start, end) in [
            (time.saturating_sub(5), time.saturating_add(5)),
            (i64::MIN, i64::MIN + 9),
            (i64::MAX - 9, i64::MAX),
        ] {
            for step in [0.001, 0.003, 400.0 * 86_400.0] {
                // An answer or a refusal, as the grid may begin before all time; no panic.
                let _ =
                    history.query("load", start, end, step, Aggregation::Sum, &[], Some(Aggregation::Max));
            }
        }
    }
}

#[test]
fn samples_are_aggregated_by_step_name_and_tags() {
    let mut history = history(10);
    for (time, tenant, kind, value) in [
        (0, "a", "read", 1.0),
        (30_000, "a", "write", 3.0),
        (59_999, "b", "read", 8.0),
        (60_000, "a", "read", 5.0),
    ] {
        let values = [("load", value), ("memory", 10.0 * value), ("empty", f64::NAN)];
        history.record(time, &values, &[("tenant", tenant), ("kind", kind)]).unwrap();
    }
    let of = |how, tags: &[(&str, &str)]| {
        history.query("load", 0, 120_000, 60.0, how, tags, None).unwrap().values().to_vec()
    };
    assert_eq!(of(Aggregation::Mean, &[]), [4.0, 5.0]);
    assert_eq!(of(Aggregation::Last, &[]), [8.0, 5.0]);
    assert_eq!(of(Aggregation::Sum, &[("tenant", "a")]), [4.0, 5.0]);
    assert_eq!(of(Aggregation::Count, &[("kind", "read")]), [2.0, 1.0]);
    assert_eq!(of(Aggregation::Count, &[("kind", "delete")]), [0.0, 0.0]);
    assert!(of(Aggregation::Min, &[("tenant", "b"), ("kind", "read")])[1].is_nan());
    let across = |across| {
        history.query("load", 0, 60_000, 60.0, Aggregation::Mean, &[], Some(across)).unwrap().values()[0]
    };
    assert_eq!((across(Aggregation::Sum), across(Aggregation::Max)), (12.0, 8.0));
    let memory = history.query("memory", -1, 1, 60.0, Aggregation::Max, &[], None).unwrap();
    assert_eq!((memory.start(), memory.values()[1]), (-60_000, 80.0));
    assert_eq!(history.series().count(), 6, "nothing is known of \"empty\"");
    assert!(history.query("nobody", 0, 1, 60.0, Aggregation::Mean, &[], None).unwrap().values()[0].is_nan());
}

#[test]
fn what_is_further_back_is_coarser() {
    let mut history = history(1);
    for minute in 0..10 * 24 * 60 {
        history.record(minute * 60_000, &[("load", 1.0)], &[]).unwrap();
    }
    let end = 10 * 24 * HOUR;
    let count = |step| known(&load(&history, 0, end, step, Aggregation::Sum));
    assert_eq!(count(60.0), vec![1.0; 60]);
    assert_eq!(count(300.0), vec![5.0; 72]);
    assert_eq!(count(3600.0), vec![60.0; 168]);
    assert_eq!(count(86_400.0), vec![1440.0; 7]);
    assert_eq!(count(600.0), vec![10.0; 36], "from buckets of 5 minutes");
    let odd = history.query("load", 0, end, 90.0, Aggregation::Sum, &[], None).unwrap_err().to_string();
    assert!(odd.starts_with("step_seconds: must be a multiple of the finest step kept, 60 s"), "{odd}");
}

#[test]
fn late_samples_count_where_their_level_still_reaches() {
    let mut history = history(1);
    let now = 1000 * HOUR;
    (0..4).for_each(|i| history.record(now + i, &[("load", 1.0)], &[]).unwrap());
    history.record(now - 2 * HOUR, &[("load", 7.0)], &[]).unwrap();
    assert_eq!(known(&load(&history, now - 3 * HOUR, now + 1, 60.0, Aggregation::Max)), [1.0]);
    assert_eq!(known(&load(&history, now - 3 * HOUR, now + 1, 300.0, Aggregation::Max)), [7.0, 1.0]);
    history.record(now - 200 * HOUR, &[("load", 7.0)], &[]).unwrap();
    assert_eq!((history.counts().kept, history.counts().too_late), (5, 1));
}

#[test]
fn a_broken_clock_wipes_nothing() {
    let mut history = history(2);
    let minute = 60_000;
    (0..60).for_each(|i| history.record(i * minute, &[("load", 1.0)], &[]).unwrap());
    let all = |history: &History| known(&load(history, 0, 60 * minute, 60.0, Aggregation::Sum)).len();
    // Microseconds for milliseconds, then a clock a year ahead, each between good samples.
    history.record(59 * minute * 1000, &[("load", 1.0)], &[]).unwrap();
    history.record(i64::MAX, &[("load", 1.0)], &[]).unwrap();
    history.record(59 * minute, &[("load", 1.0)], &[]).unwrap();
    assert_eq!((all(&history), history.counts().too_early), (60, 2));
    // After an outage of five days three samples agree: none of them is lost.
    let later = 120 * HOUR;
    (0..2).for_each(|i| history.record(later + i * minute, &[("load", 2.0)], &[]).unwrap());
    assert_eq!(all(&history), 60);
    history.record(later + 2 * minute, &[("load", 2.0)], &[]).unwrap();
    assert_eq!(known(&load(&history, 0, later + HOUR, 60.0, Aggregation::Sum)), [2.0; 3]);
    assert_eq!(known(&load(&history, 0, later + HOUR, 3600.0, Aggregation::Sum)), [61.0, 6.0]);
    // The very first sample may be the broken one.
    let mut history = self::history(2);
    history.record(i64::MAX / 2, &[("load", 9.0)], &[]).unwrap();
    (0..60).for_each(|i| history.record(i * minute, &[("load", 1.0)], &[]).unwrap());
    assert_eq!((all(&history), history.counts().kept, history.counts().too_early), (60, 60, 1));
}

#[test]
fn too_many_tags_fold_into_other_and_sums_stay_right() {
    let mut history = history(8);
    for user in 0..1000 {
        let user = format!("user {user}");
        history.record(0, &[("load", 1.0)], &[("user", &user)]).unwrap();
        history.record(0, &[(&user, 1.0)], &[]).unwrap();
    }
    assert!(history.series().count() <= 8);
    assert_eq!(load(&history, 0, 1, 60.0, Aggregation::Sum), [1000.0]);
    let other = history.query("load", 0, 1, 60.0, Aggregation::Sum, &[("user", "other")], None).unwrap();
    assert_eq!(other.values(), [997.0]);
    let counts = history.counts();
    assert_eq!((counts.kept, counts.folded, counts.no_room), (1003, 997, 997));
    // A week later all of them have aged out, and there is room again.
    (0..3).for_each(|i| history.record(200 * HOUR + i, &[("load", 1.0)], &[("user", "new")]).unwrap());
    assert_eq!(history.series().count(), 1);
    assert_eq!(history.counts().folded, 997);
}

#[test]
fn bad_input_is_refused_by_name_and_changes_nothing() {
    let of = |retention: &[(f64, f64)]| {
        let config = HistoryConfig { retention: retention.to_vec(), ..HistoryConfig::default() };
        History::new(config).unwrap_err().to_string()
    };
    for wrong in [
        &[][..],
        &[(0.0, 60.0)],
        &[(60.0, f64::NAN)],
        &[(60.0, 30.0)],
        &[(60.0, 3600.0), (90.0, 7200.0)],
        &[(60.0, 3600.0), (300.0, 3600.0)],
        &[(300.0, 3600.0), (60.0, 7200.0)],
        &[(0.001, 1e15)],
    ] {
        assert!(of(wrong).starts_with("retention: "), "{wrong:?}: {}", of(wrong));
    }
    for max_series in [0, usize::MAX] {
        assert!(History::new(small(max_series)).unwrap_err().to_string().starts_with("max_series: "));
    }
    let jump = HistoryConfig { max_jump_seconds: 0.0, ..small(1) };
    assert!(History::new(jump).unwrap_err().to_string().starts_with("max_jump_seconds: "));

    let mut history = history(4);
    history.record(0, &[("load", 1.0)], &[]).unwrap();
    let before = history.clone();
    let mut refused = |values: &[(&str, f64)], tags: &[(&str, &str)]| {
        history.record(1, values, tags).unwrap_err().to_string()
    };
    assert_eq!(refused(&[("load", 1.0), ("cpu", f64::INFINITY)], &[]), "values: \"cpu\" is inf");
    assert!(refused(&[("", 1.0)], &[]).starts_with("values: "));
    assert!(refused(&[("load", 1.0)], &[("", "x")]).starts_with("tags: "));
    assert!(
        refused(&[("load", 1.0)], &[("user", "a"), ("user", "b")]).starts_with("tags: has \"user\" twice")
    );
    assert!(refused(&[("load", 1.0)], &[("user", &"x".repeat(257))]).starts_with("tags: "));
    assert!(refused(&[("load", 1.0); 10_001], &[]).starts_with("values: "));
    assert_eq!(history, before);
    let ask = |start, end, step| history.query("load", start, end, step, Aggregation::Mean, &[], None);
    assert!(ask(5, 5, 60.0).unwrap_err().to_string().starts_with("end: "));
    assert!(ask(i64::MIN, i64::MAX, 60.0).unwrap_err().to_string().starts_with("end: "));
    assert!(ask(0, 1, -1.0).unwrap_err().to_string().starts_with("step_seconds: "));
    let damaged = history.snapshot().unwrap().split_last().unwrap().1.to_vec();
    assert!(History::restore(&damaged).is_err());
}

fn sample() -> impl Strategy<Value = (i64, f64, usize)> {
    let time = prop_oneof![9 => 990 * HOUR..1000 * HOUR, 1 => any::<i64>()];
    (time, prop_oneof![9 => -1e6..1e6f64, 1 => Just(1e300)], 0..4usize)
}

fn record(history: &mut History, sample: &(i64, f64, usize)) -> Result<()> {
    let tag = format!("{}", sample.2);
    history.record(sample.0, &[("load", sample.1)], &[("tag", &tag)])
}

proptest! {
    #[test]
    fn coarse_queries_say_what_fine_ones_say(samples in prop::collection::vec((999 * HOUR..1000 * HOUR, -1e6..1e6f64, 0..4usize), 1..100)) {
        let mut history = history(3);
        samples.iter().for_each(|sample| record(&mut history, sample).unwrap());
        for how in HOWS {
            // The hour of minutes is whole only if the newest sample lies in its last minute, so two levels that both reach are compared.
            let (start, end) = (995 * HOUR, 1000 * HOUR);
            let fine: Series = history.query("load", start, end, 300.0, how, &[], None).unwrap();
            let coarse = history.query("load", start, end, 3600.0, how, &[], None).unwrap();
            if how == Aggregation::Mean {
                let sums = history.query("load", start, end, 3600.0, Aggregation::Sum, &[], None).unwrap();
                let counts = history.query("load", start, end, 3600.0, Aggregation::Count, &[], None).unwrap();
                for ((mean, sum), count) in coarse.values().iter().zip(sums.values()).zip(counts.values()) {
                    prop_assert!(*mean == sum / count || (mean.is_nan() && *count == 0.0));
                }
                continue;
            }
            let folded = if how == Aggregation::Count { fine.resample(3600.0, Aggregation::Sum).unwrap() } else { fine.resample(3600.0, how).unwrap() };
            for (at, value) in folded.values().iter().enumerate() {
                let other = coarse.values()[at];
                prop_assert!(*value == other || (value - other).abs() <= 1e-9 * value.abs() || (value.is_nan() && other.is_nan()), "{how:?}: {value} {other}");
            }
        }
    }

    #[test]
    fn nothing_that_comes_in_breaks_a_history_and_a_restored_one_goes_on(samples in prop::collection::vec(sample(), 1..80), cut in 0..80usize) {
        let mut history = history(3);
        let cut = cut.min(samples.len());
        samples[..cut].iter().for_each(|sample| record(&mut history, sample).unwrap());
        let mut restored = History::restore(&history.snapshot().unwrap()).unwrap();
        prop_assert_eq!(&restored, &history);
        for sample in &samples[cut..] {
            record(&mut history, sample).unwrap();
            record(&mut restored, sample).unwrap();
        }
        prop_assert_eq!(restored.snapshot().unwrap(), history.snapshot().unwrap());
        for how in HOWS {
            let answer = history.query("load", 900 * HOUR, 1000 * HOUR, 3600.0, how, &[], None).unwrap();
            prop_assert!(answer.values().iter().all(|value| !value.is_infinite()));
        }
        let counts = history.counts();
        let waiting = samples.len() as u64 - counts.kept - counts.no_room - counts.too_late - counts.too_early;
        prop_assert!(waiting <= 2 && counts.folded <= counts.kept, "{counts:?}");
        prop_assert!(history.series().count() <= 3);
    }
}
