-- +goose Up
CREATE TABLE environment_revision (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    -- tree is touched before parents change, names before keys and aliases do.
    tree   BIGINT NOT NULL DEFAULT 0,
    names  BIGINT NOT NULL DEFAULT 0,
    -- pepper goes into the hashes of secret configuration values; it never leaves the database.
    pepper TEXT   NOT NULL DEFAULT ''
);
INSERT INTO environment_revision (id) VALUES (1);

CREATE TABLE environment_setting (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    currency   TEXT      NOT NULL DEFAULT 'EUR',
    version    BIGINT    NOT NULL DEFAULT 1
);
INSERT INTO environment_setting (id) VALUES (1);

CREATE TABLE environment (
    id                TEXT PRIMARY KEY,
    key               TEXT NOT NULL,
    key_folded        TEXT NOT NULL,
    name              TEXT NOT NULL,
    name_folded       TEXT NOT NULL,
    description       TEXT NOT NULL DEFAULT '',
    application_id    TEXT,
    unit_id           TEXT NOT NULL,
    usage_id          TEXT,
    status_id         TEXT,
    -- status_bookable is the opposite of the attribute notBookable of the status.
    status_bookable   BOOLEAN NOT NULL DEFAULT TRUE,
    kind              TEXT NOT NULL DEFAULT 'virtual' CHECK (kind IN ('physical', 'virtual', 'cloud', 'ephemeral')),
    expires_at        TIMESTAMP,
    capacity          BIGINT NOT NULL DEFAULT 1 CHECK (capacity >= 1),
    auto_approve      BOOLEAN NOT NULL DEFAULT FALSE,
    data_class        TEXT NOT NULL DEFAULT '' CHECK (data_class IN ('', 'synthetic', 'masked', 'production_copy')),
    data_refreshed_at TIMESTAMP,
    techs             JSONB NOT NULL,
    url               TEXT NOT NULL DEFAULT '',
    vendor            TEXT NOT NULL DEFAULT '',
    colour            TEXT NOT NULL DEFAULT '',
    cost_per_hour     BIGINT NOT NULL DEFAULT 0 CHECK (cost_per_hour >= 0),
    alert             TEXT NOT NULL DEFAULT '',
    parent_id         TEXT REFERENCES environment (id),
    state             TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'deleted')),
    -- schedule_rev is touched before the bookings of the environment are checked and written.
    schedule_rev      BIGINT NOT NULL DEFAULT 0,
    version           BIGINT NOT NULL DEFAULT 1,
    created_at        TIMESTAMP NOT NULL,
    updated_at        TIMESTAMP NOT NULL,
    CHECK (parent_id IS NULL OR parent_id <> id)
);
CREATE UNIQUE INDEX environment_key ON environment (key_folded) WHERE state = 'active';
CREATE INDEX environment_name ON environment (name_folded, id);
CREATE INDEX environment_unit ON environment (unit_id, name_folded, id);
CREATE INDEX environment_application ON environment (application_id);
CREATE INDEX environment_usage ON environment (usage_id);
CREATE INDEX environment_status ON environment (status_id);
CREATE INDEX environment_parent ON environment (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX environment_updated ON environment (updated_at, id);

CREATE TABLE environment_alias (
    environment_id TEXT NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
    alias_folded   TEXT NOT NULL,
    alias          TEXT NOT NULL,
    PRIMARY KEY (environment_id, alias_folded)
);
CREATE INDEX environment_alias_folded ON environment_alias (alias_folded);

CREATE TABLE environment_group (
    id           TEXT PRIMARY KEY,
    key          TEXT NOT NULL,
    key_folded   TEXT NOT NULL,
    name         TEXT NOT NULL,
    name_folded  TEXT NOT NULL,
    description  TEXT NOT NULL DEFAULT '',
    unit_id      TEXT NOT NULL,
    usage_id     TEXT,
    colour       TEXT NOT NULL DEFAULT '',
    vendor       TEXT NOT NULL DEFAULT '',
    alert        TEXT NOT NULL DEFAULT '',
    auto_approve BOOLEAN NOT NULL DEFAULT FALSE,
    version      BIGINT NOT NULL DEFAULT 1,
    created_at   TIMESTAMP NOT NULL,
    updated_at   TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX environment_group_key ON environment_group (key_folded);
CREATE INDEX environment_group_name ON environment_group (name_folded, id);
CREATE INDEX environment_group_unit ON environment_group (unit_id);

CREATE TABLE environment_member (
    group_id       TEXT NOT NULL REFERENCES environment_group (id) ON DELETE CASCADE,
    environment_id TEXT NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
    position       BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (group_id, environment_id)
);
CREATE INDEX environment_member_environment ON environment_member (environment_id);

CREATE TABLE environment_connection (
    id         TEXT PRIMARY KEY,
    group_id   TEXT NOT NULL REFERENCES environment_group (id) ON DELETE CASCADE,
    source_id  TEXT NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
    target_id  TEXT NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
    type_id    TEXT NOT NULL,
    direction  TEXT NOT NULL CHECK (direction IN ('out', 'in', 'both')),
    note       TEXT NOT NULL DEFAULT '',
    version    BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    CHECK (source_id <> target_id)
);
CREATE UNIQUE INDEX environment_connection_edge ON environment_connection (group_id, source_id, target_id, type_id);
CREATE INDEX environment_connection_source ON environment_connection (source_id);
CREATE INDEX environment_connection_target ON environment_connection (target_id);

CREATE TABLE environment_host (
    id             TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
    name           TEXT NOT NULL,
    name_folded    TEXT NOT NULL,
    description    TEXT NOT NULL DEFAULT '',
    version        BIGINT NOT NULL DEFAULT 1,
    created_at     TIMESTAMP NOT NULL,
    updated_at     TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX environment_host_name ON environment_host (environment_id, name_folded);

CREATE TABLE environment_component (
    id             TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
    -- A component without a host is known from deployments alone.
    host_id        TEXT REFERENCES environment_host (id) ON DELETE CASCADE,
    layer_id       TEXT,
    layer          TEXT NOT NULL DEFAULT '',
    name           TEXT NOT NULL,
    name_folded    TEXT NOT NULL,
    installed      TEXT NOT NULL DEFAULT '',
    application_id TEXT,
    component_id   TEXT,
    summary        BOOLEAN NOT NULL DEFAULT FALSE,
    changed_at     TIMESTAMP NOT NULL,
    version        BIGINT NOT NULL DEFAULT 1,
    created_at     TIMESTAMP NOT NULL,
    updated_at     TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX environment_component_name ON environment_component (environment_id, COALESCE(host_id, ''), layer, name_folded);
CREATE UNIQUE INDEX environment_component_summary ON environment_component (environment_id) WHERE summary;
CREATE INDEX environment_component_application ON environment_component (application_id);

CREATE TABLE environment_version (
    id             BIGINT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
    component_id   TEXT,
    application_id TEXT,
    name           TEXT NOT NULL,
    version        TEXT NOT NULL,
    previous       TEXT NOT NULL DEFAULT '',
    at             TIMESTAMP NOT NULL,
    source         TEXT NOT NULL,
    reference      TEXT NOT NULL DEFAULT '',
    actor          TEXT NOT NULL DEFAULT ''
);
CREATE INDEX environment_version_environment ON environment_version (environment_id, at, id);
CREATE INDEX environment_version_component ON environment_version (component_id, at, id);

CREATE TABLE environment_configuration (
    environment_id TEXT NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
    key            TEXT NOT NULL,
    value          TEXT NOT NULL DEFAULT '',
    secret         BOOLEAN NOT NULL DEFAULT FALSE,
    -- hash stands in the place of the value of a secret, so that drift shows.
    hash           TEXT NOT NULL DEFAULT '',
    changed_at     TIMESTAMP NOT NULL,
    PRIMARY KEY (environment_id, key)
);

CREATE TABLE environment_data_refresh (
    id             BIGINT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
    at             TIMESTAMP NOT NULL,
    data_class     TEXT NOT NULL,
    source         TEXT NOT NULL DEFAULT '',
    note           TEXT NOT NULL DEFAULT '',
    actor          TEXT NOT NULL DEFAULT ''
);
CREATE INDEX environment_data_refresh_environment ON environment_data_refresh (environment_id, at, id);

CREATE VIEW v_environment AS
SELECT id, key, name, unit_id, application_id, usage_id, status_id, capacity, auto_approve,
       (status_bookable AND state = 'active') AS bookable, data_class, cost_per_hour, parent_id, state,
       kind, expires_at, name_folded AS name_key, key_folded
FROM environment;

CREATE VIEW v_environment_name AS
SELECT id AS name_key, id AS environment_id, 1 AS precedence FROM environment WHERE state = 'active'
UNION ALL
SELECT key_folded AS name_key, id AS environment_id, 2 AS precedence FROM environment WHERE state = 'active'
UNION ALL
SELECT al.alias_folded AS name_key, al.environment_id, 3 AS precedence
FROM environment_alias AS al JOIN environment AS e ON e.id = al.environment_id WHERE e.state = 'active'
UNION ALL
SELECT name_folded AS name_key, id AS environment_id, 4 AS precedence FROM environment WHERE state = 'active';

CREATE VIEW v_environment_group AS
SELECT id, key, name, unit_id FROM environment_group;

CREATE VIEW v_environment_member AS
SELECT m.group_id, m.environment_id FROM environment_member AS m JOIN environment AS e ON e.id = m.environment_id WHERE e.state = 'active';

CREATE VIEW v_environment_component AS
SELECT c.environment_id, COALESCE(h.name, '') AS host, c.layer, c.name, c.installed AS version, c.application_id, c.changed_at
FROM environment_component AS c LEFT JOIN environment_host AS h ON h.id = c.host_id;

CREATE VIEW v_environment_connection AS
SELECT id, group_id, source_id, target_id, type_id, direction FROM environment_connection;
