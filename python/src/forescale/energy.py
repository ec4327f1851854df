"""What does it burn? The energy tensor: how scaling dimensions turn into consumption."""

from ._forescale import CheapestScaling, EnergyTensor

__all__ = ["CheapestScaling", "EnergyTensor"]
