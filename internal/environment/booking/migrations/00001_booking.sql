-- +goose Up
CREATE TABLE booking_number (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    next BIGINT NOT NULL
);
INSERT INTO booking_number (id, next) VALUES (1, 1);

CREATE TABLE booking_series (
    id         TEXT PRIMARY KEY,
    title      TEXT NOT NULL,
    rule       TEXT NOT NULL,
    zone       TEXT NOT NULL,
    occurrences BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by TEXT NOT NULL
);

CREATE TABLE booking (
    id              TEXT PRIMARY KEY,
    number          BIGINT NOT NULL,
    title           TEXT NOT NULL,
    title_key       TEXT NOT NULL,
    description     TEXT NOT NULL DEFAULT '',
    status          TEXT NOT NULL CHECK (status IN ('requested', 'approved', 'rejected', 'waiting', 'cancelled', 'ended', 'expired')),
    intent          TEXT NOT NULL CHECK (intent IN ('change_code', 'change_configuration', 'touch')),
    from_at         TIMESTAMP NOT NULL,
    to_at           TIMESTAMP NOT NULL,
    -- planned_to is the end that was planned, where the booking was released or freed before it.
    planned_to      TIMESTAMP,
    -- holder_id may use the environments; requester_id asked for them and does not approve them.
    holder_id       TEXT,
    requester_id    TEXT NOT NULL,
    requester_name  TEXT NOT NULL,
    unit_id         TEXT NOT NULL,
    release         TEXT NOT NULL DEFAULT '',
    request_id      TEXT,
    priority        TEXT NOT NULL DEFAULT '',
    group_id        TEXT,
    asked           JSONB NOT NULL,
    series_id       TEXT REFERENCES booking_series (id),
    decided_by      TEXT NOT NULL DEFAULT '',
    decided_at      TIMESTAMP,
    decision_reason TEXT NOT NULL DEFAULT '',
    waiting_since   TIMESTAMP,
    last_use_at     TIMESTAMP,
    last_use        TEXT NOT NULL DEFAULT '',
    warned_at       TIMESTAMP,
    version         BIGINT NOT NULL DEFAULT 1,
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    CHECK (from_at < to_at)
);
CREATE UNIQUE INDEX booking_number_once ON booking (number);
CREATE INDEX booking_order ON booking (from_at, id);
CREATE INDEX booking_unit ON booking (unit_id, from_at, id);
CREATE INDEX booking_holder ON booking (holder_id, from_at) WHERE holder_id IS NOT NULL;
CREATE INDEX booking_requested ON booking (from_at, id) WHERE status = 'requested';
CREATE INDEX booking_of_request ON booking (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX booking_series_members ON booking (series_id) WHERE series_id IS NOT NULL;
CREATE INDEX booking_release ON booking (release) WHERE release <> '';

-- One row per environment of a booking: the schedule. It repeats what the checks need, so that they read one index.
CREATE TABLE booking_environment (
    booking_id     TEXT NOT NULL REFERENCES booking (id) ON DELETE CASCADE,
    environment_id TEXT NOT NULL,
    from_at        TIMESTAMP NOT NULL,
    to_at          TIMESTAMP NOT NULL,
    intent         TEXT NOT NULL,
    status         TEXT NOT NULL,
    -- lasts_long marks what lasts longer than the reach of window queries, see store_schedule.go.
    lasts_long     BOOLEAN NOT NULL,
    -- Who approved the use of this environment; the booking is approved when nobody is missing.
    approved_by    TEXT NOT NULL DEFAULT '',
    approved_at    TIMESTAMP,
    -- What a bar of the schedule shows, so that a page of it is read from one index.
    number         BIGINT NOT NULL,
    title          TEXT NOT NULL,
    holder_id      TEXT NOT NULL DEFAULT '',
    booking_version BIGINT NOT NULL,
    PRIMARY KEY (booking_id, environment_id)
);
-- The predecessor of a booking, and what an environment holds in a window.
CREATE INDEX booking_environment_approved ON booking_environment (environment_id, from_at, to_at, intent, booking_id) WHERE status = 'approved';
CREATE INDEX booking_environment_requested ON booking_environment (environment_id, from_at, to_at, intent, booking_id) WHERE status = 'requested';
CREATE INDEX booking_environment_lasting ON booking_environment (environment_id, from_at, to_at) WHERE lasts_long AND status IN ('requested', 'approved');
CREATE INDEX booking_environment_all ON booking_environment (environment_id, from_at);
-- The portfolio and the schedule in a window.
CREATE INDEX booking_environment_window ON booking_environment (from_at, environment_id, to_at, status, intent, booking_id, number, title, holder_id, booking_version) WHERE status IN ('requested', 'approved');
CREATE INDEX booking_environment_waiting ON booking_environment (environment_id, from_at) WHERE status = 'waiting';

CREATE TABLE booking_policy (
    unit_id    TEXT PRIMARY KEY,
    settings   JSONB NOT NULL,
    version    BIGINT NOT NULL DEFAULT 1,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE booking_settlement (
    id         TEXT PRIMARY KEY,
    unit_id    TEXT,
    from_at    TIMESTAMP NOT NULL,
    to_at      TIMESTAMP NOT NULL,
    proposal   JSONB NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    accepted_at TIMESTAMP
);

CREATE TABLE schedule_view (
    id         TEXT PRIMARY KEY,
    owner_id   TEXT NOT NULL,
    -- A view of a unit is shown to everybody who sees the unit; one without is its owner's alone.
    unit_id    TEXT,
    name       TEXT NOT NULL,
    name_key   TEXT NOT NULL,
    query      JSONB NOT NULL,
    version    BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX schedule_view_name ON schedule_view (owner_id, name_key);
CREATE INDEX schedule_view_unit ON schedule_view (unit_id) WHERE unit_id IS NOT NULL;

CREATE TABLE calendar_feed (
    id         TEXT PRIMARY KEY,
    owner_id   TEXT NOT NULL,
    name       TEXT NOT NULL,
    query      JSONB NOT NULL,
    -- token_hash is the SHA-256 of the secret of the address; the secret itself is never kept.
    token_hash TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    read_at    TIMESTAMP
);
CREATE UNIQUE INDEX calendar_feed_token ON calendar_feed (token_hash);
CREATE INDEX calendar_feed_owner ON calendar_feed (owner_id, created_at);

CREATE VIEW v_booking AS
SELECT id, number, title, status, intent, from_at, to_at, holder_id, unit_id, release, request_id,
       planned_to, requester_id, priority, group_id, series_id, created_at, decided_at, waiting_since, last_use_at
FROM booking;

CREATE VIEW v_booking_environment AS
SELECT booking_id, environment_id, from_at, to_at, intent, status FROM booking_environment;
