"""The loop: observe, decide, learn; rails, explanations, snapshots."""

from ._forescale import Decision, Engine, Fleet, Peak

__all__ = ["Decision", "Engine", "Fleet", "Peak"]
