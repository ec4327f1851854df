"""Does it work? Worlds, backtests and reports."""

__all__: list[str] = []
