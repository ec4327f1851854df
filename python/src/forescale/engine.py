"""The loop: observe, decide, learn; rails, explanations, snapshots."""

from ._forescale import Decision, Engine, Fleet, JointBudget, Peak

__all__ = ["Decision", "Engine", "Fleet", "JointBudget", "Peak"]
