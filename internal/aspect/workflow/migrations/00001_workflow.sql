-- +goose Up
-- A graph per kind and type of record; '' is the graph of all types without their own. A type without a row stands at
-- version 1, so that the first row has version 2.
CREATE TABLE workflow_graph (
    subject_kind TEXT NOT NULL,
    type_value   TEXT NOT NULL,
    enabled      BOOLEAN NOT NULL,
    version      BIGINT NOT NULL,
    created_at   TIMESTAMP NOT NULL,
    updated_at   TIMESTAMP NOT NULL,
    PRIMARY KEY (subject_kind, type_value)
);

-- Statuses belong to a kind of record and are shared by the graphs of its types. One that no graph uses any more stays,
-- inactive, so that history keeps its name.
CREATE TABLE workflow_status (
    id           TEXT PRIMARY KEY,
    subject_kind TEXT NOT NULL,
    name         TEXT NOT NULL,
    name_key     TEXT NOT NULL,
    mode         TEXT NOT NULL CHECK (mode IN ('planning', 'execution', 'implementation', 'completed', 'cancelled')),
    colour       TEXT NOT NULL DEFAULT '',
    active       BOOLEAN NOT NULL DEFAULT TRUE,
    created_at   TIMESTAMP NOT NULL,
    updated_at   TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX workflow_status_name ON workflow_status (subject_kind, name_key) WHERE active;

CREATE TABLE workflow_node (
    subject_kind   TEXT NOT NULL,
    type_value     TEXT NOT NULL,
    status_id      TEXT NOT NULL REFERENCES workflow_status (id),
    position       BIGINT NOT NULL,
    initial        BOOLEAN NOT NULL,
    breach_after   BIGINT NOT NULL,
    working_time   BOOLEAN NOT NULL,
    breach_colour  TEXT NOT NULL,
    breach_font    TEXT NOT NULL,
    permitted      JSONB NOT NULL,
    needs_assignee BOOLEAN NOT NULL,
    PRIMARY KEY (subject_kind, type_value, status_id)
);

CREATE TABLE workflow_edge (
    subject_kind TEXT NOT NULL,
    type_value   TEXT NOT NULL,
    from_id      TEXT NOT NULL,
    to_id        TEXT NOT NULL,
    PRIMARY KEY (subject_kind, type_value, from_id, to_id)
);

-- The path of a record: one row per stay on a status, the open one being where it stands.
CREATE TABLE workflow_step (
    id           TEXT PRIMARY KEY,
    subject_kind TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    type_value   TEXT NOT NULL,
    status_id    TEXT NOT NULL REFERENCES workflow_status (id),
    entered_at   TIMESTAMP NOT NULL,
    left_at      TIMESTAMP,
    actor_id     TEXT NOT NULL,
    actor_name   TEXT NOT NULL,
    note         TEXT NOT NULL DEFAULT '',
    due_at       TIMESTAMP,
    breached     BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE UNIQUE INDEX workflow_step_open ON workflow_step (subject_kind, subject_id) WHERE left_at IS NULL;
CREATE INDEX workflow_step_path ON workflow_step (subject_kind, subject_id, entered_at);
CREATE INDEX workflow_step_due ON workflow_step (due_at) WHERE left_at IS NULL AND NOT breached AND due_at IS NOT NULL;
CREATE INDEX workflow_step_status ON workflow_step (status_id, subject_kind, type_value) WHERE left_at IS NULL;

-- Which default graphs were once brought in: one that an administrator deleted does not come back.
CREATE TABLE workflow_seed (
    subject_kind TEXT NOT NULL,
    type_name    TEXT NOT NULL,
    PRIMARY KEY (subject_kind, type_name)
);

-- Where records stand, for the lists of owners. Columns are only ever added.
CREATE VIEW v_workflow_step AS
SELECT w.subject_kind, w.subject_id, w.type_value, w.status_id, s.name AS status_name, s.mode, s.colour, w.entered_at, w.left_at, w.due_at, w.breached
FROM workflow_step w JOIN workflow_status s ON s.id = w.status_id;
