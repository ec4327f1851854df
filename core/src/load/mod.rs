//! What came in? Regular series with gaps, read from samples or CSV text, causal derivatives, and the structure of a load:
//! its spectrum, periods and seasons, the factors that go before it, and the few directions in which many metrics vary.

mod calendar;
mod calendar_holidays;
mod correlate;
mod csv_text;
mod decompose;
mod derivatives;
mod dft;
mod history;
mod history_config;
mod history_ring;
#[cfg(test)]
mod history_tests;
mod period_length;
mod periods;
mod principal_components;
mod quantum;
mod series;
mod spectral_background;
mod spectral_input;
mod spectral_lines;
mod spectral_wave;

pub use calendar::{Calendar, CalendarConfig, Event};
pub use calendar_holidays::Holiday;
pub use correlate::{Correlation, correlate};
pub use decompose::{Decomposition, decompose};
pub use derivatives::derivatives;
pub(crate) use dft::transform as dft_half;
pub use dft::{dft, periodogram};
pub use history::{History, HistoryCounts};
pub use history_config::HistoryConfig;
pub(crate) use periods::waves;
pub use periods::{Period, periods};
pub use principal_components::{PrincipalComponents, principal_components};
pub(crate) use quantum::Quantum;
pub(crate) use series::whole_milliseconds;
pub use series::{Aggregation, Fill, Series, smallest_step};
