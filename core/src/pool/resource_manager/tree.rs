//! A balanced tree of leases (Adelson-Velsky & Landis 1962) whose nodes sum up what lies below them.

use super::summary::{Place, Summary};
use std::cmp::Ordering;

pub(super) type Tree = Option<Box<Node>>;

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) load: u128,
    pub(super) promise: f64,
    pub(super) dearest: f64,
    pub(super) due: i64,
    pub(super) waits: bool,
    pub(super) height: u8,
    /// Of this one and all below.
    pub(super) summary: Summary,
    pub(super) left: Tree,
    pub(super) right: Tree,
}

impl Node {
    pub(super) fn own(&self) -> Summary {
        Summary {
            count: 1,
            waiting: usize::from(self.waits),
            load: self.load,
            least: self.load,
            strictest: self.promise,
            laxest: self.promise,
            dearest: self.dearest,
            due: if self.waits { self.due } else { i64::MAX },
        }
    }

    pub(super) fn sum_up(&mut self) {
        let of = |tree: &Tree| tree.as_ref().map_or(Summary::NONE, |node| node.summary);
        self.summary = of(&self.left).and(&self.own()).and(&of(&self.right));
        self.height = 1 + height(&self.left).max(height(&self.right));
    }
}

pub(super) fn height(tree: &Tree) -> u8 {
    tree.as_ref().map_or(0, |node| node.height)
}

/// Turns a node whose sides differ by two, and sums it up.
fn balanced(mut node: Box<Node>) -> Box<Node> {
    let (left, right) = (height(&node.left), height(&node.right));
    if left > right + 1 {
        node.left = node
            .left
            .take()
            .map(|left| if height(&left.right) > height(&left.left) { turned_left(left) } else { left });
        return turned_right(node);
    }
    if right > left + 1 {
        node.right = node.right.take().map(|right| {
            if height(&right.left) > height(&right.right) { turned_right(right) } else { right }
        });
        return turned_left(node);
    }
    node.sum_up();
    node
}

fn turned_left(mut node: Box<Node>) -> Box<Node> {
    let Some(mut top) = node.right.take() else { return node };
    node.right = top.left.take();
    node.sum_up();
    top.left = Some(node);
    top.sum_up();
    top
}

fn turned_right(mut node: Box<Node>) -> Box<Node> {
    let Some(mut top) = node.left.take() else { return node };
    node.left = top.right.take();
    node.sum_up();
    top.right = Some(node);
    top.sum_up();
    top
}

pub(super) fn insert(tree: Tree, new: Box<Node>) -> Box<Node> {
    let Some(mut node) = tree else { return balanced(new) };
    if new.place < node.place {
        node.left = Some(insert(node.left.take(), new));
    } else {
        node.right = Some(insert(node.right.take(), new));
    }
    balanced(node)
}

pub(super) fn remove(tree: Tree, place: Place) -> Tree {
    let mut node = tree?;
    match place.cmp(&node.place) {
        Ordering::Less => node.left = remove(node.left.take(), place),
        Ordering::Greater => node.right = remove(node.right.take(), place),
        Ordering::Equal => match (node.left.take(), node.right.take()) {
            (None, side) | (side, None) => return side,
            (left, Some(right)) => {
                let (rest, mut first) = without_first(right);
                (first.left, first.right) = (left, rest);
                return Some(balanced(first));
            }
        },
    }
    Some(balanced(node))
}

fn without_first(mut node: Box<Node>) -> (Tree, Box<Node>) {
    let Some(left) = node.left.take() else { return (node.right.take(), node) };
    let (rest, first) = without_first(left);
    node.left = rest;
    (Some(balanced(node)), first)
}
