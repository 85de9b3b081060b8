//! The upper bound: the Bayes posterior of a respondent, given ratings and answers, by importance sampling.
//!
//! A reader that knew how respondents are drawn (their traits, axes and habits of rating), how ratings follow from them and
//! with what probability each answer is chosen, and that read every label exactly, could do no better than the posterior.
//! There are 11 unknowns, a priori independent and standard normal: five from which the correlated traits follow, four that
//! the traits leave unexplained in the axes, the habit of agreeing and the preference for extremes. Fisher scoring finds the
//! mode. [`DRAWS`] points are drawn from a normal distribution there, whose covariance is the inverse of the expected
//! information, widened to cover the tails, and weighted by the ratio of the posterior's density to the proposal's (Robert
//! and Casella 2004, *Monte Carlo Statistical Methods*, chapter 3). Only the number of draws makes this an approximation; how
//! many independent draws they are worth is reported (Kish's effective sample size).

mod density;
mod posterior;

pub use posterior::{Bayes, DRAWS, Posterior};
