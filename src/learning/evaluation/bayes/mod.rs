//! The upper bound: the Bayes posterior of a respondent, given ratings and answers, by importance sampling.
//!
//! It assumes a reader that knows how respondents are drawn (their traits, axes and habits of rating), how ratings
//! follow from them, and with what probability each answer is chosen, and that reads every label exactly. No reader can
//! do better. There are 11 unknowns, a priori independent and standard normal: five that generate the correlated
//! traits, four for what the traits leave unexplained in the axes, acquiescence, and the preference for extremes.
//! Fisher scoring finds the mode. [`DRAWS`] points are drawn from a normal distribution there, whose covariance is the
//! inverse of the expected information, widened to cover the tails. They are weighted by the ratio of the posterior's
//! density to the proposal's (Robert and Casella 2004, *Monte Carlo Statistical Methods*, chapter 3). The only
//! approximation is the number of draws. The report says how many independent draws they are worth (Kish's effective
//! sample size).

mod density;
mod posterior;

pub use posterior::{Bayes, DRAWS, Posterior};
