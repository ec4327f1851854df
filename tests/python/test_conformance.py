"""The Python face against the shared vectors."""

import importlib

import forescale
from vectors import all_cases

ROOMS = ["load", "forecast", "anomaly", "capacity", "scaling", "energy", "choice", "policy", "pool", "engine", "simulate"]
DISPATCH = {}
for room in ROOMS:
    DISPATCH.update(importlib.import_module(f"conformance.{room}").DISPATCH)


def test_python_agrees_with_the_vectors():
    checked = 0
    for name, case in all_cases():
        if name not in DISPATCH:  # tests/rust/conformance checks that no language leaves one out
            continue
        try:
            DISPATCH[name](case)
        except forescale.Error as error:
            assert case.has("error"), f"{case.label}: {error}"
            assert type(error).__name__ == f"{case.text('error')}Error", case.label
        else:
            assert not case.has("error"), f"{case.label}: expected an error"
        checked += 1
    assert checked > 0
