//! The one way to configure: plain structs read from data that describes itself, JSON text or what a language has for it, where an unknown
//! field, a wrong type, or a number that is none is named with its path and its value.
//!
//! Public for the other languages alone, so that all of them read settings alike; Rust has the structs.

use crate::error::{Error, Result};
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny};

/// Reads settings from JSON text; absent fields keep their defaults.
///
/// # Errors
/// [`Error::Config`] with the path of the field, or `name` where the text as a whole is wrong. The path begins with the name unless that is
/// `config`; in C's names, `_json` is not part of a path.
pub fn from_json<T: DeserializeOwned>(name: &str, text: &str) -> Result<T> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let settings = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let field = located(name, &error.path().to_string());
        let problem = error.inner();
        if problem.is_data() {
            let message = problem.to_string();
            // Without the position in a text that the user may never have seen.
            let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
            return Error::config(field, in_words(message));
        }
        // Where one of several words is wanted, the reader takes an object of none or many keys for broken text.
        let is_odd_word = problem.to_string().starts_with("expected value");
        if is_odd_word && serde_json::from_str::<IgnoredAny>(text).is_ok() {
            return Error::config(field, format!("must be {}", wanted_in_words("enum")));
        }
        Error::config(field, format!("is not JSON: {problem} (JSON has no NaN and no infinity)"))
    })?;
    reader.end().map_err(|error| Error::config(name, error.to_string()))?;
    Ok(settings)
}

/// Reads settings from data of another language, as [`from_json`] does from text.
///
/// # Errors
/// As [`from_json`].
pub fn read<'de, T: DeserializeOwned>(name: &str, data: impl Deserializer<'de>) -> Result<T> {
    serde_path_to_error::deserialize(data).map_err(|error| {
        Error::config(located(name, &error.path().to_string()), in_words(&error.inner().to_string()))
    })
}

/// Writes an answer as JSON text: the inverse of [`from_json`].
///
/// # Errors
/// [`Error::Internal`] only.
pub fn to_json<T: serde::Serialize + ?Sized>(answer: &T) -> Result<String> {
    serde_json::to_string(answer)
        .map_err(|error| Error::internal(format!("an answer could not be written: {error}")))
}

/// Where a field lies, within what the user knows by `name`.
fn located(name: &str, path: &str) -> String {
    let whole = name.strip_suffix("_json").unwrap_or(name);
    // A key that could not be read is a question mark.
    let path = path.strip_suffix('?').unwrap_or(path).trim_end_matches('.');
    match path {
        "" => name.to_owned(),
        _ if whole == "config" => path.to_owned(),
        _ if path.starts_with('[') => format!("{whole}{path}"),
        _ => format!("{whole}.{path}"),
    }
}

/// What is wrong, in the words of all languages instead of serde's.
fn in_words(message: &str) -> String {
    let known = [("invalid type: ", ""), ("invalid value: ", ""), ("invalid length ", "a list of length ")];
    let found = known.iter().find_map(|(prefix, kind)| Some((kind, message.strip_prefix(prefix)?)));
    match found.and_then(|(kind, found)| Some((kind, found.rsplit_once(", expected ")?))) {
        Some((kind, (found, wanted))) => format!("must be {}, got {kind}{found}", wanted_in_words(wanted)),
        None => match message.strip_prefix("missing field ") {
            Some(field) => format!("lacks the field {field}"),
            None => message.to_owned(),
        },
    }
}

fn wanted_in_words(wanted: &str) -> String {
    let whole = |from: &str, to: &str| format!("a whole number from {from} to {to}");
    match wanted {
        "f64" | "f32" => "a number".to_owned(),
        "u8" => whole("0", "255"),
        "u16" => whole("0", "65535"),
        "u32" => whole("0", "4294967295"),
        "u64" | "usize" => whole("0", "2^64 - 1"),
        "i32" => whole("-2147483648", "2147483647"),
        "i64" | "isize" => whole("-2^63", "2^63 - 1"),
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        "enum" => "one word, or an object with one key".to_owned(),
        _ if wanted.starts_with("struct ") => "an object".to_owned(),
        _ => wanted.strip_prefix("must be ").unwrap_or(wanted).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    #[allow(dead_code, reason = "only how it is refused is looked at")]
    enum Rule {
        Always,
        Above(f64),
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only how it is refused is looked at")]
    struct Machine {
        name: String,
        #[serde(default)]
        room: Vec<f64>,
        #[serde(default)]
        count: u32,
        rule: Option<Rule>,
        next: Option<Box<Machine>>,
    }

    fn refused(name: &str, text: &str) -> String {
        from_json::<Machine>(name, text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_is_named_with_its_path_and_its_value() {
        for (text, message) in [
            (r#"{"name": "m", "room": [1, "x"]}"#, r#"machine.room[1]: must be a number, got string "x""#),
            (r#"{"name": "m", "room": 1}"#, "machine.room: must be a list, got integer `1`"),
            (
                r#"{"name": "m", "count": -1}"#,
                "machine.count: must be a whole number from 0 to 4294967295, got integer `-1`",
            ),
            (r#"{"name": 1}"#, "machine.name: must be a string, got integer `1`"),
            (r#"{"name": "m", "next": {}}"#, "machine.next: lacks the field `name`"),
            (r#"{"name": "m", "next": 3}"#, "machine.next: must be an object, got integer `3`"),
            (r#"{"name": "m", "rule": {}}"#, "machine.rule: must be one word, or an object with one key"),
            (
                r#"{"name": "m", "rule": "never"}"#,
                "machine.rule: unknown variant `never`, expected `always` or `above`",
            ),
            (r#"{"name": "m", "room": [1e400]}"#, "machine.room[0]: is not JSON: number out of range"),
            ("[", "machine_json: is not JSON: EOF while parsing a list at line 1 column 1"),
            ("5", "machine_json: must be an object, got integer `5`"),
            (
                "{\"name\": \"m\",\n \"room\": [NaN]}",
                "machine.room[0]: is not JSON: expected value at line 2 column 11",
            ),
            (r#"{"name": "m"} {}"#, "machine_json: trailing characters"),
            ("{", "machine_json: is not JSON: EOF while parsing an object at line 1 column 1"),
            (
                r#"{"name": "m", "next": {5: 1}}"#,
                "machine.next: is not JSON: key must be a string at line 1 column 24",
            ),
            ("[]", "machine_json: must be an object, got a list of length 0"),
        ] {
            let refused = refused("machine_json", text);
            assert!(refused.starts_with(message), "{text}: {refused}");
        }
        let nested = refused("config_json", r#"{"name": "m", "next": {"name": 1}}"#);
        assert_eq!(
            nested, "next.name: must be a string, got integer `1`",
            "settings are known by their own names"
        );
        assert_eq!(refused("list", r#"{"name": 1}"#), "list.name: must be a string, got integer `1`");
        let data = serde_json::json!({"look at line 3": 1});
        let refused = read::<Machine>("machine", data).unwrap_err().to_string();
        assert!(refused.contains("unknown field `look at line 3`, expected"), "{refused}");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_in_words(text in "[\\[\\]{}:,\"a-z0-9. -]{0,40}") {
            if let Err(error) = from_json::<Machine>("machine_json", &text) {
                let message = error.to_string();
                prop_assert!(message.starts_with("machine") && !message.contains("struct "), "{message}");
            }
        }
    }
}
