-- +goose Up
CREATE UNIQUE INDEX unit_path ON unit (path);
