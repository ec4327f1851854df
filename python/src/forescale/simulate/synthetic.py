"""Seeded load: generate() multiplies a base by the parts that the other functions describe.

    from forescale.simulate import synthetic
    load = synthetic.generate([synthetic.cycle(amplitude=0.5), synthetic.bursts()], base=200, seed=7)
"""

from .._forescale import generate

Part = dict[str, dict[str, float]]


def cycle(period_seconds: float = 86_400.0, amplitude: float = 0.5, peak_seconds: float = 50_400.0) -> Part:
    """A sine wave by the Unix clock, a day by default: 1 + amplitude · cos(2π(t − peak)/period)."""
    return {"cycle": {"period_seconds": period_seconds, "amplitude": amplitude, "peak_seconds": peak_seconds}}


def weekend(factor: float = 0.5) -> Part:
    """Saturdays and Sundays (UTC) have this share of the load."""
    return {"weekend": {"factor": factor}}


def ramp(start_seconds: float, duration_seconds: float = 0.0, factor: float = 2.0) -> Part:
    """A straight line from 1 to factor, from so many seconds after the load's start; a level shift when it takes no time."""
    return {"ramp": {"start_seconds": start_seconds, "duration_seconds": duration_seconds, "factor": factor}}


def flash_crowds(
    per_day: float = 1.0, factor: float = 3.0, rise_seconds: float = 120.0, decay_seconds: float = 900.0
) -> Part:
    """Crowds at random moments that rise in a straight line, on average to factor, and decay exponentially."""
    settings = {"per_day": per_day, "factor": factor, "rise_seconds": rise_seconds, "decay_seconds": decay_seconds}
    return {"flash_crowds": settings}


def batch(every_seconds: float = 1_200.0, duration_seconds: float = 120.0, factor: float = 3.0) -> Part:
    """A job that comes every so often: factor while it runs, 1 else."""
    return {"batch": {"every_seconds": every_seconds, "duration_seconds": duration_seconds, "factor": factor}}


def bursts(factor: float = 3.0, high_seconds: float = 120.0, low_seconds: float = 1_200.0) -> Part:
    """Two states that alternate after exponential times: a Markov-modulated Poisson process (MMPP)."""
    return {"bursts": {"factor": factor, "high_seconds": high_seconds, "low_seconds": low_seconds}}


def noise(variation: float = 0.1, correlation_seconds: float = 0.0) -> Part:
    """Log-normal noise of mean 1: its coefficient of variation, and the seconds in which its correlation falls to 1/e."""
    return {"noise": {"variation": variation, "correlation_seconds": correlation_seconds}}


def drift(per_day: float = 0.1) -> Part:
    """A random walk of the load's logarithm, with this standard deviation after a day."""
    return {"drift": {"per_day": per_day}}


def gaps(per_day: float = 1.0, mean_seconds: float = 900.0) -> Part:
    """Stretches that are lost: NaN."""
    return {"gaps": {"per_day": per_day, "mean_seconds": mean_seconds}}


__all__ = ["generate", "cycle", "weekend", "ramp", "flash_crowds", "batch", "bursts", "noise", "drift", "gaps"]
