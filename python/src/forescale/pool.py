"""Where does it run? Tiers, shadows, clones, tenants, regions."""

from ._forescale import CloneManager, LoadBalancer, Regions, ResourceManager, ShadowManager, share

__all__ = [
    "CloneManager",
    "LoadBalancer",
    "Regions",
    "ResourceManager",
    "ShadowManager",
    "share",
]
