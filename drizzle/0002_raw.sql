CREATE SCHEMA "chatrhub_raw";
--> statement-breakpoint
CREATE TABLE "chatrhub_raw"."record_versions" (
	"resource" text NOT NULL,
	"record_key" text NOT NULL,
	"version" integer NOT NULL,
	"attributes" jsonb NOT NULL,
	"content_hash" text NOT NULL,
	"first_seen_at" timestamp with time zone NOT NULL,
	CONSTRAINT "record_versions_resource_record_key_version_pk" PRIMARY KEY("resource","record_key","version")
);
