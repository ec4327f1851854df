//! State as bytes: an envelope that refuses what is not ours, damaged, of another kind, or newer.
//!
//! Layout, little-endian: magic `FSCALE\0\x01` (8), format (u16), oldest reader (u16), kind (u32), body length (u64),
//! CRC-32 of all other bytes (u32), reserved zero (u32), then the body in postcard's published wire format.
//! The checksum covers the header too, so that every flipped bit is found.

use crate::error::{Error, Result};
use serde::{Serialize, de::DeserializeOwned};

const MAGIC: [u8; 8] = *b"FSCALE\0\x01";
const HEADER: usize = 32;
const CRC_AT: usize = 24;
/// The format this version writes, and the newest that it reads.
const FORMAT: u16 = 1;

/// What a snapshot holds. Numbers are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Kind {
    Engine = 1,
    IsolationForest = 2,
    ScalingLaw = 3,
    MovingAverage = 4,
    SeasonalNaive = 5,
    AdaptiveInterval = 6,
    Series = 7,
    Hysteresis = 8,
    EnergyTensor = 9,
    AdaptiveQuantile = 10,
    Ets = 20,
    Arima = 21,
    Additive = 22,
    Spectral = 23,
    Lstm = 24,
    Tcn = 25,
    GradientBoosting = 26,
    Hybrid = 27,
    Ensemble = 28,
    Custom = 29,
    Calendar = 30,
    History = 31,
    Panel = 32,
    Detector = 33,
    CircuitBreaker = 34,
    Rollout = 35,
    CloneManager = 60,
    LoadBalancer = 61,
    ResourceManager = 62,
    ShadowManager = 63,
    Regions = 64,
}

/// Writes `state` as a snapshot of the given kind.
pub(crate) fn save<T: Serialize>(kind: Kind, state: &T) -> Result<Vec<u8>> {
    let mut bytes = Vec::from(MAGIC);
    bytes.extend(FORMAT.to_le_bytes());
    bytes.extend(FORMAT.to_le_bytes());
    bytes.extend((kind as u32).to_le_bytes());
    bytes.extend([0; 16]);
    let mut bytes = postcard::to_extend(state, bytes)
        .map_err(|error| Error::internal(format!("a snapshot could not be written: {error}")))?;
    let length = (bytes.len() - HEADER) as u64;
    if let Some(field) = bytes.get_mut(16..24) {
        field.copy_from_slice(&length.to_le_bytes());
    }
    let checksum = checksum(&bytes);
    if let Some(field) = bytes.get_mut(CRC_AT..CRC_AT + 4) {
        field.copy_from_slice(&checksum.to_le_bytes());
    }
    Ok(bytes)
}

/// Reads a snapshot of the given kind, and nothing else.
pub(crate) fn load<T: DeserializeOwned>(kind: Kind, bytes: &[u8]) -> Result<T> {
    let (found, body) = open(bytes)?;
    if found != kind as u32 {
        return refuse(format!("of another kind: {found}, where {} ({kind:?}) was asked for", kind as u32));
    }
    match postcard::take_from_bytes(body) {
        Ok((state, [])) => Ok(state),
        Ok((_, rest)) => refuse(format!("{} bytes are left over after the state", rest.len())),
        Err(error) => refuse(format!("the state cannot be read: {error}")),
    }
}

/// The number of the kind that an undamaged snapshot holds.
pub(crate) fn kind(bytes: &[u8]) -> Result<u32> {
    open(bytes).map(|(kind, _)| kind)
}

/// The number of the kind, and the body, of an undamaged snapshot.
fn open(bytes: &[u8]) -> Result<(u32, &[u8])> {
    let (Some(header), Some(body)) = (bytes.get(..HEADER), bytes.get(HEADER..)) else {
        return refuse(format!("{} bytes are too few: the header alone has {HEADER}", bytes.len()));
    };
    if !header.starts_with(&MAGIC) {
        return refuse("the bytes do not begin as a forescale snapshot does".into());
    }
    let oldest_reader = u16::from_le_bytes(field(header, 10));
    if oldest_reader > FORMAT {
        return refuse(format!(
            "written in format {oldest_reader} by a newer version; this one reads up to {FORMAT}"
        ));
    }
    let length = u64::from_le_bytes(field(header, 16));
    if length != body.len() as u64 {
        return refuse(format!("the body has {} bytes, but the header says {length}", body.len()));
    }
    if u32::from_le_bytes(field(header, CRC_AT)) != checksum(bytes) {
        return refuse("damaged: the checksum does not match".into());
    }
    Ok((u32::from_le_bytes(field(header, 12)), body))
}

fn refuse<T>(problem: String) -> Result<T> {
    Err(Error::Snapshot { problem })
}

fn field<const N: usize>(header: &[u8], at: usize) -> [u8; N] {
    header.get(at..at + N).and_then(|bytes| bytes.try_into().ok()).unwrap_or([0; N])
}

/// CRC-32 (IEEE 802.3) of all bytes but the checksum's own four.
fn checksum(bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(bytes.get(..CRC_AT).unwrap_or(bytes));
    hasher.update(bytes.get(CRC_AT + 4..).unwrap_or_default());
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_comes_back() {
        let state = (vec![1.5, f64::NEG_INFINITY], String::from("name"), -3i64);
        let bytes = save(Kind::Series, &state).unwrap();
        assert_eq!(load::<(Vec<f64>, String, i64)>(Kind::Series, &bytes).unwrap(), state);
        assert!(
            load::<(Vec<f64>, String, i64)>(Kind::Engine, &bytes)
                .unwrap_err()
                .to_string()
                .contains("another kind")
        );
    }

    #[test]
    fn every_truncation_and_every_flipped_bit_is_an_error() {
        let bytes = save(Kind::Series, &vec![1.0, 2.0, 3.0]).unwrap();
        for length in 0..bytes.len() {
            assert!(load::<Vec<f64>>(Kind::Series, &bytes[..length]).is_err(), "{length} bytes");
        }
        for bit in 0..8 * bytes.len() {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(load::<Vec<f64>>(Kind::Series, &flipped).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn the_checksum_is_the_published_one() {
        // The check value of CRC-32/ISO-HDLC for "123456789" is cbf43926; our field sits in bytes 24 to 27.
        let mut bytes = b"123456789".to_vec();
        assert_eq!(checksum(&bytes), 0xcbf4_3926);
        bytes.extend([0; 15]);
        let without = checksum(&bytes);
        bytes.extend([1, 2, 3, 4]);
        assert_eq!(checksum(&bytes), without);
    }
}
