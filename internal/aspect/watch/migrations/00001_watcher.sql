-- +goose Up
-- One row per person, team or outside mail address that follows a record. A muted row is a person who does not want to,
-- whatever else would make them.
CREATE TABLE watcher (
    id           TEXT PRIMARY KEY,
    subject_kind TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    unit_id      TEXT NOT NULL,
    person_id    TEXT,
    team_id      TEXT,
    email        TEXT,
    email_key    TEXT,
    reason       TEXT NOT NULL,
    muted        BOOLEAN NOT NULL DEFAULT FALSE,
    created_at   TIMESTAMP NOT NULL,
    CHECK (CASE WHEN person_id IS NULL THEN 0 ELSE 1 END + CASE WHEN team_id IS NULL THEN 0 ELSE 1 END + CASE WHEN email IS NULL THEN 0 ELSE 1 END = 1),
    CHECK (NOT muted OR person_id IS NOT NULL)
);
CREATE UNIQUE INDEX watcher_person_once ON watcher (subject_kind, subject_id, person_id) WHERE person_id IS NOT NULL;
CREATE UNIQUE INDEX watcher_team_once ON watcher (subject_kind, subject_id, team_id) WHERE team_id IS NOT NULL;
CREATE UNIQUE INDEX watcher_email_once ON watcher (subject_kind, subject_id, email_key) WHERE email_key IS NOT NULL;
CREATE INDEX watcher_person ON watcher (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX watcher_team ON watcher (team_id) WHERE team_id IS NOT NULL;
CREATE INDEX watcher_unit ON watcher (unit_id);
