-- People: accounts of the built-in account service, their logins, invitations by e-mail, and names of everybody known.
-- Times are epoch milliseconds. Hashes are raw SHA-256: no token is ever stored.

CREATE TABLE accounts (
  id            TEXT PRIMARY KEY,
  email         TEXT NOT NULL UNIQUE,     -- lower case
  name          TEXT NOT NULL,
  password_hash TEXT NOT NULL,            -- argon2id, or bcrypt from an older service
  created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A login. Rows stay until some time after they have ended, so that every process hears of a revocation.
CREATE TABLE refresh_families (
  id         TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL,
  csrf_hash  BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_families_of_user ON refresh_families (user_id);
CREATE INDEX refresh_families_by_end ON refresh_families (expires_at);

-- The chain of a login: each token but the newest knows its successor's hash and the salt that the successor derives from.
CREATE TABLE refresh_tokens (
  token_hash     BLOB PRIMARY KEY,
  family_id      TEXT NOT NULL REFERENCES refresh_families (id) ON DELETE CASCADE,
  used_at        INTEGER,
  salt           BLOB,
  successor_hash BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_of_family ON refresh_tokens (family_id);

-- Which families were revoked, in order: processes on one database learn of each other's.
CREATE TABLE revocations (
  sequence   INTEGER PRIMARY KEY AUTOINCREMENT,
  family_id  TEXT NOT NULL,
  revoked_at INTEGER NOT NULL
) STRICT;

-- Lists that wait for somebody to register with this address.
CREATE TABLE invitations (
  email      TEXT NOT NULL,               -- lower case
  list_id    BLOB NOT NULL,
  role       TEXT NOT NULL,               -- 'viewer' or 'editor'
  invited_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (email, list_id)
) STRICT, WITHOUT ROWID;

-- Everybody who has an account or has connected.
CREATE TABLE people (
  user_id TEXT PRIMARY KEY,
  name    TEXT                            -- null: never told
) STRICT, WITHOUT ROWID;
