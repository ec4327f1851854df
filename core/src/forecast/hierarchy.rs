//! Loads by tag, of which the parts sum to the whole, and forecasts of them that do so too.
//!
//! The leaves are combinations of tags; the whole, and the leaves that share a tag's value, are sums of leaves. Forecasts of
//! each on its own do not add up. The least change, weighted by how sure each is, that makes them do so is
//! b̃ = b̂ + W_b·Aᵀ·(W_a + A·W_b·Aᵀ)⁻¹·(â − A·b̂) for leaves b and sums a = A·b, with W the variances: MinT with a diagonal
//! covariance (Wickramasuriya, Athanasopoulos & Hyndman 2019, "Optimal forecast reconciliation for hierarchical and grouped
//! time series through trace minimization", JASA 114, in the form of its section 2.5).

use super::Forecast;
use crate::error::{Error, Result};
use nalgebra::{DMatrix, DVector};
use std::collections::BTreeMap;

/// Tags: keys and values.
pub type Tags = BTreeMap<String, String>;

const MOST_LEAVES: usize = 100_000;
/// The system to solve at each step has so many rows.
const MOST_SUMS: usize = 2_000;

/// How forecasts are made to add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reconciliation {
    /// Every forecast gives way in proportion to its variance at that step.
    #[default]
    Variance,
    /// The leaves stay, and the sums follow.
    BottomUp,
}

impl Reconciliation {
    /// Reads `variance` or `bottom_up`.
    ///
    /// # Errors
    /// [`Error::Config`] for any other name.
    pub fn from_name(name: &str) -> Result<Self> {
        match name {
            "variance" => Ok(Reconciliation::Variance),
            "bottom_up" => Ok(Reconciliation::BottomUp),
            other => Err(Error::config("method", format!("\"{other}\" is neither variance nor bottom_up"))),
        }
    }
}

/// Which loads are sums of which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hierarchy {
    nodes: Vec<Tags>,
    /// For each sum, which leaves it has.
    members: Vec<Vec<usize>>,
}

impl Hierarchy {
    /// The hierarchy of loads with the tags `leaves`, which must differ: the whole, then for each key of `groups` one sum for
    /// each value of it (in the order in which they first appear among the leaves), then the leaves.
    ///
    /// # Errors
    /// [`Error::Config`] for fewer than 1 or more than 100,000 leaves, the same leaf or key twice, a key that no leaf has, or more
    /// than 2,000 sums.
    pub fn new(leaves: &[Tags], groups: &[&str]) -> Result<Self> {
        if leaves.is_empty() || leaves.len() > MOST_LEAVES {
            return Err(Error::config("leaves", format!("must be 1 to {MOST_LEAVES}, got {}", leaves.len())));
        }
        let mut sorted: Vec<&Tags> = leaves.iter().collect();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair.first() == pair.last()) {
            return Err(Error::config(
                "leaves",
                format!("has {:?} twice", pair.first().unwrap_or(&&Tags::new())),
            ));
        }
        let mut nodes = vec![Tags::new()];
        let mut members = vec![(0..leaves.len()).collect::<Vec<usize>>()];
        for (at, key) in groups.iter().enumerate() {
            if groups.iter().take(at).any(|other| other == key) {
                return Err(Error::config("groups", format!("has \"{key}\" twice")));
            }
            let mut positions: BTreeMap<&str, usize> = BTreeMap::new();
            for (at, leaf) in leaves.iter().enumerate() {
                let Some(value) = leaf.get(*key) else { continue };
                let sum = *positions.entry(value).or_insert_with(|| {
                    nodes.push(Tags::from([((*key).to_owned(), value.clone())]));
                    members.push(Vec::new());
                    members.len() - 1
                });
                members.get_mut(sum).into_iter().for_each(|members| members.push(at));
            }
            if positions.is_empty() {
                return Err(Error::config("groups", format!("no leaf has the tag \"{key}\"")));
            }
        }
        if members.len() > MOST_SUMS {
            return Err(Error::config(
                "groups",
                format!("give {} sums, at most {MOST_SUMS} are allowed", members.len()),
            ));
        }
        nodes.extend_from_slice(leaves);
        Ok(Hierarchy { nodes, members })
    }

    /// The tags of each load: those of the whole (none), of the sums, of the leaves. A load is the sum of the leaves that have
    /// all of its tags.
    pub fn nodes(&self) -> &[Tags] {
        &self.nodes
    }

    /// Forecasts that add up, from one for each of [`Hierarchy::nodes`] in their order. The means of sums are the sums of the
    /// means of their leaves; around its mean each keeps its law, so that intervals stay as wide as each load's own errors
    /// made them (quantiles of sums are not sums of quantiles). With `non_negative`, leaves that would go below 0 are held
    /// at 0, the others give way, and no quantile goes below 0.
    ///
    /// # Errors
    /// [`Error::Data`] for another count of forecasts, or forecasts of different steps.
    pub fn reconcile(
        &self,
        forecasts: &[&Forecast],
        method: Reconciliation,
        non_negative: bool,
    ) -> Result<Vec<Forecast>> {
        if forecasts.len() != self.nodes.len() {
            let problem =
                format!("has {}, but the hierarchy has {} loads", forecasts.len(), self.nodes.len());
            return Err(Error::data("forecasts", problem));
        }
        let times = forecasts.first().map(|forecast| forecast.times()).unwrap_or_default();
        if let Some(at) = forecasts.iter().position(|forecast| forecast.times() != times) {
            return Err(Error::data("forecasts", format!("forecast {at} is not of the steps of the first")));
        }
        let mut means: Vec<Vec<f64>> = vec![Vec::with_capacity(times.len()); forecasts.len()];
        for step in 0..times.len() {
            let mean = |forecast: &&Forecast| forecast.mean().get(step).copied().unwrap_or(0.0);
            let (sums, leaves) = forecasts.split_at(self.members.len());
            let (sums, leaves): (Vec<f64>, Vec<f64>) =
                (sums.iter().map(mean).collect(), leaves.iter().map(mean).collect());
            let leaves = match method {
                Reconciliation::BottomUp => leaves,
                Reconciliation::Variance => {
                    let sigma = |forecast: &&Forecast| forecast.standard_deviation().get(step).copied();
                    let sigmas: Vec<f64> =
                        forecasts.iter().map(|forecast| sigma(forecast).unwrap_or(f64::NAN)).collect();
                    self.least_change(&sums, leaves, &variances(&sigmas), non_negative)
                }
            };
            let leaves: Vec<f64> =
                leaves.iter().map(|leaf| if non_negative { leaf.max(0.0) } else { *leaf }).collect();
            let (sums, own) = means.split_at_mut(self.members.len());
            sums.iter_mut().zip(&self.members).for_each(|(sum, members)| sum.push(total(members, &leaves)));
            own.iter_mut().zip(&leaves).for_each(|(mean, leaf)| mean.push(*leaf));
        }
        let floor = if non_negative { 0.0 } else { f64::NEG_INFINITY };
        Ok(forecasts.iter().zip(means).map(|(forecast, mean)| forecast.moved_to(mean, floor)).collect())
    }

    /// The leaves after the least change, weighted by the variances, that lets them add up with the sums.
    fn least_change(
        &self,
        sums: &[f64],
        mut leaves: Vec<f64>,
        variances: &[f64],
        non_negative: bool,
    ) -> Vec<f64> {
        let (of_sums, of_leaves) = variances.split_at(sums.len());
        let mut of_leaves = of_leaves.to_vec();
        let before = leaves.clone();
        // Each round holds at least one more leaf at 0.
        for _ in 0..=before.len() {
            let Some(changed) = self.solved(sums, &leaves, of_sums, &of_leaves) else { return before };
            if !non_negative || changed.iter().all(|leaf| *leaf >= 0.0) {
                return changed;
            }
            for ((leaf, variance), changed) in leaves.iter_mut().zip(&mut of_leaves).zip(changed) {
                if changed < 0.0 {
                    (*leaf, *variance) = (0.0, 0.0);
                }
            }
        }
        leaves
    }

    fn solved(&self, sums: &[f64], leaves: &[f64], of_sums: &[f64], of_leaves: &[f64]) -> Option<Vec<f64>> {
        let mut sums_of: Vec<Vec<usize>> = vec![Vec::new(); leaves.len()];
        for (sum, members) in self.members.iter().enumerate() {
            for leaf in members {
                sums_of.get_mut(*leaf)?.push(sum);
            }
        }
        let mut system = DMatrix::from_diagonal(&DVector::from_column_slice(of_sums));
        for (sums, variance) in sums_of.iter().zip(of_leaves) {
            for row in sums {
                sums.iter().for_each(|column| {
                    if let Some(cell) = system.get_mut((*row, *column)) {
                        *cell += variance;
                    }
                });
            }
        }
        let gaps = self.members.iter().zip(sums).map(|(members, sum)| sum - total(members, leaves));
        let gaps = DVector::from_iterator(sums.len(), gaps);
        let shares = system.cholesky()?.solve(&gaps);
        let give = |(sums, (leaf, variance)): (&Vec<usize>, (&f64, &f64))| {
            leaf + variance * sums.iter().filter_map(|sum| shares.get(*sum)).sum::<f64>()
        };
        let changed: Vec<f64> = sums_of.iter().zip(leaves.iter().zip(of_leaves)).map(give).collect();
        changed.iter().all(|leaf| leaf.is_finite()).then_some(changed)
    }
}

fn total(members: &[usize], leaves: &[f64]) -> f64 {
    let sum: f64 = members.iter().filter_map(|leaf| leaves.get(*leaf)).sum();
    sum.clamp(f64::MIN, f64::MAX)
}

/// Squares in units of the largest: one that is not known counts as the largest, and none is less than 10⁻¹² of it.
fn variances(sigmas: &[f64]) -> Vec<f64> {
    let largest = sigmas.iter().copied().filter(|sigma| sigma.is_finite()).fold(0.0, f64::max);
    let ratio = |sigma: &f64| if sigma.is_nan() || largest == 0.0 { 1.0 } else { sigma / largest };
    sigmas.iter().map(|sigma| (ratio(sigma) * ratio(sigma)).max(1e-12)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tags(text: &str) -> Tags {
        text.split(' ')
            .filter_map(|pair| pair.split_once('='))
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect()
    }

    fn hierarchy() -> Hierarchy {
        let leaves = ["tenant=a kind=x", "tenant=a kind=y", "tenant=b kind=x"].map(tags);
        Hierarchy::new(&leaves, &["tenant", "kind"]).unwrap()
    }

    fn forecasts(means: &[f64], sigmas: &[f64]) -> Vec<Forecast> {
        let of = |(mean, sigma): (&f64, &f64)| {
            Forecast::normal(0, 60.0, &[0.8], vec![*mean], vec![*sigma]).unwrap()
        };
        means.iter().zip(sigmas).map(of).collect()
    }

    fn reconciled(
        means: &[f64],
        sigmas: &[f64],
        method: Reconciliation,
        non_negative: bool,
    ) -> Vec<Forecast> {
        let forecasts = forecasts(means, sigmas);
        hierarchy().reconcile(&forecasts.iter().collect::<Vec<_>>(), method, non_negative).unwrap()
    }

    fn adds_up(forecasts: &[Forecast]) {
        let m: Vec<f64> = forecasts.iter().map(|forecast| forecast.mean()[0]).collect();
        assert_eq!(m[0], m[5] + m[6] + m[7]);
        assert_eq!((m[1], m[2], m[3], m[4]), (m[5] + m[6], m[7], m[5] + m[7], m[6]));
    }

    #[test]
    fn sums_follow_from_tags() {
        let hierarchy = hierarchy();
        let expected = [
            "",
            "tenant=a",
            "tenant=b",
            "kind=x",
            "kind=y",
            "tenant=a kind=x",
            "tenant=a kind=y",
            "tenant=b kind=x",
        ];
        assert_eq!(hierarchy.nodes(), expected.map(tags));
        let refused = |leaves: &[&str], groups: &[&str]| {
            let leaves: Vec<Tags> = leaves.iter().map(|leaf| tags(leaf)).collect();
            Hierarchy::new(&leaves, groups).unwrap_err().to_string()
        };
        assert!(refused(&[], &[]).starts_with("leaves: "));
        assert!(refused(&["a=1", "a=2", "a=1"], &[]).starts_with("leaves: has {\"a\": \"1\"} twice"));
        assert!(refused(&["a=1"], &["a", "a"]).starts_with("groups: has \"a\" twice"));
        assert!(refused(&["a=1"], &["b"]).starts_with("groups: no leaf has the tag \"b\""));
        let many: Vec<Tags> = (0..2001).map(|i| tags(&format!("a={i}"))).collect();
        assert!(Hierarchy::new(&many, &["a"]).unwrap_err().to_string().starts_with("groups: give 2002"));
    }

    #[test]
    fn two_equally_sure_leaves_share_the_gap_with_their_sum() {
        // By hand: with equal variances each of three numbers gives way by a third of the gap.
        let hierarchy = Hierarchy::new(&["a=1", "a=2"].map(tags), &[]).unwrap();
        let base = forecasts(&[13.0, 4.0, 6.0], &[2.0; 3]);
        let all =
            hierarchy.reconcile(&base.iter().collect::<Vec<_>>(), Reconciliation::Variance, true).unwrap();
        let means: Vec<f64> = all.iter().map(|forecast| forecast.mean()[0]).collect();
        assert!((means[1] - 5.0).abs() < 1e-12 && (means[2] - 7.0).abs() < 1e-12, "{means:?}");
        assert_eq!(means[0], means[1] + means[2]);
        assert_eq!(all[0].standard_deviation(), [2.0], "the law moves as it is");
    }

    #[test]
    fn the_least_change_is_that_of_others() {
        let text = include_str!("../../../tests/vectors/oracle/hierarchy.json");
        let vectors: serde_json::Value = serde_json::from_str(text).unwrap();
        for case in vectors["cases"].as_array().unwrap() {
            let leaves: Vec<Tags> = serde_json::from_value(case["leaves"].clone()).unwrap();
            let groups: Vec<String> = serde_json::from_value(case["groups"].clone()).unwrap();
            let hierarchy =
                Hierarchy::new(&leaves, &groups.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
            let numbers = |name: &str| serde_json::from_value::<Vec<f64>>(case[name].clone()).unwrap();
            let base = forecasts(&numbers("means"), &numbers("sigmas"));
            let all = hierarchy
                .reconcile(&base.iter().collect::<Vec<_>>(), Reconciliation::Variance, false)
                .unwrap();
            for (got, want) in all.iter().zip(numbers("reconciled")) {
                assert!((got.mean()[0] - want).abs() <= 1e-9 * want.abs(), "{} {want}", got.mean()[0]);
            }
        }
    }

    #[test]
    fn leaves_stay_when_built_from_the_bottom() {
        let all = reconciled(
            &[100.0, 1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 4.0],
            &[1.0; 8],
            Reconciliation::BottomUp,
            true,
        );
        assert_eq!(
            all.iter().map(|forecast| forecast.mean()[0]).collect::<Vec<_>>(),
            [9.0, 5.0, 4.0, 6.0, 3.0, 2.0, 3.0, 4.0]
        );
    }

    #[test]
    fn other_counts_and_other_steps_are_refused() {
        let base = forecasts(&[1.0; 8], &[1.0; 8]);
        let mut all: Vec<&Forecast> = base.iter().collect();
        let other = Forecast::normal(60_000, 60.0, &[], vec![1.0], vec![1.0]).unwrap();
        all[3] = &other;
        let refused = |all: &[&Forecast]| {
            hierarchy().reconcile(all, Reconciliation::Variance, true).unwrap_err().to_string()
        };
        assert_eq!(refused(&all), "forecasts: forecast 3 is not of the steps of the first");
        assert!(refused(&all[..7]).starts_with("forecasts: has 7, but"));
        assert!(Reconciliation::from_name("magic").is_err());
    }

    proptest! {
        #[test]
        fn forecasts_add_up_and_what_adds_up_stays(means in prop::collection::vec(-1e6..1e6f64, 8), sigmas in prop::collection::vec(prop_oneof![5 => 0.0..1e5f64, 1 => Just(f64::NAN), 1 => Just(0.0)], 8), non_negative: bool) {
            for method in [Reconciliation::Variance, Reconciliation::BottomUp] {
                let all = reconciled(&means, &sigmas, method, non_negative);
                adds_up(&all);
                let again = reconciled(&all.iter().map(|forecast| forecast.mean()[0]).collect::<Vec<_>>(), &sigmas, method, non_negative);
                for (forecast, again) in all.iter().zip(&again) {
                    let (a, b) = (forecast.mean()[0], again.mean()[0]);
                    prop_assert!((a - b).abs() <= 1e-6 * (1.0 + a.abs()), "{a} {b}");
                    prop_assert!(!non_negative || a >= 0.0);
                    let low = forecast.quantile(0.01).unwrap()[0];
                    prop_assert!(low.is_nan() || !non_negative || low >= 0.0);
                }
            }
        }
    }
}
