//! Power against utilization: straight lines between points at equal distances.
//!
//! Two points are the linear model idle + (busy − idle)·u (Fan, Weber and Barroso 2007, "Power provisioning for a
//! warehouse-sized computer", ISCA); eleven are the table of a SPECpower_ssj2008 result, at 0, 10, …, 100 %.

use crate::error::{Error, Result, not_negative};
use serde::{Deserialize, Serialize};

/// The power of a machine at every utilization from 0 to 1, in watts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct PowerCurve {
    watts: Vec<f64>,
}

impl PowerCurve {
    /// The curve through watts at utilizations of equal distances, the first at 0 and the last at 1: two numbers are idle and
    /// busy, eleven a SPECpower table. It may fall, as some machines' curves do.
    ///
    /// # Errors
    /// [`Error::Data`] for fewer than two points, and for power that is negative or not finite.
    ///
    /// # Example
    /// ```
    /// use forescale::energy::PowerCurve;
    /// let linear = PowerCurve::new(&[100.0, 200.0])?;
    /// assert_eq!(linear.watts(0.25)?, 125.0);
    /// # Ok::<(), forescale::Error>(())
    /// ```
    pub fn new(watts_at_utilization: &[f64]) -> Result<Self> {
        if watts_at_utilization.len() < 2 {
            let problem = format!("has {} values: idle and busy are the least", watts_at_utilization.len());
            return Err(Error::data("watts_at_utilization", problem));
        }
        match watts_at_utilization.iter().enumerate().find(|(_, watts)| !watts.is_finite() || **watts < 0.0) {
            None => Ok(PowerCurve { watts: watts_at_utilization.to_vec() }),
            Some((i, watts)) => {
                let problem = format!("value {i} is {watts}: power is finite and at least 0");
                Err(Error::data("watts_at_utilization", problem))
            }
        }
    }

    /// The power at a utilization, in watts.
    ///
    /// # Errors
    /// [`Error::Config`] for a utilization outside 0 to 1.
    pub fn watts(&self, utilization: f64) -> Result<f64> {
        if !(0.0..=1.0).contains(&utilization) {
            return Err(Error::config("utilization", format!("must be 0 to 1, got {utilization}")));
        }
        let place = utilization * (self.watts.len() - 1) as f64;
        let left = place.floor();
        let share = place - left;
        let at = |i: usize| self.watts.get(i).copied().unwrap_or(self.busy());
        Ok((1.0 - share) * at(left as usize) + share * at(left as usize + 1))
    }

    /// The power at no utilization, in watts.
    pub fn idle(&self) -> f64 {
        self.watts.first().copied().unwrap_or(0.0)
    }

    /// The power at full utilization, in watts.
    pub fn busy(&self) -> f64 {
        self.watts.last().copied().unwrap_or(0.0)
    }

    /// The watts that it goes through, at utilizations of equal distances.
    pub fn points(&self) -> &[f64] {
        &self.watts
    }

    /// The curve of `count` such machines side by side, equally used; `count` need not be whole.
    ///
    /// # Errors
    /// [`Error::Config`] for a count that is negative or not finite, or takes the power beyond the largest float.
    pub fn times(&self, count: f64) -> Result<Self> {
        not_negative("count", count)?;
        let watts: Vec<f64> = self.watts.iter().map(|watts| watts * count).collect();
        PowerCurve::new(&watts)
            .map_err(|_| Error::config("count", format!("{count} takes the power beyond the largest float")))
    }
}

impl TryFrom<Vec<f64>> for PowerCurve {
    type Error = Error;

    fn try_from(watts: Vec<f64>) -> Result<Self> {
        PowerCurve::new(&watts)
    }
}

impl From<PowerCurve> for Vec<f64> {
    fn from(curve: PowerCurve) -> Self {
        curve.watts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_curve_goes_through_its_points_and_straight_between() {
        // numpy.interp of NumPy's documentation is the same rule; these are worked by hand.
        let curve =
            PowerCurve::new(&[50.0, 90.0, 100.0, 108.0, 116.0, 126.0, 140.0, 158.0, 180.0, 206.0, 230.0])
                .unwrap();
        for (utilization, watts) in [(0.0, 50.0), (0.5, 126.0), (1.0, 230.0), (0.05, 70.0), (0.75, 169.0)] {
            assert!((curve.watts(utilization).unwrap() - watts).abs() < 1e-12, "{utilization}");
        }
        assert_eq!((curve.idle(), curve.busy(), curve.points().len()), (50.0, 230.0, 11));
    }

    #[test]
    fn bad_arguments_are_refused_by_name() {
        for bad in [&[][..], &[1.0], &[1.0, f64::NAN], &[1.0, f64::INFINITY], &[-1.0, 2.0]] {
            let error = PowerCurve::new(bad).unwrap_err();
            assert!(error.code() == 40 && error.to_string().starts_with("watts_at_utilization:"));
        }
        let curve = PowerCurve::new(&[1.0, 2.0]).unwrap();
        for bad in [-0.1, 1.1, f64::NAN] {
            assert!(curve.watts(bad).unwrap_err().to_string().starts_with("utilization:"));
        }
        for bad in [-1.0, f64::NAN, f64::MAX] {
            assert!(curve.times(bad).unwrap_err().to_string().starts_with("count:"));
        }
        assert!(serde_json::from_str::<PowerCurve>("[1]").is_err());
    }

    proptest! {
        #[test]
        fn power_stays_between_the_neighbouring_points(
            watts in prop::collection::vec(0.0..1e308f64, 2..15),
            utilization in 0.0..=1.0f64,
            count in 0.0..1.0f64,
        ) {
            let curve = PowerCurve::new(&watts).unwrap();
            let found = curve.watts(utilization).unwrap();
            let place = utilization * (watts.len() - 1) as f64;
            let (a, b) = (watts[place.floor() as usize], watts[place.ceil() as usize]);
            let slack = 1e-15 * a.max(b);
            prop_assert!(a.min(b) - slack <= found && found <= a.max(b) + slack);
            let scaled = curve.times(count).unwrap().watts(utilization).unwrap();
            prop_assert!((scaled - count * found).abs() <= 1e-14 * count * found.max(a.max(b)));
            let text = serde_json::to_string(&curve).unwrap();
            prop_assert_eq!(serde_json::from_str::<PowerCurve>(&text).unwrap(), curve);
        }
    }
}
