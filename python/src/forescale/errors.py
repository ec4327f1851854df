"""How forescale fails: one exception class a kind, all of them `Error`.

`code` is the number that the kind has in every language.
"""

__all__ = [
    "ArgumentTypeError",
    "ConfigError",
    "DataError",
    "Error",
    "InfeasibleError",
    "InternalError",
    "NotReadyError",
    "SnapshotError",
    "StoppedError",
]


class Error(Exception):
    """What every exception of forescale is."""

    code: int = 0


class ConfigError(Error, ValueError):
    """A setting is unknown, of the wrong type, or out of its range."""

    code = 20

    def add_note(self, note: str, /) -> None:
        """Adds a note, which a traceback shows below the message.

        The name of an argument that could not be read comes in a note of the extension: it is put before the message, which
        begins with ":", or goes on from the name as a path does.
        """
        name = note.removeprefix("while processing '").removesuffix("'")
        if name != note and str(self)[:1] in (":", ".", "["):
            self.args = (f"{name}{self}",)
        else:
            super().add_note(note)


class ArgumentTypeError(ConfigError, TypeError):
    """An argument is of the wrong type: a ConfigError that is a TypeError as well."""


class DataError(Error, ValueError):
    """The data cannot be used: not finite, empty, of the wrong shape, or going back in time."""

    code = 40


class NotReadyError(Error, RuntimeError):
    """More data or an earlier call (`fit`) is needed first; the message says how much."""

    code = 60


class InfeasibleError(Error, ValueError):
    """No answer exists, whatever is spent."""

    code = 61


class StoppedError(Error, RuntimeError):
    """The caller's progress callback asked to stop."""

    code = 62


class SnapshotError(Error, ValueError):
    """The bytes are not a snapshot, damaged, of another kind, or from a newer version."""

    code = 80


class InternalError(Error, RuntimeError):
    """A defect of this library: please report it."""

    code = 100
