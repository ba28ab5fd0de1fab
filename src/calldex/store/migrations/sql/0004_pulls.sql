-- How far the pulls of an organization have come: one row for each API, address and account.
CREATE TABLE pulls (
    organization_id integer NOT NULL REFERENCES organizations (id),
    form text NOT NULL,
    url text NOT NULL,
    account text NOT NULL,
    -- Every call that was there before this moment has been seen: the next pull looks back from here.
    seen_until timestamptz,
    -- The walk under way; null between two walks.
    walk_started_at timestamptz,
    walk_since timestamptz,
    walk_offset bigint,
    walk_calls bigint,
    finished_at timestamptz,
    PRIMARY KEY (organization_id, form, url, account)
);
