//! Is this normal? Isolation forest and the scores of rare points.

use crate::error::*;
use crate::guard::*;
use engine::Error;
use engine::anomaly::{self, IsolationForest, TreeNode};
use std::ffi::c_char;

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
/// "threads": 1, "max_depth": null}`; NULL stands for the defaults.
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
            let mut rest = slice("nodes", nodes, node_count)?;
            let mut trees = Vec::new();
            for &length in slice("tree_lengths", tree_lengths, tree_count)? {
                let Some((tree, after)) = rest.split_at_checked(length) else {
                    return Err(lengths_and_nodes_differ(node_count));
                };
                trees.push(tree.iter().map(to_core).collect::<Vec<TreeNode>>());
                rest = after;
            }
            if !rest.is_empty() {
                return Err(lengths_and_nodes_differ(node_count));
            }
            out.write(create(IsolationForest::from_trees(&trees, sample_size)?));
            Ok(())
        })
    }
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
