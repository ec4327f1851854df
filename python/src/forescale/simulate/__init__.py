"""Does it work? Worlds, backtests and reports; policies side by side; generated load."""

from .._forescale import Comparison, Difference, FrontierPoint, PolicyResult, Report, Timeline, World, backtest, compare, train
from .._forescale import DailyMean, DailyMeans, DayResult, backtest_many
from .._forescale import TierResult
from .._forescale import Dual, Rollout, dual, rollout, tune
from . import chaos, schemes, synthetic

__all__ = ["Comparison", "Difference", "FrontierPoint", "PolicyResult", "Report", "Timeline", "World", "backtest", "compare"]
__all__ += ["synthetic", "train"]
__all__ += ["DailyMean", "DailyMeans", "DayResult", "backtest_many"]
__all__ += ["TierResult"]
__all__ += ["Dual", "Rollout", "chaos", "dual", "rollout", "tune"]
__all__ += ["schemes"]
