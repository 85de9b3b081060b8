//! How the models compute, as chosen by the user. Startup checks what the processor supports.

use clap::ValueEnum;

/// The number format that the models compute in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PrecisionChoice {
    /// The format that is the fastest on this processor, as measured at start, of those that agree with f32
    #[default]
    Auto,
    /// 32-bit floats
    F32,
    /// 16-bit floats with 8 bits of precision
    Bf16,
    /// 8-bit integers, scaled per channel and per token
    Int8,
    /// 32-bit floats in candle's plain operations; slow, for comparison
    Reference,
}

/// The processor instructions that the models use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum InstructionsChoice {
    /// The widest instructions that this processor has
    #[default]
    Auto,
    /// AVX-512
    Avx512,
    /// AVX2
    Avx2,
    /// No more than every processor has
    Portable,
}
