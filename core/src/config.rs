//! The one way to configure: plain structs read from JSON text, where an unknown field or a wrong type is named.
//!
//! Public for the other languages alone, so that all of them read settings alike; Rust has the structs.

use crate::error::{Error, Result};
use serde::de::DeserializeOwned;

/// Reads settings from JSON text; absent fields keep their defaults.
///
/// # Errors
/// [`Error::Config`] with the path of the field, or `name` where the text as a whole is wrong.
pub fn from_json<T: DeserializeOwned>(name: &str, text: &str) -> Result<T> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let config = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { name.to_owned() } else { path };
        Error::config(field, error.inner().to_string())
    })?;
    reader.end().map_err(|error| Error::config(name, error.to_string()))?;
    Ok(config)
}

/// Writes an answer as JSON text: the inverse of [`from_json`].
///
/// # Errors
/// [`Error::Internal`] only.
pub fn to_json<T: serde::Serialize + ?Sized>(answer: &T) -> Result<String> {
    serde_json::to_string(answer)
        .map_err(|error| Error::internal(format!("an answer could not be written: {error}")))
}
