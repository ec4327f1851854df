"""
What the package's modules import from; users import from those.
"""

from collections.abc import Sequence
from numpy import bool_, float64, int64
from numpy.typing import ArrayLike, NDArray
from typing import Final, SupportsFloat, SupportsIndex, final

__all__ = ["VERSION", "CheapestScaling", "EnergyTensor", "Queue", "Series", "choose", "crowding_distance", "derivatives", "erlang_b", "erlang_c", "hypervolume", "log_utility", "non_dominated_sort", "pareto_front", "servers_for", "utility"]

VERSION: Final[str]

@final
class CheapestScaling:
    """
    The cheapest scaling vector that covers a demand, with the proof of it.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, scaling: ArrayLike, energy: ArrayLike, total: SupportsFloat | SupportsIndex, price: ArrayLike) -> CheapestScaling: ...
    def __reduce__(self, /) -> "tuple[type[CheapestScaling], tuple[object, ...]]": ...
    def __repr__(self, /) -> str: ...
    @property
    def energy(self, /) -> NDArray[float64]:
        """
        The energy of each kind that it takes.
        """
    @property
    def price(self, /) -> NDArray[float64]:
        """
        For each demand the energy that its last unit takes: the dual price, 0 where the demand does not bind.
        """
    @property
    def scaling(self, /) -> NDArray[float64]:
        """
        How much of each scaling dimension.
        """
    @property
    def total(self, /) -> float:
        """
        The sum of the energy.
        """

@final
class EnergyTensor:
    """
    A linear map T from scaling dimensions (a column each) to kinds of energy (a row each).
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, matrix: ArrayLike) -> EnergyTensor: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    def apply(self, /, s: ArrayLike) -> NDArray[float64]:
        """
        The energy of each kind at the scaling vector `s`: T·s.
        """
    @property
    def condition(self, /) -> float | None:
        """
        Of a fitted tensor the condition number of S: how many times a relative error of the record may grow.
        """
    @staticmethod
    def fit(s: ArrayLike, e: ArrayLike) -> EnergyTensor:
        """
        The tensor without negative entries that explains a record best, by non-negative least squares.

        `s` and `e` have a row an observation; `s` has a column a scaling dimension, `e` one a kind of energy.
        """
    @property
    def matrix(self, /) -> NDArray[float64]:
        """
        The matrix: a row a kind of energy, a column a scaling dimension.
        """
    def minimize(self, /, demand: ArrayLike, low: ArrayLike, high: ArrayLike) -> CheapestScaling:
        """
        The scaling vector of least total energy (the sum of all entries of T·S) that covers a demand.

        `demand` is one number, which the sum of S has to reach, or one a dimension, each of which its entry of S
        has to reach. `low` and `high` bound S, with one number for all dimensions or one each.
        """
    @property
    def residual(self, /) -> float | None:
        """
        Of a fitted tensor the Euclidean norm of all that stayed unexplained, in units of energy.
        """
    @staticmethod
    def restore(bytes: bytes) -> EnergyTensor:
        """
        The tensor that a snapshot holds.
        """
    def snapshot(self, /) -> bytes:
        """
        The tensor as bytes that `restore` reads.
        """

@final
class Queue:
    """
    A queue M/M/c in its steady state, or with other variability. Rates are per second, times in seconds.
    """
    def __new__(cls, /, arrival_rate: SupportsFloat | SupportsIndex, service_rate: SupportsFloat | SupportsIndex, servers: SupportsIndex, arrival_cv: SupportsFloat | SupportsIndex = 1.0, service_cv: SupportsFloat | SupportsIndex = 1.0) -> Queue: ...
    def __reduce__(self, /) -> "tuple[type[Queue], tuple[float, float, int, float, float]]": ...
    def __repr__(self, /) -> str: ...
    def wait_quantile(self, /, p: SupportsFloat | SupportsIndex) -> float:
        """
        The wait that a share `p` of all arrivals stays within, 0 < p < 1.
        """

@final
class Series:
    """
    A load on a regular grid: one value a step, NaN where nothing was measured. Times are Unix milliseconds.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __len__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, values: ArrayLike, start: SupportsIndex = 0, step_seconds: SupportsFloat | SupportsIndex = 60.0) -> Series: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    def fill(self, /, how: str, period: SupportsIndex | None = None) -> Series:
        """
        The same series with its missing values replaced: linear, hold, or seasonal with a period in steps.
        """
    @staticmethod
    def from_csv(csv: str, column: str | None = None, step_seconds: SupportsFloat | SupportsIndex | None = None) -> Series:
        """
        A series from CSV text with a header line: times (RFC 3339 or Unix) first, the load in `column`, or second.

        The step is the smallest distance of two times unless given.
        """
    @staticmethod
    def from_samples(times: ArrayLike, values: ArrayLike, step_seconds: SupportsFloat | SupportsIndex, how: str = "mean") -> Series:
        """
        A series from samples at any times: sorted, and aggregated within a step.

        `how` is one of mean, sum, max, min, last, count.
        """
    def resample(self, /, step_seconds: SupportsFloat | SupportsIndex, how: str = "mean") -> Series:
        """
        The same load on a coarser or a finer grid; `how` as for `from_samples`.
        """
    @staticmethod
    def restore(bytes: bytes) -> Series:
        """
        The series that a snapshot holds.
        """
    def snapshot(self, /) -> bytes:
        """
        The series as bytes that `restore` reads.
        """
    @property
    def start(self, /) -> int:
        """
        Unix milliseconds at which the first step begins.
        """
    @property
    def step_seconds(self, /) -> float:
        """
        Seconds a step.
        """
    @property
    def values(self, /) -> NDArray[float64]:
        """
        The values, NaN where missing.
        """

def choose(points: ArrayLike, maximize: bool | Sequence[bool], weights: ArrayLike, constraints: ArrayLike | None = None) -> int:
    """
    The index of the point of the highest utility among those within the constraints; the first of equals.

    A minimised objective enters the utility with the negative of its weight's size. `constraints` has a pair of
    a least and a largest acceptable value for each objective; infinities are no limit.
    """

def crowding_distance(points: ArrayLike) -> NDArray[float64]:
    """
    The crowding distance of each point of one front; infinite at its ends.
    """

def derivatives(values: ArrayLike, step_seconds: SupportsFloat | SupportsIndex, window: SupportsIndex = 5) -> tuple[NDArray[float64], NDArray[float64]]:
    """
    Slope and curvature of a load at each sample, per second and per second squared, from the past alone.

    NaN is a missing value; the first two samples have no derivatives. Exact on quadratics.
    """

def erlang_b(servers: SupportsIndex, offered: SupportsFloat | SupportsIndex) -> float:
    """
    The probability that an arrival finds all `servers` busy and is lost (M/M/c/c); `offered` is in erlang.
    """

def erlang_c(servers: SupportsIndex, offered: SupportsFloat | SupportsIndex) -> float:
    """
    The probability that an arrival must wait (M/M/c); 1 as soon as `offered` reaches `servers`.
    """

def hypervolume(points: ArrayLike, reference: ArrayLike) -> float:
    """
    The volume of the region that the points dominate and that dominates the reference, all objectives minimised.

    A point that is not strictly better than the reference in every objective adds nothing.
    """

def log_utility(metrics: ArrayLike, weights: ArrayLike) -> float:
    """
    The natural logarithm of `utility`: finite where the utility itself is out of range.
    """

def non_dominated_sort(points: ArrayLike, maximize: bool | Sequence[bool] = ...) -> NDArray[int64]:
    """
    The rank of each point: 0 on the front, 1 on the front of the rest, and so on. Arguments as for `pareto_front`.
    """

def pareto_front(points: ArrayLike, maximize: bool | Sequence[bool] = ...) -> NDArray[bool_]:
    """
    Which points nothing dominates; equal points are all kept.

    `points` has a row a point and a column an objective. `maximize` is one answer for all objectives or one for each.
    Infinities are allowed, NaN is not.
    """

def servers_for(arrival_rate: SupportsFloat | SupportsIndex, service_rate: SupportsFloat | SupportsIndex, target: "dict[str, float | list[float]]") -> int:
    """
    The smallest count of servers that meets the target, such as `{"response_quantile": [0.95, 0.4]}`.
    """

def utility(metrics: ArrayLike, weights: ArrayLike) -> float:
    """
    The product of metric^weight, with 0^0 = 1: 0 or infinite only where the true value is out of range.

    Metrics are at least 0; a weight may be negative.
    """
