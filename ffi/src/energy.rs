//! What does it burn? The energy tensor: how scaling dimensions turn into consumption.

use crate::error::*;
use crate::guard::*;
use engine::energy::EnergyTensor;

/// A linear map T from scaling dimensions (a column each) to kinds of energy (a row each).
#[derive(Debug)]
pub struct forescale_energy_tensor;
handle!(forescale_energy_tensor, EnergyTensor);

/// The tensor of a matrix, row after row. Entries may be negative.
/// The caller ends it with `forescale_energy_tensor_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_energy_tensor_create(
    matrix: *const f64,
    rows: usize,
    columns: usize,
    out_tensor: *mut *mut forescale_energy_tensor,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = Out::new("out_tensor", out_tensor)?;
            out.write(create(EnergyTensor::new(table("matrix", matrix, rows, columns)?)?));
            Ok(())
        })
    }
}

/// The tensor without negative entries that explains a record best, by non-negative least squares.
/// `s` and `e` have a row an observation; `s` has a column a scaling dimension, `e` one a kind of energy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_energy_tensor_fit(
    s: *const f64,
    s_rows: usize,
    s_columns: usize,
    e: *const f64,
    e_rows: usize,
    e_columns: usize,
    out_tensor: *mut *mut forescale_energy_tensor,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_tensor", out_tensor)?;
            let (s, e) = (table("s", s, s_rows, s_columns)?, table("e", e, e_rows, e_columns)?);
            out.write(create(EnergyTensor::fit(s, e)?));
            Ok(())
        })
    }
}

/// Ends a tensor; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_energy_tensor_destroy(tensor: *mut forescale_energy_tensor) {
    // SAFETY: as above.
    unsafe { destroy(tensor) }
}

/// The energy of each kind at the scaling vector `s`: T·s.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_energy_tensor_apply(
    tensor: *const forescale_energy_tensor,
    s: *const f64,
    s_length: usize,
    out_energy: *mut f64,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_energy", out_energy, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_or_measure(&read("tensor", tensor)?.apply(slice("s", s, s_length)?)?, length)
        })
    }
}

/// The scaling vector of least total energy (the sum of all entries of T·S) that covers a demand.
/// `demand` has one number, which the sum of S has to reach, or one a dimension, each of which its entry of S has
/// to reach. `low` and `high` bound S, with one number for all dimensions or one each; `high` may be infinite.
/// Answers: S (room for the columns of the tensor), its energy (for the rows), the total, and the certificate: for each demand the
/// energy that its last unit takes, the dual price (room for `demand_length`); for each dimension what a unit more of its lower and of its
/// upper bound adds (room for the columns each); the value of these prices in the dual program, below which no total is; and the largest
/// violation of the Karush-Kuhn-Tucker conditions, as a share of its own terms.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_energy_tensor_minimize(
    tensor: *const forescale_energy_tensor,
    demand: *const f64,
    demand_length: usize,
    low: *const f64,
    low_length: usize,
    high: *const f64,
    high_length: usize,
    out_scaling: *mut f64,
    scaling_capacity: usize,
    out_energy: *mut f64,
    energy_capacity: usize,
    out_total: *mut f64,
    out_price: *mut f64,
    out_low_price: *mut f64,
    out_high_price: *mut f64,
    out_lower_bound: *mut f64,
    out_residual: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let scaling = OutArray::new("out_scaling", out_scaling, scaling_capacity)?;
            let energy = OutArray::new("out_energy", out_energy, energy_capacity)?;
            let total = Out::new("out_total", out_total)?;
            let price = OutArray::new("out_price", out_price, demand_length)?;
            let low_price = OutArray::new("out_low_price", out_low_price, scaling_capacity)?;
            let high_price = OutArray::new("out_high_price", out_high_price, scaling_capacity)?;
            let lower_bound = Out::new("out_lower_bound", out_lower_bound)?;
            let residual = Out::new("out_residual", out_residual)?;
            let demand = slice("demand", demand, demand_length)?;
            let (low, high) = (slice("low", low, low_length)?, slice("high", high, high_length)?);
            let cheapest = read("tensor", tensor)?.minimize(demand, low, high)?;
            scaling.check(&cheapest.scaling)?;
            energy.check(&cheapest.energy)?;
            scaling.write(&cheapest.scaling)?;
            energy.write(&cheapest.energy)?;
            price.write(&cheapest.price)?;
            low_price.write(&cheapest.low_price)?;
            high_price.write(&cheapest.high_price)?;
            total.write(cheapest.total);
            lower_bound.write(cheapest.lower_bound);
            residual.write(cheapest.residual);
            Ok(())
        })
    }
}

/// The counts of rows (kinds of energy) and columns (scaling dimensions).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_energy_tensor_shape(
    tensor: *const forescale_energy_tensor,
    out_rows: *mut usize,
    out_columns: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let (rows, columns) = (Out::new("out_rows", out_rows)?, Out::new("out_columns", out_columns)?);
            let matrix = read("tensor", tensor)?.matrix();
            rows.write(matrix.len());
            columns.write(matrix.columns());
            Ok(())
        })
    }
}

/// The matrix, row after row.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_energy_tensor_matrix(
    tensor: *const forescale_energy_tensor,
    out_matrix: *mut f64,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_matrix", out_matrix, capacity)?;
            let length = Out::new("out_length", out_length)?;
            out.write_or_measure(read("tensor", tensor)?.matrix().values(), length)
        })
    }
}

/// Of a fitted tensor the Euclidean norm of all that stayed unexplained, in units of energy; NaN of a given one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_energy_tensor_residual(
    tensor: *const forescale_energy_tensor,
    out_residual: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_residual", out_residual)?;
            out.write(read("tensor", tensor)?.residual().unwrap_or(f64::NAN));
            Ok(())
        })
    }
}

/// Of a fitted tensor the condition number of S: how many times a relative error of the record may grow in the
/// tensor. NaN of a given one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_energy_tensor_condition(
    tensor: *const forescale_energy_tensor,
    out_condition: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_condition", out_condition)?;
            out.write(read("tensor", tensor)?.condition().unwrap_or(f64::NAN));
            Ok(())
        })
    }
}

/// The tensor as bytes that `forescale_energy_tensor_restore` reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_energy_tensor_snapshot(
    tensor: *const forescale_energy_tensor,
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
            out.write_or_measure(&read("tensor", tensor)?.snapshot()?, length)
        })
    }
}

/// The tensor that a snapshot holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_energy_tensor_restore(
    bytes: *const u8,
    length: usize,
    out_tensor: *mut *mut forescale_energy_tensor,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_tensor", out_tensor)?;
            out.write(create(EnergyTensor::restore(slice("bytes", bytes, length)?)?));
            Ok(())
        })
    }
}
