-- +goose Up
-- The outage that somebody ended by saying how the environment is.
ALTER TABLE health_event ADD COLUMN ended_outage_id TEXT NOT NULL DEFAULT '';
