"""Is this normal? Isolation forest and the scores of rare points."""

__all__: list[str] = []

from ._forescale import IsolationForest, average_path_length

__all__ = ["IsolationForest", "average_path_length"]

from ._forescale import Anomaly, Detector, response, severity

__all__ += ["Anomaly", "Detector", "response", "severity"]
