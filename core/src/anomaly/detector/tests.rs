use super::*;
use crate::random::Random;
use proptest::prelude::*;

const MINUTE: i64 = 60_000;

/// A day's cycle around 100 with noise, at five-minute samples.
fn usual(random: &mut Random, step: i64) -> f64 {
    let phase = step as f64 / 288.0 * std::f64::consts::TAU;
    100.0 + 30.0 * phase.sin() + 2.0 * random.normal()
}

/// A detector that has seen ten usual days, and where they ended.
fn taught(seed: u64) -> (Detector, Random, i64) {
    let mut detector = Detector::new(DetectorConfig::default()).unwrap();
    let mut random = Random::new(seed);
    for step in 0..2880 {
        detector.observe(step * 5 * MINUTE, usual(&mut random, step)).unwrap();
    }
    (detector, random, 2880)
}

/// The kinds in the alarms that begin when the usual load is changed by `change` for some hours.
fn kinds(seed: u64, hours: i64, change: impl Fn(i64, f64) -> f64) -> Vec<AnomalyKind> {
    let (mut detector, mut random, start) = taught(seed);
    let sample =
        |step| detector.observe((start + step) * 5 * MINUTE, change(step, usual(&mut random, start + step)));
    (0..12 * hours)
        .map(sample)
        .map(Result::unwrap)
        .filter(|it| it.kind != AnomalyKind::Ordinary)
        .map(|it| it.kind)
        .collect()
}

#[test]
fn each_kind_is_told_by_its_name() {
    assert_eq!(
        kinds(1, 1, |step, usual| usual + if step == 5 { 60.0 } else { 0.0 }).first(),
        Some(&AnomalyKind::Spike)
    );
    assert_eq!(
        kinds(2, 1, |step, usual| usual - if step == 5 { 60.0 } else { 0.0 }).first(),
        Some(&AnomalyKind::Drop)
    );
    assert!(kinds(3, 6, |_, usual| usual + 60.0).contains(&AnomalyKind::LevelShift));
    assert!(kinds(4, 6, |_, _| 100.0).contains(&AnomalyKind::FlatLine));
    assert_eq!(kinds(5, 1, |_, _| f64::NAN).first(), Some(&AnomalyKind::Missing));
    assert!(kinds(6, 48, |step, usual| usual + 0.12 * step as f64).contains(&AnomalyKind::Drift));
    let slow = kinds(7, 24 * 21, |step, usual| usual + 0.004 * step as f64);
    assert!(slow.contains(&AnomalyKind::SlowChange) || slow.contains(&AnomalyKind::Drift), "{slow:?}");
}

#[test]
fn a_gap_in_the_times_is_missing_data_too() {
    let (mut detector, mut random, start) = taught(8);
    let value = usual(&mut random, start + 20);
    let anomaly = detector.observe((start + 20) * 5 * MINUTE, value).unwrap();
    assert!(
        anomaly.kind == AnomalyKind::Missing && anomaly.score > 0.5 && anomaly.severity > 0.0,
        "{anomaly:?}"
    );
}

#[test]
fn one_wild_stamp_costs_nothing_and_a_true_gap_is_told_with_the_second_sample() {
    for (ahead, step_seconds) in [(50, None), (1 << 20, None), (1 << 40, None), (1 << 40, Some(300.0))] {
        let mut detector =
            Detector::new(DetectorConfig { step_seconds, ..DetectorConfig::default() }).unwrap();
        let mut spared = detector.clone();
        let mut random = Random::new(16);
        for step in 0..3000 {
            // At the very beginning, while the step is learned, and later.
            if [0, 2, 2900].contains(&step) {
                let wild = detector.observe((step + ahead) * 5 * MINUTE, 100.0).unwrap();
                assert!(wild.score < 0.5 || ahead == 50, "{wild:?}");
            }
            let value = usual(&mut random, step);
            detector.observe(step * 5 * MINUTE, value).unwrap();
            spared.observe(step * 5 * MINUTE, value).unwrap();
        }
        let spikes = [&mut detector, &mut spared].map(|each| each.observe(3000 * 5 * MINUTE, 400.0).unwrap());
        assert!(
            spikes.iter().all(|spike| spike.kind == AnomalyKind::Spike && spike.score > 0.5),
            "{spikes:?}"
        );
        assert_eq!(detector.clock.step_ms, Some(300_000.0));
        assert!(Detector::restore(&detector.snapshot().unwrap()).unwrap() == detector);
    }
    let (mut detector, _, start) = taught(17);
    let gap = [1000, 1001].map(|step| detector.observe((start + step) * 5 * MINUTE, 100.0).unwrap());
    assert!(gap[0].score < 0.5 && gap[1].kind == AnomalyKind::Missing && gap[1].score > 0.5, "{gap:?}");
}

#[test]
fn an_event_alarms_when_it_begins_and_its_severity_lasts() {
    let (mut detector, mut random, start) = taught(9);
    let answers: Vec<Anomaly> = (0..24)
        .map(|step| {
            detector.observe((start + step) * 5 * MINUTE, usual(&mut random, start + step) + 80.0).unwrap()
        })
        .collect();
    // Once when it begins; again only where it became ten times rarer.
    assert!(answers.iter().filter(|answer| answer.score >= 0.5).count() <= 2, "{answers:?}");
    assert!(
        answers[0].score > 0.9 && answers.iter().take(6).all(|answer| answer.severity > 0.0),
        "{answers:?}"
    );
}

/// On ordinary data the share of samples that begin an alarm is the wanted one, by the bound (range of θ)/(γ·T).
#[test]
fn the_alarm_rate_is_the_wanted_one() {
    for (rate, seed) in [(0.002, 10), (0.005, 11)] {
        let mut detector =
            Detector::new(DetectorConfig { alarm_rate: rate, ..DetectorConfig::default() }).unwrap();
        let mut random = Random::new(seed);
        let (mut alarms, steps) = (0.0, 100_000);
        let before = detector.threshold;
        for step in 0..steps {
            let anomaly = detector.observe(step * 5 * MINUTE, usual(&mut random, step)).unwrap();
            alarms += if anomaly.score >= 0.5 { 1.0 } else { 0.0 };
        }
        let found = alarms / steps as f64;
        let predicted = rate + (detector.threshold - before) / (GAIN * steps as f64);
        assert!((found - predicted).abs() < 1e-9, "{found} {predicted}");
        assert!((found / rate - 1.0).abs() < 0.15, "{found} where {rate} is wanted");
    }
}

#[test]
fn little_data_is_ordinary() {
    let mut detector = Detector::new(DetectorConfig::default()).unwrap();
    let mut random = Random::new(12);
    for step in 0..100 {
        let value = if step == 50 { 1e6 } else { usual(&mut random, step) };
        let anomaly = detector.observe(step * 5 * MINUTE, value).unwrap();
        assert!(anomaly.kind == AnomalyKind::Ordinary && anomaly.score < 0.5 && anomaly.severity == 0.0);
    }
}

#[test]
fn an_outlier_is_not_learned_but_a_new_level_is() {
    let (mut detector, mut random, start) = taught(13);
    detector.observe(start * 5 * MINUTE, 1e9).unwrap();
    let after: Vec<Anomaly> = (1..600)
        .map(|step| detector.observe((start + step) * 5 * MINUTE, usual(&mut random, start + step)).unwrap())
        .collect();
    let alarms = after.iter().skip(100).filter(|answer| answer.score >= 0.5).count();
    assert!(alarms <= 4, "{alarms} alarms in the two days after an outlier");
    let (mut detector, mut random, start) = taught(14);
    let shifted: Vec<Anomaly> = (0..288 * 14)
        .map(|step| {
            detector.observe((start + step) * 5 * MINUTE, usual(&mut random, start + step) + 200.0).unwrap()
        })
        .collect();
    let alarms = shifted.iter().skip(288 * 7).filter(|answer| answer.score >= 0.5).count();
    assert!(alarms <= 12, "{alarms} alarms in the second week on a new level");
}

#[test]
fn what_is_refused_changes_nothing() {
    let (mut detector, _, start) = taught(15);
    let before = detector.clone();
    assert!(detector.observe((start - 2) * 5 * MINUTE, 1.0).unwrap_err().to_string().starts_with("time: "));
    assert!(
        detector.observe(start * 5 * MINUTE, f64::INFINITY).unwrap_err().to_string().starts_with("value: ")
    );
    assert_eq!(detector, before);
    for (config, field) in [
        (DetectorConfig { alarm_rate: 0.0, ..DetectorConfig::default() }, "alarm_rate"),
        (DetectorConfig { alarm_rate: 0.5, ..DetectorConfig::default() }, "alarm_rate"),
        (DetectorConfig { step_seconds: Some(0.0), ..DetectorConfig::default() }, "step_seconds"),
        (DetectorConfig { season_seconds: f64::NAN, ..DetectorConfig::default() }, "season_seconds"),
    ] {
        assert!(Detector::new(config).unwrap_err().to_string().starts_with(field));
    }
}

#[test]
fn a_restored_detector_goes_on_bit_for_bit() {
    let (mut detector, mut random, start) = taught(16);
    let bytes = detector.snapshot().unwrap();
    let mut restored = Detector::restore(&bytes).unwrap();
    assert_eq!(restored, detector);
    for step in 0..500 {
        let value = if step % 97 == 0 { f64::NAN } else { usual(&mut random, start + step) };
        let time = (start + step) * 5 * MINUTE;
        assert_eq!(restored.observe(time, value).unwrap(), detector.observe(time, value).unwrap());
    }
    assert!(Detector::restore(&bytes[..bytes.len() - 1]).is_err());
}

#[test]
fn hostile_streams_stay_finite() {
    let streams: [fn(i64) -> f64; 7] = [
        |_| 5.0,
        |_| 0.0,
        |_| 1e300,
        |step| if step % 2 == 0 { 1e300 } else { -1e300 },
        |_| f64::NAN,
        |step| if step % 3 == 0 { f64::MIN_POSITIVE } else { f64::MAX },
        |step| step as f64 * 1e290,
    ];
    for (number, stream) in streams.iter().enumerate() {
        let mut detector = Detector::new(DetectorConfig::default()).unwrap();
        let mut alarms = 0;
        for step in 0..3000 {
            let anomaly = detector.observe(step * MINUTE, stream(step)).unwrap();
            assert!(
                (0.0..=1.0).contains(&anomaly.score) && anomaly.severity.is_finite(),
                "{number}: {anomaly:?}"
            );
            alarms += u32::from(anomaly.score >= 0.5);
        }
        assert!(alarms <= 30, "stream {number}: {alarms} alarms");
        let bytes = detector.snapshot().unwrap();
        assert!(Detector::restore(&bytes).is_ok(), "{number}");
    }
}

#[test]
fn one_wild_value_does_not_hide_the_anomalies_after_it() {
    for (at, wild) in
        [(None, 0.0), (Some(0), 1e300), (Some(150), 1e300), (Some(1500), 1e300), (Some(1500), 1e6)]
    {
        let mut detector = Detector::new(DetectorConfig::default()).unwrap();
        let mut random = Random::new(18);
        for step in 0..4320 {
            let value = if at == Some(step) { wild } else { usual(&mut random, step) };
            detector.observe(step * 5 * MINUTE, value).unwrap();
        }
        let value = usual(&mut random, 4320) + 60.0;
        let anomaly = detector.observe(4320 * 5 * MINUTE, value).unwrap();
        assert!(anomaly.kind == AnomalyKind::Spike && anomaly.score > 0.5, "{at:?}, {wild}: {anomaly:?}");
    }
}

#[test]
fn times_may_leap_far_and_stand_still() {
    let (mut detector, _, start) = taught(17);
    for time in [start * 5 * MINUTE, start * 5 * MINUTE, i64::MAX - 1, i64::MAX] {
        let anomaly = detector.observe(time, 100.0).unwrap();
        assert!(anomaly.score.is_finite() && anomaly.severity.is_finite());
    }
    let mut detector = Detector::new(DetectorConfig::default()).unwrap();
    for time in [i64::MIN, 0, i64::MAX] {
        detector.observe(time, 1.0).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_stream_is_judged(values in prop::collection::vec(prop::num::f64::ANY, 1..600), gaps in prop::collection::vec(0i64..1_000_000_000, 600)) {
        let mut detector = Detector::new(DetectorConfig::default()).unwrap();
        let mut time = 0;
        for (value, gap) in values.iter().zip(&gaps) {
            time += gap;
            let before = detector.clone();
            match detector.observe(time, *value) {
                Ok(anomaly) => {
                    prop_assert!((0.0..=1.0).contains(&anomaly.score) && anomaly.severity >= 0.0 && anomaly.severity.is_finite());
                    prop_assert_eq!(anomaly.kind == AnomalyKind::Ordinary, anomaly.severity == 0.0 && anomaly.score < 0.5);
                }
                Err(_) => {
                    prop_assert!(value.is_infinite());
                    prop_assert_eq!(before.snapshot().unwrap(), detector.snapshot().unwrap());
                }
            }
        }
        prop_assert!(Detector::restore(&detector.snapshot().unwrap()).is_ok());
    }
}
