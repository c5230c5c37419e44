-- +goose Up
CREATE VIEW v_component AS
SELECT id, application_id, name, name_folded AS name_key FROM component;
