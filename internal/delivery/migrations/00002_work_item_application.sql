-- +goose Up
-- What the sender of a work item calls its application; it goes before any rule.
ALTER TABLE work_item ADD COLUMN application_raw TEXT NOT NULL DEFAULT '';
