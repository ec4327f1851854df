"""How calls fail in Python."""

import copy
import pickle

import forescale
import pytest
from forescale import capacity, errors


def test_every_exception_is_an_error_with_its_own_number():
    classes = [getattr(errors, name) for name in errors.__all__]
    assert all(issubclass(each, forescale.Error) for each in classes)
    assert errors.ArgumentTypeError.code == errors.ConfigError.code, "the same, which is a TypeError as well"
    codes = [each.code for each in classes if each is not errors.ArgumentTypeError]
    assert len(set(codes)) == len(codes)


def test_errors_name_the_argument_and_are_what_a_user_would_expect():
    with pytest.raises(ValueError, match="offered: .*-1") as caught:
        capacity.erlang_c(2, -1.0)
    assert isinstance(caught.value, forescale.ConfigError) and caught.value.code == 20
    with pytest.raises(forescale.InfeasibleError):
        capacity.servers_for(1.0, 1.0, {"response_quantile": [0.95, 0.1]})
    with pytest.raises(forescale.ConfigError, match="utilisation"):
        capacity.servers_for(1.0, 1.0, {"utilisation": 0.7})
    with pytest.raises(TypeError):
        capacity.erlang_c("two", 1.0)
    with pytest.raises(forescale.ConfigError, match="servers: .*-1"):
        capacity.erlang_c(-1, 1.0)


def test_objects_pickle_and_copy():
    queue = capacity.Queue(3.0, 1.0, 5, service_cv=0.5)
    for twin in (pickle.loads(pickle.dumps(queue)), copy.deepcopy(queue)):
        assert repr(twin) == repr(queue)
        assert twin.wait_quantile(0.9) == queue.wait_quantile(0.9)
    error = pickle.loads(pickle.dumps(forescale.DataError("load: empty")))
    assert isinstance(error, forescale.DataError) and str(error) == "load: empty"
