-- +goose Up
-- The number the next request of a kind gets. Taking one holds the row until the transaction ends, so that numbers have
-- no gaps.
CREATE TABLE request_number (
    kind TEXT PRIMARY KEY,
    next BIGINT NOT NULL
);
INSERT INTO request_number (kind, next) VALUES ('booking_request', 1), ('environment_change_request', 1);

CREATE TABLE booking_request (
    id                 TEXT PRIMARY KEY,
    number             BIGINT NOT NULL,
    title              TEXT NOT NULL,
    title_key          TEXT NOT NULL,
    description        TEXT NOT NULL DEFAULT '',
    type_id            TEXT NOT NULL,
    unit_id            TEXT NOT NULL,
    -- requester_id is the person who asked; requester_key names the actor, which may be a service account.
    requester_id       TEXT,
    requester_key      TEXT NOT NULL,
    requester_name     TEXT NOT NULL,
    assignee_person_id TEXT,
    assignee_team_id   TEXT,
    release            TEXT NOT NULL DEFAULT '',
    phase              TEXT NOT NULL DEFAULT '',
    from_at            TIMESTAMP NOT NULL,
    to_at              TIMESTAMP NOT NULL,
    -- answers holds what was answered, by the ids of the questions.
    answers            JSONB NOT NULL,
    submitted_at       TIMESTAMP,
    completed_at       TIMESTAMP,
    version            BIGINT NOT NULL DEFAULT 1,
    created_at         TIMESTAMP NOT NULL,
    updated_at         TIMESTAMP NOT NULL,
    CHECK (from_at < to_at),
    CHECK (assignee_person_id IS NULL OR assignee_team_id IS NULL)
);
CREATE UNIQUE INDEX booking_request_number ON booking_request (number);
CREATE INDEX booking_request_title ON booking_request (title_key, id);
CREATE INDEX booking_request_from ON booking_request (from_at, id);
CREATE INDEX booking_request_created ON booking_request (created_at, id);
CREATE INDEX booking_request_updated ON booking_request (updated_at, id);
CREATE INDEX booking_request_unit ON booking_request (unit_id);
CREATE INDEX booking_request_type ON booking_request (type_id);
CREATE INDEX booking_request_requester ON booking_request (requester_id) WHERE requester_id IS NOT NULL;
CREATE INDEX booking_request_assignee ON booking_request (assignee_person_id) WHERE assignee_person_id IS NOT NULL;
CREATE INDEX booking_request_team ON booking_request (assignee_team_id) WHERE assignee_team_id IS NOT NULL;
CREATE INDEX booking_request_release ON booking_request (release) WHERE release <> '';

-- What a request asks for: environments, a group, or a capability, in the time of the request or one of its own.
CREATE TABLE booking_request_line (
    id         TEXT PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES booking_request (id) ON DELETE CASCADE,
    position   BIGINT NOT NULL,
    title      TEXT NOT NULL DEFAULT '',
    group_id   TEXT,
    capability JSONB,
    slot_id    TEXT,
    from_at    TIMESTAMP,
    to_at      TIMESTAMP,
    intent     TEXT NOT NULL,
    on_clash   TEXT NOT NULL DEFAULT '',
    -- bookings holds the ids of the bookings it became.
    bookings   JSONB NOT NULL
);
CREATE INDEX booking_request_line_request ON booking_request_line (request_id, position);
CREATE INDEX booking_request_line_group ON booking_request_line (group_id) WHERE group_id IS NOT NULL;

CREATE TABLE booking_request_environment (
    line_id        TEXT NOT NULL REFERENCES booking_request_line (id) ON DELETE CASCADE,
    environment_id TEXT NOT NULL,
    request_id     TEXT NOT NULL,
    position       BIGINT NOT NULL,
    PRIMARY KEY (line_id, environment_id)
);
CREATE INDEX booking_request_environment_environment ON booking_request_environment (environment_id, request_id);
CREATE INDEX booking_request_environment_request ON booking_request_environment (request_id);

CREATE TABLE booking_time_slot (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    name_key   TEXT NOT NULL,
    -- Times of day in minutes after midnight on the clocks of the zone; an end before the beginning is on the next day.
    from_minute BIGINT NOT NULL,
    to_minute   BIGINT NOT NULL,
    zone       TEXT NOT NULL,
    position   BIGINT NOT NULL,
    active     BOOLEAN NOT NULL,
    version    BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX booking_time_slot_name ON booking_time_slot (name_key) WHERE active;

CREATE TABLE booking_request_question (
    id             TEXT PRIMARY KEY,
    text           TEXT NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN ('yes_no', 'text')),
    usage_id       TEXT,
    application_id TEXT,
    required       BOOLEAN NOT NULL,
    position       BIGINT NOT NULL,
    active         BOOLEAN NOT NULL,
    version        BIGINT NOT NULL DEFAULT 1,
    created_at     TIMESTAMP NOT NULL,
    updated_at     TIMESTAMP NOT NULL
);
CREATE INDEX booking_request_question_order ON booking_request_question (position, id) WHERE active;

CREATE TABLE request_policy (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    settings   JSONB NOT NULL,
    version    BIGINT NOT NULL DEFAULT 1,
    updated_at TIMESTAMP
);

CREATE TABLE environment_change_request (
    id                 TEXT PRIMARY KEY,
    number             BIGINT NOT NULL,
    title              TEXT NOT NULL,
    title_key          TEXT NOT NULL,
    description        TEXT NOT NULL DEFAULT '',
    type_id            TEXT NOT NULL,
    unit_id            TEXT NOT NULL,
    requester_id       TEXT,
    requester_key      TEXT NOT NULL,
    requester_name     TEXT NOT NULL,
    assignee_person_id TEXT,
    assignee_team_id   TEXT,
    release            TEXT NOT NULL DEFAULT '',
    phase              TEXT NOT NULL DEFAULT '',
    from_at            TIMESTAMP NOT NULL,
    to_at              TIMESTAMP NOT NULL,
    colour             TEXT NOT NULL DEFAULT '',
    on_schedule        BOOLEAN NOT NULL,
    in_order           BOOLEAN NOT NULL,
    outage_from        TIMESTAMP,
    outage_to          TIMESTAMP,
    started_at         TIMESTAMP,
    completed_at       TIMESTAMP,
    version            BIGINT NOT NULL DEFAULT 1,
    created_at         TIMESTAMP NOT NULL,
    updated_at         TIMESTAMP NOT NULL,
    CHECK (from_at < to_at),
    CHECK (assignee_person_id IS NULL OR assignee_team_id IS NULL),
    CHECK ((outage_from IS NULL) = (outage_to IS NULL) AND (outage_from IS NULL OR outage_from < outage_to))
);
CREATE UNIQUE INDEX environment_change_request_number ON environment_change_request (number);
CREATE INDEX environment_change_request_title ON environment_change_request (title_key, id);
CREATE INDEX environment_change_request_from ON environment_change_request (from_at, id);
CREATE INDEX environment_change_request_created ON environment_change_request (created_at, id);
CREATE INDEX environment_change_request_updated ON environment_change_request (updated_at, id);
CREATE INDEX environment_change_request_unit ON environment_change_request (unit_id);
CREATE INDEX environment_change_request_type ON environment_change_request (type_id);
CREATE INDEX environment_change_request_requester ON environment_change_request (requester_id) WHERE requester_id IS NOT NULL;
CREATE INDEX environment_change_request_assignee ON environment_change_request (assignee_person_id) WHERE assignee_person_id IS NOT NULL;
CREATE INDEX environment_change_request_team ON environment_change_request (assignee_team_id) WHERE assignee_team_id IS NOT NULL;
CREATE INDEX environment_change_request_release ON environment_change_request (release) WHERE release <> '';

-- The progression path: where the change is made, one environment or group after the other.
CREATE TABLE environment_change_card (
    id             TEXT PRIMARY KEY,
    request_id     TEXT NOT NULL REFERENCES environment_change_request (id) ON DELETE CASCADE,
    position       BIGINT NOT NULL,
    environment_id TEXT,
    group_id       TEXT,
    -- Ids of hosts, and components with the versions they shall have.
    hosts          JSONB NOT NULL,
    targets        JSONB NOT NULL,
    status         TEXT NOT NULL CHECK (status IN ('planned', 'in_progress', 'done', 'failed', 'skipped')),
    note           TEXT NOT NULL DEFAULT '',
    started_at     TIMESTAMP,
    ended_at       TIMESTAMP,
    actor_name     TEXT NOT NULL DEFAULT '',
    CHECK ((environment_id IS NULL) <> (group_id IS NULL))
);
CREATE INDEX environment_change_card_request ON environment_change_card (request_id, position);
CREATE INDEX environment_change_card_environment ON environment_change_card (environment_id) WHERE environment_id IS NOT NULL;
CREATE INDEX environment_change_card_group ON environment_change_card (group_id) WHERE group_id IS NOT NULL;

-- The environments for which an outage is announced, so that it can be taken back when they leave the request.
CREATE TABLE environment_change_outage (
    request_id     TEXT NOT NULL REFERENCES environment_change_request (id) ON DELETE CASCADE,
    environment_id TEXT NOT NULL,
    PRIMARY KEY (request_id, environment_id)
);

CREATE VIEW v_booking_request AS
SELECT id, number, 'EB-' || CAST(number AS TEXT) AS reference, title, type_id, unit_id, requester_id, requester_name, assignee_person_id, assignee_team_id,
       release, from_at, to_at, submitted_at, completed_at, created_at
FROM booking_request;

CREATE VIEW v_environment_change_request AS
SELECT id, number, 'EC-' || CAST(number AS TEXT) AS reference, title, type_id, unit_id, requester_id, requester_name, assignee_person_id, assignee_team_id,
       release, from_at, to_at, colour, on_schedule, outage_from, outage_to, started_at, completed_at, created_at
FROM environment_change_request;

CREATE VIEW v_environment_change_target AS
SELECT request_id, environment_id, group_id, status FROM environment_change_card;
