use super::*;
use crate::rows::Rows;
use proptest::prelude::*;
use serde_json::Value;

fn fitted(config: IsolationForestConfig, values: &[f64], columns: usize) -> IsolationForest {
    let mut forest = IsolationForest::new(config).unwrap();
    forest.fit(Rows::new("points", values, columns).unwrap()).unwrap();
    forest
}

/// 300 points of a normal cloud in 3 dimensions.
fn cloud() -> Vec<f64> {
    let mut random = Random::new(5);
    (0..900).map(|_| random.normal()).collect()
}

#[test]
fn a_given_forest_gives_the_reference_scores() {
    let oracle: Value =
        serde_json::from_str(include_str!("../../../tests/vectors/oracle/isolation_forest_given.json"))
            .unwrap();
    let tolerance = oracle["tolerance"].as_f64().unwrap();
    for case in oracle["cases"].as_array().unwrap().iter().filter(|case| case["error"].is_null()) {
        let mut nodes = serde_json::from_value::<Vec<TreeNode>>(case["nodes"].clone()).unwrap().into_iter();
        let lengths: Vec<usize> = serde_json::from_value(case["lengths"].clone()).unwrap();
        let trees: Vec<Vec<TreeNode>> =
            lengths.into_iter().map(|length| nodes.by_ref().take(length).collect()).collect();
        let points: Vec<Vec<f64>> = serde_json::from_value(case["points"].clone()).unwrap();
        let scores: Vec<f64> = serde_json::from_value(case["scores"].clone()).unwrap();
        let forest = IsolationForest::from_trees(&trees, case["sample_size"].as_u64().unwrap()).unwrap();
        let all = forest.score(Rows::new("points", &points.concat(), 2).unwrap()).unwrap();
        assert_eq!(all.len(), scores.len());
        for ((point, score), expected) in points.iter().zip(all).zip(scores) {
            assert!((score - expected).abs() <= tolerance * expected, "{point:?}: {score}, not {expected}");
            assert_eq!(forest.score_point(point).unwrap(), score);
        }
        assert_eq!(forest.to_trees().unwrap(), trees, "in and out again");
    }
}

#[test]
fn a_forest_of_scikit_learn_scores_as_there() {
    let oracle: Value =
        serde_json::from_str(include_str!("../../../tests/vectors/oracle/isolation_forest_logarithmic.json"))
            .unwrap();
    let case = &oracle["cases"][0];
    let mut nodes = serde_json::from_value::<Vec<TreeNode>>(case["nodes"].clone()).unwrap().into_iter();
    let lengths: Vec<usize> = serde_json::from_value(case["lengths"].clone()).unwrap();
    let trees: Vec<Vec<TreeNode>> =
        lengths.into_iter().map(|length| nodes.by_ref().take(length).collect()).collect();
    let points: Vec<Vec<f64>> = serde_json::from_value(case["points"].clone()).unwrap();
    let forest = IsolationForest::from_trees_with(&trees, 32, Normalizer::Logarithmic).unwrap();
    for (point, expected) in points.iter().zip(case["scores"].as_array().unwrap()) {
        let expected = expected.as_f64().unwrap();
        assert!((forest.score_point(point).unwrap() - expected).abs() < 1e-15 + 1e-12 * expected);
    }
    let restored = IsolationForest::restore(&forest.snapshot().unwrap()).unwrap();
    assert_eq!(restored, forest);
}

#[test]
fn every_layout_and_any_count_of_points_gives_the_same_bits() {
    let values: Vec<f64> = cloud().iter().map(|&value| f64::from(value as f32)).collect();
    let single: Vec<f32> = values.iter().map(|&value| value as f32).collect();
    let turn = |values: &[f64]| {
        (0..3).flat_map(|c| values[c..].iter().step_by(3).copied().collect::<Vec<_>>()).collect()
    };
    let columns: Vec<f64> = turn(&values);
    let single_columns: Vec<f32> = columns.iter().map(|&value| value as f32).collect();
    for extension_level in [0, 1] {
        let config = IsolationForestConfig { trees: 30, extension_level, ..Default::default() };
        let expected =
            fitted(config.clone(), &values, 3).score(Rows::new("points", &values, 3).unwrap()).unwrap();
        for points in [
            Points::by_row(&single[..], 300, 3).unwrap(),
            Points::by_column(&columns[..], 300, 3).unwrap(),
            Points::by_column(&single_columns[..], 300, 3).unwrap(),
        ] {
            let mut forest = IsolationForest::new(config.clone()).unwrap();
            forest.fit(points).unwrap();
            assert_eq!(forest.score(points).unwrap(), expected);
            for count in (0..20).chain([255, 257]) {
                let few = Points::by_row(&values[..3 * count], count, 3).unwrap();
                assert_eq!(forest.score(few).unwrap(), expected[..count], "{count}");
            }
        }
    }
}

#[test]
fn the_threshold_sets_the_contamination_apart() {
    let values = cloud();
    let rows = Rows::new("points", &values, 3).unwrap();
    for share in [0.01, 0.1, 0.5] {
        let forest =
            fitted(IsolationForestConfig { contamination: Some(share), ..Default::default() }, &values, 3);
        let outliers = forest.is_outlier(rows).unwrap().into_iter().filter(|&outlier| outlier).count();
        assert_eq!(outliers, (300.0 * share) as usize, "{share}");
    }
    let forest = fitted(IsolationForestConfig::default(), &values, 3);
    assert_eq!(forest.threshold().unwrap(), 0.5);
    let above: Vec<bool> = forest.score(rows).unwrap().into_iter().map(|score| score > 0.5).collect();
    assert_eq!(forest.is_outlier(rows).unwrap(), above);
}

#[test]
fn weights_say_which_points_are_drawn() {
    // A second cloud far away, of weight 0: no tree knows of it. Of weight 1, the first cloud's trees do.
    let mut values = cloud();
    values.extend(cloud().iter().map(|value| value + 50.0));
    let rows = Rows::new("points", &values, 3).unwrap();
    let mut weights = vec![1.0; 600];
    weights[300..].fill(0.0);
    let mut forest = IsolationForest::new(IsolationForestConfig::default()).unwrap();
    forest.fit_with(rows, Some(&weights), &mut |_| true).unwrap();
    assert!(forest.to_trees().unwrap().iter().flatten().all(|node| node.threshold < 10.0));
    assert!(forest.score_point(&[50.0; 3]).unwrap() > 0.6);
    forest.fit(rows).unwrap();
    assert!(forest.score_point(&[50.0; 3]).unwrap() < 0.5);
    // Fewer weights than the sample asks for: a smaller sample.
    weights.fill(0.0);
    weights[..40].fill(1e-200);
    forest.fit_with(rows, Some(&weights), &mut |_| true).unwrap();
    assert_eq!(forest.sample_size().unwrap(), 40);
    let before = forest.clone();
    weights[1..].fill(0.0);
    assert!(
        forest
            .fit_with(rows, Some(&weights), &mut |_| true)
            .unwrap_err()
            .to_string()
            .contains("leave 1 points")
    );
    assert!(forest.fit_with(rows, Some(&weights[1..]), &mut |_| true).is_err() && forest == before);
}

#[test]
fn progress_goes_up_and_stops_the_fit() {
    let values: Vec<f64> = (0..60_000).map(f64::from).collect();
    let rows = Rows::new("points", &values, 1).unwrap();
    let config = IsolationForestConfig {
        sample_size: 60_000,
        trees: 8,
        contamination: Some(0.1),
        ..Default::default()
    };
    let mut forest = IsolationForest::new(config).unwrap();
    let mut shares = vec![];
    forest
        .fit_with(rows, None, &mut |share| {
            shares.push(share);
            true
        })
        .unwrap();
    assert!(shares.len() > 4 && shares.is_sorted() && shares.last() == Some(&1.0), "{shares:?}");
    let before = forest.clone();
    for last in [0.0, 0.7] {
        let stopped = forest.fit_with(rows, None, &mut |share| share < last).unwrap_err();
        assert!(matches!(stopped, Error::Stopped { .. }), "{stopped}");
        assert_eq!(forest, before);
    }
}

#[test]
fn oblique_cuts_do_not_see_the_axes() {
    // A round cloud: along a circle around it all points are alike, which cuts along the axes do not see. Two clouds: where
    // their bands cross there is nothing, and yet cuts along the axes take it for ordinary (Hariri et al. 2019, figures 1 to 4).
    let values = cloud();
    let round: Vec<f64> = values.chunks(3).flat_map(|row| [row[0], row[1]]).collect();
    let two: Vec<f64> = values
        .chunks(3)
        .enumerate()
        .flat_map(|(at, row)| if at % 2 == 0 { [row[0], row[1] + 10.0] } else { [row[0] + 10.0, row[1]] })
        .collect();
    let score = |values: &[f64], extension_level, point: [f64; 2]| {
        fitted(IsolationForestConfig { trees: 400, extension_level, ..Default::default() }, values, 2)
            .score_point(&point)
            .unwrap()
    };
    let spread = |level| {
        let scores = (0..16).map(|step| {
            score(
                &round,
                level,
                [
                    4.0 * (f64::from(step) / 8.0 * std::f64::consts::PI).cos(),
                    4.0 * (f64::from(step) / 8.0 * std::f64::consts::PI).sin(),
                ],
            )
        });
        let scores: Vec<f64> = scores.collect();
        scores.iter().copied().fold(0.0, f64::max) - scores.iter().copied().fold(1.0, f64::min)
    };
    let (axes, oblique) = (spread(0), spread(1));
    assert!(oblique < 0.5 * axes, "spread along a circle: {oblique}, and {axes} along the axes");
    // Beside the ghost at the origin, a point as far from both clouds that lies in no band.
    let ghost = |level| score(&two, level, [0.0, 0.0]) - score(&two, level, [5.0, 5.0]);
    let (axes, oblique) = (ghost(0), ghost(1));
    assert!(axes < -0.02 && oblique > 0.0, "ghost above the middle: {oblique}, and {axes} along the axes");
    let forest = fitted(IsolationForestConfig { extension_level: 1, ..Default::default() }, &two, 2);
    assert!(forest.to_trees().unwrap_err().to_string().starts_with("extension_level"));
}

#[test]
fn strange_data_is_data() {
    let config = || IsolationForestConfig { trees: 10, ..Default::default() };
    // Two points; a thousand dimensions; only duplicates; numbers of any size.
    for extension_level in [0, 5, 2000] {
        let config = || IsolationForestConfig { extension_level, ..config() };
        let wide: Vec<f64> = (0..20_000).map(|at| f64::from(at * at % 1009)).collect();
        let forest = fitted(config(), &wide, 1000);
        assert!(
            forest
                .score(Points::by_row(&wide[..], 20, 1000).unwrap())
                .unwrap()
                .iter()
                .all(|score| (0.3..0.7).contains(score))
        );
        assert!((fitted(config(), &[1.0, 2.0], 1).score_point(&[1.0]).unwrap() - 0.5).abs() < 1e-12);
        let huge = [f64::MAX, -f64::MAX, 0.0, f64::MIN_POSITIVE, 1e300, -1e-300];
        let scores = fitted(config(), &huge, 2).score(Points::by_row(&huge[..], 3, 2).unwrap()).unwrap();
        assert!(scores.iter().all(|score| *score > 0.0 && *score < 1.0), "{scores:?}");
        assert!((fitted(config(), &[3.0; 50], 5).score_point(&[7.0; 5]).unwrap() - 0.5).abs() < 1e-14);
    }
}

#[test]
fn threads_do_not_change_a_bit_and_seeds_do() {
    let values = cloud();
    let rows = Rows::new("points", &values, 3).unwrap();
    let forest =
        |seed, threads| fitted(IsolationForestConfig { seed, threads, ..Default::default() }, &values, 3);
    let one = forest(3, 1);
    let scores = one.score(rows).unwrap();
    for threads in [2, 3, 7, 1024] {
        let other = forest(3, threads);
        assert_eq!(one.to_trees().unwrap(), other.to_trees().unwrap(), "{threads} threads");
        assert_eq!(scores, other.score(rows).unwrap(), "{threads} threads");
    }
    assert_eq!(scores, rows.iter().map(|point| one.score_point(point).unwrap()).collect::<Vec<_>>());
    assert_ne!(scores, forest(4, 1).score(rows).unwrap());
}

#[test]
fn forests_of_neighbouring_seeds_share_no_tree() {
    let values = cloud();
    let mut roots = std::collections::BTreeSet::new();
    for seed in 0..30 {
        let trees =
            fitted(IsolationForestConfig { seed, ..Default::default() }, &values, 3).to_trees().unwrap();
        roots.extend(trees.iter().map(|tree| tree[0].threshold.to_bits()));
    }
    assert_eq!(roots.len(), 3000);
}

#[test]
fn what_lies_apart_scores_highest_and_what_is_equal_one_half() {
    let mut values = cloud();
    values.extend([6.0, -6.0, 6.0]);
    let forest = fitted(IsolationForestConfig::default(), &values, 3);
    let scores = forest.score(Rows::new("points", &values, 3).unwrap()).unwrap();
    let (apart, others) = scores.split_last().unwrap();
    assert!(*apart > 0.7 && others.iter().all(|score| score < apart), "{apart}");
    let forest = fitted(IsolationForestConfig::default(), &[4.0; 20], 2);
    for point in [[4.0, 4.0], [-1e300, 9.0]] {
        assert!((forest.score_point(&point).unwrap() - 0.5).abs() < 1e-14, "no cut, no opinion of {point:?}");
    }
}

#[test]
fn settings_mean_what_they_say() {
    let values = cloud();
    let trees = |config| fitted(config, &values, 3).to_trees().unwrap();
    let depth = |nodes: &[TreeNode]| {
        let mut depths = vec![0; nodes.len()];
        for (at, node) in nodes.iter().enumerate().filter(|(_, node)| node.feature >= 0) {
            (depths[node.left as usize], depths[node.right as usize]) = (depths[at] + 1, depths[at] + 1);
        }
        depths.into_iter().max().unwrap()
    };
    let default = trees(IsolationForestConfig::default());
    assert!(default.len() == 100 && default.iter().all(|tree| tree[0].points == 256 && depth(tree) == 8));
    let deep = trees(IsolationForestConfig { max_depth: Some(256), ..Default::default() });
    assert!(deep.iter().all(|tree| tree.iter().all(|node| node.feature >= 0 || node.points == 1)));
    let narrow = trees(IsolationForestConfig { max_features: 0.4, ..Default::default() });
    let only =
        |tree: &[TreeNode], feature| tree.iter().all(|node| node.feature == feature || node.feature < 0);
    assert!(narrow.iter().all(|tree| (0..3).any(|feature| only(tree, feature))));
    assert!((0..3).all(|feature| narrow.iter().any(|tree| only(tree, feature))));
    assert_eq!([2, 3, 4, 5, 255, 256, 257].map(balanced_depth), [1, 2, 2, 3, 8, 8, 9]);
}

#[test]
fn bad_data_is_refused_and_changes_nothing() {
    let mut forest = IsolationForest::new(IsolationForestConfig::default()).unwrap();
    assert!(matches!(forest.score_point(&[1.0]), Err(Error::NotReady { .. })));
    assert!(matches!(forest.to_trees(), Err(Error::NotReady { .. })));
    assert!(matches!(IsolationForest::from_trees(&[], 2), Err(Error::Data { .. })));
    assert!(matches!(IsolationForest::from_trees(&[vec![]], 2), Err(Error::Data { .. })));
    assert!(matches!(IsolationForest::from_trees(&[vec![]], 1), Err(Error::Config { .. })));
    let values = cloud();
    forest.fit(Rows::new("points", &values, 3).unwrap()).unwrap();
    let before = forest.clone();
    let refused = |values: &[f64], columns| {
        forest.clone().fit(Rows::new("points", values, columns).unwrap()).unwrap_err()
    };
    assert_eq!(refused(&[1.0, 2.0, 3.0, f64::NAN], 2).to_string(), "points: row 1, column 1 is NaN");
    assert_eq!(refused(&[1.0, f64::NEG_INFINITY], 1).to_string(), "points: row 1, column 0 is -inf");
    assert_eq!(refused(&[1.0], 1).to_string(), "points: has 1 rows, but a forest needs 2");
    assert!(matches!(refused(&[], 3), Error::Data { .. }));
    assert_eq!(forest.fit(Rows::new("points", &[f64::NAN; 6], 3).unwrap()).unwrap_err().code(), 40);
    assert_eq!(forest, before);
    let many = IsolationForestConfig { trees: MAX_TREES, ..Default::default() };
    let refused =
        IsolationForest::new(many).unwrap().fit(Rows::new("points", &values, 3).unwrap()).unwrap_err();
    assert!(refused.to_string().contains("2 GiB"), "{refused}");
    let message = forest.score(Rows::new("points", &values, 2).unwrap()).unwrap_err().to_string();
    assert_eq!(message, "points: have 2 dimensions, but the forest was fitted on 3");
    assert!(forest.score_point(&[1.0, 2.0]).is_err() && forest.score_point(&[1.0, 2.0, f64::NAN]).is_err());
    assert_eq!(forest.score(Rows::new("points", &[], 3).unwrap()).unwrap(), [0.0; 0]);
    let given = IsolationForest::from_trees(&forest.to_trees().unwrap(), 256).unwrap();
    assert!(given.score_point(&[1.0, 2.0]).is_err() && given.score_point(&[1.0, 2.0, 3.0, 4.0]).is_ok());
}

proptest! {
    #[test]
    fn scores_follow_the_data_and_not_its_unit(
        values in prop::collection::vec(-1e6..1e6f64, 4..200), columns in 1usize..3, seed: u64, exponent in -20i32..20,
    ) {
        let values = &values[..values.len() / columns * columns];
        let rows = Rows::new("points", values, columns).unwrap();
        let config = IsolationForestConfig { trees: 5, sample_size: 32, seed, ..Default::default() };
        let scores = fitted(config.clone(), values, columns).score(rows).unwrap();
        prop_assert!(scores.iter().all(|&score| score > 0.0 && score < 1.0), "{:?}", scores);
        // A power of two scales every value, cut and comparison without rounding.
        let scaled: Vec<f64> = values.iter().map(|value| value * 2f64.powi(exponent)).collect();
        let forest = fitted(config, &scaled, columns);
        prop_assert_eq!(&forest.score(Rows::new("points", &scaled, columns).unwrap()).unwrap(), &scores);
        let given = IsolationForest::from_trees(&forest.to_trees().unwrap(), forest.fitted.as_ref().unwrap().sample_size).unwrap();
        prop_assert_eq!(&given.score(Rows::new("points", &scaled, columns).unwrap()).unwrap(), &scores);
    }
}
