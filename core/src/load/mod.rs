//! What came in? Regular series with gaps, read from samples or CSV text, and causal derivatives.

mod calendar;
mod calendar_holidays;
mod csv_text;
mod derivatives;
mod history;
mod history_config;
mod history_ring;
#[cfg(test)]
mod history_tests;
mod series;

pub use calendar::{Calendar, CalendarConfig, Event};
pub use calendar_holidays::Holiday;
pub use derivatives::derivatives;
pub use history::{History, HistoryCounts};
pub use history_config::HistoryConfig;
pub(crate) use series::whole_milliseconds;
pub use series::{Aggregation, Fill, Series, smallest_step};
