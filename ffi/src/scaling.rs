//! How do we get there? The fractal scaling identity, sigmoid transitions, hysteresis, ramps.
