//! Tests of all learned models.
