"""What came in? Regular series of load with gaps, and their derivatives."""

from ._forescale import Series, derivatives

__all__ = ["Series", "derivatives"]
