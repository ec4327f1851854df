//! Kinds of hardware by the power they draw, and the energy of going from one count of machines to another.
//!
//! CPUs are per hardware thread (one vCPU), from the Cloud Carbon Footprint coefficients (Thoughtworks, Apache-2.0), which are
//! means over the SPECpower_ssj2008 results of a generation. GPUs are per board, from the constants of the same project, or the board
//! power of a data sheet with an idle power that is said to be an estimate. Memory, disks, network and cooling are not in these numbers.

use super::power::PowerCurve;
use crate::error::{Error, Result, not_negative};
use crate::math::Sum;
use serde::{Deserialize, Serialize};

/// A kind of machine: what it draws in service, while it starts, and while it drains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HardwareProfile {
    /// What users call it.
    pub name: String,
    /// Power in service against utilization.
    pub power: PowerCurve,
    /// Power from creation until it is ready, in watts; idle power where it was never measured, which is a lower bound.
    pub starting_watts: f64,
    /// Power from the end of service until it is gone, in watts; idle power where it was never measured.
    pub draining_watts: f64,
    /// Where the numbers come from.
    pub source: String,
}

const SPEC: &str = "Cloud Carbon Footprint coefficients for AWS and Azure (Thoughtworks, Apache-2.0), means of SPECpower_ssj2008 results";
const SPEC_2026: &str = "Cloud Carbon Footprint coefficients for AWS of March 2026 (Thoughtworks, Apache-2.0), means of SPECpower_ssj2008 results";
const STAND_IN: &str = "not measured: Cloud Carbon Footprint coefficients (Thoughtworks, Apache-2.0), which take those of EPYC 2nd Gen instead";
const BOARD: &str = "Cloud Carbon Footprint constants (Thoughtworks, Apache-2.0), estimates from the board power after Davy 2021 (Teads Engineering)";
const SHEET: &str =
    "busy: board power limit of NVIDIA's data sheet; idle: an estimate, 11.5 % of it, the share of the A100";

/// Name, idle and busy watts, source.
const PARTS: [(&str, f64, f64, &str); 25] = [
    ("sandy-bridge", 2.169441, 8.575358, SPEC),
    ("ivy-bridge", 3.036927, 8.248611, SPEC),
    ("haswell", 1.900568, 6.01291, SPEC),
    ("broadwell", 0.7128342, 3.685328, SPEC),
    ("skylake", 0.6446044, 4.193436, SPEC),
    ("cascade-lake", 0.6389494, 3.967305, SPEC),
    ("coffee-lake", 1.138426, 5.421759, SPEC),
    ("ice-lake", 0.7667969, 3.758203, SPEC_2026),
    ("sapphire-rapids", 1.036286, 4.160476, SPEC_2026),
    ("emerald-rapids", 0.8140104, 4.482031, SPEC_2026),
    ("granite-rapids", 0.5815884, 2.527471, SPEC_2026),
    ("epyc-1", 0.8226562, 2.553125, SPEC),
    ("epyc-2", 0.4742622, 1.692962, SPEC),
    ("epyc-3", 0.4453898, 2.019328, SPEC),
    ("epyc-4", 0.7391482, 2.282155, SPEC_2026),
    ("graviton2", 0.4742622, 1.692962, STAND_IN),
    ("k80", 35.0, 306.0, BOARD),
    ("p100", 36.0, 306.0, BOARD),
    ("v100", 35.0, 306.0, BOARD),
    ("p4", 9.0, 76.5, BOARD),
    ("t4", 8.0, 71.0, BOARD),
    ("a10g", 18.0, 153.0, BOARD),
    ("a100", 46.0, 407.0, BOARD),
    ("l4", 8.3, 72.0, SHEET),
    ("h100-sxm", 80.5, 700.0, SHEET),
];

/// Cloud instance types: name, the part whose threads they are, how many. As the providers' pages and Cloud Carbon Footprint's lists
/// of platforms say; types that run on several generations, or whose vCPU is a whole core of two threads, are left out.
const INSTANCES: [(&str, &str, f64); 14] = [
    ("m5.large", "skylake", 2.0),
    ("m5.xlarge", "skylake", 4.0),
    ("m5a.xlarge", "epyc-1", 4.0),
    ("m5n.xlarge", "cascade-lake", 4.0),
    ("m6a.xlarge", "epyc-3", 4.0),
    ("m6g.large", "graviton2", 2.0),
    ("m6g.xlarge", "graviton2", 4.0),
    ("m6i.xlarge", "ice-lake", 4.0),
    ("m7i.xlarge", "sapphire-rapids", 4.0),
    ("m8i.xlarge", "granite-rapids", 4.0),
    ("n2d-standard-4", "epyc-2", 4.0),
    ("c3-standard-4", "sapphire-rapids", 4.0),
    ("c3d-standard-4", "epyc-4", 4.0),
    ("n4-standard-4", "emerald-rapids", 4.0),
];

impl HardwareProfile {
    /// A kind of one's own. What it draws while it starts and drains is its idle power where it is not given; `source` is "given".
    ///
    /// # Errors
    /// [`Error::Config`] for power that is negative or not finite.
    pub fn new(
        name: &str,
        power: PowerCurve,
        starting_watts: Option<f64>,
        draining_watts: Option<f64>,
        source: Option<&str>,
    ) -> Result<Self> {
        let idle = power.idle();
        let profile = HardwareProfile {
            name: name.to_owned(),
            power,
            starting_watts: starting_watts.unwrap_or(idle),
            draining_watts: draining_watts.unwrap_or(idle),
            source: source.unwrap_or("given").to_owned(),
        };
        profile.check().map(|()| profile)
    }

    /// A kind that ships with the library: a hardware thread of a CPU generation, a GPU, or a whole cloud instance type.
    ///
    /// # Errors
    /// [`Error::Config`] for a name that is not among [`names`](Self::names).
    ///
    /// # Example
    /// ```
    /// use forescale::energy::HardwareProfile;
    /// let machine = HardwareProfile::named("m6g.large")?;
    /// assert!((machine.power.busy() - 2.0 * 1.692962).abs() < 1e-12);
    /// # Ok::<(), forescale::Error>(())
    /// ```
    pub fn named(name: &str) -> Result<Self> {
        let instance = INSTANCES.iter().find(|(known, ..)| *known == name);
        let (part, threads) = instance.map_or((name, 1.0), |(_, part, threads)| (*part, *threads));
        let Some((_, idle, busy, source)) = PARTS.iter().find(|(known, ..)| *known == part) else {
            let problem = format!("{name:?} is unknown; known are {}", Self::names().join(", "));
            return Err(Error::config("name", problem));
        };
        let source = match instance {
            Some(_) => format!("{threads} threads of {part}: {source}"),
            None => (*source).to_owned(),
        };
        let power = PowerCurve::new(&[*idle, *busy])?.times(threads)?;
        HardwareProfile::new(name, power, None, None, Some(&source))
    }

    /// The names that [`named`](Self::named) knows.
    pub fn names() -> Vec<&'static str> {
        PARTS.iter().map(|(name, ..)| *name).chain(INSTANCES.iter().map(|(name, ..)| *name)).collect()
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::Config`] names the field and its value.
    pub fn check(&self) -> Result<()> {
        not_negative("starting_watts", self.starting_watts)?;
        not_negative("draining_watts", self.draining_watts).map(drop)
    }
}

/// The energy of changing counts along `path`, in joules: `Σ starts·starting_watts·boot_seconds + Σ stops·draining_watts·drain_seconds`.
///
/// `path` is the count of machines step by step, its first the count before. It is what starting and draining take while
/// nothing is served yet or any more; two ways up that never turn back take the same. What a way takes by being early, machines
/// that are ready and idle, is for the power curve: `power.watts(utilization)` over the time.
///
/// # Errors
/// [`Error::Data`] for an empty path; [`Error::Config`] for durations or powers that are negative or not finite, and for an energy
/// beyond the largest float.
pub fn transition_energy(
    path: &[u32],
    profile: &HardwareProfile,
    boot_seconds: f64,
    drain_seconds: f64,
) -> Result<f64> {
    if path.is_empty() {
        return Err(Error::data("path", "is empty"));
    }
    profile.check()?;
    let start = profile.starting_watts * not_negative("boot_seconds", boot_seconds)?;
    let stop = profile.draining_watts * not_negative("drain_seconds", drain_seconds)?;
    let changes = path.iter().zip(path.iter().skip(1)).map(|(from, to)| f64::from(*to) - f64::from(*from));
    let joules = Sum::of(changes.map(|change| if change > 0.0 { change * start } else { -change * stop }));
    match joules.is_finite() {
        true => Ok(joules),
        false => Err(Error::config("boot_seconds", "the energy is beyond the largest float")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_shipped_kind_is_sound_and_says_its_source() {
        let names = HardwareProfile::names();
        for name in &names {
            let profile = HardwareProfile::named(name).unwrap();
            assert!(
                profile.power.idle() > 0.0 && profile.power.idle() < 0.5 * profile.power.busy(),
                "{name}"
            );
            assert!(profile.check().is_ok() && profile.source.len() > 20 && profile.name == *name);
            let text = serde_json::to_string(&profile).unwrap();
            assert_eq!(serde_json::from_str::<HardwareProfile>(&text).unwrap(), profile);
        }
        let mut unique = names.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), names.len());
        let error = HardwareProfile::named("z80").unwrap_err().to_string();
        assert!(error.starts_with("name: \"z80\" is unknown; known are sandy-bridge,"), "{error}");
    }

    #[test]
    fn starts_and_stops_are_charged_apart() {
        let power = PowerCurve::new(&[100.0, 200.0]).unwrap();
        let profile = HardwareProfile::new("mine", power, Some(150.0), None, None).unwrap();
        // Three starts of 150 W for a minute, one stop of 100 W for half a minute.
        assert_eq!(transition_energy(&[2, 4, 3, 3, 4], &profile, 60.0, 30.0).unwrap(), 27_000.0 + 3_000.0);
        assert_eq!(transition_energy(&[7], &profile, 60.0, 30.0).unwrap(), 0.0);
    }

    #[test]
    fn bad_arguments_are_refused_by_name() {
        let power = PowerCurve::new(&[1.0, 2.0]).unwrap();
        let sound = HardwareProfile::new("mine", power.clone(), None, None, None).unwrap();
        let error = HardwareProfile::new("mine", power, None, Some(-1.0), None).unwrap_err();
        assert!(error.to_string().starts_with("draining_watts:"));
        let wrong = HardwareProfile { starting_watts: f64::NAN, ..sound.clone() };
        let huge = HardwareProfile { starting_watts: f64::MAX, ..sound.clone() };
        for (error, name) in [
            (transition_energy(&[], &sound, 1.0, 1.0), "path:"),
            (transition_energy(&[1], &sound, -1.0, 1.0), "boot_seconds:"),
            (transition_energy(&[1], &sound, 1.0, f64::INFINITY), "drain_seconds:"),
            (transition_energy(&[1], &wrong, 1.0, 1.0), "starting_watts:"),
            (transition_energy(&[0, 9], &huge, 1e9, 1.0), "boot_seconds:"),
        ] {
            assert!(error.unwrap_err().to_string().starts_with(name));
        }
    }

    proptest! {
        /// Only the climbs and falls count, not the steps they are made in; and a way there and back is the sum of both.
        #[test]
        fn one_climb_takes_the_same_in_any_steps(
            low in 0..1000u32, rise in 0..1000u32, share in 0.0..=1.0f64, boot in 0.0..1e4f64, drain in 0.0..1e4f64,
        ) {
            let profile = HardwareProfile::named("skylake").unwrap();
            let between = low + (f64::from(rise) * share) as u32;
            let energy = |path: &[u32]| transition_energy(path, &profile, boot, drain).unwrap();
            let (step, steps) = (energy(&[low, low + rise]), energy(&[low, between, low + rise]));
            prop_assert!((step - steps).abs() <= 1e-13 * step);
            let there_and_back = energy(&[low, low + rise, low]);
            let expected = f64::from(rise) * profile.power.idle() * (boot + drain);
            prop_assert!((there_and_back - expected).abs() <= 1e-13 * expected);
        }
    }
}
