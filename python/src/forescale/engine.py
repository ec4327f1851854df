"""The loop: observe, decide, learn; rails, explanations, snapshots."""

__all__: list[str] = []
