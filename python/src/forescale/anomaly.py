"""Is this normal? Isolation forest and the scores of rare points."""

__all__: list[str] = []
