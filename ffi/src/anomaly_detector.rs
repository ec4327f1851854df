//! Is the load as it usually is? The detector for one stream, severity and response.

use crate::error::*;
use crate::guard::*;
use engine::anomaly::{self, Detector, Severity};
use std::ffi::c_char;

/// As usual.
pub const FORESCALE_ANOMALY_ORDINARY: i32 = 0;
/// Suddenly higher.
pub const FORESCALE_ANOMALY_SPIKE: i32 = 1;
/// Suddenly lower.
pub const FORESCALE_ANOMALY_DROP: i32 = 2;
/// Another level, for some samples already.
pub const FORESCALE_ANOMALY_LEVEL_SHIFT: i32 = 3;
/// The same value over and over, or much less rough than usual.
pub const FORESCALE_ANOMALY_FLAT_LINE: i32 = 4;
/// Away from the usual over some tens of samples.
pub const FORESCALE_ANOMALY_DRIFT: i32 = 5;
/// Samples were left out or not a number.
pub const FORESCALE_ANOMALY_MISSING: i32 = 6;
/// The season's average leaves the long season's.
pub const FORESCALE_ANOMALY_SLOW_CHANGE: i32 = 7;

/// Severity 0.
pub const FORESCALE_SEVERITY_NONE: i32 = 0;
/// Severity above 0 and below 1.
pub const FORESCALE_SEVERITY_MINOR: i32 = 1;
/// Severity 1 to below 3.
pub const FORESCALE_SEVERITY_MAJOR: i32 = 2;
/// Severity 3 and more.
pub const FORESCALE_SEVERITY_CRITICAL: i32 = 3;

/// The response to an anomaly: `base` times 1 + `severity`, a severity of at least 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_response(
    base: f64,
    severity: f64,
    out_response: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_response", out_response)?;
            out.write(anomaly::response(base, severity)?);
            Ok(())
        })
    }
}

/// A severity as a level, one of `FORESCALE_SEVERITY_...`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_severity_of(
    severity: f64,
    out_level: *mut i32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_level", out_level)?;
            out.write(Severity::of(severity)?.number());
            Ok(())
        })
    }
}

/// Learns what is usual of a load stream, and tells what is not.
#[derive(Debug)]
pub struct forescale_detector;
handle!(forescale_detector, Detector);

/// A detector that has seen nothing. Settings, all optional: `{"alarm_rate": 0.002, "step_seconds": null,
/// "season_seconds": 86400.0}`; NULL stands for the defaults. The caller ends it with `forescale_detector_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_detector_create(
    config_json: *const c_char,
    out_detector: *mut *mut forescale_detector,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_detector", out_detector)?;
            out.write(create(Detector::new(config("config_json", config_json)?)?));
            Ok(())
        })
    }
}

/// Ends a detector; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_detector_destroy(detector: *mut forescale_detector) {
    // SAFETY: as above.
    unsafe { destroy(detector) }
}

/// Judges the sample `value` at `time`, in Unix milliseconds, by what came before, then learns from it; NaN is a missing sample.
/// The score is 0.5 or more where an alarm begins; the severity is above 0 while an anomaly lasts; the kind is one of
/// `FORESCALE_ANOMALY_...`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_detector_observe(
    detector: *mut forescale_detector,
    time: i64,
    value: f64,
    out_score: *mut f64,
    out_severity: *mut f64,
    out_kind: *mut i32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let score = Out::new("out_score", out_score)?;
            let severity = Out::new("out_severity", out_severity)?;
            let kind = Out::new("out_kind", out_kind)?;
            let anomaly = change("detector", detector, |detector| detector.observe(time, value))?;
            score.write(anomaly.score);
            severity.write(anomaly.severity);
            kind.write(anomaly.kind.number());
            Ok(())
        })
    }
}

/// The whole state as versioned, checksummed bytes. With NULL and a capacity of 0 it only tells how many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_detector_snapshot(
    detector: *const forescale_detector,
    out_bytes: *mut u8,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_bytes", out_bytes, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_or_measure(&read("detector", detector)?.snapshot()?, length)
        })
    }
}

/// The detector that a snapshot was taken of: it goes on as that one would, bit for bit.
/// The caller ends it with `forescale_detector_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_detector_restore(
    bytes: *const u8,
    length: usize,
    out_detector: *mut *mut forescale_detector,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_detector", out_detector)?;
            out.write(create(Detector::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::anomaly::AnomalyKind;

    #[test]
    fn the_numbers_are_those_of_the_core() {
        let kinds = [
            AnomalyKind::Ordinary,
            AnomalyKind::Spike,
            AnomalyKind::Drop,
            AnomalyKind::LevelShift,
            AnomalyKind::FlatLine,
            AnomalyKind::Drift,
            AnomalyKind::Missing,
            AnomalyKind::SlowChange,
        ];
        let numbers = [
            FORESCALE_ANOMALY_ORDINARY,
            FORESCALE_ANOMALY_SPIKE,
            FORESCALE_ANOMALY_DROP,
            FORESCALE_ANOMALY_LEVEL_SHIFT,
            FORESCALE_ANOMALY_FLAT_LINE,
            FORESCALE_ANOMALY_DRIFT,
            FORESCALE_ANOMALY_MISSING,
            FORESCALE_ANOMALY_SLOW_CHANGE,
        ];
        assert_eq!(kinds.map(AnomalyKind::number), numbers);
        let levels =
            [Severity::None, Severity::Minor, Severity::Major, Severity::Critical].map(Severity::number);
        let numbers = [
            FORESCALE_SEVERITY_NONE,
            FORESCALE_SEVERITY_MINOR,
            FORESCALE_SEVERITY_MAJOR,
            FORESCALE_SEVERITY_CRITICAL,
        ];
        assert_eq!(levels, numbers);
    }
}
