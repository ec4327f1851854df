//! How much is enough? Queueing, latency targets, and the count of replicas that meets them.
//!
//! ```
//! use forescale::capacity::{Target, servers_for};
//! // 100 requests a second, 10 a second per replica, 95 % answered within 0.4 s.
//! assert_eq!(servers_for(100.0, 10.0, Target::ResponseQuantile(0.95, 0.4))?, 12);
//! # Ok::<(), forescale::Error>(())
//! ```

mod bounded;
mod calibrate;
mod erlang;
mod pack;
mod queue;
mod target;

pub use bounded::{BoundedQueue, servers_for_bounded};
pub use calibrate::{Calibration, WarmUp, calibrate, calibrate_load};
pub use erlang::{MAX_SERVERS, erlang_b, erlang_c};
pub use pack::{Bins, Groups, Packing, Strategy, Unplaced, pack};
pub use queue::{Queue, latency};
pub use target::{Target, servers_for};
