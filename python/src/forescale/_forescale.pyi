"""
What the package's modules import from; users import from those.
"""

from numpy import float64
from numpy.typing import ArrayLike, NDArray
from typing import Any, Final, SupportsFloat, SupportsIndex, final

__all__ = ["VERSION", "IsolationForest", "Queue", "Series", "average_path_length", "derivatives", "erlang_b", "erlang_c", "servers_for"]

VERSION: Final[str]

@final
class IsolationForest:
    """
    Scores how easily a point is set apart from those that the forest was fitted on.

    The score is 2^(-E[h]/c(n)): h is the length of a point's path through a tree, c the average path length. Near 1 is
    an anomaly, 0.5 is ordinary. Each tree is grown on `sample_size` points, drawn without replacement, and may cut the
    share `max_features` of the columns, down to the depth `max_depth`, by default that of a balanced tree. The results
    depend on `seed`, but not on `threads`.
    """
    def __new__(cls, /, trees: SupportsIndex = 100, sample_size: SupportsIndex = 256, max_features: SupportsFloat | SupportsIndex = 1.0, seed: SupportsIndex = 0, threads: SupportsIndex = 1, max_depth: SupportsIndex | None = None) -> IsolationForest: ...
    def __reduce__(self, /) -> "tuple[object, tuple[bytes]]": ...
    def __repr__(self, /) -> str: ...
    def fit(self, /, points: ArrayLike) -> "IsolationForest":
        """
        Grows the trees on points of shape (points, dimensions), in place of those there were; gives the forest itself.
        """
    @staticmethod
    def from_sklearn(model: Any) -> IsolationForest:
        """
        The forest of a fitted `sklearn.ensemble.IsolationForest`.

        Its scores are those of `-model.score_samples` but for two things: path lengths here are exact harmonic numbers,
        where scikit-learn has ln + gamma, and points are compared as they are, where scikit-learn rounds them to float32.
        """
    @staticmethod
    def from_trees(trees: "list[list[list[float]]]", sample_size: SupportsIndex) -> IsolationForest:
        """
        A forest from trees as data, grown on samples of `sample_size` points.

        A tree is a sequence of nodes `[feature, threshold, left, right, points]`, the first of them its root. A point
        goes left when its `feature` is at most `threshold`; a feature of -1 marks a leaf where `points` of the sample
        ended. Points to score may have more columns than the trees compare.
        """
    @staticmethod
    def restore(bytes: bytes) -> IsolationForest:
        """
        The forest that a snapshot was taken of: it gives the same scores, bit for bit.
        """
    def score(self, /, points: ArrayLike) -> float | NDArray[float64]:
        """
        The score of each point, between 0 and 1: the higher the rarer. One point alone gives one number.
        """
    def snapshot(self, /) -> bytes:
        """
        The whole state as bytes that `restore` reads.
        """
    def to_trees(self, /) -> "list[list[list[float]]]":
        """
        The trees as data that `from_trees` reads, nodes in pre-order; the points of an inner node are those below it.
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

def average_path_length(n: SupportsIndex) -> float:
    """
    The mean path length of an isolation tree of `n` points: 2 H(n-1) - 2 (n-1)/n with exact harmonic numbers H,
    0 for `n` below 2.
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

def servers_for(arrival_rate: SupportsFloat | SupportsIndex, service_rate: SupportsFloat | SupportsIndex, target: "dict[str, float | list[float]]") -> int:
    """
    The smallest count of servers that meets the target, such as `{"response_quantile": [0.95, 0.4]}`.
    """
