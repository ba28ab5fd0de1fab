-- What was said in a call, as words with their places. A call without a transcript, or that is deleted, has no row.
CREATE TABLE call_texts (
    organization_id integer NOT NULL,
    call_id uuid NOT NULL,
    words tsvector NOT NULL,
    PRIMARY KEY (organization_id, call_id)
);

-- The languages whose stems an organization's words stand in the index as.
CREATE TABLE call_languages (
    organization_id integer NOT NULL,
    language text NOT NULL,
    PRIMARY KEY (organization_id, language)
);
