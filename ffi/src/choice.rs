//! What is best? Pareto fronts and the weighted product utility that picks a point on them.
