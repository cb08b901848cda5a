-- Up Migration
CREATE TABLE note (id bigserial PRIMARY KEY, body text NOT NULL, words integer);
CREATE TABLE summary (id bigserial PRIMARY KEY, notes integer NOT NULL, made timestamptz NOT NULL DEFAULT now());

-- Down Migration
DROP TABLE summary;
DROP TABLE note;
