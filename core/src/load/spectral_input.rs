//! A load made ready for its spectrum: trend off, outliers drawn in, a scale of its own.
//!
//! A trend leaks into all low frequencies and an outlier into all of them, so both go first: the slope is that of Theil (1950)
//! and Sen (1968) between medians of blocks, the scale a median absolute deviation.

/// Below this, nothing can be said.
const FEWEST_VALUES: usize = 16;
/// Outliers are drawn in to this many robust standard deviations.
const OUTLIER: f64 = 4.0;
/// Values at either end of a gap that tell where a bridge stands.
const BRIDGE_ENDS: usize = 16;

/// The load without its trend, outliers and gaps, divided by its robust standard deviation; None where too little is known or nothing varies.
pub(super) fn prepare(values: &[f64]) -> Option<Vec<f64>> {
    let first = values.iter().position(|x| !x.is_nan())?;
    let last = values.iter().rposition(|x| !x.is_nan())?;
    let values = values.get(first..=last)?;
    let known: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    if known.len() < FEWEST_VALUES || 2 * known.len() < values.len() {
        return None;
    }
    let centre = median(known.clone());
    let spread = spread(&known, centre);
    // Relative to the level, what is smaller than this is rounding.
    if spread <= 1e-12 * centre.abs() || !spread.is_finite() {
        return None;
    }
    let drawn = |x: f64, most: f64| x.clamp(-most, most);
    let mut scaled: Vec<f64> = values.iter().map(|x| drawn((x - centre) / spread, 1e3)).collect();
    let level = centre;
    let slope = slope(&scaled);
    let middle = 0.5 * (scaled.len() as f64 - 1.0);
    scaled.iter_mut().zip(0u32..).for_each(|(x, t)| *x -= slope * (f64::from(t) - middle));
    let known: Vec<f64> = scaled.iter().copied().filter(|x| !x.is_nan()).collect();
    let centre = median(known.clone());
    let rest = self::spread(&known, centre);
    // What is left of a straight line, or beside a high level, is rounding.
    if rest < 1e-10 || rest * spread < 1e-13 * level.abs() {
        return None;
    }
    let spread = rest;
    let mut drawn_in: Vec<f64> = scaled.iter().map(|x| drawn((x - centre) / spread, OUTLIER)).collect();
    straighten(&mut drawn_in);
    (drawn_in.iter().filter(|x| !x.is_nan()).map(|x| x * x).sum::<f64>() > 0.0).then_some(drawn_in)
}

fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    if values.is_empty() { f64::NAN } else { *values.select_nth_unstable_by(middle, f64::total_cmp).1 }
}

/// The median absolute deviation as a standard deviation; where nearly all values are equal, the mean of all but the largest
/// few, because the floor between short pulses is no measure of them.
fn spread(known: &[f64], centre: f64) -> f64 {
    let mut deviations: Vec<f64> = known.iter().map(|x| (x - centre).abs()).collect();
    deviations.sort_unstable_by(f64::total_cmp);
    let robust = 1.4826 * deviations.get(deviations.len() / 2).copied().unwrap_or(0.0);
    let rare = deviations.len() / 200 + 1;
    deviations.truncate(deviations.len() - rare);
    let mean = deviations.iter().map(|x| x / deviations.len() as f64).sum::<f64>();
    if robust > 0.05 * mean { robust } else { mean }
}

/// Theil & Sen's slope between medians of up to 48 blocks: a straight trend that outliers do not move.
fn slope(values: &[f64]) -> f64 {
    let size = values.len().div_ceil(48).max(1);
    let blocks: Vec<(f64, f64)> = values
        .chunks(size)
        .zip(0u32..)
        .map(|(block, at)| (f64::from(at), median(block.iter().copied().filter(|x| !x.is_nan()).collect())))
        .filter(|(_, level)| !level.is_nan())
        .collect();
    let pairs = blocks.iter().enumerate().flat_map(|(i, a)| blocks.iter().skip(i + 1).map(move |b| (a, b)));
    let slopes: Vec<f64> = pairs.map(|(a, b)| (b.1 - a.1) / (b.0 - a.0)).collect();
    if slopes.is_empty() { 0.0 } else { median(slopes) / size as f64 }
}

/// Fills gaps by straight lines between the means of as many neighbours as a gap is wide, up to 16: a line between two noisy values would
/// add slow waves that are not there. Both ends are known.
pub(super) fn bridge(values: &mut [f64]) {
    let mut known: Option<usize> = None;
    for at in 0..values.len() {
        if values.get(at).is_none_or(|x| x.is_nan()) {
            continue;
        }
        if let Some(before) = known.filter(|before| at - before > 1) {
            let near = (at - before - 1).min(BRIDGE_ENDS);
            let left = mean(values.get((before + 1).saturating_sub(near)..=before).unwrap_or_default());
            let right = mean(values.get(at..(at + near).min(values.len())).unwrap_or_default());
            let width = (at - before) as f64;
            let gap = values.get_mut(before + 1..at).unwrap_or_default();
            gap.iter_mut().zip(1u32..).for_each(|(x, k)| *x = left + (right - left) * f64::from(k) / width);
        }
        known = Some(at);
    }
}

/// Of the known values, at least one.
fn mean(values: &[f64]) -> f64 {
    let known = values.iter().filter(|x| !x.is_nan());
    known.clone().sum::<f64>() / known.count() as f64
}

/// Takes the least-squares line off.
pub(super) fn straighten(values: &mut [f64]) {
    let middle = 0.5 * (values.len() as f64 - 1.0);
    let [mut count, mut t1, mut t2, mut x0, mut x1] = [0.0; 5];
    for (t, x) in
        values.iter().zip(0u32..).map(|(x, t)| (f64::from(t) - middle, x)).filter(|(_, x)| !x.is_nan())
    {
        count += 1.0;
        t1 += t;
        t2 += t * t;
        x0 += x;
        x1 += t * x;
    }
    let slope = (x1 - t1 * x0 / count) / (t2 - t1 * t1 / count);
    let level = (x0 - slope * t1) / count;
    values.iter_mut().zip(0u32..).for_each(|(x, t)| *x -= level + slope * (f64::from(t) - middle));
}
