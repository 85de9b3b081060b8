//! What a network refuses: numbers that are not finite, windows that do not fit, and parts that do not belong together.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::encoder::Encoder;
use crate::kernels::{Pass, Wanted};
use crate::outliers::Outliers;

#[test]
fn a_weight_or_a_result_that_is_not_finite_is_an_error() {
    let mut numbers = Numbers(3);
    let sample = Sample::new(shape(32, 2, 64, 32, &[0]), 10, 8, &mut numbers);
    each_execution(|execution| {
        for bad in [f32::NAN, f32::INFINITY] {
            let layers = sample.layers();
            let mut weight = layers[0].output.weight.to_vec();
            weight[7] = bad;
            let bias = layers[0].output.bias;
            let layers =
                vec![LayerWeights { output: Affine { weight: &weight, bias }, ..sample.layers().remove(0) }];
            let refused = Network::new(sample.shape.clone(), &sample.embeddings(), &layers, execution);
            assert!(matches!(refused, Err(FusedError::Weights { what: "output", .. })), "{execution}");
        }
        // Finite weights with an infinite product.
        let huge = vec![3e38; 32 * 64];
        let layers = sample.layers();
        let bias = layers[0].intermediate.bias;
        let layers =
            vec![LayerWeights { intermediate: Affine { weight: &huge, bias }, ..sample.layers().remove(0) }];
        let network = Network::new(sample.shape.clone(), &sample.embeddings(), &layers, execution).unwrap();
        let failed = network.first_states(&[&[1, 2, 3], &[4]]);
        assert!(matches!(failed, Err(FusedError::NotFinite { .. })), "{execution}");
        // The next pass in the same buffers is not affected.
        let good = self::network(&sample, execution);
        assert!(good.first_states(&[&[1, 2, 3]]).is_ok());
    });
}

#[test]
fn windows_that_do_not_fit_are_refused() {
    let mut numbers = Numbers(4);
    let sample = Sample::new(shape(32, 2, 64, 32, &[0]), 10, 8, &mut numbers);
    let execution = Execution::new(Precision::F32, Instructions::Portable, 1);
    let network = network(&sample, execution);
    for bad in [&[][..], &[10], &[0; 9]] {
        let failed = network.first_states(&[&[1], bad]);
        assert!(matches!(failed, Err(FusedError::Window { index: 1 })), "{bad:?}");
    }
    assert_eq!(network.first_states(&[]).unwrap(), Vec::<f32>::new());
}

/// A change to an encoder of two layers, and the execution of the pass that must refuse it.
type Tampered<'a> = (&'a dyn Fn(&mut Encoder), Execution);

#[test]
fn a_pass_refuses_an_encoder_that_it_was_not_made_for() {
    let one = Execution::new(Precision::F32, Instructions::Portable, 1);
    let mut numbers = Numbers(6);
    let sample = Sample::new(shape(32, 2, 64, 40, &[0, 1]), 10, 8, &mut numbers);
    let panics = |(tamper, execution): Tampered, windows: &[&[u32]]| {
        let (embeddings, layers) = (sample.embeddings(), sample.layers());
        let mut encoder =
            Encoder::pack(sample.shape.clone(), &embeddings, &layers, one, &Outliers::default()).unwrap();
        tamper(&mut encoder);
        let pass = Pass::new(execution).unwrap();
        let run = || pass.run(&encoder, windows, Wanted::All, &mut Vec::new());
        catch_unwind(AssertUnwindSafe(run)).is_err()
    };
    let whole: Tampered = (&|_| {}, one);
    assert!(!panics(whole, &[&[1, 2], &[3]]));
    let bad: [&[&[u32]]; 5] = [&[], &[&[]], &[&[1], &[]], &[&[0; 9]], &[&[10]]];
    for windows in bad {
        assert!(panics(whole, windows), "{windows:?}");
    }
    let tampered: [Tampered; 14] = [
        (&|_| {}, Execution { threads: 2, ..one }),
        (&|_| {}, Execution { precision: Precision::Int8, ..one }),
        (&|encoder| encoder.shape.hidden = 70, one),
        (&|encoder| encoder.shape.embedding = 70, one),
        (&|encoder| encoder.head_width = 16, one),
        (&|encoder| encoder.head_width = 64, one),
        (&|encoder| encoder.projection = None, one),
        (&|encoder| encoder.embedding_norm.bias.truncate(63), one),
        (&|encoder| encoder.layers[1].output_norm.weight.truncate(32), one),
        (&|encoder| encoder.layers[1].qkv.panels.truncate(1), one),
        (&|encoder| encoder.layers[1].intermediate.bias.truncate(1), one),
        (&|encoder| encoder.layers[1].output.outliers.push(64), one),
        (&|encoder| encoder.layers[1].output.outliers.push(0), one),
        (&|encoder| encoder.shape.order.clear(), one),
    ];
    for (index, tampered) in tampered.into_iter().enumerate() {
        assert!(panics(tampered, &[&[1, 2], &[3]]), "{index}");
    }
}
