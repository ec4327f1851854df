"""A model of the user's own: any Python object."""

import copy
import pickle

import numpy as np
import pytest

import forescale
from arguments import OwnModel
from forescale.forecast import Custom, Forecaster
from forescale.load import Series


class Unlucky(Exception):
    pass


class Careful(OwnModel):
    """Shifts by the first feature, and has its dislikes."""

    def fit(self, values, start, step_seconds, features):
        assert values.dtype == np.float64 and (start, step_seconds) == (60_000, 30.0)
        assert features is None or features.shape == (len(values), 2)
        super().fit(values, start, step_seconds, features)

    def update(self, value, features):
        if value == 13:
            raise Unlucky("thirteen")
        super().update(value, features)

    def forecast(self, horizon, features):
        shift = 0.0 if features is None else features[:, 0]
        return np.full(horizon, self.last) + shift, np.ones(horizon)


def series(values=(1.0, float("nan"), 3.0)):
    return Series(list(values), 60_000, 30.0)


def test_an_object_forecasts():
    own = Careful()
    model = Custom(own).fit(series())
    model.update(5)
    assert model.forecast(2).mean.tolist() == [5.0, 5.0] and model.object is own
    assert model.forecast(1).times.tolist() == [60_000 + 4 * 30_000]
    assert model.forecast(2).lower(0.9999999).tolist() == [0.0, 0.0], "a load is never negative"
    assert isinstance(model, Forecaster) and model.name == "Custom" and model.parameters == {"model": "Careful"}
    model.fit(series(), features=np.zeros((3, 2)))
    assert model.forecast(2, features=[[1.0, 0.0], [2.0, 0.0]]).mean.tolist() == [4.0, 5.0]


def test_what_it_raises_comes_out():
    model = Custom(Careful()).fit(series())
    with pytest.raises(Unlucky, match="thirteen"):
        model.update(13)
    with pytest.raises(forescale.ConfigError, match="horizon"):
        model.forecast(0)
    model.update(7)
    assert model.forecast(1).mean.tolist() == [7.0]
    with pytest.raises(AssertionError):
        model.fit(Series([1.0], 0, 30.0))


@pytest.mark.parametrize("answer", [None, 3, ([1.0],), ([1.0, 2.0], [1.0]), ([1.0], ["a"]), ([1.0], {0.5: [1.0]}), ([1.0], {0.1: [1.0], 0.9: [1.0, 2.0]}), ([float("nan")], [1.0]), ([1.0], [-1.0]), ([1.0], {0.1: [1.0], 2.0: [2.0]})])
def test_bad_answers_are_refused(answer):
    class Bad(OwnModel):
        def forecast(self, horizon, features):
            return answer

    with pytest.raises((TypeError, forescale.DataError)):
        Custom(Bad()).fit(series()).forecast(1)


def test_quantiles():
    class Wide(OwnModel):
        def forecast(self, horizon, features):
            return [self.last] * horizon, {0.9: [self.last + 2.0] * horizon, 0.1: [self.last - 1.0] * horizon, 0.5: [self.last] * horizon}

    forecast = Custom(Wide()).fit(series()).forecast(3)
    assert np.allclose(forecast.lower(0.8), 2.0) and np.allclose(forecast.upper(0.8), 5.0)


def test_snapshots_and_copies():
    model = Custom(Careful()).fit(series())
    state = model.snapshot()
    again = Custom.restore(state, Careful())
    assert again.forecast(2).mean.tolist() == [3.0, 3.0]
    with pytest.raises(TypeError, match="object"):
        Custom.restore(state)
    with pytest.raises(forescale.SnapshotError, match="Careful"):
        Forecaster.restore(state)
    for twin in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        twin.update(8)
        assert twin.forecast(1).mean.tolist() == [8.0] and twin.object is not model.object
    assert model.forecast(1).mean.tolist() == [3.0]

    class Forgetful:
        fit, update, forecast = OwnModel.fit, OwnModel.update, OwnModel.forecast

    with pytest.raises(AttributeError, match="snapshot"):
        Custom(Forgetful()).fit(series()).snapshot()
    with pytest.raises(TypeError, match="forecast"):
        Custom(object.__new__(type("Half", (), {"fit": print, "update": print})))
