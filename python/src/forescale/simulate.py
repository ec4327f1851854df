"""Does it work? Worlds, backtests and reports."""

from ._forescale import FrontierPoint, PolicyResult, Report, Timeline, World, backtest, train

__all__ = ["FrontierPoint", "PolicyResult", "Report", "Timeline", "World", "backtest", "train"]
