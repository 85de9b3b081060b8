//! Reads a tensor's numbers from a safetensors file. The file is read in pieces that fit the L2 cache, straight into
//! the final format. Holding a tensor in memory twice would be slow: allocating memory takes longer than copying a
//! cached file.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use candle_core::DType;
use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

/// Bytes read at once: a multiple of every format's size.
const PIECE: usize = 1 << 17;

/// Passes the bytes from `from` up to `to` to `each`, one piece at a time.
fn pieces(file: &File, (mut from, to): (u64, u64), mut each: impl FnMut(&[u8])) -> io::Result<()> {
    let mut piece = vec![0; PIECE.min((to - from) as usize)];
    while from < to {
        let size = piece.len().min((to - from) as usize);
        file.read_exact_at(&mut piece[..size], from)?;
        each(&piece[..size]);
        from += size as u64;
    }
    Ok(())
}

fn halves(bytes: &[u8]) -> impl Iterator<Item = f16> {
    bytes.as_chunks().0.iter().map(|half| f16::from_le_bytes(*half))
}

/// Appends the numbers in these bytes to `values`, as f32.
pub(super) fn append_f32(
    file: &File,
    bytes: (u64, u64),
    dtype: DType,
    values: &mut Vec<f32>,
) -> io::Result<()> {
    pieces(file, bytes, |piece| match dtype {
        DType::F32 => values.extend(piece.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes))),
        DType::F64 => {
            values.extend(piece.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32))
        }
        DType::BF16 => {
            values.extend(piece.as_chunks().0.iter().map(|bytes| bf16::from_le_bytes(*bytes).to_f32()));
        }
        DType::F16 => {
            let halves: Vec<f16> = halves(piece).collect();
            let at = values.len();
            values.resize(at + halves.len(), 0.0);
            // Converting a whole slice uses the processor's instruction if there is one.
            halves.convert_to_f32_slice(&mut values[at..]);
        }
        // `Checkpoint::expect` refuses all other formats.
        _ => {}
    })
}

/// The f16 numbers in these bytes.
pub(super) fn f16(file: &File, bytes: (u64, u64)) -> io::Result<Vec<f16>> {
    let mut values = Vec::with_capacity((bytes.1 - bytes.0) as usize / size_of::<f16>());
    pieces(file, bytes, |piece| values.extend(halves(piece)))?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use candle_core::{Device, Tensor};

    use super::*;
    use crate::fused::Words;
    use crate::models::checkpoint::Checkpoint;
    use crate::models::tensors::Expected;

    #[test]
    fn every_format_is_read_whole_over_several_pieces() {
        let folder = tempfile::tempdir().unwrap();
        let formats = [DType::F32, DType::F16, DType::BF16, DType::F64];
        let count = PIECE / 2 + 3;
        // Integers up to 128 are exact in all four.
        let values: Vec<f32> = (0..count).map(|at| (at * 7 % 257) as f32 - 128.0).collect();
        let whole = Tensor::new(values.as_slice(), &Device::Cpu).unwrap();
        let tensors: HashMap<String, Tensor> = formats
            .iter()
            .map(|dtype| (dtype.as_str().to_owned(), whole.to_dtype(*dtype).unwrap()))
            .collect();
        candle_core::safetensors::save(&tensors, folder.path().join("model.safetensors")).unwrap();
        let checkpoint = Checkpoint::open(folder.path(), "bert.").unwrap();
        let wanted: Vec<Expected> = tensors.keys().map(|name| (name.clone(), vec![count])).collect();
        for (name, tensor) in checkpoint.read(&wanted, "bert.").unwrap() {
            assert!(tensor.to_vec1::<f32>().unwrap() == values, "{name}");
        }
        let Words::F16(halves) = checkpoint.words("f16").unwrap() else { panic!("widened") };
        assert!(halves.iter().map(|half| half.to_f32()).eq(values.iter().copied()));
        for name in ["f32", "bf16", "f64"] {
            let Words::F32(words) = checkpoint.words(name).unwrap() else { panic!("{name} was rounded") };
            assert!(*words == values, "{name}");
        }
    }
}
