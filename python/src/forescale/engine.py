"""The loop: observe, decide, learn; rails, explanations, snapshots."""

from ._forescale import (
    AuditReplay,
    Decision,
    Engine,
    Fleet,
    ForecastValue,
    JointBudget,
    LeadTime,
    LogDifference,
    Peak,
    Performance,
    Reward,
    replay,
)

__all__ = [
    "AuditReplay",
    "Decision",
    "Engine",
    "Fleet",
    "ForecastValue",
    "JointBudget",
    "LeadTime",
    "LogDifference",
    "Peak",
    "Performance",
    "Reward",
    "replay",
]
