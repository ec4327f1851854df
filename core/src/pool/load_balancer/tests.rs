//! The behaviours that the load balancer is for, one scenario each.
