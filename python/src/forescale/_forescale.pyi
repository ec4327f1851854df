"""
What the package's modules import from; users import from those.
"""

from typing import Final, SupportsFloat, SupportsIndex, final

__all__ = ["VERSION", "Queue", "erlang_b", "erlang_c", "servers_for"]

VERSION: Final[str]

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
