//! A table of numbers borrowed from the caller: row after row, as NumPy's C order and C arrays have it.
//!
//! Points of an isolation forest, alternatives of a Pareto front, and tensors all come in this way.

use crate::error::{Error, Result};

/// A borrowed table of shape (`len`, `columns`), row-major.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rows<'a> {
    values: &'a [f64],
    columns: usize,
}

impl<'a> Rows<'a> {
    /// Reads `values` as rows of `columns` numbers each. `name` is what an error calls the table.
    ///
    /// # Errors
    /// [`Error::Data`] when `columns` is 0 or the values do not fill whole rows.
    pub fn new(name: &str, values: &'a [f64], columns: usize) -> Result<Self> {
        if columns == 0 {
            return Err(Error::data(name, "has rows of 0 columns"));
        }
        if !values.len().is_multiple_of(columns) {
            return Err(Error::data(
                name,
                format!("{} values do not fill rows of {columns} columns", values.len()),
            ));
        }
        Ok(Rows { values, columns })
    }

    /// Values already known to fill whole rows of at least one column.
    pub(crate) fn whole(values: &'a [f64], columns: usize) -> Self {
        Rows { values, columns: columns.max(1) }
    }

    /// Count of rows.
    pub fn len(&self) -> usize {
        self.values.len() / self.columns
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Count of columns, at least 1.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All values, row after row.
    pub fn values(&self) -> &'a [f64] {
        self.values
    }

    /// Row `index`, counted from 0.
    pub fn get(&self, index: usize) -> Option<&'a [f64]> {
        let start = index.checked_mul(self.columns)?;
        self.values.get(start..start.checked_add(self.columns)?)
    }

    /// The rows, first to last.
    pub fn iter(&self) -> std::slice::ChunksExact<'a, f64> {
        self.values.chunks_exact(self.columns)
    }

    /// Refuses a table with a value that is NaN or infinite, naming its row and column.
    pub(crate) fn all_finite(&self, name: &str) -> Result<()> {
        match self.values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            None => Ok(()),
            Some((at, value)) => {
                let (row, column) = (at / self.columns, at % self.columns);
                Err(Error::data(name, format!("row {row}, column {column} is {value}")))
            }
        }
    }
}

/// A table of numbers that has a name for each of its columns: what a calendar and an evaluation answer with.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    names: Vec<String>,
    values: Vec<f64>,
}

impl Table {
    /// Values that fill whole rows of one number for each name.
    pub(crate) fn whole(names: Vec<String>, values: Vec<f64>) -> Self {
        Table { names, values }
    }

    /// Names of the columns, from left to right.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The numbers, row after row.
    pub fn rows(&self) -> Rows<'_> {
        Rows::whole(&self.values, self.names.len())
    }

    /// The numbers under one name.
    ///
    /// # Errors
    /// [`Error::Config`] for a name that no column has.
    pub fn column(&self, name: &str) -> Result<Vec<f64>> {
        match self.names.iter().position(|other| other == name) {
            Some(at) => Ok(self.rows().iter().filter_map(|row| row.get(at)).copied().collect()),
            None => Err(Error::config("name", format!("\"{name}\" is none of: {}", self.names.join(", ")))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_in_order_and_bad_shapes_refused() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, f64::NAN];
        let rows = Rows::new("points", &values, 2).unwrap();
        assert_eq!((rows.len(), rows.columns(), rows.get(1), rows.get(3)), (3, 2, Some(&values[2..4]), None));
        assert_eq!(rows.all_finite("points").unwrap_err().to_string(), "points: row 2, column 1 is NaN");
        assert!(Rows::new("points", &values, 4).is_err() && Rows::new("points", &values, 0).is_err());
    }
}
