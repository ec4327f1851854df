//! The recent past for the members of an ensemble: values, and the features of each step where there are any.

use crate::error::Result;
use crate::load::Series;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::ops::Range;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Past {
    values: VecDeque<f64>,
    /// Row after row.
    features: VecDeque<f64>,
    columns: usize,
}

/// A part of the past, as models take it.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) values: Vec<f64>,
    features: Vec<f64>,
    columns: usize,
}

impl Past {
    /// Takes in a step and keeps at most `most`. Where a missing value came without features, the last ones stand in.
    pub(super) fn push(&mut self, value: f64, row: Option<&[f64]>, most: usize) {
        if let Some(row) = row
            && row.len() != self.columns
        {
            self.columns = row.len();
            self.features.clear();
            self.features.extend(std::iter::repeat_n(0.0, self.values.len() * row.len()));
        }
        self.values.push_back(value);
        match row {
            Some(row) => self.features.extend(row),
            None => {
                let last = self.features.len().saturating_sub(self.columns);
                for i in 0..self.columns {
                    self.features.push_back(self.features.get(last + i).copied().unwrap_or(0.0));
                }
            }
        }
        while self.values.len() > most {
            self.values.pop_front();
            self.features.drain(..self.columns.min(self.features.len()));
        }
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn has_features(&self) -> bool {
        self.columns > 0
    }

    pub(super) fn clear(&mut self) {
        *self = Past::default();
    }

    /// Some of its steps, counted from the first that is kept.
    pub(super) fn stretch(&self, steps: Range<usize>) -> Stretch {
        let steps = steps.start.min(self.len())..steps.end.min(self.len()).max(steps.start.min(self.len()));
        let columns = self.columns;
        Stretch {
            features: self.features.range(steps.start * columns..steps.end * columns).copied().collect(),
            values: self.values.range(steps).copied().collect(),
            columns,
        }
    }

    /// The last steps.
    pub(super) fn last(&self, steps: usize) -> Stretch {
        self.stretch(self.len().saturating_sub(steps)..self.len())
    }

    pub(super) fn is_whole(&self) -> bool {
        Some(self.features.len()) == self.values.len().checked_mul(self.columns)
            && self.values.iter().all(|value| !value.is_infinite())
            && self.features.iter().all(|number| number.is_finite())
    }
}

impl Stretch {
    pub(super) fn rows(&self) -> Option<Rows<'_>> {
        (self.columns > 0).then(|| Rows::whole(&self.features, self.columns))
    }

    /// Its first steps.
    pub(super) fn first(&self, steps: usize) -> Stretch {
        let of = |numbers: &[f64], count: usize| numbers.get(..count).unwrap_or(numbers).to_vec();
        let columns = self.columns;
        Stretch { values: of(&self.values, steps), features: of(&self.features, steps * columns), columns }
    }

    pub(super) fn row(&self, step: usize) -> Option<&[f64]> {
        self.rows()?.get(step)
    }

    /// Its values as a series whose last step ends at `end`.
    pub(super) fn series(&self, end: i64, step: i64) -> Result<Series> {
        let start = end.saturating_sub(step.saturating_mul(self.values.len() as i64));
        Series::new(self.values.clone(), start, step as f64 / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_steps_with_their_features() {
        let mut past = Past::default();
        past.push(f64::NAN, None, 4);
        for i in 0..6 {
            let row = [f64::from(i), 1.0];
            past.push(f64::from(i), (i != 4).then_some(&row), 4);
        }
        assert!(past.is_whole() && past.len() == 4);
        let last = past.last(2);
        assert_eq!(last.values, [4.0, 5.0]);
        assert_eq!(last.rows().unwrap().values(), [3.0, 1.0, 5.0, 1.0]);
        let series = past.stretch(1..9).series(50_000, 10_000).unwrap();
        assert_eq!((series.start(), series.values()), (20_000, &[3.0, 4.0, 5.0][..]));
    }
}
