//! Vector bin packing: items with demands in several dimensions (CPU, memory, GPU, …) into as few bins as possible.
//!
//! Decreasing size is the sum of an item's demands, each as a share of the bin and weighted by the mean demand in that
//! dimension; the dot product fills one bin after the other with the item that lies best along its free room. Source: Panigrahy,
//! Talwar, Uyeda & Wieder 2011, "Heuristics for vector bin packing", Microsoft Research. An index over the bins or
//! the items (`rooms`, `demands`) makes 100 000 items a matter of a second; `bound` says how far from the best the answer may be.

mod bound;
mod demands;
mod problem;
mod rooms;
mod state;
#[cfg(test)]
mod tests;

use crate::error::{Error, Result, same_length};
use crate::rows::Rows;
use problem::Problem;
use serde::{Deserialize, Serialize};
use state::State;

/// The share of its room by which a bin may be overfilled, so that rounding never keeps ten tenths out of one.
const TOLERANCE: f64 = 1e-9;

/// In which order, and into which bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The largest item first, into the first bin that has room.
    FirstFitDecreasing,
    /// The largest item first, into the bin that it leaves the least room in.
    BestFitDecreasing,
    /// Bin by bin: the item next whose demand has the largest dot product with the room that is left.
    #[default]
    DotProduct,
}

/// Where items may go. Bins are numbered from 0: those that run, then the new ones in the order that they are opened.
#[derive(Debug, Clone, Copy)]
pub struct Bins<'a> {
    /// Free room of the bins that run already, one row each; may be empty.
    pub running: Rows<'a>,
    /// Room of a new bin, at least 0 in every dimension.
    pub new_bin: &'a [f64],
    /// At most so many new bins.
    pub most_new: usize,
}

/// Which items belong together, which apart, and which run already: a number for each item, or an empty slice where there are none.
/// A negative number stands for none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Groups<'a> {
    /// Affinity: the items of one group share a bin.
    pub together: &'a [i64],
    /// Anti-affinity: no two items of one group share a bin.
    pub apart: &'a [i64],
    /// The running bin that an item is in already. It stays there, and what it takes is not in the free room of that bin; it counts for the
    /// groups alone: those that belong to it must join it, those that must be apart from it may not.
    pub placed: &'a [i64],
}

/// Why an item was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unplaced {
    /// It fits no bin that it may share with its group, or the group as a whole does not; nor would it were all others away.
    TooLarge,
    /// Of those that must share a bin, two must not, or they are in two bins already.
    Conflict,
    /// No bin that it may go to has room left, and no new one may be opened; with more of them, or another strategy, it may find room.
    NoRoom,
}

impl Unplaced {
    /// What stands for the reason where a bin is a number: −1, −2, −3 in the order above.
    pub fn code(self) -> i64 {
        match self {
            Unplaced::TooLarge => -1,
            Unplaced::Conflict => -2,
            Unplaced::NoRoom => -3,
        }
    }
}

impl Strategy {
    /// The strategy of this name in other languages: `first_fit_decreasing`, `best_fit_decreasing`, `dot_product`.
    ///
    /// # Errors
    /// [`Error::Config`] for any other name.
    pub fn from_name(name: &str) -> Result<Self> {
        match name {
            "first_fit_decreasing" => Ok(Strategy::FirstFitDecreasing),
            "best_fit_decreasing" => Ok(Strategy::BestFitDecreasing),
            "dot_product" => Ok(Strategy::DotProduct),
            _ => {
                let problem =
                    format!("must be first_fit_decreasing, best_fit_decreasing or dot_product, got {name:?}");
                Err(Error::config("strategy", problem))
            }
        }
    }
}

/// The answer of [`pack`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Packing {
    /// The bin of each item, or why it has none.
    pub bins: Vec<std::result::Result<usize, Unplaced>>,
    /// Count of new bins that were opened.
    pub opened: usize,
    /// No packing of all items that fit at all opens fewer new bins than this, however many may be opened.
    pub lower_bound: usize,
}

impl Packing {
    /// The bins as numbers, with [`Unplaced::code`] for an item that has none.
    pub fn numbers(&self) -> Vec<i64> {
        let number = |bin: usize| i64::try_from(bin).unwrap_or(i64::MAX);
        self.bins.iter().map(|bin| bin.map_or_else(Unplaced::code, number)).collect()
    }
}

/// Packs items of shape (items, dimensions) into bins of the same dimensions.
///
/// Every amount is finite and at least 0, in any unit of its dimension. A bin may be overfilled by a 10⁻⁹th of its room. An item that
/// cannot be placed is no error: the answer says which and why. The same input gives the same answer, and of equal items and
/// equal bins the first comes first. Some O(n·log n) for `n` items and bins; at worst, when the
/// free room is very uneven between dimensions or nearly all items must be apart, O(n²).
///
/// # Errors
/// [`Error::Data`] for an amount that is negative or not finite, and for rows or groups of another length.
pub fn pack(items: Rows<'_>, bins: Bins<'_>, strategy: Strategy, groups: Groups<'_>) -> Result<Packing> {
    check("items", items, items.columns())?;
    check("running", bins.running, items.columns())?;
    check("new_bin", Rows::new("new_bin", bins.new_bin, items.columns())?, items.columns())?;
    same_length("new_bin", bins.new_bin.len(), "a row of items", items.columns())?;
    for (name, groups) in [("together", groups.together), ("apart", groups.apart), ("placed", groups.placed)]
    {
        if !groups.is_empty() {
            same_length(name, groups.len(), "items", items.len())?;
        }
    }
    let running = bins.running.len();
    let is_running = |bin: i64| bin < 0 || usize::try_from(bin).is_ok_and(|bin| bin < running);
    if let Some((item, bin)) = groups.placed.iter().enumerate().find(|(_, bin)| !is_running(**bin)) {
        let problem = format!("value {item} is {bin}, but there are {running} running bins");
        return Err(Error::data("placed", problem));
    }
    let problem = Problem::new(items, bins, groups);
    let mut state = State::new(&problem);
    state.join();
    match strategy {
        Strategy::FirstFitDecreasing => state.first_fit(),
        Strategy::BestFitDecreasing => state.best_fit(),
        Strategy::DotProduct => state.dot_product(),
    }
    let stays = |item: usize| groups.placed.get(item).and_then(|bin| usize::try_from(*bin).ok());
    let mut answer: Vec<_> = (0..items.len()).map(|item| stays(item).ok_or(Unplaced::NoRoom)).collect();
    let placed =
        problem.loads.iter().zip(state.bin_of).map(|(load, bin)| (load, bin.ok_or(Unplaced::NoRoom)));
    for (load, bin) in placed.chain(problem.refused.iter().map(|(load, why)| (load, Err(*why)))) {
        for item in &load.items {
            if let Some(slot) = answer.get_mut(*item) {
                *slot = bin;
            }
        }
    }
    Ok(Packing { bins: answer, opened: state.opened, lower_bound: problem.lower_bound() })
}

fn check(name: &str, rows: Rows<'_>, columns: usize) -> Result<()> {
    if rows.columns() != columns {
        return Err(Error::data(name, format!("has {} columns, but items has {columns}", rows.columns())));
    }
    rows.all_finite(name)?;
    match rows.values().iter().position(|amount| *amount < 0.0) {
        None => Ok(()),
        Some(at) => {
            let (row, column) = (at / columns, at % columns);
            Err(Error::data(name, format!("row {row}, column {column} is negative")))
        }
    }
}

/// A room with the tolerance.
fn widened(room: &[f64]) -> Vec<f64> {
    room.iter().map(|room| room * (1.0 + TOLERANCE)).collect()
}

fn product(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}
