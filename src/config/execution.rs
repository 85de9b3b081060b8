//! How the models are to compute, as a person asks for it. What a processor really has is found out at start.

use clap::ValueEnum;

/// The numbers that the models compute in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PrecisionChoice {
    /// The fastest that the processor has and that agrees with f32.
    #[default]
    Auto,
    /// 32-bit floats, as the checkpoints are computed elsewhere.
    F32,
    /// 16-bit floats with 8 bits of precision.
    Bf16,
    /// 8-bit integers, scaled by channel and by token.
    Int8,
    /// 32-bit floats by candle's plain operations, one after another: what all the others are held to, and slow.
    Reference,
}

/// The instructions that the models compute with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum InstructionsChoice {
    /// The widest that the processor has.
    #[default]
    Auto,
    /// AVX-512.
    Avx512,
    /// AVX2.
    Avx2,
    /// What any processor has.
    Portable,
}
