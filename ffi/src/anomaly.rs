//! Is this normal? Isolation forest and the scores of rare points.

use crate::error::*;
use crate::guard::*;
use engine::Error;
use engine::anomaly::{self, IsolationForest, Normalizer, Points, TreeNode};
use std::ffi::{c_char, c_void};

/// The mean path length of an isolation tree of `n` points: 2 H(n-1) - 2 (n-1)/n with exact harmonic numbers H,
/// 0 for `n` below 2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_average_path_length(
    n: u64,
    out_length: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_length", out_length)?;
            out.write(anomaly::average_path_length(n));
            Ok(())
        })
    }
}

/// Scores how easily a point is set apart from those that the forest was fitted on.
#[derive(Debug)]
pub struct forescale_isolation_forest;
handle!(forescale_isolation_forest, IsolationForest);

/// One node of a tree as data. Node 0 of a tree is its root.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct forescale_tree_node {
    /// The column that is compared, counted from 0; -1 for a leaf.
    pub feature: i64,
    /// A point goes left when its value is at most this. Not used in a leaf (0).
    pub threshold: f64,
    /// Index of the left child among the nodes of the tree. Not used in a leaf (-1).
    pub left: i64,
    /// Index of the right child among the nodes of the tree. Not used in a leaf (-1).
    pub right: i64,
    /// Points of the sample that ended here. Not read in an inner node.
    pub points: u64,
}

const _: () = assert!(size_of::<forescale_tree_node>() == 40);

/// An unfitted forest. Settings, all optional: `{"trees": 100, "sample_size": 256, "max_features": 1.0, "seed": 0,
/// "threads": 1, "max_depth": null, "contamination": "auto", "extension_level": 0, "normalizer": "harmonic", "window": null}`;
/// NULL stands for the defaults.
/// The caller ends it with `forescale_isolation_forest_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_isolation_forest_create(
    config_json: *const c_char,
    out_forest: *mut *mut forescale_isolation_forest,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forest", out_forest)?;
            out.write(create(IsolationForest::new(config("config_json", config_json)?)?));
            Ok(())
        })
    }
}

/// Ends a forest; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_isolation_forest_destroy(forest: *mut forescale_isolation_forest) {
    // SAFETY: as above.
    unsafe { destroy(forest) }
}

/// Grows the trees on `rows` points of `columns` dimensions each, point after point, in place of those there were.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_isolation_forest_fit(
    forest: *mut forescale_isolation_forest,
    points: *const f64,
    rows: usize,
    columns: usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let points = table("points", points, rows, columns)?;
            change("forest", forest, |forest| forest.fit(points))
        })
    }
}

/// As `forescale_isolation_forest_fit`, for points of any layout, with a weight for each that says how often it is drawn
/// beside the others. `type` is "double" or "float"; `order` is "rows", point after point, or "columns", dimension after dimension.
/// `sample_weights` has `rows` numbers, or is NULL for equal weights.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_isolation_forest_fit_array(
    forest: *mut forescale_isolation_forest,
    points: *const c_void,
    rows: usize,
    columns: usize,
    r#type: *const c_char,
    order: *const c_char,
    sample_weights: *const f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let points = array(points, rows, columns, text("type", r#type)?, text("order", order)?)?;
            let weights = match sample_weights.is_null() {
                true => None,
                false => Some(slice("sample_weights", sample_weights, rows)?),
            };
            change("forest", forest, |forest| forest.fit_with(points, weights, &mut |_| true))
        })
    }
}

/// Points of any layout that the caller lends.
///
/// # Safety
/// `rows * columns` numbers of this type from `points` may be read for as long as the points are used.
unsafe fn array<'a>(
    points: *const c_void,
    rows: usize,
    columns: usize,
    kind: &str,
    order: &str,
) -> Outcome<Points<'a>> {
    let Some(length) = rows.checked_mul(columns) else {
        let problem = format!("{rows} rows of {columns} columns cannot be an array in memory");
        return Err(Error::Data { name: "points".into(), problem }.into());
    };
    let word = |field: &str, problem: String| Failure::from(Error::Config { field: field.into(), problem });
    // SAFETY: as the caller says.
    let values = unsafe {
        match kind {
            "double" => anomaly::PointValues::from(slice("points", points.cast::<f64>(), length)?),
            "float" => anomaly::PointValues::from(slice("points", points.cast::<f32>(), length)?),
            _ => return Err(word("type", format!("must be \"double\" or \"float\", got \"{kind}\""))),
        }
    };
    match order {
        "rows" => Ok(Points::by_row(values, rows, columns)?),
        "columns" => Ok(Points::by_column(values, rows, columns)?),
        _ => Err(word("order", format!("must be \"rows\" or \"columns\", got \"{order}\""))),
    }
}

/// Learns one point of a stream of `dimensions` values; gives the score that it had before, 0.5 while there is no tree.
/// The latest points are kept, and trees grown on them replace the oldest trees, a slice of the work with each point.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_isolation_forest_update(
    forest: *mut forescale_isolation_forest,
    point: *const f64,
    dimensions: usize,
    out_score: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_score", out_score)?;
            let point = slice("point", point, dimensions)?;
            out.write(change("forest", forest, |forest| forest.update(point))?);
            Ok(())
        })
    }
}

/// The score above which a point counts as an outlier: 0.5, or what sets the share `contamination` of the points apart.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_isolation_forest_threshold(
    forest: *const forescale_isolation_forest,
    out_threshold: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_threshold", out_threshold)?;
            out.write(read("forest", forest)?.threshold()?);
            Ok(())
        })
    }
}

/// Whether each point scores above the threshold, 1 or 0. `out_outliers` has room for `rows` flags.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_isolation_forest_is_outlier(
    forest: *const forescale_isolation_forest,
    points: *const f64,
    rows: usize,
    columns: usize,
    out_outliers: *mut i32,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_outliers", out_outliers, rows)?;
            let points = table("points", points, rows, columns)?;
            let outliers = read("forest", forest)?.is_outlier(points)?;
            out.write(&outliers.into_iter().map(i32::from).collect::<Vec<_>>())
        })
    }
}

/// Why points score as they do: the base score, that of the mean path, and what each column adds to it for each point, point after
/// point. The sum over the columns is score - base. `out_contributions` has room for `rows` times `columns` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_isolation_forest_explain(
    forest: *const forescale_isolation_forest,
    points: *const f64,
    rows: usize,
    columns: usize,
    out_base: *mut f64,
    out_contributions: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let base_out = Out::new("out_base", out_base)?;
            let points = table("points", points, rows, columns)?;
            let out = OutArray::new("out_contributions", out_contributions, points.values().len())?;
            let (base, contributions) = read("forest", forest)?.explain(points)?;
            out.write(&contributions)?;
            base_out.write(base);
            Ok(())
        })
    }
}

/// The score of each point, between 0 and 1: the higher the rarer. `out_scores` has room for `rows` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_isolation_forest_score(
    forest: *const forescale_isolation_forest,
    points: *const f64,
    rows: usize,
    columns: usize,
    out_scores: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_scores", out_scores, rows)?;
            let points = table("points", points, rows, columns)?;
            out.write(&read("forest", forest)?.score(points)?)
        })
    }
}

/// As `forescale_isolation_forest_score`, for points of any layout: see `forescale_isolation_forest_fit_array`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_isolation_forest_score_array(
    forest: *const forescale_isolation_forest,
    points: *const c_void,
    rows: usize,
    columns: usize,
    r#type: *const c_char,
    order: *const c_char,
    out_scores: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_scores", out_scores, rows)?;
            let points = array(points, rows, columns, text("type", r#type)?, text("order", order)?)?;
            out.write(&read("forest", forest)?.score(points)?)
        })
    }
}

/// The score of one point of `dimensions` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_isolation_forest_score_point(
    forest: *const forescale_isolation_forest,
    point: *const f64,
    dimensions: usize,
    out_score: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_score", out_score)?;
            let point = slice("point", point, dimensions)?;
            out.write(read("forest", forest)?.score_point(point)?);
            Ok(())
        })
    }
}

/// A forest from trees as data, grown on samples of `sample_size` points: the nodes of all trees one after another,
/// and the count of nodes of each of the `tree_count` trees. Its points may have more columns than the trees compare.
/// The caller ends it with `forescale_isolation_forest_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_isolation_forest_from_trees(
    nodes: *const forescale_tree_node,
    node_count: usize,
    tree_lengths: *const usize,
    tree_count: usize,
    sample_size: u64,
    out_forest: *mut *mut forescale_isolation_forest,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forest", out_forest)?;
            let trees = trees(nodes, node_count, tree_lengths, tree_count)?;
            out.write(create(IsolationForest::from_trees(&trees, sample_size)?));
            Ok(())
        })
    }
}

/// As `forescale_isolation_forest_from_trees`, with the choice of c(n): `normalizer` is "harmonic", which is exact, or "logarithmic",
/// which is what scikit-learn computes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_isolation_forest_from_trees_with(
    nodes: *const forescale_tree_node,
    node_count: usize,
    tree_lengths: *const usize,
    tree_count: usize,
    sample_size: u64,
    normalizer: *const c_char,
    out_forest: *mut *mut forescale_isolation_forest,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forest", out_forest)?;
            let normalizer = Normalizer::from_name(text("normalizer", normalizer)?)?;
            let trees = trees(nodes, node_count, tree_lengths, tree_count)?;
            out.write(create(IsolationForest::from_trees_with(&trees, sample_size, normalizer)?));
            Ok(())
        })
    }
}

/// The trees of nodes that lie one tree after another.
///
/// # Safety
/// The arrays may be read.
unsafe fn trees(
    nodes: *const forescale_tree_node,
    node_count: usize,
    tree_lengths: *const usize,
    tree_count: usize,
) -> Outcome<Vec<Vec<TreeNode>>> {
    // SAFETY: as the caller says.
    let (mut rest, lengths) =
        unsafe { (slice("nodes", nodes, node_count)?, slice("tree_lengths", tree_lengths, tree_count)?) };
    let mut trees = Vec::new();
    for &length in lengths {
        let Some((tree, after)) = rest.split_at_checked(length) else {
            return Err(lengths_and_nodes_differ(node_count));
        };
        trees.push(tree.iter().map(to_core).collect());
        rest = after;
    }
    if rest.is_empty() { Ok(trees) } else { Err(lengths_and_nodes_differ(node_count)) }
}

fn lengths_and_nodes_differ(node_count: usize) -> Failure {
    Error::Data { name: "tree_lengths".into(), problem: format!("do not add up to {node_count} nodes") }
        .into()
}

fn to_core(node: &forescale_tree_node) -> TreeNode {
    let &forescale_tree_node { feature, threshold, left, right, points } = node;
    TreeNode { feature, threshold, left, right, points }
}

/// The trees as data: the nodes of all trees one after another, each tree in pre-order, and the count of nodes of each
/// tree. With NULL for both arrays and capacities of 0 it only tells how long they are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_isolation_forest_to_trees(
    forest: *const forescale_isolation_forest,
    out_nodes: *mut forescale_tree_node,
    node_capacity: usize,
    out_node_count: *mut usize,
    out_tree_lengths: *mut usize,
    tree_capacity: usize,
    out_tree_count: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let nodes_out = OutArray::new("out_nodes", out_nodes, node_capacity)?;
            let node_count = Out::new("out_node_count", out_node_count)?;
            let lengths_out = OutArray::new("out_tree_lengths", out_tree_lengths, tree_capacity)?;
            let tree_count = Out::new("out_tree_count", out_tree_count)?;
            let trees = read("forest", forest)?.to_trees()?;
            let lengths: Vec<usize> = trees.iter().map(Vec::len).collect();
            let from_core = |&TreeNode { feature, threshold, left, right, points }: &TreeNode| {
                forescale_tree_node { feature, threshold, left, right, points }
            };
            let nodes: Vec<forescale_tree_node> = trees.iter().flatten().map(from_core).collect();
            if !out_tree_lengths.is_null() {
                lengths_out.check(&lengths)?;
            }
            nodes_out.write_or_measure(&nodes, node_count)?;
            lengths_out.write_or_measure(&lengths, tree_count)
        })
    }
}

/// The whole state as versioned, checksummed bytes. With NULL and a capacity of 0 it only tells how many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_isolation_forest_snapshot(
    forest: *const forescale_isolation_forest,
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
            out.write_or_measure(&read("forest", forest)?.snapshot()?, length)
        })
    }
}

/// The forest that a snapshot was taken of: it gives the same scores, bit for bit.
/// The caller ends it with `forescale_isolation_forest_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_isolation_forest_restore(
    bytes: *const u8,
    length: usize,
    out_forest: *mut *mut forescale_isolation_forest,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_forest", out_forest)?;
            out.write(create(IsolationForest::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}
