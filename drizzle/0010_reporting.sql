CREATE SCHEMA "chatrhub_bi_store";
--> statement-breakpoint
CREATE TABLE "chatrhub_bi"."business_hours" (
	"day_of_week" integer NOT NULL,
	"opens_minute" integer NOT NULL,
	"closes_minute" integer NOT NULL,
	CONSTRAINT "business_hours_day_of_week_opens_minute_pk" PRIMARY KEY("day_of_week","opens_minute")
);
--> statement-breakpoint
CREATE TABLE "chatrhub_bi_store"."changes" (
	"kind" text NOT NULL,
	"id" bigint,
	"other_id" bigint,
	"at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "chatrhub_bi"."holidays" (
	"date_day" date PRIMARY KEY NOT NULL,
	"name" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chatrhub_bi_store"."row_counts" (
	"entity" text PRIMARY KEY NOT NULL,
	"row_count" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chatrhub_bi_store"."state" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"refreshed_at" timestamp with time zone,
	"horizon_at" timestamp with time zone,
	CONSTRAINT "state_one_row_check" CHECK ("chatrhub_bi_store"."state"."id" = 1)
);
--> statement-breakpoint
ALTER TABLE "chatrhub_bi"."settings" ALTER COLUMN "id" SET DATA TYPE integer;--> statement-breakpoint
ALTER TABLE "chatrhub_bi"."settings" ALTER COLUMN "id" SET DEFAULT 1;--> statement-breakpoint
ALTER TABLE "chatrhub_sync"."views" DROP COLUMN "refreshed_at";
--> statement-breakpoint
INSERT INTO "chatrhub_bi_store"."state" DEFAULT VALUES;
--> statement-breakpoint
DROP FUNCTION "chatrhub_sync"."refresh_view";
