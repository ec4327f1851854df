"""Does it work? Worlds, backtests and reports; policies side by side; generated load."""

from .._forescale import Comparison, Difference, FrontierPoint, PolicyResult, Report, Timeline, World, backtest, compare, train
from .._forescale import Dual, Rollout, dual, rollout, tune
from . import chaos, synthetic

__all__ = ["Comparison", "Difference", "FrontierPoint", "PolicyResult", "Report", "Timeline", "World", "backtest", "compare"]
__all__ += ["synthetic", "train"]
__all__ += ["Dual", "Rollout", "chaos", "dual", "rollout", "tune"]
