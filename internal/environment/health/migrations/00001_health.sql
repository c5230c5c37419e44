-- +goose Up
-- What monitors and people said, as they said it.
CREATE TABLE health_event (
    id             BIGINT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    health         TEXT NOT NULL CHECK (health IN ('online', 'offline', 'issue', 'unknown')),
    at             TIMESTAMP NOT NULL,
    received_at    TIMESTAMP NOT NULL,
    source         TEXT NOT NULL DEFAULT '',
    name           TEXT NOT NULL DEFAULT '',
    message        TEXT NOT NULL DEFAULT '',
    link           TEXT NOT NULL DEFAULT '',
    external_id    TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX health_event_external ON health_event (environment_id, source, external_id) WHERE external_id <> '';
CREATE INDEX health_event_environment ON health_event (environment_id, at, id);

-- The last word about an environment. rev is touched before an event about it is weighed.
CREATE TABLE environment_health (
    environment_id TEXT PRIMARY KEY,
    health         TEXT NOT NULL DEFAULT '',
    since          TIMESTAMP,
    at             TIMESTAMP,
    event_id       BIGINT NOT NULL DEFAULT 0,
    rev            BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX environment_health_health ON environment_health (health);

CREATE TABLE outage (
    id              TEXT PRIMARY KEY,
    environment_id  TEXT NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('planned', 'unplanned')),
    title           TEXT NOT NULL,
    description     TEXT NOT NULL DEFAULT '',
    started_at      TIMESTAMP NOT NULL,
    detected_at     TIMESTAMP NOT NULL,
    found_at        TIMESTAMP,
    ended_at        TIMESTAMP,
    expected_end_at TIMESTAMP,
    -- source is monitor, person, or the kind of record that planned it; reference is that record's id.
    source          TEXT NOT NULL,
    reference       TEXT NOT NULL DEFAULT '',
    cause_kind      TEXT NOT NULL DEFAULT '',
    cause_id        TEXT NOT NULL DEFAULT '',
    cause           TEXT NOT NULL DEFAULT '',
    version         BIGINT NOT NULL DEFAULT 1,
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    CHECK (ended_at IS NULL OR ended_at >= started_at)
);
-- A monitor has one open outage of an environment at most.
CREATE UNIQUE INDEX outage_open ON outage (environment_id) WHERE ended_at IS NULL AND source = 'monitor';
CREATE UNIQUE INDEX outage_reference ON outage (environment_id, source, reference) WHERE reference <> '';
CREATE INDEX outage_environment ON outage (environment_id, started_at);
CREATE INDEX outage_started ON outage (started_at, id);

CREATE VIEW v_outage AS
SELECT id, environment_id, kind, title, started_at, detected_at, found_at, ended_at, cause_kind, cause_id, cause FROM outage;
CREATE VIEW v_environment_health AS
SELECT environment_id, health, since FROM environment_health WHERE health <> '';
