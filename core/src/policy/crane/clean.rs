//! Cleaning before the search for a period: what follows the last long gap, gaps filled, whole hours, outliers replaced.

/// The longest gap, in hours, that is filled; history begins anew after a longer one.
const LONGEST_GAP_HOURS: usize = 1;

/// A cleaned load, and how many steps after its last value were left out.
pub(super) struct Cleaned {
    pub(super) values: Vec<f64>,
    pub(super) steps_since: usize,
}

/// `hour` is the count of steps in an hour.
pub(super) fn clean(loads: impl Iterator<Item = f64>, hour: usize) -> Cleaned {
    let mut values: Vec<f64> = Vec::new();
    let mut gap = 0;
    for load in loads {
        if load.is_nan() {
            gap += 1;
            continue;
        }
        match values.last() {
            _ if gap > LONGEST_GAP_HOURS * hour => values.clear(),
            Some(&before) => {
                values.extend((1..=gap).map(|i| before + (load - before) * i as f64 / (gap + 1) as f64))
            }
            None => {}
        }
        gap = 0;
        values.push(load);
    }
    let whole = values.len() - values.len() % hour.max(1);
    values.drain(..values.len() - whole);
    replace_outliers(&mut values);
    Cleaned { values, steps_since: gap }
}

/// Values beyond the quantiles 0.001 and 0.999 become the value before.
fn replace_outliers(values: &mut [f64]) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = |share: f64| share * sorted.len().saturating_sub(1) as f64;
    let at = |rank: f64| sorted.get(rank as usize).copied();
    let (Some(low), Some(high)) = (at(rank(0.001)), at(rank(0.999).ceil())) else { return };
    let mut before = f64::NAN;
    for value in values {
        if (*value > high || *value < low) && !before.is_nan() {
            *value = before;
        }
        before = *value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_and_a_long_one_begins_anew() {
        let nan = f64::NAN;
        let cleaned = |loads: &[f64]| {
            let Cleaned { values, steps_since } = clean(loads.iter().copied(), 2);
            (values, steps_since)
        };
        assert_eq!(cleaned(&[1.0, nan, nan, 4.0]), (vec![1.0, 2.0, 3.0, 4.0], 0));
        assert_eq!(cleaned(&[9.0, 9.0, nan, nan, nan, 1.0, 2.0, 3.0]), (vec![2.0, 3.0], 0));
        assert_eq!(cleaned(&[nan, 1.0, 2.0, nan]), (vec![1.0, 2.0], 1));
        assert_eq!(cleaned(&[]), (vec![], 0));
    }

    #[test]
    fn the_thousandth_part_at_either_end_is_replaced() {
        let mut loads: Vec<f64> = (0..3000).map(|i| f64::from(i % 10)).collect();
        (loads[1500], loads[2000]) = (1e6, -5.0);
        let cleaned = clean(loads.iter().copied(), 60).values;
        assert_eq!((cleaned[1500], cleaned[2000]), (9.0, 9.0));
        assert_eq!(cleaned.len(), 3000);
    }
}
