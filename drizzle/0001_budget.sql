CREATE TABLE "chatrhub_sync"."lists" (
	"list" text PRIMARY KEY NOT NULL,
	"read_at" timestamp with time zone NOT NULL,
	"id_order" text,
	"page_size" integer NOT NULL,
	"looked_at" timestamp with time zone NOT NULL,
	"missing" bigint[] DEFAULT '{}' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."visitor_fetches" (
	"visitor_id" bigint PRIMARY KEY NOT NULL,
	"asked_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "chatrhub_sync"."requests" ADD COLUMN "unit" text;--> statement-breakpoint
ALTER TABLE "chatrhub_sync"."requests" ADD COLUMN "loaded_by" "xid8";--> statement-breakpoint
CREATE INDEX "requests_unit_idx" ON "chatrhub_sync"."requests" USING btree ("unit","request_id");