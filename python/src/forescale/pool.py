"""Where does it run? Tiers, shadows, clones, tenants, regions."""

from ._forescale import CloneManager, Regions, share

__all__ = [
    "CloneManager",
    "Regions",
    "share",
]
