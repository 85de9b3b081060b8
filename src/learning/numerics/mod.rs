//! Statistics, fits, linear algebra and random numbers that training and evaluation share. If a crate could do the
//! same, the file says why the code is written by hand.

mod calibration;
mod linear;
mod logistic;
mod random;
mod ridge;
mod statistics;

pub use calibration::{fit_scale_and_bias, fit_scale_and_biases};
pub use linear::{Cholesky, regression};
pub use logistic::{Observation, fit_logistic, sigmoid};
pub use random::{mix, standard_normal};
pub use ridge::{Linear, SparseRow, ridge};
pub use statistics::{area_under_curve, correlation, covariance, normal_quantile};
