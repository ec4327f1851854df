//! The energy tensor: E = T·S, from scaling dimensions (CPU, memory, network, …) to kinds of energy.
//!
//! T has one row a kind of energy and one column a dimension; Tᵢⱼ is the energy of kind i that one unit of
//! dimension j takes. It is given, or fitted to what was recorded by non-negative least squares.

use super::least_squares::{NonNegative, condition};
use super::minimize::{CheapestScaling, Program};
use crate::error::{Error, Result, all_finite, same_length};
use crate::math::Sum;
use crate::rows::Rows;
use crate::snapshot;
use serde::{Deserialize, Serialize};

/// More scaling dimensions are not fitted: the cost grows with their fourth power.
const MOST_DIMENSIONS: usize = 256;

/// A linear map from scaling dimensions to energy, of any shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnergyTensor {
    matrix: Vec<f64>,
    columns: usize,
    quality: Option<Quality>,
}

/// How well a fitted tensor is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Quality {
    residual: f64,
    condition: f64,
}

impl EnergyTensor {
    /// The tensor of a matrix: one row a kind of energy, one column a scaling dimension. Entries may be negative.
    ///
    /// # Errors
    /// [`Error::Data`] for an empty matrix or an entry that is not finite.
    pub fn new(matrix: Rows) -> Result<Self> {
        matrix.all_finite("matrix")?;
        if matrix.is_empty() {
            return Err(Error::data("matrix", "is empty"));
        }
        Ok(EnergyTensor { matrix: matrix.values().to_vec(), columns: matrix.columns(), quality: None })
    }

    /// The tensor without negative entries that explains a record best: min ‖S·Tᵀ − E‖ subject to T ≥ 0.
    ///
    /// `s` and `e` have one row an observation; `s` has one column a scaling dimension, `e` one a kind of energy.
    /// Lawson and Hanson 1974, Solving Least Squares Problems, chapter 23 (NNLS), a row of T at a time.
    ///
    /// # Errors
    /// [`Error::Data`] for values that are not finite, unequal counts of rows, or more than 256 dimensions; [`Error::NotReady`] for fewer
    /// rows than scaling dimensions.
    ///
    /// # Cost
    /// O(n·d²) for n rows and d dimensions, then at most some d steps of O(d³) a kind of energy.
    ///
    /// # Example
    /// ```
    /// use forescale::{Rows, energy::EnergyTensor};
    /// let s = [1.0, 0.0, 0.0, 1.0, 1.0, 1.0];
    /// let e = [2.0, 3.0, 5.0];
    /// let tensor = EnergyTensor::fit(Rows::new("s", &s, 2)?, Rows::new("e", &e, 1)?)?;
    /// assert!((tensor.apply(&[10.0, 1.0])?[0] - 23.0).abs() < 1e-12);
    /// # Ok::<(), forescale::Error>(())
    /// ```
    pub fn fit(s: Rows, e: Rows) -> Result<Self> {
        s.all_finite("s")?;
        e.all_finite("e")?;
        same_length("e", e.len(), "s", s.len())?;
        if s.columns() > MOST_DIMENSIONS {
            let problem = format!("has {} dimensions: at most {MOST_DIMENSIONS} are fitted", s.columns());
            return Err(Error::data("s", problem));
        }
        if s.len() < s.columns() {
            let problem =
                format!("{} rows of observations: {} dimensions need as many rows", s.len(), s.columns());
            return Err(Error::not_ready("fit", problem));
        }
        let problem = NonNegative::new(s);
        let mut matrix = Vec::with_capacity(s.columns() * e.columns());
        for kind in 0..e.columns() {
            let recorded: Vec<f64> = e.iter().filter_map(|row| row.get(kind).copied()).collect();
            matrix.extend(problem.solve(&recorded)?);
        }
        let mut tensor = EnergyTensor::new(Rows::new("matrix", &matrix, s.columns())?)?;
        tensor.quality = Some(Quality { residual: tensor.residual_of(s, e)?, condition: condition(s)? });
        Ok(tensor)
    }

    /// The Euclidean norm of all that the fit left unexplained, S·Tᵀ − E; none when the matrix was given.
    fn residual_of(&self, s: Rows, e: Rows) -> Result<f64> {
        let mut errors = Vec::with_capacity(e.values().len());
        for (scaling, recorded) in s.iter().zip(e.iter()) {
            errors.extend(self.apply(scaling)?.iter().zip(recorded).map(|(model, seen)| model - seen));
        }
        let largest = errors.iter().fold(0.0f64, |most, error| most.max(error.abs()));
        if largest == 0.0 {
            return Ok(0.0);
        }
        Ok(largest * Sum::of(errors.iter().map(|error| (error / largest) * (error / largest))).sqrt())
    }

    /// The energy of each kind at the scaling vector `s`: T·s.
    ///
    /// # Errors
    /// [`Error::Data`] for a length other than the count of columns, values that are not finite, or an energy
    /// beyond the largest float.
    pub fn apply(&self, s: &[f64]) -> Result<Vec<f64>> {
        same_length("s", s.len(), "a row of the tensor", self.columns)?;
        all_finite("s", s)?;
        let energy: Vec<f64> =
            self.matrix().iter().map(|row| Sum::of(row.iter().zip(s).map(|(t, s)| t * s))).collect();
        match energy.iter().position(|value| !value.is_finite()) {
            None => Ok(energy),
            Some(kind) => Err(Error::data("s", format!("energy {kind} is beyond the largest float"))),
        }
    }

    /// The scaling vector of least total energy that covers a demand.
    ///
    /// The total is the sum of all entries of T·S. `demand` has one number, which the sum of S has to reach, or
    /// one a dimension, each of which its entry of S has to reach. `low` and `high` bound S; each has one number
    /// for all dimensions or one a dimension, and `high` may be infinite. Dimensions that cost nothing or save
    /// energy are used first; of equally dear ones, the first. The answer brings its own proof: the dual prices, the bound that they
    /// prove, and the residual of the Karush-Kuhn-Tucker conditions.
    ///
    /// # Errors
    /// [`Error::Data`] for bad lengths, NaN, or a lower bound above the upper; [`Error::Infeasible`] when the
    /// demand is above what `high` allows, or when there is no least total.
    ///
    /// # Cost
    /// O(d log d) for d dimensions, plus one [`apply`](Self::apply).
    ///
    /// # Example
    /// ```
    /// use forescale::{Rows, energy::EnergyTensor};
    /// let tensor = EnergyTensor::new(Rows::new("matrix", &[3.0, 1.0, 2.0], 3)?)?;
    /// let plan = tensor.minimize(&[5.0], &[0.0], &[4.0])?;
    /// assert_eq!((plan.gap(), plan.residual), (0.0, 0.0));
    /// // A unit of demand less saves 2; a unit more of the cheapest dimension replaces one of the dearer, and saves 1.
    /// assert_eq!((plan.price, plan.high_price), (vec![2.0], vec![0.0, -1.0, 0.0]));
    /// assert_eq!((plan.scaling, plan.total), (vec![0.0, 4.0, 1.0], 6.0));
    /// # Ok::<(), forescale::Error>(())
    /// ```
    pub fn minimize(&self, demand: &[f64], low: &[f64], high: &[f64]) -> Result<CheapestScaling> {
        let column = |j: usize| self.matrix.iter().skip(j).step_by(self.columns).copied();
        let costs: Vec<f64> = (0..self.columns).map(|j| Sum::of(column(j))).collect();
        let program = Program::new(&costs, demand, low, high)?;
        let found = program.solve()?;
        let energy = self.apply(&found.scaling)?;
        Ok(program.certify(found, energy))
    }

    /// The matrix: one row a kind of energy, one column a scaling dimension.
    pub fn matrix(&self) -> Rows<'_> {
        Rows::whole(&self.matrix, self.columns)
    }

    /// Of a fitted tensor the Euclidean norm of all that stayed unexplained, ‖S·Tᵀ − E‖, in units of energy.
    pub fn residual(&self) -> Option<f64> {
        self.quality.map(|quality| quality.residual)
    }

    /// Of a fitted tensor the condition number of S, largest over least singular value: how many times a
    /// relative error of the record may grow in the tensor. Infinite when a dimension was never told apart.
    pub fn condition(&self) -> Option<f64> {
        self.quality.map(|quality| quality.condition)
    }

    /// The tensor as bytes that [`restore`](Self::restore) reads.
    ///
    /// # Errors
    /// None that the caller can cause.
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        snapshot::save(snapshot::Kind::EnergyTensor, self)
    }

    /// The tensor that a snapshot holds.
    ///
    /// # Errors
    /// [`Error::Snapshot`] for bytes that are not one, damaged, of another kind, or from a newer version.
    pub fn restore(bytes: &[u8]) -> Result<Self> {
        let tensor: EnergyTensor = snapshot::load(snapshot::Kind::EnergyTensor, bytes)?;
        let sound = Rows::new("matrix", &tensor.matrix, tensor.columns).and_then(EnergyTensor::new).is_ok();
        let known = tensor.quality.is_none_or(|known| known.residual >= 0.0 && known.condition >= 1.0);
        if !sound || !known {
            return Err(Error::Snapshot { problem: "the energy tensor is inconsistent".into() });
        }
        Ok(tensor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(values: &[f64], columns: usize) -> Rows<'_> {
        Rows::new("matrix", values, columns).unwrap()
    }

    #[test]
    fn energy_is_the_matrix_times_the_scaling() {
        let tensor = EnergyTensor::new(rows(&[1.0, 2.0, 3.0, -4.0, 0.5, 0.0], 3)).unwrap();
        assert_eq!(tensor.apply(&[1.0, 10.0, 100.0]).unwrap(), [321.0, 1.0]);
        assert_eq!((tensor.matrix().len(), tensor.matrix().columns()), (2, 3));
        assert_eq!((tensor.residual(), tensor.condition()), (None, None));
        let square = EnergyTensor::new(rows(&[1e16, 1.0, -1e16], 3)).unwrap();
        assert_eq!(square.apply(&[1.0, 1.0, 1.0]).unwrap(), [1.0], "cancellation costs nothing");
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        let tensor = EnergyTensor::new(rows(&[1e300, 2.0], 2)).unwrap();
        let refused = |s: &[f64]| tensor.apply(s).unwrap_err().to_string();
        assert_eq!(refused(&[1.0]), "s: has 1 values, but a row of the tensor has 2");
        assert_eq!(refused(&[1.0, f64::NAN]), "s: value 1 of 2 is NaN");
        assert_eq!(refused(&[1e10, 0.0]), "s: energy 0 is beyond the largest float");
        assert_eq!(EnergyTensor::new(rows(&[], 2)).unwrap_err().to_string(), "matrix: is empty");
        assert!(EnergyTensor::new(rows(&[f64::INFINITY], 1)).is_err());
        let fit = |s: &[f64], columns: usize, e: &[f64]| {
            EnergyTensor::fit(rows(s, columns), rows(e, 1)).unwrap_err()
        };
        assert_eq!(
            fit(&[1.0, 2.0], 2, &[1.0]).to_string(),
            "fit: 1 rows of observations: 2 dimensions need as many rows"
        );
        assert_eq!(fit(&[1.0, 2.0], 2, &[1.0]).code(), 60);
        assert_eq!(fit(&[1.0, 2.0], 1, &[1.0]).to_string(), "e: has 1 values, but s has 2");
        assert!(fit(&[1.0; 257 * 257], 257, &[1.0; 257]).to_string().contains("at most 256"));
        assert!(fit(&[1.0, f64::NAN], 1, &[1.0, 2.0]).to_string().starts_with("s: row 1"));
    }

    #[test]
    fn a_fit_finds_the_tensor_that_made_the_record() {
        let truth = [2.0, 0.0, 1.0, 0.5, 3.0, 0.25];
        let tensor = EnergyTensor::new(rows(&truth, 3)).unwrap();
        let s: Vec<f64> = (0..30).map(|i| f64::from(i * i % 7)).collect();
        let e: Vec<f64> = s.chunks(3).flat_map(|s| tensor.apply(s).unwrap()).collect();
        let fitted = EnergyTensor::fit(rows(&s, 3), rows(&e, 2)).unwrap();
        for (found, true_value) in fitted.matrix().values().iter().zip(truth) {
            assert!((found - true_value).abs() < 1e-13);
        }
        assert!(fitted.residual().unwrap() < 1e-12 && fitted.condition().unwrap() > 1.0);
        assert_eq!(EnergyTensor::restore(&fitted.snapshot().unwrap()).unwrap(), fitted);
        assert_eq!(EnergyTensor::restore(&tensor.snapshot().unwrap()).unwrap(), tensor);
    }

    #[test]
    fn an_inconsistent_snapshot_is_refused() {
        let sound = EnergyTensor::new(rows(&[1.0, 2.0], 2)).unwrap();
        let refused = |change: fn(&mut EnergyTensor)| {
            let mut tensor = sound.clone();
            change(&mut tensor);
            EnergyTensor::restore(&tensor.snapshot().unwrap()).is_err()
        };
        assert!(refused(|tensor| tensor.columns = 0) && refused(|tensor| tensor.columns = 3));
        assert!(refused(|tensor| tensor.matrix.clear()) && refused(|tensor| tensor.matrix[0] = f64::NAN));
        assert!(refused(|tensor| tensor.quality = Some(Quality { residual: -1.0, condition: 2.0 })));
        assert!(refused(|tensor| tensor.quality = Some(Quality { residual: 1.0, condition: f64::NAN })));
    }
}
