//! How long a period is: a length that clocks make wherever the data cannot tell it from the estimate.

/// The end of the data pulls a line aside by about this over the square of its cycles.
const BIAS: f64 = 0.2;
/// Relatively, no length is moved by more.
const MOST: f64 = 0.06;
const MINUTE: f64 = 60.0;
const HOUR: f64 = 3_600.0;
const DAY: f64 = 86_400.0;

/// Nearest to `seconds`: whole weeks, whole days, and whole parts of a day in hours, of an hour in minutes, of a minute in seconds.
fn made_by_clocks(seconds: f64) -> impl Iterator<Item = f64> {
    let whole = [7.0 * DAY, DAY].map(|unit| (seconds / unit).round() * unit);
    let parts = [
        (HOUR, [1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0].as_slice()),
        (MINUTE, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 10.0, 12.0, 15.0, 20.0, 30.0]),
        (1.0, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 10.0, 12.0, 15.0, 20.0, 30.0]),
    ];
    let parts = parts.into_iter().flat_map(|(unit, counts)| counts.iter().map(move |count| count * unit));
    let nearest =
        |best: f64, part: f64| if (part - seconds).abs() < (best - seconds).abs() { part } else { best };
    whole.into_iter().chain([parts.fold(0.0, nearest)])
}

/// The length in seconds of the wave of a frequency (in cycles a step), known with this relative standard error from `n` values:
/// one that clocks make, or whole steps, where twice the error leaves the choice.
pub(super) fn rounded(frequency: f64, relative_error: f64, n: f64, step_seconds: f64) -> f64 {
    let seconds = step_seconds / frequency;
    let cycles = n * frequency;
    let tolerance = seconds * (2.0 * relative_error + BIAS / (cycles * cycles)).min(MOST);
    let fits = |round: &f64| *round > 0.0 && (round - seconds).abs() <= tolerance;
    let steps = (seconds / step_seconds).round() * step_seconds;
    made_by_clocks(seconds).chain([steps]).find(fits).unwrap_or(seconds)
}
