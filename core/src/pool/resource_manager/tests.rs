//! The behaviours that the resource manager is for, one scenario each, and what must hold whatever the actuator does.
