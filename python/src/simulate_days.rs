//! A report day by day.

use engine::simulate;
use pyo3::prelude::*;

/// What one policy came to on one day (UTC).
#[pyclass(frozen, get_all, eq, module = "forescale.simulate")]
#[derive(Debug, PartialEq)]
pub(crate) struct DayResult {
    /// The policy's name in the report.
    policy: String,
    /// Unix milliseconds at which the day's first decision was made.
    start: i64,
    /// Seconds of the run that fall on the day: fewer than 86,400 on the first and last.
    seconds: f64,
    /// Cost in the user's currency.
    cost: f64,
    /// Energy in kWh, that of starting and draining included.
    energy_kwh: f64,
    /// Seconds in which the promise was broken.
    violation_seconds: f64,
    /// Requests answered later than promised.
    late_requests: f64,
    /// Ready replica-hours beyond what the promise needed.
    over_provisioned_hours: f64,
}

impl From<simulate::DayResult> for DayResult {
    fn from(day: simulate::DayResult) -> Self {
        let simulate::DayResult {
            policy,
            start,
            seconds,
            cost,
            energy_kwh,
            violation_seconds,
            late_requests,
            over_provisioned_hours,
        } = day;
        DayResult {
            policy,
            start,
            seconds,
            cost,
            energy_kwh,
            violation_seconds,
            late_requests,
            over_provisioned_hours,
        }
    }
}

#[pymethods]
impl DayResult {
    fn __repr__(&self) -> String {
        let DayResult { policy, start, cost, violation_seconds, .. } = self;
        format!("<DayResult {policy} {start}: cost={cost}, violation_seconds={violation_seconds}>")
    }
}

/// The mean of one quantity over days, and its interval.
#[pyclass(frozen, get_all, eq, module = "forescale.simulate")]
#[derive(Debug, PartialEq)]
pub(crate) struct DailyMean {
    /// The mean.
    mean: f64,
    /// The interval's lower end.
    lower: f64,
    /// The interval's upper end.
    upper: f64,
}

impl From<simulate::DailyMean> for DailyMean {
    fn from(simulate::DailyMean { mean, lower, upper }: simulate::DailyMean) -> Self {
        DailyMean { mean, lower, upper }
    }
}

#[pymethods]
impl DailyMean {
    fn __repr__(&self) -> String {
        let DailyMean { mean, lower, upper } = self;
        format!("<DailyMean {mean} in [{lower}, {upper}]>")
    }
}

/// The mean day of one policy.
#[pyclass(frozen, eq, module = "forescale.simulate")]
#[derive(Debug, PartialEq)]
pub(crate) struct DailyMeans(pub(crate) simulate::DailyMeans);

#[pymethods]
impl DailyMeans {
    /// The policy's name in the report.
    #[getter]
    fn policy(&self) -> &str {
        &self.0.policy
    }

    /// Whole days that the means are over.
    #[getter]
    fn days(&self) -> usize {
        self.0.days
    }

    /// Cost in the user's currency.
    #[getter]
    fn cost(&self) -> DailyMean {
        self.0.cost.into()
    }

    /// Energy in kWh.
    #[getter]
    fn energy_kwh(&self) -> DailyMean {
        self.0.energy_kwh.into()
    }

    /// Seconds in which the promise was broken.
    #[getter]
    fn violation_seconds(&self) -> DailyMean {
        self.0.violation_seconds.into()
    }

    /// Requests answered later than promised.
    #[getter]
    fn late_requests(&self) -> DailyMean {
        self.0.late_requests.into()
    }

    /// Ready replica-hours beyond what the promise needed.
    #[getter]
    fn over_provisioned_hours(&self) -> DailyMean {
        self.0.over_provisioned_hours.into()
    }

    fn __repr__(&self) -> String {
        let simulate::DailyMeans { policy, days, cost, .. } = &self.0;
        format!("<DailyMeans {policy} over {days} days: cost={}>", cost.mean)
    }
}
