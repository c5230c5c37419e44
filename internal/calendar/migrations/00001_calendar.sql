-- +goose Up
CREATE TABLE calendar_revision (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    -- revision is a fresh token whenever anything that closes a place changes; readers keep what they loaded by it.
    revision TEXT NOT NULL
);
INSERT INTO calendar_revision (id, revision) VALUES (1, '');

CREATE TABLE freeze_type (
    id                 TEXT PRIMARY KEY,
    name               TEXT NOT NULL,
    name_key           TEXT NOT NULL,
    colour             TEXT NOT NULL,
    icon               TEXT NOT NULL DEFAULT '',
    is_default         BOOLEAN NOT NULL DEFAULT FALSE,
    refuses_booking    BOOLEAN NOT NULL,
    refuses_deployment BOOLEAN NOT NULL,
    version            BIGINT NOT NULL DEFAULT 1,
    created_at         TIMESTAMP NOT NULL,
    updated_at         TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX freeze_type_name ON freeze_type (name_key);
CREATE UNIQUE INDEX freeze_type_one_default ON freeze_type (is_default) WHERE is_default;

-- One row is a freeze, a holiday or a maintenance window; they differ in what they mean, not in when they are.
CREATE TABLE calendar_window (
    id                 TEXT PRIMARY KEY,
    kind               TEXT NOT NULL CHECK (kind IN ('freeze', 'holiday', 'maintenance')),
    name               TEXT NOT NULL,
    name_key           TEXT NOT NULL,
    description        TEXT NOT NULL DEFAULT '',
    type_id            TEXT REFERENCES freeze_type (id),
    unit_id            TEXT NOT NULL,
    from_at            TIMESTAMP NOT NULL,
    to_at              TIMESTAMP NOT NULL,
    -- ends_at is when the last occurrence is over; it is null when the recurrence never ends.
    ends_at            TIMESTAMP,
    zone               TEXT NOT NULL,
    rule               TEXT NOT NULL DEFAULT '',
    skip               JSONB NOT NULL,
    refuses_booking    BOOLEAN NOT NULL,
    refuses_deployment BOOLEAN NOT NULL,
    on_schedule        BOOLEAN NOT NULL,
    state              TEXT NOT NULL CHECK (state IN ('ACTIVE', 'CANCELLED')),
    version            BIGINT NOT NULL DEFAULT 1,
    created_at         TIMESTAMP NOT NULL,
    updated_at         TIMESTAMP NOT NULL,
    CHECK (from_at < to_at),
    CHECK ((kind = 'freeze') = (type_id IS NOT NULL))
);
CREATE INDEX calendar_window_order ON calendar_window (kind, from_at, id);
CREATE INDEX calendar_window_name ON calendar_window (kind, name_key, id);
CREATE INDEX calendar_window_type ON calendar_window (type_id) WHERE type_id IS NOT NULL;
CREATE INDEX calendar_window_unit ON calendar_window (unit_id);

CREATE TABLE calendar_window_scope (
    window_id TEXT NOT NULL REFERENCES calendar_window (id) ON DELETE CASCADE,
    kind      TEXT NOT NULL CHECK (kind IN ('unit', 'environment', 'group', 'application')),
    target_id TEXT NOT NULL,
    label     TEXT NOT NULL,
    -- unit_id is the unit of the target, by which it is decided who may see the window.
    unit_id   TEXT NOT NULL,
    PRIMARY KEY (window_id, kind, target_id)
);
CREATE INDEX calendar_window_scope_target ON calendar_window_scope (kind, target_id);
CREATE INDEX calendar_window_scope_unit ON calendar_window_scope (unit_id);

CREATE TABLE working_time (
    unit_id      TEXT PRIMARY KEY,
    zone         TEXT NOT NULL,
    days         JSONB NOT NULL,
    -- own_holidays keeps the holidays of the units above away.
    own_holidays BOOLEAN NOT NULL,
    version      BIGINT NOT NULL DEFAULT 1,
    created_at   TIMESTAMP NOT NULL,
    updated_at   TIMESTAMP NOT NULL
);

INSERT INTO freeze_type (id, name, name_key, colour, icon, is_default, refuses_booking, refuses_deployment, version, created_at, updated_at)
VALUES ('01980000-0000-7000-8000-000000000001', 'Change freeze', 'change freeze', '#b91c1c', 'snowflake', TRUE, TRUE, TRUE, 1, '2026-01-01 00:00:00', '2026-01-01 00:00:00');
