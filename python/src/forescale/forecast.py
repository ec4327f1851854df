"""What comes next, and how sure are we? Forecasters and self-adjusting intervals."""

__all__: list[str] = []
