-- +goose Up
CREATE TABLE event (
    id             TEXT PRIMARY KEY,
    at             TIMESTAMP NOT NULL,
    actor_kind     TEXT NOT NULL,
    actor_id       TEXT NOT NULL,
    actor_name     TEXT NOT NULL,
    on_behalf_of   TEXT NOT NULL DEFAULT '',
    kind           TEXT NOT NULL,
    action         TEXT NOT NULL CHECK (action IN ('added', 'modified', 'deleted', 'other')),
    subject_kind   TEXT NOT NULL,
    subject_id     TEXT NOT NULL,
    subject_label  TEXT NOT NULL DEFAULT '',
    unit_id        TEXT,
    sentence       TEXT NOT NULL,
    changes        JSONB NOT NULL,
    data           JSONB NOT NULL,
    request_id     TEXT NOT NULL DEFAULT '',
    client_address TEXT NOT NULL DEFAULT ''
);
CREATE INDEX event_at ON event (at, id);
CREATE INDEX event_subject ON event (subject_kind, subject_id, at, id);
CREATE INDEX event_unit ON event (unit_id, at, id);
CREATE INDEX event_actor ON event (actor_id, at, id);
CREATE INDEX event_kind ON event (kind, at, id);
