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
        saved_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    account_drafts (account_id) {
        account_id -> BigInt,
        draft_id -> BigInt,
        merged_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    merged_drafts (draft_id, opened_at) {
        draft_id -> BigInt,
        opened_at -> Timestamp,
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
        research_ratings -> Bool,
        research_answers -> Bool,
        research_id -> Nullable<Text>,
    }
}

diesel::table! {
    result_openings (record_id, day, address) {
        record_id -> BigInt,
        day -> Date,
        address -> Text,
    }
}

diesel::table! {
    waiting_senders (record_id) {
        record_id -> BigInt,
        server -> Text,
        answer_by -> Nullable<Timestamp>,
        model -> Nullable<Text>,
    }
}

diesel::table! {
    workers (name) {
        name -> Text,
        alive_until -> Timestamp,
        tokens_per_second -> Double,
    }
}

diesel::table! {
    fleet_servers (id) {
        id -> Text,
        name -> Text,
        role -> Text,
        version -> Text,
        state -> Text,
        started_at -> Timestamp,
        seen_at -> Timestamp,
        drain_asked_at -> Nullable<Timestamp>,
        settled_at -> Nullable<Timestamp>,
        computed_in -> Nullable<Text>,
    }
}

diesel::table! {
    fleet_minutes (server_id, at) {
        server_id -> Text,
        at -> Timestamp,
        cpu -> Nullable<Double>,
        requests -> BigInt,
        net_in -> Nullable<BigInt>,
        net_out -> Nullable<BigInt>,
        memory -> Nullable<BigInt>,
        queued -> Nullable<BigInt>,
        readings -> BigInt,
    }
}

diesel::table! {
    fleet_settings (id) {
        id -> Integer,
        desired -> Nullable<Integer>,
        policy -> Nullable<Text>,
    }
}

diesel::table! {
    accounts (id) {
        id -> BigInt,
        random_id -> Text,
        email -> Text,
        email_key -> Text,
        password -> Nullable<Text>,
        role -> Text,
        disabled -> Bool,
        created_at -> Timestamp,
        factor_secret -> Nullable<Text>,
        factor_confirmed -> Bool,
        factor_step -> BigInt,
    }
}

diesel::table! {
    account_sessions (id) {
        id -> BigInt,
        account_id -> BigInt,
        token_hash -> Text,
        agent -> Text,
        created_at -> Timestamp,
        used_at -> Timestamp,
        expires_at -> Timestamp,
        factor_passed -> Bool,
    }
}

diesel::table! {
    account_browsers (account_id, token_hash) {
        account_id -> BigInt,
        token_hash -> Text,
        used_at -> Timestamp,
    }
}

diesel::table! {
    account_codes (account_id, code_hash) {
        account_id -> BigInt,
        code_hash -> Text,
    }
}

diesel::table! {
    account_links (token_hash) {
        token_hash -> Text,
        account_id -> BigInt,
        email -> Nullable<Text>,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    account_results (account_id, record_id) {
        account_id -> BigInt,
        record_id -> BigInt,
        name -> Nullable<Text>,
        kept_at -> Timestamp,
    }
}

diesel::table! {
    outbox (id) {
        id -> BigInt,
        kind -> Text,
        account_id -> Nullable<BigInt>,
        email -> Text,
        email_key -> Text,
        password -> Nullable<Text>,
        message_id -> Text,
        expires_at -> Timestamp,
        next_at -> Timestamp,
        attempts -> Integer,
        failed_at -> Nullable<Timestamp>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    registrations (token_hash) {
        token_hash -> Text,
        email -> Text,
        email_key -> Text,
        password -> Text,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    audit_log (id) {
        id -> BigInt,
        at -> Timestamp,
        act -> Text,
        actor -> Text,
        subject -> Text,
    }
}

diesel::table! {
    site_statistics (id) {
        id -> Integer,
        computed_at -> Nullable<Timestamp>,
        figures -> Nullable<Text>,
        claimed_until -> Nullable<Timestamp>,
    }
}

diesel::joinable!(account_sessions -> accounts (account_id));
diesel::joinable!(account_links -> accounts (account_id));
diesel::joinable!(account_results -> personality_records (record_id));
diesel::allow_tables_to_appear_in_same_query!(accounts, account_browsers, account_sessions, account_links);
diesel::joinable!(account_results -> accounts (account_id));
diesel::allow_tables_to_appear_in_same_query!(
    account_results,
    personality_records,
    accounts,
    result_additions
);
diesel::joinable!(draft_answers -> drafts (draft_id));
diesel::joinable!(account_drafts -> drafts (draft_id));
diesel::allow_tables_to_appear_in_same_query!(drafts, draft_answers, account_drafts);
diesel::joinable!(result_additions -> personality_records (record_id));
diesel::allow_tables_to_appear_in_same_query!(personality_records, waiting_senders);
