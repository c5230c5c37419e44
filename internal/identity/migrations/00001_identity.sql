-- +goose Up
CREATE TABLE account (
    id                  TEXT PRIMARY KEY,
    kind                TEXT NOT NULL CHECK (kind IN ('person', 'service')),
    person_id           TEXT UNIQUE,
    unit_id             TEXT,
    name                TEXT NOT NULL DEFAULT '',
    description         TEXT NOT NULL DEFAULT '',
    state               TEXT NOT NULL CHECK (state IN ('PENDING', 'ACTIVE', 'INACTIVE')),
    password_hash       TEXT NOT NULL DEFAULT '',
    password_changed_at TIMESTAMP,
    locked_at           TIMESTAMP,
    locked_until        TIMESTAMP,
    last_sign_in_at     TIMESTAMP,
    theme               TEXT NOT NULL DEFAULT '',
    language            TEXT NOT NULL DEFAULT '',
    created_at          TIMESTAMP NOT NULL,
    updated_at          TIMESTAMP NOT NULL,
    version             BIGINT NOT NULL DEFAULT 1,
    CHECK ((kind = 'person') = (person_id IS NOT NULL)),
    CHECK ((kind = 'service') = (unit_id IS NOT NULL))
);
CREATE UNIQUE INDEX account_service_name ON account (name) WHERE kind = 'service';

CREATE TABLE session (
    id           TEXT PRIMARY KEY,
    account_id   TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    token_hash   TEXT NOT NULL UNIQUE,
    method       TEXT NOT NULL,
    address      TEXT NOT NULL DEFAULT '',
    user_agent   TEXT NOT NULL DEFAULT '',
    created_at   TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL,
    expires_at   TIMESTAMP NOT NULL
);
CREATE INDEX session_account ON session (account_id, id);
CREATE INDEX session_expires_at ON session (expires_at);

CREATE TABLE access_token (
    id                TEXT PRIMARY KEY,
    account_id        TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name              TEXT NOT NULL,
    prefix            TEXT NOT NULL,
    secret_hash       TEXT NOT NULL UNIQUE,
    scopes            JSONB NOT NULL,
    created_by        TEXT NOT NULL,
    created_at        TIMESTAMP NOT NULL,
    expires_at        TIMESTAMP,
    last_used_at      TIMESTAMP,
    last_used_address TEXT NOT NULL DEFAULT '',
    revoked_at        TIMESTAMP
);
CREATE INDEX access_token_account ON access_token (account_id, id);

CREATE TABLE invitation (
    id          TEXT PRIMARY KEY,
    purpose     TEXT NOT NULL CHECK (purpose IN ('invitation', 'password_reset')),
    person_id   TEXT NOT NULL,
    email       TEXT NOT NULL,
    token_hash  TEXT NOT NULL UNIQUE,
    created_by  TEXT NOT NULL,
    created_at  TIMESTAMP NOT NULL,
    expires_at  TIMESTAMP NOT NULL,
    accepted_at TIMESTAMP,
    revoked_at  TIMESTAMP
);
CREATE INDEX invitation_person ON invitation (person_id, id);

CREATE TABLE setup_token (
    token_hash TEXT PRIMARY KEY,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL
);

CREATE TABLE sign_in_throttle (
    key            TEXT PRIMARY KEY,
    failures       INTEGER NOT NULL DEFAULT 0,
    last_failed_at TIMESTAMP NOT NULL,
    blocked_until  TIMESTAMP NOT NULL
);
CREATE INDEX sign_in_throttle_last_failed_at ON sign_in_throttle (last_failed_at);

CREATE TABLE identity_provider (
    id                    TEXT PRIMARY KEY,
    name                  TEXT NOT NULL UNIQUE,
    kind                  TEXT NOT NULL CHECK (kind IN ('oidc')),
    issuer                TEXT NOT NULL,
    client_id             TEXT NOT NULL,
    secret_ref            TEXT NOT NULL DEFAULT '',
    scopes                JSONB NOT NULL,
    groups_claim          TEXT NOT NULL DEFAULT '',
    group_roles           JSONB NOT NULL,
    allowed_domains       JSONB NOT NULL,
    auto_provision        BOOLEAN NOT NULL DEFAULT FALSE,
    default_unit_id       TEXT,
    trust_unmarked_emails BOOLEAN NOT NULL DEFAULT FALSE,
    enabled               BOOLEAN NOT NULL DEFAULT FALSE,
    created_at            TIMESTAMP NOT NULL,
    updated_at            TIMESTAMP NOT NULL,
    version               BIGINT NOT NULL DEFAULT 1
);

CREATE TABLE account_link (
    provider_id TEXT NOT NULL REFERENCES identity_provider (id) ON DELETE CASCADE,
    subject     TEXT NOT NULL,
    account_id  TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at  TIMESTAMP NOT NULL,
    PRIMARY KEY (provider_id, subject)
);
CREATE INDEX account_link_account ON account_link (account_id);

-- Which grants a provider's groups brought, so that they go when the group goes and grants made by hand stay.
CREATE TABLE provider_grant (
    provider_id TEXT NOT NULL REFERENCES identity_provider (id) ON DELETE CASCADE,
    account_id  TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    role_id     TEXT NOT NULL,
    unit_id     TEXT NOT NULL,
    created_at  TIMESTAMP NOT NULL,
    PRIMARY KEY (provider_id, account_id, role_id, unit_id)
);

CREATE TABLE oidc_login (
    state_hash   TEXT PRIMARY KEY,
    provider_id  TEXT NOT NULL REFERENCES identity_provider (id) ON DELETE CASCADE,
    browser_hash TEXT NOT NULL,
    nonce        TEXT NOT NULL,
    verifier     TEXT NOT NULL,
    return_to    TEXT NOT NULL,
    created_at   TIMESTAMP NOT NULL,
    expires_at   TIMESTAMP NOT NULL
);
CREATE INDEX oidc_login_expires_at ON oidc_login (expires_at);
