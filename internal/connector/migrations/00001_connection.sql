-- +goose Up
CREATE TABLE connection (
    id               TEXT PRIMARY KEY,
    kind             TEXT NOT NULL,
    name             TEXT NOT NULL,
    unit_id          TEXT NOT NULL,
    settings         JSONB NOT NULL,
    credential_ref   TEXT NOT NULL DEFAULT '',
    webhook_ref      TEXT NOT NULL DEFAULT '',
    rules            JSONB NOT NULL,
    rules_version    BIGINT NOT NULL DEFAULT 1,
    replayed_version BIGINT NOT NULL DEFAULT 1,
    interval_minutes INTEGER NOT NULL DEFAULT 15,
    state            TEXT NOT NULL CHECK (state IN ('ACTIVE', 'PAUSED')),
    verified_at      TIMESTAMP,
    verified_account TEXT NOT NULL DEFAULT '',
    verify_error     TEXT NOT NULL DEFAULT '',
    run_rev          BIGINT NOT NULL DEFAULT 0,
    version          BIGINT NOT NULL DEFAULT 1,
    created_at       TIMESTAMP NOT NULL,
    updated_at       TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX connection_name ON connection (lower(name));
CREATE INDEX connection_unit ON connection (unit_id);

CREATE TABLE connection_scope (
    connection_id   TEXT NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
    external_id     TEXT NOT NULL,
    name            TEXT NOT NULL,
    url             TEXT NOT NULL DEFAULT '',
    settings        JSONB NOT NULL,
    progress        TEXT NOT NULL DEFAULT '',
    last_success_at TIMESTAMP,
    last_error      TEXT NOT NULL DEFAULT '',
    last_error_at   TIMESTAMP,
    chosen_at       TIMESTAMP NOT NULL,
    PRIMARY KEY (connection_id, external_id)
);

CREATE TABLE connection_run (
    id            TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
    kind          TEXT NOT NULL CHECK (kind IN ('PULL', 'REPLAY')),
    cause         TEXT NOT NULL CHECK (cause IN ('MANUAL', 'SCHEDULE')),
    state         TEXT NOT NULL CHECK (state IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    requested_by  TEXT NOT NULL,
    rules_version BIGINT NOT NULL,
    scope         TEXT NOT NULL DEFAULT '',
    done          BIGINT NOT NULL DEFAULT 0,
    total         BIGINT NOT NULL DEFAULT 0,
    note          TEXT NOT NULL DEFAULT '',
    pages         BIGINT NOT NULL DEFAULT 0,
    records       BIGINT NOT NULL DEFAULT 0,
    unmapped      BIGINT NOT NULL DEFAULT 0,
    attempts      BIGINT NOT NULL DEFAULT 0,
    resume_after  BIGINT NOT NULL DEFAULT 0,
    error_code    TEXT NOT NULL DEFAULT '',
    error         TEXT NOT NULL DEFAULT '',
    rate_limit    BIGINT,
    rate_left     BIGINT,
    rate_reset_at TIMESTAMP,
    created_at    TIMESTAMP NOT NULL,
    started_at    TIMESTAMP,
    updated_at    TIMESTAMP NOT NULL,
    finished_at   TIMESTAMP
);
CREATE INDEX connection_run_connection ON connection_run (connection_id, created_at, id);
CREATE UNIQUE INDEX connection_run_active ON connection_run (connection_id) WHERE state IN ('QUEUED', 'RUNNING');

CREATE TABLE raw_page (
    id            BIGINT PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
    scope_id      TEXT NOT NULL,
    endpoint      TEXT NOT NULL,
    url           TEXT NOT NULL,
    page_key      TEXT NOT NULL,
    content       BYTEA NOT NULL,
    received_at   TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX raw_page_key ON raw_page (connection_id, page_key);
CREATE INDEX raw_page_order ON raw_page (connection_id, id);

CREATE TABLE webhook_delivery (
    id            TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
    delivery_id   TEXT NOT NULL,
    event         TEXT NOT NULL,
    scope_id      TEXT NOT NULL DEFAULT '',
    state         TEXT NOT NULL CHECK (state IN ('RECEIVED', 'DONE', 'FAILED')),
    content       BYTEA NOT NULL,
    attempts      BIGINT NOT NULL DEFAULT 0,
    records       BIGINT NOT NULL DEFAULT 0,
    error         TEXT NOT NULL DEFAULT '',
    received_at   TIMESTAMP NOT NULL,
    finished_at   TIMESTAMP
);
CREATE UNIQUE INDEX webhook_delivery_once ON webhook_delivery (connection_id, delivery_id);
CREATE INDEX webhook_delivery_time ON webhook_delivery (connection_id, received_at, id);

CREATE TABLE unmapped_page (
    connection_id TEXT NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
    endpoint      TEXT NOT NULL,
    reason        TEXT NOT NULL,
    sample        TEXT NOT NULL,
    occurrences   BIGINT NOT NULL,
    first_seen_at TIMESTAMP NOT NULL,
    last_seen_at  TIMESTAMP NOT NULL,
    PRIMARY KEY (connection_id, endpoint, reason)
);

CREATE VIEW v_connection AS SELECT id, name, kind, unit_id, state FROM connection;
