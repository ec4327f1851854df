"""Calls every operation of one room with bad input of each kind: `python spoil.py <room>`.

Each call must return, or raise what a user can expect, and an object whose call failed must be as it was. Run by
`test_bad_input.py` as a program of its own, so that a crash, a hang or an exhausted memory fails that test alone.
"""

import faulthandler
import importlib
import inspect
import itertools
import random
import resource
import sys
import tomllib
from pathlib import Path

import numpy as np

import forescale
from arguments import ARGUMENTS, OBJECTS

NAN, INF = float("nan"), float("inf")
EXPECTED = (forescale.Error, TypeError, ValueError, OverflowError, OSError)

SPOILED = {
    "numbers": [NAN, INF, -INF, -1, -1.5, 0, 0.0, -0.0, 1, 2, 0.5, 1e-308, 1e308, -1e308, 5e-324, 10**7, 2**31, 10**12, 2**53, 2**63, 2**64, -(2**63), -(2**70), 10**400],
    "wrong types": [None, True, "", "mean", "2", "\ud800", "\0", b"", b"FSCALE\0\1", object(), 1j, {}, {"unknown": 1}, {"utilization": NAN}, [None], ["a"], str, forescale.load.Series([1.0])],
    "arrays": [[], [NAN], [NAN, NAN, NAN], [INF], [1.0, -INF, 2.0], [0.0], [-1.0], [-5.0, 3.0, -7.0], [3.0, 2.0, 1.0], [1e308, 1e308, 1e308], [-1e308, 1e308], [5e-324] * 4, [1, 2, 3], [7.0] * 50, list(range(40)), [2**62, -(2**63)], np.zeros(0), np.arange(10)[::-2], np.float32([1, 2, 3]), np.array(["a", "b"]), np.array([1 + 1j]), np.array([None, 1.0], dtype=object), np.array(["NaT", "2026-01-01"], dtype="datetime64[ms]")],
    "tables": [[[]], [[], []], [[1.0]], [[NAN, 1.0]], [[1.0, 2.0], [3.0, INF]], [[1.0, 2.0], [3.0]], [[1e308, -1e308]] * 3, np.zeros((0, 3)), np.zeros((3, 0)), np.ones((4, 2), order="F"), np.ones((2, 2, 2)), np.eye(3)[:, ::2], [[0.0, 0.0]] * 5],
}


def pool(value):
    """What to put in the place of an argument that works: first what is like it."""
    values = list(itertools.chain.from_iterable(SPOILED.values()))
    if isinstance(value, bytes):
        cuts = range(0, len(value), max(1, len(value) // 64))
        values += [value[:cut] for cut in cuts] + [value + b"\0"]
        values += [value[:at] + bytes([value[at] ^ 1 << at % 8]) + value[at + 1 :] for at in cuts]
    if isinstance(value, list) and value:
        values += [value[:-1], value + value, value[::-1], [value[0]], value * 100]
        values += [value[:at] + [bad] + value[at + 1 :] for at in (0, len(value) - 1) for bad in (NAN, INF, -1.0, 1e308)]
    if isinstance(value, str):
        values += [value + "x", value.upper(), value[:-1], value * 3]
    if isinstance(value, dict):
        for key in value:
            values += [{**value, key: bad} for bad in (NAN, -1, None, "x", [], [NAN, NAN], [0.5, -1.0], [2.0, 2.0])]
    return values


def attempt(name, call, arguments, keywords, subject=None):
    """One call and its answer; anything but an answer or an expected exception ends the program."""
    state = snapshot_of(subject)
    try:
        return call(*arguments, **keywords)
    except forescale.InternalError as error:
        sys.exit(f"{name}{shown(arguments, keywords)}: {error!r}")
    except EXPECTED:
        if state is not None and snapshot_of(subject) != state:
            sys.exit(f"{name}{shown(arguments, keywords)}: failed, but changed the object")
    except BaseException as error:  # PanicException is no Exception
        sys.exit(f"{name}{shown(arguments, keywords)}: raised {error!r}")


def snapshot_of(subject):
    return subject.snapshot() if hasattr(subject, "snapshot") else None


def shown(arguments, keywords):
    text = f"({', '.join([repr(a) for a in arguments] + [f'{k}={v!r}' for k, v in keywords.items()])})"
    return text[:500]


def made(value):
    return value() if callable(value) else value


def use(room, made_object, how):
    """An object with extreme settings that were accepted must work, or refuse, in its methods too."""
    prefix = f"{room}.{type(made_object).__name__}."
    for name, arguments in ARGUMENTS.items():
        if name.startswith(prefix):
            method = getattr(made_object, name.removeprefix(prefix))
            attempt(f"{name} of one made with {how}", method, made(arguments), {}, made_object)


def spoil(room, name):
    module = importlib.import_module(f"forescale.{room}")
    full = f"{room}.{name}"
    owner, _, member = name.partition(".")
    owner = getattr(module, owner)
    is_static = member and (
        inspect.ismodule(owner) or isinstance(inspect.getattr_static(owner, member), (staticmethod, classmethod))
    )
    needs_object = bool(member) and not is_static

    def subject():
        if not needs_object:
            return None
        make = OBJECTS.get(f"{room}.{owner.__name__}") or (lambda: owner(*made(ARGUMENTS[f"{room}.{owner.__name__}"])))
        return make()

    def call_of(target):
        return getattr(target if needs_object else owner, member) if member else owner

    if needs_object and not callable(inspect.getattr_static(owner, member)):
        getattr(subject(), member)
        return 1
    if not member and full in OBJECTS and full not in ARGUMENTS:
        return 0  # made by other operations alone
    valid = made(ARGUMENTS[full]) if full in ARGUMENTS else sys.exit(f"tests/python/arguments.py has no arguments for {full}")
    call_of(subject())(*valid)  # what is said to work works

    count = 0
    target = subject()

    def run(arguments, keywords):
        nonlocal target, count
        faulthandler.dump_traceback_later(60, exit=True)
        answer = attempt(full, call_of(target), arguments, keywords, target)
        if not member and isinstance(answer, owner if inspect.isclass(owner) else ()):
            use(room, answer, shown(arguments, keywords))
        faulthandler.cancel_dump_traceback_later()
        count += 1
        if count % 50 == 0:
            target = subject()  # calls that succeeded have changed it

    parameters = list(inspect.signature(call_of(target)).parameters)
    for at, name in enumerate(parameters):
        for bad in pool(valid[at] if at < len(valid) else None):
            if at < len(valid):
                run((*valid[:at], bad, *valid[at + 1 :]), {})
            else:
                run(valid, {name: bad})
    for missing in range(len(valid)):
        run(valid[:missing], {})
    run((*valid, *[None] * (len(parameters) + 1 - len(valid))), {})
    run(valid, {"no_such_argument": 1})
    chance = random.Random(1)
    for _ in range(200):  # several spoiled at once
        run(tuple(chance.choice(pool(value)) if chance.random() < 0.6 else value for value in valid), {})
    return count


def main(room):
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    ledger = tomllib.loads((Path(__file__).parent.parent / "surface.toml").read_text())
    calls = 0
    for row in ledger[room]:
        names = row.get("python", [])
        for name in names if isinstance(names, list) else [names]:
            print(f"{room}.{name}", flush=True)
            calls += spoil(room, name)
    print(f"{calls} calls")


if __name__ == "__main__":
    main(sys.argv[1])
