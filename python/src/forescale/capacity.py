"""How much is enough? Queueing, latency targets, and the count of replicas that meets them."""

from ._forescale import Queue, erlang_b, erlang_c, servers_for

__all__ = ["Queue", "erlang_b", "erlang_c", "servers_for"]
