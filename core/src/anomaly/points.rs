//! Points as the caller has them: rows or columns one after another, in double or single precision, lent and not copied.
//!
//! Single precision widens exactly to double, so that a point compares alike in both.

use crate::error::{Error, Result};
use crate::rows::Rows;

/// Points that go through the trees side by side.
pub(super) const LANES: usize = 16;

/// Borrowed numbers of either precision.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum PointValues<'a> {
    /// Double precision.
    Double(&'a [f64]),
    /// Single precision.
    Single(&'a [f32]),
}

impl<'a> From<&'a [f64]> for PointValues<'a> {
    fn from(values: &'a [f64]) -> Self {
        PointValues::Double(values)
    }
}

impl<'a> From<&'a [f32]> for PointValues<'a> {
    fn from(values: &'a [f32]) -> Self {
        PointValues::Single(values)
    }
}

/// A borrowed table of points, one a row. [`Rows`] turn into it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Points<'a> {
    values: PointValues<'a>,
    rows: usize,
    columns: usize,
    /// Places from a value to the one below it, and to the one at its right.
    down: usize,
    right: usize,
}

impl<'a> From<Rows<'a>> for Points<'a> {
    fn from(rows: Rows<'a>) -> Self {
        let columns = rows.columns();
        Points { values: rows.values().into(), rows: rows.len(), columns, down: columns, right: 1 }
    }
}

impl<'a> Points<'a> {
    /// Reads values that lie row after row.
    ///
    /// # Errors
    /// [`Error::Data`] when there are no columns, or not `rows` times `columns` values.
    pub fn by_row(values: impl Into<PointValues<'a>>, rows: usize, columns: usize) -> Result<Self> {
        Points::new(values.into(), rows, columns, columns, 1)
    }

    /// Reads values that lie column after column, as NumPy's Fortran order has them.
    ///
    /// # Errors
    /// As [`by_row`](Self::by_row).
    pub fn by_column(values: impl Into<PointValues<'a>>, rows: usize, columns: usize) -> Result<Self> {
        Points::new(values.into(), rows, columns, 1, rows)
    }

    fn new(values: PointValues<'a>, rows: usize, columns: usize, down: usize, right: usize) -> Result<Self> {
        let count = match values {
            PointValues::Double(values) => values.len(),
            PointValues::Single(values) => values.len(),
        };
        if columns == 0 {
            return Err(Error::data("points", "has rows of 0 columns"));
        }
        if rows.checked_mul(columns) != Some(count) {
            let problem =
                format!("has {count} values, where {rows} rows of {columns} columns were announced");
            return Err(Error::data("points", problem));
        }
        Ok(Points { values, rows, columns, down, right })
    }

    /// Count of points.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no point.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Count of dimensions, at least 1.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Refuses a value that is NaN or infinite, naming its row and column.
    pub(super) fn all_finite(&self) -> Result<()> {
        let bad = match self.values {
            PointValues::Double(values) => first_bad(values, |value| value.is_finite()),
            PointValues::Single(values) => first_bad(values, |value| value.is_finite()),
        };
        let Some((at, value)) = bad else { return Ok(()) };
        let (row, column) = if self.right == 1 && self.down == self.columns {
            (at / self.columns, at % self.columns)
        } else {
            (at % self.rows, at / self.rows)
        };
        Err(Error::data("points", format!("row {row}, column {column} is {value}")))
    }

    /// The values of a column in the given rows, all of them in range.
    pub(super) fn gather(&self, column: usize, rows: &[u32], out: &mut Vec<f64>) {
        let start = column * self.right;
        match self.values {
            PointValues::Double(values) => gather(values, start, self.down, rows, out),
            PointValues::Single(values) => gather(values, start, self.down, rows, out),
        }
    }

    /// Points `first..first + count`, at most [`LANES`], side by side and converted: `out[c][lane]` is column c.
    pub(super) fn copy_columns<T>(
        &self,
        first: usize,
        count: usize,
        convert: impl Fn(f64) -> T,
        out: &mut [[T; LANES]],
    ) {
        let (start, steps) = (first * self.down, (self.down, self.right));
        match self.values {
            PointValues::Double(values) => transpose(values, start, steps, count, convert, out),
            PointValues::Single(values) => transpose(values, start, steps, count, convert, out),
        }
    }
}

/// The first value that is not finite, and its place. A block is looked at without branches before it is searched.
fn first_bad<T: Copy + Into<f64>>(values: &[T], finite: impl Fn(T) -> bool) -> Option<(usize, f64)> {
    const BLOCK: usize = 1024;
    let good = |block: &[T]| block.iter().fold(true, |good, &value| good & finite(value));
    let at = BLOCK * values.chunks(BLOCK).position(|block| !good(block))?;
    let (offset, &value) = values.get(at..)?.iter().enumerate().find(|&(_, &value)| !finite(value))?;
    Some((at + offset, value.into()))
}

#[allow(clippy::indexing_slicing, reason = "the caller names a column and rows of the table")]
fn gather<T: Copy + Into<f64>>(values: &[T], start: usize, down: usize, rows: &[u32], out: &mut Vec<f64>) {
    let values = &values[start..];
    out.clear();
    out.extend(rows.iter().map(|&row| -> f64 { values[row as usize * down].into() }));
}

#[allow(clippy::indexing_slicing, reason = "the caller names points and columns of the table")]
fn transpose<V: Copy + Into<f64>, T>(
    values: &[V],
    start: usize,
    (down, right): (usize, usize),
    count: usize,
    convert: impl Fn(f64) -> T,
    out: &mut [[T; LANES]],
) {
    for (column, lanes) in out.iter_mut().enumerate() {
        let values = &values[start + column * right..];
        for (row, lane) in lanes.iter_mut().enumerate().take(count) {
            *lane = convert(values[row * down].into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_has_the_same_points() {
        let rows = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let columns = [1.0, 4.0, 2.0, 5.0, 3.0, 6.0];
        let (single_rows, single_columns) = (rows.map(|v| v as f32), columns.map(|v| v as f32));
        for points in [
            Points::from(Rows::new("points", &rows, 3).unwrap()),
            Points::by_row(&rows[..], 2, 3).unwrap(),
            Points::by_column(&columns[..], 2, 3).unwrap(),
            Points::by_row(&single_rows[..], 2, 3).unwrap(),
            Points::by_column(&single_columns[..], 2, 3).unwrap(),
        ] {
            let (mut column, mut lanes) = (vec![], [[0.0; LANES]; 2]);
            points.gather(1, &[1, 0, 1], &mut column);
            points.copy_columns(0, 2, |value| 10.0 * value, &mut lanes);
            assert_eq!((points.len(), points.columns(), column), (2, 3, vec![5.0, 2.0, 5.0]));
            assert_eq!(lanes.map(|lane| [lane[0], lane[1], lane[2]]), [[10.0, 40.0, 0.0], [20.0, 50.0, 0.0]]);
            assert!(points.all_finite().is_ok() && !points.is_empty());
        }
    }

    #[test]
    fn bad_shapes_and_values_are_refused_with_their_place() {
        let mut values = vec![0.0f64; 3000];
        values[2 * 1000 + 37] = f64::NAN;
        let place = |points: Points<'_>| points.all_finite().unwrap_err().to_string();
        assert_eq!(place(Points::by_row(&values[..], 3, 1000).unwrap()), "points: row 2, column 37 is NaN");
        assert_eq!(
            place(Points::by_column(&values[..], 1000, 3).unwrap()),
            "points: row 37, column 2 is NaN"
        );
        assert_eq!(
            place(Points::by_row(&[1.0, f32::INFINITY][..], 2, 1).unwrap()),
            "points: row 1, column 0 is inf"
        );
        assert_eq!(
            place(Points::by_column(&[1.0, f32::INFINITY][..], 2, 1).unwrap()),
            "points: row 1, column 0 is inf"
        );
        assert!(
            Points::by_row(&values[..], 3, 999).is_err() && Points::by_row(&values[..], 3000, 0).is_err()
        );
        assert!(Points::by_column(&values[..], usize::MAX, 2).is_err());
        assert!(Points::by_row(&values[..0], 0, 7).unwrap().is_empty());
    }
}
