"""How much is enough? Queueing, latency targets, and the count of replicas that meets them."""

from ._forescale import (
    Bins,
    BoundedQueue,
    Calibration,
    Packing,
    Queue,
    WarmUp,
    calibrate,
    calibrate_load,
    erlang_b,
    erlang_c,
    latency,
    pack,
    servers_for,
    servers_for_bounded,
    target_is_met,
)

__all__ = [
    "Bins",
    "BoundedQueue",
    "Calibration",
    "MeanWait",
    "Packing",
    "Queue",
    "ResponseQuantile",
    "Utilization",
    "WaitQuantile",
    "WarmUp",
    "calibrate",
    "calibrate_load",
    "erlang_b",
    "erlang_c",
    "latency",
    "pack",
    "servers_for",
    "servers_for_bounded",
    "target_is_met",
]

Target = dict[str, float | list[float]]


def Utilization(most: float) -> Target:
    """The target that servers are busy for at most this share of the time, between 0 and 1."""
    return {"utilization": most}


def MeanWait(seconds: float) -> Target:
    """The target that the mean wait is at most so many seconds, above 0."""
    return {"mean_wait": seconds}


def WaitQuantile(p: float, seconds: float) -> Target:
    """The target that a share `p` of the requests waits at most so many seconds; with 0 seconds it does not wait at all."""
    return {"wait_quantile": [p, seconds]}


def ResponseQuantile(p: float, seconds: float) -> Target:
    """The target that a share `p` of the responses, wait and service together, takes at most so many seconds, above 0."""
    return {"response_quantile": [p, seconds]}
