//! Groups of tenants that run on common capacity because their peaks do not coincide.

use crate::arrays::Table;
use crate::run::{Interruptible, quick, run, to_python};
use crate::whole::whole;
use engine::pool::{ShareConfig, share_with_progress};
use pyo3::prelude::*;

/// Groups tenants by their loads, a row each and a column a step; NaN = missing.
///
/// `quantile` is the share of the time for which the capacity is enough, `most_tenants` and `most_capacity` (in the unit of the loads) are
/// limits of a group, and `holdout` the share of the history, at its end, that the risk is judged on. Gives a dict of the `groups`
/// (`tenants`, `capacity`, `isolated_capacity`, `risk`, `isolated_risk`), the `capacity` of all, the `isolated_capacity`, and the share
/// that is `saved`; `tenants` are numbers of rows, from 0. Loads that cannot be used raise `DataError`, settings `ConfigError`, which name
/// the value.
#[pyfunction]
#[pyo3(signature = (loads, quantile=0.999, most_tenants: "SupportsIndex"=8, most_capacity=None, holdout=0.25) -> "dict[str, object]")]
pub(crate) fn share<'py>(
    py: Python<'py>,
    loads: Table<'_>,
    quantile: f64,
    #[pyo3(from_py_with = whole)] most_tenants: usize,
    most_capacity: Option<f64>,
    holdout: f64,
) -> PyResult<Bound<'py, PyAny>> {
    let config = ShareConfig { quantile, most_tenants, most_capacity, holdout };
    let loads = quick(py, || loads.rows("loads"))?;
    let mut interruptible = Interruptible::default();
    let mut go_on = |share| interruptible.goes_on(None, share);
    let result = run(py, || share_with_progress(loads, &config, &mut go_on));
    to_python(py, &interruptible.outcome(result)?)
}
