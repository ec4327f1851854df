//! What came in? Regular series with gaps, read from samples or CSV text, and causal derivatives.

mod calendar;
mod calendar_holidays;
mod csv_text;
mod derivatives;
mod series;

pub use calendar::{Calendar, CalendarConfig, Event, Features};
pub use calendar_holidays::Holiday;
pub use derivatives::derivatives;
pub(crate) use series::whole_milliseconds;
pub use series::{Aggregation, Fill, Series, smallest_step};
