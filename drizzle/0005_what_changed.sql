CREATE TABLE "chatrhub_raw"."absences" (
	"resource" text NOT NULL,
	"record_key" text NOT NULL,
	"missing_since" timestamp with time zone NOT NULL,
	"returned_at" timestamp with time zone,
	CONSTRAINT "absences_resource_record_key_missing_since_pk" PRIMARY KEY("resource","record_key","missing_since")
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."attributes" (
	"resource" text NOT NULL,
	"via" text NOT NULL,
	"attribute" text NOT NULL,
	"kinds" text[] NOT NULL,
	"records" bigint DEFAULT 0 NOT NULL,
	"present" bigint DEFAULT 0 NOT NULL,
	"first_seen_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"gone_at" timestamp with time zone,
	CONSTRAINT "attributes_resource_via_attribute_pk" PRIMARY KEY("resource","via","attribute")
);
--> statement-breakpoint
CREATE TABLE "chatrhub_sync"."drift" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "chatrhub_sync"."drift_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"run_id" bigint,
	"resource" text NOT NULL,
	"via" text NOT NULL,
	"attribute" text NOT NULL,
	"change" text NOT NULL,
	"was" text,
	"became" text,
	"share" double precision NOT NULL,
	"seen_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "drift_change_check" CHECK ("chatrhub_sync"."drift"."change" in ('new', 'vanished', 'retyped'))
);
--> statement-breakpoint
ALTER TABLE "chatrhub_sync"."drift" ADD CONSTRAINT "drift_run_id_runs_run_id_fk" FOREIGN KEY ("run_id") REFERENCES "chatrhub_sync"."runs"("run_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "drift_run_id_idx" ON "chatrhub_sync"."drift" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "drift_seen_at_idx" ON "chatrhub_sync"."drift" USING btree ("seen_at");