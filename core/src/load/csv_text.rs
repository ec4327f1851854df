//! Times and values from CSV text. Times are RFC 3339, or Unix seconds or milliseconds.

use crate::error::{Error, Result};

/// From this magnitude on a Unix time is read as milliseconds: as seconds it would lie beyond the year 5138.
const MILLISECONDS_FROM: f64 = 1e11;

/// Reads the first column as times (Unix milliseconds) and the named (or second) column as values (NaN = missing).
pub(super) fn read(text: &str, column: Option<&str>) -> Result<(Vec<i64>, Vec<f64>)> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| Error::data("csv", error.to_string()))?.clone();
    let names = || header.iter().collect::<Vec<_>>().join(", ");
    let column = match column {
        None if header.len() < 2 => {
            return Err(Error::data("csv", format!("needs a time and a value column, has: {}", names())));
        }
        None => 1,
        Some(name) => header
            .iter()
            .position(|other| other == name)
            .ok_or_else(|| Error::config("column", format!("\"{name}\" is none of: {}", names())))?,
    };
    let (mut times, mut values) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(|error| Error::data("csv", error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let refuse =
            |what: &str, field: &str| Error::data("csv", format!("line {line}: \"{field}\" is not {what}"));
        let time = record.get(0).unwrap_or_default();
        times.push(unix_milliseconds(time).ok_or_else(|| refuse("a time", time))?);
        let value = record.get(column).unwrap_or_default();
        values.push(if value.is_empty() {
            f64::NAN
        } else {
            value.parse().map_err(|_| refuse("a number", value))?
        });
    }
    Ok((times, values))
}

fn unix_milliseconds(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<f64>() {
        let milliseconds = if number.abs() < MILLISECONDS_FROM { number * 1000.0 } else { number };
        return (milliseconds.abs() < 9e15).then(|| milliseconds.round() as i64);
    }
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(instant.as_millisecond());
    }
    let local: jiff::civil::DateTime = text.parse().ok()?;
    Some(local.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use crate::load::Series;

    #[test]
    fn every_form_of_time_is_read() {
        let forms = [
            ("1998-05-01T00:00:00Z", "1998-05-01T00:01:00Z"),
            ("1998-05-01T02:00:00+02:00", "1998-05-01T02:01:00+02:00"),
            ("1998-05-01 00:00:00", "1998-05-01 00:01:00"),
            ("893980800", "893980860"),
            ("893980800000", "893980860000"),
        ];
        for (first, second) in forms {
            let text = format!("timestamp,value,other\n{first},1.5,9\n{second},,8\n");
            let series = Series::from_csv(&text, None, None).unwrap();
            assert_eq!(
                (series.start(), series.step_seconds(), series.len()),
                (893_980_800_000, 60.0, 2),
                "{first}"
            );
            assert!(series.values()[0] == 1.5 && series.values()[1].is_nan());
            assert_eq!(Series::from_csv(&text, Some("other"), None).unwrap().values(), [9.0, 8.0]);
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_line() {
        let refused = |text: &str, column| Series::from_csv(text, column, None).unwrap_err().to_string();
        assert_eq!(refused("time,load\n0,1\nnoon,2\n", None), "csv: line 3: \"noon\" is not a time");
        assert_eq!(refused("time,load\n0,1\n60,many\n", None), "csv: line 3: \"many\" is not a number");
        assert_eq!(refused("time,load\n0,1\n", Some("cpu")), "column: \"cpu\" is none of: time, load");
        assert!(refused("time\n0\n", None).starts_with("csv: "));
        assert!(refused("", None).starts_with("csv: "));
        assert!(refused("time,load\n0,1\n60\n", None).starts_with("csv: "));
        assert!(refused("time,load\n0,inf\n60,1\n", None).contains("infinite"));
        assert!(refused("time,load\n0,1\n", None).starts_with("step_seconds: "));
    }
}
