-- +goose Up
-- The links that were used up; a row may go once its link has expired anyway.
CREATE TABLE signed_link_use (
    link_id    TEXT PRIMARY KEY,
    used_at    TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX signed_link_use_expires ON signed_link_use (expires_at);
