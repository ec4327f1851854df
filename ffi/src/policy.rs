//! Who decides? One `Policy` trait; every control law, ours and the baselines, implements it.
