//! How often to difference: seasonally where the season is strong, then until the level test no longer rejects.
//!
//! Strength of the season: 1 − Var(remainder)/Var(season + remainder) of a classical decomposition (Wang, Smith & Hyndman 2006,
//! "Characteristic-based clustering for time series data", Data Mining and Knowledge Discovery 13). Level test: Kwiatkowski,
//! Phillips, Schmidt & Shin 1992, "Testing the null hypothesis of stationarity against the alternative of a unit root", Journal of
//! Econometrics 54, with Bartlett's window of 3√n/13 lags.

/// A season stronger than this is differenced.
const STRONG: f64 = 0.64;
/// The 5 % point of the level test (Kwiatkowski et al. 1992, table 1).
const REJECTED_BEYOND: f64 = 0.463;

/// Whether to difference at the period: the share of the detrended variance that repeats is large.
pub(super) fn season_is_strong(values: &[f64], period: usize) -> bool {
    period > 1 && values.len() > 2 * period && strength(values, period) > STRONG
}

fn strength(values: &[f64], period: usize) -> f64 {
    // A moving average over one season, with half weights at its ends where the period is even.
    let (half, even) = (period / 2, period.is_multiple_of(2));
    let detrended: Vec<(usize, f64)> = values
        .windows(2 * half + 1)
        .enumerate()
        .map(|(i, window)| {
            let ends = window.first().unwrap_or(&0.0) + window.last().unwrap_or(&0.0);
            let trend = (window.iter().sum::<f64>() - if even { 0.5 * ends } else { 0.0 }) / period as f64;
            (i % period, window.get(half).unwrap_or(&0.0) - trend)
        })
        .collect();
    let mut sums = vec![(0.0, 0.0); period];
    for (phase, value) in &detrended {
        if let Some((sum, count)) = sums.get_mut(*phase) {
            *sum += value;
            *count += 1.0;
        }
    }
    let season = |phase: usize| sums.get(phase).map_or(0.0, |(sum, count)| sum / count);
    let remainder: Vec<f64> = detrended.iter().map(|(phase, value)| value - season(*phase)).collect();
    let whole: Vec<f64> = detrended.iter().map(|(_, value)| *value).collect();
    // The season was fitted to the same values: each phase took one degree of freedom.
    let free = (detrended.len() as f64 - period as f64).max(1.0) / detrended.len() as f64;
    1.0 - variance(&remainder) / (free * variance(&whole))
}

fn variance(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / values.len() as f64
}

/// How many differences (at most `most`) make the level test silent.
pub(super) fn count(values: &[f64], most: usize) -> usize {
    let mut values = values.to_vec();
    for d in 0..most {
        if values.len() < 10 || level_statistic(&values) <= REJECTED_BEYOND {
            return d;
        }
        values = values.iter().zip(values.iter().skip(1)).map(|(before, value)| value - before).collect();
    }
    most
}

/// Squared partial sums of the deviations from the mean, over n² times their long-run variance.
fn level_statistic(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let centred: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let lags = (3.0 * n.sqrt() / 13.0) as usize;
    let autocovariance = |lag: usize| -> f64 {
        centred.iter().zip(centred.iter().skip(lag)).map(|(a, b)| a * b).sum::<f64>() / n
    };
    let tail: f64 =
        (1..=lags).map(|lag| (1.0 - lag as f64 / (lags as f64 + 1.0)) * autocovariance(lag)).sum();
    let long_run = autocovariance(0) + 2.0 * tail;
    let mut partial = 0.0;
    let squares: f64 = centred
        .iter()
        .map(|value| {
            partial += value;
            partial * partial
        })
        .sum();
    let statistic = squares / (n * n * long_run);
    if statistic.is_nan() { 0.0 } else { statistic }
}
