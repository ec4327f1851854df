"""What came in? Regular series of load with gaps, their derivatives and structure, calendars, and the history of loads."""

import gzip
from os import PathLike, fspath

from ._forescale import (
    Calendar,
    Correlation,
    Decomposition,
    Event,
    History,
    Period,
    Series,
    correlate,
    decompose,
    derivatives,
    dft,
    periodogram,
    periods,
    principal_components,
)

__all__ = [
    "Calendar",
    "Correlation",
    "Decomposition",
    "Event",
    "History",
    "Period",
    "Series",
    "correlate",
    "decompose",
    "derivatives",
    "dft",
    "periodogram",
    "periods",
    "principal_components",
    "read_csv",
]


def read_csv(path: str | PathLike[str], column: str | None = None, step_seconds: float | None = None) -> Series:
    """A series from a CSV file, also a gzipped one (its name ends in .gz); else as `Series.from_csv`."""
    opener = gzip.open if fspath(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        return Series.from_csv(file.read(), column, step_seconds)
