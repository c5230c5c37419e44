-- +goose Up
-- What a page is a version of, where its connector can tell; an older version is superseded by a newer one.
ALTER TABLE raw_page ADD COLUMN subject TEXT NOT NULL DEFAULT '';
CREATE INDEX raw_page_subject ON raw_page (connection_id, subject, id) WHERE subject <> '';
