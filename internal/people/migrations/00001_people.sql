-- +goose Up
CREATE TABLE unit (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    name_key    TEXT NOT NULL,
    type        TEXT NOT NULL DEFAULT '',
    parent_id   TEXT REFERENCES unit (id),
    path        TEXT NOT NULL,
    depth       BIGINT NOT NULL,
    director_id TEXT,
    -- tree_rev is touched on the root before the shape of the tree changes, so that two moves never meet.
    tree_rev    BIGINT NOT NULL DEFAULT 0,
    version     BIGINT NOT NULL DEFAULT 1,
    created_at  TIMESTAMP NOT NULL,
    updated_at  TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX unit_one_root ON unit (depth) WHERE parent_id IS NULL;
CREATE UNIQUE INDEX unit_sibling_name ON unit (parent_id, name_key) WHERE parent_id IS NOT NULL;
CREATE INDEX unit_director ON unit (director_id) WHERE director_id IS NOT NULL;

CREATE TABLE person (
    id                 TEXT PRIMARY KEY,
    name               TEXT NOT NULL,
    name_key           TEXT NOT NULL,
    email              TEXT NOT NULL,
    email_key          TEXT NOT NULL,
    notification_email TEXT NOT NULL DEFAULT '',
    phone              TEXT NOT NULL DEFAULT '',
    location           TEXT NOT NULL DEFAULT '',
    time_zone          TEXT NOT NULL DEFAULT '',
    unit_id            TEXT NOT NULL REFERENCES unit (id),
    state              TEXT NOT NULL CHECK (state IN ('PENDING', 'ACTIVE', 'INACTIVE')),
    valid_until        TIMESTAMP,
    is_from_directory  BOOLEAN NOT NULL DEFAULT FALSE,
    version            BIGINT NOT NULL DEFAULT 1,
    created_at         TIMESTAMP NOT NULL,
    updated_at         TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX person_email ON person (email_key);
CREATE INDEX person_name ON person (name_key, id);
CREATE INDEX person_created ON person (created_at, id);
CREATE INDEX person_unit ON person (unit_id, state);
CREATE INDEX person_valid_until ON person (valid_until) WHERE valid_until IS NOT NULL;

CREATE TABLE team (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    name_key    TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    unit_id     TEXT NOT NULL REFERENCES unit (id),
    version     BIGINT NOT NULL DEFAULT 1,
    created_at  TIMESTAMP NOT NULL,
    updated_at  TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX team_name ON team (unit_id, name_key);
CREATE INDEX team_order ON team (name_key, id);

CREATE TABLE team_member (
    team_id   TEXT NOT NULL REFERENCES team (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    lead      BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (team_id, person_id)
);
CREATE INDEX team_member_person ON team_member (person_id);

CREATE TABLE role (
    id              TEXT PRIMARY KEY,
    -- code names the built-in roles ('release_manager'); own roles have none.
    code            TEXT,
    name            TEXT NOT NULL,
    name_key        TEXT NOT NULL,
    description     TEXT NOT NULL DEFAULT '',
    all_permissions BOOLEAN NOT NULL DEFAULT FALSE,
    version         BIGINT NOT NULL DEFAULT 1,
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX role_name ON role (name_key);
CREATE UNIQUE INDEX role_code ON role (code) WHERE code IS NOT NULL;

CREATE TABLE role_permission (
    role_id    TEXT NOT NULL REFERENCES role (id),
    permission TEXT NOT NULL,
    PRIMARY KEY (role_id, permission)
);

-- What the product itself once put into a built-in role: an administrator who takes such a permission away does not find
-- it back after the next start, while a permission that a new version brings does arrive.
CREATE TABLE role_seed (
    role_id    TEXT NOT NULL REFERENCES role (id),
    permission TEXT NOT NULL,
    PRIMARY KEY (role_id, permission)
);

CREATE TABLE role_grant (
    id           TEXT PRIMARY KEY,
    role_id      TEXT NOT NULL REFERENCES role (id),
    unit_id      TEXT NOT NULL REFERENCES unit (id),
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('person', 'team', 'service')),
    subject_id   TEXT NOT NULL,
    expires_at   TIMESTAMP,
    created_at   TIMESTAMP NOT NULL,
    created_by   TEXT NOT NULL
);
CREATE UNIQUE INDEX role_grant_once ON role_grant (subject_kind, subject_id, role_id, unit_id);
CREATE INDEX role_grant_unit ON role_grant (unit_id);
CREATE INDEX role_grant_role ON role_grant (role_id);
