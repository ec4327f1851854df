"""Is this normal? Isolation forest and the scores of rare points; a detector for load streams; clusters; circuit breakers."""

from ._forescale import IsolationForest, average_path_length
from ._forescale import Anomaly, Detector, response, severity
from ._forescale import CircuitBreaker, Spillover, dbscan, spillover

__all__ = ["IsolationForest", "average_path_length", "Anomaly", "Detector", "response", "severity"]
__all__ += ["CircuitBreaker", "Spillover", "dbscan", "spillover"]
