//! A forest that follows a stream: the latest points lie in a window, and tree after tree is grown anew on a sample of it.
//!
//! The oldest tree is replaced first, all of them once while the window passes. A tree grows a slice with each point, so that
//! no point costs much more than another: Tan, Ting, Liu 2011, "Fast Anomaly Detection for Streaming Data", IJCAI, keep the
//! structure and replace the counts instead; a sliding window of an isolation forest is Ding and Fei 2013, "An Anomaly Detection
//! Approach Based on Isolation Forest Algorithm for Streaming Data using Sliding Window", IFAC.
//!
//! A tree's sample leaves out the points that the window drops before the tree is grown. So a slice that was grown before a
//! snapshot can be grown again after it, and the state is no more than the window and three counts.

use super::isolation_growth::{Growing, Growth};
use super::points::Points;
use super::sample::Draw;
use crate::error::{Error, Result, all_finite};
use crate::random::Random;
use serde::{Deserialize, Serialize};

/// Points from one tree to the next until there are as many as the settings say.
const FIRST_INTERVAL: usize = 4;
/// The streams of random numbers of later trees, apart from those of `fit`.
const FIRST_STREAM: u64 = 1 << 32;

/// More points than anything sees.
const LONGEST: u64 = 1 << 62;

/// The window, and the tree that grows on it.
#[derive(Debug, Clone)]
pub(super) struct Stream {
    pub(super) state: State,
    pub(super) growth: Growth,
    pub(super) growing: Growing,
    pub(super) draw: Draw,
}

/// What a snapshot keeps of a stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) columns: usize,
    /// Points in the window when it is full.
    pub(super) window: usize,
    /// Row after row; the next point goes over the oldest.
    pub(super) values: Vec<f64>,
    /// Points seen so far.
    pub(super) seen: u64,
    /// Trees grown so far.
    pub(super) grown: u64,
    /// Points seen when the tree that grows was begun.
    pub(super) begun: Option<u64>,
}

impl PartialEq for Stream {
    fn eq(&self, other: &Self) -> bool {
        self.state == other.state && self.growth == other.growth
    }
}

impl Stream {
    pub(super) fn state(&self) -> &State {
        &self.state
    }

    pub(super) fn seen(&self) -> u64 {
        self.state.seen
    }

    /// Draws the sample of the next tree among the points that stay in the window while it grows. `begun` points had been
    /// seen before the one that is in the window as the latest.
    pub(super) fn begin(&mut self, seed: u64, begun: u64, trees: usize) {
        let state = &self.state;
        let latest = begun + 1;
        let usable = state.usable(trees).min(usize::try_from(latest).unwrap_or(usize::MAX));
        if let Draw::Equal { rows, .. } = &mut self.draw {
            *rows = usable;
        }
        self.growing.begin(Random::stream(seed, FIRST_STREAM + state.grown), state.columns, &mut self.draw);
        let window = state.window as u64;
        for row in self.growing.rows_mut() {
            *row = ((latest - 1 - u64::from(*row)) % window) as u32;
        }
    }

    /// One of the `interval` equal slices of the work on a tree.
    pub(super) fn slice(&mut self, interval: usize) {
        let points = self.state.points();
        let budget = self.growth.work().div_ceil(interval);
        let mut work = 0;
        while work < budget {
            match self.growing.step(&points) {
                Some(looked) => work += looked,
                None => return,
            }
        }
    }
}

impl State {
    pub(super) fn push(&mut self, point: &[f64]) {
        let place = (self.seen % self.window as u64) as usize * self.columns;
        match self.values.get_mut(place..place + self.columns) {
            Some(oldest) => oldest.copy_from_slice(point),
            None => self.values.extend_from_slice(point),
        }
        self.seen += 1;
    }

    /// Points in the window.
    pub(super) fn held(&self) -> usize {
        self.values.len() / self.columns
    }

    pub(super) fn points(&self) -> Points<'_> {
        crate::rows::Rows::whole(&self.values, self.columns).into()
    }

    /// Points from one tree to the next, when there are `trees` of the `wanted`.
    pub(super) fn interval(&self, wanted: usize, trees: usize) -> usize {
        let steady = (self.window / wanted).clamp(1, (self.window / 4).max(1));
        if trees < wanted { steady.min(FIRST_INTERVAL) } else { steady }
    }

    /// Points of a full window that it still holds when a tree is grown that is begun now.
    pub(super) fn usable(&self, wanted: usize) -> usize {
        self.window.saturating_sub(self.interval(wanted, wanted))
    }

    /// Refuses a state that no stream can be in.
    pub(super) fn check(&self) -> Result<()> {
        let held = (self.window as u64).min(self.seen);
        let length = (self.columns as u64).checked_mul(held);
        let begun =
            self.begun.is_none_or(|begun| begun < self.seen && self.seen - begun < self.window as u64);
        let sound = self.columns > 0 && self.window > 0 && length == Some(self.values.len() as u64) && begun;
        if !sound || self.seen > LONGEST || self.grown > self.seen {
            return Err(Error::data("stream", "is in a state that no stream can be in"));
        }
        all_finite("stream", &self.values)
    }
}
