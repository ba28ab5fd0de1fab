-- Where senders deliver to. The secret is sealed with a key that follows from the installation's secret. The id
-- is random, finds the organization and stands in the URL; an endpoint that was removed keeps its row, because
-- its deliveries are still there. The counters lag behind by a second and can miss the last one before a crash.
CREATE TABLE endpoints (
    organization_id integer NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    sender text NOT NULL,
    sealed_secret bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    removed_at timestamptz,
    accepted bigint NOT NULL DEFAULT 0,
    duplicates bigint NOT NULL DEFAULT 0,
    refused bigint NOT NULL DEFAULT 0,
    stale bigint NOT NULL DEFAULT 0,
    last_accepted_at timestamptz,
    last_refused_at timestamptz,
    PRIMARY KEY (organization_id, id)
);

CREATE INDEX endpoints_by_id ON endpoints (id);

-- What senders delivered: each body once, as it came, and what became of it. There is no foreign key to the
-- endpoint: every insert would lock the same row, and rows of endpoints are never deleted.
CREATE TABLE deliveries (
    organization_id integer NOT NULL,
    id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    delivery_key text NOT NULL,
    received_at timestamptz NOT NULL,
    content_type text,
    body bytea NOT NULL,
    state text NOT NULL DEFAULT 'waiting',
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT now(),
    event text,
    reason text,
    settled_at timestamptz,
    PRIMARY KEY (organization_id, id),
    CONSTRAINT deliveries_delivery_key UNIQUE (organization_id, endpoint_id, delivery_key),
    CONSTRAINT deliveries_state_check CHECK (state IN ('waiting', 'done', 'known', 'failed', 'nonsense'))
);

-- The loop that processes deliveries asks for the oldest that is due, whosever it is.
CREATE INDEX deliveries_due ON deliveries (due_at, id) WHERE state = 'waiting';
CREATE INDEX deliveries_due_of_organization ON deliveries (organization_id, due_at, id) WHERE state = 'waiting';
CREATE INDEX deliveries_by_state ON deliveries (organization_id, state, id) WHERE state <> 'done';

-- What the deliveries say of calls. An event is known by the digest of all that it says, so the same event in
-- another delivery changes nothing. A call is folded from all of its events whenever one is added.
CREATE TABLE call_events (
    organization_id integer NOT NULL REFERENCES organizations (id),
    digest bytea NOT NULL,
    call_id uuid NOT NULL,
    source text NOT NULL,
    name text NOT NULL,
    names text[] NOT NULL,
    happened_at timestamptz NOT NULL,
    rank integer NOT NULL,
    said json NOT NULL,
    kept json,
    PRIMARY KEY (organization_id, digest)
);

CREATE INDEX call_events_by_call ON call_events (organization_id, call_id);
