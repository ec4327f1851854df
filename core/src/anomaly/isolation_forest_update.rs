//! A forest learns from a stream, point by point: the point is scored, enters the window, and a slice of the next tree grows.
//!
//! Tan, Ting, Liu 2011 and Ding and Fei 2013, as [`super::isolation_stream`] says, which keeps the window.

use super::isolation_forest::{Dimensions, Fitted, IsolationForest};
use super::isolation_forest_config::MAX_WINDOW;
use super::isolation_growth::Growing;
use super::isolation_stream::{State, Stream};
use super::isolation_threshold::{EVEN, followed};
use super::sample::Draw;
use crate::error::{Error, Result, all_finite};

impl IsolationForest {
    /// Learns one point of a stream; gives the score that it had before, 0.5 while there is no tree.
    ///
    /// The first tree comes with ψ points, or with the ψ-th point after `fit`; then every window/trees points (4 until
    /// there are enough trees) the oldest tree gives way to one that was grown on a sample of the window. With a
    /// `contamination` the [`threshold`](Self::threshold) follows the scores. `fit` begins anew.
    ///
    /// Amortized O(trees · log ψ + trees/window · ψ · log ψ), no point much more than another; memory of `window` points.
    ///
    /// # Errors
    /// [`Error::Data`] for other dimensions, or a value that is NaN or infinite; [`Error::Config`] for a window too small
    /// for the samples of the trees there are. The forest is then as it was.
    pub fn update(&mut self, point: &[f64]) -> Result<f64> {
        if let Some(fitted) = &self.fitted {
            fitted.dimensions.check(point.len())?;
        }
        all_finite("point", point)?;
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.begin_stream(point.len())?,
        };
        if point.len() != stream.state.columns {
            let problem =
                format!("has {} dimensions, but the stream has {}", point.len(), stream.state.columns);
            self.stream = Some(stream);
            return Err(Error::data("point", problem));
        }
        let score = self.fitted.as_ref().map_or(EVEN, |fitted| fitted.score_point(point));
        if let (Some(fitted), Some(share)) = (&mut self.fitted, self.config.contamination) {
            fitted.threshold = followed(fitted.threshold, score, share);
        }
        stream.state.push(point);
        self.grow_slice(&mut stream);
        self.stream = Some(stream);
        Ok(score)
    }

    /// The stream of points of `columns` columns, before its first point.
    fn begin_stream(&mut self, columns: usize) -> Result<Stream> {
        if columns == 0 {
            return Err(Error::data("point", "has 0 dimensions"));
        }
        let sample_size =
            self.fitted.as_ref().map_or(self.config.sample_size, |fitted| fitted.sample_size as usize);
        let window = self.config.window.unwrap_or(sample_size.saturating_mul(8));
        let state = State { columns, window, values: Vec::new(), seen: 0, grown: 0, begun: None };
        let stream = self.stream_of(state, sample_size)?;
        if let Some(fitted) = &mut self.fitted {
            fitted.dimensions = Dimensions::Exactly(columns as u64);
        }
        Ok(stream)
    }

    /// A stream in a state, whose trees are grown on samples of `sample_size` points.
    fn stream_of(&self, state: State, sample_size: usize) -> Result<Stream> {
        let usable = state.usable(self.config.trees);
        if sample_size > usable {
            let problem = format!("of {} points leaves {usable} for trees of {sample_size}", state.window);
            return Err(Error::config("window", problem));
        }
        if state.window.saturating_mul(state.columns) > MAX_WINDOW || state.columns > i32::MAX as usize {
            let problem =
                format!("of {} points of {} dimensions is too much memory", state.window, state.columns);
            return Err(Error::config("window", problem));
        }
        let growth = self.growth(sample_size, state.columns);
        Ok(Stream { growing: Growing::new(growth), draw: Draw::equal(usable), growth, state })
    }

    /// A stream as it was when its state was saved: what had been grown of a tree is grown again.
    pub(super) fn resume(&mut self, state: State) -> Result<()> {
        let sample_size =
            self.fitted.as_ref().map_or(self.config.sample_size, |fitted| fitted.sample_size as usize);
        state.check()?;
        let columns = Dimensions::Exactly(state.columns as u64);
        if self.fitted.as_ref().is_some_and(|fitted| fitted.dimensions != columns) {
            return Err(Error::data("stream", "has other dimensions than the trees"));
        }
        let mut stream = self.stream_of(state, sample_size)?;
        let trees = self.fitted.as_ref().map_or(0, |fitted| fitted.trees.len());
        let interval = stream.state.interval(self.config.trees, trees);
        if let Some(begun) = stream.state.begun {
            stream.begin(self.config.seed, begun, self.config.trees);
            for _ in begun..stream.state.seen {
                stream.slice(interval);
            }
        }
        self.stream = Some(stream);
        Ok(())
    }

    /// A slice of work on the next tree, which takes its place when it is grown.
    fn grow_slice(&mut self, stream: &mut Stream) {
        let wanted = self.config.trees;
        let trees = self.fitted.as_ref().map_or(0, |fitted| fitted.trees.len());
        let interval = stream.state.interval(wanted, trees);
        let seen = stream.state.seen;
        let begun = match stream.state.begun {
            Some(begun) => begun,
            None if stream.state.held() < stream.growth.sample_size => return,
            None => {
                stream.begin(self.config.seed, seen - 1, wanted);
                *stream.state.begun.insert(seen - 1)
            }
        };
        stream.slice(interval);
        if seen - begun < interval as u64 {
            return;
        }
        let points = stream.state.points();
        let tree = stream.growing.finish(&points);
        match &mut self.fitted {
            Some(fitted) if fitted.trees.len() >= wanted => {
                let oldest = (stream.state.grown % wanted as u64) as usize;
                if let Some(old) = fitted.trees.get_mut(oldest) {
                    old.become_like(tree);
                }
            }
            Some(fitted) => fitted.trees.push(tree.clone()),
            None => {
                let sample_size = stream.growth.sample_size as u64;
                self.fitted = Some(Fitted {
                    trees: vec![tree.clone()],
                    sample_size,
                    dimensions: Dimensions::Exactly(stream.state.columns as u64),
                    path_length: self.config.normalizer.path_length(sample_size),
                    threshold: EVEN,
                });
            }
        }
        stream.state.grown += 1;
        stream.state.begun = None;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{IsolationForestConfig, Points};
    use super::*;
    use crate::random::Random;
    use proptest::prelude::*;

    fn forest(trees: usize, sample_size: usize, window: usize, extension_level: usize) -> IsolationForest {
        let window = Some(window);
        let config = IsolationForestConfig {
            trees,
            sample_size,
            window,
            extension_level,
            contamination: Some(0.05),
            ..Default::default()
        };
        IsolationForest::new(config).unwrap()
    }

    /// A cloud at `level` in 3 dimensions with one outlier among 50 points, far out in a random direction.
    fn point(random: &mut Random, level: f64) -> ([f64; 3], bool) {
        let outlier = random.below(50) == 0;
        let direction = [random.normal(), random.normal(), random.normal()];
        let length = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
        let far = if outlier { (5.0 + 3.0 * random.unit()) / length } else { 1.0 };
        (direction.map(|x| level + far * x), outlier)
    }

    #[test]
    fn outliers_of_a_stream_score_highest_though_it_drifts() {
        for drift in [0.0, 0.0005] {
            let mut forest = IsolationForest::new(IsolationForestConfig::default()).unwrap();
            let mut random = Random::new(11);
            let (mut usual, mut rare) = (vec![], vec![]);
            for step in 0..20_000 {
                let (point, outlier) = point(&mut random, drift * f64::from(step));
                let score = forest.update(&point).unwrap();
                if outlier { rare.push(score) } else { usual.push(score) }
            }
            usual.sort_by(f64::total_cmp);
            // The area under the curve: the share of pairs in the right order. No point is left out, from the first on.
            let below = |score: f64| usual.partition_point(|&other| other < score) as f64;
            let auc = rare.iter().map(|&score| below(score)).sum::<f64>() / (usual.len() * rare.len()) as f64;
            assert!(auc >= if drift == 0.0 { 0.99 } else { 0.97 }, "drift {drift}: {auc}");
        }
    }

    #[test]
    fn a_jump_is_learned_within_a_window() {
        let mut forest = forest(50, 64, 512, 0);
        let mut random = Random::new(5);
        let mut learn = |forest: &mut IsolationForest, level| {
            (0..700).for_each(|_| {
                forest.update(&point(&mut random, level).0).unwrap();
            });
        };
        learn(&mut forest, 0.0);
        assert!(
            forest.score_point(&[0.0; 3]).unwrap() < 0.45 && forest.score_point(&[20.0; 3]).unwrap() > 0.6
        );
        learn(&mut forest, 20.0);
        assert!(
            forest.score_point(&[20.0; 3]).unwrap() < 0.45 && forest.score_point(&[0.0; 3]).unwrap() > 0.6
        );
        assert_eq!(forest.to_trees().unwrap().len(), 50);
        assert!(forest.stream.as_ref().unwrap().state.values.len() == 512 * 3);
    }

    #[test]
    fn a_stream_begins_without_a_fit_and_goes_on_after_one() {
        let mut random = Random::new(5);
        let mut begun = forest(20, 16, 80, 0);
        for seen in 0..19 {
            assert_eq!(begun.update(&point(&mut random, 0.0).0).unwrap(), EVEN);
            if seen < 18 {
                let message = begun.score_point(&[0.0; 3]).unwrap_err().to_string();
                assert_eq!(
                    message,
                    format!("IsolationForest: {} points were seen, and no tree is grown yet", seen + 1)
                );
            }
        }
        assert!(begun.score_point(&[9.0; 3]).is_ok() && begun.to_trees().unwrap().len() == 1);
        let mut fitted = forest(20, 16, 80, 0);
        let values: Vec<f64> = (0..40).flat_map(|_| point(&mut random, 0.0).0).collect();
        fitted.fit(Points::by_row(&values[..], 40, 3).unwrap()).unwrap();
        let before = fitted.to_trees().unwrap();
        let mut changed = vec![];
        for _ in 0..16 + 4 * 20 {
            fitted.update(&point(&mut random, 0.0).0).unwrap();
            let now = fitted.to_trees().unwrap();
            changed.push((0..20).filter(|&tree| now[tree] != before[tree]).count());
        }
        // Window / trees points a tree, oldest first, from the sixteenth point on.
        assert!(
            changed[..17].iter().all(|&trees| trees == 0)
                && changed.is_sorted()
                && changed.last() == Some(&20),
            "{changed:?}"
        );
        fitted.fit(Points::by_row(&values[..], 40, 3).unwrap()).unwrap();
        assert!(fitted.stream.is_none() && fitted.to_trees().unwrap() == before);
    }

    #[test]
    fn given_trees_take_a_stream_too() {
        let mut source = forest(10, 16, 64, 0);
        let mut random = Random::new(6);
        (0..100).for_each(|_| {
            source.update(&point(&mut random, 0.0).0).unwrap();
        });
        let mut given = IsolationForest::from_trees(&source.to_trees().unwrap(), 16).unwrap();
        assert!(given.update(&[1.0, 2.0]).is_err());
        (0..200).for_each(|_| {
            given.update(&[random.normal(), 0.0, 0.0, 5.0]).unwrap();
        });
        assert!(given.update(&[1.0, 2.0, 3.0]).is_err() && given.score_point(&[1.0, 2.0, 3.0]).is_err());
    }

    #[test]
    fn bad_points_change_nothing() {
        let mut forest = forest(10, 16, 64, 0);
        assert!(
            forest.update(&[]).is_err() && forest.update(&[f64::NAN]).is_err() && forest.stream.is_none()
        );
        let mut random = Random::new(6);
        (0..50).for_each(|_| {
            forest.update(&point(&mut random, 0.0).0).unwrap();
        });
        let before = forest.clone();
        for bad in [&[1.0, f64::NAN, 1.0][..], &[1.0, f64::INFINITY, 1.0], &[1.0, 1.0], &[1.0; 4]] {
            assert!(matches!(forest.update(bad), Err(Error::Data { .. })));
        }
        assert!(forest == before);
        let small = IsolationForestConfig { window: Some(200), ..Default::default() };
        let message = IsolationForest::new(small).unwrap().update(&[1.0]).unwrap_err().to_string();
        assert_eq!(message, "window: of 200 points leaves 198 for trees of 256");
    }

    #[test]
    fn a_slice_of_the_usual_tree_is_small_and_the_last_leaves_nothing() {
        let mut forest = IsolationForest::new(IsolationForestConfig::default()).unwrap();
        let mut random = Random::new(7);
        for _ in 0..4000 {
            forest.update(&point(&mut random, 0.0).0).unwrap();
        }
        let stream = forest.stream.as_mut().unwrap();
        let interval = stream.state.interval(100, 100);
        assert_eq!(interval, 20);
        assert!(
            stream.growth.work().div_ceil(interval) < 200,
            "values looked at with a point, beside one cut of 256"
        );
        for grown in 0..50 {
            stream.state.grown = grown;
            stream.begin(0, stream.state.seen - 1, 100);
            (0..interval).for_each(|_| stream.slice(interval));
            assert!(stream.growing.step(&stream.state.points()).is_none(), "nothing is left");
        }
    }

    #[test]
    fn ten_million_points_need_no_more_memory_than_some() {
        // As many as a test has time for; `benches/python/isolation_forest.py stream --points 10000000` sends ten million.
        let mut forest = forest(8, 16, 64, 0);
        let mut random = Random::new(8);
        let mut lengths = std::collections::BTreeSet::new();
        for step in 0..100_000 {
            forest.update(&point(&mut random, 0.0).0).unwrap();
            if step % 1000 == 999 {
                lengths.insert(forest.snapshot().unwrap().len() / 1024);
            }
        }
        assert!(lengths.last().unwrap() <= &4, "{lengths:?} KiB");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn a_snapshot_goes_on_bit_for_bit(
            before in 0usize..200, level in 0usize..3, fit: bool, constant: bool, seed: u64,
        ) {
            let mut one = forest(12, 16, 40, level);
            let mut random = Random::new(seed);
            let mut next = || point(&mut random, 0.0).0.map(|x| if constant { 1.0 } else { x });
            if fit {
                let values: Vec<f64> = (0..30).flat_map(|_| next()).collect();
                one.fit(Points::by_row(&values[..], 30, 3).unwrap()).unwrap();
            }
            for _ in 0..before { one.update(&next()).unwrap(); }
            let mut two = IsolationForest::restore(&one.snapshot().unwrap()).unwrap();
            prop_assert!(one == two);
            for _ in 0..60 {
                let point = next();
                prop_assert_eq!(one.update(&point).unwrap(), two.update(&point).unwrap());
            }
            prop_assert_eq!(one.snapshot().unwrap(), two.snapshot().unwrap());
        }

        #[test]
        fn a_state_that_lies_is_an_error(columns in 0usize..3, window: usize, values in prop::collection::vec(any::<f64>(), 0..5), seen: u64, grown: u64, begun: Option<u64>) {
            let mut forest = forest(12, 2, 40, 0);
            let state = State { columns, window, values, seen, grown, begun };
            let mut fitted = IsolationForest::from_trees(&[vec![super::super::TreeNode { feature: -1, threshold: 0.0, left: -1, right: -1, points: 2 }]], 2).unwrap();
            prop_assert!(fitted.resume(state.clone()).is_err(), "the dimensions of the trees are not those of the stream");
            if forest.resume(state).is_ok() {
                let columns = forest.stream.as_ref().unwrap().state.columns;
                (0..50).for_each(|_| { let _ = forest.update(&vec![1.0; columns]); });
            }
        }
    }
}
