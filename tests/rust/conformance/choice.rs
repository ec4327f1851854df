use super::Dispatch;

pub const DISPATCH: &[Dispatch] = &[];
