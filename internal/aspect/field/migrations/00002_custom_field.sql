-- +goose Up
CREATE TABLE custom_field (
    id            TEXT PRIMARY KEY,
    subject_kind  TEXT NOT NULL,
    -- type_value narrows the field to records of one type; '' means all.
    type_value    TEXT NOT NULL DEFAULT '',
    key           TEXT NOT NULL,
    name          TEXT NOT NULL,
    data_type     TEXT NOT NULL,
    list_key      TEXT REFERENCES lookup_list (key),
    group_name    TEXT NOT NULL DEFAULT '',
    position      BIGINT NOT NULL,
    description   TEXT NOT NULL DEFAULT '',
    measure       TEXT NOT NULL DEFAULT '',
    mandatory     TEXT NOT NULL DEFAULT 'never' CHECK (mandatory IN ('never', 'always', 'from_status')),
    from_status   TEXT NOT NULL DEFAULT '',
    access        TEXT NOT NULL DEFAULT 'edit' CHECK (access IN ('edit', 'view', 'hide')),
    access_rules  JSONB NOT NULL,
    -- JSON; as text, because SQLite would take the number out of a bare 7.
    default_value TEXT NOT NULL DEFAULT 'null',
    version       BIGINT NOT NULL DEFAULT 1,
    created_at    TIMESTAMP NOT NULL,
    updated_at    TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX custom_field_key ON custom_field (subject_kind, key);
CREATE INDEX custom_field_order ON custom_field (subject_kind, position, id);
CREATE INDEX custom_field_list ON custom_field (list_key) WHERE list_key IS NOT NULL;

-- One row per value, in the column of its type, so that both engines filter and sort by it; lists of several values have
-- one row each.
CREATE TABLE custom_field_value (
    field_id      TEXT NOT NULL REFERENCES custom_field (id),
    subject_id    TEXT NOT NULL,
    ordinal       BIGINT NOT NULL DEFAULT 0,
    text_value    TEXT,
    number_value  DOUBLE PRECISION,
    time_value    TIMESTAMP,
    boolean_value BOOLEAN,
    -- The id of a value of a list or of a person.
    ref_value     TEXT,
    PRIMARY KEY (field_id, subject_id, ordinal)
);
CREATE INDEX custom_field_value_subject ON custom_field_value (subject_id);
CREATE INDEX custom_field_value_number ON custom_field_value (field_id, number_value) WHERE number_value IS NOT NULL;
CREATE INDEX custom_field_value_time ON custom_field_value (field_id, time_value) WHERE time_value IS NOT NULL;
CREATE INDEX custom_field_value_ref ON custom_field_value (ref_value, field_id) WHERE ref_value IS NOT NULL;

-- One row per record whose fields were set: its version is the ETag of the fields, and touching it makes changes take
-- turns.
CREATE TABLE custom_field_record (
    subject_kind TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    version      BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (subject_kind, subject_id)
);
