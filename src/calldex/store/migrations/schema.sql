-- What the migrations give, written by `make schema`. Do not edit.

CREATE OR REPLACE FUNCTION call_length(duration_ms bigint)
 RETURNS smallint
 LANGUAGE sql
 IMMUTABLE
AS $function$
    SELECT width_bucket(duration_ms, ARRAY[1, 10000, 30000, 60000, 120000, 300000, 600000]::bigint[])::smallint
$function$
;

CREATE OR REPLACE FUNCTION count_calls_since(org integer, wanted smallint, told integer[], marks bytea, moment timestamp with time zone)
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE
AS $function$
DECLARE
    -- No call is outside of these years, and the first and the last moment of all come as infinite ones.
    exact numeric := extract(epoch FROM least(greatest(moment, '0001-01-01Z'), '9999-12-31 23:59:59.999999Z')) / 3600;
    hour integer := CASE WHEN wanted < 5 THEN ceil(exact) ELSE ceil(exact / 24) * 24 END;
    day integer := ceil(hour / 24.0);
    block integer := ceil(day / 32.0);
    found bigint;
    part bigint := 0;
BEGIN
    SELECT coalesce(sum(k.calls), 0) INTO found FROM unnest(told) AS t (facet) CROSS JOIN LATERAL (
        SELECT c.calls FROM call_counts c WHERE c.organization_id = org AND c.detail = wanted AND c.span = 1
            AND c.facet = t.facet AND c.bucket >= block
        UNION ALL
        SELECT c.calls FROM call_counts c WHERE c.organization_id = org AND c.detail = wanted AND c.span = 2
            AND c.facet = t.facet AND c.bucket >= day AND c.bucket < block * 32
        UNION ALL
        SELECT c.calls FROM call_counts c WHERE c.organization_id = org AND c.detail = wanted AND c.span = 3
            AND c.facet = t.facet AND c.bucket >= hour AND c.bucket < day * 24
    ) AS k;
    IF hour > exact THEN
        SELECT count(*) INTO part FROM calls c
        WHERE c.organization_id = org AND c.deleted_at IS NULL AND c.occurred_at >= moment
            AND c.occurred_at < to_timestamp(hour * 3600.0) AND (marks IS NULL OR get_bit(marks, c.facet) = 1);
    END IF;
    RETURN found + part;
END $function$
;

CREATE OR REPLACE FUNCTION count_changed_calls()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO call_counts AS kept (organization_id, detail, span, bucket, facet, calls)
    SELECT c.organization_id, (p.place - 1)::smallint, s.span,
        CASE s.span WHEN 0 THEN 0 WHEN 1 THEN floor(c.hour / 768.0) WHEN 2 THEN floor(c.hour / 24.0) ELSE c.hour END,
        p.facet, TG_ARGV[0]::bigint * sum(c.calls)
    FROM (
        SELECT organization_id, facet, hour_of(occurred_at) AS hour, count(*) AS calls
        FROM changed_calls WHERE deleted_at IS NULL GROUP BY 1, 2, 3
    ) AS c
    JOIN call_facets f ON f.organization_id = c.organization_id AND f.id = c.facet
    CROSS JOIN LATERAL unnest(f.parents) WITH ORDINALITY AS p (facet, place)
    CROSS JOIN (VALUES (0::smallint), (1::smallint), (2::smallint), (3::smallint)) AS s (span)
    WHERE s.span < 3 OR p.place < 6
    GROUP BY 1, 2, 3, 4, 5
    -- In one order for all, so that two transactions never wait for each other in a circle.
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (organization_id, detail, span, facet, bucket) DO UPDATE SET calls = kept.calls + excluded.calls;
    RETURN NULL;
END $function$
;

CREATE OR REPLACE FUNCTION facet_of_call(org integer, direction text, sentiment text, status text, words text[], agent uuid, workflow uuid, source text, kind text, voicemail boolean, mode text, language text, rating text, disposition text, recorded boolean, transcribed boolean, duration_ms bigint)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
DECLARE
    folded text[];
    length smallint := call_length(duration_ms);
    found integer;
    newest integer;
    parts integer[];
BEGIN
    SELECT v.folded INTO folded FROM organization_versions v WHERE v.organization_id = org;
    IF folded IS NULL THEN
        INSERT INTO organization_versions (organization_id) VALUES (org) ON CONFLICT DO NOTHING;
    ELSIF folded <> '{}' THEN
        direction := CASE WHEN 'direction' <> ALL (folded) THEN direction END;
        sentiment := CASE WHEN 'sentiment' <> ALL (folded) THEN sentiment END;
        status := CASE WHEN 'status' <> ALL (folded) THEN status END;
        words := CASE WHEN 'classification_words' <> ALL (folded) THEN words END;
        agent := CASE WHEN 'agent' <> ALL (folded) THEN agent END;
        workflow := CASE WHEN 'workflow' <> ALL (folded) THEN workflow END;
        source := CASE WHEN 'source' <> ALL (folded) THEN source END;
        kind := CASE WHEN 'kind' <> ALL (folded) THEN kind END;
        mode := CASE WHEN 'mode' <> ALL (folded) THEN mode END;
        language := CASE WHEN 'language' <> ALL (folded) THEN language END;
        rating := CASE WHEN 'completion_rating' <> ALL (folded) THEN rating END;
        disposition := CASE WHEN 'disposition' <> ALL (folded) THEN disposition END;
        length := CASE WHEN 'length' <> ALL (folded) THEN length END;
    END IF;
    SELECT array_agg(DISTINCT word COLLATE "C" ORDER BY word COLLATE "C") INTO words FROM unnest(words) AS word;
    found := facet_of_detail(org, 5::smallint, NULL, direction, sentiment, status, words, agent, workflow, source, kind,
        voicemail, mode, language, rating, disposition, recorded, transcribed, length);
    IF found IS NOT NULL THEN
        RETURN found;
    END IF;
    SELECT max(f.id) INTO newest FROM call_facets f WHERE f.organization_id = org;
    parts := ARRAY[
        facet_of_detail(org, 0::smallint, '{}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
            NULL, NULL, NULL, NULL),
        facet_of_detail(org, 1::smallint, '{}', direction, sentiment, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
            NULL, NULL, NULL, NULL, NULL, NULL),
        facet_of_detail(org, 2::smallint, '{}', direction, sentiment, status, words, NULL, NULL, NULL, NULL, NULL, NULL,
            NULL, NULL, NULL, NULL, NULL, NULL),
        facet_of_detail(org, 3::smallint, '{}', direction, sentiment, NULL, NULL, agent, workflow, NULL, NULL, NULL,
            NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        facet_of_detail(org, 4::smallint, '{}', direction, sentiment, status, words, NULL, NULL, source, kind,
            voicemail, mode, language, rating, disposition, recorded, transcribed, NULL)
    ];
    found := facet_of_detail(org, 5::smallint, parts, direction, sentiment, status, words, agent, workflow, source,
        kind, voicemail, mode, language, rating, disposition, recorded, transcribed, length);
    -- Looking at all facets takes a moment, and a few too many do no harm. A call makes up to six, so the number of the
    -- last of them may pass over any one number.
    IF found / 250 > newest / 250 THEN
        PERFORM fold_facets(org);
    END IF;
    RETURN found;
END $function$
;

CREATE OR REPLACE FUNCTION facet_of_detail(org integer, wanted smallint, parts integer[], direction text, sentiment text, status text, words text[], agent uuid, workflow uuid, source text, kind text, voicemail boolean, mode text, language text, rating text, disposition text, recorded boolean, transcribed boolean, length smallint)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
DECLARE
    mark bytea := sha256(convert_to(jsonb_build_array(
        wanted, direction, sentiment, status, words, agent, workflow, source, kind, voicemail, mode, language, rating,
        disposition, recorded, transcribed, length
    )::text, 'UTF8'));
    found integer;
BEGIN
    SELECT f.id INTO found FROM call_facets f WHERE f.organization_id = org AND f.digest = mark;
    IF found IS NULL AND parts IS NOT NULL THEN
        SELECT coalesce(max(f.id), -1) + 1 INTO found FROM call_facets f WHERE f.organization_id = org;
        INSERT INTO call_facets VALUES (
            org, found, wanted, parts || found, mark, direction, sentiment, status, words, agent, workflow, source,
            kind, voicemail, mode, language, rating, disposition, recorded, transcribed, length
        );
    END IF;
    RETURN found;
END $function$
;

CREATE OR REPLACE FUNCTION fold_facets(org integer)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
DECLARE
    many text[];
    finest bigint;
BEGIN
    SELECT count(*) FILTER (WHERE f.detail = 5),
        array_remove(ARRAY[
            CASE WHEN count(DISTINCT f.direction) > 50 THEN 'direction' END,
            CASE WHEN count(DISTINCT f.sentiment) > 50 THEN 'sentiment' END,
            CASE WHEN count(DISTINCT f.status) > 50 THEN 'status' END,
            CASE WHEN count(DISTINCT f.classification_words) > 300 THEN 'classification_words' END,
            CASE WHEN count(DISTINCT f.agent) > 100 THEN 'agent' END,
            CASE WHEN count(DISTINCT f.workflow) > 100 THEN 'workflow' END,
            CASE WHEN count(DISTINCT f.source) > 50 THEN 'source' END,
            CASE WHEN count(DISTINCT f.kind) > 50 THEN 'kind' END,
            CASE WHEN count(DISTINCT f.mode) > 50 THEN 'mode' END,
            CASE WHEN count(DISTINCT f.language) > 50 THEN 'language' END,
            CASE WHEN count(DISTINCT f.completion_rating) > 50 THEN 'completion_rating' END,
            CASE WHEN count(DISTINCT f.disposition) > 100 THEN 'disposition' END
        ], NULL)
    INTO finest, many FROM call_facets f WHERE f.organization_id = org;
    -- When it is not one field that has many values but all of them together, the rarest filters go first.
    many := many
        || CASE WHEN finest > 30000 THEN ARRAY['length', 'disposition'] ELSE '{}' END
        || CASE WHEN finest > 40000 THEN ARRAY['agent', 'workflow'] ELSE '{}' END
        || CASE WHEN finest > 50000 THEN ARRAY['classification_words', 'language'] ELSE '{}' END
        || CASE WHEN finest > 60000 THEN ARRAY['completion_rating', 'mode', 'kind', 'source', 'status'] ELSE '{}' END;
    UPDATE organization_versions v
    SET folded = ARRAY(SELECT DISTINCT field FROM unnest(v.folded || many) AS field ORDER BY field)
    WHERE v.organization_id = org AND NOT v.folded @> many;
END $function$
;

CREATE OR REPLACE FUNCTION hour_of(moment timestamp with time zone)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
    SELECT floor(extract(epoch FROM moment) / 3600)::integer
$function$
;

CREATE OR REPLACE FUNCTION page_of_calls(org integer, wanted smallint, marks bytea, told integer[], many integer, known integer, since timestamp with time zone, until timestamp with time zone, after_time timestamp with time zone, after_id uuid, skip bigint, size integer, ascending boolean, OUT total bigint, OUT ids uuid[])
 RETURNS record
 LANGUAGE plpgsql
 STABLE
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_bitmapscan TO 'off'
 SET enable_seqscan TO 'off'
AS $function$
DECLARE
    -- What it costs to find a place by adding up, in entries of an index that could be passed instead: the finer the
    -- detail, the more there is to add.
    toll constant integer := 4000 + 40 * coalesce(cardinality(told), 0);
    -- Of more than so many facets it is cheaper to pass all than to look each of them up.
    crowd constant integer := 1000;
    everything integer[] := ARRAY(
        SELECT c.facet FROM call_counts c
        WHERE c.organization_id = org AND c.detail = 0 AND c.span = 0 AND c.bucket = 0
    );
    beginning bigint := 0;
    ending bigint;
    first bigint;
    number bigint;
    around bigint;
    skipped bigint := 0;
    newest timestamptz := coalesce(until, 'infinity');
    oldest timestamptz := coalesce(since, '-infinity');
    latest integer;
BEGIN
    ids := '{}';
    IF marks IS NOT NULL THEN
        SELECT max(f.id) INTO latest FROM call_facets f WHERE f.organization_id = org;
        IF latest > known THEN
            RETURN;
        END IF;
    END IF;
    IF marks IS NULL THEN
        told := everything;
    END IF;
    -- Places are counted in the list of all times, the newest first.
    IF since IS NOT NULL THEN
        ending := count_calls_since(org, wanted, told, marks, since);
    ELSIF cardinality(told) < crowd THEN
        SELECT coalesce(sum(c.calls), 0) INTO ending FROM call_counts c
        WHERE c.organization_id = org AND c.detail = wanted AND c.span = 0 AND c.bucket = 0 AND c.facet = ANY (told);
    ELSE
        SELECT coalesce(sum(c.calls), 0) INTO ending FROM call_counts c
        WHERE c.organization_id = org AND c.detail = wanted AND c.span = 0 AND c.bucket = 0
            AND get_bit(marks, c.facet) = 1;
    END IF;
    IF until IS NOT NULL THEN
        beginning := count_calls_since(org, wanted, told, marks, until);
    END IF;
    total := greatest(ending - beginning, 0);
    IF total = 0 OR size <= 0 OR skip >= total THEN
        RETURN;
    END IF;
    IF ascending THEN
        IF after_id IS NOT NULL THEN
            ending := least(ending, rank_of_call(org, wanted, told, marks, after_time, after_id, false));
        END IF;
        number := least(size, ending - skip - beginning);
        first := ending - skip - number;
    ELSE
        IF after_id IS NOT NULL THEN
            beginning := greatest(beginning, rank_of_call(org, wanted, told, marks, after_time, after_id, true));
        END IF;
        first := beginning + skip;
        number := least(size, ending - first);
    END IF;
    IF number <= 0 THEN
        RETURN;
    END IF;
    IF marks IS NULL THEN
        IF first > 0 THEN
            SELECT p.newest, p.skipped INTO newest, skipped FROM place_of_call(org, wanted, told, first) p;
        END IF;
        ids := ARRAY(
            SELECT c.id FROM calls c
            WHERE c.organization_id = org AND c.deleted_at IS NULL AND c.occurred_at < newest
            ORDER BY c.occurred_at DESC, c.id DESC LIMIT number OFFSET skipped
        );
    ELSE
        around := count_calls_since(org, 0::smallint, everything, NULL, oldest)
            - CASE WHEN until IS NULL THEN 0 ELSE count_calls_since(org, 0::smallint, everything, NULL, until) END;
        -- Most first pages are among the newest calls.
        IF until IS NULL AND 2 * around * (first + number) <= toll * total THEN
            ids := ARRAY(
                SELECT w.id FROM (
                    SELECT c.id, c.facet, c.occurred_at FROM calls c
                    WHERE c.organization_id = org AND c.deleted_at IS NULL
                    ORDER BY c.occurred_at DESC, c.id DESC LIMIT toll
                ) AS w WHERE get_bit(marks, w.facet) = 1
                ORDER BY w.occurred_at DESC, w.id DESC LIMIT number OFFSET first
            );
        END IF;
        IF cardinality(ids) < number THEN
            skipped := first;
            IF least(around, total + 12 * many) > toll THEN
                SELECT p.newest, p.oldest, p.skipped, p.held INTO newest, oldest, skipped, around
                FROM place_of_call(org, wanted, told, first) p;
                IF skipped + number > around THEN
                    SELECT p.oldest INTO oldest FROM place_of_call(org, wanted, told, first + number - 1) p;
                END IF;
                around := count_calls_since(org, 0::smallint, everything, NULL, oldest)
                    - count_calls_since(org, 0::smallint, everything, NULL, newest);
            ELSIF until IS NOT NULL THEN
                skipped := first - count_calls_since(org, wanted, told, marks, until);
            END IF;
            -- Looking into the index of one facet costs about as much as passing a dozen calls.
            IF around <= 12 * many THEN
                ids := ARRAY(
                    SELECT c.id FROM calls c
                    WHERE c.organization_id = org AND c.deleted_at IS NULL AND c.occurred_at < newest
                        AND c.occurred_at >= oldest AND get_bit(marks, c.facet) = 1
                    ORDER BY c.occurred_at DESC, c.id DESC LIMIT number OFFSET skipped
                );
            ELSE
                ids := ARRAY(
                    SELECT q.id FROM call_facets f CROSS JOIN LATERAL (
                        SELECT c.occurred_at, c.id FROM calls c
                        WHERE c.organization_id = org AND c.deleted_at IS NULL AND c.facet = f.id
                            AND c.occurred_at < newest AND c.occurred_at >= oldest
                        ORDER BY c.occurred_at DESC, c.id DESC LIMIT skipped + number
                    ) AS q
                    WHERE f.organization_id = org AND f.detail = 5 AND get_bit(marks, f.id) = 1
                    ORDER BY q.occurred_at DESC, q.id DESC LIMIT number OFFSET skipped
                );
            END IF;
        END IF;
    END IF;
    IF ascending THEN
        ids := ARRAY(SELECT i.id FROM unnest(ids) WITH ORDINALITY AS i (id, place) ORDER BY i.place DESC);
    END IF;
END $function$
;

CREATE OR REPLACE FUNCTION place_of_call(org integer, wanted smallint, told integer[], rank bigint, OUT newest timestamp with time zone, OUT oldest timestamp with time zone, OUT skipped bigint, OUT held bigint)
 RETURNS record
 LANGUAGE plpgsql
 STABLE
AS $function$
DECLARE
    low integer := -2147483648;
    high integer := 2147483647;
    place integer;
BEGIN
    skipped := rank;
    FOR step IN 1 .. CASE WHEN wanted < 5 THEN 3 ELSE 2 END LOOP
        SELECT b.bucket, b.calls, skipped - (b.upto - b.calls) INTO place, held, skipped FROM (
            SELECT c.bucket, sum(c.calls) AS calls, sum(sum(c.calls)) OVER (ORDER BY c.bucket DESC) AS upto
            FROM unnest(told) AS t (facet) JOIN call_counts c
                ON c.organization_id = org AND c.detail = wanted AND c.span = step AND c.facet = t.facet
                AND c.bucket >= low AND c.bucket <= high
            GROUP BY c.bucket
        ) AS b WHERE b.upto > skipped ORDER BY b.bucket DESC LIMIT 1;
        low := place * CASE step WHEN 1 THEN 32 ELSE 24 END;
        high := low + CASE step WHEN 1 THEN 31 ELSE 23 END;
    END LOOP;
    oldest := to_timestamp(place * CASE WHEN wanted < 5 THEN 3600.0 ELSE 86400.0 END);
    newest := oldest + CASE WHEN wanted < 5 THEN interval '1 hour' ELSE interval '24 hours' END;
END $function$
;

CREATE OR REPLACE FUNCTION rank_of_call(org integer, wanted smallint, told integer[], marks bytea, moment timestamp with time zone, call_id uuid, itself boolean)
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE
AS $function$
DECLARE
    beside bigint;
BEGIN
    SELECT count(*) INTO beside FROM calls c
    WHERE c.organization_id = org AND c.deleted_at IS NULL AND c.occurred_at = moment
        AND (c.id > call_id OR (itself AND c.id = call_id)) AND (marks IS NULL OR get_bit(marks, c.facet) = 1);
    RETURN beside + count_calls_since(org, wanted, told, marks, moment + interval '1 microsecond');
END $function$
;

CREATE OR REPLACE FUNCTION recount_calls(org integer)
 RETURNS TABLE(detail smallint, span smallint, bucket integer, facet integer, calls bigint)
 LANGUAGE sql
 STABLE
AS $function$
    SELECT (p.place - 1)::smallint, s.span,
        (CASE s.span WHEN 0 THEN 0 WHEN 1 THEN floor(c.hour / 768.0) WHEN 2 THEN floor(c.hour / 24.0) ELSE c.hour END
            )::integer,
        p.facet, sum(c.calls)::bigint
    FROM (
        SELECT k.facet, hour_of(k.occurred_at) AS hour, count(*) AS calls
        FROM calls k WHERE k.organization_id = org AND k.deleted_at IS NULL GROUP BY 1, 2
    ) AS c
    JOIN call_facets f ON f.organization_id = org AND f.id = c.facet
    CROSS JOIN LATERAL unnest(f.parents) WITH ORDINALITY AS p (facet, place)
    CROSS JOIN (VALUES (0::smallint), (1::smallint), (2::smallint), (3::smallint)) AS s (span)
    WHERE s.span < 3 OR p.place < 6
    GROUP BY 1, 2, 3, 4
$function$
;

CREATE TABLE acts (
    organization_id integer NOT NULL,
    id uuid NOT NULL,
    call_id uuid,
    act text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid NOT NULL,
    actor_name text NOT NULL,
    detail json NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    CONSTRAINT acts_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT acts_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id),
    CONSTRAINT acts_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'key'::text])))
);
CREATE INDEX acts_by_call ON acts USING btree (organization_id, call_id, id) WHERE (call_id IS NOT NULL);

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

CREATE TABLE call_corrections (
    organization_id integer NOT NULL,
    call_id uuid NOT NULL,
    id uuid NOT NULL,
    classification text,
    corrected text,
    reason text,
    user_id uuid NOT NULL,
    user_name text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT call_corrections_pkey PRIMARY KEY (organization_id, call_id, id),
    CONSTRAINT call_corrections_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);

CREATE TABLE call_counts (
    organization_id integer NOT NULL,
    detail smallint NOT NULL,
    span smallint NOT NULL,
    bucket integer NOT NULL,
    facet integer NOT NULL,
    calls bigint NOT NULL,
    CONSTRAINT call_counts_pkey PRIMARY KEY (organization_id, detail, span, facet, bucket)
) WITH (fillfactor=80);

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
    moment timestamp with time zone,
    CONSTRAINT call_events_pkey PRIMARY KEY (organization_id, digest),
    CONSTRAINT call_events_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);
CREATE INDEX call_events_by_call ON call_events USING btree (organization_id, call_id);

CREATE TABLE call_facets (
    organization_id integer NOT NULL,
    id integer NOT NULL,
    detail smallint NOT NULL,
    parents integer[] NOT NULL,
    digest bytea NOT NULL,
    direction text,
    sentiment text,
    status text,
    classification_words text[],
    agent uuid,
    workflow uuid,
    source text,
    kind text,
    voicemail boolean,
    mode text,
    language text,
    completion_rating text,
    disposition text,
    has_recording boolean,
    has_transcript boolean,
    length smallint,
    CONSTRAINT call_facets_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT call_facets_organization_id_digest_key UNIQUE (organization_id, digest),
    CONSTRAINT call_facets_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);

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

CREATE TABLE call_tasks (
    organization_id integer NOT NULL,
    call_id uuid NOT NULL,
    id uuid NOT NULL,
    task_id text NOT NULL,
    label text NOT NULL,
    assignee uuid,
    assignee_name text,
    closed_at timestamp with time zone,
    close_reason text,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT call_tasks_pkey PRIMARY KEY (organization_id, call_id, id),
    CONSTRAINT call_tasks_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);
CREATE INDEX call_tasks_open ON call_tasks USING btree (organization_id, assignee, changed_at) WHERE (closed_at IS NULL);

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
    facet integer NOT NULL,
    CONSTRAINT calls_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT calls_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
) WITH (autovacuum_analyze_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.02, autovacuum_vacuum_scale_factor=0.02);
CREATE INDEX calls_by_agent ON calls USING btree (organization_id, agent, occurred_at DESC, id DESC) INCLUDE (facet) WHERE ((deleted_at IS NULL) AND (agent IS NOT NULL));
CREATE INDEX calls_by_agent_version ON calls USING btree (organization_id, agent_version, occurred_at DESC, id DESC) INCLUDE (facet) WHERE ((deleted_at IS NULL) AND (agent_version IS NOT NULL));
CREATE INDEX calls_by_channel ON calls USING btree (organization_id, channel, occurred_at DESC, id DESC) INCLUDE (facet) WHERE ((deleted_at IS NULL) AND (channel IS NOT NULL));
CREATE INDEX calls_by_contact ON calls USING btree (organization_id, contact, occurred_at DESC, id DESC) INCLUDE (facet) WHERE ((deleted_at IS NULL) AND (contact IS NOT NULL));
CREATE INDEX calls_by_conversation ON calls USING btree (organization_id, conversation, occurred_at DESC, id DESC) INCLUDE (facet) WHERE ((deleted_at IS NULL) AND (conversation IS NOT NULL));
CREATE INDEX calls_by_creation ON calls USING btree (organization_id, created_at) INCLUDE (facet, occurred_at, id) WHERE (deleted_at IS NULL);
CREATE INDEX calls_by_duration ON calls USING btree (organization_id, duration_ms) INCLUDE (facet) WHERE ((deleted_at IS NULL) AND (duration_ms IS NOT NULL));
CREATE INDEX calls_by_facet ON calls USING btree (organization_id, facet, occurred_at DESC, id DESC) INCLUDE (duration_ms) WHERE (deleted_at IS NULL);
CREATE INDEX calls_by_from ON calls USING btree (organization_id, from_key text_pattern_ops, occurred_at DESC, id DESC) INCLUDE (facet) WHERE ((deleted_at IS NULL) AND (from_key IS NOT NULL));
CREATE INDEX calls_by_length ON calls USING btree (organization_id, COALESCE(duration_ms, ('-1'::integer)::bigint) DESC, id DESC) WHERE (deleted_at IS NULL);
CREATE INDEX calls_by_member ON calls USING btree (organization_id, member, occurred_at DESC, id DESC) INCLUDE (facet) WHERE ((deleted_at IS NULL) AND (member IS NOT NULL));
CREATE INDEX calls_by_partner ON calls USING btree (organization_id, partner, occurred_at DESC, id DESC) INCLUDE (facet) WHERE ((deleted_at IS NULL) AND (partner IS NOT NULL));
CREATE INDEX calls_by_sequence ON calls USING btree (organization_id, sequence, occurred_at DESC, id DESC) INCLUDE (facet) WHERE ((deleted_at IS NULL) AND (sequence IS NOT NULL));
CREATE INDEX calls_by_time ON calls USING btree (organization_id, occurred_at DESC, id DESC) INCLUDE (facet, duration_ms) WHERE (deleted_at IS NULL);
CREATE INDEX calls_by_to ON calls USING btree (organization_id, to_key text_pattern_ops, occurred_at DESC, id DESC) INCLUDE (facet) WHERE ((deleted_at IS NULL) AND (to_key IS NOT NULL));
CREATE INDEX calls_by_transcript ON calls USING btree (organization_id, occurred_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND has_transcript);
CREATE INDEX calls_by_workflow ON calls USING btree (organization_id, workflow, occurred_at DESC, id DESC) INCLUDE (facet) WHERE ((deleted_at IS NULL) AND (workflow IS NOT NULL));
CREATE TRIGGER count_deleted_calls AFTER DELETE ON calls REFERENCING OLD TABLE AS changed_calls FOR EACH STATEMENT EXECUTE FUNCTION count_changed_calls('-1');
CREATE TRIGGER count_inserted_calls AFTER INSERT ON calls REFERENCING NEW TABLE AS changed_calls FOR EACH STATEMENT EXECUTE FUNCTION count_changed_calls('1');
CREATE TRIGGER count_updated_calls_after AFTER UPDATE ON calls REFERENCING NEW TABLE AS changed_calls FOR EACH STATEMENT EXECUTE FUNCTION count_changed_calls('1');
CREATE TRIGGER count_updated_calls_before AFTER UPDATE ON calls REFERENCING OLD TABLE AS changed_calls FOR EACH STATEMENT EXECUTE FUNCTION count_changed_calls('-1');

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

CREATE TABLE organization_settings (
    organization_id integer NOT NULL,
    viewers_hear boolean DEFAULT true NOT NULL,
    CONSTRAINT organization_settings_pkey PRIMARY KEY (organization_id),
    CONSTRAINT organization_settings_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);

CREATE TABLE organization_versions (
    organization_id integer NOT NULL,
    calls bigint DEFAULT 0 NOT NULL,
    records bigint DEFAULT 0 NOT NULL,
    mark uuid DEFAULT gen_random_uuid() NOT NULL,
    folded text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT organization_versions_pkey PRIMARY KEY (organization_id),
    CONSTRAINT organization_versions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
) WITH (fillfactor=50);

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

CREATE TABLE partner_names (
    organization_id integer NOT NULL,
    word text COLLATE "C" NOT NULL,
    partner uuid NOT NULL,
    CONSTRAINT partner_names_pkey PRIMARY KEY (organization_id, word, partner),
    CONSTRAINT partner_names_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);
CREATE INDEX partner_names_by_partner ON partner_names USING btree (organization_id, partner);

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

CREATE TABLE record_changes (
    organization_id integer NOT NULL,
    version bigint NOT NULL,
    record_ids uuid[] NOT NULL,
    CONSTRAINT record_changes_pkey PRIMARY KEY (organization_id, version)
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

CREATE TABLE saved_views (
    organization_id integer NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    query text NOT NULL,
    shared boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT saved_views_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT saved_views_organization_id_user_id_name_key UNIQUE (organization_id, user_id, name),
    CONSTRAINT saved_views_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);

CREATE TABLE sign_in_failures (
    place bytea NOT NULL,
    failures integer NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT sign_in_failures_pkey PRIMARY KEY (place)
);
CREATE INDEX sign_in_failures_by_age ON sign_in_failures USING btree (since);

CREATE TABLE sign_ins (
    organization_id integer NOT NULL,
    token_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    time_zone text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT sign_ins_pkey PRIMARY KEY (organization_id, token_hash),
    CONSTRAINT sign_ins_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);
CREATE INDEX sign_ins_by_token ON sign_ins USING btree (token_hash);
CREATE INDEX sign_ins_by_user ON sign_ins USING btree (organization_id, user_id);

CREATE TABLE users (
    organization_id integer NOT NULL,
    id uuid NOT NULL,
    email text NOT NULL,
    email_key text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    password_hash text NOT NULL,
    preferences json DEFAULT '{}'::json NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    signed_in_at timestamp with time zone,
    disabled_at timestamp with time zone,
    CONSTRAINT users_pkey PRIMARY KEY (organization_id, id),
    CONSTRAINT users_organization_id_email_key_key UNIQUE (organization_id, email_key),
    CONSTRAINT users_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id),
    CONSTRAINT users_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'member'::text, 'approver'::text, 'admin'::text])))
);
CREATE INDEX users_by_email ON users USING btree (email_key);

CREATE TABLE waveforms (
    organization_id integer NOT NULL,
    recording_id uuid NOT NULL,
    peaks bytea,
    duration_ms bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT waveforms_pkey PRIMARY KEY (organization_id, recording_id),
    CONSTRAINT waveforms_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id)
);
