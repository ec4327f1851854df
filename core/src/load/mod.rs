//! What came in? Regular series with gaps, read from samples or CSV text, causal derivatives, and the structure of a load:
//! its spectrum, periods and seasons, the factors that go before it, and the few directions in which many metrics vary.

mod correlate;
mod csv_text;
mod decompose;
mod derivatives;
mod dft;
mod period_length;
mod periods;
mod principal_components;
mod series;
mod spectral_background;
mod spectral_input;
mod spectral_lines;

pub use correlate::{Correlation, correlate};
pub use decompose::{Decomposition, decompose};
pub use derivatives::derivatives;
pub use dft::{dft, periodogram};
pub(crate) use periods::waves;
pub use periods::{Period, periods};
pub use principal_components::{PrincipalComponents, principal_components};
pub(crate) use series::whole_milliseconds;
pub use series::{Aggregation, Fill, Series, smallest_step};
