//! Does it work? Worlds, backtests and reports.
