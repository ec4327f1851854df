"""Does it work? Worlds, backtests and reports; policies side by side; generated load."""

from .._forescale import Comparison, Difference, FrontierPoint, PolicyResult, Report, Timeline, World, backtest, compare, train
from . import synthetic

__all__ = ["Comparison", "Difference", "FrontierPoint", "PolicyResult", "Report", "Timeline", "World", "backtest", "compare"]
__all__ += ["synthetic", "train"]
