//! Settings and data from dicts and lists, read in place: what a keyword argument takes, a field of a dict takes as well.
//!
//! Numbers are NumPy's or Python's; a list is any sequence or array; a time is a moment, a field `..._seconds` a duration
//! ([`time`]). What is wrong is named with its path and its value, as where JSON text is read.

use crate::run::{exception, raise_later, raised};
use crate::time;
use pyo3::exceptions::{PyException, PyOverflowError};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyIterator, PyList, PyMapping, PyMappingMethods,
    PySequence, PyString,
};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use std::fmt::{self, Display};

/// Settings from a dict, a list, or a word. An error names the setting; an interruption (Ctrl-C) out of the user's own code stays one.
pub(crate) fn settings<T: DeserializeOwned>(name: &str, value: &Bound<'_, PyAny>) -> PyResult<T> {
    let given = Given { value: value.clone(), is_duration: false, depth: 0 };
    // The user's own code may be what asks here: what it raised before is not ours.
    let before = raised();
    let outcome = engine::config::read(name, given);
    let interrupted = raised();
    if let Some(before) = before {
        raise_later(before);
    }
    match interrupted {
        Some(interrupted) => Err(interrupted),
        None => outcome.map_err(|error| exception(value.py(), &error)),
    }
}

/// How an error shows a value: as Python does, cut where it is long.
pub(crate) fn shown(value: &Bound<'_, PyAny>) -> String {
    const LONGEST: usize = 60;
    let text = match value.cast::<PyFloat>() {
        // NaN, 3.0, 1e308: as errors of the core have them.
        Ok(number) => format!("{:?}", number.value()),
        Err(_) => value.repr().map_or_else(|_| "what cannot be shown".to_owned(), |text| text.to_string()),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Whether a value is a list of some kind: a sequence, but no text, or an array.
pub(crate) fn is_list(value: &Bound<'_, PyAny>) -> bool {
    let is_text = value.is_instance_of::<PyString>()
        || value.is_instance_of::<PyBytes>()
        || value.is_instance_of::<PyByteArray>();
    !is_text && (value.cast::<PySequence>().is_ok() || dimensions(value).is_some_and(|count| count > 0))
}

/// Of an array, or of a scalar of NumPy, which has none.
fn dimensions(value: &Bound<'_, PyAny>) -> Option<usize> {
    value.getattr_opt("ndim").ok()??.extract().ok()
}

/// Data deeper than any that is asked for: a list in itself.
const DEEPEST: u32 = 100;

#[derive(Debug)]
struct Problem(String);

impl Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Problem {}

impl serde::de::Error for Problem {
    fn custom<T: Display>(message: T) -> Self {
        Problem(message.to_string())
    }
}

impl Problem {
    /// An exception of Python, such as of a property that raises.
    fn raised(error: PyErr) -> Self {
        Python::attach(|py| {
            let problem = Problem(error.value(py).to_string().trim_start_matches(": ").to_owned());
            if !error.is_instance_of::<PyException>(py) {
                raise_later(error);
            }
            problem
        })
    }
}

/// A value that someone gave.
#[derive(Debug)]
struct Given<'py> {
    value: Bound<'py, PyAny>,
    /// Whether its name ends in `_seconds`.
    is_duration: bool,
    depth: u32,
}

impl<'py> Given<'py> {
    fn must_be<T>(&self, wanted: &str) -> Result<T, Problem> {
        Err(Problem(format!("must be {wanted}, got {}", shown(&self.value))))
    }

    /// A part of this value.
    fn part(&self, value: Bound<'py, PyAny>, is_duration: bool) -> Self {
        Given { value, is_duration, depth: self.depth + 1 }
    }

    /// The value as Python has it where NumPy has a scalar or an array without dimensions; times and durations stay what they are.
    fn plain(self) -> Result<Self, Problem> {
        let is_scalar = || dimensions(&self.value) == Some(0) && !self.is_moment() && !self.is_span();
        if self.is_ordinary() || !is_scalar() {
            return Ok(self);
        }
        let value = self.value.call_method0("item").map_err(Problem::raised)?;
        Ok(Given { value, ..self })
    }

    /// Whether it is of one of the types that most values are of: no need to look closer.
    fn is_ordinary(&self) -> bool {
        let value = &self.value;
        value.is_exact_instance_of::<PyFloat>()
            || value.is_exact_instance_of::<PyInt>()
            || value.is_exact_instance_of::<PyString>()
            || value.is_exact_instance_of::<PyDict>()
            || value.is_exact_instance_of::<PyList>()
            || value.is_exact_instance_of::<PyBool>()
    }

    fn is_moment(&self) -> bool {
        !self.is_ordinary() && time::is_moment(&self.value)
    }

    fn is_span(&self) -> bool {
        !self.is_ordinary() && time::is_span(&self.value)
    }

    fn is_number(&self) -> bool {
        let is_flag = self.value.is_instance_of::<PyBool>();
        !is_flag
            && (self.value.is_instance_of::<PyFloat>() || self.value.hasattr("__float__").unwrap_or(false))
    }

    fn number(&self) -> Result<f64, Problem> {
        match self.value.extract::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            Ok(_) => self.must_be("finite"),
            Err(error) if error.is_instance_of::<PyOverflowError>(self.value.py()) => {
                self.must_be("below 1e308")
            }
            Err(_) => self.must_be("a number"),
        }
    }

    fn moment(&self) -> Result<i64, Problem> {
        time::moment(&self.value).map_err(Problem::raised)
    }

    fn seconds(&self) -> Result<f64, Problem> {
        let seconds = time::seconds(&self.value).map_err(Problem::raised)?;
        if seconds.is_finite() { Ok(seconds) } else { self.must_be("finite") }
    }

    fn text(&self) -> Result<String, Problem> {
        match self.value.cast::<PyString>() {
            Ok(text) => match text.to_cow() {
                Ok(text) => Ok(text.into_owned()),
                Err(_) => self.must_be("a text without lone surrogates"),
            },
            // A date where a word is wanted, such as a holiday.
            Err(_) => match self.value.call_method0("isoformat").and_then(|text| text.extract()) {
                Ok(text) => Ok(text),
                Err(_) => self.must_be("a string"),
            },
        }
    }

    fn items(&self) -> Result<Items<'py>, Problem> {
        if self.depth > DEEPEST {
            return Err(Problem(format!("is nested more than {DEEPEST} deep")));
        }
        Ok(Items {
            values: self.value.try_iter().map_err(Problem::raised)?,
            of: self.part(self.value.clone(), self.is_duration),
        })
    }

    /// Keys and values, where it is a dict or the like.
    fn entries(&self) -> Result<Option<Entries<'py>>, Problem> {
        let Ok(mapping) = self.value.cast::<PyMapping>() else { return Ok(None) };
        if self.depth > DEEPEST {
            return Err(Problem(format!("is nested more than {DEEPEST} deep")));
        }
        let pairs = match self.value.cast::<PyDict>() {
            Ok(dict) => dict.items(),
            Err(_) => mapping.items().map_err(Problem::raised)?,
        };
        let of = self.part(self.value.clone(), false);
        Ok(Some(Entries { pairs: pairs.try_iter().map_err(Problem::raised)?, of, next: None }))
    }

    fn whole<'de, V: Visitor<'de>>(self, wanted: &str, visitor: V) -> Result<V::Value, Problem> {
        let given = self.plain()?;
        if given.value.is_instance_of::<PyBool>() || given.value.is_instance_of::<PyFloat>() {
            return given.must_be(wanted);
        }
        if let Ok(number) = given.value.extract::<i64>() {
            return visitor.visit_i64(number);
        }
        match given.value.extract::<u64>() {
            Ok(number) => visitor.visit_u64(number),
            Err(_) if given.value.is_instance_of::<PyInt>() => {
                given.must_be("a whole number from -2^63 to 2^64 - 1")
            }
            Err(_) => given.must_be(wanted),
        }
    }
}

/// Answers `$method` in the same way as the first.
macro_rules! like {
    ($first:ident: $($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            self.$first(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Given<'_> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let given = self.plain()?;
        if given.value.is_none() {
            visitor.visit_unit()
        } else if let Ok(flag) = given.value.cast::<PyBool>() {
            visitor.visit_bool(flag.is_true())
        } else if given.is_moment() {
            visitor.visit_i64(given.moment()?)
        } else if given.is_span() || (given.is_duration && given.value.is_instance_of::<PyString>()) {
            visitor.visit_f64(given.seconds()?)
        } else if given.value.is_instance_of::<PyString>() {
            visitor.visit_string(given.text()?)
        } else if let Ok(number) = given.value.extract::<i64>() {
            visitor.visit_i64(number)
        } else if let Ok(number) = given.value.extract::<u64>() {
            visitor.visit_u64(number)
        } else if let Some(entries) = given.entries()? {
            visitor.visit_map(entries)
        } else if is_list(&given.value) {
            visitor.visit_seq(given.items()?)
        } else if given.is_number() {
            visitor.visit_f64(given.number()?)
        } else {
            given.must_be("a number, a text, a list or a dict")
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let given = self.plain()?;
        match given.value.cast::<PyBool>() {
            Ok(flag) => visitor.visit_bool(flag.is_true()),
            Err(_) => given.must_be("True or False"),
        }
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        if self.is_moment() {
            return visitor.visit_i64(self.moment()?);
        }
        // Whole numbers of this kind are times.
        self.whole("a whole number, or a time", visitor)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.whole("a whole number", visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let given = self.plain()?;
        if given.is_span() || (given.is_duration && given.value.is_instance_of::<PyString>()) {
            return visitor.visit_f64(given.seconds()?);
        }
        if given.is_number() { visitor.visit_f64(given.number()?) } else { given.must_be("a number") }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        if self.value.is_none() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        if is_list(&self.value) { visitor.visit_seq(self.items()?) } else { self.must_be("a list") }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.entries()? {
            Some(entries) => visitor.visit_map(entries),
            None => self.must_be("a dict"),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match self.entries()? {
            Some(entries) => visitor.visit_map(entries),
            None => self.must_be(&format!("a dict of {}", fields.join(", "))),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let words = variants.join(", ");
        if self.value.is_instance_of::<PyString>() {
            return visitor.visit_enum(self.text()?.into_deserializer());
        }
        match self.entries()? {
            Some(mut entries) => match (entries.pair()?, entries.pair()?) {
                (Some((word, content)), None) => visitor.visit_enum(Choice { word, content }),
                _ => self.must_be(&format!("one of {words}")),
            },
            None => self.must_be(&format!("one of {words}")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_unit()
    }

    like!(deserialize_f64: deserialize_f32);
    like!(deserialize_i32: deserialize_i8 deserialize_i16 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64);
    like!(deserialize_string: deserialize_str deserialize_char deserialize_identifier);
    like!(deserialize_any: deserialize_bytes deserialize_byte_buf deserialize_unit);

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_any(visitor)
    }
}

/// The values of a list.
struct Items<'py> {
    values: Bound<'py, PyIterator>,
    of: Given<'py>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Problem> {
        let Some(value) = self.values.next() else { return Ok(None) };
        let value = value.map_err(Problem::raised)?;
        seed.deserialize(Given { value, is_duration: self.of.is_duration, depth: self.of.depth }).map(Some)
    }
}

/// The entries of a dict.
struct Entries<'py> {
    pairs: Bound<'py, PyIterator>,
    of: Given<'py>,
    next: Option<Given<'py>>,
}

impl<'py> Entries<'py> {
    /// The next name, and what it stands for.
    fn pair(&mut self) -> Result<Option<(String, Given<'py>)>, Problem> {
        let Some(pair) = self.pairs.next() else { return Ok(None) };
        let (key, value): (Bound<'py, PyAny>, Bound<'py, PyAny>) =
            pair.and_then(|pair| pair.extract()).map_err(Problem::raised)?;
        let key = self
            .of
            .part(key, false)
            .text()
            .map_err(|Problem(problem)| Problem(format!("a key {problem}")))?;
        let is_duration = key.ends_with("_seconds");
        Ok(Some((key, Given { value, is_duration, depth: self.of.depth })))
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        let Some((key, value)) = self.pair()? else { return Ok(None) };
        self.next = Some(value);
        seed.deserialize(key.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        match self.next.take() {
            Some(value) => seed.deserialize(value),
            None => Err(Problem("a value was asked for before its key".to_owned())),
        }
    }
}

/// One of several kinds, with what belongs to it.
struct Choice<'py> {
    word: String,
    content: Given<'py>,
}

impl<'de, 'py> EnumAccess<'de> for Choice<'py> {
    type Error = Problem;
    type Variant = Given<'py>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Given<'py>), Problem> {
        Ok((seed.deserialize(self.word.into_deserializer())?, self.content))
    }
}

impl<'de> VariantAccess<'de> for Given<'_> {
    type Error = Problem;

    fn unit_variant(self) -> Result<(), Problem> {
        if self.value.is_none() { Ok(()) } else { self.must_be("None") }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Problem> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_struct("", fields, visitor)
    }
}
