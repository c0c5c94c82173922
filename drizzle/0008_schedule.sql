CREATE TABLE "chatrhub_sync"."alerts" (
	"event" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"summary" text NOT NULL,
	"details" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"sent_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."request_totals" (
	"resource" text NOT NULL,
	"status" text NOT NULL,
	"requests" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "request_totals_resource_status_pk" PRIMARY KEY("resource","status")
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."slots" (
	"slot_at" timestamp with time zone PRIMARY KEY NOT NULL,
	"run_id" bigint NOT NULL,
	"is_skipped" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
ALTER TABLE "chatrhub_sync"."slots" ADD CONSTRAINT "slots_run_id_runs_run_id_fk" FOREIGN KEY ("run_id") REFERENCES "chatrhub_sync"."runs"("run_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "alerts_not_sent_idx" ON "chatrhub_sync"."alerts" USING btree ("next_attempt_at") WHERE sent_at is null;--> statement-breakpoint
CREATE INDEX "slots_run_id_idx" ON "chatrhub_sync"."slots" USING btree ("run_id");