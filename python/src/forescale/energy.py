"""What does it burn? The energy tensor, power curves of kinds of hardware, and tasks moved to where energy is cheap."""

from ._forescale import (
    CheapestScaling,
    EnergyTensor,
    HardwareProfile,
    Placement,
    Plan,
    PowerCurve,
    Task,
    Unplaced,
    schedule,
    transition_energy,
)

__all__ = [
    "CheapestScaling",
    "EnergyTensor",
    "HardwareProfile",
    "Placement",
    "Plan",
    "PowerCurve",
    "Task",
    "Unplaced",
    "schedule",
    "transition_energy",
]
