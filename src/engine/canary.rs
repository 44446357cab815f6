//! Where a part of the engine can be taken away, for the simulation to notice.

/// `canary!(Silence, silence, without: Silence::default())` is `silence`; in tests that have switched off the canary of this name
/// (`simulation::canary`) it is the other value. Outside of tests nothing else is compiled.
#[cfg(test)]
macro_rules! canary {
    ($name:ident, $value:expr, without: $other:expr) => {
        if $crate::engine::canary::Canary::$name.is_off() { $other } else { $value }
    };
}

#[cfg(not(test))]
macro_rules! canary {
    ($name:ident, $value:expr, without: $other:expr) => {
        $value
    };
}

pub(crate) use canary;

#[cfg(test)]
pub(crate) use super::simulation::canary::Canary;
