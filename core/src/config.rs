//! The one way to configure: plain structs read from JSON text, where an unknown field or a wrong type is named.

use crate::error::{Error, Result};
use serde::de::DeserializeOwned;

/// Reads a configuration from JSON text; absent fields keep their defaults.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let config = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { "config".to_string() } else { path };
        Error::config(field, error.inner().to_string())
    })?;
    reader.end().map_err(|error| Error::config("config", error.to_string()))?;
    Ok(config)
}
