CREATE SCHEMA IF NOT EXISTS "chatrhub_bi";
--> statement-breakpoint
CREATE TABLE "chatrhub_bi"."settings" (
	"id" smallint PRIMARY KEY DEFAULT 1 NOT NULL,
	"reporting_time_zone" text DEFAULT 'UTC' NOT NULL,
	"changed_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "settings_one_row_check" CHECK ("chatrhub_bi"."settings"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."source_reports" (
	"start_date" date NOT NULL,
	"end_date" date NOT NULL,
	"asked_at" timestamp with time zone NOT NULL,
	"total_chats" bigint NOT NULL,
	"missed_chats" bigint,
	"total_ratings" bigint,
	"great_chats" bigint,
	"ok_chats" bigint,
	"poor_chats" bigint,
	"attributes" jsonb NOT NULL,
	CONSTRAINT "source_reports_start_date_end_date_pk" PRIMARY KEY("start_date","end_date")
);
--> statement-breakpoint
ALTER TABLE "chatrhub_sync"."views" ADD COLUMN "refreshed_at" timestamp with time zone;--> statement-breakpoint
INSERT INTO "chatrhub_bi"."settings" DEFAULT VALUES;--> statement-breakpoint
UPDATE "chatrhub_sync"."views" SET "name" = 'chatrhub.' || "name";
