//! How good a forecast was, afterwards: error measures, and evaluation by rolling origin.

use crate::error::*;
use crate::forecast_models::{feature_rows, forescale_forecaster};
use crate::guard::*;
use crate::load::forescale_series;
use engine::forecast::{self, Evaluation};
use std::ffi::c_char;

/// Writes one number that follows from `length` loads and what was predicted for them.
///
/// # Safety
/// The pointers are as the header asks of the function that calls it.
unsafe fn measure<T, E>(
    name: &'static str,
    out: *mut T,
    (actual, predicted, length): (*const f64, *const f64, usize),
    error: *mut forescale_error,
    of: impl FnOnce(&[f64], &[f64]) -> Result<T, E>,
) -> forescale_status
where
    Failure: From<E>,
{
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new(name, out)?;
            out.write(of(slice("actual", actual, length)?, slice("predicted", predicted, length)?)?);
            Ok(())
        })
    }
}

/// For each of `length` points `1 - |actual - predicted| / |actual|`; NaN where the load is 0 or a value is missing (NaN).
/// `out_accuracy` has room for `length` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_accuracy(
    actual: *const f64,
    predicted: *const f64,
    length: usize,
    out_accuracy: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: the pointers are as the header asks; the guard checks what can be checked.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_accuracy", out_accuracy, length)?;
            let (actual, predicted) =
                (slice("actual", actual, length)?, slice("predicted", predicted, length)?);
            out.write(&forecast::accuracy(actual, predicted)?)
        })
    }
}

/// How many points have no relative error: a load of 0, or a value that is missing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_undefined(
    actual: *const f64,
    predicted: *const f64,
    length: usize,
    out_count: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { measure("out_count", out_count, (actual, predicted, length), error, forecast::undefined) }
}

/// Mean absolute error, in the unit of the load. Missing points (NaN) are left out; NaN where nothing is left.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_mae(
    actual: *const f64,
    predicted: *const f64,
    length: usize,
    out_mae: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { measure("out_mae", out_mae, (actual, predicted, length), error, forecast::mae) }
}

/// Mean absolute percentage error, as a share (0.1 is 10 %), over the points with a load other than 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_mape(
    actual: *const f64,
    predicted: *const f64,
    length: usize,
    out_mape: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { measure("out_mape", out_mape, (actual, predicted, length), error, forecast::mape) }
}

/// Symmetric mean absolute percentage error `2 |actual - predicted| / (|actual| + |predicted|)`, in [0, 2].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_smape(
    actual: *const f64,
    predicted: *const f64,
    length: usize,
    out_smape: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { measure("out_smape", out_smape, (actual, predicted, length), error, forecast::smape) }
}

/// Mean absolute scaled error: the mean absolute error over that of "as `period` steps before" within `history`, the
/// `history_length` values before the forecast.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_mase(
    actual: *const f64,
    predicted: *const f64,
    length: usize,
    history: *const f64,
    history_length: usize,
    period: usize,
    out_mase: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        measure(
            "out_mase",
            out_mase,
            (actual, predicted, length),
            error,
            |actual, predicted| -> Outcome<f64> {
                Ok(forecast::mase(actual, predicted, slice("history", history, history_length)?, period)?)
            },
        )
    }
}

/// Weighted absolute percentage error, as a share: the sum of absolute errors over the sum of absolute loads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_wape(
    actual: *const f64,
    predicted: *const f64,
    length: usize,
    out_wape: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe { measure("out_wape", out_wape, (actual, predicted, length), error, forecast::wape) }
}

/// Share of the points predicted within `tolerance` of the load (0.15 is ±15 %), among those with a load other than 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_within(
    actual: *const f64,
    predicted: *const f64,
    length: usize,
    tolerance: f64,
    out_within: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        measure("out_within", out_within, (actual, predicted, length), error, |actual, predicted| {
            forecast::within(actual, predicted, tolerance)
        })
    }
}

/// Mean pinball loss of predicted `q`-quantiles, 0 < `q` < 1, in the unit of the load.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_pinball(
    actual: *const f64,
    predicted: *const f64,
    length: usize,
    q: f64,
    out_pinball: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        measure("out_pinball", out_pinball, (actual, predicted, length), error, |actual, predicted| {
            forecast::pinball(actual, predicted, q)
        })
    }
}

/// Mean continuous ranked probability score of laws given by quantiles, in the unit of the load. `quantiles` has for each of
/// `length` points one number for each of `count` probabilities, which rise between 0 and 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_crps(
    actual: *const f64,
    length: usize,
    quantiles: *const f64,
    probabilities: *const f64,
    count: usize,
    out_crps: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_crps", out_crps)?;
            let (actual, rows) =
                (slice("actual", actual, length)?, table("quantiles", quantiles, length, count)?);
            out.write(forecast::crps(actual, rows, slice("probabilities", probabilities, count)?)?);
            Ok(())
        })
    }
}

/// Mean continuous ranked probability score of normal laws, in the unit of the load.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_crps_normal(
    actual: *const f64,
    mean: *const f64,
    standard_deviation: *const f64,
    length: usize,
    out_crps: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_crps", out_crps)?;
            let (actual, mean) = (slice("actual", actual, length)?, slice("mean", mean, length)?);
            let sigma = slice("standard_deviation", standard_deviation, length)?;
            out.write(forecast::crps_normal(actual, mean, sigma)?);
            Ok(())
        })
    }
}

/// Share of the points that lie within their interval, ends included.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_coverage(
    actual: *const f64,
    lower: *const f64,
    upper: *const f64,
    length: usize,
    out_coverage: *mut f64,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_coverage", out_coverage)?;
            let actual = slice("actual", actual, length)?;
            let (lower, upper) = (slice("lower", lower, length)?, slice("upper", upper, length)?);
            out.write(forecast::coverage(actual, lower, upper)?);
            Ok(())
        })
    }
}

/// How good a model would have been: its forecasts from many origins within a series, and their scores.
#[derive(Debug)]
pub struct forescale_evaluation;
handle!(forescale_evaluation, Evaluation);

/// Forecasts from `origins` points within `series`, and compares with what came. The model itself stays as it is; copies of it
/// see the series up to each origin and nothing else. `features` has `feature_columns` numbers for each value of the series,
/// row after row. `config_json`: `horizon`, `origins`, `refit_every`, `stride`, `period`, `levels`; NULL = defaults.
/// The caller ends the evaluation with `forescale_evaluation_destroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_evaluate(
    forecaster: *const forescale_forecaster,
    series: *const forescale_series,
    features: *const f64,
    feature_columns: usize,
    config_json: *const c_char,
    out_evaluation: *mut *mut forescale_evaluation,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = Out::new("out_evaluation", out_evaluation)?;
            let config = config("config_json", config_json)?;
            let series = read("series", series)?;
            let features = feature_rows(features, series.len(), feature_columns)?;
            let model = read("forecaster", forecaster)?;
            out.write(create(forecast::evaluate(&**model, series, features, &config)?));
            Ok(())
        })
    }
}

/// Ends an evaluation; NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_evaluation_destroy(evaluation: *mut forescale_evaluation) {
    // SAFETY: as above.
    unsafe { destroy(evaluation) }
}

/// The scores under one name: first over all steps ahead, then of each step. Names: `step`, `points`, `undefined`, `mae`,
/// `mape`, `smape`, `mase`, `wape`, `within` (share within ±15 %), `crps`, and `coverage_0.8`, … for each level.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_evaluation_scores(
    evaluation: *const forescale_evaluation,
    name: *const c_char,
    out_values: *mut f64,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_values", out_values, capacity)?;
            let length = Out::new("out_length", out_length)?;
            let table = read("evaluation", evaluation)?.scores();
            out.write_or_measure(&table.column(text("name", name)?)?, length)
        })
    }
}

/// The forecasts under one name, for each origin and step ahead. Names: `origin` and `time` (Unix milliseconds), `step`,
/// `actual`, `mean`, and `lower_0.8`, `upper_0.8`, … for each level.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forescale_evaluation_forecasts(
    evaluation: *const forescale_evaluation,
    name: *const c_char,
    out_values: *mut f64,
    capacity: usize,
    out_length: *mut usize,
    error: *mut forescale_error,
) -> forescale_status {
    // SAFETY: as above.
    unsafe {
        entry(error, || {
            let out = OutArray::new("out_values", out_values, capacity)?;
            let length = Out::new("out_length", out_length)?;
            let table = read("evaluation", evaluation)?.forecasts();
            out.write_or_measure(&table.column(text("name", name)?)?, length)
        })
    }
}
