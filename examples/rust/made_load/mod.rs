//! A load made by formula, for a first look without data of one's own. It is not measured and proves nothing.

use forescale::load::Series;

const MINUTES_A_DAY: usize = 1_440;

/// Two weeks from a Monday, one value a minute: requests per second.
///
/// A daily cycle between about 20 and 200, weekends at 60 %, noise of 4 % that drifts slowly, a flash crowd on the second Thursday that
/// doubles the load within five minutes and fades over an hour, and two gaps.
pub fn two_weeks(seed: u64) -> Series {
    let mut random = Uniform(seed);
    let mut drift = 0.0;
    let crowd = 10 * MINUTES_A_DAY + 15 * 60;
    let values = (0..14 * MINUTES_A_DAY).map(|minute| {
        let (day, hour) = (minute / MINUTES_A_DAY, (minute % MINUTES_A_DAY) as f64 / 60.0);
        let daytime = 0.5 - 0.5 * (std::f64::consts::TAU * (hour - 3.0) / 24.0).cos();
        let weekend = if day % 7 >= 5 { 0.6 } else { 1.0 };
        drift = 0.98 * drift + 0.008 * random.symmetric();
        let noise = 1.0 + drift + 0.04 * random.symmetric();
        let since = minute as f64 - crowd as f64;
        let flash = if since < 0.0 { 0.0 } else { (since / 5.0).min(1.0) * (-since / 60.0).exp() };
        let is_missing = (3_000..3_030).contains(&minute) || minute == 12_345;
        if is_missing {
            f64::NAN
        } else {
            (20.0 + 180.0 * daytime * daytime) * weekend * noise + 160.0 * flash
        }
    });
    // Monday, 6 January 2025, 00:00 UTC.
    Series::new(values.collect(), 1_736_121_600_000, 60.0).expect("a finite load on a whole step")
}

/// SplitMix64 (Steele, Lea and Flood 2014), as numbers in [−1, 1).
struct Uniform(u64);

impl Uniform {
    fn symmetric(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as i64 as f64 / 2f64.powi(63)
    }
}
