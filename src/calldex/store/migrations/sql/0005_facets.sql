-- Pages at any depth and exact totals without a scan.
--
-- A facet is one combination of the values that few calls share with no other: direction, sentiment, status and so
-- on. Every call has the number of its finest facet, detail 5, which knows its coarser ones. Calls are counted per
-- facet and span of time in the transaction of the change itself, so a total is a sum over few rows, and the place
-- of a page is found by adding up. docs/decisions/0017-counts.md says why it is so.
DROP TRIGGER count_inserted_calls ON calls;
DROP TRIGGER count_deleted_calls ON calls;
DROP TRIGGER count_updated_calls_after ON calls;
DROP TRIGGER count_updated_calls_before ON calls;
DROP FUNCTION count_new_calls();
DROP FUNCTION count_gone_calls();
DROP TABLE call_counts;

-- How often the calls and the linked records of an organization have changed; whoever changes them holds its write
-- lock, so the numbers are in the order of commits. mark is new with each change: a number can come again when a backup
-- is restored, a mark cannot. folded names the fields that have too many values to be told
-- apart in facets; folding is for good.
CREATE TABLE organization_versions (
    organization_id integer NOT NULL REFERENCES organizations (id),
    calls bigint NOT NULL DEFAULT 0,
    records bigint NOT NULL DEFAULT 0,
    mark uuid NOT NULL DEFAULT gen_random_uuid(),
    folded text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (organization_id)
) WITH (fillfactor = 50);

-- Which linked records the last changes were about, so that a process that keeps their JSON forgets just those.
CREATE TABLE record_changes (
    organization_id integer NOT NULL,
    version bigint NOT NULL,
    record_ids uuid[] NOT NULL,
    PRIMARY KEY (organization_id, version)
);

CREATE TABLE call_facets (
    organization_id integer NOT NULL REFERENCES organizations (id),
    id integer NOT NULL,
    detail smallint NOT NULL,
    -- The facets that hold a call of this one, by detail; the last one is itself. Only the finest have them.
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
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, digest)
);

-- How many calls that are not deleted fall into a facet and a span of time: span 0 is all time (bucket 0), 1 are 32
-- days, 2 a day, 3 an hour, numbered from 1970 in UTC. The finest facets are not counted by the hour.
CREATE TABLE call_counts (
    organization_id integer NOT NULL,
    detail smallint NOT NULL,
    span smallint NOT NULL,
    bucket integer NOT NULL,
    facet integer NOT NULL,
    calls bigint NOT NULL,
    PRIMARY KEY (organization_id, detail, span, facet, bucket)
) WITH (fillfactor = 80);

-- The class of a duration in milliseconds; core/facets.py knows the same bounds.
CREATE FUNCTION call_length(duration_ms bigint) RETURNS smallint LANGUAGE sql IMMUTABLE AS $$
    SELECT width_bucket(duration_ms, ARRAY[1, 10000, 30000, 60000, 120000, 300000, 600000]::bigint[])::smallint
$$;

CREATE FUNCTION hour_of(moment timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT floor(extract(epoch FROM moment) / 3600)::integer
$$;

-- The number of the facet of this detail that has these values; made when there is none yet. The caller has set to
-- NULL what the detail does not tell apart, and holds the organization's write lock.
CREATE FUNCTION facet_of_detail(
    org integer, wanted smallint, parts integer[], direction text, sentiment text, status text, words text[],
    agent uuid, workflow uuid, source text, kind text, voicemail boolean, mode text, language text, rating text,
    disposition text, recorded boolean, transcribed boolean, length smallint
) RETURNS integer LANGUAGE plpgsql AS $$
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
END $$;

-- Names more fields as folded when an organization has more facets than can be added up in a moment.
CREATE FUNCTION fold_facets(org integer) RETURNS void LANGUAGE plpgsql AS $$
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
END $$;

-- The number of the finest facet of a call with these values. The caller holds the organization's write lock.
CREATE FUNCTION facet_of_call(
    org integer, direction text, sentiment text, status text, words text[], agent uuid, workflow uuid, source text,
    kind text, voicemail boolean, mode text, language text, rating text, disposition text, recorded boolean,
    transcribed boolean, duration_ms bigint
) RETURNS integer LANGUAGE plpgsql AS $$
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
END $$;

-- Adds what a statement inserted to the counts, or takes away what it deleted; the argument is the sign.
CREATE FUNCTION count_changed_calls() RETURNS trigger LANGUAGE plpgsql AS $$
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
END $$;

-- How many calls of these facets there are at or after a moment. The whole hours, days and blocks behind it are added
-- up; what lies between is counted in the index, where `marks` has a bit for each finest facet that fits, NULL for all.
CREATE FUNCTION count_calls_since(org integer, wanted smallint, told integer[], marks bytea, moment timestamptz)
RETURNS bigint LANGUAGE plpgsql STABLE AS $$
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
END $$;

-- In which span of time the call stands that has `rank` calls of these facets before it in the order of lists, the
-- newest first: from the oldest moment up to, and without, the newest; how many calls of them the span holds, and how
-- many of those stand before it.
CREATE FUNCTION place_of_call(
    org integer, wanted smallint, told integer[], rank bigint,
    OUT newest timestamptz, OUT oldest timestamptz, OUT skipped bigint, OUT held bigint
) LANGUAGE plpgsql STABLE AS $$
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
END $$;

-- How many calls of these facets stand before a call in the order of lists, or, with `itself`, at it too.
CREATE FUNCTION rank_of_call(
    org integer, wanted smallint, told integer[], marks bytea, moment timestamptz, call_id uuid, itself boolean
) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    beside bigint;
BEGIN
    SELECT count(*) INTO beside FROM calls c
    WHERE c.organization_id = org AND c.deleted_at IS NULL AND c.occurred_at = moment
        AND (c.id > call_id OR (itself AND c.id = call_id)) AND (marks IS NULL OR get_bit(marks, c.facet) = 1);
    RETURN beside + count_calls_since(org, wanted, told, marks, moment + interval '1 microsecond');
END $$;

-- One page of the calls of some facets: the exact total of the list, and the ids in its order. `wanted` is the detail
-- that tells the asked facets apart and `told` are those of it that fit, NULL for all calls; `marks` has a bit for each
-- of them and for each finest one that fits, and `many` says how many of the finest do. The list holds what occurred from `since` on and before `until`; the page begins after `skip` calls, or
-- behind the call `after_id` that occurred at `after_time`. The total is NULL when there are facets beyond `known`,
-- which the marks were made without.
CREATE FUNCTION page_of_calls(
    org integer, wanted smallint, marks bytea, told integer[], many integer, known integer, since timestamptz,
    until timestamptz, after_time timestamptz, after_id uuid, skip bigint, size integer, ascending boolean,
    OUT total bigint, OUT ids uuid[]
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan SET enable_bitmapscan = off SET enable_seqscan = off
AS $$
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
END $$;

-- One index serves every filter that facets can tell, and one the order of all calls; those for single fields go.
DROP INDEX calls_by_direction, calls_by_sentiment, calls_by_status, calls_by_kind, calls_by_source, calls_by_mode,
    calls_by_language, calls_by_rating, calls_by_recording, calls_by_voicemail,
    calls_by_disposition, calls_by_time, calls_by_partner, calls_by_contact, calls_by_from, calls_by_to,
    calls_by_agent, calls_by_workflow, calls_by_creation, calls_by_duration, calls_by_channel, calls_by_member,
    calls_by_conversation, calls_by_agent_version, calls_by_sequence;

ALTER TABLE calls ADD COLUMN facet integer;
UPDATE calls SET facet = facet_of_call(
    organization_id, direction, sentiment, status, classification_words, agent, workflow, source, kind, voicemail, mode,
    language, completion_rating, disposition, has_recording, has_transcript, duration_ms
);
ALTER TABLE calls ALTER COLUMN facet SET NOT NULL;
-- A large table is otherwise visited too rarely for its indexes to answer alone.
ALTER TABLE calls SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02
);

CREATE INDEX calls_by_time ON calls (organization_id, occurred_at DESC, id DESC) INCLUDE (facet, duration_ms)
    WHERE deleted_at IS NULL;
CREATE INDEX calls_by_facet ON calls (organization_id, facet, occurred_at DESC, id DESC) INCLUDE (duration_ms)
    WHERE deleted_at IS NULL;
-- Few calls share one of these values, so they are counted in the index; it holds what other filters need.
CREATE INDEX calls_by_partner ON calls (organization_id, partner, occurred_at DESC, id DESC) INCLUDE (facet)
    WHERE deleted_at IS NULL AND partner IS NOT NULL;
CREATE INDEX calls_by_contact ON calls (organization_id, contact, occurred_at DESC, id DESC) INCLUDE (facet)
    WHERE deleted_at IS NULL AND contact IS NOT NULL;
CREATE INDEX calls_by_conversation ON calls (organization_id, conversation, occurred_at DESC, id DESC) INCLUDE (facet)
    WHERE deleted_at IS NULL AND conversation IS NOT NULL;
CREATE INDEX calls_by_from ON calls (organization_id, from_key text_pattern_ops, occurred_at DESC, id DESC)
    INCLUDE (facet) WHERE deleted_at IS NULL AND from_key IS NOT NULL;
CREATE INDEX calls_by_to ON calls (organization_id, to_key text_pattern_ops, occurred_at DESC, id DESC)
    INCLUDE (facet) WHERE deleted_at IS NULL AND to_key IS NOT NULL;
CREATE INDEX calls_by_agent_version ON calls (organization_id, agent_version, occurred_at DESC, id DESC)
    INCLUDE (facet) WHERE deleted_at IS NULL AND agent_version IS NOT NULL;
CREATE INDEX calls_by_channel ON calls (organization_id, channel, occurred_at DESC, id DESC) INCLUDE (facet)
    WHERE deleted_at IS NULL AND channel IS NOT NULL;
CREATE INDEX calls_by_sequence ON calls (organization_id, sequence, occurred_at DESC, id DESC) INCLUDE (facet)
    WHERE deleted_at IS NULL AND sequence IS NOT NULL;
CREATE INDEX calls_by_member ON calls (organization_id, member, occurred_at DESC, id DESC) INCLUDE (facet)
    WHERE deleted_at IS NULL AND member IS NOT NULL;
-- For an organization with more agents or workflows than facets tell apart.
CREATE INDEX calls_by_agent ON calls (organization_id, agent, occurred_at DESC, id DESC) INCLUDE (facet)
    WHERE deleted_at IS NULL AND agent IS NOT NULL;
CREATE INDEX calls_by_workflow ON calls (organization_id, workflow, occurred_at DESC, id DESC) INCLUDE (facet)
    WHERE deleted_at IS NULL AND workflow IS NOT NULL;
CREATE INDEX calls_by_creation ON calls (organization_id, created_at) INCLUDE (facet, occurred_at, id)
    WHERE deleted_at IS NULL;
CREATE INDEX calls_by_duration ON calls (organization_id, duration_ms) INCLUDE (facet)
    WHERE deleted_at IS NULL AND duration_ms IS NOT NULL;

-- The right counts of an organization, from its calls: to begin with, and to verify and mend.
CREATE FUNCTION recount_calls(org integer)
RETURNS TABLE (detail smallint, span smallint, bucket integer, facet integer, calls bigint) LANGUAGE sql STABLE AS $$
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
$$;

INSERT INTO call_counts (organization_id, detail, span, bucket, facet, calls)
SELECT o.id, r.detail, r.span, r.bucket, r.facet, r.calls FROM organizations o CROSS JOIN LATERAL recount_calls(o.id) r;

CREATE TRIGGER count_inserted_calls AFTER INSERT ON calls
    REFERENCING NEW TABLE AS changed_calls FOR EACH STATEMENT EXECUTE FUNCTION count_changed_calls('1');
CREATE TRIGGER count_deleted_calls AFTER DELETE ON calls
    REFERENCING OLD TABLE AS changed_calls FOR EACH STATEMENT EXECUTE FUNCTION count_changed_calls('-1');
CREATE TRIGGER count_updated_calls_after AFTER UPDATE ON calls
    REFERENCING NEW TABLE AS changed_calls FOR EACH STATEMENT EXECUTE FUNCTION count_changed_calls('1');
CREATE TRIGGER count_updated_calls_before AFTER UPDATE ON calls
    REFERENCING OLD TABLE AS changed_calls FOR EACH STATEMENT EXECUTE FUNCTION count_changed_calls('-1');
