//! The shortlist of a device or a result, and the comparison of occupations.

mod compare;
mod comparison;
mod list;
mod pages;
mod pay_bars;

pub use compare::{compare, compare_for_owner};
pub use pages::{change_device, change_result, of_device, of_result};
