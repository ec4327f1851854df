"""What came in? Regular series with gaps, and causal derivatives."""

__all__: list[str] = []
