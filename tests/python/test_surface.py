"""The surface ledger is true for Python: every public name has its row, and no row is made up."""

import importlib
import inspect
import tomllib
from pathlib import Path

import forescale

LEDGER = tomllib.loads((Path(__file__).parent.parent / "surface.toml").read_text())
ROOMS = [name for name in LEDGER if name != "library"]


def rows(room):
    names = [row["python"] for row in LEDGER[room] if "python" in row]
    return [name for item in names for name in (item if isinstance(item, list) else [item])]


def public_names(module):
    """`function`, `Class` and `Class.member` for what a module exports."""
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.ismodule(value):
            yield from (f"{name}.{inner}" for inner in public_names(value))
            continue
        yield name
        if inspect.isclass(value):
            for member, found in inspect.getmembers(value):
                inherited = any(member in base.__dict__ for base in value.__mro__[1:])
                if not member.startswith("_") and not inherited:
                    yield f"{name}.{member}"


def test_every_public_name_has_its_row():
    for room in ROOMS:
        module = importlib.import_module(f"forescale.{room}")
        have, listed = set(public_names(module)), rows(room)
        assert len(listed) == len(set(listed)), f"{room}: two rows for one name"
        assert have == set(listed), f"{room}: without a row {have - set(listed)}, made up {set(listed) - have}"


def test_names_say_where_they_come_from():
    for room in ROOMS:
        module = importlib.import_module(f"forescale.{room}")
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isclass(value):
                assert value.__module__ == f"forescale.{room}", f"{room}.{name}: module of {value.__module__}"
            assert value.__doc__, f"{room}.{name} has no docstring"


def test_the_package_exports_what_it_names():
    for name in forescale.__all__:
        assert getattr(forescale, name) is not None
    for row in rows("library"):
        assert hasattr(forescale, row)
