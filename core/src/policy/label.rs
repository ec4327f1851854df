//! A short name that is copied, not allocated.

use crate::error::{Error, Result};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The longest name in bytes.
const LONGEST: usize = 30;

/// A name of 1 to 30 bytes, as for a resource. In JSON a text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Label {
    bytes: [u8; LONGEST],
    length: u8,
}

impl Label {
    /// # Errors
    /// [`Error::Config`] for a name that is empty, too long, or has control characters.
    pub fn new(name: &str) -> Result<Self> {
        if name.is_empty() || name.len() > LONGEST || name.chars().any(char::is_control) {
            let problem = format!("must have 1 to {LONGEST} bytes and no control characters, got {name:?}");
            return Err(Error::config("name", problem));
        }
        let mut bytes = [0; LONGEST];
        bytes.iter_mut().zip(name.bytes()).for_each(|(to, from)| *to = from);
        Ok(Label { bytes, length: name.len() as u8 })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, target: S) -> std::result::Result<S::Ok, S::Error> {
        target.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(source: D) -> std::result::Result<Self, D::Error> {
        Label::new(&String::deserialize(source)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_and_others_are_refused() {
        for name in ["cpu", "mémoire", &"x".repeat(30)] {
            let label = Label::new(name).unwrap();
            assert_eq!((label.as_str(), label.to_string().as_str()), (name, name));
            let json = serde_json::to_string(&label).unwrap();
            assert_eq!(serde_json::from_str::<Label>(&json).unwrap(), label);
        }
        for name in ["", "a\nb", &"x".repeat(31)] {
            assert!(Label::new(name).is_err(), "{name:?}");
        }
    }
}
