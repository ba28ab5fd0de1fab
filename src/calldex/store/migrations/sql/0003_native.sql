-- What the native surface adds to a call. Whether there is a recording or a transcript follows from the other
-- columns, so the database itself keeps it right whoever writes.
ALTER TABLE calls
    ADD COLUMN revision bigint NOT NULL DEFAULT 1,
    ADD COLUMN metadata json,
    ADD COLUMN tags json,
    ADD COLUMN tag_words text[] NOT NULL DEFAULT '{}',
    ADD COLUMN decided_at timestamptz,
    ADD COLUMN has_recording boolean NOT NULL GENERATED ALWAYS AS (
        coalesce(recording::text, 'null') NOT IN ('null', '""', '{}', '[]')
        OR coalesce(attachments::text, 'null') NOT IN ('null', '""', '{}', '[]')
    ) STORED,
    ADD COLUMN has_transcript boolean NOT NULL GENERATED ALWAYS AS (
        coalesce(transcript_text, '') <> ''
        OR coalesce(transcript::text, 'null') NOT IN ('null', '""', '{}', '[]')
    ) STORED;

CREATE TABLE call_tags (
    organization_id integer NOT NULL,
    tag text NOT NULL,
    occurred_at timestamptz NOT NULL,
    call_id uuid NOT NULL,
    PRIMARY KEY (organization_id, tag, occurred_at, call_id)
);

-- The order of every list after each filter that is new, and the order by duration. A call whose duration is not
-- known counts as shorter than all others.
CREATE INDEX calls_by_source ON calls (organization_id, source, occurred_at DESC, id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX calls_by_kind ON calls (organization_id, kind, occurred_at DESC, id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX calls_by_recording ON calls (organization_id, occurred_at DESC, id DESC)
    WHERE deleted_at IS NULL AND has_recording;
CREATE INDEX calls_by_transcript ON calls (organization_id, occurred_at DESC, id DESC)
    WHERE deleted_at IS NULL AND has_transcript;
CREATE INDEX calls_by_length ON calls (organization_id, (coalesce(duration_ms, -1)) DESC, id DESC)
    WHERE deleted_at IS NULL;

-- The same as before, but able to look up the beginning of a number too.
DROP INDEX calls_by_from;
CREATE INDEX calls_by_from ON calls (organization_id, from_key text_pattern_ops, occurred_at DESC, id DESC)
    WHERE deleted_at IS NULL AND from_key IS NOT NULL;
DROP INDEX calls_by_to;
CREATE INDEX calls_by_to ON calls (organization_id, to_key text_pattern_ops, occurred_at DESC, id DESC)
    WHERE deleted_at IS NULL AND to_key IS NOT NULL;

-- A recording that is stored by us; the newest of a call is the one that is served.
CREATE TABLE recordings (
    organization_id integer NOT NULL REFERENCES organizations (id),
    call_id uuid NOT NULL,
    id uuid NOT NULL,
    location text NOT NULL,
    content_type text NOT NULL,
    size bigint NOT NULL,
    sha256 bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, call_id, id)
);

CREATE TABLE call_notes (
    organization_id integer NOT NULL REFERENCES organizations (id),
    call_id uuid NOT NULL,
    id uuid NOT NULL,
    body text NOT NULL,
    author text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, call_id, id)
);

-- The answers that were given under an Idempotency-Key, kept for 24 hours.
CREATE TABLE idempotency_keys (
    organization_id integer NOT NULL REFERENCES organizations (id),
    key text NOT NULL,
    digest bytea NOT NULL,
    created_at timestamptz NOT NULL,
    status integer,
    headers json,
    body bytea,
    PRIMARY KEY (organization_id, key)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (organization_id, created_at);
