-- What the migrations give, written by `make schema`. Do not edit.

CREATE OR REPLACE FUNCTION count_gone_calls()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO call_counts AS kept (organization_id, day, direction, sentiment, calls)
    SELECT organization_id, coalesce(day, '-infinity'), direction, sentiment, -count(*)
    FROM (
        SELECT organization_id, (occurred_at AT TIME ZONE 'UTC')::date AS day,
            coalesce(direction, '') AS direction, coalesce(sentiment, '') AS sentiment
        FROM old_calls WHERE deleted_at IS NULL
    ) AS counted
    GROUP BY GROUPING SETS (
        (organization_id, day, direction, sentiment), (organization_id, direction, sentiment)
    )
    ORDER BY 1, 2, 3, 4
    ON CONFLICT (organization_id, day, direction, sentiment)
        DO UPDATE SET calls = kept.calls + excluded.calls;
    RETURN NULL;
END $function$
;

CREATE OR REPLACE FUNCTION count_new_calls()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO call_counts AS kept (organization_id, day, direction, sentiment, calls)
    SELECT organization_id, coalesce(day, '-infinity'), direction, sentiment, count(*)
    FROM (
        SELECT organization_id, (occurred_at AT TIME ZONE 'UTC')::date AS day,
            coalesce(direction, '') AS direction, coalesce(sentiment, '') AS sentiment
        FROM new_calls WHERE deleted_at IS NULL
    ) AS counted
    GROUP BY GROUPING SETS (
        (organization_id, day, direction, sentiment), (organization_id, direction, sentiment)
    )
    -- In one order for all, so that two transactions never wait for each other in a circle.
    ORDER BY 1, 2, 3, 4
    ON CONFLICT (organization_id, day, direction, sentiment)
        DO UPDATE SET calls = kept.calls + excluded.calls;
    RETURN NULL;
END $function$
;

CREATE TABLE api_keys (
    organization_id integer NOT NULL,
    id uuid NOT NULL,
    name text,
    short text NOT NULL,
    hash bytea NOT NULL,
    test boolean NOT NULL,
    scopes text[] DEFAULT '{}'::text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT api_keys_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT api_keys_short_key UNIQUE (short),
    CONSTRAINT api_keys_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);

CREATE TABLE call_classifications (
    organization_id integer NOT NULL,
    classification text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    call_id uuid NOT NULL,
    CONSTRAINT call_classifications_pkey PRIMARY KEY (organization_id, classification, occurred_at, call_id)
);

CREATE TABLE call_counts (
    organization_id integer NOT NULL,
    day date NOT NULL,
    direction text NOT NULL,
    sentiment text NOT NULL,
    calls bigint NOT NULL,
    CONSTRAINT call_counts_pkey PRIMARY KEY (organization_id, day, direction, sentiment)
);

CREATE TABLE call_events (
    organization_id integer NOT NULL,
    digest bytea NOT NULL,
    call_id uuid NOT NULL,
    source text NOT NULL,
    name text NOT NULL,
    names text[] NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    rank integer NOT NULL,
    said json NOT NULL,
    kept json,
    CONSTRAINT call_events_pkey PRIMARY KEY (organization_id, digest),
    CONSTRAINT call_events_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);
CREATE INDEX call_events_by_call ON call_events USING btree (organization_id, call_id);

CREATE TABLE call_ids (
    organization_id integer NOT NULL,
    vendor_id text NOT NULL,
    source text NOT NULL,
    call_id uuid NOT NULL,
    CONSTRAINT call_ids_pkey PRIMARY KEY (organization_id, vendor_id, source)
);

CREATE TABLE call_invoices (
    organization_id integer NOT NULL,
    invoice uuid NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    call_id uuid NOT NULL,
    CONSTRAINT call_invoices_pkey PRIMARY KEY (organization_id, invoice, occurred_at, call_id)
);

CREATE TABLE call_languages (
    organization_id integer NOT NULL,
    language text NOT NULL,
    CONSTRAINT call_languages_pkey PRIMARY KEY (organization_id, language)
);

CREATE TABLE call_notes (
    organization_id integer NOT NULL,
    call_id uuid NOT NULL,
    id uuid NOT NULL,
    body text NOT NULL,
    author text,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT call_notes_pkey PRIMARY KEY (organization_id, call_id, id),
    CONSTRAINT call_notes_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);

CREATE TABLE call_tags (
    organization_id integer NOT NULL,
    tag text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    call_id uuid NOT NULL,
    CONSTRAINT call_tags_pkey PRIMARY KEY (organization_id, tag, occurred_at, call_id)
);

CREATE TABLE call_texts (
    organization_id integer NOT NULL,
    call_id uuid NOT NULL,
    words tsvector NOT NULL,
    CONSTRAINT call_texts_pkey PRIMARY KEY (organization_id, call_id)
);
CREATE INDEX call_texts_by_words ON call_texts USING gin (words);

CREATE TABLE calls (
    organization_id integer NOT NULL,
    id uuid NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    source text NOT NULL,
    vendor_ids json NOT NULL,
    stamps json NOT NULL,
    kept json,
    direction text,
    status text,
    kind text,
    from_number text,
    from_key text,
    to_number text,
    to_key text,
    created_at timestamp with time zone NOT NULL,
    modified_at timestamp with time zone,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    deleted_at timestamp with time zone,
    duration_ms bigint,
    call_reason text,
    disconnection_reason text,
    disposition text,
    in_voicemail boolean,
    voicemail boolean NOT NULL,
    is_automated boolean,
    custom_classifications json,
    transferred_to text,
    transferred boolean,
    sentiment text,
    summary text,
    transcript json,
    transcript_text text,
    recording json,
    classifications json,
    classification_words text[] NOT NULL,
    tasks json,
    display_tasks json,
    approver uuid,
    approver_id text,
    caller uuid,
    member uuid,
    member_id text,
    partner uuid,
    partner_id text,
    invoices uuid[],
    workflow uuid,
    workflow_run uuid,
    contact uuid,
    contact_id text,
    agent uuid,
    agent_id text,
    call_agent_id text,
    agent_version uuid,
    agent_version_id text,
    conversation uuid,
    conversation_id text,
    channel uuid,
    channel_id text,
    campaign_id text,
    campaign_contact_id text,
    sequence uuid,
    sequence_id text,
    sequence_run_id text,
    step_id text,
    step_contact_id text,
    user_number bigint,
    provider text,
    platform_call_id text,
    user_leg_id text,
    admin_leg_id text,
    conference_id text,
    phone_number_id text,
    managed_phone_number_id text,
    language text,
    translation_language text,
    translated_text text,
    mode text,
    medium text,
    completion_rating text,
    analysis json,
    placeholders json,
    attachments json,
    model_id text,
    model_version_id text,
    notes text,
    crm_synced_at timestamp with time zone,
    organization_ref text,
    object_word text,
    revision bigint DEFAULT 1 NOT NULL,
    metadata json,
    tags json,
    tag_words text[] DEFAULT '{}'::text[] NOT NULL,
    decided_at timestamp with time zone,
    has_recording boolean GENERATED ALWAYS AS (((COALESCE((recording)::text, 'null'::text) <> ALL (ARRAY['null'::text, '""'::text, '{}'::text, '[]'::text])) OR (COALESCE((attachments)::text, 'null'::text) <> ALL (ARRAY['null'::text, '""'::text, '{}'::text, '[]'::text])))) STORED NOT NULL,
    has_transcript boolean GENERATED ALWAYS AS (((COALESCE(transcript_text, ''::text) <> ''::text) OR (COALESCE((transcript)::text, 'null'::text) <> ALL (ARRAY['null'::text, '""'::text, '{}'::text, '[]'::text])))) STORED NOT NULL,
    CONSTRAINT calls_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT calls_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);
CREATE INDEX calls_by_agent ON calls USING btree (organization_id, agent, occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND (agent IS NOT NULL));
CREATE INDEX calls_by_agent_version ON calls USING btree (organization_id, agent_version, occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND (agent_version IS NOT NULL));
CREATE INDEX calls_by_channel ON calls USING btree (organization_id, channel, occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND (channel IS NOT NULL));
CREATE INDEX calls_by_contact ON calls USING btree (organization_id, contact, occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND (contact IS NOT NULL));
CREATE INDEX calls_by_conversation ON calls USING btree (organization_id, conversation, occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND (conversation IS NOT NULL));
CREATE INDEX calls_by_creation ON calls USING btree (organization_id, created_at) WHERE (deleted_at IS NULL);
CREATE INDEX calls_by_direction ON calls USING btree (organization_id, direction, occurred_at DESC, id DESC) WHERE (deleted_at IS NULL);
CREATE INDEX calls_by_disposition ON calls USING btree (organization_id, disposition text_pattern_ops, occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND (disposition IS NOT NULL));
CREATE INDEX calls_by_duration ON calls USING btree (organization_id, duration_ms) WHERE ((deleted_at IS NULL) AND (duration_ms IS NOT NULL));
CREATE INDEX calls_by_from ON calls USING btree (organization_id, from_key text_pattern_ops, occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND (from_key IS NOT NULL));
CREATE INDEX calls_by_kind ON calls USING btree (organization_id, kind, occurred_at DESC, id DESC) WHERE (deleted_at IS NULL);
CREATE INDEX calls_by_language ON calls USING btree (organization_id, lower(language), occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND (language IS NOT NULL));
CREATE INDEX calls_by_length ON calls USING btree (organization_id, COALESCE(duration_ms, ('-1'::integer)::bigint) DESC, id DESC) WHERE (deleted_at IS NULL);
CREATE INDEX calls_by_member ON calls USING btree (organization_id, member, occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND (member IS NOT NULL));
CREATE INDEX calls_by_mode ON calls USING btree (organization_id, lower(mode), occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND (mode IS NOT NULL));
CREATE INDEX calls_by_partner ON calls USING btree (organization_id, partner, occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND (partner IS NOT NULL));
CREATE INDEX calls_by_rating ON calls USING btree (organization_id, lower(completion_rating), occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND (completion_rating IS NOT NULL));
CREATE INDEX calls_by_recording ON calls USING btree (organization_id, occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND has_recording);
CREATE INDEX calls_by_sentiment ON calls USING btree (organization_id, sentiment, occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND (sentiment IS NOT NULL));
CREATE INDEX calls_by_sequence ON calls USING btree (organization_id, sequence, occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND (sequence IS NOT NULL));
CREATE INDEX calls_by_source ON calls USING btree (organization_id, source, occurred_at DESC, id DESC) WHERE (deleted_at IS NULL);
CREATE INDEX calls_by_status ON calls USING btree (organization_id, status, occurred_at DESC, id DESC) WHERE (deleted_at IS NULL);
CREATE INDEX calls_by_time ON calls USING btree (organization_id, occurred_at DESC, id DESC) WHERE (deleted_at IS NULL);
CREATE INDEX calls_by_to ON calls USING btree (organization_id, to_key text_pattern_ops, occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND (to_key IS NOT NULL));
CREATE INDEX calls_by_transcript ON calls USING btree (organization_id, occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND has_transcript);
CREATE INDEX calls_by_voicemail ON calls USING btree (organization_id, occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND voicemail);
CREATE INDEX calls_by_workflow ON calls USING btree (organization_id, workflow, occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND (workflow IS NOT NULL));
CREATE TRIGGER count_deleted_calls AFTER DELETE ON calls REFERENCING OLD TABLE AS old_calls FOR EACH STATEMENT EXECUTE FUNCTION count_gone_calls();
CREATE TRIGGER count_inserted_calls AFTER INSERT ON calls REFERENCING NEW TABLE AS new_calls FOR EACH STATEMENT EXECUTE FUNCTION count_new_calls();
CREATE TRIGGER count_updated_calls_after AFTER UPDATE ON calls REFERENCING NEW TABLE AS new_calls FOR EACH STATEMENT EXECUTE FUNCTION count_new_calls();
CREATE TRIGGER count_updated_calls_before AFTER UPDATE ON calls REFERENCING OLD TABLE AS old_calls FOR EACH STATEMENT EXECUTE FUNCTION count_gone_calls();

CREATE TABLE deliveries (
    organization_id integer NOT NULL,
    id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    delivery_key text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    content_type text,
    body bytea NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    event text,
    reason text,
    settled_at timestamp with time zone,
    CONSTRAINT deliveries_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT deliveries_delivery_key UNIQUE (organization_id, endpoint_id, delivery_key),
    CONSTRAINT deliveries_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'done'::text, 'known'::text, 'failed'::text, 'nonsense'::text])))
);
CREATE INDEX deliveries_by_state ON deliveries USING btree (organization_id, state, id) WHERE (state <> 'done'::text);
CREATE INDEX deliveries_due ON deliveries USING btree (due_at, id) WHERE (state = 'waiting'::text);
CREATE INDEX deliveries_due_of_organization ON deliveries USING btree (organization_id, due_at, id) WHERE (state = 'waiting'::text);

CREATE TABLE endpoints (
    organization_id integer NOT NULL,
    id uuid NOT NULL,
    sender text NOT NULL,
    sealed_secret bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    removed_at timestamp with time zone,
    accepted bigint DEFAULT 0 NOT NULL,
    duplicates bigint DEFAULT 0 NOT NULL,
    refused bigint DEFAULT 0 NOT NULL,
    stale bigint DEFAULT 0 NOT NULL,
    last_accepted_at timestamp with time zone,
    last_refused_at timestamp with time zone,
    CONSTRAINT endpoints_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT endpoints_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);
CREATE INDEX endpoints_by_id ON endpoints USING btree (id);

CREATE TABLE idempotency_keys (
    organization_id integer NOT NULL,
    key text NOT NULL,
    digest bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    status integer,
    headers json,
    body bytea,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (organization_id, key),
    CONSTRAINT idempotency_keys_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys USING btree (organization_id, created_at);

CREATE TABLE installation (
    singleton boolean DEFAULT true NOT NULL,
    secret bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT installation_pkey PRIMARY KEY (singleton),
    CONSTRAINT installation_singleton_check CHECK (singleton)
);

CREATE TABLE organizations (
    id integer GENERATED ALWAYS AS IDENTITY NOT NULL,
    public_id uuid NOT NULL,
    name text NOT NULL,
    sandbox_of integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT organizations_pkey PRIMARY KEY (id),
    CONSTRAINT organizations_public_id_key UNIQUE (public_id),
    CONSTRAINT organizations_sandbox_of_fkey FOREIGN KEY (sandbox_of) REFERENCES organizations(id)
);
CREATE UNIQUE INDEX organizations_sandbox_of_key ON organizations USING btree (sandbox_of) WHERE (sandbox_of IS NOT NULL);

CREATE TABLE pulls (
    organization_id integer NOT NULL,
    form text NOT NULL,
    url text NOT NULL,
    account text NOT NULL,
    seen_until timestamp with time zone,
    walk_started_at timestamp with time zone,
    walk_since timestamp with time zone,
    walk_offset bigint,
    walk_calls bigint,
    finished_at timestamp with time zone,
    CONSTRAINT pulls_pkey PRIMARY KEY (organization_id, form, url, account),
    CONSTRAINT pulls_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);

CREATE TABLE record_forms (
    organization_id integer NOT NULL,
    form text NOT NULL,
    record_id uuid NOT NULL,
    refs uuid[] NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT record_forms_pkey PRIMARY KEY (organization_id, form, record_id)
);

CREATE TABLE recordings (
    organization_id integer NOT NULL,
    call_id uuid NOT NULL,
    id uuid NOT NULL,
    location text NOT NULL,
    content_type text NOT NULL,
    size bigint NOT NULL,
    sha256 bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT recordings_pkey PRIMARY KEY (organization_id, call_id, id),
    CONSTRAINT recordings_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);

CREATE TABLE records (
    organization_id integer NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    source text NOT NULL,
    vendor_id text,
    version timestamp with time zone,
    revision bigint DEFAULT 1 NOT NULL,
    stamps json NOT NULL,
    body json NOT NULL,
    business_unit_id text,
    CONSTRAINT records_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT records_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);
CREATE INDEX records_by_business_unit ON records USING btree (organization_id, business_unit_id) WHERE (business_unit_id IS NOT NULL);
