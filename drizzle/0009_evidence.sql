CREATE TABLE "chatrhub_sync"."doubts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "chatrhub_sync"."doubts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"resource" text NOT NULL,
	"claim" text NOT NULL,
	"subject" text NOT NULL,
	"reason" text NOT NULL,
	"may_be_missing" boolean NOT NULL,
	"from_day" date,
	"until_day" date,
	"details" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"first_run_id" bigint NOT NULL,
	"last_run_id" bigint NOT NULL,
	"since" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"last_seen_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"settled_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."listed_records" (
	"resource" text NOT NULL,
	"record_key" text NOT NULL,
	"listed_at" timestamp with time zone NOT NULL,
	CONSTRAINT "listed_records_resource_record_key_pk" PRIMARY KEY("resource","record_key")
);
--> statement-breakpoint
ALTER TABLE "chatrhub_sync"."message_fetches" ADD COLUMN "is_settled" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "chatrhub_sync"."message_fetches" ADD COLUMN "empty_looks" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "chatrhub_sync"."doubts" ADD CONSTRAINT "doubts_first_run_id_runs_run_id_fk" FOREIGN KEY ("first_run_id") REFERENCES "chatrhub_sync"."runs"("run_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatrhub_sync"."doubts" ADD CONSTRAINT "doubts_last_run_id_runs_run_id_fk" FOREIGN KEY ("last_run_id") REFERENCES "chatrhub_sync"."runs"("run_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "doubts_open_idx" ON "chatrhub_sync"."doubts" USING btree ("resource","claim","reason") WHERE settled_at is null;--> statement-breakpoint
CREATE INDEX "doubts_first_run_id_idx" ON "chatrhub_sync"."doubts" USING btree ("first_run_id");--> statement-breakpoint
CREATE INDEX "doubts_last_run_id_idx" ON "chatrhub_sync"."doubts" USING btree ("last_run_id");--> statement-breakpoint
CREATE INDEX "visitor_contacts_xmpp_username_idx" ON "chatrhub_private"."visitor_contacts" USING hash (lower("xmpp_username"));