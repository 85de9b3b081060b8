//! The tables, in column types that both databases share. Times are UTC.

diesel::table! {
    drafts (id) {
        id -> BigInt,
        key_hash -> Text,
        state -> Text,
        revision -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        expires_at -> Timestamp,
        owner_secret -> Nullable<Text>,
        predecessor -> Nullable<BigInt>,
    }
}

diesel::table! {
    draft_answers (draft_id, field) {
        draft_id -> BigInt,
        field -> Text,
        value -> Text,
    }
}

diesel::table! {
    personality_records (id) {
        id -> BigInt,
        text -> Text,
        result_mbti -> Nullable<Text>,
        result_big_five -> Nullable<Text>,
        career_data -> Nullable<Text>,
        source -> Text,
        status -> Text,
        owner_key_hash -> Text,
        draft_key_hash -> Nullable<Text>,
        share_key_hash -> Nullable<Text>,
        share_nonce -> Nullable<Text>,
        spans -> Nullable<Text>,
        ratings -> Nullable<Text>,
        answers -> Nullable<Text>,
        questionnaire_version -> Nullable<Text>,
        questionnaire_hash -> Nullable<Text>,
        keyed_scores -> Nullable<Text>,
        models -> Nullable<Text>,
        data_version -> Nullable<Text>,
        reading -> Nullable<Text>,
        share_read -> Nullable<Double>,
        created_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
        lease_owner -> Nullable<Text>,
        lease_until -> Nullable<Timestamp>,
        attempts -> Integer,
        failures -> Integer,
        losses -> Integer,
        failure -> Nullable<Text>,
        unclaimed_until -> Nullable<Timestamp>,
        begun -> Bool,
        assessment -> Nullable<Text>,
    }
}

diesel::table! {
    /// A view of one row.
    queue_depth (queued) {
        queued -> BigInt,
        reading -> BigInt,
        workers -> BigInt,
        oldest_seconds -> Double,
    }
}

diesel::table! {
    result_additions (record_id) {
        record_id -> BigInt,
        interests -> Nullable<Text>,
        shared_interests -> Nullable<Text>,
        shortlist -> Nullable<Text>,
    }
}

diesel::joinable!(draft_answers -> drafts (draft_id));
diesel::allow_tables_to_appear_in_same_query!(drafts, draft_answers);
diesel::allow_tables_to_appear_in_same_query!(personality_records, result_additions);
