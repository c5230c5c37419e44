-- +goose Up
-- reminded_of is the beginning of the occurrence that people were told of last, shortly before it.
ALTER TABLE calendar_window ADD COLUMN reminded_of TIMESTAMP;
