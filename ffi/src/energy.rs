//! What does it burn? The energy tensor: how scaling dimensions turn into consumption.
