"""Where does it run? Tiers, shadows, clones, tenants, regions."""

from ._forescale import CloneManager, Regions, ShadowManager, share

__all__ = [
    "CloneManager",
    "Regions",
    "ShadowManager",
    "share",
]
