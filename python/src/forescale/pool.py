"""Where does it run? Tiers, shadows, clones, tenants, regions."""

from ._forescale import CloneManager, LoadBalancer, ResourceManager, share

__all__ = [
    "CloneManager",
    "LoadBalancer",
    "ResourceManager",
    "share",
]
