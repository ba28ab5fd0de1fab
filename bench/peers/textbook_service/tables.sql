-- What a textbook would have from the start: a table for each kind of thing, with its keys as columns.
DROP SCHEMA IF EXISTS textbook CASCADE;
CREATE SCHEMA textbook;

CREATE TABLE textbook.users AS
    SELECT id, body FROM records WHERE organization_id = :organization AND kind = 'user';
ALTER TABLE textbook.users ADD PRIMARY KEY (id);

CREATE TABLE textbook.integrations AS
    SELECT id, body FROM records WHERE organization_id = :organization AND kind = 'linked_integration';
ALTER TABLE textbook.integrations ADD PRIMARY KEY (id);

CREATE TABLE textbook.workflows AS
    SELECT id, body FROM records WHERE organization_id = :organization AND kind = 'workflow';
ALTER TABLE textbook.workflows ADD PRIMARY KEY (id);

CREATE TABLE textbook.workflow_runs AS
    SELECT id, body FROM records WHERE organization_id = :organization AND kind = 'workflow_run';
ALTER TABLE textbook.workflow_runs ADD PRIMARY KEY (id);

CREATE TABLE textbook.partners AS
    SELECT id, vendor_id, (body ->> 'assignee')::uuid AS assignee_id,
        (body ->> 'linked_integration')::uuid AS integration_id, body
    FROM records WHERE organization_id = :organization AND kind = 'partner';
ALTER TABLE textbook.partners ADD PRIMARY KEY (id);
CREATE INDEX ON textbook.partners (vendor_id);

CREATE TABLE textbook.invoices AS
    SELECT id, (body ->> 'partner')::uuid AS partner_id, (body ->> 'assignee')::uuid AS assignee_id,
        (body ->> 'linked_integration')::uuid AS integration_id, (body::jsonb - 'emails')::json AS body
    FROM records WHERE organization_id = :organization AND kind = 'invoice';
ALTER TABLE textbook.invoices ADD PRIMARY KEY (id);

CREATE TABLE textbook.emails AS
    SELECT r.id AS invoice_id, e.position::integer, (e.body ->> 'author')::uuid AS author_id, e.body
    FROM records r
    CROSS JOIN LATERAL json_array_elements(
        CASE json_typeof(r.body -> 'emails') WHEN 'array' THEN r.body -> 'emails' END
    ) WITH ORDINALITY AS e (body, position)
    WHERE r.organization_id = :organization AND r.kind = 'invoice';
ALTER TABLE textbook.emails ADD PRIMARY KEY (invoice_id, position);

CREATE TABLE textbook.call_invoices AS
    SELECT c.id AS call_id, i.position::integer, i.invoice_id
    FROM calls c CROSS JOIN LATERAL unnest(c.invoices) WITH ORDINALITY AS i (invoice_id, position)
    WHERE c.organization_id = :organization;
ALTER TABLE textbook.call_invoices ADD PRIMARY KEY (call_id, position);

CREATE TABLE textbook.tasks AS
    SELECT c.id AS call_id, t.position::integer, (t.body ->> 'assignee')::uuid AS assignee_id, t.body
    FROM calls c
    CROSS JOIN LATERAL json_array_elements(
        CASE json_typeof(c.tasks) WHEN 'array' THEN c.tasks END
    ) WITH ORDINALITY AS t (body, position)
    WHERE c.organization_id = :organization;
ALTER TABLE textbook.tasks ADD PRIMARY KEY (call_id, position);

CREATE TABLE textbook.call_classifications AS
    SELECT DISTINCT c.id AS call_id, w.classification, c.occurred_at
    FROM calls c CROSS JOIN LATERAL unnest(c.classification_words) AS w (classification)
    WHERE c.organization_id = :organization;
ALTER TABLE textbook.call_classifications ADD PRIMARY KEY (call_id, classification);
CREATE INDEX ON textbook.call_classifications (classification, occurred_at DESC, call_id DESC);

CREATE TABLE textbook.ready AS SELECT now() AS at;
