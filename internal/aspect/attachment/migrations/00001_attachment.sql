-- +goose Up
-- One row per record that has had attachments; touching it makes changes of its quota take turns.
CREATE TABLE attachment_list (
    subject_kind TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    PRIMARY KEY (subject_kind, subject_id)
);

CREATE TABLE attachment (
    id           TEXT PRIMARY KEY,
    subject_kind TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    unit_id      TEXT NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('file', 'url')),
    name         TEXT NOT NULL,
    url          TEXT NOT NULL DEFAULT '',
    content_type TEXT NOT NULL DEFAULT '',
    size         BIGINT NOT NULL DEFAULT 0,
    sha256       TEXT NOT NULL DEFAULT '',
    chunk_size   BIGINT NOT NULL DEFAULT 0,
    -- ready is false while a file is still coming in; nobody sees it then.
    ready        BOOLEAN NOT NULL,
    author_id    TEXT NOT NULL,
    author_name  TEXT NOT NULL,
    created_at   TIMESTAMP NOT NULL
);
CREATE INDEX attachment_subject ON attachment (subject_kind, subject_id, created_at, id);
CREATE INDEX attachment_unit ON attachment (unit_id);
CREATE INDEX attachment_unfinished ON attachment (created_at) WHERE NOT ready;

-- The content of files in pieces, so that no row is large and a download holds one piece at a time. SQLite takes the name
-- of the type for its own blobs.
CREATE TABLE attachment_chunk (
    attachment_id TEXT NOT NULL REFERENCES attachment (id),
    part          BIGINT NOT NULL,
    content       BYTEA NOT NULL,
    PRIMARY KEY (attachment_id, part)
);
