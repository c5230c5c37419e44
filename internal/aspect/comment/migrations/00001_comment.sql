-- +goose Up
CREATE TABLE comment (
    id           TEXT PRIMARY KEY,
    subject_kind TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    unit_id      TEXT NOT NULL,
    -- thread_id is the comment that began the thread; its own id there.
    thread_id    TEXT NOT NULL,
    reply_to     TEXT,
    author_id    TEXT NOT NULL,
    author_name  TEXT NOT NULL,
    body         TEXT NOT NULL,
    -- external comments may also be sent to followers outside the organisation.
    external     BOOLEAN NOT NULL DEFAULT FALSE,
    mentions     JSONB NOT NULL,
    version      BIGINT NOT NULL DEFAULT 1,
    created_at   TIMESTAMP NOT NULL,
    edited_at    TIMESTAMP,
    deleted_at   TIMESTAMP,
    deleted_by   TEXT NOT NULL DEFAULT ''
);
CREATE INDEX comment_subject ON comment (subject_kind, subject_id, created_at, id);
CREATE INDEX comment_unit ON comment (unit_id);

-- What a comment said before it was changed or deleted.
CREATE TABLE comment_revision (
    comment_id  TEXT NOT NULL REFERENCES comment (id),
    version     BIGINT NOT NULL,
    body        TEXT NOT NULL,
    replaced_at TIMESTAMP NOT NULL,
    replaced_by TEXT NOT NULL,
    PRIMARY KEY (comment_id, version)
);
