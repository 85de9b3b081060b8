#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| calling_fuzz::addresses(bytes));
