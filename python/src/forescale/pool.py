"""Where does it run? Tiers, shadows, clones, tenants, regions."""

from ._forescale import CloneManager, share

__all__ = [
    "CloneManager",
    "share",
]
