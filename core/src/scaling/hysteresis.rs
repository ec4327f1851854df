//! Two scales for one load: `H(L) = up(L)` while dL/dt > 0, `down(L)` while dL/dt < 0, held at 0.
//!
//! With `down` above `up`, capacity that was added for a rising load is kept for a while when the load falls
//! again. The sign of dL/dt is that of the last change of the load; where dL/dt = 0 the load stands still,
//! and so does the scale on its curve. With a deadband, a change counts once it is larger than that; until
//! then the load is taken to stand still.

use crate::error::{Error, Result, finite, not_negative};
use crate::snapshot::{Kind, load, save};
use serde::{Deserialize, Serialize};

/// A scale for each load: [`Points`], or any function `f64 -> f64`.
pub trait Curve {
    /// The scale for this load.
    fn scale(&self, load: f64) -> f64;
}

impl<F: Fn(f64) -> f64> Curve for F {
    fn scale(&self, load: f64) -> f64 {
        self(load)
    }
}

/// A curve through given points: straight between them, level before the first and after the last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(f64, f64)>", into = "Vec<(f64, f64)>")]
pub struct Points(Vec<(f64, f64)>);

impl Points {
    /// Points (load, scale) with increasing loads, at least one; `name` is what an error calls them. Refuses
    /// numbers that are not finite, and loads out of order.
    pub fn new(name: &str, points: impl Into<Vec<(f64, f64)>>) -> Result<Self> {
        let points = points.into();
        if points.is_empty() {
            return Err(Error::data(name, "has no points"));
        }
        let finite = |(load, scale): &(f64, f64)| load.is_finite() && scale.is_finite();
        if let Some((i, point)) = points.iter().enumerate().find(|(_, point)| !finite(point)) {
            return Err(Error::data(name, format!("point {i} of {} is {point:?}", points.len())));
        }
        for (i, (a, b)) in points.iter().zip(points.iter().skip(1)).enumerate() {
            if a.0 >= b.0 {
                let problem =
                    format!("the load must increase, but {} follows {} at point {}", b.0, a.0, i + 1);
                return Err(Error::data(name, problem));
            }
        }
        Ok(Self(points))
    }
}

impl TryFrom<Vec<(f64, f64)>> for Points {
    type Error = Error;

    fn try_from(points: Vec<(f64, f64)>) -> Result<Self> {
        Self::new("points", points)
    }
}

impl From<Points> for Vec<(f64, f64)> {
    fn from(points: Points) -> Self {
        points.0
    }
}

impl Curve for Points {
    fn scale(&self, load: f64) -> f64 {
        let after = self.0.partition_point(|point| point.0 <= load);
        match (after.checked_sub(1).and_then(|i| self.0.get(i)), self.0.get(after)) {
            (Some(left), Some(right)) => {
                let share = (0.5 * load - 0.5 * left.0) / (0.5 * right.0 - 0.5 * left.0);
                left.1 * (1.0 - share) + right.1 * share
            }
            (Some(end), None) | (None, Some(end)) => end.1,
            (None, None) => f64::NAN,
        }
    }
}

/// The scale with memory: which of two curves holds depends on the way the load last moved.
///
/// Before the load has moved at all, the larger of both curves holds. The formula is taken at its word, so
/// every change of direction changes the curve: on a noisy load the scale jumps between both at every sample,
/// unless it has a deadband, [`design`](Hysteresis::design) says how wide.
#[derive(Debug, Clone, PartialEq)]
pub struct Hysteresis<Up = Points, Down = Points> {
    up: Up,
    down: Down,
    memory: Memory,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Memory {
    /// The load that the scale was set at.
    load: Option<f64>,
    rising: Option<bool>,
    deadband: f64,
}

impl<Up: Curve, Down: Curve> Hysteresis<Up, Down> {
    /// A hysteresis that has seen nothing yet.
    pub fn new(up: Up, down: Down) -> Self {
        Self { up, down, memory: Memory::default() }
    }

    /// Holds the scale from now on until the load is further than this from where the scale was set. 0, as at first, holds nothing.
    ///
    /// In units of load. Refuses a width that is not finite or below 0.
    pub fn set_deadband(&mut self, deadband: f64) -> Result<()> {
        not_negative("deadband", deadband)?;
        self.memory.deadband = deadband;
        Ok(())
    }

    /// The deadband, in units of load.
    pub fn deadband(&self) -> f64 {
        self.memory.deadband
    }

    /// Takes the next load and gives the scale. O(1) besides the curve; with [`Points`], O(log points).
    ///
    /// Refuses a load that is not finite, and a curve that gives a scale that is not; the memory is then as
    /// it was.
    pub fn update(&mut self, load: f64) -> Result<f64> {
        finite("load", load)?;
        let Memory { load: last, rising, deadband } = self.memory;
        let (load, rising) = match last {
            Some(last) if load - last > deadband => (load, Some(true)),
            Some(last) if last - load > deadband => (load, Some(false)),
            Some(last) => (last, rising),
            None => (load, None),
        };
        let scale = match rising {
            Some(true) => checked("up", load, self.up.scale(load))?,
            Some(false) => checked("down", load, self.down.scale(load))?,
            None => {
                checked("up", load, self.up.scale(load))?.max(checked("down", load, self.down.scale(load))?)
            }
        };
        self.memory = Memory { load: Some(load), rising, deadband };
        Ok(scale)
    }

    /// The memory and the deadband as bytes. The curves are not part of it: they are given again to
    /// [`restore`](Self::restore).
    pub fn snapshot(&self) -> Result<Vec<u8>> {
        save(Kind::Hysteresis, &self.memory)
    }

    /// A hysteresis that goes on exactly as the one that was saved, given the same curves.
    pub fn restore(up: Up, down: Down, bytes: &[u8]) -> Result<Self> {
        let memory: Memory = load(Kind::Hysteresis, bytes)?;
        match memory {
            Memory { load: Some(load), .. } if !load.is_finite() => {
                Err(Error::Snapshot { problem: format!("the last load of the hysteresis is {load}") })
            }
            Memory { load: None, rising: Some(_), .. } => {
                Err(Error::Snapshot { problem: "the hysteresis has a direction but no load".into() })
            }
            Memory { deadband, .. } if !(deadband >= 0.0 && deadband.is_finite()) => {
                Err(Error::Snapshot { problem: format!("the deadband of the hysteresis is {deadband}") })
            }
            _ => Ok(Self { up, down, memory }),
        }
    }
}

fn checked(curve: &str, load: f64, scale: f64) -> Result<f64> {
    if scale.is_finite() {
        Ok(scale)
    } else {
        Err(Error::data(curve, format!("gives {scale} for a load of {load}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn curves() -> (Points, Points) {
        (
            Points::new("up", [(0.0, 1.0), (100.0, 11.0)]).unwrap(),
            Points::new("down", [(0.0, 3.0), (100.0, 13.0)]).unwrap(),
        )
    }

    #[test]
    fn each_direction_has_its_curve_and_a_level_load_holds() {
        let (up, down) = curves();
        let mut hysteresis = Hysteresis::new(up, down);
        let scale = [50.0, 50.0, 60.0, 60.0, 50.0, 50.0, 75.0, 200.0, 150.0, -5.0]
            .map(|load| hysteresis.update(load).unwrap());
        assert_eq!(scale, [8.0, 8.0, 7.0, 7.0, 8.0, 8.0, 8.5, 11.0, 13.0, 3.0]);
    }

    #[test]
    fn a_deadband_holds_until_the_load_is_further_away() {
        let (up, down) = curves();
        let mut hysteresis = Hysteresis::new(up, down);
        hysteresis.set_deadband(10.0).unwrap();
        let scale = [50.0, 60.0, 40.0, 61.0, 70.0, 52.0, 71.5, 61.5, 61.0, 70.0, 51.0, 50.5]
            .map(|load| hysteresis.update(load).unwrap());
        let wanted = [8.0, 8.0, 8.0, 7.1, 7.1, 7.1, 8.15, 8.15, 9.1, 9.1, 9.1, 8.05];
        assert!(scale.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-12), "{scale:?}");
        assert!(hysteresis.set_deadband(f64::NAN).unwrap_err().to_string().starts_with("deadband:"));
        assert_eq!(hysteresis.deadband(), 10.0);
    }

    #[test]
    fn functions_are_curves_too() {
        let mut hysteresis = Hysteresis::new(|load: f64| load / 10.0, |load: f64| (load / 10.0).max(5.0));
        assert_eq!([10.0, 20.0, 10.0].map(|load| hysteresis.update(load).unwrap()), [5.0, 2.0, 5.0]);
        let mut broken = Hysteresis::new(|load: f64| 1.0 / load, |load: f64| load);
        broken.update(-1.0).unwrap();
        let before = broken.memory;
        assert_eq!(broken.update(0.0).unwrap_err().to_string(), "up: gives inf for a load of 0");
        assert_eq!(broken.memory, before);
    }

    #[test]
    fn bad_points_and_loads_are_refused() {
        let refused = |points: &[(f64, f64)]| Points::new("points", points).unwrap_err().to_string();
        assert_eq!(refused(&[]), "points: has no points");
        assert_eq!(refused(&[(0.0, 1.0), (1.0, f64::NAN)]), "points: point 1 of 2 is (1.0, NaN)");
        assert_eq!(
            refused(&[(0.0, 1.0), (0.0, 2.0)]),
            "points: the load must increase, but 0 follows 0 at point 1"
        );
        assert!(serde_json::from_str::<Points>("[[1, 2], [0, 2]]").is_err());
        assert_eq!(serde_json::to_string(&curves().0).unwrap(), "[[0.0,1.0],[100.0,11.0]]");
        let (up, down) = curves();
        assert!(Hysteresis::new(up, down).update(f64::NAN).unwrap_err().to_string().starts_with("load:"));
    }

    proptest! {
        #[test]
        fn it_comes_back_from_bytes_the_same(loads in prop::collection::vec(-20f64..120.0, 1..30), cut in 0usize..30, deadband in 0f64..9.0) {
            let (up, down) = curves();
            let mut law = Hysteresis::new(up.clone(), down.clone());
            law.set_deadband(deadband).unwrap();
            let mut twin = law.clone();
            for (i, load) in loads.into_iter().enumerate() {
                if i == cut {
                    twin = Hysteresis::restore(up.clone(), down.clone(), &twin.snapshot().unwrap()).unwrap();
                }
                prop_assert_eq!(twin.update(load).unwrap(), law.update(load).unwrap());
                prop_assert_eq!(twin.snapshot().unwrap(), law.snapshot().unwrap());
            }
        }
    }
}
