"""Who decides? One `Policy` trait; every control law, ours and the baselines, implements it."""

__all__: list[str] = []
