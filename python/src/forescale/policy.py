"""Who decides? Policies with their settings, for an engine or a backtest: ours and the baselines."""

from ._forescale import Hpa, Oracle, Predictive, SeasonalMax, Static

__all__ = ["Hpa", "Oracle", "Predictive", "SeasonalMax", "Static"]
