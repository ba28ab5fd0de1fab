-- People who sign in, what they did, and what they keep for themselves.
CREATE TABLE users (
    organization_id integer NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    email text NOT NULL,
    -- The address as it is compared, without regard to case.
    email_key text NOT NULL,
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('viewer', 'member', 'approver', 'admin')),
    -- An Argon2 hash with its parameters.
    password_hash text NOT NULL,
    -- What somebody chose to see, as JSON of the explorer.
    preferences json NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    signed_in_at timestamptz,
    disabled_at timestamptz,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, email_key)
);
CREATE INDEX users_by_email ON users (email_key);

CREATE TABLE sign_ins (
    organization_id integer NOT NULL REFERENCES organizations (id),
    token_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    time_zone text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, token_hash)
);
CREATE INDEX sign_ins_by_token ON sign_ins (token_hash);
CREATE INDEX sign_ins_by_user ON sign_ins (organization_id, user_id);

-- Wrong passwords by e-mail address and by client, both hashed. It belongs to no organization: most are for nobody.
CREATE TABLE sign_in_failures (
    place bytea PRIMARY KEY,
    failures integer NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sign_in_failures_by_age ON sign_in_failures (since);

CREATE TABLE saved_views (
    organization_id integer NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    -- The query of the list's address.
    query text NOT NULL,
    shared boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, user_id, name)
);

CREATE TABLE organization_settings (
    organization_id integer NOT NULL REFERENCES organizations (id),
    viewers_hear boolean NOT NULL DEFAULT true,
    PRIMARY KEY (organization_id)
);

-- What people and keys did: to a call, or, where there is none, to the organization.
CREATE TABLE acts (
    organization_id integer NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    call_id uuid,
    act text NOT NULL,
    actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'key')),
    actor_id uuid NOT NULL,
    -- The name at that time: whoever leaves does not vanish from what was done.
    actor_name text NOT NULL,
    detail json NOT NULL,
    happened_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX acts_by_call ON acts (organization_id, call_id, id) WHERE call_id IS NOT NULL;

-- What somebody said of a classification of the machine's, which stays as it is beside it.
CREATE TABLE call_corrections (
    organization_id integer NOT NULL REFERENCES organizations (id),
    call_id uuid NOT NULL,
    id uuid NOT NULL,
    -- What the machine said; null where it said nothing.
    classification text,
    -- What is right; null where the machine's is wrong and nothing takes its place.
    corrected text,
    reason text,
    user_id uuid NOT NULL,
    user_name text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, call_id, id)
);

-- How people took over a task that a source gave a call. One row a task and no constraint that says so: two calls
-- that turn out to be one bring their rows together, and the latest holds.
CREATE TABLE call_tasks (
    organization_id integer NOT NULL REFERENCES organizations (id),
    call_id uuid NOT NULL,
    id uuid NOT NULL,
    task_id text NOT NULL,
    label text NOT NULL,
    assignee uuid,
    assignee_name text,
    closed_at timestamptz,
    close_reason text,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, call_id, id)
);
CREATE INDEX call_tasks_open ON call_tasks (organization_id, assignee, changed_at) WHERE closed_at IS NULL;

-- How loud a recording is over its time, worked out once.
CREATE TABLE waveforms (
    organization_id integer NOT NULL REFERENCES organizations (id),
    recording_id uuid NOT NULL,
    -- One byte for each equal part of the time, 0 silent to 255; null where the sound cannot be read.
    peaks bytea,
    duration_ms bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, recording_id)
);

-- The words of partners' names, so that a partner is found by the beginning of any of them.
CREATE TABLE partner_names (
    organization_id integer NOT NULL REFERENCES organizations (id),
    word text COLLATE "C" NOT NULL,
    partner uuid NOT NULL,
    PRIMARY KEY (organization_id, word, partner)
);
CREATE INDEX partner_names_by_partner ON partner_names (organization_id, partner);

-- When an event happened, where happened_at is dated back so that what others say wins; null where it is not.
ALTER TABLE call_events ADD COLUMN moment timestamptz;
