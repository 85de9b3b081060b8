//! The interface for this repository's own tests, benches and examples. Nothing else may rely on it.

pub mod accounts {
    pub use crate::accounts::OneTime;
}

pub mod assessment {
    pub use crate::assessment::{
        Assessed, Assessment, Assessor, Naming, NoType, Notice, RatingPace, Standing, known,
    };
}

pub mod careers {
    pub use crate::careers::{Career, Catalog, Filters, Person, Recommendations};

    pub mod workbook {
        pub use crate::careers::workbook::{Keys, read};
    }
}

pub mod config {
    pub use crate::config::{Network, PublicUrl, Role, Settings};
}

pub mod entrances {
    pub use crate::web::entrances::{client, cookies, form, json};
}

pub mod fused {
    pub use crate::fused::{
        Activation, Affine, EmbeddingWeights, Execution, FusedError, Instructions, LayerWeights, Linear,
        Network, Precision, Shape, Words, register_peak, supported,
    };
}

pub mod inference {
    pub use crate::inference::{
        Deadline, Engine, InferenceConfig, Known, ModelReading, Models, Passage, Probabilities, Reading,
        TOLERANCE, Wanted, Ways, check_folder, choose, read_alone, ways,
    };
    pub mod window {
        pub use crate::inference::window::{cut, encoding_steps, share_read};
    }
}

#[cfg(feature = "training")]
pub mod learning {
    pub mod bank {
        pub use crate::learning::bank::{Split, load_answers};
    }
    pub mod people {
        pub use crate::learning::people::{Person, Survey};
    }
    pub mod evaluation {
        pub mod reader {
            pub use crate::learning::evaluation::prediction::{Prediction, Reader};
            pub use crate::learning::evaluation::reader::ModelReader;
        }
    }
}

pub mod models {
    pub use crate::models::{
        Activation, Architecture, Classifier, Execution, Instructions, LoadedModel, ModelConfig, ModelError,
        Precision, SequenceClassifier, Tokenizer, TokenizerKind, Windows, load, load_kind, load_with,
        manifest, supported, verify,
    };
    #[cfg(feature = "fetch")]
    pub use crate::models::{FetchError, FetchProgress, PUBLIC_MODELS, fetch};
    pub mod tensors {
        pub use crate::models::tensors::{Expected, classifier};
    }
    pub mod evaluation {
        pub use crate::models::evaluation::{
            Bank, Baseline, Beside, Evaluation, FILE_NAME, Figure, Kind, Measured, People, Responses,
        };
    }
}

pub mod norm {
    pub use crate::norm::{Level, Norm};
}

pub mod personality {
    pub use crate::personality::{
        Axis, InterestScores, Mbti, ModelKind, Pair, Profile, Trait, normal_share_below,
    };
}

pub mod records {
    pub use crate::records::{AUDIT_DAYS_KEPT, Act, AuditRow, Audited};
    pub use crate::records::{Account, LinkPurpose, MailMessage, NewAccount, RecoveryCode, Role};
    pub use crate::records::{
        AnswerSpan, Answered, Asked, Backlog, Conflict, DatabaseUrl, DatabaseUrlError, DraftKey, DraftState,
        Ended, ExportPlace, FLEET_HOURS_KEPT, FailOutcome, Finished, Fleet, FleetMinute, FleetServer,
        FleetSettings, Interests, Labelled, Lease, LeaseOutcome, Leased, MAX_LOSSES, ModelRead, ModelUsed,
        NewServer, NewSubmission, NewText, OpenedDays, OwnerKey, PoolConfig, QueueDepth, Record,
        RecordsError, Released, Removals, Research, ServerState, Source, Status, Store, Thing,
        Unavailability, Wanted, migrate_down, migrate_up, migration_status,
    };
}

pub mod scaling {
    pub use crate::scaling::Policy;
}

pub mod startup {
    pub use crate::startup::{Application, Stop, refresh_statistics};
}

pub mod submissions {
    pub use crate::submissions::{
        Answer, NotRead, PendingLabels, PendingReading, ReadError, Reader, Receipt, Runner, RunnerConfig,
        Turn,
    };
}

pub mod survey {
    pub use crate::survey::{Answers, ComposedText, Item, Keyed, Questionnaire, RawAnswers, compose};
}

pub mod telemetry {
    pub use crate::telemetry::sentence;
}
