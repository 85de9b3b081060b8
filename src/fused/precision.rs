//! How a network is computed: the number format, the processor's instructions and the number of threads.

use std::fmt;
use std::str::FromStr;

/// The number format of weights and activations in the linear layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precision {
    /// 32-bit floats throughout.
    F32,
    /// Weights and activations as bfloat16 (8 significant bits), sums in f32.
    Bf16,
    /// Weights as 8-bit integers with a scale for each output channel, activations as 8-bit integers with a scale for each
    /// token and layer.
    Int8,
}

impl Precision {
    /// All precisions, the most exact first.
    pub const ALL: [Precision; 3] = [Precision::F32, Precision::Bf16, Precision::Int8];
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Precision::F32 => "f32",
            Precision::Bf16 => "bf16",
            Precision::Int8 => "int8",
        })
    }
}

impl FromStr for Precision {
    type Err = UnknownExecution;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let known = Precision::ALL.into_iter().find(|precision| precision.to_string() == s);
        known.ok_or_else(|| UnknownExecution { found: s.into(), expected: "f32, bf16 or int8" })
    }
}

/// A set of vector instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Instructions {
    /// AVX-512 F, BW, DQ, VL and VNNI (Intel since Ice Lake, AMD since Zen 4); bf16 also needs AVX512_BF16.
    Avx512,
    /// AVX2 and FMA (Intel since Haswell, AMD since Excavator).
    Avx2,
    /// The compiler target's default instructions; available everywhere.
    Portable,
}

impl Instructions {
    /// All sets, the fastest first.
    pub const ALL: [Instructions; 3] = [Instructions::Avx512, Instructions::Avx2, Instructions::Portable];

    /// The fastest set that this processor supports.
    pub fn detect() -> Instructions {
        Self::ALL.into_iter().find(|set| set.available()).unwrap_or(Instructions::Portable)
    }

    /// Whether this processor supports the whole set.
    pub fn available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512vnni")
                    && Instructions::Avx2.available()
            }
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(not(target_arch = "x86_64"))]
            Instructions::Avx512 | Instructions::Avx2 => false,
            Instructions::Portable => true,
        }
    }

    /// Whether this processor also has a bf16 product in this set.
    pub fn multiplies_bf16(self) -> bool {
        #[cfg(test)]
        if WITHOUT_BF16.get() {
            return false;
        }
        match self {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => self.available() && is_x86_feature_detected!("avx512bf16"),
            _ => false,
        }
    }
}

#[cfg(test)]
thread_local! {
    /// Whether tests on this thread build networks as if the processor had no AVX512_BF16.
    pub(super) static WITHOUT_BF16: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

impl fmt::Display for Instructions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Instructions::Avx512 => "avx512",
            Instructions::Avx2 => "avx2",
            Instructions::Portable => "portable",
        })
    }
}

impl FromStr for Instructions {
    type Err = UnknownExecution;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let known = Instructions::ALL.into_iter().find(|set| set.to_string() == s);
        known.ok_or_else(|| UnknownExecution { found: s.into(), expected: "avx512, avx2 or portable" })
    }
}

/// An unknown name of a precision or an instruction set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?}; expected {expected}")]
pub struct UnknownExecution {
    pub found: String,
    pub expected: &'static str,
}

/// Whether this processor can compute in `precision` with `instructions`.
pub fn supported(precision: Precision, instructions: Instructions) -> bool {
    instructions.available() && (precision != Precision::Bf16 || instructions.multiplies_bf16())
}

/// How a network is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Execution {
    /// The number format of the linear layers.
    pub precision: Precision,
    /// The number format of attention's products: bf16 or f32 beside int8, else the same as `precision`.
    pub attention: Precision,
    /// The vector instructions.
    pub instructions: Instructions,
    /// Threads that work on one batch together, including the calling thread; at least 1.
    pub threads: usize,
}

impl Execution {
    /// An execution whose attention is in bf16 beside bf16, and beside int8 where the processor multiplies bf16; else in f32.
    pub fn new(precision: Precision, instructions: Instructions, threads: usize) -> Execution {
        let attention = match precision {
            Precision::Bf16 => Precision::Bf16,
            Precision::Int8 if instructions.multiplies_bf16() => Precision::Bf16,
            Precision::Int8 | Precision::F32 => Precision::F32,
        };
        Execution { precision, attention, instructions, threads }
    }

    /// Whether this processor can compute so, and attention's format goes with that of the linear layers.
    pub fn supported(&self) -> bool {
        let goes = match self.precision {
            Precision::Int8 => self.attention != Precision::Int8,
            Precision::F32 | Precision::Bf16 => self.attention == self.precision,
        };
        goes && [self.precision, self.attention].into_iter().all(|p| supported(p, self.instructions))
    }

    /// The formats in words.
    pub fn formats(&self) -> String {
        let Execution { precision, attention, .. } = self;
        match attention == precision {
            true => precision.to_string(),
            false => format!("{precision} with attention in {attention}"),
        }
    }

    /// The formats and instructions in words. The number of threads is left out, because it does not change a result.
    pub fn numbers(&self) -> String {
        format!("{} on {}", self.formats(), self.instructions)
    }
}

impl fmt::Display for Execution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.threads == 1 { "" } else { "s" };
        write!(f, "{}, {} thread{plural}", self.numbers(), self.threads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_displayed_name_parses_back() {
        for precision in Precision::ALL {
            assert_eq!(precision.to_string().parse(), Ok(precision));
        }
        for instructions in Instructions::ALL {
            assert_eq!(instructions.to_string().parse(), Ok(instructions));
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_names_accepted() {
        let refused = "f16".parse::<Precision>().unwrap_err().to_string();
        assert_eq!(refused, "\"f16\"; expected f32, bf16 or int8");
        let refused = "sse2".parse::<Instructions>().unwrap_err().to_string();
        assert_eq!(refused, "\"sse2\"; expected avx512, avx2 or portable");
    }

    #[test]
    fn f32_and_int8_run_on_every_processor_but_bf16_needs_its_instructions() {
        assert!(Instructions::detect().available());
        for precision in [Precision::F32, Precision::Int8] {
            assert!(supported(precision, Instructions::Portable));
        }
        assert!(!supported(Precision::Bf16, Instructions::Portable));
        assert!(!supported(Precision::Bf16, Instructions::Avx2));
    }
}
