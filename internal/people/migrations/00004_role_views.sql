-- +goose Up
-- Which roles there are and who holds them, for what depends on a role rather than on a permission. Columns are only
-- ever added.
CREATE VIEW v_role AS
SELECT id, code, name, all_permissions FROM role;

CREATE VIEW v_role_grant AS
SELECT role_id, unit_id, subject_kind, subject_id, expires_at FROM role_grant;
