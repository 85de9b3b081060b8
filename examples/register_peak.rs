//! Prints the peak rate of this processor's multiply-add units, measured in registers, for each precision and instruction set:
//! `cargo run --release --example register_peak`.

use std::time::Duration;

use calling::internals::fused::{Instructions, Precision, register_peak};

fn main() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{:<10} {:<10} {:>12} {:>12}", "set", "precision", "1 thread", format!("{threads} threads"));
    for instructions in Instructions::ALL {
        for precision in Precision::ALL {
            let peak = |threads| {
                let peak = register_peak(precision, instructions, threads, Duration::from_millis(500));
                peak.map(|peak| format!("{:.0} Gop/s", peak / 1e9))
            };
            if let (Some(one), Some(all)) = (peak(1), peak(threads)) {
                println!("{instructions:<10} {precision:<10} {one:>12} {all:>12}");
            }
        }
    }
}
