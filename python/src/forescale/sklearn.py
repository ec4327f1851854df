"""The isolation forest as a scikit-learn estimator, for pipelines, searches and scikit-learn's own tools.

Needs scikit-learn: ``pip install forescale[sklearn]``.
"""

from __future__ import annotations

from typing import Any, Self

import joblib
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from . import anomaly
from .errors import ConfigError

__all__ = ["IsolationForest"]


class IsolationForest(OutlierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Scores how easily a point is set apart from those that the forest was fitted on.

    The parameters are those of ``sklearn.ensemble.IsolationForest``; ``extension_level`` above 0 makes cuts oblique. Scores
    differ from scikit-learn's as two seeds do, and by the exact harmonic numbers in place of a logarithm. ``forest_`` is the
    fitted ``forescale.anomaly.IsolationForest``, which explains scores and follows streams.
    """

    def __init__(
        self,
        *,
        n_estimators: int = 100,
        max_samples: int | float | str = "auto",
        contamination: float | str = "auto",
        max_features: int | float = 1.0,
        n_jobs: int | None = None,
        random_state: Any = None,
        extension_level: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.contamination = contamination
        self.max_features = max_features
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.extension_level = extension_level

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Grows the trees on points of shape (points, dimensions); ``y`` is not read."""
        points: NDArray[Any] = validate_data(self, X, dtype=[np.float64, np.float32], ensure_min_samples=2)
        rows, columns = points.shape
        for name in ("max_samples", "max_features"):
            value = getattr(self, name)
            if value == "auto" and name == "max_samples":
                continue
            is_share = isinstance(value, float) and 0 < value <= 1
            is_count = isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= 1
            if not (is_share or is_count):
                raise ConfigError(f"{name}: must be a count of at least 1 or a share in (0, 1], got {value!r}")
        if self.max_samples == "auto":
            self.max_samples_ = min(256, rows)
        elif isinstance(self.max_samples, float):
            self.max_samples_ = int(self.max_samples * rows)
        else:
            self.max_samples_ = min(self.max_samples, rows)
        # A count of columns as a share that is rounded down to it.
        counted = not isinstance(self.max_features, float)
        share = min((self.max_features + 0.5) / columns, 1.0) if counted else self.max_features
        self.forest_ = anomaly.IsolationForest(
            self.n_estimators,
            max(self.max_samples_, 2),
            share,
            int(check_random_state(self.random_state).randint(2**31 - 1)),
            joblib.effective_n_jobs(self.n_jobs),
            contamination=self.contamination,
            extension_level=self.extension_level,
        ).fit(points)
        self.offset_ = -self.forest_.threshold
        return self

    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """The scores with their sign changed: the lower the rarer, between -1 and 0."""
        check_is_fitted(self)
        points: NDArray[Any] = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return np.negative(self.forest_.score(points))

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """The scores above ``offset_``: outliers are below 0."""
        margins: NDArray[np.float64] = self.score_samples(X) - self.offset_
        return margins

    def predict(self, X: ArrayLike) -> NDArray[np.int64]:
        """-1 for outliers, 1 for the rest."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    @classmethod
    def from_sklearn(cls, model: Any) -> Self:
        """The estimator with the trees of a fitted ``sklearn.ensemble.IsolationForest``, which scores as it does."""
        forest = anomaly.IsolationForest.from_sklearn(model, "logarithmic")
        parameters = model.get_params(deep=False)
        own = {name: parameters[name] for name in cls().get_params() if name in parameters}
        estimator = cls(**own)
        estimator.forest_, estimator.offset_ = forest, float(model.offset_)
        estimator.max_samples_, estimator.n_features_in_ = model.max_samples_, model.n_features_in_
        if hasattr(model, "feature_names_in_"):
            estimator.feature_names_in_ = model.feature_names_in_
        return estimator

    def to_sklearn(self) -> Any:
        """A fitted ``sklearn.ensemble.IsolationForest`` of these trees. It measures paths by a logarithm and points in float32."""
        check_is_fitted(self)
        model: Any = self.forest_.to_sklearn()
        model.offset_ = self.offset_
        if hasattr(self, "feature_names_in_"):
            model.feature_names_in_ = self.feature_names_in_
        return model
