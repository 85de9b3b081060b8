//! Occupations that a visitor keeps, on a device or with a result, and their comparison.

mod compare;
mod comparison;
mod list;
mod pages;
mod pay_bars;

pub use compare::{compare, compare_for_owner};
pub use pages::{change_device, change_result, of_device, of_result};
