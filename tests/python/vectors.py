"""The shared test vectors, by the rules of tests/rust/vectors.rs."""

import json
import math
import struct
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "vectors"
NOT_FINITE = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


class Case:
    def __init__(self, label, fields, tolerance, absolute):
        self.label = label
        self.fields = fields
        self.tolerance = fields.get("tolerance", tolerance)
        self.absolute = fields.get("absolute", absolute)

    def has(self, name):
        return self.fields.get(name) is not None

    def number(self, name):
        value = self.fields[name]
        return NOT_FINITE[value] if isinstance(value, str) else value

    def count(self, name):
        return int(self.number(name))

    def flag(self, name):
        return bool(self.number(name))

    def numbers(self, name):
        """An array, or a table as a list of rows."""
        return [_finite(value) for value in self.fields[name]]

    table = numbers

    def text(self, name):
        value = self.fields[name]
        return value if isinstance(value, str) else json.dumps(value)

    def expect(self, name, got):
        assert self._close(float(got), self.number(name)), f"{self.label}: {name} is {got!r}, expected {self.number(name)!r}"

    def expect_array(self, name, got):
        want = _flat(self.numbers(name))
        got = [float(value) for value in _flat(got)]
        assert len(got) == len(want), f"{self.label}: length of {name}"
        for at, (g, w) in enumerate(zip(got, want)):
            assert self._close(g, w), f"{self.label}: {name}[{at}] is {g!r}, expected {w!r}"

    def calls(self, name):
        """The lines of a text as calls: a name, and what follows it."""
        return [(call, rest) for call, _, rest in (line.partition(" ") for line in self.text(name).splitlines())]

    def expect_lines(self, name, got):
        """Compares what calls answered with the lines of a text, each of them JSON."""
        want = [json.loads(line) for line in self.text(name).splitlines()]
        assert len(got) == len(want), f"{self.label}: {len(got)} answers, expected {len(want)}"
        for at, (g, w) in enumerate(zip(got, want)):
            assert g == w, f"{self.label}: {name}[{at}] is {g!r}, expected {w!r}"

    def _close(self, got, want):
        want = float(want)
        if struct.pack("d", got) == struct.pack("d", want) or (math.isnan(got) and math.isnan(want)):
            return True
        allowed = self.tolerance * abs(want) + self.absolute
        return allowed > 0 and (got == want or abs(got - want) <= allowed)


def _finite(value):
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return NOT_FINITE[value] if isinstance(value, str) else value


def _flat(values):
    if hasattr(values, "ravel"):
        values = values.ravel().tolist()
    return [item for value in values for item in (_flat(value) if isinstance(value, list) else [value])]


def all_cases():
    """Each (name of the file, case)."""
    for source in ("oracle", "golden"):
        for path in sorted((FOLDER / source).glob("*.json")):
            file = json.loads(path.read_text())
            if file.get("only") == "core":
                continue
            for at, fields in enumerate(file["cases"]):
                label = f"{source}/{path.stem} case {at}"
                yield path.stem, Case(label, fields, file.get("tolerance") or 0.0, file.get("absolute") or 0.0)
