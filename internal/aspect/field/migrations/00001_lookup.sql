-- +goose Up
-- One row per list, registered by an owner or added by an administrator (custom). Touching it makes changes of the list
-- take turns; its version is the ETag of the order.
CREATE TABLE lookup_list (
    key        TEXT PRIMARY KEY,
    title      TEXT NOT NULL,
    custom     BOOLEAN NOT NULL DEFAULT FALSE,
    version    BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE lookup_value (
    id         TEXT PRIMARY KEY,
    list_key   TEXT NOT NULL REFERENCES lookup_list (key),
    name       TEXT NOT NULL,
    name_key   TEXT NOT NULL,
    position   BIGINT NOT NULL,
    colour     TEXT NOT NULL DEFAULT '',
    icon       TEXT NOT NULL DEFAULT '',
    is_default BOOLEAN NOT NULL DEFAULT FALSE,
    attributes JSONB NOT NULL,
    -- A deleted value stays, so that old records keep its name.
    active     BOOLEAN NOT NULL DEFAULT TRUE,
    version    BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX lookup_value_name ON lookup_value (list_key, name_key) WHERE active;
CREATE UNIQUE INDEX lookup_value_one_default ON lookup_value (list_key) WHERE active AND is_default;
CREATE INDEX lookup_value_order ON lookup_value (list_key, position, id);

-- What a list once brought with it: a value that an administrator deleted or renamed does not come back at the next
-- start, while one that a new version brings does arrive.
CREATE TABLE lookup_seed (
    list_key TEXT NOT NULL,
    name_key TEXT NOT NULL,
    PRIMARY KEY (list_key, name_key)
);

-- What owners may join. Columns are only ever added.
CREATE VIEW v_lookup AS
SELECT id, list_key, name, name_key, position, colour, icon, is_default, attributes, active FROM lookup_value;
