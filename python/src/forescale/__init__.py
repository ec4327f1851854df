"""Decides how much capacity to run, before the load arrives.

Each module answers one question and may be used alone:

load        What came in?
forecast    What comes next, and how sure are we?
anomaly     Is this normal?
capacity    How much is enough?
scaling     How do we get there?
energy      What does it burn?
choice      What is best?
policy      Who decides?
pool        Where does it run?
engine      The loop: observe, decide, learn.
simulate    Does it work?
"""

from . import anomaly, capacity, choice, energy, engine, errors, forecast, load, policy, pool, scaling, simulate
from ._forescale import VERSION as __version__
from .errors import (
    ArgumentTypeError,
    ConfigError,
    DataError,
    Error,
    InfeasibleError,
    InternalError,
    NotReadyError,
    SnapshotError,
    StoppedError,
)

__all__ = [
    "ArgumentTypeError",
    "ConfigError",
    "DataError",
    "Error",
    "InfeasibleError",
    "InternalError",
    "NotReadyError",
    "SnapshotError",
    "StoppedError",
    "__version__",
    "anomaly",
    "capacity",
    "choice",
    "energy",
    "engine",
    "errors",
    "forecast",
    "load",
    "policy",
    "pool",
    "scaling",
    "simulate",
]
