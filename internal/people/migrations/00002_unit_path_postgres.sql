-- +goose Up
-- Paths are compared byte by byte (subtree = a range of paths), whatever the language of the database; SQLite does so
-- by itself.
ALTER TABLE unit ALTER COLUMN path TYPE TEXT COLLATE "C";
CREATE UNIQUE INDEX unit_path ON unit (path);
