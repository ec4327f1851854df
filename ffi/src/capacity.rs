//! How much is enough? Queueing, latency targets, and the count of replicas that meets them.
