"""Is this normal? Isolation forest and the scores of rare points; clusters; circuit breakers."""

__all__: list[str] = []

from ._forescale import IsolationForest, average_path_length
from ._forescale import CircuitBreaker, Spillover, dbscan, spillover

from ._forescale import Anomaly, Detector, response, severity

__all__ = ["IsolationForest", "average_path_length", "Anomaly", "Detector", "response", "severity"]
__all__ += ["CircuitBreaker", "Spillover", "dbscan", "spillover"]
