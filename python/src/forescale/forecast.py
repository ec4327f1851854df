"""What comes next, and how sure are we? Forecasting models, and intervals that adjust themselves."""

from ._forescale import (
    AdaptiveInterval,
    AdaptiveQuantile,
    Additive,
    Custom,
    Ets,
    Forecast,
    Forecaster,
    MovingAverage,
    SeasonalNaive,
    confidence_interval,
    normal_quantile,
)

__all__ = [
    "AdaptiveInterval",
    "AdaptiveQuantile",
    "Additive",
    "Custom",
    "Ets",
    "Forecast",
    "Forecaster",
    "MovingAverage",
    "SeasonalNaive",
    "confidence_interval",
    "normal_quantile",
]
