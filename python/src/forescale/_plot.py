"""A report as a matplotlib figure; imported only when a plot is asked for."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .simulate import Report


def plot(report: "Report") -> Any:
    """Load, replicas ready and response time of each policy over one time axis."""
    from matplotlib.figure import Figure

    steps = np.arange(len(report.load)) * round(report.interval_seconds * 1000)
    times = (report.start + steps).astype("datetime64[ms]")
    figure = Figure(figsize=(11, 8), layout="constrained")
    load, replicas, response = figure.subplots(3, sharex=True)
    load.plot(times, report.load, color="black", linewidth=0.8)
    load.set_ylabel("load per second")
    for result in report.policies:
        timeline = report.timeline(result.policy)
        replicas.step(times, timeline.ready, where="post", label=result.policy, linewidth=0.9)
        response.step(times, timeline.response_seconds, where="post", linewidth=0.9)
    replicas.set_ylabel("replicas ready")
    replicas.legend()
    response.set_ylabel("response time, s")
    response.set_yscale("log")
    return figure
