-- +goose Up
CREATE TABLE catalog_revision (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    -- names is touched before keys, names and aliases change, dependencies when the graph changes.
    names        BIGINT NOT NULL,
    dependencies BIGINT NOT NULL
);
INSERT INTO catalog_revision (id, names, dependencies) VALUES (1, 0, 0);

CREATE TABLE application (
    id          TEXT PRIMARY KEY,
    key         TEXT NOT NULL,
    key_folded  TEXT NOT NULL,
    name        TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    unit_id     TEXT NOT NULL,
    criticality TEXT NOT NULL CHECK (criticality IN ('MISSION_CRITICAL', 'HIGH', 'MEDIUM', 'LOW')),
    status      TEXT NOT NULL CHECK (status IN ('ACTIVE', 'INACTIVE')),
    vendor      TEXT NOT NULL DEFAULT '',
    version     BIGINT NOT NULL DEFAULT 1,
    created_at  TIMESTAMP NOT NULL,
    updated_at  TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX application_key ON application (key_folded);
CREATE INDEX application_name ON application (name_folded, id);
CREATE INDEX application_unit ON application (unit_id, name_folded, id);
CREATE INDEX application_updated ON application (updated_at, id);

CREATE TABLE application_alias (
    alias_folded   TEXT PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES application (id) ON DELETE CASCADE,
    alias          TEXT NOT NULL
);
CREATE INDEX application_alias_application ON application_alias (application_id);

CREATE TABLE component (
    id             TEXT PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES application (id) ON DELETE CASCADE,
    name           TEXT NOT NULL,
    name_folded    TEXT NOT NULL,
    description    TEXT NOT NULL DEFAULT '',
    version        BIGINT NOT NULL DEFAULT 1,
    created_at     TIMESTAMP NOT NULL,
    updated_at     TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX component_name ON component (application_id, name_folded);
CREATE INDEX component_name_folded ON component (name_folded);

CREATE TABLE application_repository (
    id             TEXT PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES application (id) ON DELETE CASCADE,
    component_id   TEXT REFERENCES component (id) ON DELETE CASCADE,
    url            TEXT NOT NULL,
    repository_key TEXT NOT NULL,
    path_prefix    TEXT NOT NULL DEFAULT '',
    created_at     TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX application_repository_path ON application_repository (repository_key, path_prefix);
CREATE UNIQUE INDEX application_repository_component ON application_repository (component_id) WHERE component_id IS NOT NULL;
CREATE INDEX application_repository_application ON application_repository (application_id);

CREATE TABLE dependency (
    id          TEXT PRIMARY KEY,
    from_id     TEXT NOT NULL REFERENCES application (id) ON DELETE CASCADE,
    to_id       TEXT NOT NULL REFERENCES application (id) ON DELETE CASCADE,
    type        TEXT NOT NULL CHECK (type IN ('RUNTIME', 'BUILD', 'DATA', 'OTHER')),
    criticality TEXT NOT NULL CHECK (criticality IN ('MISSION_CRITICAL', 'HIGH', 'MEDIUM', 'LOW')),
    note        TEXT NOT NULL DEFAULT '',
    version     BIGINT NOT NULL DEFAULT 1,
    created_at  TIMESTAMP NOT NULL,
    updated_at  TIMESTAMP NOT NULL,
    CHECK (from_id <> to_id)
);
CREATE UNIQUE INDEX dependency_edge ON dependency (from_id, to_id, type);
CREATE INDEX dependency_to ON dependency (to_id);

CREATE VIEW v_application AS
SELECT id, key, name, unit_id, status AS state FROM application;

CREATE VIEW v_application_repository AS
SELECT application_id, component_id, repository_key, path_prefix FROM application_repository;

CREATE VIEW v_application_name AS
SELECT id AS name_key, id AS application_id, 1 AS precedence FROM application
UNION ALL
SELECT key_folded AS name_key, id AS application_id, 2 AS precedence FROM application
UNION ALL
SELECT alias_folded AS name_key, application_id, 3 AS precedence FROM application_alias
UNION ALL
SELECT name_folded AS name_key, id AS application_id, 4 AS precedence FROM application;

CREATE VIEW v_dependency AS
SELECT id, from_id, to_id, type, criticality FROM dependency;
