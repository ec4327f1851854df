//! Any model from its snapshot: the bytes say which one it is.

use super::{
    Additive, Arima, Custom, Ensemble, Ets, Forecaster, GradientBoosting, Hybrid, Lstm, MovingAverage,
    SeasonalNaive, Spectral, Tcn,
};
use crate::error::{Error, Result};
use crate::snapshot::{self, Kind};

/// Reads the snapshot of any model of this library.
///
/// # Errors
/// [`Error::Snapshot`] for bytes that are not a whole, undamaged snapshot of a model.
pub fn restore(bytes: &[u8]) -> Result<Box<dyn Forecaster>> {
    Ok(match snapshot::kind(bytes)? {
        kind if kind == Kind::Additive as u32 => Box::new(Additive::restore(bytes)?),
        kind if kind == Kind::Custom as u32 => return Err(Custom::refusal(bytes)),
        kind if kind == Kind::MovingAverage as u32 => Box::new(MovingAverage::restore(bytes)?),
        kind if kind == Kind::SeasonalNaive as u32 => Box::new(SeasonalNaive::restore(bytes)?),
        kind if kind == Kind::Arima as u32 => Box::new(Arima::restore(bytes)?),
        kind if kind == Kind::Ensemble as u32 => Box::new(Ensemble::restore(bytes)?),
        kind if kind == Kind::Ets as u32 => Box::new(Ets::restore(bytes)?),
        kind if kind == Kind::Spectral as u32 => Box::new(Spectral::restore(bytes)?),
        kind if kind == Kind::GradientBoosting as u32 => Box::new(GradientBoosting::restore(bytes)?),
        kind if kind == Kind::Lstm as u32 => Box::new(Lstm::restore(bytes)?),
        kind if kind == Kind::Tcn as u32 => Box::new(Tcn::restore(bytes)?),
        kind if kind == Kind::Hybrid as u32 => Box::new(Hybrid::restore(bytes)?),
        kind => {
            return Err(Error::Snapshot { problem: format!("of another kind: {kind} is not a forecaster") });
        }
    })
}
