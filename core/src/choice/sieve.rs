//! A few points that dominate many others, so that most points need not be sorted.
//!
//! Bentley, Clarkson and Levine 1993, "Fast linear expected-time algorithms for computing maxima and convex hulls",
//! Algorithmica 9, filter by one point of a good corner; here a sample tells which points dominate most, whatever the units
//! of the objectives. A greedy cover of √n sampled points costs O(n).

/// An eliminator has to dominate this share of what is left of the sample, else asking it costs more than it saves.
const LEAST_SHARE: usize = 16;

/// Most eliminators.
const MOST: usize = 12;

/// Points of a set that dominate many others of it, the strongest first; none where few are dominated.
pub(super) fn eliminators(points: &[f64], objectives: usize) -> Vec<&[f64]> {
    let count = points.len() / objectives;
    let size = count.isqrt().max(1);
    let mut sample: Vec<&[f64]> = points.chunks_exact(objectives).step_by(count / size + 1).collect();
    let mut eliminators = Vec::new();
    while eliminators.len() < MOST {
        let dominated = |point: &&[f64]| sample.iter().filter(|other| dominates(point, other)).count();
        let Some((most, eliminator)) =
            sample.iter().map(|point| (dominated(point), *point)).max_by_key(|(most, _)| *most)
        else {
            break;
        };
        if most * LEAST_SHARE < sample.len() || most == 0 {
            break;
        }
        sample.retain(|other| !dominates(eliminator, other));
        eliminators.push(eliminator);
    }
    eliminators
}

/// Whether a point is at least as good as another in every objective and better in one.
pub(super) fn dominates(point: &[f64], other: &[f64]) -> bool {
    point.iter().zip(other).all(|(a, b)| a <= b) && point != other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_of_a_grid_is_eliminated_and_nothing_of_a_front() {
        let grid: Vec<f64> = (0..900).flat_map(|i| [f64::from(i / 30), f64::from(i % 30) * 1e6]).collect();
        let found = eliminators(&grid, 2);
        let left =
            grid.chunks_exact(2).filter(|point| !found.iter().any(|eliminator| dominates(eliminator, point)));
        assert!(!found.is_empty() && left.count() < 450);
        let line: Vec<f64> = (0..900).flat_map(|i| [f64::from(i), -f64::from(i)]).collect();
        assert!(
            eliminators(&line, 2).is_empty()
                && eliminators(&[], 2).is_empty()
                && eliminators(&[1.0; 40], 2).is_empty()
        );
    }
}
